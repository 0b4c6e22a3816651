"""Server-side apply: one applier's configuration laid over the live object (structured-merge-diff's Updater.Apply and the managers
of apimachinery util/managedfields around it).
"""

from typing import Any, NamedTuple

from minikube_py.machinery import errors, meta
from minikube_py.machinery.apply import conflicts, entries, fieldset, managed, resetfields, shapes, typed
from minikube_py.machinery.apply.conflicts import Conflict
from minikube_py.machinery.apply.entries import APPLY, UPDATE, Entry
from minikube_py.machinery.apply.fieldset import FieldSet
from minikube_py.machinery.apply.pathelement import PathError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import threeway, values
from minikube_py.machinery.schemas import Schema

# The field manager under which kubectl applies: for it alone, fields that it applied client-side before are its own.
KUBECTL = "kubectl"
BEFORE_FIRST_APPLY = "before-first-apply"
_MAX_ANNOTATIONS = 256 * 1024


class _Conflicts(Exception):
    def __init__(self, found: list[Conflict]) -> None:
        super().__init__()
        self.found = found


class _Apply(NamedTuple):
    """One apply request and where it goes."""

    live: Object
    config: Object
    manager: str
    schema: Schema | None
    api_version: str
    subresource: str
    now: str
    reset: FieldSet

    @property
    def shape(self) -> shapes.Granular:
        return shapes.root(self.schema)


def apply(
    live: Object | None, config: Object, manager: str, force: bool, *, schema: Schema | None, api_version: str, kind: str,
    subresource: str = "", now: str, reset: FieldSet | None = None,
) -> Object:  # fmt: skip
    """Return the object that results from applying `config` to `live` (None: it is created), its managedFields included.

    Arguments stay as they are; parts may be shared with the result. Raises ApplyConflict (409), BadRequest (400) for another
    kind or version and for managedFields in the configuration, and a StatusError of code 500, as kube-apiserver does, for
    fields that the schema does not know. The result has no defaults: the caller sets them.
    """
    if (config.get("apiVersion"), config.get("kind")) != (api_version, kind):
        raise errors.BadRequest(f"invalid object type: {gvk(config)}")
    metadata = config.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") is not None:
        raise errors.BadRequest("metadata.managedFields must be nil")
    if reset is None:
        reset = resetfields.of(api_version, kind, subresource, schema)
    request = _Apply(live or {}, config, manager or "unknown", schema, api_version, subresource, now, reset)
    _check_fields(request)
    before: list[Entry] = []
    try:
        before = _entries(request, exists=live is not None)
        result = _applied(request, before, force=force)
    except _Conflicts as stop:
        result = _after_client_side_apply(request, before, stop.found)
    except PathError as error:
        found = next(typed.problems(live or config, schema), str(error))
        raise errors.StatusError(f"failed to create typed live object ({named(live or config)}): {found}", code=500, reason="") from None
    return _annotated(result, request) if manager == KUBECTL else result


def gvk(obj: Object) -> str:
    """Return version and kind as Go shows them."""
    sent, kind = obj.get("apiVersion") or "", obj.get("kind")
    if not isinstance(sent, str) or sent.count("/") > 1:
        return "/, Kind="
    group, version = meta.split_api_version(sent)
    return f"{group}/{version}, Kind={kind if isinstance(kind, str) else ''}"


def _check_fields(request: _Apply) -> None:
    found = list(typed.problems(request.config, request.schema))
    if found:
        listed = found[0] if len(found) == 1 else "\n  ".join(["errors:", *found])
        raise errors.StatusError(f"failed to create typed patch object ({named(request.config)}): {listed}", code=500, reason="")


def named(obj: Object) -> str:
    """Return what an object is called by itself, which is not where the request goes."""
    metadata = obj.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    return f"{known.get('namespace') or ''}/{known.get('name') or ''}; {gvk(obj)}"


def _entries(request: _Apply, *, exists: bool) -> list[Entry]:
    """Return the live entries; what an object held before anybody's ownership was tracked belongs to nobody in particular."""
    listed = (request.live.get("metadata") or {}).get("managedFields")
    try:
        known = entries.decoded(listed)
    except PathError as error:
        raise errors.StatusError(f"failed to decode managed fields: {error}", code=500, reason="") from None
    if known or not exists:
        return known
    change = managed.difference(None, request.live, request.api_version, request.schema, request.reset)
    if not change.changed:
        return []
    return [entries.new(BEFORE_FIRST_APPLY, UPDATE, request.api_version, request.subresource, change.changed, request.now)]


def _applied(request: _Apply, before: list[Entry], *, force: bool) -> Object:
    shape = request.shape
    applied = fieldset.recursive_difference(shape.applied(request.config), request.reset)
    own = next((entry for entry in before if _is_own(entry, request)), None)
    others = managed.served([entry for entry in before if entry is not own], request.config["kind"], request.schema)
    last: FieldSet = own["fieldsV1"] if own is not None else {}
    owned = applied
    for entry in others:
        owned = fieldset.union(owned, entry["fieldsV1"])
    value = typed.merged(request.live, request.config, shape)
    value = typed.pruned(value, last, owned, shape)
    value.setdefault("metadata", {})
    change = managed.difference(request.live, value, request.api_version, request.schema, request.reset)
    met = [] if force else conflicts.found(others, change.changed)
    if met:
        raise _Conflicts(met)
    after = [_less(entry, change) for entry in others]
    # What reads the result into a kind's own types knows what a null is there.
    result: Object = dict(value) if request.schema is not None and request.schema.name else typed.without_nulls(value)
    mine = fieldset.difference(applied, managed.STRIPPED)
    if mine:
        time = request.now if not values.same(value, request.live) else own.get("time") if own is not None else None
        after.append(entries.new(request.manager, APPLY, request.api_version, request.subresource, mine, time))
    listed = entries.arranged([entry for entry in after if entry["fieldsV1"]])
    metadata = {field: value for field, value in result["metadata"].items() if field != "managedFields"}
    result["metadata"] = {**metadata, "managedFields": listed} if listed else metadata
    return result


def _is_own(entry: Entry, request: _Apply) -> bool:
    return entries.belongs(entry, request.manager, APPLY, request.api_version, request.subresource)


def _less(entry: Entry, change: shapes.Change) -> Entry:
    rest = fieldset.difference(fieldset.difference(entry["fieldsV1"], change.changed), change.removed)
    return entries.with_fields(entry, rest)


def _after_client_side_apply(request: _Apply, before: list[Entry], met: list[Conflict]) -> Object:
    """Force the apply where kubectl only meets what it applied client-side itself, and nobody changed since."""
    allowed = _last_applied(request) if request.manager == KUBECTL else None
    if allowed is None:
        raise conflicts.error(met) from None
    left = [conflict for conflict in met if not fieldset.has(allowed, conflict.path)]
    if left:
        raise conflicts.error(left) from None
    return _applied(request, before, force=True)


def _last_applied(request: _Apply) -> FieldSet | None:
    """Return the fields of the last-applied annotation that the live object still has as they were; None without annotation."""
    try:
        config = threeway.last_applied(request.live)
        if config is None or config.get("apiVersion") != request.api_version or any(typed.problems(config, request.schema)):
            return None
        change = request.shape.compare(config, request.live)
        applied = request.shape.applied(config)
    except (ValueError, KeyError):
        return None
    return fieldset.difference(fieldset.difference(applied, change.changed), change.removed)


def _annotated(result: Object, request: _Apply) -> Object:
    """Keep the annotation of client-side apply up to date, where there is one, so that kubectl can go back to it."""
    annotations = meta.annotations(result)
    if not annotations.get(threeway.ANNOTATION):
        return result
    config: dict[str, Any] = meta.clone(request.config)
    listed = config["metadata"].get("annotations")
    if listed:
        listed.pop(threeway.ANNOTATION, None)
    annotations = {**annotations, threeway.ANNOTATION: values.marshal(config) + "\n"}
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > _MAX_ANNOTATIONS:
        del annotations[threeway.ANNOTATION]
    return {**result, "metadata": {**result["metadata"], "annotations": annotations}}
