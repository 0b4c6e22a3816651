"""Paths below an object: /status and its like, /scale, /binding, /eviction, /token, /log, /exec, /proxy."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.handlers import read
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer, NodeProxy
    from minikube_py.machinery.fielderrors import FieldError


def handle(server: "APIServer", request: Request) -> Response:
    """Answer a request for a subresource."""
    special = _SPECIAL.get(request.subresource)
    if special is not None:
        return special(server, request)
    if request.verb == "get":
        return read.get(server, request)
    if request.verb == "update":
        from minikube_py.apiserver.handlers import update

        return update.handle(server, request)
    if request.verb == "patch":
        from minikube_py.apiserver.handlers import patch

        return patch.handle(server, request)
    raise not_built(request)


def not_built(request: Request) -> errors.StatusError:
    """Return the error for a subresource that kctl does not serve yet."""
    return errors.StatusError(f"{request.resource}/{request.subresource} is not served by this version of kctl", code=501, reason="NotImplemented")


def _scale(server: "APIServer", request: Request) -> Response:
    from minikube_py.apiserver.handlers import scale

    return scale.handle(server, request)


def _binding(server: "APIServer", request: Request) -> Response:
    from minikube_py.apiserver.handlers import binding

    return binding.handle(server, request)


def _eviction(server: "APIServer", request: Request) -> Response:
    from minikube_py.apiserver.handlers import eviction

    return eviction.handle(server, request)


def _token(server: "APIServer", request: Request) -> Response:
    from minikube_py.apiserver.handlers import token

    return token.handle(server, request)


def _log(server: "APIServer", request: Request) -> Response:
    if wrong := _wrong_options(request.options):
        raise errors.Invalid("PodLogOptions", request.name, wrong)
    pod = read.must_get(server, request.target, request.namespace, request.name)
    wanted = container(pod, str(request.option("container", "")))
    return Response({}, stream=nodes(server, pod).logs(pod, wanted, request.options))


def _wrong_options(options: Mapping[str, Any]) -> "list[FieldError]":
    """Return what makes no sense of a log's options."""
    from minikube_py.machinery import fielderrors

    least = (("tailLines", 0, "must be greater than or equal to 0"), ("limitBytes", 1, "must be greater than 0"), ("sinceSeconds", 1, "must be greater than 0"))
    both = "sinceSeconds" in options and "sinceTime" in options
    given = {field: options[field] for field, _, _ in least if field in options and not (both and field == "sinceSeconds")}
    found = [fielderrors.invalid(field, given[field], text) for field, limit, text in least if given.get(field, limit) < limit]
    return [*found, *([fielderrors.forbidden("[]", "at most one of `sinceTime` or `sinceSeconds` may be specified")] if both else [])]


def nodes(server: "APIServer", pod: Object) -> "NodeProxy":
    """Return the way to the kubelet of a pod; BadRequest where the pod has none yet."""
    if not pod["spec"].get("nodeName"):
        raise errors.BadRequest(f"pod {pod['metadata']['name']} does not have a host assigned")
    if server.nodes is None:
        raise errors.ServiceUnavailable("no kubelet can be reached in this cluster")
    return server.nodes


def container(pod: Object, name: str) -> str:
    """Return the name of the container that is meant, the only one where none is named; BadRequest where that is not clear."""
    names = [entry["name"] for entry in pod["spec"].get("containers", ())]
    others = [entry["name"] for field in ("initContainers", "ephemeralContainers") for entry in pod["spec"].get(field) or ()]
    if name:
        if name not in names + others:
            raise errors.BadRequest(f"container {name} is not valid for pod {pod['metadata']['name']}")
        return name
    if len(names) == 1:
        return str(names[0])
    text = f"a container name must be specified for pod {pod['metadata']['name']}, choose one of: [{' '.join(names)}]"
    inits = [entry["name"] for entry in pod["spec"].get("initContainers") or ()]
    raise errors.BadRequest(text + (f" or one of the init containers: [{' '.join(inits)}]" if inits else ""))


def _connect(server: "APIServer", request: Request) -> Response:
    from minikube_py.apiserver.handlers import connect

    return connect.handle(server, request)


def _proxy(server: "APIServer", request: Request) -> Response:
    from minikube_py.apiserver.handlers import proxy

    return proxy.handle(server, request)


_SPECIAL: dict[str, Callable[["APIServer", Request], Response]] = {
    "scale": _scale,
    "binding": _binding,
    "eviction": _eviction,
    "log": _log,
    "token": _token,
    "exec": _connect,
    "attach": _connect,
    "portforward": _connect,
    "proxy": _proxy,
}
