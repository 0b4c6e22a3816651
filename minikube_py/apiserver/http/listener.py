"""Listens: TLS with the cluster's certificate, connections, and the way down."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import http_exceptions, web  # noqa: TID253  (only the server loads this package)

if TYPE_CHECKING:
    from minikube_py.apiserver.http.frontend import Frontend

_BACKLOG = 1024  # kubectl asks some 36 discovery documents at once
_LINE = _FIELD = 64 * 1024  # bytes of the first line, and of one header
_HEADERS = 256  # how many headers
_KEEP_ALIVE = 180.0
HEADER_SECONDS = 32.0  # in which a first line and its headers must be there, as kube-apiserver's ReadHeaderTimeout
_SHUTDOWN = 10.0  # seconds that requests under way may take at the end
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: who is late is told so with 401, by the authenticator


def tls(certificate: str, key: str, authority: bytes) -> ssl.SSLContext:
    """Return the server's side of TLS: clients may show a certificate of the authority (PEM), but need not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(cadata=authority.decode())
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= _NO_CHECK_TIME
    context.set_alpn_protocols(["http/1.1"])
    return context


def _is_ours(record: logging.LogRecord) -> bool:
    """Tell what is worth a line of the log from what is no HTTP: that is answered with 400, and anybody may send as much of it as they like."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, (http_exceptions.HttpProcessingError, web.RequestPayloadError))


def _logger() -> logging.Logger:
    logger = logging.getLogger("kctl.http")
    logger.addFilter(_is_ours)
    return logger


class _Connection(web.RequestHandler):
    """One client's connection, which is given up where a request takes too long to say what it wants: nobody keeps it open for a letter a minute."""

    __slots__ = ("_late", "_busy")

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._late: asyncio.TimerHandle | None = None
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Wait for nothing any more."""
        self._came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; they begin a request, unless one is under way."""
        super().data_received(data)
        if not self._busy:
            self._expect()

    def begin(self) -> None:
        """Note that first line and headers are there."""
        self._busy = True
        self._came()

    def end(self) -> None:
        """Note that a request was answered."""
        self._busy = False

    def _expect(self) -> None:
        if self._late is None:
            self._late = asyncio.get_running_loop().call_later(HEADER_SECONDS, self.force_close)

    def _came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Server(web.Server):
    """aiohttp's server, with connections that may be given up."""

    def __init__(self, handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **settings: Any) -> None:
        super().__init__(self._watched, handler_cancellation=True, **settings)
        self._handle = handle
        self._settings = settings

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), **self._settings)

    async def _watched(self, http: web.BaseRequest) -> web.StreamResponse:
        connection = http.protocol
        if not isinstance(connection, _Connection):
            return await self._handle(http)
        connection.begin()
        try:
            return await self._handle(http)
        finally:
            connection.end()


class Listener:
    """One open port."""

    def __init__(self, frontend: "Frontend", context: ssl.SSLContext) -> None:
        self._context = context
        self._server = _Server(frontend.handle, access_log=None, logger=_logger(), keepalive_timeout=_KEEP_ALIVE,
                               auto_decompress=False,  # kube-apiserver takes bodies as they are, too
                               max_line_size=_LINE, max_field_size=_FIELD, max_headers=_HEADERS)  # fmt: skip
        self._runner = web.ServerRunner(self._server, shutdown_timeout=_SHUTDOWN)

    async def open(self, host: str, port: int) -> int:
        """Listen, and return the port."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=self._context, backlog=_BACKLOG, reuse_address=True)
        await site.start()
        found: int = self._runner.addresses[0][1]
        return found

    async def close(self) -> None:
        """Take no more connections, let what is under way end, and close."""
        await self._runner.cleanup()
        await asyncio.sleep(0)
