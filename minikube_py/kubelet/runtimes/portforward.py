"""Connections to the ports of a sandbox, between a client's streams and the sandbox's address."""

import asyncio
import contextlib
from collections.abc import Callable

from minikube_py.kubelet.streams import Duplex

_CHUNK = 65536


class Ports:
    """The ports of one pod (streams.PortForward). `dial` tells where one can be reached; it may block."""

    def __init__(self, dial: Callable[[int], tuple[str, int]]) -> None:
        self._dial = dial

    async def connect(self, port: int, stream: Duplex) -> None:
        """Connect, and carry the bytes until both directions have ended; OSError where nobody listens."""
        address, real = await asyncio.to_thread(self._dial, port)
        reader, writer = await asyncio.open_connection(address, real)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_inwards(stream, writer))
                both.create_task(_outwards(reader, stream))
        except* (ConnectionError, BrokenPipeError):
            pass  # either side has gone: so has the connection
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _inwards(stream: Duplex, writer: asyncio.StreamWriter) -> None:
    while data := await stream.read():
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _outwards(reader: asyncio.StreamReader, stream: Duplex) -> None:
    while data := await reader.read(_CHUNK):
        await stream.write(data)
    await stream.close()
