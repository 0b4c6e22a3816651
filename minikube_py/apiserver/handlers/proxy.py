"""The subresource proxy of pods, services and nodes: which port of which pod is meant (registry/core/{pod,service}: ResourceLocation)."""

from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.apiserver.handlers import connect, read, subresources
from minikube_py.apiserver.handlers.connect import Session
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_SCHEMES = ("", "http", "https")
_DEFAULTS = {"http": 80, "https": 443}


class Target(NamedTuple):
    """What a name such as https:web:8443 says; only `name` is always there."""

    scheme: str
    name: str
    port: str


def handle(server: "APIServer", request: Request) -> Response:
    """Answer with a session; ServiceUnavailable where nothing can be reached."""
    connect.admit(server, request)
    target = _parsed(request)
    if request.resource == "nodes":
        read.must_get(server, request.target, "", target.name)
        raise unreachable(f'the kubelet of node "{target.name}" has no API of its own in this cluster')
    found = read.must_get(server, request.target, request.namespace, target.name)
    pod, port = _of_pod(found, target) if request.resource == "pods" else _of_service(server, request, found, target)
    if not pod["spec"].get("nodeName"):
        raise unreachable(f"pod {meta.namespace(pod)}/{meta.name(pod)} does not have a host assigned")
    ports = subresources.nodes(server, pod).streams().reach(pod)
    return Response({}, session=Session(pod, ports=ports, port=port, scheme=target.scheme or "http"))


def unreachable(text: str) -> errors.ServiceUnavailable:
    """Return the 503 that kube-apiserver answers where nobody answers."""
    return errors.ServiceUnavailable(f"error trying to reach service: {text}")


def _parsed(request: Request) -> Target:
    """Return the parts of NAME, NAME:PORT or SCHEME:NAME:PORT, of which SCHEME and PORT may be empty (utilnet.SplitSchemeNamePort)."""
    parts = request.name.split(":")
    scheme, name, port = ("", *parts, "")[:3] if len(parts) < 3 else parts[:3]
    if len(parts) > 3 or not name or scheme not in _SCHEMES or (len(parts) == 2 and not port):
        raise errors.BadRequest(f'invalid {request.resource.removesuffix("s")} request "{request.name}"')
    return Target(scheme, name, port)


def _of_pod(pod: Object, target: Target) -> tuple[Object, int]:
    """Return the port that is named, or else the first that any container has."""
    if target.port:
        return pod, _number(target.port)
    declared = [port["containerPort"] for container in pod["spec"].get("containers", ()) for port in (container.get("ports") or ())[:1]]
    return pod, declared[0] if declared else _DEFAULTS[target.scheme or "http"]


def _of_service(server: "APIServer", request: Request, service: Object, target: Target) -> tuple[Object, int]:
    """Return a ready pod of a service, one of several by chance, and the port there that the service's port leads to."""
    wanted, port = _port_name(service, target), 0
    endpoints = server.reader.get("endpoints", target.name, request.namespace)
    if endpoints is None:
        raise errors.NotFound("endpoints", target.name)
    if not endpoints.get("subsets"):
        raise errors.ServiceUnavailable(f'no endpoints available for service "{target.name}"')
    ready: list[tuple[dict[str, Any], int]] = []
    for subset in endpoints["subsets"]:
        port = next((one["port"] for one in subset.get("ports") or () if one.get("name", "") == wanted), 0)
        ready += [(address, port) for address in subset.get("addresses") or () if port]
    if not ready:
        raise errors.ServiceUnavailable(f'no endpoints available for service "{request.name}"')
    address, port = ready[server.rng.randrange(0, len(ready))]
    reference = address.get("targetRef") or {}
    pod = server.reader.get("pods", reference.get("name", ""), request.namespace) if reference.get("kind") == "Pod" else None
    if pod is None:
        raise unreachable(f"{address.get('ip', '')} is no pod of this cluster")
    return pod, port


def _port_name(service: Object, target: Target) -> str:
    """Return the name of the service's port that is meant by its name or number."""
    if not (target.port.isascii() and target.port.isdecimal()):
        return target.port
    for port in service["spec"].get("ports") or ():
        if str(port["port"]) == target.port:
            return str(port.get("name", ""))
    raise errors.ServiceUnavailable(f'no service port {target.port} found for service "{target.name}"')


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) <= 0xFFFF):
        raise unreachable(f'"{text}" is no port')
    return int(text)
