"""What carries the bytes of SPDY: the connection itself, taken over from HTTP, or the binary messages of a WebSocket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from aiohttp import WSMsgType, web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http.streaming.telling import Begun
from minikube_py.kits.wires import PIECE, ForgivingWire

_MESSAGE = 4 * 1024 * 1024  # bytes of a WebSocket message; clients send some 32 KiB
_GOODBYE = 5.0  # seconds that a client has for its side of a WebSocket's close
_PONG = 20.0  # seconds; clients hang up after 60 without one


class Carrier(Protocol):
    """Bytes there and back. Reading stops while nobody calls read()."""

    async def read(self) -> bytes:
        """Return the next bytes; none at the end, however it came about."""

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting for room; ConnectionError where the client is gone."""


class Upgraded(web.StreamResponse):
    """The answer 101, after which HTTP has nothing more to say."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing: the connection is another protocol's."""


class Messages:
    """The binary messages of a WebSocket, one after another."""

    def __init__(self, websocket: web.WebSocketResponse) -> None:
        self._websocket = websocket

    async def read(self) -> bytes:
        """Return the next message that has any bytes; none at the end."""
        return await next_message(self._websocket)

    async def write(self, data: bytes) -> None:
        """Send one message, waiting for room."""
        await self._websocket.send_bytes(data)


async def next_message(websocket: web.WebSocketResponse) -> bytes:
    """Return the next message that has any bytes; none at the end, or where the client breaks the protocol."""
    while True:
        message = await websocket.receive()
        if message.type is WSMsgType.BINARY:
            if message.data:
                return bytes(message.data)
        elif message.type is WSMsgType.TEXT:
            if message.data:
                return str(message.data).encode("utf-8", "replace")
        else:
            return b""


@asynccontextmanager
async def over_wire(http: web.BaseRequest, headers: Mapping[str, str], begun: Begun) -> AsyncIterator[tuple[Upgraded, ForgivingWire]]:
    """Answer 101 with `headers`, then have the connection to oneself. It is closed afterwards."""
    transport, before = http.transport, http.protocol
    if transport is None:
        raise ConnectionResetError("the client is gone")
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=PIECE, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport.set_protocol(protocol)  # before the client hears of it: not a byte of what follows is HTTP's
    protocol.connection_made(transport)
    if not transport.is_reading():
        transport.resume_reading()
    response = Upgraded(status=101, headers=headers)
    response.force_close()
    response.headers["Connection"] = "Upgrade"
    try:
        await response.prepare(http)
        begun(response.status)
        yield response, ForgivingWire(reader, asyncio.StreamWriter(transport, protocol, reader, loop))
    finally:
        lost = transport.is_closing()
        transport.set_protocol(before)
        if lost:  # HTTP's side has not heard of it
            loop.call_soon(before.connection_lost, None)
        transport.close()


@asynccontextmanager
async def over_websocket(http: web.BaseRequest, protocol: str, headers: Mapping[str, str], begun: Begun) -> AsyncIterator[web.WebSocketResponse]:
    """Answer 101, then talk in messages. Closed with 1000 where the block ends well, else with 1011."""
    websocket = web.WebSocketResponse(protocols=(protocol,) if protocol else (), compress=False, max_msg_size=_MESSAGE, timeout=_GOODBYE)
    websocket.headers.update(headers)
    await websocket.prepare(http)
    begun(websocket.status)
    beating = asyncio.ensure_future(_beat(websocket))
    code = 1011
    try:
        yield websocket
        code = 1000
    finally:
        beating.cancel()
        await websocket.close(code=code)


async def _beat(websocket: web.WebSocketResponse) -> None:
    """Send pongs unasked (RFC 6455, 5.5.3): pings are only answered while we read, and we do not where a process does not read."""
    with suppress(ConnectionError):
        while True:
            await asyncio.sleep(_PONG)
            await websocket.pong()
