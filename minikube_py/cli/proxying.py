"""An HTTP server of this machine that hands requests on to a Kubernetes server, with the credentials for it (kubectl pkg/proxy)."""

import asyncio
import errno
import mimetypes
import os
import posixpath
import re
import socket
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp  # noqa: TID253  (only kctl proxy loads this module)
from aiohttp import web  # noqa: TID253
from multidict import CIMultiDict

from minikube_py.apiserver.http.streaming import carriers, telling
from minikube_py.client import pools, upgrades
from minikube_py.client.kubeconfigs import Connection
from minikube_py.client.upgrades import NotUpgraded
from minikube_py.kits import goregexps
from minikube_py.kits.wires import ForgivingWire, Wire
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

_HOPS = frozenset({"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding",
                   "upgrade", "host"})  # fmt: skip


class Filter(NamedTuple):
    """What may pass: regular expressions, each a list."""

    accept_paths: Sequence[re.Pattern[str]]
    reject_paths: Sequence[re.Pattern[str]]
    accept_hosts: Sequence[re.Pattern[str]]
    reject_methods: Sequence[re.Pattern[str]]

    def accepts(self, method: str, path: str, host: str) -> bool:
        """Tell whether a request may pass."""
        if _matches(path, self.reject_paths) or _matches(method, self.reject_methods):
            return False
        return _matches(path, self.accept_paths) and _matches(host, self.accept_hosts)


def _matches(text: str, patterns: Sequence[re.Pattern[str]]) -> bool:
    return any(pattern.search(text) for pattern in patterns)


def patterns(text: str) -> list[re.Pattern[str]]:
    """Read regular expressions with commas between; RegexpError for what is none."""
    return [goregexps.compiled(part) for part in text.split(",")] if text else []


class Place(NamedTuple):
    """Where to listen: a path for a Unix socket, else an address and a port."""

    address: str
    port: int
    socket: str = ""


class Upstream(NamedTuple):
    """Where requests go, with which headers more."""

    connection: Connection
    headers: Sequence[tuple[str, str]]
    environment: Mapping[str, str]
    keepalive: float = 0.0
    append_path: bool = False

    @property
    def base(self) -> str:
        """Return the path before each request's own."""
        return urlsplit(self.connection.server).path.rstrip("/") if self.append_path else ""


class Proxy:
    """Answers requests: from files, from the server, or not at all. Prefixes end with a slash."""

    def __init__(self, upstream: Upstream, allowed: Filter | None, *, api_prefix: str = "/", www: str = "", www_prefix: str = "/static/") -> None:
        self._upstream = upstream
        self._filter = allowed
        self._api_prefix = api_prefix
        self._www, self._www_prefix = www, www_prefix
        self._client: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def listening(self, place: Place) -> AsyncIterator[str]:
        """Listen while the block lasts; give the address."""
        runner = web.ServerRunner(web.Server(self._handle, handler_cancellation=True, access_log=None, auto_decompress=False), shutdown_timeout=1)
        await runner.setup()
        connection = self._upstream.connection
        context = pools.context(connection) if connection.is_secure else False
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ssl=context), auto_decompress=False,
                                         timeout=aiohttp.ClientTimeout(total=None, sock_connect=30)) as self._client:  # fmt: skip
            try:
                yield await _listen(runner, place)
            finally:
                await runner.cleanup()

    def _moved(self, http: web.BaseRequest) -> str:
        """Return where a request belongs whose path has empty or dotted parts, or lacks the slash at a prefix's end; "" for others (Go's ServeMux)."""
        path, mark, query = http.raw_path.partition("?")
        if not path.startswith("/"):
            return ""
        clean = "/" + posixpath.normpath(path).lstrip("/")
        if clean != "/" and (path.endswith("/") or clean + "/" in (self._api_prefix, self._www_prefix if self._www else "")):
            clean += "/"
        return "" if clean == path else clean + mark + query

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        if moved := self._moved(http):
            return _redirect(http.method, moved)
        path = http.path
        if self._www and path.startswith(self._www_prefix):
            return self._file(path[len(self._www_prefix) :])
        if not path.startswith(self._api_prefix):
            return _text(404, "404 page not found")
        target = http.rel_url.raw_path_qs
        if not self._api_prefix.startswith("/api"):
            path, target = "/" + path[len(self._api_prefix) :], "/" + target[len(self._api_prefix) :]
        if self._filter is not None and not self._filter.accepts(http.method, path, _host(http.host)):
            return _text(403, "Forbidden")
        try:
            if "upgrade" in http.headers.get("Connection", "").lower():
                return await self._upgrade(http, target)
            return await self._forward(http, target)
        except (aiohttp.ClientError, KctlError, OSError) as error:
            return _text(502 if not isinstance(error, KctlError) else 500, str(error))

    def _headers(self, http: web.BaseRequest) -> CIMultiDict[str]:
        headers: CIMultiDict[str] = CIMultiDict((name, value) for name, value in http.headers.items() if name.lower() not in _HOPS)
        for name, value in self._upstream.headers:
            if name.lower() != "authorization" or name not in headers:
                headers.add(name, value)
        return headers

    async def _forward(self, http: web.BaseRequest, target: str) -> web.StreamResponse:
        assert self._client is not None, "it listens"
        from yarl import URL

        connection = self._upstream.connection
        parts = urlsplit(connection.server)
        url = URL(f"{parts.scheme}://{parts.netloc}{self._upstream.base}{target}", encoded=True)
        proxy = connection.proxy or pools.proxy_of(self._upstream.environment, connection.server) or None
        body = http.content if http.can_read_body else None
        async with self._client.request(http.method, url, headers=self._headers(http), data=body, allow_redirects=False, proxy=proxy,
                                        server_hostname=connection.tls_server_name or None) as answer:  # fmt: skip
            self._keep_alive(answer.connection.transport if answer.connection is not None else None)
            headers = CIMultiDict((name, value) for name, value in answer.headers.items() if name.lower() not in _HOPS)
            response = web.StreamResponse(status=answer.status, headers=headers)
            await response.prepare(http)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response

    def _keep_alive(self, transport: asyncio.BaseTransport | None) -> None:
        """Have the system look every --keepalive seconds whether the server is still there."""
        found = transport.get_extra_info("socket") if transport is not None else None
        if found is None or self._upstream.keepalive <= 0:
            return
        seconds = max(1, round(self._upstream.keepalive))
        for option in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):
            if hasattr(socket, option):
                found.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), seconds)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    async def _upgrade(self, http: web.BaseRequest, target: str) -> web.StreamResponse:
        """Let both sides go on in another protocol: from then on, bytes are carried."""
        upstream = self._upstream
        parts = urlsplit(upstream.connection.server)
        connection = upstream.connection._replace(server=f"{parts.scheme}://{parts.netloc}{upstream.base}")
        headers = (*self._headers(http).items(), ("Connection", "Upgrade"), ("Upgrade", http.headers.get("Upgrade", "")))
        dialer = upgrades.Dialer(connection, upstream.environment, target, ())
        try:
            upgraded = await dialer.upgrade(http.method, headers)
        except NotUpgraded as error:
            return _refused(error.cause)
        answered = {name: value for name, value in upgraded.headers.items() if name != "connection"}
        try:
            async with carriers.over_wire(http, answered, telling.nobody) as (response, wire):
                await _carry(wire, ForgivingWire(upgraded.reader, upgraded.writer))
        finally:
            await upgrades.hang_up(upgraded.writer)
        return response

    def _file(self, name: str) -> web.StreamResponse:
        """Answer with a file, a folder's index.html, or the names in a folder; nothing above or beside the folder."""
        root = os.path.realpath(self._www)
        path = os.path.realpath(os.path.join(root, name.lstrip("/")))
        if os.path.isdir(path) and os.path.isfile(os.path.join(path, "index.html")):
            path = os.path.join(path, "index.html")
        if os.path.commonpath((root, path)) != root or "\0" in name or not os.path.exists(path):
            return _text(404, "404 page not found")
        if os.path.isdir(path):
            return _listing(path)
        kind = mimetypes.guess_type(path)[0] or ""
        return web.FileResponse(path, headers={"Content-Type": f"{kind}; charset=utf-8"} if kind.startswith("text/") else None)


async def _carry(ours: Wire, theirs: Wire) -> None:
    """Carry bytes both ways until one side ends."""

    async def pour(source: Wire, sink: Wire) -> None:
        with suppress(OSError):
            while data := await source.read():
                await sink.write(data)

    tasks = [asyncio.ensure_future(pour(ours, theirs)), asyncio.ensure_future(pour(theirs, ours))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _refused(error: KctlError) -> web.Response:
    if isinstance(error, errors.StatusError):
        return web.json_response(error.status(), status=error.code)
    return _text(500, str(error))


def _text(code: int, text: str) -> web.Response:
    return web.Response(status=code, text=f"{text}\n", headers={"X-Content-Type-Options": "nosniff"})


def _redirect(method: str, target: str) -> web.Response:
    from html import escape

    moved = {"Location": target}
    if method not in ("GET", "HEAD"):
        return web.Response(status=301, headers=moved)
    return web.Response(status=301, text=f'<a href="{escape(target)}">Moved Permanently</a>.\n\n', content_type="text/html", headers=moved)


def _listing(path: str) -> web.Response:
    from html import escape
    from urllib.parse import quote

    names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in os.scandir(path))
    lines = "".join(f'<a href="{quote(name)}">{escape(name)}</a>\n' for name in names)
    return web.Response(text=f"<pre>\n{lines}</pre>\n", content_type="text/html")


def _host(header: str) -> str:
    """Return the host of a Host header, without its port."""
    name, colon, port = header.rpartition(":")
    if not colon or not port.isdecimal() or (":" in name and not name.startswith("[")):
        return header
    return name.strip("[]") if name.startswith("[") else name


async def _listen(runner: web.ServerRunner, place: Place) -> str:
    if place.socket:
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(os.lstat(place.socket).st_mode):
                os.unlink(place.socket)
        before = os.umask(0o077)
        try:
            await web.UnixSite(runner, place.socket).start()
        except OSError as error:
            raise KctlError(f"listen unix {place.socket}: bind: {_why(error)}") from error
        finally:
            os.umask(before)
        return place.socket
    shown = f"[{place.address}]" if ":" in place.address else place.address
    try:
        await web.TCPSite(runner, place.address, place.port).start()
    except OSError as error:
        raise KctlError(f"listen tcp {shown}:{place.port}: bind: {_why(error)}") from error
    return f"{shown}:{runner.addresses[0][1]}"


def _why(error: OSError) -> str:
    number = errno.EINVAL if error.errno is None else error.errno  # Python itself refuses paths of sockets that are too long
    return os.strerror(number).lower() if number > 0 else str(error)
