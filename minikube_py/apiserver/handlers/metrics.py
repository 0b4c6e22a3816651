"""The resource metrics API, metrics.k8s.io: what `kubectl top` shows. Nothing of it is stored: it is worked out when asked for.

A dry-run cluster starts no process, so what its containers and nodes use is known exactly: nothing. On an engine the kubelets tell. As
metrics-server's own API, it has nothing on nodes that are not ready and on pods that do not run.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.apiserver.handlers import read
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_WINDOW = "15s"  # how often metrics-server looks
_STATUSES = ("containerStatuses", "initContainerStatuses")
_LABEL_FIELDS = ("name", "namespace", "labels")


class Usage(NamedTuple):
    """What a container uses: processors in billionths, memory in bytes."""

    cpu: int = 0
    memory: int = 0


def handle(server: "APIServer", request: Request) -> Response:
    """Answer get or list."""
    if request.verb == "get":
        return Response(read.present(server, request, [_one(server, request)], None))
    selects = read.selector(server, request)
    found = [_measured(server, request, source) for source in server.reader.list(request.resource, request.namespace)]
    items = [item for item in found if item is not None and (selects is None or selects(item))]
    listing: Object = {"kind": f"{request.target.kind}List", "apiVersion": request.target.api_version, "metadata": {}, "items": items}
    return Response(read.present(server, request, items, listing))


def _one(server: "APIServer", request: Request) -> Object:
    source = read.must_get(server, server.scheme.must(request.resource), request.namespace, request.name)
    found = _measured(server, request, source)
    if found is None:
        name = f"{request.namespace}/{request.name}" if request.namespace else request.name
        raise errors.NotFound(request.target.kind.lower(), name, request.group)
    return found


def _measured(server: "APIServer", request: Request, source: Object) -> Object | None:
    """Return the metrics of a node or pod; None where there are none."""
    usage = _of_node(server, source) if request.resource == "nodes" else _of_pod(server, source)
    if usage is None:
        return None
    now = rfc3339(server.clock.now())
    metadata = {field: source["metadata"][field] for field in _LABEL_FIELDS if field in source["metadata"]} | {"creationTimestamp": now}
    head = {"kind": request.target.kind, "apiVersion": request.target.api_version, "metadata": metadata}
    return head | {"timestamp": now, "window": _WINDOW} | usage


def _of_node(server: "APIServer", node: Object) -> dict[str, Any] | None:
    """Return what the pods of a node use together."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    is_ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    if not is_ready:
        return None
    known = server.nodes.usage() if server.nodes is not None else None
    if known is None:
        return {"usage": _nothing()}
    pods = server.reader.list("pods", index=("node", node["metadata"]["name"]))
    used = [usage for pod in pods for usage in (known.get(pod["metadata"]["uid"]) or {}).values()]
    return {"usage": _spelled(Usage(sum(usage.cpu for usage in used), sum(usage.memory for usage in used)))}


def _of_pod(server: "APIServer", pod: Object) -> dict[str, Any] | None:
    status = pod.get("status") or {}
    running = [one["name"] for field in _STATUSES for one in status.get(field) or () if (one.get("state") or {}).get("running") is not None]
    if status.get("phase") != "Running" or not running:
        return None
    known = server.nodes.usage() if server.nodes is not None else None
    if known is None:
        return {"containers": [{"name": name, "usage": _nothing()} for name in running]}
    used = known.get(pod["metadata"]["uid"]) or {}
    containers = [{"name": name, "usage": _spelled(used[name])} for name in running if name in used]
    return {"containers": containers} if containers else None


def _spelled(used: "Usage") -> dict[str, str]:
    return {"cpu": f"{used.cpu}n" if used.cpu else "0", "memory": f"{used.memory // 1024}Ki" if used.memory else "0"}


def _nothing() -> dict[str, str]:
    return {"cpu": "0", "memory": "0"}
