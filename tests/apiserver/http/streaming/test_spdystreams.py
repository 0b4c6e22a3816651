"""Streams and port-forward over a carrier in memory, with a client that is SPDY's other side."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from minikube_py.apiserver.http.streaming import portforward, spdy, spdystreams
from minikube_py.apiserver.http.streaming.pipes import Activity
from minikube_py.apiserver.http.streaming.spdystreams import Session
from minikube_py.kubelet.streams import Duplex

_POD = {"metadata": {"name": "web-1", "namespace": "default", "uid": "u-1"}}


class Client:
    """The other side, and the carrier between the two."""

    def __init__(self) -> None:
        self.machine = spdy.Connection(client=True)
        self.events: list[spdy.Event] = []
        self.reads = 0
        self.deaf = False
        self._to_server: asyncio.Queue[bytes] = asyncio.Queue()
        self._heard = asyncio.Event()

    async def read(self) -> bytes:
        self.reads += 1
        return await self._to_server.get()

    async def write(self, data: bytes) -> None:
        while self.deaf:
            await asyncio.sleep(0.001)
        self.events += self.machine.receive(data)
        self._heard.set()

    def open(self, **headers: str) -> int:
        number = self.machine.open(tuple(headers.items()))
        self.send()
        return number

    def send(self) -> None:
        self._to_server.put_nowait(self.machine.take())

    def leave(self) -> None:
        self._to_server.put_nowait(b"")

    async def until(self, *wanted: spdy.Event) -> None:
        """Wait until all of these were heard."""
        async with asyncio.timeout(20):
            while not all(event in self.events for event in wanted):
                self._heard.clear()
                await self._heard.wait()


def _play(scene: Callable[[Client, Session], Awaitable[None]], **options: Any) -> None:
    async def play() -> None:
        client = Client()
        async with spdystreams.open_session(client, Activity(), **options) as session:
            await scene(client, session)
            client.leave()

    asyncio.run(play())


async def _settled() -> None:
    """Let everything go on as far as it can."""
    for _ in range(1000):
        await asyncio.sleep(0)


async def _accepted(session: Session) -> spdystreams.Stream:
    stream = await session.accept()
    assert stream is not None
    return stream


def test_streams_are_read_written_and_half_closed() -> None:
    async def scene(client: Client, session: Session) -> None:
        number = client.open(streamtype="data")
        stream = await _accepted(session)
        assert stream.headers == {"streamtype": "data"}
        client.machine.send(number, b"hello", fin=True)
        client.send()
        assert [await stream.read(), await stream.read()] == [b"hello", b""]
        await stream.write(b"answer")
        await stream.close()
        await stream.close()
        await client.until(spdy.Replied(number, (), False), spdy.Data(number, b"answer", False), spdy.Data(number, b"", True))
        with pytest.raises(BrokenPipeError):
            await stream.write(b"more")

    _play(scene)


def test_a_reset_of_the_clients_breaks_one_stream_only() -> None:
    async def scene(client: Client, session: Session) -> None:
        numbers = client.open(), client.open()
        streams = await _accepted(session), await _accepted(session)
        client.machine.reset(numbers[0])
        client.machine.send(numbers[1], b"alive")
        client.send()
        assert await streams[1].read() == b"alive"
        with pytest.raises(ConnectionResetError, match="the client has reset the stream"):
            await streams[0].read()
        with pytest.raises(BrokenPipeError):
            await streams[0].write(b"x")

    _play(scene)


def test_a_client_that_floods_what_nobody_reads_has_to_wait() -> None:
    async def scene(client: Client, session: Session) -> None:
        number = client.open()
        stream = await _accepted(session)
        for _ in range(100):
            client.machine.send(number, bytes(spdy.MAX_DATA))
            client.send()
        await _settled()
        assert (client.reads, stream.inbox.waiting) == (1 + 32, 1024 * 1024)
        for _ in range(100):
            assert len(await stream.read()) == spdy.MAX_DATA

    _play(scene)


def test_a_writer_waits_for_a_client_that_does_not_listen() -> None:
    async def scene(client: Client, session: Session) -> None:
        number = client.open()
        stream = await _accepted(session)
        await client.until(spdy.Replied(number, (), False))
        client.deaf = True
        writing = asyncio.ensure_future(stream.write(bytes(1_000_000)))
        await _settled()
        assert not writing.done()
        assert session._machine.pending < 128 * 1024
        client.deaf = False
        await writing
        await stream.close()
        await client.until(spdy.Data(number, b"", True))
        assert sum(len(event.data) for event in client.events if isinstance(event, spdy.Data)) == 1_000_000

    _play(scene)


def test_too_many_streams_are_refused() -> None:
    async def scene(client: Client, session: Session) -> None:
        numbers = [client.open() for _ in range(3)]
        await client.until(spdy.Reset(numbers[2], spdy.REFUSED_STREAM))

    _play(scene, max_streams=2)


def test_when_the_client_leaves_everything_ends() -> None:
    async def scene(client: Client, session: Session) -> None:
        client.open()
        stream = await _accepted(session)
        client.leave()
        with pytest.raises(ConnectionResetError, match="the client is gone"):
            await stream.read()
        with pytest.raises(ConnectionResetError, match="the client is gone"):
            await stream.write(b"x")
        assert await session.accept() is None

    _play(scene)


class Ports:
    """Port 80 answers with what it was sent, in capitals; nobody listens on another one."""

    async def connect(self, port: int, stream: Duplex) -> None:
        if port != 80:
            raise ConnectionRefusedError(111, "Connection refused")
        while data := await stream.read():
            await stream.write(data.upper())


def _forwarded(scene: Callable[[Client], Awaitable[None]]) -> None:
    async def play(client: Client, session: Session) -> None:
        running = asyncio.ensure_future(portforward._Pairs(session, Ports(), _POD).run())
        await scene(client)
        client.leave()
        await running

    _play(play)


@pytest.mark.parametrize("requests", [{"requestid": "7"}, {}])
def test_pairs_are_found_by_their_request_or_their_numbers(requests: dict[str, str]) -> None:
    async def scene(client: Client) -> None:
        error, data = (client.open(streamtype=kind, port="80", **requests) for kind in ("error", "data"))
        client.machine.send(data, b"hello", fin=True)
        client.send()
        await client.until(spdy.Data(data, b"HELLO", False), spdy.Data(data, b"", True), spdy.Data(error, b"", True))

    _forwarded(scene)


def test_a_refused_port_is_told_on_its_error_stream() -> None:
    async def scene(client: Client) -> None:
        error, data = (client.open(streamtype=kind, port="81", requestid="1") for kind in ("error", "data"))
        text = b"error forwarding port 81 to pod web-1, uid u-1: [Errno 111] Connection refused"
        await client.until(spdy.Data(data, b"", True), spdy.Data(error, text, False), spdy.Data(error, b"", True))

    _forwarded(scene)


@pytest.mark.parametrize("headers", [{"streamtype": "other", "port": "80"}, {"streamtype": "data"}, *({"streamtype": "data", "port": port}
                                     for port in ("0", "65536", "-1", "080000", "x", "\u0661"))])  # fmt: skip
def test_streams_that_make_no_sense_are_reset(headers: dict[str, str]) -> None:
    async def scene(client: Client) -> None:
        await client.until(spdy.Reset(client.open(**headers), spdy.CANCEL))

    _forwarded(scene)


def test_a_second_stream_of_a_kind_is_reset() -> None:
    async def scene(client: Client) -> None:
        client.open(streamtype="error", port="80", requestid="1")
        await client.until(spdy.Reset(client.open(streamtype="error", port="80", requestid="1"), spdy.CANCEL))

    _forwarded(scene)


def test_half_a_pair_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portforward, "_CREATION", 0.001)

    async def scene(client: Client) -> None:
        error = client.open(streamtype="error", port="80", requestid="1")
        text = b"error forwarding port: request 1 timed out waiting for its streams"
        await client.until(spdy.Data(error, text, False), spdy.Data(error, b"", True))
        await client.until(spdy.Reset(client.open(streamtype="data", port="80", requestid="2"), spdy.CANCEL))

    _forwarded(scene)
