"""Which protocol a request wants to go on in: decided before the upgrade, so that refusals are plain HTTP."""

from collections.abc import Sequence

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http import credentials
from minikube_py.machinery import errors

WEBSOCKET, SPDY = "websocket", "SPDY/3.1"
VERSION = "X-Stream-Protocol-Version"
SUBPROTOCOL = "Sec-WebSocket-Protocol"


def upgrade(http: web.BaseRequest) -> str:
    """Return WEBSOCKET or SPDY; BadRequest where the request wants neither."""
    wanted = http.headers.get("Upgrade", "").lower()
    if "upgrade" in http.headers.get("Connection", "").lower():
        for known in (WEBSOCKET, SPDY):
            if wanted == known.lower():
                return known
    raise errors.BadRequest("Upgrade request required")


def is_websocket(http: web.BaseRequest) -> bool:
    """Tell whether a request wants to go on as a WebSocket."""
    return http.headers.get("Upgrade", "").lower() == WEBSOCKET and "upgrade" in http.headers.get("Connection", "").lower()


def protocols(http: web.BaseRequest) -> list[str]:
    """Return the WebSocket protocols that a client names, without those that are tokens."""
    return [protocol for protocol in offered(http) if not protocol.startswith(credentials.TOKEN_PROTOCOL)]


def offered(http: web.BaseRequest) -> list[str]:
    """Return all WebSocket protocols that a client names."""
    return _listed(http, SUBPROTOCOL)


def subprotocol(http: web.BaseRequest, served: Sequence[str]) -> str:
    """Return the first of the client's WebSocket protocols that is served; "" where it names none and that is served."""
    return _chosen(protocols(http) or [""], served)


def version(http: web.BaseRequest, served: Sequence[str]) -> str:
    """Return the first of the client's protocols over SPDY that is served."""
    return _chosen(_listed(http, VERSION), served)


def _listed(http: web.BaseRequest, header: str) -> list[str]:
    return [part.strip() for value in http.headers.getall(header, []) for part in value.split(",") if part.strip()]


def _chosen(wanted: Sequence[str], served: Sequence[str]) -> str:
    for one in wanted:
        if one in served:
            return one
    said, known = (f"[{' '.join(filter(None, names))}]" for names in (wanted, served))
    text = f"unable to upgrade: unable to negotiate protocol: client supports {said}, server accepts {known}"
    raise errors.StatusError(text, code=403, reason="Forbidden")  # httpstream.Handshake
