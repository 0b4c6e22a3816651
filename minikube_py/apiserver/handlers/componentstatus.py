"""ComponentStatuses: are the parts of the control plane well? They are asked, never stored: here they are this process, and its store."""

from typing import TYPE_CHECKING

from minikube_py.apiserver.handlers import read
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_COMPONENTS = ("etcd-0", "controller-manager", "scheduler")


def handle(server: "APIServer", request: Request) -> Response:
    """Answer get or list."""
    if request.verb == "get":
        if request.name not in _COMPONENTS:
            raise errors.StatusError(f"Component not found: {request.name}", code=500, reason="")
        return Response(read.present(server, request, [_status(server, request.name)], None))
    selects = read.selector(server, request)
    items = [item for item in (_status(server, name) for name in _COMPONENTS) if selects is None or selects(item)]
    listing: Object = {"kind": "ComponentStatusList", "apiVersion": "v1", "metadata": {}, "items": items}
    return Response(read.present(server, request, items, listing))


def _status(server: "APIServer", name: str) -> Object:
    condition = {"type": "Healthy", "status": "True", "message": "ok"}
    if name == "etcd-0":
        try:
            server.store.backend.revision()
        except errors.KctlError as error:
            condition = {"type": "Healthy", "status": "False", "message": str(error)}
    return {"kind": "ComponentStatus", "apiVersion": "v1", "metadata": {"name": name}, "conditions": [condition]}
