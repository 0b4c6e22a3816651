"""Connections to a pod's kubelet: exec, attach, portforward. What is found here is prepared only; the front end upgrades, and runs it."""

from typing import TYPE_CHECKING, NamedTuple

from minikube_py.apiserver.handlers import read, subresources
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer
    from minikube_py.kubelet.streams import ExecSession, PortForward


class Session(NamedTuple):
    """What a client is connected to: a process of a pod, or its ports; for the subresource proxy, one port."""

    pod: Object
    process: "ExecSession | None" = None
    ports: "PortForward | None" = None
    port: int = 0
    scheme: str = ""


def handle(server: "APIServer", request: Request) -> Response:
    """Answer with a session; BadRequest where the pod, or its runtime, cannot have one."""
    pod = read.must_get(server, request.target, request.namespace, request.name)
    return Response({}, 101, session=_session(server, request, pod))


def _session(server: "APIServer", request: Request, pod: Object) -> Session:
    if request.subresource == "portforward":
        return Session(pod, ports=subresources.nodes(server, pod).streams().port_forward(pod))
    container, tty = subresources.container(pod, str(request.option("container", ""))), bool(request.option("tty"))
    streams = subresources.nodes(server, pod).streams()
    if request.subresource == "attach":
        return Session(pod, process=streams.attach(pod, container, tty=tty))
    command = request.option("command", ())
    if not command:
        raise errors.BadRequest("you must specify at least one command for the container")
    return Session(pod, process=streams.exec(pod, container, command, tty=tty))
