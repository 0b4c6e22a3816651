"""Reviews: questions that are asked by creating an object that is never stored."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import chain
from minikube_py.apiserver.handlers import write
from minikube_py.apiserver.request import Request, Response
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth, trust
from minikube_py.plugin.auth import Attributes, Credentials, UserInfo

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_GROUPS = ("authentication.k8s.io", "authorization.k8s.io")
_ACCESS = ("SelfSubjectAccessReview", "SubjectAccessReview", "LocalSubjectAccessReview")


def is_review(request: Request) -> bool:
    """Tell whether the resource is one of the reviews."""
    return request.group in _GROUPS


def handle(server: "APIServer", request: Request) -> Response:
    """Answer a review."""
    body = write.received(request)
    chain.must_match(request.target, body)
    body = write.decoded(request, body)
    spec: dict[str, Any] = body.get("spec") or {}
    kind = body["kind"]
    if kind == "SelfSubjectReview":  # nothing of what was sent stays
        metadata = {"creationTimestamp": rfc3339(server.clock.now())}
        answer = {"kind": kind, "apiVersion": body["apiVersion"], "metadata": metadata, "status": {"userInfo": _spelled(request.user)}}
        return Response(answer, 201, tuple(request.warnings))
    if kind == "TokenReview":
        status = _token(server, spec.get("token", ""), tuple(spec.get("audiences") or ()))
    elif kind == "SelfSubjectRulesReview":
        status = _rules(server, request.user, spec)
    elif kind in _ACCESS:
        _check(request, kind, spec)
        status = _access(server, request.user if kind == _ACCESS[0] else _subject(spec), spec)
    else:
        raise errors.StatusError(f"{request.resource} are not served by this version of kctl", code=501, reason="NotImplemented")
    return Response({**body, "metadata": body.get("metadata") or {}, "spec": spec, "status": status}, 201, tuple(request.warnings))


def _subject(spec: dict[str, Any]) -> UserInfo:
    extra = {key: tuple(values or ()) for key, values in (spec.get("extra") or {}).items()}
    return UserInfo(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""), extra)


def _spelled(user: UserInfo) -> dict[str, Any]:
    spelled: dict[str, Any] = {"username": user.name}
    if user.uid:
        spelled["uid"] = user.uid
    if user.groups:
        spelled["groups"] = list(user.groups)
    if user.extra:
        spelled["extra"] = {key: list(values) for key, values in user.extra.items()}
    return spelled


def _token(server: "APIServer", token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
    if not token:
        raise errors.BadRequest("token is required for TokenReview in authentication")
    try:
        user = chain.grouped(server.policy.authenticate(Credentials(bearer_token=token, audiences=audiences)))
    except errors.Unauthorized as error:
        return {"user": {}, "error": "invalid bearer token" if error.message == errors.Unauthorized.reason else error.message}
    except errors.StatusError as error:
        return {"user": {}, "error": error.message}
    status = {"authenticated": True, "user": _spelled(user)}
    keys = trust.of(server.reader)
    if keys is not None:
        from minikube_py.auth import serviceaccounts

        meant = serviceaccounts.audiences_of(token, keys)
        status["audiences"] = [audience for audience in audiences or keys.audiences if audience in meant]
        if not status["audiences"]:  # a plugin that knows nothing of audiences took it
            raise errors.InternalError("unable to validate the provided audiences")
    return status


def _rules(server: "APIServer", user: UserInfo, spec: dict[str, Any]) -> dict[str, Any]:
    if not spec.get("namespace"):
        raise errors.BadRequest("no namespace on request")
    found, incomplete = server.policy.rules_for(user, spec["namespace"])
    status: dict[str, Any] = {
        "resourceRules": [_fields(rule, ("verbs", "apiGroups", "resources", "resourceNames")) for rule in found if not rule.get("nonResourceURLs")],
        "nonResourceRules": [_fields(rule, ("verbs", "nonResourceURLs")) for rule in found if rule.get("nonResourceURLs")],
        "incomplete": bool(incomplete),
    }
    if incomplete:
        status["evaluationError"] = incomplete
    return status


def _fields(rule: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: list(rule[name]) for name in names if rule.get(name)}


def _check(request: Request, kind: str, spec: dict[str, Any]) -> None:
    """Refuse a question that asks for nothing, or for two things (authorization validation)."""
    wanted, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    found: list[FieldError] = []
    if wanted is not None and path is not None:
        found.append(fielderrors.invalid("spec.nonResourceAttributes", path, "cannot be specified in combination with resourceAttributes"))
    if wanted is None and path is None:
        text = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        found.append(fielderrors.invalid("spec.resourceAttributes", None, text))
    if kind != _ACCESS[0] and not spec.get("user") and not spec.get("groups"):
        found.append(fielderrors.invalid("spec.user", "", "at least one of user or group must be specified"))
    if kind == _ACCESS[2] and wanted is not None and wanted.get("namespace", "") != request.namespace:
        found.append(fielderrors.invalid("spec.resourceAttributes.namespace", wanted.get("namespace", ""), "must match metadata.namespace"))
    if found:
        raise errors.Invalid(kind, "", found, request.group)


def _access(server: "APIServer", user: UserInfo, spec: dict[str, Any]) -> dict[str, Any]:
    wanted = spec.get("resourceAttributes")
    if wanted is not None:
        asked = Attributes(user, *(wanted.get(field, "") for field in ("verb", "group", "version", "resource", "subresource", "namespace", "name")))
    else:
        path: Object = spec["nonResourceAttributes"]
        asked = Attributes(user, path.get("verb", ""), path=path.get("path", ""))
    decision = server.policy.authorize(asked)
    status: dict[str, Any] = {"allowed": decision.verdict == auth.ALLOW}
    if decision.reason:
        status["reason"] = decision.reason
    return status
