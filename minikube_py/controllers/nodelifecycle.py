"""Nodes whose kubelet is silent, and the taints that say so (pkg/controller/nodelifecycle).

Nothing runs between two commands, so no lease is renewed all the time: a kubelet counts as alive while the cluster has its loop,
unless its node is annotated as stopped. From the moment that this is seen, the usual grace period runs.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

STOPPED = "kctl.dev/kubelet"
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
GRACE = 40.0  # --node-monitor-grace-period, in seconds
_WATCHED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
# For each condition, the taint that each of its states means (effect NoSchedule).
_TAINTS = {
    "Ready": {"False": NOT_READY, "Unknown": UNREACHABLE},
    "MemoryPressure": {"True": "node.kubernetes.io/memory-pressure"},
    "DiskPressure": {"True": "node.kubernetes.io/disk-pressure"},
    "NetworkUnavailable": {"True": "node.kubernetes.io/network-unavailable"},
    "PIDPressure": {"True": "node.kubernetes.io/pid-pressure"},
}
_OURS = frozenset({UNSCHEDULABLE, *(key for states in _TAINTS.values() for key in states.values())})
_EVICTING = frozenset({NOT_READY, UNREACHABLE})


class NodeLifecycleController(Loop):
    """Keys are names of nodes."""

    name = "node-controller"
    user = "system:serviceaccount:kube-system:node-controller"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which node."""
        return {"nodes": object_key}

    def reconcile(self, key: str) -> float | None:
        """Look whether the kubelet is alive, and set the taints."""
        node = self.client.find("nodes", key)
        if node is None:
            self._forget(key)
            return None
        self._greet(node)
        again = None
        if self._is_silent(node):
            node, again = self._judge(node)
        elif self.state.get(f"silent/{key}") is not None:
            self.state.delete(f"silent/{key}")
        self._taint(node)
        return again

    def _greet(self, node: Object) -> None:
        known = f"known/{meta.name(node)}"
        if self.state.get(known) != meta.uid(node):
            self.state.put(known, meta.uid(node))
            self.recorder.event(node, "Normal", "RegisteredNode", f"Node {meta.name(node)} event: Registered Node {meta.name(node)} in Controller")

    def _forget(self, name: str) -> None:
        uid = self.state.get(f"known/{name}")
        if uid is None:
            return
        self.state.delete(f"known/{name}")
        self.state.delete(f"silent/{name}")
        gone = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": uid}}
        self.recorder.event(gone, "Normal", "RemovingNode", f"Node {name} event: Removing Node {name} from Controller")

    def _is_silent(self, node: Object) -> bool:
        return not self.context.config.get("kubelet", True) or meta.annotations(node).get(STOPPED) == "stopped"

    def _judge(self, node: Object) -> tuple[Object, float | None]:
        """Return the node, marked as unknown once the grace period is over, and how long to wait till then."""
        key, now = f"silent/{meta.name(node)}", self.clock.now()
        since = self.state.get(key)
        if since is None:
            self.state.put(key, now)
            return node, GRACE
        if now < since + GRACE:
            return node, since + GRACE - now
        return self._mark_unknown(node), None

    def _mark_unknown(self, node: Object) -> Object:
        now = rfc3339(self.clock.now())
        former = (node.get("status") or {}).get("conditions") or []
        conditions = [_unknown(item, now) for item in former]
        present = {item["type"] for item in former}
        for kind in _WATCHED:
            if kind not in present:
                conditions.append({"type": kind, "status": "Unknown", "reason": "NodeStatusNeverUpdated", "message": "Kubelet never posted node status.",
                                   "lastHeartbeatTime": node["metadata"]["creationTimestamp"], "lastTransitionTime": now})  # fmt: skip
        if conditions != former:
            ready = meta.condition(node, "Ready")
            node = self.client.update_status({**node, "status": {**(node.get("status") or {}), "conditions": conditions}})
            if ready is not None and ready["status"] == "True":
                name = meta.name(node)
                self.recorder.event(node, "Normal", "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        self._mark_pods(node)
        return node

    def _mark_pods(self, node: Object) -> None:
        """Say of all pods on the node that they are not ready: nobody knows any more."""
        for pod in self.client.items("pods", index=("node", meta.name(node))):
            ready = meta.condition(pod, "Ready")
            if ready is None or ready["status"] != "True":
                continue
            conditions = [
                {**item, "status": "False", "lastTransitionTime": rfc3339(self.clock.now())} if item["type"] == "Ready" else item
                for item in pod["status"]["conditions"]
            ]
            try:
                self.client.update_status({**pod, "status": {**pod["status"], "conditions": conditions}})
            except errors.NotFound:
                continue
            self.recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready")

    def _taint(self, node: Object) -> None:
        """Bring the taints that follow from conditions and from spec.unschedulable to what they should be."""
        former = (node.get("spec") or {}).get("taints") or []
        wanted = desired_taints(node)
        kept = [taint for taint in former if not _is_ours(taint) or (taint["key"], taint["effect"]) in wanted]
        missing = wanted - {(taint["key"], taint["effect"]) for taint in kept}
        if not missing and len(kept) == len(former):
            return
        now = rfc3339(self.clock.now())
        fresh = [{"key": key, "effect": effect, "timeAdded": now} for key, effect in sorted(missing)]
        spec = {**(node.get("spec") or {}), "taints": [*kept, *fresh]}
        if not spec["taints"]:
            del spec["taints"]
        self.client.update({**node, "spec": spec})


def _unknown(condition: dict[str, Any], now: str) -> dict[str, Any]:
    if condition["type"] not in _WATCHED or condition["status"] == "Unknown":
        return condition
    return {**condition, "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.", "lastTransitionTime": now}


def desired_taints(node: Object) -> set[tuple[str, str]]:
    """Return the (key, effect) pairs of the taints that a node should have from this controller."""
    wanted = set()
    if (node.get("spec") or {}).get("unschedulable"):
        wanted.add((UNSCHEDULABLE, "NoSchedule"))
    for kind, states in _TAINTS.items():
        found = meta.condition(node, kind)
        key = states.get(found["status"]) if found is not None else None
        if key is not None:
            wanted.add((key, "NoSchedule"))
            if key in _EVICTING:
                wanted.add((key, "NoExecute"))
    return wanted


def _is_ours(taint: dict[str, Any]) -> bool:
    return (taint["effect"] == "NoSchedule" and taint["key"] in _OURS) or (taint["effect"] == "NoExecute" and taint["key"] in _EVICTING)


class TTLController(Loop):
    """How long kubelets may keep secrets, by the size of the cluster (pkg/controller/ttl). Keys are names of nodes."""

    name = "ttl-controller"
    user = "system:serviceaccount:kube-system:ttl-controller"
    _STEPS = ((100, 0), (500, 15), (1000, 30), (2000, 60))

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which node."""
        return {"nodes": self._changed}

    def _changed(self, change: Change) -> Iterable[str]:
        if change.type != "MODIFIED":
            self._count(1 if change.type == "ADDED" else -1)
        return object_key(change) if change.type != "DELETED" else ()

    def _count(self, by: int) -> int:
        number = int(self.state.get("nodes") or 0) + by
        if by:
            self.state.put("nodes", number)
        return number

    def reconcile(self, key: str) -> float | None:
        """Annotate a node."""
        node = self.client.find("nodes", key)
        if node is None:
            return None
        number = self._count(0)
        wanted = str(next((seconds for limit, seconds in self._STEPS if number <= limit), 300))
        if meta.annotations(node).get(TTL) != wanted:
            self.client.patch("nodes", key, "", {"metadata": {"annotations": {TTL: wanted}}})
        return None


TTL = "node.alpha.kubernetes.io/ttl"
