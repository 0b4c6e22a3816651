"""One cluster, open: its store, its apiserver, its loops. The composition root."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.apiserver.request import Request, Response
from minikube_py.apiserver.server import APIServer
from minikube_py.client.rest import RestClient, Transport
from minikube_py.cluster import timers
from minikube_py.cluster.home import TRIALS, Home, check_types, read_json
from minikube_py.cluster.kubeconfig import ADMIN
from minikube_py.kits.clock import Clock, SystemClock, VirtualClock
from minikube_py.machinery import scheme
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.manager import PluginManager
from minikube_py.storage.api import Backend

if TYPE_CHECKING:
    import random

    from minikube_py.apiserver.handlers.metrics import Usage
    from minikube_py.client.loops import Loop
    from minikube_py.cluster.pki import Keys
    from minikube_py.cluster.settle import Engine
    from minikube_py.cluster.usage import Sampler
    from minikube_py.kubelet.streams import Streams


_LOCK_TIMEOUT = 120.0  # seconds to wait for another process that settles
_PATIENCE = 10.0  # seconds that a command waits, before its own work, for what goes on at an engine
_LOOK_AGAIN = 0.01  # seconds between two looks at whether that process is done

STORE = "store.db"  # in a cluster's folder
_UNFINISHED = f"{STORE}.restoring"  # what a restore that was killed has left (storage/files.py)

DRY_RUN = "dryrun"  # the runtime that starts nothing
ENGINES = ("docker", "podman")  # those that run pods on a container engine
POD_RANGE = "10.244.0.0/16"

# What is in cluster.json.
_TYPES = {"name": str, "nodes": int, "control_planes": int, "runtime": str, "without": list, "storage": str, "clock_offset": float, "scheduler": dict,
          "id": str, "pod_range": str, "names_range": str, "host_paths": list, "engine": dict, "rootless": bool}  # fmt: skip


class Settings(NamedTuple):
    """What a cluster was created with (cluster.json)."""

    name: str = "minikube"
    nodes: int = 1
    control_planes: int = 1
    runtime: str = DRY_RUN
    without: tuple[str, ...] = ()
    storage: str = "sqlite"
    clock_offset: float = 0.0
    scheduler: Mapping[str, Any] = {}  # a KubeSchedulerConfiguration; empty for the default profile
    id: str = ""  # tells the cluster's things on an engine from those of another cluster of that name
    pod_range: str = POD_RANGE
    names_range: str = ""  # the addresses of the network on which an engine resolves names; empty: the engine has chosen them
    host_paths: tuple[str, ...] = ()  # directories of the host below which pods may mount (hostPath)
    engine: Mapping[str, str] = {}  # environment variables that say where the engine listens
    rootless: bool = False

    @classmethod
    def read(cls, folder: str) -> "Settings":
        """Return the settings in a cluster's folder."""
        content = read_json(os.path.join(folder, "cluster.json"))
        if content is None:
            raise KctlError(f"{folder} holds no cluster")
        check_types(content, os.path.join(folder, "cluster.json"), _TYPES)
        known = {field: content[field] for field in cls._fields if field in content}
        known |= {field: tuple(known.get(field, ())) for field in ("without", "host_paths")}
        return cls(**known)


class LateRandom:
    """A random.Random that is made when first asked for: commands that only read need none."""

    def __init__(self) -> None:
        self._source: random.Random | None = None

    def __getattr__(self, name: str) -> Any:
        if self._source is None:
            import random

            self._source = random.Random()
        return getattr(self._source, name)


class Cluster:
    """An open cluster. `folder` holds its files; a cluster in memory has none."""

    def __init__(self, settings: Settings, backend: Backend, plugins: PluginManager, *, folder: str = "", clock: Clock | None = None,
                 rng: "random.Random | None" = None, anonymous: bool = False) -> None:  # fmt: skip
        self.settings = settings
        self.folder = folder
        self.backend = backend
        self.plugins = plugins
        self.clock = VirtualClock(clock or SystemClock(settings.clock_offset))
        self.rng: Any = rng or LateRandom()
        self.scheme = scheme.builtin()
        if settings.runtime == DRY_RUN or settings.runtime in ENGINES:  # only there it is known what containers use
            for resource in scheme.METRICS:
                self.scheme.add(resource)
        self.server = APIServer(backend, self.scheme, plugins.registry, self.clock, self.rng, nodes=self, anonymous=anonymous)
        self.server.reader.trusted = lambda: self.keys
        self._keys: Keys | None = None
        self._engine: Engine | None = None
        self._sampler: Sampler | None = None
        self._owns_loops = False
        self._caught_up = 0  # the writes of this process when it had caught up
        self._interrupted: Callable[[], bool] = lambda: False

    def client(self, user: UserInfo = ADMIN, *, user_agent: str = "kctl", **options: Any) -> RestClient:
        """Return a client that acts as `user`."""
        return RestClient(self.server.handle, self.scheme, Credentials(local=user), user_agent=user_agent, **options)

    def command_client(self, user: UserInfo, *, around: Callable[[Transport], Transport] = lambda transport: transport, **options: Any) -> RestClient:
        """Return a client for a command: where it makes a namespace, the loops fill that before the next request comes. `around` may log requests."""
        return RestClient(around(self._handle_and_fill), self.scheme, Credentials(local=user), **options)

    def _handle_and_fill(self, request: Request) -> Response:
        response = self.server.handle(request)
        if request.resource == "namespaces" and response.code == 201 and not request.option("dryRun"):
            self.settle()
        return response

    @property
    def keys(self) -> "Keys":
        """Return the cluster's keys; none is made before it is asked for."""
        if self._keys is None:
            from minikube_py.cluster import pki

            self._keys = pki.Keys(self.folder, self.clock)
        return self._keys

    def is_quiet(self) -> bool:
        """Tell whether no loop has anything to do."""
        return timers.is_quiet(self.backend, self.clock.now()) and not self._is_something_outside(waiting=True)

    def _is_something_outside(self, *, waiting: bool) -> bool:
        """Tell whether there may be news of containers; with `waiting`, or work on them goes on."""
        if self.settings.runtime == DRY_RUN:
            return False
        engine = self._engine
        return engine is None or engine.has_news() or waiting and engine.is_busy()

    def settle(self) -> None:
        """Run the loops until nothing moves, or let the process do so that has them: a server, or another command."""
        import time

        end = time.monotonic() + _LOCK_TIMEOUT
        while not self.is_quiet():
            try:
                with self._settle_lock(_LOOK_AGAIN):
                    self._settle()
                    return
            except TimeoutError as error:
                if time.monotonic() >= end:
                    raise busy(self.settings.name) from error

    def settle_some(self, budget: float, interrupted: Callable[[], bool] = lambda: False) -> bool:
        """Let the loops work for about `budget` seconds, or until interrupted; tell whether there is more to do: for a server, which owns them."""
        self._interrupted = interrupted
        return self._settle(budget)

    def _settle(self, budget: float = 0.0, patience: float = float("inf")) -> bool:
        if timers.is_quiet(self.backend, self.clock.now()) and not self._is_something_outside(waiting=not budget):
            return False
        if self._engine is not None and not self._engine.is_current():
            self._engine = None  # another process has settled since: these loops have missed what it saw
        try:
            engine = self.engine
            engine.interrupted = self._interrupted
            return engine.settle(budget, patience)
        except BaseException:
            # What the loops and policies remember was undone with the transaction.
            self._engine = None
            self.server.store.forget()
            raise

    @property
    def is_served(self) -> bool:
        """Tell whether this process has the cluster's loops for as long as it lives."""
        return self._owns_loops

    @contextmanager
    def own_loops(self) -> Iterator[None]:
        """Be the one process whose loops work on the cluster, for as long as the block lasts. TimeoutError where another one is for too long."""
        with self._settle_lock(_LOCK_TIMEOUT):
            self._owns_loops = True
            try:
                yield
            finally:
                self._owns_loops = False

    def _finish(self, seen: int) -> None:
        """Forget old history; nothing that some loop has not seen."""
        from minikube_py.storage import retention

        retention.retain(self.backend, self.clock.real(), needed=seen)

    def catch_up(self) -> str:
        """Settle what is due before a command; return why that could not be done now, or an empty text.

        A reader waits for nobody: where another process settles at this moment, or nothing can be written, it reads what is there. Nor does one who
        comes to end a pod sooner wait until it has ended.
        """
        if self.is_quiet():
            return ""
        from minikube_py.storage.api import StoreBusy, Unwritable

        try:
            with self._settle_lock(0.0):
                self._settle(patience=_PATIENCE)
        except (TimeoutError, StoreBusy):
            return ""
        except (Unwritable, OSError) as error:
            return str(error)
        finally:
            self._caught_up = self.server.store.writes
        return ""

    @property
    def has_written(self) -> bool:
        """Tell whether this process wrote anything through the apiserver, beside what was due before."""
        return self.server.store.writes > self._caught_up

    @property
    def engine(self) -> "Engine":
        """Return the settle engine with this cluster's loops; they are imported when first asked for."""
        if self._engine is None:
            from minikube_py.cluster import loops, settle

            self._engine = settle.Engine(self.backend, self.scheme, loops.build(self), self.clock, finish=self._finish, decode=self.server.store.decode)
        return self._engine

    def loop(self, name: str) -> "Loop | None":
        """Return one of the cluster's loops."""
        return self.engine.loop(name)

    def logs(self, pod: Object, container: str, options: dict[str, Any]) -> Iterator[str]:
        """Yield the log lines of a container: the apiserver's way to the kubelets (NodeProxy)."""
        from minikube_py.cluster import kubelets

        return kubelets.Kubelets(self).logs(pod, container, options)

    def streams(self) -> "Streams":
        """Return exec, attach and port-forward of the kubelets (NodeProxy)."""
        from minikube_py.cluster import kubelets

        return kubelets.Kubelets(self).streams()

    def usage(self) -> "Mapping[str, Mapping[str, Usage]] | None":
        """Return what containers use (NodeProxy); None where nothing runs."""
        if self.settings.runtime == DRY_RUN:
            return None
        if self._sampler is None:
            from minikube_py.cluster import usage

            self._sampler = usage.Sampler(self)
        return self._sampler.look(wait=not self._owns_loops)

    @contextmanager
    def _settle_lock(self, timeout: float) -> Iterator[None]:
        """Hold the right to settle: one process at a time. TimeoutError where another one holds it too long."""
        if not self.folder or self._owns_loops:
            yield
            return
        with settle_lock(self.folder, timeout):
            if os.path.lexists(os.path.join(self.folder, _UNFINISHED)):
                from minikube_py.storage import snapshots

                snapshots.clear(os.path.join(self.folder, STORE))
            yield

    def close(self) -> None:
        """Close the store."""
        self.backend.close()


@contextmanager
def settle_lock(folder: str, timeout: float = _LOCK_TIMEOUT) -> Iterator[None]:
    """Hold the right to settle the cluster in a folder, and to put another store into its place. TimeoutError where another process holds it too long."""
    from minikube_py.kits import filelock

    with filelock.hold(os.path.join(folder, "settle.lock"), timeout):
        yield


def busy(name: str) -> KctlError:
    """Return what is said where another process holds that right too long."""
    return KctlError(f'another process has been working on cluster "{name}" for {_LOCK_TIMEOUT:g} seconds; try again later')


def plugin_manager(home: Home) -> PluginManager:
    """Return the plugin manager that the user's configuration asks for; a relative directory is one below the home."""
    wanted = home.configuration().get("plugins") or {}
    directory, disabled = (wanted.get("directory") or "", wanted.get("disabled") or []) if isinstance(wanted, dict) else (None, None)
    if not isinstance(directory, str) or not isinstance(disabled, list) or not all(isinstance(name, str) for name in disabled):
        raise KctlError(f'{home.join("kctl.json")}: plugins is an object of directory (a text) and disabled (a list of names)')
    place = home.join(os.path.expanduser(directory)) if directory else ""
    return PluginManager(directory=place, disabled=tuple(disabled), cache=home.join("plugins.cache.json"))


def open_backend(settings: Settings, folder: str, plugins: PluginManager) -> Backend:
    """Open a cluster's store."""
    if settings.storage == "sqlite":
        from minikube_py.storage import sqlite

        return sqlite.open_store(os.path.join(folder, STORE))
    entry = plugins.registry("storage_backends").get(settings.storage)
    if entry is None:
        raise KctlError(f'no plugin provides the storage backend "{settings.storage}"')
    try:
        backend: Backend = entry.value({"cluster": settings.name, "folder": folder})
    except KctlError:
        raise
    except Exception as error:
        raise KctlError(f'the storage backend "{settings.storage}" cannot be opened: {type(error).__name__}: {error}') from error
    return backend


def open_cluster(home: Home, name: str, *, anonymous: bool = False) -> Cluster:
    """Open a cluster that is there; `anonymous` lets requests without credentials come as far as authorization."""
    folder = home.cluster(name)
    settings = Settings.read(folder)
    if settings.storage == "sqlite" and not os.path.exists(os.path.join(folder, STORE)):
        from minikube_py.storage.api import Damaged

        raise Damaged(f"{os.path.join(folder, STORE)} is missing")
    if settings.runtime in ENGINES and os.path.isdir(home.join(TRIALS)):
        from minikube_py.cluster import trials

        trials.sweep(home)
    plugins = plugin_manager(home)
    return Cluster(settings, open_backend(settings, folder, plugins), plugins, folder=folder, anonymous=anonymous)
