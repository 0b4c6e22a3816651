"""What create, update, patch and apply have in common: decode, admit, validate, note the managers, store."""

import json
import marshal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import objectstore
from minikube_py.apiserver.request import Request
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import decode, errors, schemas
from minikube_py.machinery.apply import managed
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.plugin.admission import Attributes

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_OMITTED_IF_EMPTY = ("labels", "annotations", "finalizers", "ownerReferences")
ATTEMPTS = 5  # as kube-apiserver's patch handler
_ESCAPES = 6  # characters of JSON for one of a text, at most: no size in JSON is more than that many times the one in marshal
_TWICE = ("API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; "
          "duplicate UID(s) observed: ")  # fmt: skip


def received(request: Request) -> Object:
    """Return a copy of the body, which must be an object of no more than LIMIT bytes."""
    body = request.body
    if not isinstance(body, dict):
        raise errors.BadRequest("the body of the request must be an object")
    return marshal.loads(_dumped(body))  # type: ignore[no-any-return]


def limit(body: Any) -> None:
    """Raise RequestEntityTooLarge where a body has more than LIMIT bytes."""
    _dumped(body)


def _dumped(body: Any) -> bytes:
    try:
        data = marshal.dumps(body, 2)
    except ValueError as error:
        raise errors.BadRequest("the body of the request is nested too deeply, or holds what is no JSON") from error
    if len(data) * _ESCAPES > objectstore.LIMIT and len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) > objectstore.LIMIT:
        raise objectstore.too_large()
    return data


def decoded(request: Request, obj: Object, *, refuse: Callable[[str], errors.StatusError] | None = None) -> Object:
    """Return an object with nothing in it that its kind does not know; refuse wrong types, and unknown fields where asked to."""
    resource = request.target
    schema = schemas.for_kind(obj.get("apiVersion", ""), obj.get("kind", ""))
    if schema is None:
        _must_have_metadata(resource, obj)
        return obj
    found = decode.decode(obj, schema, duplicates=request.options.get("duplicates") or ())
    if found.error:
        raise _refused(resource, found.error, refuse)
    if found.findings:
        mode = request.option("fieldValidation", "Warn")
        if mode == "Strict":
            raise _refused(resource, decode.strict_error(found.findings), refuse)
        if mode == "Warn":
            request.warnings.extend(found.findings)
    return found.obj


def _refused(resource: Resource, message: str, refuse: Callable[[str], errors.StatusError] | None) -> errors.StatusError:
    return refuse(message) if refuse else errors.BadRequest(decode.refusal(resource.kind, resource.version, message))


def _must_have_metadata(resource: Resource, obj: Object) -> None:
    if not isinstance(obj.get("metadata", {}), dict):
        raise errors.BadRequest(decode.refusal(resource.kind, resource.version, "metadata is no object"))


def fit_namespace(request: Request, metadata: Object) -> None:
    """Let the object be in the request's namespace, or refuse it (rest.EnsureObjectNamespaceMatchesRequestNamespace)."""
    space = metadata.get("namespace") or ""
    if not request.target.namespaced:
        metadata.pop("namespace", None)
    elif not space:
        metadata["namespace"] = request.namespace
    elif space != request.namespace:
        raise errors.BadRequest("the namespace of the provided object does not match the namespace sent on the request")


def check_name(request: Request, metadata: Object) -> None:
    """Refuse an object whose name is not the one that the request is about."""
    name = metadata.get("name")
    if not name:
        raise errors.BadRequest(f"the name of the object ({request.name} based on URL) was undeterminable: name must be provided")
    if name != request.name:
        raise errors.BadRequest(f"the name of the object ({name}) does not match the name on the URL ({request.name})")


def drop_empty(metadata: Object) -> None:
    """Drop maps and lists of metadata that hold nothing, as Go's omitempty does."""
    for field in _OMITTED_IF_EMPTY:
        if field in metadata and not metadata[field]:
            del metadata[field]


def dedup_owners(request: Request, obj: Object, *, admitted: bool = False) -> None:
    """Drop owner references that are there twice, with a warning."""
    owners = obj["metadata"].get("ownerReferences")
    if not owners or len(owners) == 1:
        return
    kept: list[Any] = []
    twice: dict[str, None] = {}
    for owner in owners:
        if owner in kept:
            twice[str(owner.get("uid", ""))] = None
        else:
            kept.append(owner)
    if twice:
        obj["metadata"]["ownerReferences"] = kept
        when = " after mutating admission happens" if admitted else ""
        request.warnings.append(f".metadata.ownerReferences contains duplicate entries{when}; {_TWICE}{', '.join(twice)}")


def attributes(request: Request, operation: str, new: Object | None, old: Object | None) -> Attributes:
    """Return what admission plugins are shown."""
    resource = request.target
    some = new if new is not None else old
    name = request.name or (some or {}).get("metadata", {}).get("name", "")
    return Attributes(operation, resource.group, resource.version, resource.plural, request.subresource, resource.kind, request.namespace, name,
                      new, old, request.user, bool(request.option("dryRun")), request.options)  # fmt: skip


def mutate(server: "APIServer", request: Request, obj: Object, old: Object | None) -> Attributes:
    """Let admission plugins change the object, and fill in the defaults of what they added."""
    shown = attributes(request, "CREATE" if old is None else "UPDATE", obj, old)
    if server.policy.admit(shown):
        server.strategy(request.target).default(obj)
        dedup_owners(request, obj, admitted=True)
    return shown


def finish(server: "APIServer", request: Request, shown: Attributes) -> None:
    """Let admission plugins refuse the object as it is now."""
    shown.charges.clear()
    try:
        server.policy.validate(shown)
    finally:
        if shown.annotations and request.record is not None:
            request.record.annotated(shown.annotations)
    if shown.warnings:
        request.warnings.extend(shown.warnings)


def charged(server: "APIServer", shown: Attributes | None, store: Callable[[], bool]) -> bool:
    """Store an object, and what is then used of its namespace's quotas: both or neither. Conflict where somebody else charged them meanwhile."""
    if shown is None or not shown.charges or shown.dry_run:
        return store()
    quotas = server.scheme.must("resourcequotas")
    with server.store.backend.batch():
        if not store():
            return False
        for quota in shown.charges:
            if not server.store.update(quotas, quota, int(quota["metadata"]["resourceVersion"])):
                server.store.forget()
                raise errors.Conflict("resourcequotas", quota["metadata"]["name"])
    return True


def note_manager(server: "APIServer", request: Request, obj: Object, old: Object | None, subresource: str) -> None:
    """Bring managedFields up to date after anything but a server-side apply: before admission and the strategy change the object."""
    resource = request.target
    schema = schemas.for_kind(resource.api_version, resource.kind)
    managed.updated(obj, old, request.manager, subresource=subresource, api_version=resource.api_version, schema=schema,
                    now=rfc3339(server.clock.now()))  # fmt: skip


def invalid(resource: Resource, name: str, causes: Sequence[FieldError]) -> errors.Invalid:
    """Return the 422 of a kind."""
    from minikube_py import registry

    group = registry.strategy(resource.group, resource.plural).go_group
    return errors.Invalid(resource.kind, name, causes, resource.group if group is None else group)


def to_storage(server: "APIServer", resource: Resource, obj: Object) -> Object:
    """Return an object in the version that the store keeps."""
    stored = server.storage_version(resource)
    if resource.version == stored[1] and resource.group == stored[0]:
        return obj
    return server.strategy(resource).convert(obj, stored[1])
