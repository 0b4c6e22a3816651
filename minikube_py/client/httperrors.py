"""Failures of connections in kubectl's words. Nothing that a header or a URL's user part holds comes into them."""

import http.client
import socket
import ssl

import urllib3.exceptions  # noqa: TID253  (loaded for servers only)

from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

# What urllib3, http.client, ssl and the system raise; ValueError and UnicodeError are http.client's for headers that it refuses.
EXCEPTIONS = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)
_UNTRUSTED = (18, 19, 20, 21)  # X509_V_ERR: self-signed, issuer not known
_EXPIRED, _NOT_YET = 10, 9
_OTHER_NAME = (62, 64)
_TIMEOUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"


class Unreachable(KctlError):
    """No connection to the server, or none that may be used."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"Unable to connect to the server: {cause}")


class Refused(KctlError):
    """Nothing listens there."""

    def __init__(self, host: str) -> None:
        super().__init__(f"The connection to the server {host} was refused - did you specify the right host or port?")


class Broken(KctlError):
    """An answer that ended before its end, or was too much."""


def of_connection(error: BaseException, host: str) -> KctlError:
    """Return the error for a request that got no answer."""
    causes = _causes(error)
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Refused(host)
    return Unreachable(next((text for text in (_cause(cause, host) for cause in causes) if text), "the connection failed"))


def of_answer(error: BaseException) -> KctlError:
    """Return the error for an answer that could not be read to its end."""
    for cause in _causes(error):
        if isinstance(cause, (urllib3.exceptions.TimeoutError, TimeoutError)):
            return Unreachable("context deadline exceeded (Client.Timeout or context cancellation while reading body)")
        if isinstance(cause, urllib3.exceptions.DecodeError):
            return Broken("the server's answer cannot be unpacked")
    return Broken("the server's answer broke off: unexpected EOF")


def timed_out() -> KctlError:
    """Return the error for a request that took longer than --request-timeout."""
    return Unreachable(_TIMEOUT)


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and all that lies behind it, the innermost first."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting and len(found) < 20:
        each = waiting.pop(0)
        if any(each is known for known in found):
            continue
        found.append(each)
        behind = [each.__cause__, each.__context__, getattr(each, "reason", None), getattr(each, "original_error", None), *each.args]
        waiting += [cause for cause in behind if isinstance(cause, BaseException)]
    return found[::-1]


def _cause(error: BaseException, host: str) -> str:
    name = host.rpartition(":")[0].strip("[]") if not host.endswith("]") and ":" in host else host
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error, name)
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, (socket.gaierror, urllib3.exceptions.NameResolutionError)):
        return f"dial tcp: lookup {errors.quoted(name)[1:-1]}: no such host"
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return f"dial tcp {errors.quoted(host)[1:-1]}: i/o timeout"
    if isinstance(error, TimeoutError) and "handshake" in str(error):
        return "net/http: TLS handshake timeout"
    if isinstance(error, (TimeoutError, urllib3.exceptions.TimeoutError)):
        return _TIMEOUT
    if isinstance(error, http.client.RemoteDisconnected):
        return "EOF"
    if isinstance(error, (http.client.BadStatusLine, http.client.LineTooLong)) or type(error).__name__ == "HeaderParsingError":
        return "net/http: HTTP/1.x transport connection broken: malformed HTTP response"
    if isinstance(error, http.client.HTTPException):
        return f"net/http: HTTP/1.x transport connection broken: {type(error).__name__}"
    if isinstance(error, OSError) and error.strerror:
        return f"dial tcp {errors.quoted(host)[1:-1]}: {error.strerror.lower()}"
    return ""


def _of_certificate(error: ssl.SSLCertVerificationError, name: str) -> str:
    code = error.verify_code
    if code in _UNTRUSTED:
        text = "certificate signed by unknown authority"
    elif code in (_EXPIRED, _NOT_YET):
        text = "certificate has expired or is not yet valid"
    elif code in _OTHER_NAME:
        text = f"certificate is valid for other names, not {errors.quoted(name)[1:-1]}"
    else:
        text = error.verify_message
    return f"tls: failed to verify certificate: x509: {text}"


def _of_tls(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"):
        return "http: server gave HTTP response to HTTPS client"
    if "UNEXPECTED_EOF" in reason or isinstance(error, ssl.SSLEOFError):
        return "EOF"
    return f"remote error: tls: {reason.lower().replace('_', ' ') or 'handshake failure'}"
