"""Deletes pods that nobody else does: on nodes that are gone, and ended ones beyond a number (pkg/controller/podgc)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, LoopContext
from minikube_py.controllers import tainteviction
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

THRESHOLD = 12500  # --terminated-pod-gc-threshold
QUARANTINE = 40.0  # seconds between a node's end and that of its pods
_OVER = ("Succeeded", "Failed")
_NODE, _ENDED, _GONE = "node/", "ended/", "gone/"
_CONDITION = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC", "message": "PodGC: node no longer exists"}


class PodGarbageCollector(Loop):
    """Keys are `node/NAME`, `ended/NAMESPACE/NAME` and `gone/NAMESPACE/NAME` (of a pod that had ended)."""

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
        if change.type == "DELETED":
            self._nodes.discard(name)
            return (_NODE + name,)
        return ()

    def _pod_changed(self, change: Change) -> Iterable[str]:
        pod = change.object
        keys = []
        if (pod.get("status") or {}).get("phase") in _OVER:
            keys.append((_GONE if change.type == "DELETED" else _ENDED) + meta.key(pod))
        node = pod["spec"].get("nodeName")
        if node and change.type != "DELETED" and not self._is_known(node):
            keys.append(_NODE + node)
        return keys

    def reconcile(self, key: str) -> float | None:
        """Look at the pods of a lost node, or count the pods that have ended."""
        if key.startswith(_NODE):
            return self._look_for_orphans(key.removeprefix(_NODE))
        ended = key.startswith(_ENDED)
        name = _ENDED + key.partition("/")[2]
        if ended != (self.state.get(name) is not None):
            if ended:
                self.state.put(name, 1)
            else:
                self.state.delete(name)
            self._count = self._ended() + (1 if ended else -1)
            self.state.put("count", self._count)
        if self._ended() > THRESHOLD:
            self._thin_out()
        return None

    def _ended(self) -> int:
        if self._count is None:
            self._count = int(self.state.get("count") or 0)
        return self._count

    def _thin_out(self) -> None:
        """Delete the oldest of the pods that have ended."""
        keys = [meta.split_key(key.removeprefix(_ENDED)) for key, _ in self.state.items(_ENDED)]
        pods = [pod for pod in (self.client.find("pods", name, space) for space, name in keys) if pod is not None and not meta.is_deleting(pod)]
        pods.sort(key=lambda pod: (pod["metadata"]["creationTimestamp"], meta.name(pod)))
        for pod in pods[: max(len(pods) - THRESHOLD, 0)]:
            self._delete(pod)

    def _look_for_orphans(self, node: str) -> float | None:
        key, now = _NODE + node, self.clock.now()
        if self.client.find("nodes", node) is not None:
            self.state.delete(key)
            return None
        since = self.state.get(key)
        if since is None:
            self.state.put(key, now)
            return QUARANTINE
        if now < since + QUARANTINE:
            return float(since + QUARANTINE - now)
        self.state.delete(key)
        for pod in self.client.items("pods", index=("node", node)):
            self._end(pod)
        return None

    def _end(self, pod: Object) -> None:
        if (pod.get("status") or {}).get("phase") not in _OVER:
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
