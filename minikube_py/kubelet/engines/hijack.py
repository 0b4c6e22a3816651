"""Exec and attach: an engine hands over the connection that asked for it, and both directions are carried between it and a client.

A read of one side waits for room on the other, so nothing piles up here whatever the speed of either. An engine says with a half-closed connection that
there is no more output, and is told in the same way that there is no more input.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from minikube_py.kubelet import streams as protocol
from minikube_py.kubelet.engines import api, execution, sockets, wire

_HEADER = 8
_LONGEST_HEAD = 65_536
_RESIZES = 20  # an engine refuses the size of a process that is not started yet
_SOON, _LATER = 0.01, 0.5
_STARTING = 5.0  # seconds at most that a process may take to begin
_HEAD_START = 0.05  # seconds until a process that has begun is given input
_FIRST_SIZE = 0.2  # seconds to wait for a client to say how large its terminal is


class Process:
    """A process of a container, on a connection of its own (streams.ExecSession)."""

    def __init__(
        self,
        address: wire.Address,
        path: str,
        body: Any = None,
        *,
        tty: bool,
        exit_code: Callable[[], int | None] | None,
        resize: Callable[[int, int], None],
        ends: bool = True,
        started: Callable[[], bool] | None = None,
    ) -> None:
        """`exit_code` answers None while it runs; without one (attach), the exit code is 0. `resize` is given width and height.

        `ends`: the engine is told when the client has no more to say. `started` tells whether the process has begun, for an engine (Podman) that loses
        what one has said which ends while input is on its way to it, and that takes the size of a terminal before it starts one.
        """
        self._address, self._path, self._body = address, path, body
        self._tty, self._exit_code, self._resize, self._ends = tty, exit_code, resize, ends
        self._started = started
        self._size: asyncio.Future[protocol.TerminalSize | None] | None = None  # the next one
        self._has_begun = exit_code is None
        self._held: tuple[protocol.Writer | None, bytes] | None = None  # output that may be the engine's words for why there is no process

    async def run(self, streams: protocol.ExecStreams) -> int:
        """Run it, carry the bytes, and return its exit code; EngineError where it could not be started."""
        connection = await sockets.connect(self._address)
        try:
            if self._tty and self._started is not None:
                await self._begin_with_size(streams)
            await self._upgrade(connection)
            await self._carry(connection, streams)
        finally:
            connection.close()
            if self._size is not None:
                self._size.cancel()
        code = await self._wait()
        if self._held is not None:
            execution.check(code, self._held[1])
            await _write(*self._held)
        return code

    async def _begin_with_size(self, streams: protocol.ExecStreams) -> None:
        """Ask for a terminal of the client's size, where that is told at once: a process may look at it as soon as it begins."""
        self._size = asyncio.ensure_future(streams.resized())
        await asyncio.wait({self._size}, timeout=_FIRST_SIZE)
        size = self._size.result() if self._size.done() else None
        if size is not None:
            self._body = {**self._body, "h": size.height, "w": size.width}

    async def _upgrade(self, connection: sockets.Connection) -> None:
        body = b"" if self._body is None else json.dumps(self._body).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        answer = b""
        try:
            await connection.write(head.encode() + body)
            while not answer.endswith(b"\r\n\r\n") and len(answer) < _LONGEST_HEAD:
                if not (more := await connection.exactly(1)):
                    raise ConnectionResetError("the engine has closed the connection")
                answer += more
        except OSError as error:
            raise self._address.unreachable(error) from error
        status = answer.split(None, 2)[1]
        if status not in (b"101", b"200"):
            raise wire.refusal(int(status), await _rest(connection, answer.decode("latin-1")))

    async def _carry(self, connection: sockets.Connection, streams: protocol.ExecStreams) -> None:
        """Carry until there is no more output; what the client still sends then, nobody reads."""
        output = asyncio.create_task(self._output(connection, streams))
        tasks = {output, asyncio.create_task(self._input(connection, streams.stdin))}
        if self._tty:
            tasks.add(asyncio.create_task(self._sizes(streams)))
        waiting = set(tasks)
        try:
            while output in waiting:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _output(self, connection: sockets.Connection, streams: protocol.ExecStreams) -> None:
        if self._tty:
            while data := await _read(connection):
                await self._give(streams.stdout, data)
            return
        while len(header := await _read(connection, _HEADER, whole=True)) == _HEADER:
            to = streams.stderr if header[0] == 2 else streams.stdout
            left = int.from_bytes(header[4:], "big")
            while left and (data := await _read(connection, left)):
                left -= len(data)
                await self._give(to, data)

    async def _give(self, to: protocol.Writer | None, data: bytes) -> None:
        """Write output; what an engine says instead of a process's first output is held until the exit code is known."""
        if not self._has_begun and execution.may_be_refusal(data):
            self._held = (to, b"")
        self._has_begun = True
        if self._held is not None and self._held[0] is to and len(self._held[1]) < _LONGEST_HEAD:  # Podman says more
            self._held = (to, self._held[1] + data)
            return
        if self._held is not None:
            held, self._held = self._held, None
            await _write(*held)
        await _write(to, data)

    async def _sizes(self, streams: protocol.ExecStreams) -> None:
        while (size := await (self._size or streams.resized())) is not None:
            self._size = None
            for _ in range(_RESIZES):
                try:
                    await asyncio.to_thread(self._resize, size.width, size.height)
                    break
                except api.EngineError:
                    await asyncio.sleep(_SOON * 5)

    async def _input(self, connection: sockets.Connection, stdin: protocol.Reader | None) -> None:
        """Carry what the client writes, as long as the process takes it."""
        is_ready = self._started is None
        while stdin is not None and (data := await stdin.read()):
            if not is_ready:
                await self._start()
                is_ready = True
            try:
                await connection.write(data)
            except OSError:
                return  # the process has ended, or reads no more
        if self._ends or stdin is None:
            await connection.end()

    async def _start(self) -> None:
        """Wait until the process has begun, and a moment longer."""
        end = asyncio.get_running_loop().time() + _STARTING
        while self._started is not None and not self._has_begun and asyncio.get_running_loop().time() < end:
            if await asyncio.to_thread(self._started):
                break
            await asyncio.sleep(_SOON)
        await asyncio.sleep(_HEAD_START)

    async def _wait(self) -> int:
        """Return the exit code; a process may have closed its output before it ended."""
        if self._exit_code is None:
            return 0
        pause = _SOON
        while (code := await asyncio.to_thread(self._exit_code)) is None:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LATER)
        return code


async def _read(connection: sockets.Connection, most: int = wire.CHUNK, *, whole: bool = False) -> bytes:
    """Return output; an engine that goes down has no more."""
    with contextlib.suppress(OSError):
        return await (connection.exactly(most) if whole else connection.read(min(most, wire.CHUNK)))
    return b""


async def _rest(connection: sockets.Connection, head: str) -> bytes:
    """Return the body of a refusal, which keeps its connection open."""
    lengths = [line.partition(":")[2] for line in head.splitlines() if line.lower().startswith("content-length:")]
    with contextlib.suppress(ValueError, OSError):
        return await connection.exactly(min(int(lengths[0]), wire.CHUNK)) if lengths else await connection.read()
    return b""


async def _write(writer: protocol.Writer | None, data: bytes) -> None:
    """Write to a client, whose own failures are not the engine's."""
    if writer is not None:
        await writer.write(data)
