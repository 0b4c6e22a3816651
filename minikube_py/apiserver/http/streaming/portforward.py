"""Port-forward: pairs of SPDY streams, one for data and one for an error, to ports of a pod (kubelet cri/streaming/portforward).

The same over a connection taken over from HTTP, and in a tunnel of WebSocket messages.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http.streaming import carriers, negotiation, pipes, portchannels, spdystreams, telling
from minikube_py.apiserver.http.streaming.carriers import Carrier
from minikube_py.apiserver.http.streaming.pipes import Activity, Gone
from minikube_py.apiserver.http.streaming.spdystreams import Session, Stream
from minikube_py.apiserver.http.streaming.telling import Begun
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.kubelet.streams import PortForward

PROTOCOL = "portforward.k8s.io"
TUNNEL = f"SPDY/3.1+{PROTOCOL}"
_CREATION = 30.0  # seconds in which the second stream of a pair has to follow


async def serve(http: web.BaseRequest, forward: "PortForward", pod: Object, headers: Mapping[str, str], *, idle: float = pipes.IDLE,
                begun: Begun = telling.nobody) -> web.StreamResponse:  # fmt: skip
    """Upgrade, and connect what the client asks for until it goes; a StatusError where there is nothing to upgrade to."""
    if negotiation.upgrade(http) == negotiation.WEBSOCKET:
        protocol = negotiation.subprotocol(http, (TUNNEL, *portchannels.PROTOCOLS))
        if protocol != TUNNEL:
            return await portchannels.serve(http, protocol, forward, pod, headers, Activity(idle), begun)
        async with carriers.over_websocket(http, protocol, headers, begun) as websocket:
            await _connections(carriers.Messages(websocket), forward, pod, Activity(idle))
        return websocket
    said = {**headers, "Upgrade": negotiation.SPDY, negotiation.VERSION: negotiation.version(http, (PROTOCOL,))}
    async with carriers.over_wire(http, said, begun) as (response, wire):
        await _connections(wire, forward, pod, Activity(idle))
    return response


async def _connections(carrier: Carrier, forward: "PortForward", pod: Object, activity: Activity) -> None:
    try:
        async with spdystreams.open_session(carrier, activity) as session:
            await pipes.while_there(_Pairs(session, forward, pod).run(), session.ended, activity)
    except (Gone, ConnectionError):
        return  # there is nobody to tell


class _Pairs:
    """The connections of one client. A pair is known by its request id, or by its streams' numbers where the client gives none."""

    def __init__(self, session: Session, forward: "PortForward", pod: Object) -> None:
        self._session = session
        self._forward = forward
        self._pod = pod
        self._halves: dict[str, dict[str, Stream]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Take streams until the client goes."""
        try:
            while (stream := await self._session.accept()) is not None:
                self._take(stream)
        finally:
            for timer in self._timers.values():
                timer.cancel()
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)

    def _take(self, stream: Stream) -> None:
        kind, port = stream.headers.get("streamtype", ""), stream.headers.get("port", "")
        request = stream.headers.get("requestid") or str(stream.number - (2 if kind == "data" else 0))
        halves = self._halves.setdefault(request, {})
        if kind not in ("error", "data") or kind in halves or not _is_port(port):
            stream.reset()
            if not halves:
                del self._halves[request]
            return
        halves[kind] = stream
        if len(halves) == 1:
            self._timers[request] = asyncio.get_running_loop().call_later(_CREATION, self._late, request)
            return
        del self._halves[request]
        self._timers.pop(request).cancel()
        self._start(self._connect(int(port), halves["data"], halves["error"]))

    def _late(self, request: str) -> None:
        del self._timers[request]
        halves = self._halves.pop(request)
        data, error = halves.get("data"), halves.get("error")
        if data is not None:
            data.reset()
        if error is not None:
            self._start(self._tell(error, f"error forwarding port: request {request} timed out waiting for its streams"))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, port: int, data: Stream, error: Stream) -> None:
        failure = ""
        try:
            await self._forward.connect(port, data)
        except (OSError, KctlError) as problem:
            failure = portchannels.failure(port, self._pod, problem)
        try:
            await data.close()
            await self._tell(error, failure)
        finally:
            self._session.forget(data)

    async def _tell(self, error: Stream, text: str) -> None:
        """End an error stream; with a text, the client ends as well."""
        try:
            if text:
                await error.write(text.encode())
            await error.close()
        except ConnectionError:
            return  # it has gone itself
        finally:
            self._session.forget(error)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) <= 0xFFFF
