"""More ways to use the cluster of world.py: objects made by their fields, the reasons of events, one key once more; and other helpers."""

from typing import Any

from minikube_py.machinery.meta import Object
from tests.controllers import world

START = 1_800_000_000.0  # 2027-01-15T08:00:00Z


class World(world.World):
    """A settled cluster, its administrator's client and its clock."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(start=START, **settings)

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
