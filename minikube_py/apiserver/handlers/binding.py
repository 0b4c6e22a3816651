"""pods/binding, and bindings, which came before it: a pod gets its node, once (registry/core/pod/storage BindingREST, LegacyBindingREST)."""

from typing import TYPE_CHECKING

from minikube_py.apiserver.handlers import write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.registry.core import pods

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer


def handle(server: "APIServer", request: Request) -> Response:
    """Bind a pod to the node that the Binding's target names; where no pod is in the path, the Binding has its name."""
    body = write.received(request)
    body.setdefault("apiVersion", "v1")
    body.setdefault("kind", "Binding")
    if (body["apiVersion"], body["kind"]) != ("v1", "Binding"):
        raise errors.BadRequest("the body of the request must be a Binding")
    body = write.decoded(request, body)
    metadata = body.setdefault("metadata", {})
    write.fit_namespace(request, metadata)
    name = request.name or metadata.get("name") or ""
    if metadata.get("name") and metadata["name"] != name:
        raise errors.BadRequest("name in URL does not match name in Binding object")
    shown = write.attributes(request, "CREATE", body, None)
    server.policy.admit(shown)
    write.finish(server, request, shown)
    for _ in range(write.ATTEMPTS):
        if _bind(server, request, name, body):
            success: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
            return Response(success, 201, tuple(request.warnings))
    raise errors.Conflict("pods/binding", name)


def _bind(server: "APIServer", request: Request, name: str, body: Object) -> bool:
    target = server.scheme.must("pods")
    found = server.store.get(target, request.namespace, name)
    if found is None:
        raise errors.NotFound("pods", name)
    pod = found.object
    pods.bind(pod, body)
    if request.option("dryRun"):
        return True
    status = pod.setdefault("status", {})
    others = [condition for condition in status.get("conditions") or () if condition["type"] != "PodScheduled"]
    now = rfc3339(server.clock.now())
    status["conditions"] = [*others, {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}]
    return server.store.update(target, pod, found.revision)
