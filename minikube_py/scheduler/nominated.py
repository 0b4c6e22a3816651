"""Pods that preemption made room for: until they are bound, others of lower priority must not take that room."""

from minikube_py.scheduler.framework import CycleState, Handle, Status
from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo


class Nominated:
    """The nominated pods, by node."""

    def __init__(self) -> None:
        self._by_node: dict[str, dict[str, PodInfo]] = {}
        self._node_of: dict[str, str] = {}

    def set(self, pod: PodInfo, node: str) -> None:
        """Nominate a node for a pod; an empty name withdraws."""
        self.drop(pod.uid)
        if node:
            self._by_node.setdefault(node, {})[pod.uid] = pod
            self._node_of[pod.uid] = node

    def drop(self, uid: str) -> None:
        """Forget a pod."""
        node = self._node_of.pop(uid, "")
        if node:
            self._by_node[node].pop(uid, None)
            if not self._by_node[node]:
                del self._by_node[node]

    def node_of(self, uid: str) -> str:
        """Return the node nominated for a pod, or the empty string."""
        return self._node_of.get(uid, "")

    def rivals(self, pod: PodInfo, node: NodeInfo) -> list[PodInfo]:
        """Return the pods nominated for a node that `pod` must leave room for."""
        others = self._by_node.get(node.name)
        if not others:
            return []
        return [other for other in others.values() if other.uid != pod.uid and other.priority >= pod.priority]

    def below(self, priority: int, node: str) -> list[PodInfo]:
        """Return the pods of lower priority that a node is nominated for."""
        return [other for other in self._by_node.get(node, {}).values() if other.priority < priority]

    def any(self) -> bool:
        """Tell whether there are any."""
        return bool(self._by_node)


def refusal(handle: Handle, state: CycleState, node: NodeInfo) -> Status | None:
    """Return why a node can not run the pod: with the pods that it is nominated for, or without (RunFilterPluginsWithNominatedPods)."""
    return crowded(handle, state, node) or handle.filter_one(state, state.pod_info.pod, node)


def crowded(handle: Handle, state: CycleState, node: NodeInfo) -> Status | None:
    """Return why the pod would not fit if all were there already that the node is nominated for and that it must make room for."""
    info = state.pod_info
    rivals = handle.nominated.rivals(info, node)
    if not rivals:
        return None
    full, trial = node.clone(), CycleState(info)
    trial.removed = state.removed
    for rival in rivals:
        full.add(rival.uid, rival.share())
        handle.snapshot.add_pod(rival, node.name)
        handle.pods.assume(rival.pod, node.name)
    try:
        refused = handle.pre_filter(trial, info.pod)
        trial.skip_filter |= state.skip_filter
        return refused or handle.filter_one(trial, info.pod, full)
    finally:
        for rival in rivals:
            handle.snapshot.remove_pod(rival.uid, node.name)
            handle.pods.forget(rival.pod)
