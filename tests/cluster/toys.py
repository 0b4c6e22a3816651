"""Toy loops for the settle engine, over a real apiserver on a store of either kind."""

import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from minikube_py.apiserver.server import APIServer
from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.client.recorder import EventRecorder
from minikube_py.client.rest import RestClient
from minikube_py.cluster.loopstate import LoopState
from minikube_py.cluster.settle import Engine
from minikube_py.kits.clock import VirtualClock
from minikube_py.machinery import scheme
from minikube_py.machinery.meta import Object
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.registries import Registry
from minikube_py.storage.api import Backend
from minikube_py.storage.memory import MemoryBackend

START = 1767225600.0  # 2026-01-01T00:00:00Z
ADMIN = UserInfo("admin", ("system:masters",))


class Clock:
    """Stands still until somebody moves it; or runs by `step` seconds each time it is read."""

    instant = START
    step = 0.0

    def now(self) -> float:
        self.instant += self.step
        return self.instant


class Toy(Loop):
    """Notes what it is shown and when, and does what a function says."""

    user = "toy"

    def __init__(self, context: LoopContext, name: str, act: Callable[["Toy", str], float | None] | None = None,
                 watch: Mapping[str, Callable[[Change], Iterable[str]]] | None = None) -> None:  # fmt: skip
        super().__init__(context)
        self.name = name
        self.act = act
        self.watch = watch
        self.changes: list[tuple[str, str]] = []
        self.done: list[tuple[str, float]] = []

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        return self.watch if self.watch is not None else {"configmaps": self._changed}

    def _changed(self, change: Change) -> Iterable[str]:
        self.changes.append((change.type, change.object["metadata"]["name"]))
        return object_key(change)

    def reconcile(self, key: str) -> float | None:
        self.done.append((key.removeprefix("default/"), self.clock.now() - START))
        return self.act(self, key) if self.act is not None else None

    @property
    def keys(self) -> list[str]:
        """Return the keys in the order in which they were reconciled."""
        return [key for key, _ in self.done]


class Playground:
    """One process: a store, an apiserver without policies, an engine of toy loops."""

    def __init__(self, backend: Backend, clock: Clock | None = None) -> None:
        self.backend = backend
        self.base = clock or Clock()
        self.clock = VirtualClock(self.base)
        self.scheme = scheme.builtin()
        self.server = APIServer(backend, self.scheme, Registry, self.clock, random.Random(1))
        self.client = RestClient(self.server.handle, self.scheme, Credentials(local=ADMIN))
        self.reports: list[str] = []
        self.pauses: list[float] = []
        self.finished: list[int] = []

    def toy(self, name: str = "toy", act: Callable[[Toy, str], float | None] | None = None, **more: Any) -> Toy:
        """Return a loop."""
        recorder = EventRecorder(self.client, name, self.clock)
        context = LoopContext(self.client, lambda user, groups: self.client, recorder, self.clock, random.Random(1), LoopState(self.backend, name), {})
        return Toy(context, name, act, **more)

    def engine(self, *loops: Loop) -> Engine:
        """Return an engine."""
        return Engine(self.backend, self.scheme, loops, self.clock, report=lambda what, error: self.reports.append(f"{what}: {error}"),
                      finish=self.finished.append, pause=self.pauses.append)  # fmt: skip

    def settle(self, *loops: Loop) -> None:
        """Settle as another process would: with a new engine."""
        self.engine(*loops).settle()

    def make(self, *names: str, **data: str) -> None:
        """Create config maps."""
        for name in names:
            self.client.create(configmap(name, **data))

    def set(self, name: str, **data: str) -> None:
        """Change the data of a config map."""
        self.client.patch("configmaps", name, "default", {"data": data})

    def data(self, name: str) -> dict[str, str]:
        """Return the data of a config map."""
        found: dict[str, str] = self.client.get("configmaps", name, "default").get("data") or {}
        return found


def configmap(name: str, **data: str) -> Object:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


def open_backend(kind: str, folder: Path) -> Backend:
    """Return a new store, or the one in the folder, opened again."""
    if kind == "memory":
        return MemoryBackend()
    from minikube_py.storage import sqlite

    return sqlite.open_store(str(folder / "store.db"))
