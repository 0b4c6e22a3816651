"""HTTP/1.1 to one server, over connections that are kept: as much as a client of an apiserver needs.

Usual libraries take longer to load than a command has. What a server sends is not trusted: heads have a limit, bodies come in pieces, unpacked by
pieces too, and what ends before its end is an error.
"""

import re
import select
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Protocol
from urllib.parse import quote, urlsplit

HEAD_LIMIT = 1 << 20  # bytes of an answer's head
_LINE = 1 << 16  # bytes of one line of it
_KEPT = 4  # connections
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: (.*))?", re.DOTALL)
_SAFE = "".join(map(chr, range(33, 127)))

Dial = Callable[[float], socket.socket]  # connects, within so many seconds


class Failure(Exception):
    """There is no answer, or none that can be read."""


class Disconnected(Failure):
    """The server went without an answer."""


class Malformed(Failure):
    """What came is no HTTP."""


class TooLong(Failure):
    """The head of an answer has no end."""


class BrokenOff(Failure):
    """An answer ended before its end."""


class Undecodable(Failure):
    """An answer cannot be unpacked."""


class DialTimeout(TimeoutError):
    """Nobody answered the call."""


class Headers:
    """Headers in their order; a name may come several times, in any case."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = list(pairs)

    def add(self, name: str, value: str) -> None:
        """Add one more."""
        self._pairs.append((name, value))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def all(self, name: str) -> list[str]:
        """Return all values of a name."""
        return [value for known, value in self._pairs if known.lower() == name.lower()]

    def get(self, name: str) -> str:
        """Return the values of a name as one, empty where there is none."""
        return ", ".join(self.all(name))


class Answer(Protocol):
    """An answer whose head has come."""

    status: int
    reason: str
    headers: Headers

    def read(self, size: int) -> bytes:
        """Return the next bytes of the body, unpacked; none at its end."""

    def close(self) -> None:
        """Let go of it; its connection ends."""

    def release(self) -> None:
        """Let go of it; its connection is used again where the body came to its end."""


class Sender(Protocol):
    """Sends requests to one server."""

    def send(self, method: str, target: str, headers: Headers, body: bytes | None, *, dial: float, read: float | None) -> Answer:
        """Send a request; `dial` and `read` are seconds to wait for a connection, and for each piece of the answer."""

    def close(self) -> None:
        """Let go of all connections."""


class Pool:
    """Connections to the server of a URL, made by `dial`."""

    def __init__(self, url: str, dial: Dial) -> None:
        parts = urlsplit(url)
        self._host, self._path = parts.netloc, parts.path.rstrip("/")
        self._dial = dial
        self._idle: list[_Wire] = []

    def send(self, method: str, target: str, headers: Headers, body: bytes | None, *, dial: float, read: float | None) -> Answer:
        """Send a request and return its answer's beginning."""
        head = _head(method, self._path + target, self._host, headers, body)
        wire = self._kept() or _Wire(self._dial(dial))
        try:
            return wire.exchange(head + (body or b""), method, read, self._keep)
        except BaseException:
            wire.close()
            raise

    def _kept(self) -> "_Wire | None":
        while self._idle:
            wire = self._idle.pop()
            if wire.is_quiet():
                return wire
            wire.close()
        return None

    def _keep(self, wire: "_Wire") -> None:
        if len(self._idle) < _KEPT:
            self._idle.append(wire)
        else:
            wire.close()

    def close(self) -> None:
        """Let go of all connections."""
        while self._idle:
            self._idle.pop().close()


def _head(method: str, target: str, host: str, headers: Headers, body: bytes | None) -> bytes:
    lines = [f"{method} {quote(target, safe=_SAFE)} HTTP/1.1", f"Host: {host}"]
    if body is not None or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body or b'')}")
    lines += [f"{name}: {value}" for name, value in headers]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header holds a line break")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class _Wire:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._file = connection.makefile("rb")

    def exchange(self, data: bytes, method: str, timeout: float | None, keep: "Callable[[_Wire], None]") -> Answer:
        """Send a request and read the head of its answer."""
        self._socket.settimeout(timeout)
        with suppress(BrokenPipeError, ConnectionResetError):  # the server may have said why before it went
            self._socket.sendall(data)
        status = 100
        while status < 200 and status != 101:
            is_old, status, reason, headers = self._answered()
        length = _length(headers)
        if method == "HEAD" or status in (101, 204, 304):
            length = 0
        chunked = length != 0 and headers.get("Transfer-Encoding").strip().lower() == "chunked"
        options = headers.get("Connection").lower()
        ends = "close" in options or (is_old and "keep-alive" not in options) or (length is None and not chunked)
        return _Answer(self, status, reason, headers, _Body(self._file, length, chunked), None if ends else keep)

    def _answered(self) -> tuple[bool, int, str, Headers]:
        left = HEAD_LIMIT
        first = self._line(left, Disconnected)
        match = _STATUS.fullmatch(first)
        if match is None:
            raise Malformed(first[:80])
        pairs: list[tuple[str, str]] = []
        while line := self._line(left, BrokenOff):
            name, colon, value = line.partition(":")
            left -= len(line)
            if line[0] in " \t" and pairs:
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}")
            elif not colon or not name or name != name.strip():
                raise Malformed(line[:80])
            else:
                pairs.append((name, value.strip()))
        return match[1] == "0", int(match[2]), match[3] or "", Headers(pairs)

    def _line(self, left: int, missing: type[Failure]) -> str:
        if left <= 0:
            raise TooLong
        line = self._file.readline(_LINE + 1)
        if len(line) > _LINE:
            raise Malformed("a line has no end")
        if not line.endswith(b"\n"):
            raise missing
        return line.rstrip(b"\r\n").decode("latin-1")

    def is_quiet(self) -> bool:
        """Tell whether the server has neither gone meanwhile nor said something that nobody asked for."""
        poll = select.poll()
        try:
            poll.register(self._socket, select.POLLIN)
            if poll.poll(0):
                return False
            self._socket.settimeout(0)
            return not self._file.peek(1)  # which may have come together with the last answer
        except ssl.SSLWantReadError:
            return True
        except OSError:
            return False

    def close(self) -> None:
        """End the connection."""
        for each in (self._file, self._socket):
            with suppress(OSError):
                each.close()


def _length(headers: Headers) -> int | None:
    """Return how long a body is; None where its own end shows it."""
    found = {value.strip() for value in headers.get("Content-Length").split(",") if value.strip()}
    if not found or "Transfer-Encoding" in headers:
        return None
    if len(found) > 1 or not min(found).isdecimal() or not min(found).isascii():
        raise Malformed("Content-Length")
    return int(min(found)[:20])


class _Reads(Protocol):
    def read1(self, size: int, /) -> bytes: ...

    def readline(self, size: int, /) -> bytes: ...


class _Body:
    """The bytes of a body as they are sent: `length` of them, or in chunks, or (None) up to the connection's end."""

    def __init__(self, file: _Reads, length: int | None, chunked: bool) -> None:
        self._file = file
        self._left = 0 if chunked else length
        self._chunked = chunked
        self._is_first = True
        self.is_over = not chunked and length == 0

    def read(self, size: int) -> bytes:
        """Return the next bytes; none at the end."""
        if self._chunked and not self.is_over and self._left == 0:
            self._next_chunk()
        if self.is_over:
            return b""
        data = self._file.read1(size if self._left is None else min(size, self._left))
        if self._left is None:
            self.is_over = not data
            return data
        if not data:
            raise BrokenOff
        self._left -= len(data)
        self.is_over = not self._chunked and self._left == 0
        return data

    def _next_chunk(self) -> None:
        if not self._is_first and self._line():
            raise BrokenOff
        self._is_first = False
        digits = self._line().partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", digits):
            raise BrokenOff
        self._left = int(digits, 16)
        if self._left == 0:
            for _ in range(100):  # trailers, of which none means anything here
                if not self._line():
                    self.is_over = True
                    return
            raise BrokenOff

    def _line(self) -> bytes:
        line = self._file.readline(_LINE)
        if not line.endswith(b"\n"):
            raise BrokenOff
        return line.rstrip(b"\r\n")


class _Unpacked:
    """The bytes of a body that was packed with gzip."""

    def __init__(self, body: _Body) -> None:
        import zlib

        self._body = body
        self._zlib = zlib
        self._unpacker = zlib.decompressobj(31)
        self._tail = b""
        self._is_whole = True

    def read(self, size: int) -> bytes:
        """Return the next bytes; none at the end."""
        while True:
            data = self._tail or self._body.read(size)
            if not data:
                return self._rest()
            if self._unpacker.eof:
                self._unpacker = self._zlib.decompressobj(31)
            try:
                found = self._unpacker.decompress(data, size)
            except self._zlib.error as error:
                raise Undecodable from error
            self._tail = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            self._is_whole = self._unpacker.eof
            if found:
                return found

    def _rest(self) -> bytes:
        if self._is_whole:
            return b""
        found = self._unpacker.flush()
        self._is_whole = self._unpacker.eof
        if not found and not self._is_whole:
            raise Undecodable
        return found


class _Answer:
    """An answer on a connection of ours."""

    def __init__(self, wire: _Wire, status: int, reason: str, headers: Headers, body: _Body, keep: Callable[[_Wire], None] | None) -> None:
        self.status, self.reason, self.headers = status, reason, headers
        self._wire = wire
        self._body = body
        self._keep = keep
        self._is_open = True
        packing = [name.strip().lower() for name in headers.get("Content-Encoding").split(",") if name.strip()]
        self._unpacked: _Body | _Unpacked | None = body if packing in ([], ["identity"]) else _Unpacked(body) if packing in (["gzip"], ["x-gzip"]) else None

    def read(self, size: int) -> bytes:
        """Return the next bytes of the body, unpacked; none at its end."""
        if self._unpacked is None:
            raise Undecodable
        return self._unpacked.read(size)

    def close(self) -> None:
        """Let go of it; its connection ends."""
        if self._is_open:
            self._is_open = False
            self._wire.close()

    def release(self) -> None:
        """Let go of it; its connection is used again where the body came to its end."""
        if self._is_open and self._keep is not None and self._body.is_over:
            self._is_open = False
            self._keep(self._wire)
        self.close()
