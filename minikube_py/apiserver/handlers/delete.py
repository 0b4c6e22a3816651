"""delete and deletecollection: grace, finalizers, propagation (rest.BeforeDelete and the generic registry's Store.Delete)."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import options
from minikube_py.apiserver.handlers import companions, grace, read, write
from minikube_py.apiserver.objectstore import Stored, list_object
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_ORPHANED_PODS = ("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
                  "or set propagationPolicy=Orphan to suppress this warning")  # fmt: skip
# The resources whose deletion answers with the object that was deleted, not with a Status (Store.ReturnDeletedObject).
_RETURNED = frozenset({
    ("", "pods"), ("", "podtemplates"), ("", "persistentvolumes"), ("", "persistentvolumeclaims"), ("", "resourcequotas"), ("", "serviceaccounts"),
    ("", "services"), ("storage.k8s.io", "storageclasses"), ("storage.k8s.io", "volumeattachments"), ("storage.k8s.io", "csinodes"),
    ("storage.k8s.io", "csidrivers"),
})  # fmt: skip
_OF_LISTS = frozenset({"labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch", "table"})


def handle(server: "APIServer", request: Request) -> Response:
    """Delete one object, or all that match."""
    options.check(request)
    if request.verb == "deletecollection":
        return _collection(server, request)
    return delete(server, request)


def _collection(server: "APIServer", request: Request) -> Response:
    resource = request.target
    listed = read.listed(server, _like(request, "list", ""))
    for obj in listed["items"]:
        one = _like(request, "delete", obj["metadata"]["name"])
        one.namespace = obj["metadata"].get("namespace", "")
        try:
            delete(server, one)
        except errors.NotFound:
            continue
    return Response(list_object(resource, listed["items"], int(listed["metadata"]["resourceVersion"])), 200, tuple(request.warnings))


def _like(request: Request, verb: str, name: str) -> Request:
    """Return a request for a part of what `request` asks for; it has passed the filters already."""
    part = Request(verb, request.group, request.version, request.resource, namespace=request.namespace, name=name,
                   options={key: value for key, value in request.options.items() if (key in _OF_LISTS) == (verb == "list") and key != "table"})  # fmt: skip
    part.info, part.user, part.user_agent, part.warnings = request.info, request.user, request.user_agent, request.warnings
    return part


def delete(server: "APIServer", request: Request, *, admission: bool = True) -> Response:
    """Delete one object: at once, or by marking it where grace or finalizers ask for time."""
    resource, strategy = request.target, server.strategy(request.target)
    if resource.key == ("batch", "jobs") and not request.option("propagationPolicy") and request.options.get("orphanDependents") is None:
        request.warnings.append(_ORPHANED_PODS)
    for attempt in range(write.ATTEMPTS):
        # The last attempt keeps others from writing in between.
        with server.store.backend.batch() if attempt == write.ATTEMPTS - 1 else nullcontext():
            found = server.store.get(resource, request.namespace, request.name)
            if found is None:
                raise errors.NotFound(resource.plural, request.name, resource.group)
            _check(request, found.object)
            if admission:
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
    for field, name, end in (("uid", "UID", "been deleted and then recreated"), ("resourceVersion", "ResourceVersion", "been modified")):
        sent = wanted.get(field)
        if sent and sent != metadata[field]:
            cause = (f"the {name} in the precondition ({sent}) does not match the {name} in record ({metadata[field]}). "
                     f"The object might have {end}")  # fmt: skip
            raise errors.Conflict(resource.kind, request.name, cause, resource.group)  # kube-apiserver names the kind here


def _step(server: "APIServer", request: Request, found: Stored) -> Response | None:
    """Mark or remove the object; None where somebody else wrote it in between."""
    resource, obj = request.target, found.object
    if resource.key == ("", "namespaces") and not grace.is_deleting(obj):
        _mark_namespace(server, request, obj)
        return _marked(server, request, found)
    if resource.key == ("", "namespaces") and obj.get("spec", {}).get("finalizers"):
        return _pending(server, request, obj)
    graceful = grace.before(server, request, obj)
    if graceful is None:  # it goes already, and no sooner for this request
        return _answer(server, request, obj)
    changed = grace.set_finalizers(request, obj["metadata"])
    pending = bool(obj["metadata"].get("finalizers"))
    if pending and not graceful:
        changed = grace.mark(server, obj) or changed
    elif pending or (graceful and obj["metadata"]["deletionGracePeriodSeconds"]):
        changed = True
    else:
        return _removed(server, request, found)
    return _marked(server, request, found) if changed else _pending(server, request, obj)


def _mark_namespace(server: "APIServer", request: Request, obj: Object) -> None:
    """Begin the end of a namespace: its controller does the rest (registry/core/namespace/storage REST.Delete)."""
    obj["metadata"]["deletionTimestamp"] = rfc3339(server.clock.now())
    obj["status"] = {**obj.get("status", {}), "phase": "Terminating"}
    grace.set_finalizers(request, obj["metadata"])


def _marked(server: "APIServer", request: Request, found: Stored) -> Response | None:
    resource, obj = request.target, found.object
    if not request.option("dryRun") and not server.store.update(resource, obj, found.revision):
        return None
    return _pending(server, request, obj)


def _pending(server: "APIServer", request: Request, obj: Object) -> Response:
    """Return an object that goes later; 202 for those who asked for its dependents to go, in the old way only."""
    code = 202 if request.options.get("orphanDependents") is False else 200
    return Response(read.convert(server, request.target, obj), code, tuple(request.warnings))


def _removed(server: "APIServer", request: Request, found: Stored) -> Response | None:
    resource, obj = request.target, found.object
    if not request.option("dryRun"):
        if not companions.together(server, resource, None, obj, lambda: server.store.delete(resource, obj, found.revision)):
            return None
        server.strategy(resource).after_delete(obj, server.context(request))
    return _answer(server, request, obj)


def _answer(server: "APIServer", request: Request, obj: Object) -> Response:
    resource = request.target
    if resource.key in _RETURNED:
        body = read.convert(server, resource, obj)
    else:
        body = _success(resource, obj)
    return Response(body, 200, tuple(request.warnings))


def _success(resource: Resource, obj: Object) -> Object:
    details = {"name": obj["metadata"]["name"], "group": resource.group, "kind": resource.plural, "uid": obj["metadata"]["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": {key: value for key, value in details.items() if value}}  # fmt: skip
