"""A runtime whose containers are processes of this machine, in one directory, and whose ports are those of the loopback interface."""

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import termios
from collections.abc import Sequence
from pathlib import Path

from minikube_py.kubelet.streams import Duplex, ExecSession, ExecStreams, PortForward, Reader, StreamingRuntime, Writer
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object

_PIECE = 64 * 1024


class LocalRuntime:
    """Runs commands in `folder`; a container's main process, for attach, is `main`."""

    def __init__(self, folder: Path, main: Sequence[str] = ("cat",)) -> None:
        self.folder = folder
        self.main = main
        self.ran: list[Process] = []

    def exec(self, pod: Object, container: str, command: Sequence[str], *, tty: bool) -> ExecSession:
        if container != "web":
            raise errors.BadRequest(f"container {container} is not valid for pod {pod['metadata']['name']}")
        return self._process(command)

    def attach(self, pod: Object, container: str, *, tty: bool) -> ExecSession:
        return self._process(self.main)

    def port_forward(self, pod: Object) -> PortForward:
        return Ports()

    def _process(self, command: Sequence[str]) -> "Process":
        self.ran.append(Process(command, self.folder))
        return self.ran[-1]


class Process:
    """One process. `code` is set once it has ended."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._command = command
        self._folder = folder
        self.code: int | None = None

    async def run(self, streams: ExecStreams) -> int:
        return await (self._in_terminal(streams) if streams.tty else self._in_pipes(streams))

    async def _in_pipes(self, streams: ExecStreams) -> int:
        pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *self._command, cwd=self._folder, start_new_session=True, limit=_PIECE,
            stdin=pipe if streams.stdin else null, stdout=pipe if streams.stdout else null, stderr=pipe if streams.stderr else null,
        )  # fmt: skip
        draining = [asyncio.ensure_future(_drain(source, sink)) for source, sink in
                    ((process.stdout, streams.stdout), (process.stderr, streams.stderr)) if source is not None and sink is not None]  # fmt: skip
        tasks = [*draining, *([asyncio.ensure_future(_feed(streams.stdin, process.stdin))] if streams.stdin and process.stdin else [])]
        try:
            await asyncio.gather(*draining)
            self.code = code = await process.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.communicate()  # wait() alone waits for pipes whose reading has been paused
                self.code = process.returncode
        return code

    async def _in_terminal(self, streams: ExecStreams) -> int:
        ours, theirs = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            *self._command, cwd=self._folder, start_new_session=True, stdin=theirs, stdout=theirs, stderr=theirs,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)
        tasks = [asyncio.ensure_future(_resize(streams, ours))]
        if streams.stdin is not None:
            tasks.append(asyncio.ensure_future(_type(streams.stdin, ours)))
        try:
            while data := await asyncio.to_thread(_read_terminal, ours):
                if streams.stdout is not None:
                    await streams.stdout.write(data)
            self.code = await process.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                self.code = await process.wait()
            os.close(ours)
        return self.code


def _read_terminal(ours: int) -> bytes:
    try:
        return os.read(ours, _PIECE)
    except OSError:  # EIO: the last one has closed the other side
        return b""


async def _type(stdin: Reader, ours: int) -> None:
    while data := await stdin.read():
        os.write(ours, data)


async def _resize(streams: ExecStreams, ours: int) -> None:
    while (size := await streams.resized()) is not None:
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", size.height, size.width, 0, 0))


async def _feed(stdin: Reader, pipe: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await stdin.read():
            pipe.write(data)
            await pipe.drain()
        pipe.close()
        await pipe.wait_closed()


async def _drain(source: asyncio.StreamReader, sink: Writer) -> None:
    while data := await source.read(_PIECE):
        await sink.write(data)
    await sink.close()


class Ports:
    """The ports of the loopback interface."""

    async def connect(self, port: int, stream: Duplex) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def there() -> None:
            while data := await stream.read():
                writer.write(data)
                await writer.drain()
            with contextlib.suppress(OSError):  # it may have ended already
                writer.write_eof()

        async def back() -> None:
            while data := await reader.read(_PIECE):
                await stream.write(data)
            await stream.close()

        try:
            await asyncio.gather(there(), back())
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


def is_streaming(runtime: LocalRuntime) -> StreamingRuntime:
    """Return the runtime as what it is taken for: mypy says whether it is one."""
    return runtime
