"""Pods that preemption made room for: until they are bound, others of lower priority must not take that room."""

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

    def any(self) -> bool:
        """Tell whether there are any."""
        return bool(self._by_node)
