"""Ports of a sandbox through its own program, which runs here on this machine, and straight."""

import asyncio
import platform
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtimes import pauseprogram
from minikube_py.kubelet.runtimes.portforward import Way
from minikube_py.kubelet.streams import ExecStreams

HERE = "127.0.0.1"
SANDBOX = api.Container("box", "box", {}, "pause", "pause", api.RUNNING, 0.0, ips={"pods": HERE})


class Process:
    """A process of this machine as an engine's exec (streams.ExecSession)."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    async def run(self, streams: ExecStreams) -> int:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe)
        assert process.stdin is not None and process.stdout is not None and streams.stdin is not None and streams.stdout is not None
        inwards = asyncio.ensure_future(self._write(streams, process.stdin))
        while data := await process.stdout.read(1000):
            await streams.stdout.write(data)
        inwards.cancel()
        return await process.wait()

    async def _write(self, streams: ExecStreams, stdin: asyncio.StreamWriter) -> None:
        while data := await cast(Any, streams.stdin).read():
            stdin.write(data)
            await stdin.drain()
        stdin.close()


class Engine:
    """An engine whose only container is this machine; `outside` is where it says that all ports are."""

    def __init__(self, program: str) -> None:
        self._program = program
        self.outside: tuple[str, int] | None = None

    def _command(self, command: Sequence[str]) -> list[str]:
        assert command[0] == "/pause"
        return [self._program, *command[1:]]

    def exec(self, container: str, command: Sequence[str], *, tty: bool, stdin: bool) -> Process:
        assert (container, tty, stdin) == ("box", False, True)
        return Process(self._command(command))

    def run_exec(self, container: str, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        done = subprocess.run(self._command(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=timeout, check=False)
        return done.returncode, done.stdout

    def dial(self, container: str, port: int) -> tuple[str, int]:
        if self.outside is None:
            raise api.Conflict("container box has no address")
        return self.outside


class Client:
    """A client of port-forward: what it sends, and what it got (streams.Duplex)."""

    def __init__(self, *sends: bytes) -> None:
        self._sends = list(sends)
        self.got = b""
        self.ended = False

    async def read(self) -> bytes:
        return self._sends.pop(0) if self._sends else b""

    async def write(self, data: bytes) -> None:
        self.got += data

    async def close(self) -> None:
        self.ended = True


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("there is no program for this machine")
    path = tmp_path / "pause"
    path.write_bytes(pauseprogram.program(platform.machine()))
    path.chmod(0o755)
    return Engine(str(path))


def way(engine: Engine, *, is_near: bool) -> Way:
    return Way(cast(api.Engine, engine), SANDBOX, is_near=is_near)


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port of this machine on which nobody listens."""
    with socket.socket() as held:
        held.bind((HERE, 0))
        yield held.getsockname()[1]


async def served(answer: Callable[[bytes], bytes], use: Callable[[int], Any]) -> None:
    """Serve on a port what answers once it has heard all, and use it."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(await reader.read(-1)))
        writer.close()

    server = await asyncio.start_server(one, HERE, 0)
    async with server:
        await use(server.sockets[0].getsockname()[1])


@pytest.mark.parametrize("is_near", [True, False])
def test_a_client_is_connected_within_the_pod(engine: Engine, nobody: int, is_near: bool) -> None:
    engine.outside = (HERE, nobody)  # what listens on the loopback address only refuses there
    sent = [bytes([number]) * 100_000 for number in range(50)]
    client = Client(*sent)
    asyncio.run(served(lambda heard: heard[::-1], lambda port: way(engine, is_near=is_near).ports(inside=True).connect(port, client)))
    assert client.got == b"".join(sent)[::-1]
    assert client.ended


def test_a_client_is_connected_straight_where_that_works(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "exec", lambda *args, **named: pytest.fail("there is no need of the engine"))
    client = Client(b"ping")

    async def use(port: int) -> None:
        engine.outside = (HERE, port)
        await way(engine, is_near=True).ports(inside=True).connect(1, client)

    asyncio.run(served(lambda heard: heard + b" pong", use))
    assert (client.got, client.ended) == (b"ping pong", True)


@pytest.mark.parametrize(("is_near", "inside"), [(True, True), (True, False), (False, True), (False, False)])
def test_nobody_listens(engine: Engine, nobody: int, is_near: bool, inside: bool) -> None:
    client = Client(b"ping")
    engine.outside = (HERE, nobody)
    with pytest.raises(ConnectionRefusedError) as refused:
        asyncio.run(way(engine, is_near=is_near).ports(inside=inside).connect(nobody, client))
    assert str(refused.value) == f"dial tcp 127.0.0.1:{nobody}: connect: connection refused"
    assert (client.got, client.ended) == (b"", False)


def test_what_comes_from_elsewhere_is_not_connected_within(engine: Engine, nobody: int) -> None:
    engine.outside = (HERE, nobody)
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(served(lambda heard: heard, lambda port: way(engine, is_near=True).ports(inside=False).connect(port, Client(b"ping"))))


@pytest.mark.parametrize("is_near", [True, False])
def test_probes_connect(engine: Engine, nobody: int, is_near: bool) -> None:
    with socket.create_server((HERE, 0)) as server:
        port = server.getsockname()[1]
        engine.outside = (HERE, port)
        way(engine, is_near=is_near).check(port, 5.0)
        server.accept()[0].close()
        with way(engine, is_near=is_near).connect(port, 5.0) as connection:
            other, _ = server.accept()
            with other:
                connection.sendall(b"GET /")
                assert other.recv(5) == b"GET /"
                other.sendall(b"200")
                assert connection.recv(3) == b"200"
                other.shutdown(socket.SHUT_WR)
                assert connection.recv(1) == b""
    engine.outside = (HERE, nobody)
    with pytest.raises(ConnectionRefusedError):
        way(engine, is_near=is_near).check(nobody, 5.0)
    with pytest.raises(ConnectionRefusedError):
        way(engine, is_near=is_near).connect(nobody, 5.0)
