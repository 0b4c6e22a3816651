"""Connections of an event loop whose two directions fail independently: what an engine has sent is read to its end, though it takes no more input."""

import asyncio
import contextlib
import socket
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

    def end(self) -> None:
        """Say that there will be no more."""

    def close(self) -> None:
        """Close it."""


async def connect(address: wire.Address) -> Connection:
    """Return a connection; Unreachable."""
    try:
        if address.tls:
            reader, writer = await asyncio.open_connection(*address.endpoint, ssl=address.context(), limit=wire.CHUNK)
            return Secure(reader, writer)
        loop = asyncio.get_running_loop()
        if address.path:
            connection, to = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), address.path
        else:
            family, kind, protocol, _, to = (await loop.getaddrinfo(*address.endpoint, type=socket.SOCK_STREAM))[0]  # type: ignore[assignment]
            connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, to)
        except BaseException:
            connection.close()
            raise
        return Plain(connection)
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

    def end(self) -> None:
        """Say that there will be no more."""
        with contextlib.suppress(OSError):  # the engine has closed it before
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close it."""
        self._socket.close()


class Secure:
    """A connection with TLS, which cannot be closed by halves."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self, most: int = wire.CHUNK) -> bytes:
        """Return the next bytes."""
        return await self._reader.read(most)

    async def exactly(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            return error.partial

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)
        await self._writer.drain()

    def end(self) -> None:
        """Say nothing: TLS has no way to."""

    def close(self) -> None:
        """Close it."""
        self._writer.transport.abort()
