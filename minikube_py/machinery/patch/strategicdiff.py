"""The strategic difference of two objects (diffMaps of apimachinery util/strategicpatch)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from minikube_py.machinery.patch import listorder, patchmeta, values
from minikube_py.machinery.patch.listorder import Items, StrategicError
from minikube_py.machinery.patch.patchmeta import FieldMeta
from minikube_py.machinery.schemas import Schema

Map = dict[str, Any]
DIRECTIVE = "$patch"
RETAIN_KEYS = "$retainKeys"
SET_ORDER = "$setElementOrder"
DELETE_FROM = "$deleteFromPrimitiveList"


class Options(NamedTuple):
    """What goes into the patch."""

    set_order: bool = True
    changes: bool = True
    deletions: bool = True
    retain_keys: bool = False


def difference(original: Map, modified: Map, schema: Schema | None, options: Options) -> Map:
    """Return the patch that makes `modified` out of `original`; its values may be shared with both."""
    patch: Map = {}
    for key, value in modified.items():
        if key not in original:
            if options.changes:
                patch[key] = value
            continue
        current = original[key]
        if key == DIRECTIVE:
            _directive(current, value, patch)
        elif not values.same_kind(current, value):
            if options.changes:
                patch[key] = value
        elif isinstance(value, dict):
            _map_difference(key, current, value, patch, patchmeta.of(schema, key), options)
        elif isinstance(value, list):
            _list_difference(key, current, value, patch, patchmeta.of(schema, key), options)
        elif options.changes and not values.same(current, value):
            patch[key] = value
    if options.deletions:
        patch.update((key, None) for key in original if key not in modified)
    retained = sorted(key for key, value in modified.items() if value is not None) if options.retain_keys else []
    if retained and (patch or any(value is not None and key not in modified for key, value in original.items())):
        patch[RETAIN_KEYS] = retained
    return patch


def _directive(current: Any, value: Any, patch: Map) -> None:
    if not isinstance(current, str) or not isinstance(value, str):
        raise StrategicError(f"invalid value for special key: {DIRECTIVE}")
    if current != value:
        patch[DIRECTIVE] = value


def _map_difference(key: str, original: Map, modified: Map, patch: Map, field: FieldMeta, options: Options) -> None:
    if field.strategy == "replace":
        if options.changes:
            patch[key] = modified
        return
    inner = difference(original, modified, field.schema, options._replace(retain_keys=field.retain_keys))
    if inner:
        patch[key] = inner


def _list_difference(key: str, original: Items, modified: Items, patch: Map, field: FieldMeta, options: Options) -> None:
    if not field.merges:
        if options.changes and not values.same(original, modified):
            patch[key] = modified
        return
    if not original:
        if modified and options.changes:
            patch[key] = modified
        return
    if listorder.holds_maps(original, modified):
        _merge_map_lists(key, original, modified, patch, field, options._replace(retain_keys=field.retain_keys))
    else:
        _merge_scalar_lists(key, original, modified, patch, options)


def _merge_map_lists(key: str, original: Items, modified: Items, patch: Map, field: FieldMeta, options: Options) -> None:
    merge_key = field.merge_key
    changed, deleted = _element_differences(original, modified, field, options)
    items = listorder.normalized(changed, modified, merge_key) + deleted
    same_order = listorder.tokens(original, merge_key) == listorder.tokens(modified, merge_key)
    if items:
        patch[key] = items
    if options.set_order and ((options.changes and (items or not same_order)) or (options.deletions and items)) and modified:
        patch[f"{SET_ORDER}/{key}"] = [{merge_key: item[merge_key]} for item in modified]


def _element_differences(original: Items, modified: Items, field: FieldMeta, options: Options) -> tuple[Items, Items]:
    """Walk both lists in the order of their merge keys' text; return (patches, deletions)."""
    merge_key = field.merge_key

    def spelled(item: Map) -> str:
        return values.text(item.get(merge_key))

    left = listorder.as_maps(listorder.sorted_ties_reversed(original, spelled), merge_key)
    right = listorder.as_maps(listorder.sorted_ties_reversed(modified, spelled), merge_key)
    changed: Items = []
    deleted: Items = []
    i = j = 0
    while i < len(left) or j < len(right):
        order = _compare(left[i : i + 1], right[j : j + 1], spelled)
        if order == 0:
            inner = difference(left[i], right[j], field.schema, options)
            if inner:
                changed.append(inner | {merge_key: right[j][merge_key]})
        elif order > 0 and options.changes:
            changed.append(right[j])
        elif order < 0 and options.deletions:
            deleted.append({merge_key: left[i][merge_key], DIRECTIVE: "delete"})
        i += order <= 0
        j += order >= 0
    return changed, deleted


def _compare(left: Items, right: Items, spelled: Callable[[Any], str]) -> int:
    """Return -1 where only the left list has an element, 1 where only the right one has, 0 where both have the same."""
    if not left or not right:
        return -1 if left else 1
    first, second = spelled(left[0]), spelled(right[0])
    return (first > second) - (first < second)


def _merge_scalar_lists(key: str, original: Items, modified: Items, patch: Map, options: Options) -> None:
    left = listorder.sorted_scalars(original)
    right = listorder.sorted_scalars(modified)
    added: Items = []
    deleted: Items = []
    i = j = 0
    while i < len(left) or j < len(right):
        order = _compare(left[i : i + 1], right[j : j + 1], values.text)
        if order > 0 and options.changes:
            added.append(right[j])
        elif order < 0 and options.deletions:
            deleted.append(left[i])
        i += order <= 0
        j += order >= 0
    deleted = listorder.deduplicated(deleted)
    if added:
        patch[key] = listorder.normalized(added, modified, "")
    if deleted:
        patch[f"{DELETE_FROM}/{key}"] = deleted
    # Go compares with the original after sorting it in place, so an unsorted list is ordered in every patch.
    if options.set_order and ((options.deletions and deleted) or (options.changes and not values.same(left, modified))) and modified:
        patch[f"{SET_ORDER}/{key}"] = modified
