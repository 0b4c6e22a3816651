"""Standard input, output and error of this process as streams of an event loop, for what runs in a pod."""

import asyncio
import codecs
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from minikube_py.kubelet.streams import Reader, TerminalSize, Writer

_PIECE = 32 * 1024
_AT_ONCE = 4096  # bytes (PIPE_BUF) for which there is room where a pipe says that there is room at all


def descriptor(stream: TextIO) -> int | None:
    """Return the file descriptor below a stream; None where there is none (tests)."""
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None


class Source:
    """Reads a descriptor without blocking the loop."""

    def __init__(self, number: int) -> None:
        self._number = number

    async def read(self) -> bytes:
        """Return the next bytes; none at the end."""
        loop = asyncio.get_running_loop()
        await _ready(self._number, loop.add_reader, loop.remove_reader)
        try:
            return os.read(self._number, _PIECE)
        except OSError:  # the terminal has been closed
            return b""


class Given:
    """A stream without a descriptor."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    async def read(self) -> bytes:
        """Return all of it, then nothing."""
        return self._stream.read().encode()


class Sink:
    """Writes to a descriptor, waiting for room without blocking the loop."""

    def __init__(self, number: int) -> None:
        self._number = number

    async def write(self, data: bytes) -> None:
        """Write bytes."""
        loop = asyncio.get_running_loop()
        view = memoryview(data)
        while view:
            await _ready(self._number, loop.add_writer, loop.remove_writer)
            view = view[os.write(self._number, view[:_AT_ONCE]) :]

    async def close(self) -> None:
        """Leave it open: it belongs to the process."""


class Taken:
    """A stream without a descriptor: text, whatever the bytes are."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def write(self, data: bytes) -> None:
        """Write bytes."""
        self._stream.write(self._decoder.decode(data))

    async def close(self) -> None:
        """Leave it open."""


class Nowhere:
    """Takes what nobody wants to see."""

    async def write(self, data: bytes) -> None:
        """Forget it."""

    async def close(self) -> None:
        """Do nothing."""


async def _ready(number: int, add: Callable[..., None], remove: Callable[[int], bool]) -> None:
    """Wait until a descriptor can be read or written; files always can."""
    future = asyncio.get_running_loop().create_future()
    try:
        add(number, lambda: None if future.done() else future.set_result(None))
    except (PermissionError, OSError):  # epoll takes no files
        return
    try:
        await future
    finally:
        remove(number)


def reader(stream: TextIO) -> "Reader":
    """Return what a stream says."""
    number = descriptor(stream)
    return Given(stream) if number is None else Source(number)


def writer(stream: TextIO) -> "Writer":
    """Return where to write to a stream; what was written to it as text goes before."""
    number = descriptor(stream)
    if number is None:
        return Taken(stream)
    stream.flush()
    return Sink(number)


class Size(NamedTuple):
    """A terminal's size in characters."""

    width: int
    height: int


class Sizes:
    """The sizes that a terminal takes: `first`, then the one that it has, then each change."""

    def __init__(self, number: int | None, first: "tuple[TerminalSize, ...]" = ()) -> None:
        self._number = number
        self._waiting = list(first)
        self._changed = asyncio.Event()
        self._seen: Size | None = None
        if number is not None and sys.platform != "win32" and threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._changed.set)

    async def next(self) -> "TerminalSize | None":
        """Wait for the next size; None where there is no terminal."""
        if self._waiting:
            return self._waiting.pop(0)
        if self._number is None:
            return None
        while True:
            self._changed.clear()
            size = size_of(self._number)
            if size is None or size != self._seen:
                self._seen = size
                return size
            await self._changed.wait()


def size_of(number: int | None) -> Size | None:
    """Return a terminal's size; None for what is no terminal."""
    if number is None:
        return None
    try:
        return Size(*os.get_terminal_size(number))
    except OSError:
        return None


class Local:
    """What a process in a pod is connected to here (minikube_py.kubelet.streams.ExecStreams)."""

    def __init__(self, stdin: "Reader | None", stdout: "Writer | None", stderr: "Writer | None", sizes: Sizes | None = None) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.tty = sizes is not None
        self._sizes = sizes

    async def resized(self) -> "TerminalSize | None":
        """Return the next size of the terminal."""
        return await self._sizes.next() if self._sizes is not None else None
