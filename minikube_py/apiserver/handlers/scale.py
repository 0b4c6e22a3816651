"""/scale: the replicas of a workload as an autoscaling/v1 Scale."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import options
from minikube_py.apiserver.handlers import patch, read, update, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import decode, errors, fielderrors, meta, schemas
from minikube_py.machinery.apply import merge, scaling
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import Attributes

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_API, _KIND = "autoscaling/v1", "Scale"


def handle(server: "APIServer", request: Request) -> Response:
    """Answer get, update or patch of a Scale."""
    resource = request.target
    if request.verb == "get":
        obj = read.must_get(server, resource, request.namespace, request.name)
        return Response(_shown(server, request, scale_of(read.convert(server, resource, obj))))
    options.check(request)
    write.limit(request.body)
    # An update of spec.replicas that admission sees as one of the Scale only, noted in managedFields under the name scale.
    stored = update.update(server, _main(request), lambda live: _changed(server, request, live), via="scale", admission=False,
                           managed=_is_apply(request))  # fmt: skip
    return Response(scale_of(read.convert(server, resource, stored)), 200, tuple(request.warnings))


def _shown(server: "APIServer", request: Request, scale: Object) -> Object:
    """Return a Scale, or the Table of it that was asked for."""
    include = request.option("table")
    if not include:
        return scale
    from minikube_py.printers import tables

    return tables.table([scale], request.target, server.clock.now(), include_object=include, kind=tables.find("autoscaling", "scale"))


def _main(request: Request) -> Request:
    """Return the same request for the main resource."""
    part = Request("update", request.group, request.version, request.resource, namespace=request.namespace, name=request.name,
                   options=request.options, user_agent=request.user_agent)  # fmt: skip
    part.info, part.user, part.warnings = request.info, request.user, request.warnings
    return part


def _is_apply(request: Request) -> bool:
    return request.verb == "patch" and request.content_type == options.APPLY


def _sent(server: "APIServer", request: Request, live: Object, former: Object) -> Any:
    """Return the Scale that the request makes of the former one."""
    if request.verb == "update":
        return request.body
    if not _is_apply(request):
        return patch.apply_patch(request, meta.clone(former))
    former["metadata"]["managedFields"] = scaling.of_scale(live["metadata"].get("managedFields"), _API)
    return merge.apply(former, write.received(request), str(request.option("fieldManager")), bool(request.option("force")), api_version=_API, kind=_KIND,
                       schema=schemas.for_kind(_API, _KIND), subresource="scale", now=rfc3339(server.clock.now()))  # fmt: skip


def _changed(server: "APIServer", request: Request, live: Object) -> Object:
    former = scale_of(live)
    wanted = _checked(request, _sent(server, request, live, former))
    shown = Attributes("UPDATE", request.group, request.version, request.resource, "scale", _KIND, request.namespace, request.name,
                       wanted, former, request.user, bool(request.option("dryRun")), request.options)  # fmt: skip
    server.policy.admit(shown)
    replicas = wanted.get("spec", {}).get("replicas", 0)
    if replicas < 0:
        cause = fielderrors.invalid("spec.replicas", replicas, fielderrors.NEGATIVE)
        raise errors.Invalid(_KIND, request.name, [cause], "autoscaling")
    write.finish(server, request, shown)
    obj = meta.clone(live)
    obj["spec"]["replicas"] = replicas
    for field in ("resourceVersion", "uid"):
        if wanted["metadata"].get(field):
            obj["metadata"][field] = wanted["metadata"][field]
    if _is_apply(request):
        scaled = wanted["metadata"].get("managedFields")
        obj["metadata"]["managedFields"] = scaling.of_parent(live["metadata"].get("managedFields"), scaled, request.target.api_version)
    return obj


def _checked(request: Request, sent: Any) -> Object:
    """Return what was sent as a Scale, or refuse it."""
    if not isinstance(sent, dict):
        raise errors.BadRequest("the body of the request must be a Scale")
    scale: Object = {"apiVersion": _API, "kind": _KIND, "metadata": {}, **meta.clone(sent)}
    if (scale["apiVersion"], scale["kind"]) != (_API, _KIND):
        raise errors.BadRequest(f"the API version in the data ({scale['apiVersion']}) does not match the expected API version ({_API})")
    schema = schemas.for_kind(_API, _KIND)
    found = None if schema is None else decode.decode(scale, schema)
    if found is not None and found.error:
        raise errors.BadRequest(decode.refusal(_KIND, "v1", found.error))
    name = scale["metadata"].get("name")
    if name and name != request.name:
        raise errors.BadRequest(f"the name of the object ({name}) does not match the name on the URL ({request.name})")
    return scale if found is None else found.obj


def scale_of(obj: Object) -> Object:
    """Return the Scale of a workload."""
    metadata = obj["metadata"]
    fields = {field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp") if field in metadata}
    status: Object = {"replicas": obj.get("status", {}).get("replicas", 0)}
    selector = obj["spec"].get("selector")
    if selector:
        status["selector"] = _selector_text(selector)
    replicas = obj["spec"].get("replicas", 0)
    return {"kind": _KIND, "apiVersion": _API, "metadata": fields, "spec": {"replicas": replicas} if replicas else {}, "status": status}


def _selector_text(selector: Object) -> str:
    from minikube_py.machinery import selectors

    if "matchLabels" in selector or "matchExpressions" in selector:
        return str(selectors.from_object(selector))
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
