"""Connections to the ports of a sandbox: straight to its address, or through the engine, where the sandbox's own program (pauseprogram.py) connects inside.

The second way is for engines whose containers' addresses lead nowhere from here (rootless ones, those in a virtual machine or on another machine), and for
what listens on a pod's loopback address only.
"""

import asyncio
import contextlib
import ipaddress
import os
import socket
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from minikube_py.kits.wires import Wire
from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtimes import pause
from minikube_py.kubelet.streams import Duplex, Reader, Writer

_LOOPBACK = "127.0.0.1"


class Refused(ConnectionRefusedError):
    """Nobody answers at a port; told in the words of a kubelet."""

    def __str__(self) -> str:
        return f"dial tcp {self.filename}: connect: {(self.strerror or '').lower()}"


def _refused(host: str, port: int, number: int) -> Refused:
    return Refused(number, os.strerror(number), f"{host}:{port}")


class Way:
    """The ways to one sandbox. `is_near`: its address can be reached from here."""

    def __init__(self, engine: api.Engine, sandbox: api.Container, *, is_near: bool) -> None:
        self._engine = engine
        self._sandbox = sandbox
        self._is_near = is_near

    def connect(self, port: int, timeout: float) -> socket.socket:
        """Connect to a port of its address; OSError."""
        if self._is_near:
            return socket.create_connection(self._dial(port), timeout)
        return _opened(self._relay(_address(self._sandbox)), port, timeout)

    def check(self, port: int, timeout: float) -> None:
        """Connect and no more; OSError."""
        if self._is_near:
            socket.create_connection(self._dial(port), timeout).close()
        else:
            self._relay(_address(self._sandbox)).check(port, timeout)

    def ports(self, *, inside: bool) -> "Ports":
        """Return its ports as connections from within the pod find them, or as those from elsewhere do."""
        return Ports(self._dial if self._is_near else None, self._relay(_LOOPBACK if inside else _address(self._sandbox)), inside=inside)

    def _relay(self, host: str) -> "Relay":
        return Relay(self._engine, self._sandbox.id, host)

    def _dial(self, port: int) -> tuple[str, int]:
        try:
            address, real = self._engine.dial(self._sandbox.id, port)
        except api.EngineError as error:
            raise ConnectionRefusedError(str(error)) from error
        return str(address), int(real)


class Relay:
    """Connections that a sandbox's own program makes to one of the addresses that it sees."""

    def __init__(self, engine: api.Engine, sandbox: str, host: str) -> None:
        self._engine = engine
        self._sandbox = sandbox
        self._host = host

    def _command(self, word: str, port: int) -> list[str]:
        return [pause.PROGRAM, word, str(int(ipaddress.IPv4Address(self._host))), str(port)]

    def check(self, port: int, timeout: float) -> None:
        """Connect and no more; OSError."""
        code, _ = self._engine.run_exec(self._sandbox, self._command("try", port), timeout)
        if code:
            raise _refused(self._host, port, code)

    async def carry(self, port: int, stream: Duplex, connected: Callable[[], None] = lambda: None) -> None:
        """Connect, and carry the bytes until there are no more from there; OSError where nobody listens."""
        session = await asyncio.to_thread(self._engine.exec, self._sandbox, self._command("connect", port), tty=False, stdin=True)
        ends = _Ends(stream, connected)
        code = await session.run(ends)
        if not ends.is_connected:
            raise _refused(self._host, port, code)
        await stream.close()


class _Ends:
    """What the program is connected to (streams.ExecStreams). Its first byte says that it is connected."""

    tty = False
    stderr: Writer | None = None

    def __init__(self, stream: Duplex, connected: Callable[[], None]) -> None:
        self.stdin: Reader | None = stream
        self.stdout: Writer | None = self
        self.is_connected = False
        self._stream = stream
        self._connected = connected

    async def write(self, data: bytes) -> None:
        """Take what the program writes."""
        if not self.is_connected:
            self.is_connected, data = True, data[1:]
            self._connected()
        if data:
            await self._stream.write(data)

    async def close(self) -> None:
        """Take the end of it."""

    async def resized(self) -> None:
        """There is no terminal."""


class Ports:
    """The ports of one pod (streams.PortForward). `dial`, which may block, tells where one can be reached; without it there is the relay only.

    With `inside`, the relay is tried as well where nobody answers there.
    """

    def __init__(self, dial: Callable[[int], tuple[str, int]] | None, relay: Relay, *, inside: bool) -> None:
        self._dial = dial
        self._relay = relay
        self._inside = inside

    async def connect(self, port: int, stream: Duplex) -> None:
        """Connect, and carry the bytes until both directions have ended; OSError where nobody listens."""
        straight = await self._straight(port)
        if straight is None:
            await self._relay.carry(port, stream)
        else:
            await _carry(*straight, stream)

    async def _straight(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Connect from here, or return None where the relay is the way."""
        if self._dial is None:
            return None
        host, real = await asyncio.to_thread(self._dial, port)
        try:
            return await asyncio.open_connection(host, real)
        except OSError as error:
            if not self._inside:
                raise _refused(host, port, error.errno or 0) from error
            return None


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stream: Duplex) -> None:
    wire = Wire(reader, writer)
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pass_on(stream, wire))
            both.create_task(_pass_on(wire, stream))
    except* (ConnectionError, BrokenPipeError):
        pass  # either side has gone: so has the connection
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _pass_on(source: Reader, to: Writer) -> None:
    while data := await source.read():
        await to.write(data)
    await to.close()


def _address(sandbox: api.Container) -> str:
    """Return the pod's address; that of the loopback where it has its node's network."""
    return next(iter(sandbox.ips.values()), _LOOPBACK)


def _opened(relay: Relay, port: int, timeout: float) -> socket.socket:
    """Return a socket whose bytes a thread carries through the relay; OSError where nobody listens."""
    ours, theirs = socket.socketpair()
    news: SimpleQueue[BaseException | None] = SimpleQueue()

    async def carry() -> None:
        reader, writer = await asyncio.open_connection(sock=theirs)
        try:
            await relay.carry(port, Wire(reader, writer), lambda: news.put(None))
        finally:
            writer.close()

    def run() -> None:
        try:
            asyncio.run(carry())
        except (OSError, api.EngineError) as error:
            news.put(error)

    threading.Thread(target=run, name="relay", daemon=True).start()
    try:
        failure = news.get(timeout=timeout)
    except Empty:
        failure = TimeoutError("timed out")
    if failure is not None:
        ours.close()
        raise failure if isinstance(failure, OSError) else ConnectionRefusedError(str(failure))
    ours.settimeout(timeout)
    return ours
