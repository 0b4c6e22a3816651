"""serviceaccounts/token: a token for an account, perhaps bound to an object (registry/core/serviceaccount/storage TokenREST)."""

from typing import TYPE_CHECKING, Any

from minikube_py.apiserver import options
from minikube_py.apiserver.handlers import create, read, write
from minikube_py.apiserver.request import Request, Response
from minikube_py.auth import serviceaccounts
from minikube_py.kits import jwt
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, fielderrors, meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin import trust
from minikube_py.registry.pod import rules

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_GROUP, _KIND = "authentication.k8s.io", "TokenRequest"
_API_VERSION = f"{_GROUP}/v1"
_DEFAULT = 3600  # seconds
# What kubelets ask for on behalf of pods: old clients that never read their token again keep working for a year.
_WARN_ONLY, _EXTENDED = 3607, 365 * 24 * 3600
_BOUND = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}
_RECREATED = "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"


def handle(server: "APIServer", request: Request) -> Response:
    """Issue a token."""
    options.check(request)
    keys = trust.of(server.reader)
    if keys is None:
        raise errors.ServiceUnavailable("this cluster has no keys to sign tokens with")
    body = _received(request)
    metadata, spec = body.setdefault("metadata", {}), body.setdefault("spec", {})
    _check_place(request, metadata)
    account = read.must_get(server, request.target, request.namespace, request.name)
    now = keys.clock.now()
    spec["audiences"] = list(spec.get("audiences") or keys.audiences)
    spec.setdefault("expirationSeconds", _DEFAULT)
    metadata.update(name=request.name, namespace=request.namespace, creationTimestamp=rfc3339(now))
    body.pop("status", None)
    shown = write.attributes(request, "CREATE", body, None)
    server.policy.admit(shown)
    _check_seconds(spec["expirationSeconds"])
    write.finish(server, request, shown)
    bound = _bound(server, request, spec.get("boundObjectRef"))
    seconds, warn_after = spec["expirationSeconds"], 0
    if "pod" in bound and seconds == _WARN_ONLY and set(spec["audiences"]) <= set(keys.audiences):
        seconds, warn_after = _EXTENDED, seconds
    claims = serviceaccounts.claims(keys.issuer, account, audiences=spec["audiences"], now=now, seconds=seconds, warn_after=warn_after,
                                    token_id=create.new_uid(server.rng), bound=bound)  # fmt: skip
    status = {"token": jwt.sign(claims, keys.token_signer()), "expirationTimestamp": rfc3339(now + spec["expirationSeconds"])}
    return Response({**body, "status": status}, 201, tuple(request.warnings))


def _received(request: Request) -> Object:
    body = write.received(request)
    body["apiVersion"], body["kind"] = body.get("apiVersion") or _API_VERSION, body.get("kind") or _KIND
    if (body["apiVersion"], body["kind"]) != (_API_VERSION, _KIND):
        asked, _, version = str(body["apiVersion"]).rpartition("/")
        raise errors.BadRequest(f'{body["kind"]} in version "{version}" cannot be handled as a {_KIND}' if asked != _GROUP else
                                f"the API version in the data ({body['apiVersion']}) does not match the expected API version ({_API_VERSION})")  # fmt: skip
    return write.decoded(request, body)


def _check_place(request: Request, metadata: Object) -> None:
    for field, wanted, noun in (("name", request.name, "name"), ("namespace", request.namespace, "namespace")):
        if metadata.get(field) and metadata[field] != wanted:
            found = fielderrors.invalid(f"metadata.{field}", metadata[field], f"must match the service account {noun} if specified")
            raise errors.Invalid(_KIND, request.name, [found], _GROUP)


def _check_seconds(seconds: int) -> None:
    found = rules.token_seconds("spec.expirationSeconds", seconds)
    if found:
        raise errors.Invalid(_KIND, "", found, _GROUP)


def _bound(server: "APIServer", request: Request, reference: dict[str, Any] | None) -> dict[str, Object]:
    """Return the objects that the token is bound to, by their place in its claims."""
    if not reference:
        return {}
    kind, name, version = reference.get("kind", ""), reference.get("name", ""), reference.get("apiVersion", "")
    group = meta.split_api_version(version)[0]
    if group or kind not in _BOUND:
        raise errors.BadRequest(f"cannot bind token to object of type {_go_kind(version, kind)}")
    resource = server.scheme.must(_BOUND[kind])
    obj = read.must_get(server, resource, request.namespace if resource.namespaced else "", name)
    found = {kind.lower(): obj}
    if kind == "Pod":
        found.update(_of_pod(server, request, obj))
    uid = reference.get("uid")
    if uid and uid != meta.uid(obj):
        raise errors.Conflict(kind, name, _RECREATED.format(uid=uid))
    return found


def _of_pod(server: "APIServer", request: Request, pod: Object) -> dict[str, Object]:
    """Return the node of a pod, of which only the name is known where it is gone; refuse a pod of another account."""
    if pod["spec"].get("serviceAccountName") != request.name:
        account = errors.quoted(request.name)
        raise errors.BadRequest(f"cannot bind token for serviceaccount {account} to pod running with different serviceaccount name.")
    node = pod["spec"].get("nodeName")
    if not node:
        return {}
    return {"node": server.reader.get("nodes", node) or {"metadata": {"name": node}}}


def _go_kind(version: str, kind: str) -> str:
    """Return a kind as Go's GroupVersionKind.String."""
    return f"{version if '/' in version else f'/{version}'}, Kind={kind}"
