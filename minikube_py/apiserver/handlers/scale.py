"""/scale: the replicas of a workload as an autoscaling/v1 Scale."""

from typing import TYPE_CHECKING

from minikube_py.apiserver.handlers import patch, read, update
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, fielderrors, meta
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer


def handle(server: "APIServer", request: Request) -> Response:
    """Answer get, update or patch of a Scale."""
    resource = request.target
    if request.verb == "get":
        obj = read.must_get(server, resource, request.namespace, request.name)
        return Response(scale_of(read.convert(server, resource, obj)))
    stored = update.update(server, _main(request), lambda live: _changed(request, live))
    return Response(scale_of(read.convert(server, resource, stored)), 200, tuple(request.warnings))


def _main(request: Request) -> Request:
    """Return the same request for the main resource: a scale is an update of spec.replicas."""
    part = Request("update", request.group, request.version, request.resource, namespace=request.namespace, name=request.name,
                   options=request.options, user_agent=request.user_agent)  # fmt: skip
    part.info, part.user, part.warnings = request.info, request.user, request.warnings
    return part


def _changed(request: Request, live: Object) -> Object:
    former = scale_of(live)
    wanted = request.body if request.verb == "update" else patch.apply_patch(request, meta.clone(former))
    if not isinstance(wanted, dict) or not isinstance(wanted.get("spec", {}), dict):
        raise errors.BadRequest("the body of the request must be a Scale")
    replicas = wanted.get("spec", {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise errors.BadRequest("json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32")
    if replicas < 0:
        cause = fielderrors.invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise errors.Invalid("Scale", request.name, [cause], "autoscaling")
    obj = meta.clone(live)
    obj["spec"]["replicas"] = replicas
    sent = (wanted.get("metadata") or {}).get("resourceVersion")
    if sent:
        obj["metadata"]["resourceVersion"] = sent
    return obj


def scale_of(obj: Object) -> Object:
    """Return the Scale of a workload."""
    metadata = obj["metadata"]
    fields = {field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp") if field in metadata}
    status: Object = {"replicas": obj.get("status", {}).get("replicas", 0)}
    selector = obj["spec"].get("selector")
    if selector:
        status["selector"] = _selector_text(selector)
    replicas = obj["spec"].get("replicas", 0)
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": fields, "spec": {"replicas": replicas} if replicas else {}, "status": status}


def _selector_text(selector: Object) -> str:
    from minikube_py.machinery import selectors

    if "matchLabels" in selector or "matchExpressions" in selector:
        return str(selectors.from_object(selector))
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
