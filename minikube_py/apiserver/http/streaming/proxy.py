"""The subresource proxy: hands a request on to a port of a pod, and its answer back (apimachinery util/proxy).

What says who the client is stays here: Authorization, Impersonate-* and the headers of an authenticating proxy. Nothing is kept: bodies pass
through as they come, of whatever size, as fast as the slower side takes them. Where neither side says anything for too long, it ends.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http.streaming import carriers, negotiation, origin
from minikube_py.apiserver.http.streaming.origin import Connection, Head, OriginError
from minikube_py.apiserver.http.streaming.telling import Begun
from minikube_py.kits.wires import PIECE, Wire
from minikube_py.machinery import errors

if TYPE_CHECKING:
    from minikube_py.apiserver.handlers.connect import Session

IDLE = 600.0  # seconds
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
                         "upgrade"})  # fmt: skip
_OURS = frozenset({"authorization", "host", "content-length", "expect", "x-forwarded-uri", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-for"})
_IDENTITY = ("impersonate-", "x-remote-")
_CORS = "access-control-"
_SAFE = "/%:=&?~#+!$,;'@()*[]"  # what may stand in a URL as it is


async def serve(http: web.BaseRequest, session: "Session", headers: Mapping[str, str], begun: Begun, *, idle: float = IDLE) -> web.StreamResponse:
    """Answer with what the port answers; ServiceUnavailable where nothing does."""
    path = http.rel_url.raw_path
    base = path[: _base_ends(path)]
    upgrades = _upgrades(http)
    if path == base and not upgrades and http.method in ("GET", "HEAD"):
        begun(301)
        return web.Response(status=301, headers={**headers, "Location": f"{path}/{_query(http)}"})
    assert session.ports is not None
    exchange = _Exchange(http, base, session.scheme, headers, begun, idle)
    try:
        async with exchange.deadline, origin.connected(session.ports, session.port, tls=session.scheme == "https") as connection:
            return await exchange.run(connection, path[len(base) :] or "/", upgrades=upgrades)
    except (OriginError, TimeoutError) as error:
        if exchange.answered:  # the client must see that this is not all
            raise ConnectionResetError("the answer was cut short") from error
        text = str(error) if isinstance(error, OriginError) else f"nothing was heard for {idle:g} seconds"
        raise errors.ServiceUnavailable(f"error trying to reach service: {text}") from error


def _base_ends(path: str) -> int:
    """Return where .../proxy ends in a path: names before it and paths behind it may be called so, too."""
    ends = [match.end() for match in re.finditer("[^/]+", path)]
    parts = [unquote(part) for part in path.split("/") if part]
    return ends[6 if parts[2] == "namespaces" else 4]


def _upgrades(http: web.BaseRequest) -> str:
    """Return the protocol that a client wants to go on in, whatever it is: the pod says whether it does (httpstream.IsUpgradeRequest)."""
    words = {word.strip().lower() for value in http.headers.getall("Connection", []) for word in value.split(",")}
    return http.headers.get("Upgrade", "") if "upgrade" in words else ""


def _query(http: web.BaseRequest) -> str:
    return f"?{http.rel_url.raw_query_string}" if http.rel_url.raw_query_string else ""


class _Exchange:
    """One request and its answer."""

    def __init__(self, http: web.BaseRequest, base: str, scheme: str, headers: Mapping[str, str], begun: Begun, idle: float) -> None:
        self.answered = False
        self.deadline = asyncio.timeout(idle)
        self._http = http
        self._base = base
        self._scheme = scheme
        self._headers = headers
        self._begun = begun
        self._idle = idle

    def touch(self) -> None:
        """Note that something goes on."""
        self.deadline.reschedule(asyncio.get_running_loop().time() + self._idle)

    async def run(self, connection: Connection, path: str, *, upgrades: str) -> web.StreamResponse:
        """Hand the request on, and the answer back."""
        await connection.send(self._head(path, upgrades=upgrades))
        sending = asyncio.ensure_future(self._send_body(connection))
        try:
            head = await connection.answer()
            self.touch()
            if head.code == 101:
                if not upgrades:
                    raise OriginError("an upgrade that nobody asked for")
                return await self._switch(connection, head, upgrades)
            return await self._answer(connection, head)
        finally:
            sending.cancel()
            await asyncio.wait((sending,))
            if not sending.cancelled() and sending.exception() is not None and not isinstance(sending.exception(), OriginError | OSError):
                sending.result()

    def _head(self, path: str, *, upgrades: str) -> bytes:
        http = self._http
        lines = [f"{http.method} {path}{_query(http)} HTTP/1.1".encode()]
        dropped = _HOP_BY_HOP | _OURS | {word.strip().lower() for word in http.headers.get("Connection", "").split(",")}
        for name, value in http.raw_headers:
            word = name.decode("latin-1").lower()
            if word not in dropped and word != negotiation.SUBPROTOCOL.lower() and not word.startswith(_IDENTITY):
                lines.append(name + b": " + value)
        host = http.headers.get("Host", "")
        passed = [*http.headers.getall("X-Forwarded-For", []), http.remote or ""]
        added = {"Host": host, "X-Forwarded-For": ", ".join(filter(None, passed)), "X-Forwarded-Host": host, "X-Forwarded-Proto": "https",
                 "X-Forwarded-Uri": http.rel_url.raw_path, "Connection": "Upgrade" if upgrades else "close"}  # fmt: skip
        protocols = negotiation.protocols(http)  # those that are tokens are ours
        if protocols:
            added[negotiation.SUBPROTOCOL] = ", ".join(protocols)
        if upgrades:
            added["Upgrade"] = upgrades
        if http.can_read_body:
            added |= {"Transfer-Encoding": "chunked"} if http.content_length is None else {"Content-Length": str(http.content_length)}
        lines += [f"{name}: {value}".encode("utf-8", "surrogateescape") for name, value in added.items()]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    async def _send_body(self, connection: Connection) -> None:
        http = self._http
        if not http.can_read_body:
            return
        chunked = http.content_length is None
        async for piece in http.content.iter_chunked(PIECE):
            await connection.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            self.touch()
        if chunked:
            await connection.send(b"0\r\n\r\n")

    async def _answer(self, connection: Connection, head: Head) -> web.StreamResponse:
        response = web.StreamResponse(status=head.code, reason=head.reason or None, headers={"Audit-Id": self._headers.get("Audit-Id", ""), "Server": "kctl"})
        self._copy(head, response)
        await response.prepare(self._http)
        self.answered = True
        self._begun(head.code)
        async for piece in connection.body(self._http.method, head):
            await response.write(piece)
            self.touch()
        await response.write_eof()
        return response

    def _copy(self, head: Head, response: web.StreamResponse) -> None:
        dropped = _HOP_BY_HOP | {word.strip().lower() for word in head.get("connection").split(",")}
        if head.get("transfer-encoding"):
            dropped |= {"content-length"}
        first = {"server"}
        for name, value in head.headers:
            word = name.lower()
            if word in dropped or word.startswith(_CORS):
                continue
            if word == "location":
                value = self.rewritten(value)
            if word in first:
                response.headers.pop(name, None)
                first.discard(word)
            response.headers.add(name, value)

    def rewritten(self, location: str) -> str:
        """Return where a redirect leads to, seen from the client: what stays on the same server stays below the proxy."""
        try:
            parts = urlsplit(location)
        except ValueError:
            return location
        if (parts.netloc and parts.netloc != self._http.headers.get("Host")) or not parts.path.startswith("/"):
            return location
        path = parts.path if parts.path.startswith(f"{self._base}/") else self._base + parts.path
        return quote(urlunsplit(("", "", path, parts.query, parts.fragment)), safe=_SAFE, errors="replace")

    async def _switch(self, connection: Connection, head: Head, wanted: str) -> web.StreamResponse:
        """Carry bytes both ways, whatever they are, until the pod's side has ended or the client is gone."""
        kept = {name: value for name, value in head.headers if name.lower() not in _HOP_BY_HOP | _OURS and not name.lower().startswith(_CORS)}
        said = {"Audit-Id": self._headers.get("Audit-Id", ""), **kept, "Upgrade": head.get("upgrade") or wanted}
        async with carriers.over_wire(self._http, said, self._begun) as (response, wire):
            self.answered = True
            there = asyncio.ensure_future(self._there(wire, connection))
            back = asyncio.ensure_future(self._back(connection, wire))
            try:
                await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (there, back):
                    task.cancel()
                await asyncio.wait((there, back))
        return response

    async def _there(self, wire: Wire, connection: Connection) -> None:
        while data := await wire.read():
            await connection.send(data)
            self.touch()

    async def _back(self, connection: Connection, wire: Wire) -> None:
        while data := await connection.read():
            await wire.write(data)
            self.touch()
