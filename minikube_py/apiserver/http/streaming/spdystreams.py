"""SPDY's streams in an event loop: read, written, half-closed and reset each on its own, over one carrier."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from minikube_py.apiserver.http.streaming import spdy
from minikube_py.apiserver.http.streaming.pipes import Activity, Inbox, Signal

if TYPE_CHECKING:
    from minikube_py.apiserver.http.streaming.carriers import Carrier

_MOST_WAITING = 1024 * 1024  # bytes that wait inside for readers, of all streams together, before the client has to wait
_MOST_PENDING = 64 * 1024  # bytes that wait for the client before writers have to wait
_MOST_CONTROL = 256 * 1024  # ... before not even its requests are read, as their answers would pile up
_LINGER = 5.0  # seconds that a client has to hang up once all was said


class Stream:
    """One stream of a connection."""

    def __init__(self, session: "Session", number: int, headers: dict[str, str]) -> None:
        self.number = number
        self.headers = headers
        self._session = session
        self._written = False
        self.inbox = Inbox(lambda count: session.consumed(number, count))

    async def read(self) -> bytes:
        """Return the next bytes; none once the client has closed its side."""
        return await self.inbox.read()

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting for room."""
        view = memoryview(data)
        while view:
            view = view[await self._session.send(self.number, view) :]

    async def close(self) -> None:
        """Say that there will be no more; what the client sends is still read."""
        with suppress(ConnectionError):  # nobody is left to hear it
            await self._session.send(self.number, b"", fin=True)

    def reset(self, status: int = spdy.CANCEL) -> None:
        """Give the stream up, in both directions."""
        self._session.reset(self, status)


class Session:
    """A client's connection, or (`client`) one to a server. `ended` is done once no more comes from the other side."""

    def __init__(self, carrier: "Carrier", activity: Activity, *, max_streams: int = spdy.MAX_STREAMS, client: bool = False) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._carrier = carrier
        self._activity = activity
        self._machine = spdy.Connection(max_streams=max_streams, client=client)
        self._streams: dict[int, Stream] = {}
        self._opened: deque[Stream] = deque()
        self._waiting = 0
        self._came, self._consumed, self._dirty, self._sent = Signal(), Signal(), Signal(), Signal()

    def open(self, headers: dict[str, str]) -> Stream:
        """Open a stream of our own."""
        stream = Stream(self, self._machine.open(tuple(headers.items())), headers)
        self._streams[stream.number] = stream
        if self.ended.done():
            stream.inbox.end("the other side is gone")
        self._dirty.fire()
        return stream

    async def accept(self) -> Stream | None:
        """Return the next stream that the client opens, with the answer that it is accepted under way; None at the end."""
        while not self._opened:
            if self.ended.done():
                return None
            await self._came.wait()
        stream = self._opened.popleft()
        self._machine.reply(stream.number)
        self._dirty.fire()
        return stream

    async def send(self, number: int, data: bytes | memoryview, *, fin: bool = False) -> int:
        """Send some of the data; return how much, waiting until it is any."""
        while True:
            if self.ended.done():
                raise ConnectionResetError("the client is gone")
            if self._machine.pending < _MOST_PENDING:
                count = self._machine.send(number, data, fin=fin)
                if count or not data:
                    self._activity.touch()
                    self._dirty.fire()
                    return count
            await self._sent.wait()

    def reset(self, stream: Stream, status: int) -> None:
        """Give a stream up."""
        if self._streams.pop(stream.number, None) is not None:
            self._machine.reset(stream.number, status)
            stream.inbox.drop()
            self._dirty.fire()

    def forget(self, stream: Stream) -> None:
        """Read no more of a stream: what still comes of it is dropped until the client closes its side."""
        self._streams.pop(stream.number, None)
        stream.inbox.drop()

    def consumed(self, number: int, count: int) -> None:
        """Let the client send more."""
        self._waiting -= count
        self._machine.credit(number, count)
        self._dirty.fire()
        self._consumed.fire()

    async def farewell(self) -> None:
        """Send what waits, and give the client a moment to hang up: what is under way to it would be lost if we did."""
        for stream in self._streams.values():
            stream.inbox.drop()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                await self._drained()
                await asyncio.shield(self.ended)

    async def _drained(self) -> None:
        while self._machine.pending:
            await self._sent.wait()

    async def pump(self) -> None:
        """Read until the end, and tell the streams."""
        try:
            while data := await self._carrier.read():
                self._activity.touch()
                for event in self._machine.receive(data):
                    self._handle(event)
                self._dirty.fire()
                if self._machine.failed:
                    break
                while self._waiting >= _MOST_WAITING or self._machine.pending >= _MOST_CONTROL:
                    await self._consumed.wait()
            if self._machine.failed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LINGER):
                        await self._drained()
        finally:
            self._end()

    async def flush(self) -> None:
        """Send what is to be sent, until the client is gone."""
        try:
            while True:
                while not self._machine.pending:
                    await self._dirty.wait()
                await self._carrier.write(self._machine.take())
                self._sent.fire()
                self._consumed.fire()
        except OSError:
            self._machine.take()
        finally:
            self._end()

    def _end(self) -> None:
        for stream in self._streams.values():
            stream.inbox.end("the client is gone")
        if not self.ended.done():
            self.ended.set_result(None)
        for signal in (self._came, self._sent, self._consumed):
            signal.fire()

    def _handle(self, event: spdy.Event) -> None:
        if isinstance(event, spdy.Opened):
            stream = Stream(self, event.stream, dict(event.headers))
            self._streams[event.stream] = stream
            self._opened.append(stream)
            if event.fin:
                stream.inbox.end()
            self._came.fire()
        elif isinstance(event, spdy.Data):
            self._data(event)
        elif isinstance(event, spdy.Reset):
            given_up = self._streams.pop(event.stream, None)
            if given_up is not None:
                given_up.inbox.end("the client has reset the stream")
            self._sent.fire()
        elif isinstance(event, spdy.Granted):
            self._sent.fire()

    def _data(self, event: spdy.Data) -> None:
        stream = self._streams.get(event.stream)
        if stream is None:
            self._machine.credit(event.stream, len(event.data))
            return
        self._waiting += len(event.data)
        before = stream.inbox.waiting
        stream.inbox.feed(event.data)
        if event.data and stream.inbox.waiting == before:  # nobody reads it any more
            self.consumed(event.stream, len(event.data))
        if event.fin:
            stream.inbox.end()


@asynccontextmanager
async def open_session(carrier: "Carrier", activity: Activity, *, max_streams: int = spdy.MAX_STREAMS, client: bool = False) -> AsyncIterator[Session]:
    """Speak SPDY over a carrier while the block lasts; at a good end, until a client has heard everything."""
    session = Session(carrier, activity, max_streams=max_streams, client=client)
    tasks = [asyncio.ensure_future(session.pump()), asyncio.ensure_future(session.flush())]
    try:
        yield session
        if not client:
            await session.farewell()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
