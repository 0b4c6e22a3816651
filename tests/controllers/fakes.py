"""A whole cluster in memory, with a clock that tests move."""

import random
from typing import Any

from minikube_py.client.rest import RestClient
from minikube_py.cluster import bootstrap
from minikube_py.cluster.cluster import Cluster, Settings
from minikube_py.machinery.meta import Object
from minikube_py.plugin.manager import PluginManager
from minikube_py.storage.memory import MemoryBackend

START = 1_800_000_000.0  # 2027-01-15T08:00:00Z


class StillClock:
    """A clock that moves only when told to."""

    def __init__(self, now: float = START) -> None:
        self.instant = now

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self.instant


class World:
    """A settled cluster, its administrator's client and its clock."""

    def __init__(self, **settings: Any) -> None:
        self.clock = StillClock()
        self.cluster = Cluster(Settings(**settings), MemoryBackend(), PluginManager(), clock=self.clock, rng=random.Random(1))
        bootstrap.populate(self.cluster)
        self.client: RestClient = self.cluster.client()

    def settle(self) -> None:
        """Run the loops until nothing moves."""
        self.cluster.settle()

    def wait(self, seconds: float) -> None:
        """Let time pass, and catch up with it."""
        self.clock.instant += seconds
        self.settle()

    def add(self, kind: str, name: str, spec: Object | None = None, *, api: str = "v1", space: str = "default", settle: bool = True,
            labels: dict[str, str] | None = None, annotations: dict[str, str] | None = None, owners: list[Object] | None = None,
            finalizers: list[str] | None = None, **fields: Any) -> Object:  # fmt: skip
        """Create an object, settle, and return it as it was stored."""
        wanted = {"name": name, "namespace": space, "labels": labels, "annotations": annotations, "ownerReferences": owners, "finalizers": finalizers}
        obj = {"apiVersion": api, "kind": kind, "metadata": {field: value for field, value in wanted.items() if value}, **fields}
        if spec is not None:
            obj["spec"] = spec
        made = self.client.create(obj)
        if settle:
            self.settle()
        return made

    def get(self, resource: str, name: str, space: str = "default") -> Object:
        """Return one object."""
        return self.client.get(resource, name, space)

    def names(self, resource: str, space: str = "default") -> list[str]:
        """Return the names of the objects of a resource."""
        return [item["metadata"]["name"] for item in self.client.items(resource, space)]

    def reasons(self, name: str, space: str = "default") -> list[str]:
        """Return the reasons of the events about objects of a name, oldest first."""
        events = [item for item in self.client.items("events", space) if item["involvedObject"]["name"] == name]
        return [item["reason"] for item in sorted(events, key=lambda item: int(item["metadata"]["resourceVersion"]))]

    def again(self, loop: str, key: str) -> bool:
        """Reconcile a key once more; tell whether nothing was written."""
        before = self.cluster.backend.revision()
        found = self.cluster.loop(loop)
        assert found is not None
        found.reconcile(key)
        return self.cluster.backend.revision() == before


def owner(obj: Object, *, controller: bool = False, block: bool = False) -> Object:
    """Return an owner reference to an object."""
    reference = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": obj["metadata"]["name"], "uid": obj["metadata"]["uid"]}
    return {**reference, "controller": controller, "blockOwnerDeletion": block}


def pod_spec(**fields: Any) -> Object:
    """Return the spec of a pod with one container."""
    return {"containers": [{"name": "main", "image": "busybox"}], **fields}
