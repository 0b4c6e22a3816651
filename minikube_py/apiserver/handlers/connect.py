"""Connections to a pod's kubelet: exec, attach, portforward. What is found here is prepared only; the front end upgrades, and runs it."""

from typing import TYPE_CHECKING, NamedTuple

from minikube_py.apiserver.handlers import read, subresources, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import Attributes

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer
    from minikube_py.kubelet.streams import ExecSession, PortForward


_STREAMS = ("stdin", "stdout", "stderr", "tty", "container")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "PodExecOptions": (*_STREAMS, "command"), "PodAttachOptions": _STREAMS, "PodPortForwardOptions": ("ports",),
    "PodProxyOptions": ("path",), "ServiceProxyOptions": ("path",), "NodeProxyOptions": ("path",),
}  # fmt: skip


class Session(NamedTuple):
    """What a client is connected to: a process of a pod, or its ports; for the subresource proxy, one port."""

    pod: Object
    process: "ExecSession | None" = None
    ports: "PortForward | None" = None
    port: int = 0
    scheme: str = ""


def handle(server: "APIServer", request: Request) -> Response:
    """Answer with a session; BadRequest where the pod, or its runtime, cannot have one."""
    admit(server, request)
    pod = read.must_get(server, request.target, request.namespace, request.name)
    return Response({}, 101, session=_session(server, request, pod))


def admit(server: "APIServer", request: Request) -> None:
    """Ask admission, whose operation is CONNECT: it is shown the options of the connection."""
    kind = request.target.subresources[request.subresource].kind
    given = {field: list(value) if isinstance(value, tuple) else value for field, value in request.options.items() if field in _OPTIONS[kind] and value}
    obj: Object = {"kind": kind, "apiVersion": "v1", **given}
    shown = Attributes("CONNECT", request.group, request.version, request.resource, request.subresource, kind, request.namespace, request.name,
                       obj, None, request.user, options=request.options)  # fmt: skip
    server.policy.admit(shown)
    write.finish(server, request, shown)


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
