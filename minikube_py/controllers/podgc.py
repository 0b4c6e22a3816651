"""Deletes pods that nobody else does: on nodes that are gone, and ended ones beyond a number (pkg/controller/podgc)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, LoopContext
from minikube_py.controllers import tainteviction
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

THRESHOLD = 12500  # --terminated-pod-gc-threshold
QUARANTINE = 40.0  # seconds between a node's end and that of its pods
_ORPHAN, _ENDED, _GONE = "orphan/", "ended/", "gone/"
_CONDITION = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC", "message": "PodGC: node no longer exists"}


class PodGarbageCollector(Loop):
    """Keys are `orphan/`, `ended/` and `gone/` (of a pod that had ended), each with a pod's NAMESPACE/NAME.

    One key is one pod, so that others get their turn between the many pods of a lost node.
    """

    name = "pod-garbage-collector"
    user = "system:serviceaccount:kube-system:pod-garbage-collector"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._nodes: set[str] = set()
        self._count: int | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the collector."""
        return {"nodes": self._node_changed, "pods": self._pod_changed}

    def _is_known(self, node: str) -> bool:
        """Tell whether there is such a node; those that were found once are kept by changes."""
        if node not in self._nodes:
            if self.client.find("nodes", node) is None:
                return False
            self._nodes.add(node)
        return True

    def _node_changed(self, change: Change) -> Iterable[str]:
        name = meta.name(change.object)
        if change.type != "DELETED":
            return ()
        self._nodes.discard(name)
        return [_ORPHAN + meta.key(pod) for pod in self.client.items("pods", index=("node", name))]

    def _pod_changed(self, change: Change) -> Iterable[str]:
        pod = change.object
        keys = []
        if meta.is_over(pod):
            keys.append((_GONE if change.type == "DELETED" else _ENDED) + meta.key(pod))
        node = pod["spec"].get("nodeName")
        if node and change.type != "DELETED" and not self._is_known(node):
            keys.append(_ORPHAN + meta.key(pod))
        return keys

    def reconcile(self, key: str) -> float | None:
        """Look at a pod of a lost node, or count the pods that have ended."""
        kind, _, pod = key.partition("/")
        if kind == "orphan":
            return self._look_at_orphan(pod)
        self._recount(pod, has_ended=kind == "ended")
        if self._ended() > THRESHOLD:
            self._thin_out()
        return None

    def _recount(self, pod: str, *, has_ended: bool) -> None:
        name = _ENDED + pod
        if has_ended == (self.state.get(name) is not None):
            return
        if has_ended:
            self.state.put(name, self._age(pod))
        else:
            self.state.delete(name)
        self._count = self._ended() + (1 if has_ended else -1)
        self.state.put("count", self._count)

    def _age(self, key: str) -> list[str]:
        """Return what orders pods by the time when they go: those that were evicted first, then the oldest."""
        space, name = meta.split_key(key)
        pod = self.client.find("pods", name, space)
        if pod is None:
            return ["", ""]
        return ["" if (pod.get("status") or {}).get("reason") == "Evicted" else "others", pod["metadata"]["creationTimestamp"]]

    def _ended(self) -> int:
        if self._count is None:
            self._count = int(self.state.get("count") or 0)
        return self._count

    def _thin_out(self) -> None:
        """Delete the first of the pods that have ended. Those that are gone already are left out once their deletion was seen."""
        ages = sorted((age if type(age) is list else [], key.removeprefix(_ENDED)) for key, age in self.state.items(_ENDED))  # older clusters: no list
        for _, key in ages[: max(len(ages) - THRESHOLD, 0)]:
            space, name = meta.split_key(key)
            pod = self.client.find("pods", name, space)
            if pod is not None and not meta.is_deleting(pod):
                self._delete(pod)

    def _look_at_orphan(self, key: str) -> float | None:
        noted, now = _ORPHAN + key, self.clock.now()
        space, name = meta.split_key(key)
        pod = self.client.find("pods", name, space)
        node = pod["spec"].get("nodeName") if pod is not None else None
        if pod is None or not node or self._is_known(node):
            self.state.delete(noted)
            return None
        lost = self.state.get(noted)
        if lost is None or lost["uid"] != meta.uid(pod):
            lost = {"uid": meta.uid(pod), "since": now}
            self.state.put(noted, lost)
        if now < lost["since"] + QUARANTINE:
            return float(lost["since"] + QUARANTINE - now)
        self.state.delete(noted)
        self._end(pod)
        return None

    def _end(self, pod: Object) -> None:
        if not meta.is_over(pod):
            failed = tainteviction.with_condition(pod, {**_CONDITION, "lastTransitionTime": rfc3339(self.clock.now())}, phase="Failed")
            try:
                self.client.patch("pods", meta.name(pod), meta.namespace(pod), {"status": failed["status"]}, subresource="status")
            except errors.NotFound:
                return
        self._delete(pod)

    def _delete(self, pod: Object) -> None:
        try:
            self.client.delete("pods", meta.name(pod), meta.namespace(pod), grace_period_seconds=0, uid=meta.uid(pod))
        except (errors.NotFound, errors.Conflict):
            return
