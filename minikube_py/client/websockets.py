"""The client's side of a WebSocket (RFC 6455) on a connection that was upgraded: whole messages there and back."""

import asyncio
import base64
import hashlib
import os
from collections.abc import Sequence

from minikube_py.client import upgrades
from minikube_py.client.upgrades import Dialer, NotUpgraded, Upgraded
from minikube_py.machinery.errors import KctlError

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_LAST, _MASKED, _RESERVED = 0x80, 0x80, 0x70
_MOST = 16 * 1024 * 1024  # bytes of a message
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_GOODBYE = 1.0  # seconds for the server's side of the close


async def connect(dialer: Dialer, protocols: Sequence[str]) -> "WebSocket":
    """Open a WebSocket in one of the protocols; NotUpgraded where the server has none of them."""
    key = base64.b64encode(os.urandom(16))
    wanted = ", ".join(protocols)
    headers = (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key.decode()),
               ("Sec-WebSocket-Protocol", wanted))  # fmt: skip
    upgraded = await dialer.upgrade("GET", headers)
    proof = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest()).decode()
    if upgraded.headers.get("sec-websocket-accept") != proof or upgraded.headers.get("sec-websocket-protocol") not in protocols:
        await upgrades.hang_up(upgraded.writer)
        raise NotUpgraded(KctlError(f"unable to upgrade connection: the server speaks none of {wanted}"))
    return WebSocket(upgraded)


class WebSocket:
    """Messages there and back. What is no WebSocket's frame ends it."""

    def __init__(self, upgraded: Upgraded) -> None:
        self._reader, self._writer = upgraded.reader, upgraded.writer
        self._closing = False

    async def write(self, data: bytes) -> None:
        """Send one message, waiting for room."""
        await self._send(_BINARY, data)

    async def read(self) -> bytes:
        """Return the next message that has any bytes; none at the end, however it came about."""
        try:
            while (message := await self._message()) is not None:
                if message:
                    return message
        except (OSError, EOFError):
            pass  # it is the end, as is a proper one
        return b""

    async def close(self) -> None:
        """Say goodbye, hear it, and hang up."""
        try:
            async with asyncio.timeout(_GOODBYE):
                await self._say_goodbye()
                while await self.read():
                    continue
        except (OSError, TimeoutError):
            pass  # the server is gone, or does not care for manners
        await upgrades.hang_up(self._writer)

    async def _message(self) -> bytes | None:
        """Return a whole message, of however many frames; None at the end."""
        parts: list[bytes] = []
        while True:
            code, last, data = await self._frame()
            if code == _PING:
                await self._send(_PONG, data)
            elif code == _CLOSE or sum(map(len, parts)) + len(data) > _MOST:
                await self._say_goodbye()
                return None
            elif code != _PONG:
                parts.append(data)
                if last:
                    return b"".join(parts)

    async def _frame(self) -> tuple[int, bool, bytes]:
        first, second = await self._reader.readexactly(2)
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
        if first & _RESERVED or second & _MASKED or size > _MOST:
            raise ConnectionResetError("the server sent what is no frame of a WebSocket")
        return first & 0x0F, bool(first & _LAST), await self._reader.readexactly(size)

    async def _say_goodbye(self) -> None:
        if not self._closing:
            self._closing = True
            await self._send(_CLOSE, (1000).to_bytes(2, "big"))

    async def _send(self, code: int, data: bytes) -> None:
        size = len(data)
        head = bytes((_LAST | code,))
        if size < 126:
            head += bytes((_MASKED | size,))
        elif size < 1 << 16:
            head += bytes((_MASKED | 126,)) + size.to_bytes(2, "big")
        else:
            head += bytes((_MASKED | 127,)) + size.to_bytes(8, "big")
        mask = os.urandom(4)
        self._writer.write(head + mask + _mask(data, mask))
        await self._writer.drain()


def _mask(data: bytes, mask: bytes) -> bytes:
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
