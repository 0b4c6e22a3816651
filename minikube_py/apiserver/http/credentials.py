"""Who a request says it is from: client certificate, Authorization, and the Impersonate headers."""

import base64
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from minikube_py.plugin.auth import Credentials, UserInfo

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
