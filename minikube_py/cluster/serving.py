"""A cluster behind HTTPS: the one process that owns its loops, and answers whoever speaks Kubernetes."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import NamedTuple

from minikube_py.apiserver import chain
from minikube_py.apiserver.audit.auditor import Auditor
from minikube_py.apiserver.audit.logfile import LogFile
from minikube_py.apiserver.audit.policy import Policy
from minikube_py.apiserver.handlers import create
from minikube_py.apiserver.http.frontend import Frontend
from minikube_py.apiserver.http.listener import Listener, tls
from minikube_py.apiserver.http.metrics import Metrics
from minikube_py.apiserver.http.plain import Pages
from minikube_py.apiserver.http.watches import Hub
from minikube_py.apiserver.http.worker import Worker
from minikube_py.auth import files
from minikube_py.cluster import cluster as clusters
from minikube_py.cluster import pki
from minikube_py.cluster.cluster import Cluster
from minikube_py.cluster.home import Home
from minikube_py.machinery.errors import KctlError

SLICE = 0.02  # seconds that the loops work at most before it is looked whether a request waits
_LEAST = 0.005  # seconds that they work even where one does
_PATIENCE = 0.03  # seconds that requests may keep them from working: with _LEAST, they have a seventh of the time at least
_GRACE = 0.002  # seconds after a request in which its client may send the next one
_LOOK = 0.025  # seconds between two looks at what other processes write: watchers hear of it within 100 ms
_AFTER_FAILURE = 1.0  # seconds that the loops rest where the store refuses their writes


class Audit(NamedTuple):
    """What to write to the audit log, and where. `max_bytes` is the size of one file; of older ones there are up to `backups`."""

    policy: Policy
    path: str
    max_bytes: int
    backups: int


class Wish(NamedTuple):
    """Which cluster to serve, and where."""

    cluster: str
    host: str
    port: int
    audit: Audit | None = None


class Place:
    """The cluster in the store's thread: between two requests its loops work, and watchers hear of what has changed."""

    def __init__(self, home: Home, wish: Wish, post: Callable[..., object]) -> None:
        with ExitStack() as stack:
            self.cluster: Cluster = clusters.open_cluster(home, wish.cluster, anonymous=True)
            stack.callback(self.cluster.close)
            try:
                stack.enter_context(self.cluster.own_loops())
            except TimeoutError as error:
                raise KctlError(f'another process has been working on cluster "{wish.cluster}" for too long; try again later') from error
            self._keys(wish.host)
            if wish.audit is not None:
                self._audit(wish.audit, stack)
            self.hub = Hub(self.cluster.server, post)
            self._rest_until = self._worked = 0.0
            self._stack = stack.pop_all()

    def _keys(self, host: str) -> None:
        self.cluster.keys.authority()
        self.cluster.keys.server(*_names(host))
        pki.publish(self.cluster)
        for file in (files.TOKENS, files.PASSWORDS):
            self.cluster.keys.rows(file)  # what cannot be read, or others may change, is told now

    def _audit(self, wanted: Audit, stack: ExitStack) -> None:
        log, server = LogFile(wanted.path, max_bytes=wanted.max_bytes, backups=wanted.backups), self.cluster.server
        try:
            log.open()
        except OSError as error:
            raise KctlError(f"cannot write the audit log {wanted.path}: {os.strerror(error.errno or 0)}") from error
        stack.callback(log.close)
        server.audit = Auditor(wanted.policy, log.write, server.clock, lambda: create.new_uid(server.rng), report=server.report)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make all writes inside durable together. The audit log hears afterwards what has become of them."""
        with self._telling(), self.cluster.backend.batch():
            yield

    def _telling(self) -> AbstractContextManager[None]:
        audit = self.cluster.server.audit
        return nullcontext() if audit is None else audit.holding()

    def undone(self) -> None:
        """Forget what was concluded from writes that were undone."""
        self.cluster.server.store.forget()

    def turn(self, idle: float, waits: Callable[[], bool]) -> float:
        """Let the loops work for a moment, unless a request waits or may come at once; return after how many seconds to come again."""
        self.hub.pump()
        begun = time.monotonic()
        if begun < self._rest_until:
            return _LOOK
        if begun - self._worked < _PATIENCE and (idle < _GRACE or waits()):
            return _GRACE
        try:
            with self._telling():
                more = self.cluster.settle_some(SLICE, lambda: waits() and time.monotonic() - begun >= _LEAST)
        except (KctlError, OSError) as error:
            self._rest_until = time.monotonic() + _AFTER_FAILURE
            print(f"the loops rest: {error}", file=sys.stderr, flush=True)
            return _LOOK
        self._worked = time.monotonic()
        self.hub.pump()
        return 0.0 if more else _LOOK

    def close(self) -> None:
        """Let go of the loops and of the store."""
        self._stack.close()


def _names(host: str) -> tuple[str, ...]:
    """Return by which names, beside the usual ones, clients may reach the server."""
    if host not in ("0.0.0.0", "::", ""):
        return (host,)
    name = socket.gethostname()
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    except OSError:
        found = set()
    return (name, *sorted(found))


class Server:
    """One run of `kctl serve`: from opening to the signal that ends it."""

    def __init__(self, home: Home, wish: Wish) -> None:
        self._home = home
        self._wish = wish
        self._metrics = Metrics()
        self._told = asyncio.Event()
        self._ending = asyncio.Event()

    async def run(self, announce: Callable[[Cluster, int], None]) -> None:
        """Serve until SIGTERM or SIGINT; `announce(cluster, port)` is called once the port is open."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told.set)
        places: list[Place] = []

        def opening() -> Place:
            places.append(Place(self._home, self._wish, loop.call_soon_threadsafe))
            return places[0]

        worker = Worker(opening, loop)
        await worker.start()
        place = places[0]
        listener = self._listener(place, worker)
        try:
            port = await listener.open(self._wish.host, self._wish.port)
            announce(place.cluster, port)
            await self._until_told(worker)
        except OSError as error:
            reason = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
            raise KctlError(f"cannot listen on {self._wish.host}:{self._wish.port}: {reason}") from error
        finally:
            self._ending.set()
            worker.post(place.hub.end_all)
            await listener.close()
            await worker.stop()

    def _listener(self, place: Place, worker: Worker) -> Listener:
        keys, server = place.cluster.keys, place.cluster.server
        pages = Pages(server, lambda: self._metrics.text(gauges(place.cluster, len(place.hub))), lambda: not self._ending.is_set())
        frontend = Frontend(worker, server, place.hub, self._metrics, pages, chain.report_to_stderr)
        return Listener(frontend, tls(keys.path("apiserver.crt"), keys.path("apiserver.key"), keys.authorities()))

    async def _until_told(self, worker: Worker) -> None:
        waiting = asyncio.ensure_future(self._told.wait())
        await asyncio.wait((waiting, worker.stopped), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()


def gauges(cluster: Cluster, watchers: int) -> dict[str, tuple[str, float]]:
    """Return what is measured of the store and the process at this moment."""
    import resource

    backend = cluster.backend
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "etcd_debugging_mvcc_current_revision": ("The current revision of store.", backend.revision()),
        "etcd_debugging_mvcc_compact_revision": ("The revision of the last compaction in store.", backend.compact_revision()),
        "apiserver_storage_size_bytes": ("Size of the storage database file physically allocated in bytes.", _size(cluster.folder)),
        "apiserver_registered_watchers": ("Number of currently registered watchers.", watchers),
        "process_cpu_seconds_total": ("Total user and system CPU time spent in seconds.", usage.ru_utime + usage.ru_stime),
        "process_max_resident_memory_bytes": ("Maximum resident memory size in bytes.", usage.ru_maxrss * 1024),
    }


def _size(folder: str) -> int:
    sizes = [os.path.getsize(entry.path) for entry in os.scandir(folder) if entry.name.startswith("store.db")] if folder else []
    return sum(sizes)
