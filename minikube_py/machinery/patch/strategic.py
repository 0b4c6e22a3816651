"""Strategic merge patch: merge keys from the schema, directives, and the two- and three-way patches that kubectl makes.

apimachinery util/strategicpatch decides. Where a schema says nothing, lists are replaced, as in a JSON merge patch.
"""

from typing import Any

from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import listorder, patchmeta, strategicdiff, strategicmerge, values
from minikube_py.machinery.patch.strategicdiff import DIRECTIVE, RETAIN_KEYS, Options
from minikube_py.machinery.schemas import Schema

Patch = dict[str, Any]


class PatchConflict(errors.KctlError):
    """With `overwrite=False`: the patch would undo what somebody else changed since the last apply."""

    def __init__(self, patch: Patch, changed: Patch) -> None:
        from minikube_py.kits import yaml

        text = f"patch:\n{yaml.dump(patch)}\nconflicts with changes made from original to current:\n{yaml.dump(changed)}\n"
        super().__init__(text)


def apply(obj: Object, patch: Any, schema: Schema | None) -> Object:
    """Return the patched object. Errors are those of kube-apiserver: 400 for a malformed directive, 422 for lists of lists, else 500."""
    if not isinstance(patch, dict):
        raise errors.BadRequest(f"json: cannot unmarshal {_json_kind(patch)} into Go value of type map[string]interface {{}}")
    if schema is None:
        raise errors.BadRequest("strategic merge patch format is not supported")
    return strategicmerge.merge(meta.clone(obj), meta.clone(patch), schema)


def _json_kind(value: Any) -> str:
    if isinstance(value, list):
        return "array"
    if isinstance(value, bool):
        return "bool"
    return "string" if isinstance(value, str) else "number"


def create_two_way(original: Object, modified: Object, schema: Schema | None) -> Patch:
    """Return the patch that makes `modified` out of `original`; `{}` where nothing differs."""
    return meta.clone(strategicdiff.difference(original, modified, schema, Options()))


def create_three_way(original: Object, modified: Object, current: Object, schema: Schema | None, overwrite: bool = True) -> Patch:
    """Return what kubectl apply sends: changes from `current`, deletions since `original` (last applied); `{}` for unchanged."""
    changes = strategicdiff.difference(current, modified, schema, Options(deletions=False))
    deletions = strategicdiff.difference(original, modified, schema, Options(changes=False))
    patch = strategicmerge.merge(meta.clone(deletions), meta.clone(changes), schema, into_patch=True)
    if not overwrite:
        changed = strategicdiff.difference(original, current, schema, Options(set_order=False))
        if _conflict(patch, changed, schema, patchmeta.UNKNOWN):
            raise PatchConflict(patch, changed)
    return patch


def _conflict(left: Any, right: Any, schema: Schema | None, field: patchmeta.FieldMeta) -> bool:
    """Tell whether two patches give one field different values."""
    if not values.same_kind(left, right):
        return True
    if isinstance(left, dict):
        if (DIRECTIVE in left or DIRECTIVE in right) and left.get(DIRECTIVE) != right.get(DIRECTIVE):
            return True
        if field.strategy == "replace":
            return False
        return any(
            _conflict(value, right[key], (below := patchmeta.of(schema, key)).schema, below)
            for key, value in left.items()
            if key in right and key not in (DIRECTIVE, RETAIN_KEYS)
        )
    if isinstance(left, list):
        return _lists_conflict(left, right, schema, field)
    return not values.same(left, right)


def _lists_conflict(left: list[Any], right: list[Any], schema: Schema | None, field: patchmeta.FieldMeta) -> bool:
    maps = listorder.holds_maps(left, right)
    if field.merges:
        if not maps:
            return False
        others = {values.text(item.get(field.merge_key)): item for item in right}
        pairs = ((item, others.get(values.text(item.get(field.merge_key)))) for item in left)
        return any(_conflict(item, other, schema, patchmeta.UNKNOWN) for item, other in pairs if other is not None)
    if len(left) != len(right):
        return True
    if not maps:
        left, right = listorder.sorted_scalars(left), listorder.sorted_scalars(right)
    return any(_conflict(item, other, schema, patchmeta.UNKNOWN) for item, other in zip(left, right, strict=True))
