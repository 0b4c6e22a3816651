"""delete and deletecollection: grace, finalizers, propagation, as kube-apiserver's rest.BeforeDelete."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.handlers import read, update, write
from minikube_py.apiserver.objectstore import Stored, list_object
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"
_POLICIES = ("Background", "Foreground", "Orphan")


def handle(server: "APIServer", request: Request) -> Response:
    """Delete one object, or all that match."""
    policy = request.option("propagationPolicy")
    if policy and policy not in _POLICIES:
        raise errors.BadRequest(f'invalid propagation policy "{policy}": supported values: {", ".join(_POLICIES)}')
    if request.verb == "deletecollection":
        return _collection(server, request)
    return delete(server, request)


def _collection(server: "APIServer", request: Request) -> Response:
    resource = request.target
    listed = read.listed(server, _like(request, "list", ""))
    gone = []
    for obj in listed["items"]:
        one = _like(request, "delete", obj["metadata"]["name"])
        one.namespace = obj["metadata"].get("namespace", "")
        try:
            delete(server, one)
        except errors.NotFound:
            continue
        gone.append(obj)
    return Response(list_object(resource, gone, int(listed["metadata"]["resourceVersion"])))


def _like(request: Request, verb: str, name: str) -> Request:
    """Return a request for a part of what `request` asks for; it has passed the filters already."""
    options = {key: value for key, value in request.options.items() if verb == "list" or key not in ("labelSelector", "fieldSelector", "limit", "continue")}
    part = Request(verb, request.group, request.version, request.resource, namespace=request.namespace, name=name, options=options)
    part.info, part.user, part.user_agent = request.info, request.user, request.user_agent
    return part


def delete(server: "APIServer", request: Request) -> Response:
    """Delete one object: at once, or by marking it where grace or finalizers ask for time."""
    resource, strategy = request.target, server.strategy(request.target)
    for _ in range(write.ATTEMPTS):
        found = server.store.get(resource, request.namespace, request.name)
        if found is None:
            raise errors.NotFound(resource.plural, request.name, resource.group)
        _check(request, found.object)
        shown = write.attributes(request, "DELETE", None, found.object)
        server.policy.admit(shown)
        write.finish(server, request, shown)
        strategy.before_delete(found.object, server.context(request))
        response = _step(server, request, found)
        if response is not None:
            return response
    raise errors.Conflict(resource.plural, request.name, group=resource.group)


def _check(request: Request, obj: Object) -> None:
    wanted: dict[str, Any] = request.option("preconditions", {})
    metadata, resource = obj["metadata"], request.target
    if wanted.get("uid") and wanted["uid"] != metadata["uid"]:
        cause = f"Precondition failed: UID in precondition: {wanted['uid']}, UID in object meta: {metadata['uid']}"
        raise errors.Conflict(resource.plural, request.name, cause, resource.group)
    if wanted.get("resourceVersion") and wanted["resourceVersion"] != metadata["resourceVersion"]:
        cause = (f"Precondition failed: ResourceVersion in precondition: {wanted['resourceVersion']}, "
                 f"ResourceVersion in object meta: {metadata['resourceVersion']}")  # fmt: skip
        raise errors.Conflict(resource.plural, request.name, cause, resource.group)


def _step(server: "APIServer", request: Request, found: Stored) -> Response | None:
    """Mark or remove the object; None where somebody else wrote it in between."""
    resource, obj = request.target, found.object
    before = {**obj, "metadata": {**obj["metadata"]}}
    marked = _mark(server, request, obj)
    if update.is_finished(obj) or not marked:
        if request.option("dryRun"):
            return Response(_success(resource, obj), 200, tuple(request.warnings))
        if not server.store.delete(resource, obj, found.revision):
            return None
        server.strategy(resource).after_delete(obj, server.context(request))
        return Response(_success(resource, obj), 200, tuple(request.warnings))
    if request.option("dryRun") or obj == before:
        return Response(read.convert(server, resource, obj), 200, tuple(request.warnings))
    if not server.store.update(resource, obj, found.revision):
        return None
    return Response(read.convert(server, resource, obj), 200, tuple(request.warnings))


def _mark(server: "APIServer", request: Request, obj: Object) -> bool:
    """Set deletionTimestamp, grace and finalizers; False where the object may go at once."""
    metadata = obj["metadata"]
    _set_finalizers(metadata, request.option("propagationPolicy"))
    asked = request.options.get("gracePeriodSeconds")
    grace = server.strategy(request.target).grace_period(obj, asked)
    if metadata.get("deletionTimestamp"):
        if grace < metadata.get("deletionGracePeriodSeconds", 0):  # a later request can only shorten the grace
            metadata["deletionGracePeriodSeconds"] = grace
            metadata["deletionTimestamp"] = rfc3339(server.clock.now() + grace)
        return True
    waits = metadata.get("finalizers") or (obj["kind"] == "Namespace" and obj.get("spec", {}).get("finalizers"))
    if not grace and not waits:
        return False
    metadata["deletionTimestamp"] = rfc3339(server.clock.now() + grace)
    metadata["deletionGracePeriodSeconds"] = grace
    if metadata.get("generation"):
        metadata["generation"] += 1
    if obj["kind"] == "Namespace":
        obj["status"] = {**obj.get("status", {}), "phase": "Terminating"}
    return True


def _set_finalizers(metadata: dict[str, Any], policy: str | None) -> None:
    """Write the propagation policy into the finalizers, for the garbage collector."""
    former = metadata.get("finalizers") or []
    if not policy:
        return
    kept = [name for name in former if name not in (ORPHAN, FOREGROUND)]
    if policy == "Orphan":
        kept.append(ORPHAN)
    elif policy == "Foreground":
        kept.append(FOREGROUND)
    if kept:
        metadata["finalizers"] = kept
    else:
        metadata.pop("finalizers", None)


def _success(resource: Resource, obj: Object) -> Object:
    details = {"name": obj["metadata"]["name"], "group": resource.group, "kind": resource.plural, "uid": obj["metadata"]["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": {key: value for key, value in details.items() if value}}  # fmt: skip
