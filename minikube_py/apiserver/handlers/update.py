"""update: replace an object, guarded by its resourceVersion where it has one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from minikube_py.apiserver import chain
from minikube_py.apiserver.handlers import create, read, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, fielderrors, meta
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

Change = Callable[[Object], Object]  # from the live object to what it is to become; the live one stays as it is
_KEPT = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")


def handle(server: "APIServer", request: Request) -> Response:
    """Replace an object and return it."""
    resource = request.target
    chain.must_match(resource, request.body)
    body = write.decoded(request, request.body)
    metadata = body.setdefault("metadata", {})
    if metadata.setdefault("name", request.name) != request.name:
        raise errors.BadRequest(f"the name of the object ({metadata['name']}) does not match the name on the URL ({request.name})")
    if resource.namespaced and metadata.setdefault("namespace", request.namespace) != request.namespace:
        raise errors.BadRequest("the namespace of the provided object does not match the namespace sent on the request")
    if server.store.get(resource, request.namespace, request.name) is None and server.strategy(resource).allow_create_on_update:
        return Response(read.convert(server, resource, create.create(server, request, body)), 201, tuple(request.warnings))
    stored = update(server, request, lambda live: meta.clone(body))
    return Response(read.convert(server, resource, stored), 200, tuple(request.warnings))


def update(server: "APIServer", request: Request, change: Change, *, managed: bool = False) -> Object:
    """Take a live object through `change` and all checks into the store; try again where others write in between.

    Where the changed object carries a resourceVersion, it must be the live one's: else Conflict, at once.
    """
    resource = request.target
    for _ in range(write.ATTEMPTS):
        found = server.store.get(resource, request.namespace, request.name)
        if found is None:
            raise errors.NotFound(resource.plural, request.name, resource.group)
        live = read.convert(server, resource, found.object)
        done = _attempt(server, request, live, found.revision, change(live), managed)
        if done is not None:
            return done
    raise errors.Conflict(resource.plural, request.name, group=resource.group)


def _attempt(server: "APIServer", request: Request, live: Object, revision: int, obj: Object, managed: bool) -> Object | None:
    resource, strategy, warnings = request.target, server.strategy(request.target), len(request.warnings)
    _check_preconditions(server, resource, request.name, live, obj)
    metadata = obj["metadata"]
    for field in _KEPT:
        _keep(metadata, live["metadata"], field)
    # The preconditions hold, so that an update without resourceVersion is one of the live object from here on.
    metadata["resourceVersion"] = live["metadata"]["resourceVersion"]
    if not request.subresource:
        strategy.default(obj)
    shown = write.mutate(server, request, obj, live)
    context = server.context(request)
    if request.subresource:
        strategy.prepare_subresource(request.subresource, obj, live, context)
        metadata = obj["metadata"]
        causes = strategy.validate_subresource(request.subresource, obj, live)
    else:
        strategy.prepare_update(obj, live, context)
        causes = strategy.validate_update(obj, live)
    if causes:
        raise write.invalid(resource, request.name, causes)
    request.warnings.extend(strategy.warnings(obj, live))
    shown.object = obj
    write.finish(server, request, shown)
    metadata["resourceVersion"] = live["metadata"]["resourceVersion"]
    if not managed:
        write.note_manager(server, request, obj, live)
    if same(obj, live):
        return live
    stored = write.to_storage(server, resource, obj)
    if request.option("dryRun"):
        return stored
    if is_finished(stored):
        written = server.store.delete(resource, stored, revision)
    else:
        written = server.store.update(resource, stored, revision)
    if written:
        return stored
    del request.warnings[warnings:]
    return None


def _check_preconditions(server: "APIServer", resource: Resource, name: str, live: Object, obj: Object) -> None:
    metadata = obj["metadata"]
    sent, uid = metadata.get("resourceVersion"), metadata.get("uid")
    if uid and uid != live["metadata"].get("uid"):
        cause = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {live['metadata'].get('uid', '')}"
        raise errors.Conflict(resource.plural, name, cause, resource.group)
    if not sent or sent == "0":
        if not server.strategy(resource).allow_unconditional_update:
            missing = fielderrors.invalid("metadata.resourceVersion", 0, "must be specified for an update")
            raise errors.Invalid(resource.kind, name, [missing], resource.group)
    elif sent != live["metadata"]["resourceVersion"]:
        raise errors.Conflict(resource.plural, name, group=resource.group)


def _keep(metadata: Object, live: Object, field: str) -> None:
    """Let a field stand as it is: updates cannot set it (a wrong uid was refused before)."""
    if field in live:
        metadata[field] = live[field]
    else:
        metadata.pop(field, None)


def is_finished(obj: Object) -> bool:
    """Tell whether an object whose deletion was asked for may go now: no finalizer left, and no grace."""
    metadata = obj["metadata"]
    if not metadata.get("deletionTimestamp") or metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds"):
        return False
    return not (obj["kind"] == "Namespace" and obj.get("spec", {}).get("finalizers"))


def same(obj: Object, live: Object) -> bool:
    """Tell whether nothing but the times in managedFields differs: then nothing is written, and the revision stays."""
    if obj == live:
        return True
    entries, former = obj["metadata"].get("managedFields"), live["metadata"].get("managedFields")
    if {**obj, "metadata": None} != {**live, "metadata": None}:
        return False
    if {**obj["metadata"], "managedFields": None} != {**live["metadata"], "managedFields": None}:
        return False
    return [{**entry, "time": None} for entry in entries or ()] == [{**entry, "time": None} for entry in former or ()]
