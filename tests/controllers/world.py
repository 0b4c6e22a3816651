"""A whole cluster in memory, with a clock that tests move."""

import random
from typing import Any

from minikube_py.cluster import bootstrap
from minikube_py.cluster.cluster import Cluster, Settings
from minikube_py.machinery.meta import Object
from minikube_py.plugin.manager import PluginManager
from minikube_py.storage.memory import MemoryBackend
from minikube_py.testing import FakeClock

START = 1_760_000_400.0  # 2025-10-09T09:00:00Z


class World:
    """A settled cluster, and short ways to use it."""

    def __init__(self, *, start: float = START, **settings: Any) -> None:
        self.clock = FakeClock(start)
        self.cluster = Cluster(Settings(**settings), MemoryBackend(), PluginManager(), clock=self.clock, rng=random.Random(1))
        bootstrap.populate(self.cluster)
        self.client = self.cluster.client()
        self.failures: list[tuple[str, BaseException]] = []
        self._listen()
        self.settle()

    def _listen(self) -> None:
        self.cluster.engine._report = lambda what, error: self.failures.append((what, error))

    def restart(self) -> None:
        """Go on with a new process over the same store."""
        old = self.cluster
        self.cluster = Cluster(old.settings, old.backend, PluginManager(), clock=self.clock, rng=random.Random(2))
        self.client = self.cluster.client()
        self._listen()
        self.settle()

    def settle(self) -> None:
        """Run all loops until nothing moves."""
        self.cluster.settle()

    def apply(self, *objects: Object) -> Object:
        """Create objects and settle; return the last as it is then."""
        for obj in objects:
            made = self.client.create(obj)
        self.settle()
        resource = self.cluster.scheme.for_kind(made["apiVersion"], made["kind"])
        assert resource is not None
        return self.client.get(resource, made["metadata"]["name"], made["metadata"].get("namespace", ""))

    def later(self, seconds: float) -> None:
        """Let time pass, and settle."""
        self.clock.advance(seconds)
        self.settle()

    def replay(self) -> None:
        """Let all loops see all objects as new, as after a crash that lost every checkpoint."""
        for key in ("settle/revision", "settle/loops"):
            self.cluster.backend.state_delete(key)
        self.settle()

    def get(self, resource: str, name: str, namespace: str = "default") -> Object:
        """Return an object."""
        return self.client.get(resource, name, namespace)

    def patch(self, resource: str, name: str, patch: Object, namespace: str = "default") -> Object:
        """Patch an object (merge patch) and settle; return it as it is then."""
        self.client.patch(resource, name, namespace, patch, patch_type="application/merge-patch+json")
        self.settle()
        return self.get(resource, name, namespace)

    def delete(self, resource: str, name: str, namespace: str = "default", **options: Any) -> None:
        """Delete an object and settle."""
        self.client.delete(resource, name, namespace, **options)
        self.settle()

    def pods(self, namespace: str = "default", selector: str = "") -> list[Object]:
        """Return the pods, by name."""
        return self.client.items("pods", namespace, label_selector=selector)

    def names(self, resource: str = "pods", namespace: str = "default") -> list[str]:
        """Return the names of objects, sorted."""
        return sorted(obj["metadata"]["name"] for obj in self.client.items(resource, namespace))

    def events(self, name: str = "", kind: str = "", namespace: str = "default") -> list[tuple[str, str, str]]:
        """Return (type, reason, message) of events, in the order in which they came."""
        found = self.client.items("events", namespace)
        found.sort(key=lambda event: int(event["metadata"]["name"].rpartition(".")[2], 16))  # named by their nanosecond
        return [(event["type"], event["reason"], event["message"]) for event in found
                if name in ("", event["involvedObject"]["name"]) and kind in ("", event["involvedObject"]["kind"])]  # fmt: skip


def template(app: str = "web", annotations: dict[str, str] | None = None, **spec: Any) -> Object:
    """Return a pod template of one container named `web`."""
    metadata: Object = {"labels": {"app": app}}
    if annotations:
        metadata["annotations"] = annotations
    return {"metadata": metadata, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}], **spec}}


def workload(kind: str, name: str = "web", *, pod: Object | None = None, **spec: Any) -> Object:
    """Return a Deployment, ReplicaSet, StatefulSet or DaemonSet that selects app=NAME."""
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "default"},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": pod or template(name), **spec}}  # fmt: skip
