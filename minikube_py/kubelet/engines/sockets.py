"""Connections of an event loop whose two directions fail independently: what an engine has sent is read to its end, though it takes no more input."""

import asyncio
import contextlib
import socket
import ssl
from typing import Protocol

from minikube_py.kubelet.engines import wire


class Connection(Protocol):
    """A connection to an engine."""

    async def read(self, most: int = wire.CHUNK) -> bytes:
        """Return the next bytes; none at the end."""

    async def exactly(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting for room."""

    async def end(self) -> None:
        """Say that there will be no more."""

    def close(self) -> None:
        """Close it."""


async def connect(address: wire.Address) -> Connection:
    """Return a connection; Unreachable."""
    try:
        loop = asyncio.get_running_loop()
        if address.path:
            connection, to = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), address.path
        else:
            family, kind, protocol, _, to = (await loop.getaddrinfo(*address.endpoint, type=socket.SOCK_STREAM))[0]  # type: ignore[assignment]
            connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, to)
            plain, context = Plain(connection), address.context()
            return plain if context is None else await Secure.over(plain, context, address.endpoint[0])
        except BaseException:
            connection.close()
            raise
    except OSError as error:
        raise address.unreachable(error) from error


class Plain:
    """A connection without TLS."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._rest = b""

    async def read(self, most: int = wire.CHUNK) -> bytes:
        """Return the next bytes."""
        data = self._rest or await self._loop.sock_recv(self._socket, wire.CHUNK)
        data, self._rest = data[:most], data[most:]
        return data

    async def exactly(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        data = b""
        while len(data) < size and (more := await self.read(size - len(data))):
            data += more
        return data

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        await self._loop.sock_sendall(self._socket, data)

    async def end(self) -> None:
        """Say that there will be no more."""
        with contextlib.suppress(OSError):  # the engine has closed it before
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close it."""
        self._socket.close()


class Secure:
    """A connection with TLS. asyncio's own cannot be closed by halves, and a process whose input does not end would never do so."""

    def __init__(self, plain: Plain, context: ssl.SSLContext, host: str) -> None:
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._sending = asyncio.Lock()
        self._rest = b""

    @classmethod
    async def over(cls, plain: Plain, context: ssl.SSLContext, host: str) -> "Secure":
        """Return a connection whose ends know each other."""
        made = cls(plain, context, host)
        while True:
            try:
                made._tls.do_handshake()
            except ssl.SSLWantReadError:
                await made._send()
                await made._receive()
            else:
                await made._send()
                return made

    async def _send(self) -> None:
        async with self._sending:
            if data := self._outgoing.read():
                await self._plain.write(data)

    async def _receive(self) -> None:
        if data := await self._plain.read():
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _decrypted(self, most: int) -> bytes:
        """Return what has come in already; SSLWantReadError where that is nothing."""
        try:
            return self._tls.read(most)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def read(self, most: int = wire.CHUNK) -> bytes:
        """Return the next bytes."""
        while not self._rest:
            try:
                return self._decrypted(most)
            except ssl.SSLWantReadError:
                await self._send()
                await self._receive()
        data, self._rest = self._rest[:most], self._rest[most:]
        return data

    async def exactly(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        data = b""
        while len(data) < size and (more := await self.read(size - len(data))):
            data += more
        return data

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        self._tls.write(data)
        await self._send()

    async def end(self) -> None:
        """Say that there will be no more. What has come in is put aside first: OpenSSL would drop it."""
        with contextlib.suppress(ssl.SSLError):
            while more := self._decrypted(wire.CHUNK):
                self._rest += more
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        with contextlib.suppress(OSError):  # the engine has closed it before
            await self._send()

    def close(self) -> None:
        """Close it."""
        self._plain.close()
