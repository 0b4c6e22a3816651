"""Exec, attach and port-forward on a server: the same sessions as a runtime's own (minikube_py.kubelet.streams), carried over a connection.

As kubectl 1.33 does it: over a WebSocket, and over SPDY/3.1 where the server refuses that.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from minikube_py.apiserver.http.streaming import spdystreams
from minikube_py.apiserver.http.streaming.pipes import Activity
from minikube_py.client import answers, upgrades, websockets
from minikube_py.client.upgrades import Dialer, NotUpgraded
from minikube_py.client.websockets import WebSocket
from minikube_py.kits.wires import ForgivingWire
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.apiserver.http.streaming.carriers import Carrier
    from minikube_py.kubelet.streams import Duplex, ExecStreams, Reader, Writer

_STDIN, _STDOUT, _STDERR, _ERROR, _RESIZE, _CLOSE = 0, 1, 2, 3, 4, 255
_V5, _V4, _FORWARD = "v5.channel.k8s.io", "v4.channel.k8s.io", "portforward.k8s.io"
_TUNNEL = f"SPDY/3.1+{_FORWARD}"
_PIECE = 32 * 1024
_COMMANDS, _FORWARDS = "KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "KUBECTL_PORT_FORWARD_WEBSOCKETS"  # what turns WebSockets off in kubectl


class Process:
    """A process of a pod on a server, for minikube_py.kubelet.streams.ExecSession."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def run(self, streams: "ExecStreams") -> int:
        """Connect, carry the bytes, and return the exit code; a KctlError where the server has none."""
        if (socket := await _websocket(self._dialer, _V5, _COMMANDS)) is not None:
            return await _over_websocket(socket, streams)
        try:
            async with _spdy(self._dialer, _V4) as session:
                return await _over_spdy(session, streams)
        except NotUpgraded as error:
            raise error.cause from None


async def _websocket(dialer: Dialer, protocol: str, switch: str) -> WebSocket | None:
    """Connect by a WebSocket; None where it is switched off, or the server has none: then what another way of asking says counts."""
    if dialer.environment.get(switch, "").lower() in ("false", "0", "f"):
        return None
    try:
        return await websockets.connect(dialer, (protocol,))
    except NotUpgraded:
        return None


@asynccontextmanager
async def _spdy(dialer: Dialer, version: str) -> AsyncIterator[spdystreams.Session]:
    headers = (("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"), ("X-Stream-Protocol-Version", version), ("Content-Length", "0"))
    upgraded = await dialer.upgrade("POST", headers)
    try:
        if upgraded.headers.get("x-stream-protocol-version") != version:
            raise NotUpgraded(KctlError(f"unable to upgrade connection: the server does not speak {version}"))
        async with _session(ForgivingWire(upgraded.reader, upgraded.writer)) as session:
            yield session
    finally:
        await upgrades.hang_up(upgraded.writer)


@asynccontextmanager
async def _session(carrier: "Carrier") -> AsyncIterator[spdystreams.Session]:
    async with spdystreams.open_session(carrier, Activity(), client=True) as session:
        yield session


# Exec and attach


async def _over_websocket(socket: WebSocket, streams: "ExecStreams") -> int:
    async def feed(stdin: "Reader") -> None:
        while data := await stdin.read():
            for start in range(0, len(data), _PIECE):
                await socket.write(bytes((_STDIN,)) + data[start : start + _PIECE])
        await socket.write(bytes((_CLOSE, _STDIN)))

    async def resize(size: bytes) -> None:
        await socket.write(bytes((_RESIZE,)) + size)

    writers = {_STDOUT: streams.stdout, _STDERR: streams.stderr}
    said = b""
    try:
        async with _feeding(streams, feed, resize):
            while message := await socket.read():
                writer = writers.get(message[0])
                if message[0] == _ERROR:
                    said += message[1:]
                elif writer is not None and len(message) > 1:
                    await writer.write(message[1:])
    finally:
        await socket.close()
    return _outcome(said)


async def _over_spdy(session: spdystreams.Session, streams: "ExecStreams") -> int:
    error = session.open({"streamtype": "error"})
    opened = {name: session.open({"streamtype": name}) for name in ("stdin", "stdout", "stderr") if getattr(streams, name) is not None}
    size = session.open({"streamtype": "resize"}) if streams.tty else None
    await error.close()

    async def feed(stdin: "Reader") -> None:
        while data := await stdin.read():
            await opened["stdin"].write(data)
        await opened["stdin"].close()

    async def resize(data: bytes) -> None:
        if size is not None:
            await size.write(data)

    async with _feeding(streams, feed, resize):
        await asyncio.gather(*(_drain(stream, getattr(streams, name)) for name, stream in opened.items() if name != "stdin"))
        said = b""
        while data := await error.read():
            said += data
    return _outcome(said)


async def _drain(source: "Reader", sink: "Writer") -> None:
    try:
        while data := await source.read():
            await sink.write(data)
    except ConnectionResetError as error:
        raise KctlError("error reading from error stream: unexpected EOF") from error


@asynccontextmanager
async def _feeding(streams: "ExecStreams", feed: Any, resize: Any) -> AsyncIterator[None]:
    """Hand on what is typed, and the terminal's sizes, while the block lasts."""

    async def sizes() -> None:
        while (size := await streams.resized()) is not None:
            await resize(json.dumps({"Width": size.width, "Height": size.height}).encode())

    works = [*([feed(streams.stdin)] if streams.stdin is not None else []), *([sizes()] if streams.tty else [])]
    tasks = [asyncio.ensure_future(_unless_gone(work)) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _unless_gone(work: Any) -> None:
    """Write until it is done, or the server does not read any more: how it ended comes from elsewhere."""
    try:
        await work
    except ConnectionError:
        return


def _outcome(said: bytes) -> int:
    """Return the exit code that the server told at the end (client-go remotecommand errorDecoderV4)."""
    if not said:
        raise KctlError("error reading from error stream: unexpected EOF")
    try:
        status = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise KctlError("error stream protocol error: the server's status is no JSON") from error
    if not isinstance(status, dict) or status.get("status") not in ("Success", "Failure"):
        raise KctlError("error stream protocol error: unknown error")
    if status["status"] == "Success":
        return 0
    if status.get("reason") != "NonZeroExitCode":
        raise KctlError(answers.clean(str(status.get("message", ""))))
    return _exit_code(status)


def _exit_code(status: dict[str, Any]) -> int:
    details = status.get("details")
    if not isinstance(details, dict):
        raise KctlError("error stream protocol error: details must be set")
    for cause in details.get("causes") or ():
        if isinstance(cause, dict) and cause.get("reason") == "ExitCode":
            text = str(cause.get("message", ""))
            if not (text.isascii() and text.isdecimal() and int(text) < 256):
                raise KctlError(f"error stream protocol error: invalid exit code value {errors.quoted(answers.clean(text))}")
            return int(text)
    raise KctlError("error stream protocol error: no ExitCode cause given")


# Port-forward


class Ports:
    """The ports of a pod on a server, for minikube_py.kubelet.streams.PortForward. To be opened first: `async with ports:`."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._numbers = itertools.count()
        self._stack = AsyncExitStack()
        self._session: spdystreams.Session | None = None

    async def __aenter__(self) -> "Ports":
        if (socket := await _websocket(self._dialer, _TUNNEL, _FORWARDS)) is not None:
            self._stack.push_async_callback(socket.close)
            self._session = await self._stack.enter_async_context(_session(socket))
            return self
        try:
            self._session = await self._stack.enter_async_context(_spdy(self._dialer, _FORWARD))
        except NotUpgraded as error:
            raise error.cause from None
        return self

    async def __aexit__(self, *what: object) -> None:
        await self._stack.aclose()

    async def lost(self) -> None:
        """Wait until the server has gone."""
        if self._session is not None:
            await asyncio.shield(self._session.ended)

    async def connect(self, port: int, stream: "Duplex") -> None:
        """Connect to a port of the pod, and carry the bytes until both directions have ended; a KctlError where nobody listens."""
        session = self._session
        if session is None:
            raise ConnectionResetError("not connected")
        headers = {"port": str(port), "requestid": str(next(self._numbers))}
        error = session.open({**headers, "streamtype": "error"})
        await error.close()
        data = session.open({**headers, "streamtype": "data"})

        async def there() -> None:
            while piece := await stream.read():
                await data.write(piece)
            await data.close()

        going = asyncio.ensure_future(_unless_gone(there()))
        try:
            while piece := await data.read():
                await stream.write(piece)
            await stream.close()
            said = b"".join([piece async for piece in _all(error)])
        finally:
            going.cancel()
            await asyncio.gather(going, return_exceptions=True)
            data.reset()
        if said:
            raise KctlError(answers.clean(said.decode("utf-8", "replace")))


async def _all(stream: spdystreams.Stream) -> AsyncIterator[bytes]:
    while piece := await stream.read():
        yield piece
