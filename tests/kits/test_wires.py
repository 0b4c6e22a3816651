"""Connections of asyncio, and how they end."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from minikube_py.kits.wires import ForgivingWire, Wire


@asynccontextmanager
async def connected(kind: type[Wire] = Wire) -> AsyncIterator[tuple[Wire, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        other, _ = listener.accept()
    try:
        with other:
            yield kind(reader, writer), other
    finally:
        writer.transport.abort()


def test_bytes_both_ways_and_their_ends() -> None:
    async def run() -> list[bytes]:
        async with connected() as (wire, other):
            await wire.write(b"there")
            await wire.close()
            await wire.close()  # again does no harm
            with other.makefile("rb") as file:
                heard = await asyncio.to_thread(file.read)
            other.sendall(b"back")
            first = await wire.read()
            other.shutdown(socket.SHUT_WR)
            return [heard, first, await wire.read()]

    assert asyncio.run(run()) == [b"there", b"back", b""]


async def _read_of_a_lost_one(kind: type[Wire]) -> bytes:
    async with connected(kind) as (wire, other):
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() resets
        other.close()
        return await wire.read()


def test_a_connection_that_is_lost() -> None:
    with pytest.raises(ConnectionResetError):
        asyncio.run(_read_of_a_lost_one(Wire))
    assert asyncio.run(_read_of_a_lost_one(ForgivingWire)) == b""
