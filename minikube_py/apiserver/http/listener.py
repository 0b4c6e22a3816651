"""Listens: TLS with the cluster's certificate, connections, and the way down."""

import asyncio
import logging
import ssl
from typing import TYPE_CHECKING

from aiohttp import http_exceptions, web  # noqa: TID253  (only the server loads this package)

if TYPE_CHECKING:
    from minikube_py.apiserver.http.frontend import Frontend

_BACKLOG = 1024  # kubectl asks some 36 discovery documents at once
_LINE = _FIELD = 64 * 1024  # bytes of the first line, and of one header
_HEADERS = 256  # how many headers
_KEEP_ALIVE = 180.0
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


class Listener:
    """One open port."""

    def __init__(self, frontend: "Frontend", context: ssl.SSLContext) -> None:
        self._context = context
        self._server = web.Server(frontend.handle, handler_cancellation=True, access_log=None, logger=_logger(), keepalive_timeout=_KEEP_ALIVE,
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
