"""HTTP connections that go on in another protocol: the request that asks for it, and what is there once the server agrees."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from minikube_py.client import answers, httperrors, pools
from minikube_py.client.kubeconfigs import Connection
from minikube_py.kits.wires import PIECE
from minikube_py.machinery.errors import KctlError

_DIAL_SECONDS = 30.0
_MOST_HEAD = 64 * 1024  # bytes of an answer's head
_MOST_BODY = 64 * 1024  # bytes that are read of an answer that refuses

Headers = Sequence[tuple[str, str]]


class NotUpgraded(KctlError):
    """The server answered, but goes on in no other protocol. `cause` is what it said."""

    def __init__(self, cause: KctlError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Upgraded(NamedTuple):
    """A connection that is HTTP's no more, and the headers of the answer, in lower case."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    headers: Mapping[str, str]


class Told(Protocol):
    """Hears of the answer to one request."""

    def end(self, code: int) -> None:
        """Note the answer's code."""


class Dialer(NamedTuple):
    """Where a request goes, and what it says. `begin(method, headers)` is told of each, and returns who hears of its answer."""

    connection: Connection
    environment: Mapping[str, str]
    target: str
    headers: Headers
    begin: Callable[[str, Headers], Told] | None = None

    async def upgrade(self, method: str, headers: Headers) -> Upgraded:
        """Ask for another protocol; NotUpgraded where the server does not go on in it, a KctlError where there is no answer."""
        host = self.connection.host
        try:
            reader, writer = await dial(self.connection, self.environment)
        except httperrors.EXCEPTIONS as error:
            raise httperrors.of_connection(error, host) from None
        try:
            async with asyncio.timeout(_DIAL_SECONDS):
                path = urlsplit(self.connection.server).path.rstrip("/") + self.target
                told = self.begin(method, (*self.headers, *headers)) if self.begin is not None else None
                code, answered = await _asked(reader, writer, method, path, (("Host", host), *self.headers, *headers))
                if told is not None:
                    told.end(code)
                if code != 101:
                    raise NotUpgraded(_refusal(code, answered, await _body(reader, answered)))
        except BaseException as error:
            await hang_up(writer)
            if isinstance(error, (*httperrors.EXCEPTIONS, EOFError)) and not isinstance(error, KctlError):
                raise httperrors.of_connection(error, host) from None
            raise
        return Upgraded(reader, writer, answered)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever state it is in."""
    writer.close()
    with suppress(OSError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(1):
            await writer.wait_closed()


async def dial(connection: Connection, environment: Mapping[str, str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to a server, through a proxy where there is one."""
    parts = urlsplit(connection.server)
    host, port = parts.hostname or "", parts.port or (443 if connection.is_secure else 80)
    context = pools.context(connection) if connection.is_secure else None
    name = (connection.tls_server_name or host) if context is not None else None
    proxy = connection.proxy or pools.proxy_of(environment, connection.server)
    async with asyncio.timeout(_DIAL_SECONDS):
        if not proxy:
            return await asyncio.open_connection(host, port, ssl=context, server_hostname=name, limit=PIECE)
        reader, writer = await _tunnel(proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        if context is not None:
            await writer.start_tls(context, server_hostname=name)
        return reader, writer


async def _tunnel(proxy: str, target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(proxy)
    secure = parts.scheme == "https"
    context = ssl.create_default_context() if secure else None
    reader, writer = await asyncio.open_connection(parts.hostname or "", parts.port or (443 if secure else 80), ssl=context, limit=PIECE)
    headers = [("Host", target)]
    if parts.username:
        import base64

        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers.append(("Proxy-Authorization", "Basic " + base64.b64encode(user.encode()).decode()))
    code, _ = await _asked(reader, writer, "CONNECT", target, headers)
    if code != 200:
        await hang_up(writer)
        raise httperrors.Unreachable(f"the proxy answered {code}")
    return reader, writer


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, path: str, headers: Headers) -> tuple[int, dict[str, str]]:
    """Send a request without a body; return the answer's code and headers."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    writer.write("\r\n".join(lines).encode("latin-1", "replace"))
    await writer.drain()
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise answers.Strange("the server's answer has too long a head") from error
    first, *rest = head[:_MOST_HEAD].decode("latin-1").split("\r\n")
    protocol, _, code = first.partition(" ")
    if not protocol.startswith("HTTP/1.") or not code[:3].isdecimal():
        raise answers.Strange("the server answered with what is no HTTP")
    found = (line.partition(":") for line in rest if ":" in line)
    return int(code[:3]), {name.strip().lower(): value.strip() for name, _, value in found}


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    """Return the body of an answer, as far as it is read at all."""
    length = headers.get("content-length", "")
    if length.isdecimal():
        return await reader.readexactly(min(int(length), _MOST_BODY))
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.read(_MOST_BODY)
    parts: list[bytes] = []
    while sum(map(len, parts)) < _MOST_BODY:
        size = int((await reader.readline()).partition(b";")[0], 16)
        if not size:
            break
        parts.append((await reader.readexactly(min(size, _MOST_BODY) + 2))[:-2])
    return b"".join(parts)


def _refusal(code: int, headers: Mapping[str, str], body: bytes) -> KctlError:
    """Return the error that an answer other than 101 is (client-go transport/spdy Negotiate)."""
    if "json" in headers.get("content-type", ""):
        return answers.failure(code if code >= 400 else 500, body, "application/json", "")
    said = answers.clean(body.decode("utf-8", "replace").strip())
    return KctlError(f"unable to upgrade connection: {said[:1000] or code}")
