"""Sockets of engines: where they are, and connections that carry a stream instead of one answer.

The clients' own sessions do all that is a request and an answer. What is a stream (logs, exec, attach) gets a connection of its own, so that its flow
control reaches from end to end, and so that another thread may close it.
"""

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from minikube_py.kubelet.engines import api, texts

CONNECT_TIMEOUT = 10.0
CHUNK = 256 * 1024
_HEADER = 8  # of a frame: the stream's number, three zeros, the length (big endian)
_STREAMS = {0: "stdout", 1: "stdout", 2: "stderr"}  # 0 is stdin, which an engine may echo


class Address(NamedTuple):
    """Where an engine listens: unix:///PATH or tcp://HOST:PORT, with the files of TLS where `tls` says so."""

    url: str
    tls: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True
    hint: str = ""  # what to do where nobody answers

    @property
    def path(self) -> str:
        """Return the path of a unix socket; empty for others."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else ""

    @property
    def endpoint(self) -> tuple[str, int]:
        """Return host and port of a TCP address."""
        parts = urlsplit(self.url)
        return parts.hostname or "localhost", parts.port or (2376 if self.tls else 2375)

    def context(self) -> ssl.SSLContext | None:
        """Return how to speak TLS, or None."""
        if not self.tls:
            return None
        context = ssl.create_default_context(cafile=self.ca or None)
        if not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.cert:
            context.load_cert_chain(self.cert, self.key or None)
        return context

    def connect(self) -> socket.socket:
        """Return a connected socket; Unreachable."""
        try:
            connection = self._unix() if self.path else self._tcp()
        except OSError as error:
            raise self.unreachable(error) from error
        connection.settimeout(None)
        return connection

    def _unix(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(CONNECT_TIMEOUT)
            connection.connect(self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _tcp(self) -> socket.socket:
        connection = socket.create_connection(self.endpoint, CONNECT_TIMEOUT)
        context = self.context()
        return connection if context is None else context.wrap_socket(connection, server_hostname=self.endpoint[0])

    def check(self) -> None:
        """Raise Unreachable where nobody answers; the clients' own attempts would leave an open socket then."""
        if self.path:
            self.connect().close()

    def unreachable(self, error: object) -> api.Unreachable:
        """Return the error that nobody answers there."""
        return api.Unreachable(f"no engine answers at {self.url}: {texts.clean(_reason(error))}{f' ({self.hint})' if self.hint else ''}")


def _reason(error: object) -> str:
    """Return why nothing answers, in the operating system's words: clients wrap its error in those of pools and retries."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, OSError) and each.errno is not None and each.strerror:
            return each.strerror
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
    return str(error)


def target(path: str, query: Mapping[str, object] | None = None) -> str:
    """Return the target of a request; a query's values that are None are left out."""
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def segment(name: str) -> str:
    """Return a name as one part of a path, whatever it holds; NotFound for an empty one, which would name the whole collection."""
    if not name:
        raise api.NotFound("no name is given")
    return quote(name, safe="")


def refusal(status: int, body: bytes | str) -> api.EngineError:
    """Return the error that an answer of an engine stands for."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    with contextlib.suppress(ValueError, AttributeError):  # an answer that is not JSON is shown as it is
        said = json.loads(text)
        text = str(said.get("message") or said.get("cause") or text)
    return failure(status, text)


_TAKEN = ("already exists", "already in use", "is already used", "being used by", "overlaps", "container state improper", "already assigned",
          "is using", "is not paused")  # fmt: skip
_MISSING = ("no such container", "no such volume", "no such object", "no such exec", "network not found", "image not known", "unable to find network",
            "manifest unknown", "name unknown")  # fmt: skip


def failure(status: int, text: str) -> api.EngineError:
    """Return the error for a status and a text: engines say 500 of much that is the caller's fault, so the text counts too."""
    text = texts.said(text) or f"the engine answered with status {status}"
    if status == 404:
        return api.NotFound(text)
    if status == 409 or (status in (403, 500) and any(word in text for word in _TAKEN)):
        return api.Conflict(text)
    if status == 500 and any(word in text for word in _MISSING):
        return api.NotFound(text)
    return api.EngineError(text)


class Stream:
    """The answer to one request as it comes in: an iterator of bytes that any thread may close."""

    def __init__(self, address: Address, method: str, path: str, body: Any = None) -> None:
        self._socket = address.connect()
        self._address = address
        host = "localhost" if address.path else address.endpoint[0]
        connection = http.client.HTTPConnection(host)
        connection.sock = self._socket
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
            self._answer = connection.getresponse()
            if self._answer.status >= 400:
                raise refusal(self._answer.status, self._answer.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise address.unreachable(error) from error
        except api.EngineError:
            self.close()
            raise

    def settimeout(self, seconds: float) -> None:
        """Let a read raise a TimeoutError after so many seconds."""
        self._socket.settimeout(seconds)

    def read(self) -> bytes:
        """Return the next bytes; none at the end, or once it was closed."""
        try:
            return self._answer.read1(CHUNK)
        except TimeoutError:
            raise
        except (OSError, ValueError, http.client.HTTPException):
            return b""  # closed by us, or by an engine that goes down: there is no more

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def close(self) -> None:
        """Close the connection; a thread that reads gets the end."""
        with contextlib.suppress(OSError):  # it is not connected any more
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Frames:
    """Takes the frames of several streams apart that an engine sends over one connection."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield (stdout or stderr, bytes of one frame) for each frame that is complete by now."""
        rest = self._rest
        rest += data
        at = 0
        while len(rest) - at >= _HEADER:
            end = at + _HEADER + int.from_bytes(rest[at + 4 : at + _HEADER], "big")
            if len(rest) < end:
                break
            yield _STREAMS.get(rest[at], "stderr"), bytes(rest[at + _HEADER : end])
            at = end
        del rest[:at]


class Pool:
    """Sessions of a client library, one for each thread that needs one at the same time."""

    _KEPT = 16

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._idle: list[Any] = []

    def take(self) -> Any:
        """Return a session for the use of one thread."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._make()

    def give(self, session: Any) -> None:
        """Take a session back."""
        if len(self._idle) < self._KEPT:
            self._idle.append(session)
        else:
            session.close()

    def close(self) -> None:
        """Close all that are not in use."""
        while self._idle:
            self._idle.pop().close()
