"""pods/binding: a pod gets its node, once (registry/core/pod/storage BindingREST)."""

from typing import TYPE_CHECKING

from minikube_py.apiserver.handlers import write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, fielderrors
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer


def handle(server: "APIServer", request: Request) -> Response:
    """Bind a pod to the node that the Binding's target names."""
    body = request.body
    node = (body.get("target") or {}).get("name", "") if isinstance(body, dict) else ""
    if not node:
        raise errors.Invalid("Binding", request.name, [fielderrors.required("target.name")])
    kind = body["target"].get("kind", "")
    if kind not in ("", "Node"):
        raise errors.Invalid("Binding", request.name, [fielderrors.not_supported("target.kind", kind, ["Node", "<empty>"])])
    shown = write.attributes(request, "CREATE", body, None)
    server.policy.admit(shown)
    write.finish(server, request, shown)
    for _ in range(write.ATTEMPTS):
        if _bind(server, request, body, node):
            success: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
            return Response(success, 201, tuple(request.warnings))
    raise errors.Conflict("pods/binding", request.name)


def _bind(server: "APIServer", request: Request, body: Object, node: str) -> bool:
    found = server.store.get(request.target, request.namespace, request.name)
    if found is None:
        raise errors.NotFound("pods", request.name)
    pod, sent = found.object, body.get("metadata") or {}
    _may_bind(request.name, pod, sent)
    if request.option("dryRun"):
        return True
    pod["spec"]["nodeName"] = node
    if sent.get("annotations"):
        pod["metadata"]["annotations"] = {**pod["metadata"].get("annotations", {}), **sent["annotations"]}
    status = pod.setdefault("status", {})
    others = [condition for condition in status.get("conditions") or () if condition["type"] != "PodScheduled"]
    now = rfc3339(server.clock.now())
    status["conditions"] = [*others, {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}]
    return server.store.update(request.target, pod, found.revision)


def _may_bind(name: str, pod: Object, sent: Object) -> None:
    metadata = pod["metadata"]
    if sent.get("uid") and sent["uid"] != metadata["uid"]:
        cause = f"Precondition failed: UID in precondition: {sent['uid']}, UID in object meta: {metadata['uid']}"
        raise errors.Conflict("pods", name, cause)
    if metadata.get("deletionTimestamp"):
        raise errors.Conflict("pods/binding", name, f"pod {name} is being deleted, cannot be assigned to a host")
    if pod["spec"].get("nodeName"):
        raise errors.Conflict("pods/binding", name, f"pod {name} is already assigned to node \"{pod['spec']['nodeName']}\"")
    if pod["spec"].get("schedulingGates"):
        raise errors.Conflict("pods/binding", name, f"pod {name} has non-empty .spec.schedulingGates")
