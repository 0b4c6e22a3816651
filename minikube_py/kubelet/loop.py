"""The loop that plays all kubelets of a cluster: each pod and node is synced under its own node's identity."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from minikube_py.client.api import Client
from minikube_py.client.loops import Change, Loop, LoopContext
from minikube_py.client.recorder import EventRecorder
from minikube_py.kits.clock import parse_rfc3339, rfc3339, rfc3339_micro
from minikube_py.kubelet import backoff, nodestatus
from minikube_py.kubelet import runtime as runtimes
from minikube_py.kubelet.backoff import Backoff
from minikube_py.kubelet.ipam import Addresses
from minikube_py.kubelet.jobs import Busy, Jobs
from minikube_py.kubelet.podworker import PodWorker
from minikube_py.kubelet.runtime import Runtime, RuntimeFailure
from minikube_py.machinery import meta
from minikube_py.machinery.errors import Conflict, KctlError, NotFound
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.kubelet.engineside import EngineSide

STOPPED = "kctl.dev/kubelet"  # a node annotated with "stopped" is one whose kubelet does not work
LEASE_SECONDS = 40
_PAUSE = 10.0  # seconds until a runtime that has failed is asked again
_DOWN_EVENTS = (("NodeNotReady", "Node {} status is now: NodeNotReady"),)
_NODE_EVENTS = (
    ("Starting", "Starting kubelet."),
    *((reason, "Node {} status is now: " + reason) for reason in ("NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID")),
    ("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods"),
    ("NodeReady", "Node {} status is now: NodeReady"),
)
_NODE_NETWORK = "192.168.49."  # minikube's: the first node is .2


class KubeletLoop(Loop):
    """Keys are `pod/NAMESPACE/NAME`, `gone/UID/NODE` and `node/NAME`."""

    name = "kubelet"
    user = "system:node"
    groups = ("system:nodes",)
    manager = "kubelet"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        wanted = context.config["runtime"]
        entry = context.config["runtimes"].get(wanted)
        if entry is None:
            raise KctlError(f'no plugin provides the runtime "{wanted}"')
        self.runtime: Runtime = entry.value(context)
        engine = runtimes.engine_of(self.runtime)
        self._addresses = Addresses(self.state)
        self._jobs = Jobs(None if engine is None else self._relist)
        self.outside = None if engine is None else self._jobs
        self._real: EngineSide | None = None  # where pods really run
        if engine is not None:
            from minikube_py.kubelet import engineside

            self._real = engineside.EngineSide(context, engine, self._jobs, self._addresses)
        self._clients: dict[str, Client] = {}
        self._recorders: dict[str, EventRecorder] = {}
        self._nodes: dict[str, Object] = {}
        self._renewed: dict[str, float] = {}
        self._own: set[int] = set()  # revisions of our own status updates after which nothing is left to do

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which pod or node."""
        sources = ("configmaps", "secrets", "persistentvolumeclaims")
        own = {"nodes": self._node_changed, "pods": self._pod_changed, **dict.fromkeys(sources, self._source_changed)}
        return own if self._real is None else {**own, **self._real.watches(self._source_changed)}

    def _node_changed(self, change: Change) -> Iterable[str]:
        name = meta.name(change.object)
        self._nodes.pop(name, None)
        if change.type != "MODIFIED":
            return (f"node/{name}",)
        if not _was_revived(change):
            return ()
        pods = self._client(name).items("pods", index=("node", name))  # much may have happened to them meanwhile
        return [f"node/{name}", *(f"pod/{meta.key(pod)}" for pod in pods)]

    def _pod_changed(self, change: Change) -> Iterable[str]:
        if change.revision in self._own:
            self._own.discard(change.revision)
            return ()
        pod = change.object
        node = pod["spec"].get("nodeName")
        if not node:
            return ()
        if change.type == "DELETED":
            gone = f"gone/{meta.uid(pod)}/{node}"
            self._jobs.hand_over(f"pod/{meta.key(pod)}", gone)
            return (gone,)
        return (f"pod/{meta.namespace(pod)}/{meta.name(pod)}",)

    def _source_changed(self, change: Change) -> Iterable[str]:
        prefix = f"waiting/{meta.namespace(change.object)}/"
        return [f"pod/{key[len('waiting/'):]}" for key, _ in self.state.items(prefix)]

    def _relist(self) -> Iterable[str]:
        """Return the keys of what the engine, or somebody at it, did something to (jobs.py)."""
        return () if self._real is None else self._real.relist()

    def runtime_of(self, pod: Object) -> Runtime:
        """Return the runtime of a pod: beside an engine, some pods are there on paper only."""
        return self.runtime if self._real is None or self._real.runs(pod) else self._real.paper

    def order(self, keys: list[str]) -> list[str]:
        """Return nodes first: pods need their addresses."""
        return sorted(keys, key=lambda key: not key.startswith("node/"))

    def reconcile(self, key: str) -> float | None:
        """Sync one pod or node."""
        kind, _, rest = key.partition("/")
        if kind == "node":
            self._sync_node(rest)
            return None
        first, _, second = rest.partition("/")
        try:
            if kind == "volume" and self._real is not None:
                return self._real.remove_volume(key, rest)
            if kind == "gone":
                self._clean(key, first, second)
                return None
            return self._sync_pod(first, second)
        except Busy:
            return None  # the key comes again when the runtime has done it
        except RuntimeFailure:  # nothing can be stopped or removed now
            return _PAUSE

    def _client(self, node: str) -> Client:
        if node not in self._clients:
            self._clients[node] = self.context.client_for(f"system:node:{node}", self.groups)
        return self._clients[node]

    def _recorder(self, node: str) -> EventRecorder:
        if node not in self._recorders:
            memory = self.context.client_for("system:apiserver", ("system:masters",))
            self._recorders[node] = EventRecorder(self._client(node), "kubelet", self.clock, node, memory)
        return self._recorders[node]

    def _node(self, name: str) -> Object | None:
        if name not in self._nodes:
            found = self._client(name).find("nodes", name)
            if found is None:
                return None
            self._nodes[name] = found
        return self._nodes[name]

    def _sync_node(self, name: str) -> None:
        node = self._client(name).find("nodes", name)
        if node is None:
            self.state.delete(f"nodeaddress/{name}")
            self._addresses.forget(name)
            return
        if is_stopped(node):
            return
        ready = meta.condition(node, "Ready")
        down = "" if self._real is None else self._real.down
        if down or ready is None or ready["status"] != "True":
            known = nodestatus.status(node, self._node_address(name), self._machine(), self.clock.now(), down)
            node = self._client(name).update_status({**node, "status": known})
            for reason, message in _NODE_EVENTS if not down else _DOWN_EVENTS:
                self._recorder(name).event(_node_reference(node), "Normal", reason, message.format(name))
        self._nodes[name] = node
        self._renew(node)

    def _machine(self) -> nodestatus.Machine:
        if self._real is None:
            return nodestatus.Machine(f"{self.runtime.name}://{self.runtime.version}")
        return self._real.machine()

    def _node_address(self, name: str) -> str:
        """Return a node's address: the same for its whole life."""
        known = self.state.get(f"nodeaddress/{name}")
        if known is None:
            taken = {value for _, value in self.state.items("nodeaddress/")}
            number = 2
            while known is None or known in taken:
                known = f"192.168.{49 + number // 256}.{number % 256}" if number >= 256 else f"{_NODE_NETWORK}{number}"
                number += 1
            self.state.put(f"nodeaddress/{name}", known)
        return str(known)

    def _renew(self, node: Object) -> None:
        """Renew the node's lease, as a kubelet does every ten seconds; here whenever it has something to do."""
        name, client, now = meta.name(node), self._client(meta.name(node)), self.clock.now()
        if now - self._renewed.get(name, 0.0) < LEASE_SECONDS / 4:
            return
        self._renewed[name] = now
        lease = client.find("leases.coordination.k8s.io", name, "kube-node-lease")
        if lease is not None and now - parse_rfc3339(lease["spec"].get("renewTime", "1970-01-01T00:00:00Z")) < LEASE_SECONDS / 4:
            return
        spec = {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": rfc3339_micro(now)}
        if lease is not None:
            client.update({**lease, "spec": {**lease["spec"], **spec}})
            return
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": meta.uid(node)}
        client.create({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec,
                       "metadata": {"name": name, "namespace": "kube-node-lease", "ownerReferences": [owner]}})  # fmt: skip
        if client.find("csinodes.storage.k8s.io", name) is None:
            client.create({"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": name, "ownerReferences": [owner]},
                           "spec": {"drivers": None}})  # fmt: skip

    def _sync_pod(self, namespace: str, name: str) -> float | None:
        pod = self.client.find("pods", name, namespace)
        if pod is None or not pod["spec"].get("nodeName"):
            self.state.delete(f"waiting/{namespace}/{name}")
            return None
        node = self._node(pod["spec"]["nodeName"])
        if node is None or is_stopped(node):
            return None
        self._renew(node)
        pause = 0.0 if self._real is None else self._real.pause(pod)
        if pause:
            return pause
        if meta.is_deleting(pod):
            return self._terminate(pod, node)
        status = pod.get("status") or {}
        if status.get("phase") in ("Succeeded", "Failed"):
            return None
        if not status.get("startTime") and (left := self._turned_away(pod, node)) is not None:
            return left or None
        if self._is_past_deadline(pod):
            self._fail(pod, node, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
            return None
        return self._run(pod, node)

    def _turned_away(self, pod: Object, node: Object) -> float | None:
        """Turn away what the node cannot run, and tell so; None where it can. Seconds where that has to wait: else owners would make ever more of them."""
        from minikube_py.kubelet import admission

        name, status, now = meta.name(node), pod.get("status") or {}, self.clock.now()
        why = admission.rejection(pod, node, lambda: self._client(name).items("pods", index=("node", name)))
        if why is None:
            return None
        row = f"rejected/{(meta.controller_of(pod) or {}).get('uid', '')}"
        count, since = self.state.get(row) or (0, 0.0)
        if now < since + admission.pause(count):
            return since + admission.pause(count) - now
        if meta.controller_of(pod):
            self.state.put(row, (count + 1, now))
            for other, (_, last) in self.state.items("rejected/"):
                if now > last + admission.FORGOTTEN:
                    self.state.delete(other)
        self._recorder(name).event(pod, "Warning", why.reason, why.message, host=name)
        kept = {"qosClass": status["qosClass"]} if "qosClass" in status else {}
        self._report(pod, {**kept, "phase": "Failed", "reason": why.reason, "message": f"Pod was rejected: {why.message}",
                           "startTime": rfc3339(now)})  # fmt: skip
        return 0.0

    def _worker(self, pod: Object, node: Object) -> PodWorker:
        name = meta.name(node)
        pauses = Backoff(self.state, meta.uid(pod), self.clock.now())
        place = None if self._real is None or not self._real.runs(pod) else self._real.place
        jobs = self._jobs if place is not None or self._real is None else self._real.at_once
        return PodWorker(pod, node, self.runtime_of(pod), jobs, self._client(name), self._recorder(name), self.clock, pauses,
                         lambda: self._allocate(node, pod), place)  # fmt: skip

    def _run(self, pod: Object, node: Object) -> float | None:
        name, worker = meta.name(node), self._worker(pod, node)
        try:
            status = worker.sync()
        except RuntimeFailure as error:
            self._recorder(name).event(pod, "Warning", "FailedCreatePodSandBox", f"Failed to create pod sandbox: {error}", host=name)
            return _PAUSE
        self._note_waiting(pod, worker.missing_sources)
        written = self._report(pod, status)
        if written and worker.again is None and _rests(status):
            self._own.add(written)
        return worker.again

    def _allocate(self, node: Object, pod: Object) -> str:
        try:
            return self._addresses.allocate(node, meta.uid(pod))
        except ValueError as error:
            raise RuntimeFailure("ContainerCreating", str(error)) from error

    def _note_waiting(self, pod: Object, waits: bool) -> None:
        key = f"waiting/{meta.key(pod)}"
        noted = self.state.get(key) is not None
        if waits and not noted:
            self.state.put(key, 1)
        elif noted and not waits:
            self.state.delete(key)

    def _report(self, pod: Object, status: dict[str, Any]) -> int:
        """Store a status where it is new; return the revision, 0 where nothing was written."""
        if status == pod.get("status"):
            return 0
        try:
            stored = self._client(pod["spec"]["nodeName"]).update_status({**pod, "status": status})
        except NotFound:
            return 0
        return int(stored["metadata"]["resourceVersion"])

    def _is_past_deadline(self, pod: Object) -> bool:
        seconds, begun = pod["spec"].get("activeDeadlineSeconds"), (pod.get("status") or {}).get("startTime")
        return bool(seconds is not None and begun and self.clock.now() - parse_rfc3339(begun) >= seconds)

    def _fail(self, pod: Object, node: Object, reason: str, message: str) -> None:
        """End a pod that the kubelet has something against."""
        if not self._jobs.goes_on(f"pod/{meta.key(pod)}", "stop"):
            self._recorder(meta.name(node)).event(pod, "Normal", reason, message, host=meta.name(node))
        status = self._worker(pod, node).stop({"reason": reason, "message": message})
        if status is not None:
            self._report(pod, status)

    def _terminate(self, pod: Object, node: Object) -> float | None:
        """Stop the containers and let the pod go; return the seconds until one that takes its time is to be asked whether it is ready."""
        uid, name, key = meta.uid(pod), meta.name(node), f"pod/{meta.key(pod)}"
        try:
            if not self._jobs.goes_on(key, f"remove {uid}"):
                worker = self._worker(pod, node)
                try:
                    status = worker.stop()
                except Busy:
                    if (ending := worker.ending()) is not None:
                        self._report(pod, ending)
                    return worker.again
                if status is not None and pod["metadata"].get("finalizers"):
                    self._report(pod, status)  # whoever holds the pod wants to know how it ended
            self._clean(key, uid, name)
        except RuntimeFailure as error:
            self._recorder(name).event(pod, "Warning", "FailedKillPod", f"error killing pod: {error}", host=name)
            raise
        self.state.delete(f"waiting/{meta.key(pod)}")
        with contextlib.suppress(NotFound, Conflict):
            self._client(name).delete("pods", meta.name(pod), meta.namespace(pod), grace_period_seconds=0, uid=uid)
        return None

    def _clean(self, key: str, uid: str, node: str) -> None:
        """Leave nothing of a pod."""

        def work() -> None:
            self.runtime.stop_pod_sandbox(uid)
            self.runtime.remove_pod_sandbox(uid)

        what = f"remove {uid}"
        if self._real is not None:
            self._real.paper.remove_pod_sandbox(uid)
        if self._jobs.goes_on(key, what) or self.runtime.pod_sandbox_status(uid) is not None:
            self._jobs.run(key, what, work)
        self._addresses.release(node, uid)
        backoff.forget(self.state, uid)
        if self._real is not None:
            self._real.forget(key, uid)

    def flush(self) -> None:
        """Store the addresses in use and what is being done, and read nodes anew next time: another process may settle in between."""
        self._addresses.flush()
        self._nodes.clear()
        self._own.clear()
        if self._real is not None:
            self._real.flush()


def is_stopped(node: Object) -> bool:
    """Tell whether a node's kubelet does not work, as asked for by annotation."""
    return meta.annotations(node).get(STOPPED) == "stopped"


def _was_revived(change: Change) -> bool:
    """Tell whether a node's kubelet works again."""
    old = change.old
    return old is not None and is_stopped(old) and not is_stopped(change.object)


def _rests(status: Mapping[str, Any]) -> bool:
    """Tell whether a pod is over, or all its containers simply run: then there is nothing to do until something changes."""
    if status["phase"] in ("Succeeded", "Failed"):
        return True
    if not all(container["ready"] or "running" in container["state"] for container in status.get("initContainerStatuses", ())):
        return False  # a sidecar has ended
    return status["phase"] == "Running" and all("running" in container["state"] for container in status["containerStatuses"])


def _node_reference(node: Object) -> Object:
    """Return a node as events refer to it: cluster-scoped, in the namespace default, its name as its uid."""
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": meta.name(node), "uid": meta.name(node)}}
