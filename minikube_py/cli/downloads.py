"""Manifests from the web, with kubectl's three tries and words. What a server marks with an ETag is kept, and asked for again by it."""

from typing import TYPE_CHECKING

from minikube_py.cli import failures
from minikube_py.kits.bytescache import BytesCache
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.error import HTTPError

_ATTEMPTS = 3
_EXPIRY = 30 * 86400.0  # seconds


class Unreachable(failures.Verbatim):
    """A server that cannot be reached. `cause` says why in Go's words, where there are such."""

    def __init__(self, message: str, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


class _Kept:
    """Former answers, by URL: an entry is the ETag, a line break, and the content, so that the two always belong together."""

    def __init__(self, folder: str) -> None:
        self._cache = BytesCache(folder, _EXPIRY)

    def get(self, url: str) -> tuple[str, bytes] | None:
        """Return (ETag, content) of the last answer, or None."""
        tag, separator, content = (self._cache.get(url) or b"").partition(b"\n")
        return (tag.decode("latin-1"), content) if separator else None

    def put(self, url: str, tag: str, content: bytes) -> None:
        """Keep an answer."""
        self._cache.put(url, tag.encode("latin-1") + b"\n" + content)  # a header is latin-1, in one line


def fetch(url: str, folder: str = "") -> bytes:
    """Download a URL; three tries while the server is in trouble. `folder` is where answers are kept; nowhere if empty."""
    import time
    import urllib.error

    kept = _Kept(folder) if folder else None
    known = kept.get(url) if kept is not None else None
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(1)
        try:
            with _ask(url, known[0] if known else "") as response:
                content = response.read()
                tag = response.headers.get("ETag")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 304 and known is not None:
                return known[1]
            problem = _refused(url, error)
            if error.code < 500:
                break
        except (urllib.error.URLError, OSError, ValueError) as error:
            problem = _unreachable(url, error)
        else:
            if kept is not None and tag:
                kept.put(url, tag, content)
            return content
    raise problem


def _ask(url: str, tag: str) -> "HTTPResponse":
    import urllib.request

    request = urllib.request.Request(url, headers={"If-None-Match": tag} if tag else {})
    response: HTTPResponse = urllib.request.urlopen(request)
    return response


def _refused(url: str, error: "HTTPError") -> KctlError:
    return KctlError(f'unable to read URL "{url}", server reported {error.code} {error.reason}, status code={error.code}')


def _unreachable(url: str, error: Exception) -> Unreachable:
    import urllib.parse

    cause = getattr(error, "reason", error)
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc
    why = "http: no Host in request URL" if not host else ""
    if isinstance(cause, ConnectionRefusedError):
        address = host if parts.port else f"{host}:{443 if parts.scheme == 'https' else 80}"
        return Unreachable(
            f"The connection to the server {host} was refused - did you specify the right host or port?",
            f"dial tcp {address}: connect: connection refused",
        )
    if type(cause).__name__ == "gaierror":
        why = f"dial tcp: lookup {host.partition(':')[0]}: no such host"
    return Unreachable(f"Unable to connect to the server: {why or cause}", why)
