"""Reviews: questions that are asked by creating an object that is never stored."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import chain
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth
from minikube_py.plugin.auth import Attributes, Credentials, UserInfo

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_GROUPS = ("authentication.k8s.io", "authorization.k8s.io")


def is_review(request: Request) -> bool:
    """Tell whether the resource is one of the reviews."""
    return request.group in _GROUPS


def handle(server: "APIServer", request: Request) -> Response:
    """Answer a review."""
    chain.must_match(request.target, request.body)
    body: Object = request.body
    spec = body.get("spec") or {}
    kind = body["kind"]
    if kind == "SelfSubjectReview":
        status = {"userInfo": _spelled(request.user)}
    elif kind == "TokenReview":
        status = _token(server, str(spec.get("token", "")))
    elif kind == "SelfSubjectAccessReview":
        status = _access(server, request.user, spec)
    elif kind in ("SubjectAccessReview", "LocalSubjectAccessReview"):
        extra = {key: tuple(values) for key, values in (spec.get("extra") or {}).items()}
        status = _access(server, UserInfo(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""), extra), spec)
    else:
        raise errors.StatusError(f"{request.resource} are not served by this version of kctl", code=501, reason="NotImplemented")
    return Response({**body, "metadata": body.get("metadata") or {}, "status": status}, 201)


def _spelled(user: UserInfo) -> dict[str, Any]:
    spelled: dict[str, Any] = {"username": user.name}
    if user.uid:
        spelled["uid"] = user.uid
    if user.groups:
        spelled["groups"] = list(user.groups)
    if user.extra:
        spelled["extra"] = {key: list(values) for key, values in user.extra.items()}
    return spelled


def _token(server: "APIServer", token: str) -> dict[str, Any]:
    try:
        user = server.policy.authenticate(Credentials(bearer_token=token))
    except errors.Unauthorized as error:
        return {"user": {}, "error": error.message}
    return {"authenticated": True, "user": _spelled(user)}


def _access(server: "APIServer", user: UserInfo, spec: dict[str, Any]) -> dict[str, Any]:
    wanted, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (wanted is None) == (path is None):
        raise errors.BadRequest("exactly one of resourceAttributes or nonResourceAttributes must be specified")
    if wanted is not None:
        attributes = Attributes(user, wanted.get("verb", ""), wanted.get("group", ""), wanted.get("version", ""), wanted.get("resource", ""),
                                wanted.get("subresource", ""), wanted.get("namespace", ""), wanted.get("name", ""))  # fmt: skip
    else:
        path = path or {}
        attributes = Attributes(user, path.get("verb", ""), path=path.get("path", ""))
    decision = server.policy.authorize(attributes)
    status: dict[str, Any] = {"allowed": decision.verdict == auth.ALLOW}
    if decision.reason:
        status["reason"] = decision.reason
    return status
