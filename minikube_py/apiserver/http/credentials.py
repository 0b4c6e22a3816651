"""Who a request says it is from: client certificate, Authorization, and the Impersonate headers."""

import base64
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from minikube_py.plugin.auth import Credentials, UserInfo

TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io."  # begins a subprotocol that is a token: browsers set no headers for WebSockets
_BASE64 = re.compile(r"[A-Za-z0-9_-]+")  # base64url without padding
_EXTRA = "impersonate-extra-"


def of_request(authorization: str, certificate: bytes) -> Credentials:
    """Return the credentials of a request. A bearer token that is empty is none at all; a name and password that cannot be read are bad ones."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer" and rest:
        return Credentials(bearer_token=rest, client_certificate=certificate)
    if scheme.lower() == "basic":
        return _basic(rest)._replace(client_certificate=certificate)
    return Credentials(client_certificate=certificate)


def of_websocket(protocols: Sequence[str]) -> Credentials:
    """Return the token among the subprotocols of a WebSocket. There is to be one, and another protocol beside it, which the answer can name."""
    tokens = [protocol.removeprefix(TOKEN_PROTOCOL) for protocol in protocols if protocol.startswith(TOKEN_PROTOCOL)]
    if not tokens or tokens == [""]:
        return Credentials()
    if not (_BASE64.fullmatch(tokens[0]) and len(tokens) == 1 < len(protocols)):
        return Credentials(unreadable=True)
    try:
        return Credentials(bearer_token=base64.urlsafe_b64decode(tokens[0] + "=" * (-len(tokens[0]) % 4)).decode())
    except ValueError:  # no base64, or no UTF-8
        return Credentials(unreadable=True)


def _basic(text: str) -> Credentials:
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:  # no base64, or no UTF-8
        return Credentials(unreadable=True)
    return Credentials(username=user, password=password) if colon and user else Credentials(unreadable=True)


def impersonated(headers: Mapping[str, str], groups: Sequence[str]) -> UserInfo | None:
    """Return whom a request wants to act as; None where nobody. `groups` are the values of all its Impersonate-Group headers."""
    name, uid = headers.get("Impersonate-User", ""), headers.get("Impersonate-Uid", "")
    extra: dict[str, tuple[str, ...]] = {}
    for header, value in headers.items():
        if header.lower().startswith(_EXTRA):
            key = unquote(header[len(_EXTRA) :].lower())
            extra[key] = (*extra.get(key, ()), value)
    if not (name or uid or groups or extra):
        return None
    return UserInfo(name, tuple(groups), uid, extra)
