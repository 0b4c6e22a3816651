"""kube-scheduler as a control loop: pending pods come as keys, and leave bound or with the reason why not."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.plugin.registries import Registry
from minikube_py.scheduler import events, nodeinfo, profiles
from minikube_py.scheduler.attempt import Attempt, report
from minikube_py.scheduler.binding import Binder
from minikube_py.scheduler.events import Happened
from minikube_py.scheduler.framework import Handle
from minikube_py.scheduler.nodeinfo import PodInfo
from minikube_py.scheduler.nominated import Nominated
from minikube_py.scheduler.owners import Owners
from minikube_py.scheduler.plugins import kctl_register_scheduler_plugins
from minikube_py.scheduler.podindex import PodIndex
from minikube_py.scheduler.queue import ACTIVE, WAITING, QueuedPod, SchedulingQueue
from minikube_py.scheduler.runtime import Framework, PluginFailure
from minikube_py.scheduler.snapshot import Snapshot

_OTHERS = {
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "persistentvolumes": "PersistentVolume",
    "storageclasses.storage.k8s.io": "StorageClass",
}


class SchedulerLoop(Loop):
    """Schedules pods, one key at a time.

    config["scheduler_plugins"] is the registry that the plugin hook filled (PluginManager.registry), or a function that
    returns it; config["scheduler_configuration"] a KubeSchedulerConfiguration. Both may be missing.
    """

    name = "scheduler"
    component = "default-scheduler"  # in events
    user = "system:kube-scheduler"
    manager = "kube-scheduler"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self.snapshot = Snapshot(context.state, context.client)
        self.pods = PodIndex(context.client)
        self.nominated = Nominated()
        self.owners = Owners(context.client)
        self.queue = SchedulingQueue(context.state)
        self._frameworks: dict[str, Framework] | None = None
        self._failure = ""  # why there are no frameworks
        self._binders: dict[str, Binder] = {}

    def frameworks(self) -> dict[str, Framework]:
        """Return each profile's framework; plugins are made at the first pod."""
        if self._frameworks is None:
            self._frameworks = {}
            try:
                self._frameworks = self._make()
            except Exception as error:  # a stranger's plugin or a configuration that can not be used: pods must tell
                self._failure = str(error) if isinstance(error, KctlError) else f"{type(error).__name__}: {error}"
                raise
            self._restore_nominated()
        return self._frameworks

    def _make(self) -> dict[str, Framework]:
        registry = complete(self.context.config.get("scheduler_plugins"))
        known = {name for name, _ in profiles.DEFAULT_PLUGINS}
        strangers = [(entry.name, int(getattr(entry.value, "weight", 1))) for entry in registry if entry.name not in known]
        loaded = profiles.load(self.context.config.get("scheduler_configuration"), strangers)
        return {name: Framework(profile, registry, self._handle()) for name, profile in loaded.items()}

    def _restore_nominated(self) -> None:
        for queued in self.queue.nominated():
            pod = self._object(queued)
            if pod is not None:
                self.nominated.set(PodInfo(pod), queued.node)

    def _handle(self) -> Handle:
        handle = Handle()
        handle.client, handle.clock, handle.rng, handle.recorder = self.client, self.clock, self.rng, self.recorder
        handle.snapshot, handle.pods, handle.nominated, handle.owners = self.snapshot, self.pods, self.nominated, self.owners
        return handle

    def framework_of(self, pod: Object) -> Framework | None:
        """Return the framework that is to schedule a pod; None where another scheduler is."""
        try:
            return self.frameworks().get(pod["spec"].get("schedulerName") or profiles.DEFAULT_NAME)
        except Exception:
            if not self._failure:
                raise
            return None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return handlers for all that scheduling depends on."""
        handlers: dict[str, Callable[[Change], Iterable[str]]] = {"pods": self.pod_changed, "nodes": self.node_changed}
        for resource, kind in _OTHERS.items():
            handlers[resource] = lambda change, kind=kind: self._wake(events.of_other(kind, change))  # type: ignore[misc]
        handlers["namespaces"] = self._namespace_changed
        handlers["services"] = self._service_changed
        return handlers

    def node_changed(self, change: Change) -> Iterable[str]:
        """Follow a node."""
        if change.type == "DELETED":
            self.snapshot.remove_node(meta.name(change.object))
        else:
            self.snapshot.set_node(change.object)
        event = events.of_node(change) if self.queue.asleep() else None
        return self._wake(event) if event is not None else ()

    def pod_changed(self, change: Change) -> Iterable[str]:
        """Follow a pod: pending ones are to be scheduled, assigned ones are counted."""
        self.pods.pod_changed(change.object, change.type == "DELETED")
        if nodeinfo.node_name(change.object):
            return self._assigned(change)
        return self._pending(change)

    def _namespace_changed(self, change: Change) -> Iterable[str]:
        self.pods.forget_namespaces()
        return ()

    def _service_changed(self, change: Change) -> Iterable[str]:
        self.owners.forget_services(meta.namespace(change.object))
        return ()

    def _assigned(self, change: Change) -> list[str]:
        pod, key = change.object, meta.key(change.object)
        queued = self.queue.get(key)
        if queued is not None and queued.uid == meta.uid(pod):
            self.queue.forget(key)
        self.nominated.drop(meta.uid(pod))
        if change.type == "DELETED" or meta.is_over(pod):
            self.snapshot.remove_pod(meta.uid(pod), nodeinfo.node_name(pod))
        else:
            self.snapshot.add_pod(PodInfo(pod), nodeinfo.node_name(pod))
        if not self.queue.asleep():
            return []  # Nobody to wake: the object before the change need not be read.
        event = events.of_assigned(change)
        return self._wake(event) if event is not None else []

    def _pending(self, change: Change) -> list[str]:
        pod, key = change.object, meta.key(change.object)
        if self.framework_of(pod) is None and not self._failure:
            return []
        if change.type == "DELETED" or meta.is_over(pod):
            return self._gone(key, pod)
        queued = self.queue.get(key)
        if queued is None or queued.uid != meta.uid(pod):
            if queued is not None:
                self._drop(key)
            self.queue.add(key, pod, self.clock.now())
            return [key]
        before, queued.pod = queued.pod or change.old, pod
        if queued.place != WAITING and nominated_node(change.old) and not nominated_node(pod):
            self.nominated.drop(queued.uid)
            self.queue.withdraw(queued)
        event = events.of_pending(change.old or before or pod, pod)
        if queued.place == ACTIVE or event is None:
            return [key] if queued.place == ACTIVE else []
        framework = self.framework_of(pod)
        other = "UpdateOther" in event.actions
        return [self.queue.wake(queued)] if framework and (other or events.helps(framework, queued, pod, event)) else []

    def _gone(self, key: str, pod: Object) -> list[str]:
        queued = self._drop(key)
        if queued is None or not queued.node:
            return []
        # A nominated pod held room only against those of its own priority and below.
        limit = None if queued.place == WAITING else PodInfo(pod).priority
        return self._wake(Happened("AssignedPod", frozenset(("Delete",)), pod, None), limit)

    def _drop(self, key: str) -> QueuedPod | None:
        """Forget a pending pod; return what was known of it."""
        queued = self.queue.forget(key)
        if queued is None:
            return None
        self.nominated.drop(queued.uid)
        if queued.place == WAITING:
            self.snapshot.remove_pod(queued.uid, queued.node)
        return queued

    def _wake(self, event: Happened, limit: int | None = None) -> list[str]:
        """Return the keys of pods that the event may help; `limit` is the highest priority that it can help."""
        woken = []
        for queued in self.queue.asleep():
            if queued.place == WAITING:
                woken.append(queued.key)
                continue
            pod = self._object(queued)
            framework = self.framework_of(pod) if pod is not None else None
            if pod is None or framework is None or (limit is not None and PodInfo(pod).priority > limit):
                continue
            if events.helps(framework, queued, pod, event):
                woken.append(self.queue.wake(queued))
        return woken

    def _object(self, queued: QueuedPod) -> Object | None:
        if queued.pod is None:
            namespace, name = meta.split_key(queued.key)
            found = self.client.find("pods", name, namespace)
            if found is not None and meta.uid(found) == queued.uid:
                queued.pod = found
        return queued.pod

    def order(self, keys: list[str]) -> list[str]:
        """Sort by the QueueSort plugin; as kube-scheduler's own does where that fails, as an order is no policy."""
        if len(keys) < 2:
            return keys
        known = {key: self._queued(key) for key in keys}
        try:
            return sorted(keys, key=lambda key: self._rank(known[key]))
        except (PluginFailure, TypeError):
            return sorted(keys, key=lambda key: _priority_rank(known[key]))

    def _rank(self, queued: QueuedPod | None) -> tuple[Any, ...]:
        framework = self.framework_of(queued.pod) if queued is not None and queued.pod is not None else None
        if queued is None or queued.pod is None or framework is None:
            return (0,)
        return (1, framework.sort_key(queued.pod, queued.timestamp))

    def _queued(self, key: str) -> QueuedPod | None:
        """Return the entry of a pending pod, looking it up where this process has not seen it."""
        queued = self.queue.get(key)
        if queued is not None and self._object(queued) is not None:
            return queued
        namespace, name = meta.split_key(key)
        pod = self.client.find("pods", name, namespace)
        if pod is None or nodeinfo.node_name(pod) or meta.is_over(pod) or (self.framework_of(pod) is None and not self._failure):
            self._drop(key)
            return None
        return self.queue.add(key, pod, self.clock.now())

    def reconcile(self, key: str) -> float | None:
        """Schedule one pod."""
        queued = self._queued(key)
        if queued is None or queued.pod is None:
            return None
        pod, now = queued.pod, self.clock.now()
        framework = self.framework_of(pod)
        if self._failure:
            return self._unusable(queued, now)
        if framework is None or meta.is_deleting(pod) or queued.place not in (ACTIVE, WAITING):
            return None
        if queued.place == ACTIVE and queued.due > now:
            return queued.due - now
        attempt = Attempt(self, framework, self.binder(framework), queued)
        return attempt.resume() if queued.place == WAITING else attempt.run()

    def _unusable(self, queued: QueuedPod, now: float) -> float:
        """Report that there are no plugins to schedule with, and come again: the configuration may be mended."""
        if queued.due > now:
            return queued.due - now
        queued.attempts += 1
        delay = self.queue.failed(queued, now)
        report(self, queued, now, "SchedulerError", self._failure)
        return delay

    def binder(self, framework: Framework) -> Binder:
        """Return the binder of a profile."""
        name = framework.profile.name
        if name not in self._binders:
            self._binders[name] = Binder(framework, framework.handle)
        return self._binders[name]

    def flush(self) -> None:
        """Keep nodes and queue."""
        self.snapshot.flush()
        self.queue.flush()


def _priority_rank(queued: QueuedPod | None) -> tuple[float, float]:
    if queued is None or queued.pod is None:
        return (0, 0)
    return (-(queued.pod["spec"].get("priority") or 0), queued.timestamp)


def complete(given: Any) -> Registry[Any]:
    """Return the registry of scheduler plugins: what was given (or is returned by what was given), with the built-in ones in it."""
    registry = given() if callable(given) else given
    if registry is None or not any(entry.name == "DefaultBinder" for entry in registry):
        full: Registry[Any] = Registry("scheduler plugin")
        kctl_register_scheduler_plugins(full)
        full.trusted = False
        for entry in registry or ():
            full.add(entry.name, entry.value)
        return full
    return registry  # type: ignore[no-any-return]


def nominated_node(pod: Object | None) -> str:
    """Return the node that a pod's status names as nominated, or the empty string."""
    return str(((pod or {}).get("status") or {}).get("nominatedNodeName") or "")
