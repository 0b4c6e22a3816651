"""metadata.managedFields after a create, update or patch (apimachinery util/managedfields over structured-merge-diff's Updater).

kube-apiserver does this after decoding and defaulting, before mutating admission and the strategy's PrepareForUpdate; so do it there.
"""

from typing import Any

from minikube_py.machinery import schemas
from minikube_py.machinery.apply import entries, fieldset, resetfields, shapes, zeros
from minikube_py.machinery.apply.entries import UPDATE, Entry
from minikube_py.machinery.apply.fieldset import FieldSet
from minikube_py.machinery.apply.pathelement import PathError
from minikube_py.machinery.apply.shapes import Change
from minikube_py.machinery.meta import Object
from minikube_py.machinery.schemas import Schema

_NO_METADATA: Object = {}
# What the apiserver itself keeps, and what names the object: nobody owns it.
EXEMPT = frozenset(
    {"name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"}
)
STRIPPED: FieldSet = {"f:apiVersion": {}, "f:kind": {}, "f:metadata": {".": {}, **{f"f:{name}": {} for name in sorted(EXEMPT)}}}
_EXEMPT_AT_ROOT = frozenset({"apiVersion", "kind", "metadata"})


def updated(
    new: Object, old: Object | None, manager: str, *, subresource: str = "", api_version: str, schema: Schema | None, now: str,
    reset: FieldSet | None = None,
) -> None:  # fmt: skip
    """Set the managedFields of `new`, which is about to replace `old` (None: to be created), written by `manager` at `now`.

    `now` is RFC 3339 in seconds. `reset` names what the write cannot change; by default what the kind's strategies say.
    Entries whose fields stay the same keep their time. The cost follows the difference. Nothing of `old` is changed,
    parts of its entries may be shared.
    """
    metadata = new["metadata"]
    given = metadata.pop("managedFields", None)
    before = old["metadata"].get("managedFields") if old is not None else None
    managed = _decoded(given, before, subresource)
    if old is not None and not managed:
        return  # Ownership was never tracked, or was reset: only an apply starts it again.
    if reset is None:
        reset = resetfields.of(api_version, new.get("kind", ""), subresource, schema)
    try:
        change = difference(old, new, api_version, schema, reset)
    except PathError:
        return  # A list that cannot be told apart by its keys: kube-apiserver forgets what it knew, too.
    after = _claimed(served(managed, new.get("kind", ""), schema), change, manager or "unknown", api_version, subresource, now)
    if after:
        metadata["managedFields"] = after


def served(listed: list[Entry], kind: str, schema: Schema | None) -> list[Entry]:
    """Return the entries but for those of versions that a built-in kind has not (any more): what they own cannot be told."""
    if schema is None or not schema.name or all(schemas.for_kind(entry["apiVersion"], kind) for entry in listed):
        return listed
    return [entry for entry in listed if schemas.for_kind(entry["apiVersion"], kind)]


def _decoded(given: Any, before: Any, subresource: str) -> list[Entry]:
    """Return the entries to start from: those of the request, or of the live object where it has none, or none that can be read."""
    if given is before and before:
        return before  # type: ignore[no-any-return]
    if not subresource and given is not None and given != before:
        if entries.is_reset(given):
            return []
        found = _readable(given)
        if found:
            return found
    # What is stored was checked when it was written.
    return before or []


def _readable(given: Any) -> list[Entry]:
    try:
        return entries.decoded(given if isinstance(given, list) else [])
    except PathError:
        return []


def difference(old: Object | None, new: Object, api_version: str, schema: Schema | None, reset: FieldSet) -> Change:
    """Return what a write changes, without what nobody owns and what the write cannot change; PathError for lists without keys."""
    shape = shapes.root(schema)
    zero = zeros.of(api_version, new.get("kind", ""))
    skip = _EXEMPT_AT_ROOT.union([name[2:] for name, below in reset.items() if not below]) if reset else _EXEMPT_AT_ROOT
    change = shape.compare(zero if old is None else old, new, skip, zero)
    past = (old or _NO_METADATA).get("metadata") or _NO_METADATA
    metadata = new["metadata"]
    if past != metadata and "f:metadata" not in reset:
        _, meta_shape = shape.fields["metadata"]
        inner = (meta_shape if isinstance(meta_shape, shapes.Granular) else shapes.FREE).compare(past, metadata, EXEMPT)
        if inner.changed:
            change.changed["f:metadata"] = inner.changed
        if inner.removed:
            change.removed["f:metadata"] = inner.removed
    if any(reset.values()):
        return Change(fieldset.recursive_difference(change.changed, reset), fieldset.recursive_difference(change.removed, reset))
    return change


def _claimed(managed: list[Entry], change: Change, manager: str, api_version: str, subresource: str, now: str) -> list[Entry]:
    """Give what changed to the manager, take it and what is gone from all others."""
    changed, removed = change
    after: list[Entry] = []
    own: Entry | None = None
    for entry in managed:
        fields: FieldSet = entry["fieldsV1"]
        rest = fieldset.difference(fields, removed)
        if entries.belongs(entry, manager, UPDATE, api_version, subresource):
            own = entry
            if changed:
                rest = fieldset.union(rest, changed)
                after.append(entries.with_fields(entry, rest) if entry.get("time") == now else {**entry, "time": now, "fieldsV1": rest})
                continue
        else:
            rest = fieldset.difference(rest, changed)
        if rest:
            after.append(entries.with_fields(entry, rest))
    if changed and own is None:
        after.append(entries.new(manager, UPDATE, api_version, subresource, changed, now))
    return entries.arranged(entries.capped(after))
