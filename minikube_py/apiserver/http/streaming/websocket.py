"""Channels of a WebSocket: the first byte of each message says which stream it belongs to (apimachinery remotecommand)."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http.streaming import carriers
from minikube_py.apiserver.http.streaming.pipes import Activity, Inbox, Signal

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
_MOST_WAITING = 256 * 1024  # bytes that wait inside before the client has to wait
_PIECE = 32 * 1024
BASE64 = "base64."
V5, V4, V1 = "v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io"
PROTOCOLS = (V5, V4, f"v4.{BASE64}channel.k8s.io", V1, f"{BASE64}{V1}", "")


class Channels:
    """The channels of one WebSocket. `ended` is done once no more comes from the client."""

    def __init__(self, websocket: web.WebSocketResponse, protocol: str, activity: Activity) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._websocket = websocket
        self._text = BASE64 in protocol
        self._closes = protocol == V5
        self._activity = activity
        self._readers: dict[int, tuple[Callable[[bytes], None], Callable[[], None]]] = {}
        self._inboxes: list[Inbox] = []
        self._consumed = Signal()

    def inbox(self, channel: int) -> Inbox:
        """Return what a channel's bytes wait in."""
        inbox = Inbox(lambda count: self._consumed.fire())
        self._inboxes.append(inbox)
        self.listen(channel, inbox.feed, inbox.end)
        return inbox

    def listen(self, channel: int, feed: Callable[[bytes], None], end: Callable[[], None]) -> None:
        """Have a function called with a channel's bytes, and one at its end."""
        self._readers[channel] = (feed, end)

    async def send(self, channel: int, data: bytes) -> None:
        """Send one message, waiting for room."""
        self._activity.touch()
        if self._text:
            await self._websocket.send_str(chr(ord("0") + channel) + base64.b64encode(data).decode())
        else:
            await self._websocket.send_bytes(bytes((channel,)) + data)

    def _drop(self) -> None:
        for inbox in self._inboxes:
            inbox.drop()

    @asynccontextmanager
    async def pumping(self) -> AsyncIterator[None]:
        """Read while the block lasts. Who is gone during it is told nothing."""
        reading = asyncio.ensure_future(self._pump())
        try:
            yield
        except ConnectionError:
            pass  # there is nobody to tell
        finally:
            self._drop()
            reading.cancel()
            await asyncio.wait((reading,))

    async def _pump(self) -> None:
        try:
            while message := await carriers.next_message(self._websocket):
                self._activity.touch()
                self._handle(message)
                while sum(inbox.waiting for inbox in self._inboxes) >= _MOST_WAITING:
                    await self._consumed.wait()
        finally:
            for _, end in self._readers.values():
                end()
            if not self.ended.done():
                self.ended.set_result(None)

    def _handle(self, message: bytes) -> None:
        channel, data = message[0], message[1:]
        if self._text:
            channel -= ord("0")
            try:
                data = base64.b64decode(data, validate=True)
            except binascii.Error:
                return
        if channel == CLOSE and self._closes:
            for closed in data[:1]:
                self._readers.get(closed, _NOBODY)[1]()
        else:
            self._readers.get(channel, _NOBODY)[0](data)


_NOBODY: tuple[Callable[[bytes], None], Callable[[], None]] = (lambda data: None, lambda: None)


class ChannelWriter:
    """Writes to one channel. Closing it says nothing: the protocol has no word for the end of one of the server's channels."""

    def __init__(self, channels: Channels, channel: int) -> None:
        self._channels = channels
        self._channel = channel

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting for room."""
        for start in range(0, len(data), _PIECE):
            await self._channels.send(self._channel, data[start : start + _PIECE])

    async def close(self) -> None:
        """Do nothing."""
