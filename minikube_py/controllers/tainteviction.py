"""Deletes the pods that do not tolerate a NoExecute taint of their node, when their time is up (pkg/controller/tainteviction)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_CONDITION = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
              "message": "Taint manager: deleting due to NoExecute taint"}  # fmt: skip
_NODE, _POD = "node/", "pod/"
Taint = dict[str, Any]


class TaintEvictionController(Loop):
    """Keys are namespace/name of a pod."""

    name = "taint-eviction-controller"
    user = "system:serviceaccount:kube-system:node-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._tainted: set[str] | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which pod."""
        return {"nodes": self._node_changed, "pods": self._pod_changed}

    def _nodes(self) -> set[str]:
        """Return the nodes that have a NoExecute taint; kept in the state, so that nobody has to read all nodes."""
        if self._tainted is None:
            self._tainted = {key.removeprefix(_NODE) for key, _ in self.state.items(_NODE)}
        return self._tainted

    def _node_changed(self, change: Change) -> Iterable[str]:
        name, tainted = meta.name(change.object), change.type != "DELETED" and bool(_evicting(change.object))
        former = name in self._nodes()
        if tainted and not former:
            self.state.put(_NODE + name, 1)
            self._nodes().add(name)
        elif former and not tainted:
            self.state.delete(_NODE + name)
            self._nodes().discard(name)
        if not tainted and not former:
            return ()
        return [meta.key(pod) for pod in self.client.items("pods", index=("node", name))]

    def _pod_changed(self, change: Change) -> Iterable[str]:
        if not self._nodes():
            return ()
        return object_key(change) if change.object["spec"].get("nodeName") in self._nodes() else ()

    def reconcile(self, key: str) -> float | None:
        """Delete the pod, wait until its tolerations run out, or let it be."""
        space, name = meta.split_key(key)
        pod = self.client.find("pods", name, space)
        taints = self._taints_of(pod) if pod is not None else []
        if pod is None or meta.is_deleting(pod) or not taints:
            self._cancel(key, pod)
            return None
        seconds = tolerated_for(pod["spec"].get("tolerations") or (), taints)
        if not seconds:
            self._cancel(key, pod)
        if seconds is None:
            return None
        left = self._due(key, pod, seconds) - self.clock.now()
        if left > 0:
            return left
        self.state.delete(_POD + key)
        self._evict(pod)
        return None

    def _taints_of(self, pod: Object) -> list[Taint]:
        node = self.client.find("nodes", pod["spec"]["nodeName"]) if pod["spec"].get("nodeName") else None
        return _evicting(node) if node is not None else []

    def _due(self, key: str, pod: Object, seconds: float) -> float:
        """Return when the pod is to go. What was settled once stays, whatever becomes of its taints later, as long as it is not cancelled."""
        noted, now = self.state.get(_POD + key), self.clock.now()
        if noted is None or noted["uid"] != meta.uid(pod) or noted["since"] == now:
            noted = {"uid": meta.uid(pod), "since": now, "seconds": seconds}
            self.state.put(_POD + key, noted)
        return float(noted["since"] + noted.get("seconds", seconds))

    def _cancel(self, key: str, pod: Object | None) -> None:
        if self.state.get(_POD + key) is None:
            return
        self.state.delete(_POD + key)
        if pod is not None and not meta.is_deleting(pod):
            self.recorder.event(pod, "Normal", "TaintManagerEviction", f"Cancelling deletion of Pod {meta.key(pod)}")

    def _evict(self, pod: Object) -> None:
        self.recorder.event(pod, "Normal", "TaintManagerEviction", f"Marking for deletion Pod {meta.key(pod)}")
        try:
            self.client.update_status(with_condition(pod, {**_CONDITION, "lastTransitionTime": rfc3339(self.clock.now())}))
            self.client.delete("pods", meta.name(pod), meta.namespace(pod), uid=meta.uid(pod))
        except errors.NotFound:
            return


def with_condition(pod: Object, condition: dict[str, Any], **status: Any) -> Object:
    """Return the pod with a condition, and other fields of its status, set."""
    former = pod.get("status") or {}
    others = [item for item in former.get("conditions") or () if item["type"] != condition["type"]]
    return {**pod, "status": {**former, **status, "conditions": [*others, condition]}}


def _evicting(node: Object) -> list[Taint]:
    return [taint for taint in (node.get("spec") or {}).get("taints") or () if taint["effect"] == "NoExecute"]


def tolerated_for(tolerations: Iterable[dict[str, Any]], taints: Iterable[Taint]) -> float | None:
    """Return for how many seconds all taints are tolerated: 0 where one is not at all, None for ever."""
    listed, shortest = list(tolerations), None
    for taint in taints:
        matching = [item for item in listed if tolerates(item, taint)]
        if not matching:
            return 0.0
        limits = [max(float(item["tolerationSeconds"]), 0.0) for item in matching[:1] if item.get("tolerationSeconds") is not None]
        if limits and (shortest is None or limits[0] < shortest):
            shortest = limits[0]
    return shortest


def tolerates(toleration: dict[str, Any], taint: Taint) -> bool:
    """Tell whether a toleration matches a taint (component-helpers/scheduling/corev1)."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")
