"""Exec and attach: a process's streams to the client's, over channels of a WebSocket or streams of SPDY (kubelet cri/streaming)."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aiohttp import web  # noqa: TID253  (only the server loads this package)
from multidict import MultiMapping

from minikube_py.apiserver.http import query
from minikube_py.apiserver.http.streaming import carriers, negotiation, pipes, spdystreams, telling, websocket
from minikube_py.apiserver.http.streaming.pipes import Activity, Gone, Size, Sizes
from minikube_py.apiserver.http.streaming.telling import Begun
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.kubelet.streams import ExecSession, Reader, Writer

EXEC, ATTACH = "error executing command in container", "error attaching to container"
_VERSIONS = ("v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")
_WITH_STATUS = ("v5.", "v4.")  # the others put a failure's text on the error stream, and nothing for a success
_CREATION = 30.0  # seconds in which a client has to open its streams
_MAX_STREAMS = 16


class Options(NamedTuple):
    """PodExecOptions, PodAttachOptions."""

    stdin: bool
    stdout: bool
    stderr: bool
    tty: bool
    container: str = ""
    command: tuple[str, ...] = ()

    @property
    def streams(self) -> frozenset[str]:
        """Return the types of the streams that were asked for."""
        return frozenset(name for name in ("stdin", "stdout", "stderr") if getattr(self, name))


def options(parameters: MultiMapping[str]) -> Options:
    """Return what a query asks for."""
    stdin, stdout, stderr, tty = (query.truth(name, parameters.get(name, "false")) for name in ("stdin", "stdout", "stderr", "tty"))
    # A terminal has one output only: kubelet takes such a wish for one without stderr.
    return Options(stdin, stdout, stderr and not tty, tty, parameters.get("container", ""), tuple(parameters.getall("command", [])))


class _ErrorStream(Protocol):
    async def write(self, data: bytes) -> None: ...


class _Connected:
    """An ExecStreams, and the stream that the outcome goes to."""

    def __init__(self, error: _ErrorStream, version: str, *, tty: bool) -> None:
        self.stdin: Reader | None = None
        self.stdout: Writer | None = None
        self.stderr: Writer | None = None
        self.tty = tty
        self.sizes = Sizes()
        self._error = error
        self._has_status = version.startswith(_WITH_STATUS)

    async def resized(self) -> Size | None:
        """Return the next size of the terminal."""
        return await self.sizes.next()

    async def report(self, status: Object) -> None:
        """Tell the client how it ended."""
        if self._has_status:
            await self._error.write(json.dumps(status, ensure_ascii=False, separators=(",", ":")).encode())
        elif status["status"] != "Success":
            await self._error.write(status["message"].encode())


async def serve(http: web.BaseRequest, session: "ExecSession", wanted: Options, headers: Mapping[str, str], *, failure: str = EXEC,
                idle: float = pipes.IDLE, begun: Begun = telling.nobody) -> web.StreamResponse:  # fmt: skip
    """Upgrade, run the session between the client's streams, and tell how it ended; a StatusError where there is nothing to upgrade to."""
    if not wanted.streams:
        raise errors.BadRequest("you must specify at least 1 of stdin, stdout, stderr")
    if negotiation.upgrade(http) == negotiation.WEBSOCKET:
        protocol = negotiation.subprotocol(http, websocket.PROTOCOLS)
        return await _over_websocket(http, protocol, session, wanted, headers, failure, Activity(idle), begun)
    version = negotiation.version(http, _VERSIONS)
    return await _over_spdy(http, version, session, wanted, headers, failure, Activity(idle), begun)


async def _over_websocket(http: web.BaseRequest, protocol: str, session: "ExecSession", wanted: Options, headers: Mapping[str, str],
                          failure: str, activity: Activity, begun: Begun) -> web.StreamResponse:  # fmt: skip
    async with carriers.over_websocket(http, protocol, headers, begun) as response:
        channels = websocket.Channels(response, protocol, activity)
        connected = _Connected(websocket.ChannelWriter(channels, websocket.ERROR), protocol, tty=wanted.tty)
        connected.stdin = channels.inbox(websocket.STDIN) if wanted.stdin else None
        connected.stdout = websocket.ChannelWriter(channels, websocket.STDOUT) if wanted.stdout else None
        connected.stderr = websocket.ChannelWriter(channels, websocket.STDERR) if wanted.stderr else None
        channels.listen(websocket.RESIZE, connected.sizes.feed, connected.sizes.end)
        async with channels.pumping():
            # Clients wait for a first message, be it empty, to know that they are connected.
            await channels.send(websocket.STDOUT if wanted.stdout else websocket.STDERR if wanted.stderr else websocket.ERROR, b"")
            await pipes.while_there(_run(session, connected, failure), channels.ended, activity)
    return response


async def _over_spdy(http: web.BaseRequest, version: str, session: "ExecSession", wanted: Options, headers: Mapping[str, str],
                     failure: str, activity: Activity, begun: Begun) -> web.StreamResponse:  # fmt: skip
    said = {**headers, "Upgrade": negotiation.SPDY, negotiation.VERSION: version}
    async with carriers.over_wire(http, said, begun) as (response, wire):
        try:
            async with spdystreams.open_session(wire, activity, max_streams=_MAX_STREAMS) as connection:
                await pipes.while_there(_with_streams(connection, version, session, wanted, failure), connection.ended, activity)
        except (Gone, ConnectionError, TimeoutError):
            pass  # there is nobody to tell, or somebody who never opened the streams that he asked for
    return response


async def _with_streams(connection: spdystreams.Session, version: str, session: "ExecSession", wanted: Options, failure: str) -> None:
    found: dict[str, spdystreams.Stream] = {}
    async with asyncio.timeout(_CREATION):
        while not {"error", *wanted.streams} <= found.keys():
            await _accept(connection, found, wanted)
    connected = _Connected(found["error"], version, tty=wanted.tty)
    connected.stdin, connected.stdout, connected.stderr = found.get("stdin"), found.get("stdout"), found.get("stderr")
    resizing = asyncio.ensure_future(_resize(connection, found, wanted, connected.sizes))
    try:
        await _run(session, connected, failure)
    finally:
        resizing.cancel()
        await asyncio.wait((resizing,))
    for name in ("error", *sorted(wanted.streams)):
        await found[name].close()


async def _accept(connection: spdystreams.Session, found: dict[str, spdystreams.Stream], wanted: Options) -> None:
    """Take one more stream; one that nobody asked for, or a second of its type, is reset."""
    stream = await connection.accept()
    if stream is None:
        raise Gone("the client is gone")
    kind = stream.headers.get("streamtype", "")
    if kind in found or kind not in ("error", "resize", *wanted.streams):
        stream.reset()
    else:
        found[kind] = stream


async def _resize(connection: spdystreams.Session, found: dict[str, spdystreams.Stream], wanted: Options, sizes: Sizes) -> None:
    """Hand on the sizes of the terminal. Their stream comes last, and from some clients not at all."""
    try:
        while "resize" not in found:
            await _accept(connection, found, wanted)
        while data := await found["resize"].read():
            sizes.feed(data)
    except ConnectionError:
        return
    finally:
        sizes.end()


async def _run(session: "ExecSession", connected: _Connected, failure: str) -> None:
    try:
        code = await session.run(connected)
    except (OSError, KctlError) as error:
        await connected.report(_failed(f"{failure}: {error}"))
    except Exception as error:
        with suppress(ConnectionError):
            await connected.report(_failed(f"{failure}: {type(error).__name__}: {error}"))
        raise
    else:
        await connected.report(_exited(code))


def _exited(code: int) -> Object:
    if not code:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def _failed(text: str) -> Object:
    status = errors.InternalError(text).status()
    return {name: value for name, value in status.items() if name not in ("kind", "apiVersion")}
