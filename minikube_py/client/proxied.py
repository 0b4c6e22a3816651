"""Connections through a proxy: urllib3's, which knows how to talk with proxies over TLS, too. Loaded where there is one only."""

import http.client
import ssl
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import urllib3  # noqa: TID253

from minikube_py.client import http1
from minikube_py.client.http1 import Headers


class Proxied:
    """Requests to the server of `url` through a proxy, which is asked as the user in its URL. An http1.Sender."""

    def __init__(self, url: str, proxy: str, context: ssl.SSLContext | None, tls_server_name: str = "") -> None:
        self._url = url
        options: dict[str, object] = {"maxsize": 4, "retries": False}
        if context is not None:
            options["ssl_context"] = context
            if tls_server_name:
                options["server_hostname"] = tls_server_name
            if context.verify_mode == ssl.CERT_NONE:
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # who says --insecure-skip-tls-verify knows
                options |= {"cert_reqs": "CERT_NONE", "assert_hostname": False}
        parts = urlsplit(proxy)
        headers = urllib3.make_headers(proxy_basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}") if parts.username else None
        address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self.manager = urllib3.ProxyManager(address, proxy_headers=headers, **options)  # type: ignore[arg-type]

    def send(self, method: str, target: str, headers: Headers, body: bytes | None, *, dial: float, read: float | None) -> http1.Answer:
        """Send a request and return its answer's beginning."""
        spelled = urllib3.HTTPHeaderDict()
        for name, value in headers:
            spelled.add(name, value)
        timeout = urllib3.Timeout(connect=dial, read=read)
        try:
            return _Answer(self.manager.request(method, self._url + target, body=body, headers=spelled, timeout=timeout, retries=False, redirect=False,
                                                preload_content=False))  # fmt: skip
        except (urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
            _refuse(error)

    def close(self) -> None:
        """Let go of all connections."""
        self.manager.clear()


class _Answer:
    """An answer of urllib3's. An http1.Answer."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self.status, self.reason = response.status, response.reason or ""
        self.headers = Headers(response.headers.iteritems())

    def read(self, size: int) -> bytes:
        """Return the next bytes of the body, unpacked; none at its end."""
        try:
            return self._response.read1(size, decode_content=True)
        except (urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
            _refuse(error)

    def close(self) -> None:
        """Let go of it; its connection ends."""
        self._response.close()

    def release(self) -> None:
        """Let go of it; its connection is used again where the body came to its end."""
        self._response.release_conn()


def _refuse(error: Exception) -> NoReturn:
    """Raise what http1 would raise; what lies behind an error goes with it."""
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        raise http1.DialTimeout(str(error)) from error
    if isinstance(error, urllib3.exceptions.TimeoutError):
        raise TimeoutError(str(error)) from error
    if isinstance(error, urllib3.exceptions.DecodeError):
        raise http1.Undecodable(str(error)) from error
    behind = [cause for cause in (error, *error.args, error.__cause__, error.__context__) if isinstance(cause, http.client.HTTPException)]
    if any(isinstance(cause, http.client.RemoteDisconnected) for cause in behind):
        raise http1.Disconnected(str(error)) from error
    raise (http1.Malformed if behind else http1.Failure)(str(error)) from error
