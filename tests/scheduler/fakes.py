"""A cluster small enough to look through: objects in dicts, a log of changes, and a driver for the scheduler's loop."""

import heapq
import json
import random
from typing import Any

from minikube_py.client.loops import Change, LoopContext
from minikube_py.client.recorder import EventRecorder
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin.registries import Registry
from minikube_py.scheduler.loop import SchedulerLoop
from minikube_py.scheduler.plugins import kctl_register_scheduler_plugins

KINDS = {
    "Pod": "pods", "Node": "nodes", "Event": "events", "PersistentVolumeClaim": "persistentvolumeclaims", "Namespace": "namespaces",
    "PersistentVolume": "persistentvolumes", "StorageClass": "storageclasses.storage.k8s.io",
    "PodDisruptionBudget": "poddisruptionbudgets.policy", "Service": "services", "ReplicaSet": "replicasets.apps",
}  # fmt: skip


class FakeClock:
    """Stands still until moved."""

    def __init__(self, now: float = 1_000_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time


class FakeState:
    """Keeps JSON, as the store does."""

    def __init__(self, kept: dict[str, str] | None = None) -> None:
        self.kept = dict(kept or {})

    def get(self, key: str) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else None

    def put(self, key: str, value: Any) -> None:
        self.kept[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def items(self, prefix: str = "") -> list[tuple[str, Any]]:
        return [(key, json.loads(text)) for key, text in sorted(self.kept.items()) if key.startswith(prefix)]


class FakeClient:
    """The calls that the scheduler makes, on copies."""

    user = "system:kube-scheduler"

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, str]] = {}
        self.log: list[tuple[str, Change]] = []
        self.calls: list[str] = []
        self.revision = 0

    def _write(self, resource: str, kind: str, obj: Object, old: Object | None) -> Object:
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        stored = self.objects.setdefault(resource, {})
        if kind == "DELETED":
            del stored[meta.key(obj)]
        else:
            stored[meta.key(obj)] = json.dumps(obj)
        self.log.append((resource, Change(kind, meta.clone(obj), old, self.revision)))
        return obj

    def create(self, obj: Object, **options: Any) -> Object:
        obj = meta.clone(obj)
        resource = KINDS[obj["kind"]]
        obj["metadata"].setdefault("uid", f"uid-{self.revision + 1}")
        self.calls.append(f"create {resource}")
        return self._write(resource, "ADDED", obj, None)

    def find(self, resource: str, name: str, namespace: str = "") -> Object | None:
        self.calls.append(f"find {resource}")
        text = self.objects.get(resource, {}).get(f"{namespace}/{name}" if namespace else name)
        return json.loads(text) if text is not None else None

    def get(self, resource: str, name: str, namespace: str = "", **options: Any) -> Object:
        found = self.find(resource, name, namespace)
        if found is None:
            raise errors.NotFound(resource, name)
        return found

    def items(self, resource: str, namespace: str = "", *, index: tuple[str, str] | None = None, **options: Any) -> list[Object]:
        self.calls.append(f"list {resource}")
        found = [json.loads(text) for text in self.objects.get(resource, {}).values()]
        found = [obj for obj in found if not namespace or meta.namespace(obj) == namespace]
        if index is not None and index[0] == "node":
            found = [obj for obj in found if obj["spec"].get("nodeName") == index[1]]
        if index is not None and index[0] == "label":
            key, _, value = index[1].partition("=")
            found = [obj for obj in found if meta.labels(obj).get(key) == value]
        return found

    def update(self, obj: Object, **options: Any) -> Object:
        obj = meta.clone(obj)
        resource = KINDS[obj["kind"]]
        self.calls.append(f"update {resource}")
        return self._write(resource, "MODIFIED", obj, self.get(resource, meta.name(obj), meta.namespace(obj)))

    def patch(self, resource: str, name: str, namespace: str, patch: Any, **options: Any) -> Object:
        old = self.get(resource, name, namespace)
        self.calls.append(f"patch {resource}")
        return self._write(resource, "MODIFIED", merged(meta.clone(old), patch), old)

    def delete(self, resource: str, name: str, namespace: str = "", **options: Any) -> Object:
        old = self.get(resource, name, namespace)
        self.calls.append(f"delete {resource}")
        return self._write(resource, "DELETED", meta.clone(old), old)

    def create_subresource(self, resource: str, name: str, namespace: str, subresource: str, body: Object, **options: Any) -> Object:
        self.calls.append(f"{subresource} {resource}")
        old = self.get(resource, name, namespace)
        if old["spec"].get("nodeName"):
            raise errors.Conflict(resource, name, f"pod {name} is already assigned to node")
        new = meta.clone(old)
        new["spec"]["nodeName"] = body["target"]["name"]
        return self._write(resource, "MODIFIED", new, old)


def merged(target: Object, patch: Object) -> Object:
    """Merge as a strategic patch does, conditions by their type."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif key == "conditions":
            kept = [item for item in target.get(key) or () if item["type"] not in {new["type"] for new in value}]
            target[key] = kept + value
        elif isinstance(value, dict):
            target[key] = merged(target.get(key) or {}, value)
        else:
            target[key] = value
    return target


class World:
    """A client, a clock and a scheduler, settled by hand."""

    def __init__(self, config: dict[str, Any] | None = None, plugins: list[Any] | None = None, seed: int = 1) -> None:
        self.client = FakeClient()
        self.clock = FakeClock()
        self.state = FakeState()
        self.seed = seed
        registry: Registry[Any] = Registry("scheduler plugin")
        kctl_register_scheduler_plugins(registry)
        registry.trusted = False
        for plugin in plugins or ():
            registry.add(plugin.name, plugin)
        self.config = {"scheduler_plugins": registry, "scheduler_configuration": config}
        self.seen = 0
        self.timers: list[tuple[float, str]] = []
        self.start()

    def start(self) -> None:
        """Start a scheduler, as a new process does."""
        client: Any = self.client
        recorder = EventRecorder(client, "default-scheduler", self.clock)
        rng = random.Random(self.seed)
        context = LoopContext(client, lambda user, groups: client, recorder, self.clock, rng, self.state, self.config)
        self.loop = SchedulerLoop(context)
        self.handlers = self.loop.watches()

    def settle(self) -> None:
        """Deliver changes and reconcile until nothing moves; then checkpoint."""
        keys: dict[str, None] = {}
        while True:
            while self.seen < len(self.client.log):
                resource, change = self.client.log[self.seen]
                self.seen += 1
                if resource in self.handlers:
                    keys.update(dict.fromkeys(self.handlers[resource](change)))
            while self.timers and self.timers[0][0] <= self.clock.time:
                keys[heapq.heappop(self.timers)[1]] = None
            if not keys:
                break
            for key in self.loop.order(list(keys)):
                after = self.loop.reconcile(key)
                if after is not None:
                    heapq.heappush(self.timers, (self.clock.time + after, key))
            keys = {}
        self.loop.flush()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.time += seconds
        self.settle()

    def pod(self, name: str = "web", namespace: str = "default") -> Object:
        return self.client.get("pods", name, namespace)

    def node_of(self, name: str = "web") -> str:
        return str(self.pod(name)["spec"].get("nodeName", ""))

    def why(self, name: str = "web") -> str:
        condition = meta.condition(self.pod(name), "PodScheduled")
        return condition["message"] if condition else ""

    def events(self) -> list[tuple[str, str, str]]:
        return [(event["type"], event["reason"], event["message"]) for event in self.client.items("events")]


def node(
    name: str = "minikube", cpu: str = "4", memory: str = "8Gi", pods: str = "110", labels: dict[str, str] | None = None, **spec: Any
) -> Object:
    """Make a node."""
    labels = {"kubernetes.io/hostname": name, **(labels or {})}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": spec,
            "status": {"allocatable": {"cpu": cpu, "memory": memory, "ephemeral-storage": "100Gi", "pods": pods}}}  # fmt: skip


def pod(name: str = "web", cpu: str = "", memory: str = "", labels: dict[str, str] | None = None, **spec: Any) -> Object:
    """Make a pending pod."""
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    container = {"name": "c", "image": "nginx", "resources": {"requests": requests}}
    metadata = {"name": name, "namespace": "default", "uid": f"uid-of-{name}", "labels": labels or {}}
    spec = {"containers": [container], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": "Pending"}}
