"""The HTTP/1.1 of the pod's side of a proxied request: one request, one answer, on one connection to a port of a pod.

Everything that comes from there is bounded but bodies, which pass through as they come: whoever reads slowly slows the other side down.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from minikube_py.kits.wires import PIECE, Wire
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.kubelet.streams import PortForward

_HEAD = 64 * 1024  # bytes of an answer's head
_INTERIM = 16  # answers 1xx before the answer
_EMPTY = (204, 304)

Headers = Sequence[tuple[str, str]]


class OriginError(Exception):
    """The pod cannot be reached, or what it answers is no HTTP."""


class Head(NamedTuple):
    """The first lines of an answer; names are as they were spelled."""

    code: int
    reason: str
    headers: Headers

    def get(self, name: str) -> str:
        """Return a header's value; of several, all of them after each other."""
        return ", ".join(value for known, value in self.headers if known.lower() == name)


class Connection:
    """A connection to a port of a pod."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, carrying: "asyncio.Future[None]") -> None:
        self._reader = reader
        self._writer = writer
        self._carrying = carrying

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise what goes wrong as OriginError: where the runtime has failed, with its reason."""
        try:
            yield
        except asyncio.LimitOverrunError as error:
            raise OriginError(f"the head of the answer is longer than {_HEAD} bytes") from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise explained(self._carrying, "EOF" if isinstance(error, asyncio.IncompleteReadError) else error) from error

    async def send(self, data: bytes) -> None:
        """Send bytes, waiting for room."""
        with self._explained():
            self._writer.write(data)
            await self._writer.drain()

    async def read(self) -> bytes:
        """Return the next bytes; none at the end."""
        with self._explained():
            return await self._reader.read(PIECE)

    async def end(self) -> None:
        """Say that there will be no more, where the protocol has a word for it."""
        if self._writer.can_write_eof():
            self._writer.write_eof()

    async def answer(self) -> Head:
        """Return the head of the answer."""
        for _ in range(_INTERIM):
            with self._explained():
                text = await self._reader.readuntil(b"\r\n\r\n")
            head = _parsed(text.decode("utf-8", "replace"))
            if head.code >= 200 or head.code == 101:
                return head
        raise OriginError("nothing but interim answers")

    async def body(self, method: str, head: Head) -> AsyncIterator[bytes]:
        """Yield the body of an answer."""
        if method == "HEAD" or head.code in _EMPTY:
            return
        length = head.get("content-length")
        if "chunked" in head.get("transfer-encoding").lower():
            while size := await self._chunk():
                async for piece in self._exactly(size):
                    yield piece
                await self._line()
            while await self._line() != b"\r\n":
                continue  # trailers
        elif length:
            async for piece in self._exactly(_number(length, 10)):
                yield piece
        else:
            while piece := await self.read():
                yield piece

    async def _exactly(self, left: int) -> AsyncIterator[bytes]:
        while left:
            with self._explained():
                piece = await self._reader.read(min(left, PIECE))
            if not piece:
                raise OriginError("unexpected EOF")
            left -= len(piece)
            yield piece

    async def _chunk(self) -> int:
        return _number((await self._line()).decode("latin-1").partition(";")[0].strip(), 16)

    async def _line(self) -> bytes:
        with self._explained():
            return await self._reader.readuntil(b"\r\n")


def _number(text: str, base: int) -> int:
    digits = "0123456789abcdef"[:base]
    if not text or len(text) > 18 or not set(text.lower()) <= set(digits):
        raise OriginError(f"{text[:20]!r} is no length")
    return int(text, base)


def _parsed(text: str) -> Head:
    first, *lines = text.removesuffix("\r\n\r\n").split("\r\n")
    version, _, rest = first.partition(" ")
    code, _, reason = rest.partition(" ")
    if version not in ("HTTP/1.0", "HTTP/1.1") or len(code) != 3 or not (code.isascii() and code.isdecimal()) or code < "100":
        raise OriginError(f"malformed HTTP response {first[:80]!r}")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _is_token(name) or any(letter in value for letter in "\r\n\0"):
            raise OriginError("malformed HTTP header")
        headers.append((name, value.strip(" \t")))
    return Head(int(code), "".join(letter for letter in reason if letter.isprintable()), headers)


def _is_token(text: str) -> bool:
    return bool(text) and text.isascii() and all(letter.isalnum() or letter in "!#$%&'*+-.^_`|~" for letter in text)


def explained(carrying: "asyncio.Future[None]", problem: Exception | str) -> OriginError:
    """Return what went wrong with a connection: the runtime's own failure, where it has one."""
    failed = carrying.exception() if carrying.done() and not carrying.cancelled() else None
    return OriginError(str(failed or problem) or type(problem).__name__)


@asynccontextmanager
async def connected(forward: "PortForward", port: int, *, tls: bool) -> AsyncIterator[Connection]:
    """Give a connection to a port of a pod; OriginError where there is none.

    A pair of sockets is between us and the runtime: the system's buffers are its limits. Certificates of pods are taken as they are, as
    kube-apiserver does: nobody could say what names they ought to have.
    """
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=theirs)
    carrying = asyncio.ensure_future(_carry(forward, port, Wire(reader, writer), writer))
    mine: asyncio.StreamWriter | None = None
    try:
        try:
            found, mine = await asyncio.open_connection(sock=ours, limit=_HEAD, ssl=_context() if tls else None, server_hostname="" if tls else None)
        except OSError as error:
            raise explained(carrying, error) from error
        yield Connection(found, mine, carrying)
    finally:
        carrying.cancel()
        for one in (mine, writer):
            if one is not None:
                one.transport.abort()
        ours.close()
        await asyncio.wait((carrying,))


async def _carry(forward: "PortForward", port: int, stream: Wire, writer: asyncio.StreamWriter) -> None:
    try:
        await forward.connect(port, stream)
    except KctlError as error:
        raise OriginError(str(error)) from error
    finally:
        with suppress(OSError):
            writer.close()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
