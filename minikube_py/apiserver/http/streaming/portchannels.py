"""Port-forward over the channels of a WebSocket, as the official Python client speaks it (kubelet cri/streaming/portforward, v4.channel.k8s.io).

Two channels a port, one for data and one for an error. Each begins with the port in two bytes, little-endian. The protocol has no word
for the end of one channel: the first connection that ends takes the others with it, as with kubelet.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http.streaming import carriers, pipes, websocket
from minikube_py.apiserver.http.streaming.pipes import Activity, Inbox
from minikube_py.apiserver.http.streaming.telling import Begun
from minikube_py.apiserver.http.streaming.websocket import Channels, ChannelWriter
from minikube_py.machinery import errors, meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.kubelet.streams import PortForward

PROTOCOLS = (websocket.V4, f"v4.{websocket.BASE64}channel.k8s.io")
_MOST = 64  # ports; a channel's number is one byte


def failure(port: int, pod: Object, problem: Exception) -> str:
    """Return what a client is told where a port cannot be reached."""
    return f"error forwarding port {port} to pod {meta.name(pod)}, uid {pod['metadata'].get('uid', '')}: {problem}"


def ports(wanted: Sequence[str]) -> list[int]:
    """Return the ports of a query, `?ports=80&ports=81` or `?ports=80,81`; BadRequest where there are none, or other things."""
    found = []
    for text in (part for value in wanted for part in value.split(",")):
        if not (text.isascii() and text.isdecimal() and len(text) <= 5):
            raise errors.BadRequest(f'unable to parse "{text}" as a port')
        if not 0 < int(text) <= 0xFFFF:
            raise errors.BadRequest(f'port "{text}" must be > 0 and < 65536')
        found.append(int(text))
    if not found:
        raise errors.BadRequest('query parameter "ports" is required')
    if len(found) > _MOST:
        raise errors.BadRequest(f"at most {_MOST} ports can be forwarded over one WebSocket")
    return found


async def serve(http: web.BaseRequest, protocol: str, forward: "PortForward", pod: Object, headers: Mapping[str, str], activity: Activity,
                begun: Begun) -> web.StreamResponse:  # fmt: skip
    """Upgrade, and connect to all ports at once until one of them or the client is gone."""
    wanted = ports(http.query.getall("ports", []))
    async with carriers.over_websocket(http, protocol, headers, begun) as response:
        channels = Channels(response, protocol, activity)
        pairs = [_Pair(channels, number, port) for number, port in enumerate(wanted)]
        async with channels.pumping():
            await pipes.while_there(_forward(pairs, forward, pod), channels.ended, activity)
    return response


class _Pair:
    """The two channels of one port."""

    def __init__(self, channels: Channels, number: int, port: int) -> None:
        self.port = port
        self.data = _Data(channels.inbox(2 * number), ChannelWriter(channels, 2 * number))
        self.error = ChannelWriter(channels, 2 * number + 1)

    async def connect(self, forward: "PortForward", pod: Object) -> None:
        """Carry the bytes of this port until it ends."""
        try:
            await forward.connect(self.port, self.data)
        except (OSError, KctlError) as problem:
            await self.error.write(failure(self.port, pod, problem).encode())


class _Data:
    """A data channel. Where the pod's side has ended, so has the client's: there is no way to tell it, but to end all."""

    def __init__(self, inbox: Inbox, writer: ChannelWriter) -> None:
        self._inbox = inbox
        self._writer = writer

    async def read(self) -> bytes:
        """Return what the client sent."""
        return await self._inbox.read()

    async def write(self, data: bytes) -> None:
        """Send bytes to the client."""
        await self._writer.write(data)

    async def close(self) -> None:
        """End both directions."""
        self._inbox.end()


async def _forward(pairs: Sequence[_Pair], forward: "PortForward", pod: Object) -> None:
    for pair in pairs:
        for writer in (pair.data, pair.error):
            await writer.write(pair.port.to_bytes(2, "little"))
    tasks = [asyncio.ensure_future(pair.connect(forward, pod)) for pair in pairs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait(tasks)
