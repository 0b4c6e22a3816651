"""Service account tokens: what they claim, and whether it still holds (pkg/serviceaccount: claims.go, jwt.go, legacy.go).

A token holds as long as the account, and the pod, secret or node that it is bound to, are there under the same uid: to delete
one of them is to revoke the token at once. There is no leeway for clocks, as one clock issues and judges.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.kits import clock, jwt
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth, trust
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.reader import Reader
from minikube_py.plugin.trust import Trust

LEGACY_ISSUER = "kubernetes/serviceaccount"
SECRET_TYPE = "kubernetes.io/service-account-token"
PRIVATE = "kubernetes.io"
_LEGACY = "kubernetes.io/serviceaccount/"
_EXTRA = "authentication.kubernetes.io/"
_INVALIDATED = "service account token has been invalidated"


class RefusedError(ValueError):
    """A token that does not hold, and why."""


def user_name(namespace: str, name: str) -> str:
    """Return the user that an account authenticates as."""
    return f"{auth.SERVICE_ACCOUNT}{namespace}:{name}"


def claims(issuer: str, account: Object, *, audiences: Iterable[str], now: float, seconds: int, warn_after: int = 0, token_id: str,
           bound: Mapping[str, Object]) -> dict[str, Any]:  # fmt: skip
    """Return what a new token claims. `bound` are the objects that it is bound to: pod (and its node), secret, or node."""
    space, name, begin = meta.namespace(account), meta.name(account), int(now)
    private: dict[str, Any] = {"namespace": space, "serviceaccount": _reference(account)}
    private.update((kind, _reference(obj)) for kind, obj in bound.items())
    if warn_after:
        private["warnafter"] = begin + warn_after
    return {"iss": issuer, "sub": user_name(space, name), "aud": list(audiences), "iat": begin, "nbf": begin, "exp": begin + seconds,
            "jti": token_id, PRIVATE: private}  # fmt: skip


def legacy_claims(account: Object, secret: Object) -> dict[str, str]:
    """Return what the token in a secret of type service-account-token claims: it never expires."""
    space, name = meta.namespace(account), meta.name(account)
    return {"iss": LEGACY_ISSUER, "sub": user_name(space, name), f"{_LEGACY}namespace": space, f"{_LEGACY}secret.name": meta.name(secret),
            f"{_LEGACY}service-account.name": name, f"{_LEGACY}service-account.uid": meta.uid(account)}  # fmt: skip


def _reference(obj: Object) -> dict[str, str]:
    uid = obj["metadata"].get("uid")
    return {"name": meta.name(obj), "uid": uid} if uid else {"name": meta.name(obj)}


class ServiceAccountAuthenticator:
    """Takes tokens that the cluster has signed for its service accounts."""

    name = "ServiceAccount"

    def authenticate(self, credentials: Credentials, reader: Reader) -> UserInfo | None:
        """Return the account's identity; None for what is no token of this cluster's issuers."""
        keys = trust.of(reader)
        if not credentials.bearer_token or keys is None:
            return None
        try:
            issuer = jwt.peek(credentials.bearer_token).get("iss")
        except jwt.BadTokenError:
            return None
        if issuer not in (keys.issuer, LEGACY_ISSUER):
            return None
        try:
            found = jwt.verify(credentials.bearer_token, keys.token_keys())
            _check_audience(found, keys, credentials.audiences)
            return _legacy(found, credentials.bearer_token, reader) if issuer == LEGACY_ISSUER else _bound(found, keys, reader)
        except ValueError as error:
            raise errors.Unauthorized() from error


def audiences_of(token: str, keys: Trust) -> tuple[str, ...]:
    """Return for whom a token is meant that has been verified: those that one of an account names, the apiserver for all others."""
    try:
        found = jwt.peek(token)
        return jwt.texts(found, "aud") if found.get("iss") == keys.issuer and "aud" in found else keys.audiences
    except jwt.BadTokenError:
        return keys.audiences


def _check_audience(found: Mapping[str, Any], keys: Trust, wanted: tuple[str, ...]) -> None:
    named = jwt.texts(found, "aud") or keys.audiences
    if not set(named) & set(wanted or keys.audiences):
        raise RefusedError("the token is meant for others")


def _bound(found: Mapping[str, Any], keys: Trust, reader: Reader) -> UserInfo:
    now = keys.clock.now()
    if now >= jwt.instant(found, "exp"):
        raise RefusedError("service account token has expired")
    if now < jwt.instant(found, "nbf") or now < jwt.instant(found, "iat"):
        raise RefusedError("service account token is not valid yet")
    private = _mapping(found, PRIVATE)
    space, named = _text(private, "namespace"), _mapping(private, "serviceaccount")
    name, uid = _text(named, "name"), _text(named, "uid")
    if found.get("sub") != user_name(space, name):
        raise RefusedError("the token's subject is not its service account")
    _must_hold(reader.get("serviceaccounts", name, space), uid, now, f"service account {space}/{name} has been deleted")
    extra: dict[str, tuple[str, ...]] = {}
    if found.get("jti"):
        extra[f"{_EXTRA}credential-id"] = (f"JTI={found['jti']}",)
    for kind, where in (("secret", space), ("pod", space), ("node", "")):
        if kind in private:
            _check_bound(kind, _mapping(private, kind), where, reader, now, strict=kind != "node" or "pod" not in private)
            if kind != "secret":
                extra.update((f"{_EXTRA}{kind}-{field}", (str(value),)) for field, value in private[kind].items() if field in ("name", "uid"))
    user = user_name(space, name)
    return UserInfo(user, auth.service_account_groups(user), uid, extra)


def _check_bound(kind: str, reference: Mapping[str, Any], space: str, reader: Reader, now: float, *, strict: bool) -> None:
    """Refuse where the object is gone or another one; the node of a pod only tells where that pod was."""
    if strict:
        _must_hold(reader.get(f"{kind}s", _text(reference, "name"), space), _text(reference, "uid"), now, _INVALIDATED)


def _must_hold(obj: Object | None, uid: str, now: float, problem: str) -> None:
    if obj is None or meta.uid(obj) != uid:
        raise RefusedError(problem)
    ends = obj["metadata"].get("deletionTimestamp")  # that of a pod lies ahead until its grace period is over
    if ends and clock.parse_rfc3339(ends) <= now:
        raise RefusedError(problem)


def _legacy(found: Mapping[str, Any], token: str, reader: Reader) -> UserInfo:
    """Judge a token that lives in a secret: it holds as long as the secret holds it (legacy.go)."""
    space, secret_name, name, uid = (_text(found, _LEGACY + field) for field in ("namespace", "secret.name", "service-account.name",
                                                                                "service-account.uid"))  # fmt: skip
    user = user_name(space, name)
    if found.get("sub") != user:
        raise RefusedError("the token's subject is not its service account")
    secret = reader.get("secrets", secret_name, space)
    if secret is None or secret.get("type") != SECRET_TYPE or meta.is_deleting(secret):
        raise RefusedError(_INVALIDATED)
    if not hmac.compare_digest(_decoded((secret.get("data") or {}).get("token", "")), token.encode()):
        raise RefusedError("service account token does not match server's copy")
    account = reader.get("serviceaccounts", name, space)
    if account is None or meta.uid(account) != uid or meta.is_deleting(account):
        raise RefusedError(f"service account {space}/{name} has been deleted")
    return UserInfo(user, auth.service_account_groups(user), uid)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _mapping(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    if not isinstance(value, dict):
        raise RefusedError(f"the token has no {name}")
    return value


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError(f"the token has no {name}")
    return value
