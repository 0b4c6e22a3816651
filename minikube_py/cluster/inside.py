"""The served API within this process: what `kctl serve` answers with, on pairs of sockets, for one command. Nothing listens, and nobody else gets in.

The store, its loops and the event loop share one thread; who asks is in another one.
"""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, TypeVar

from aiohttp import web  # noqa: TID253  (only --raw loads this module)

from minikube_py.apiserver.http.frontend import Frontend
from minikube_py.apiserver.http.metrics import Metrics
from minikube_py.apiserver.http.plain import Pages
from minikube_py.apiserver.http.watches import Hub
from minikube_py.apiserver.http.worker import Later, fulfil
from minikube_py.cluster import serving
from minikube_py.cluster.cluster import Cluster
from minikube_py.plugin.auth import Credentials, UserInfo

Connect = Callable[[], socket.socket]
_LOOK = 0.025  # seconds between two looks at what loops have to do, while an answer goes on
_GRACE = 0.05  # seconds for what is still going on at the end; aiohttp reads 0 as no limit
_PATIENCE = 30.0  # seconds to wait for the event loop to take a connection
_T = TypeVar("_T")


def ask(cluster: Cluster, user: UserInfo, work: Callable[[Connect], _T]) -> _T:
    """Return what `work(connect)` returns: each `connect()` is a new connection to the API, on which `user` speaks plain HTTP."""
    return asyncio.run(_ask(cluster, user, work))


async def _ask(cluster: Cluster, user: UserInfo, work: Callable[[Connect], _T]) -> _T:
    loop = asyncio.get_running_loop()
    hub, metrics = Hub(cluster.server, _now), Metrics()
    pages = Pages(cluster.server, lambda: metrics.text(serving.gauges(cluster, len(hub))), lambda: True)
    frontend = Frontend(_Inline(), cluster.server, hub, metrics, pages, identify=lambda http: Credentials(local=user))
    server = web.Server(frontend.handle, handler_cancellation=True, access_log=None, auto_decompress=False)

    def connect() -> socket.socket:
        ours, theirs = socket.socketpair()
        asyncio.run_coroutine_threadsafe(loop.connect_accepted_socket(server, theirs), loop).result(_PATIENCE)
        return ours

    beating = asyncio.ensure_future(_beat(cluster, hub))
    try:
        return await _in_thread(lambda: work(connect))
    finally:
        beating.cancel()
        hub.end_all()
        await server.shutdown(_GRACE)


async def _in_thread(work: Callable[[], _T]) -> _T:
    """Return what `work` returns in a thread that this process does not wait for at its end, whatever it reads from."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[_T] = loop.create_future()

    def tell(result: Any, failure: BaseException | None) -> None:
        if not found.done() and failure is not None:
            found.set_exception(failure)
        elif not found.done():
            found.set_result(result)

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except BaseException as error:
            failure = error
        with suppress(RuntimeError):  # the loop is closed: the command was interrupted
            loop.call_soon_threadsafe(tell, result, failure)

    threading.Thread(target=run, daemon=True).start()
    return await found


async def _beat(cluster: Cluster, hub: Hub) -> None:
    """Let the loops work while an answer goes on, and watches hear of what changes."""
    while True:
        await asyncio.sleep(_LOOK)
        cluster.catch_up()
        hub.pump()


def _now(function: Callable[..., object], *arguments: object) -> object:
    """Do at once what a server does in another thread."""
    return function(*arguments)


class _Inline:
    """Stands where a server has the queue of its worker: work is done at once, in the thread of the event loop."""

    def __init__(self) -> None:
        self._pieces: deque[Generator[None, None, None]] = deque()

    async def run(self, work: Callable[[], Any], *, writes: bool = False) -> Any:
        """Return what `work` returns, or what it comes to."""
        found = work()
        if not isinstance(found, Later):
            return found
        future = asyncio.get_running_loop().create_future()
        found.wait(future, fulfil)
        while self._pieces:
            for _ in self._pieces.popleft():
                await asyncio.sleep(0)
        return await future

    def post(self, work: Callable[[], Any]) -> None:
        """Do work for which nobody waits."""
        work()

    def add(self, pieces: Generator[None, None, None]) -> None:
        """Take work that is to be done piece by piece."""
        self._pieces.append(pieces)
