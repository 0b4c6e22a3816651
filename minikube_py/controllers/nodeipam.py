"""Pod networks of nodes that come without one (pkg/controller/nodeipam, RangeAllocator)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_RETRY = 60.0  # seconds until a node that got none is looked at again


class NodeIPAMController(Loop):
    """Keys are names of nodes."""

    name = "node-ipam-controller"
    user = "system:serviceaccount:kube-system:node-controller"
    component = "cidrAllocator"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._pod_cidr: Callable[[int], str] = context.config["pod_cidr"]
        self._taken: set[str] | None = None  # by all nodes, once one needs to know
        self._number = 0  # of the network that was given last

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which node."""
        return {"nodes": self._changed}

    def _changed(self, change: Change) -> Iterable[str]:
        networks = _networks(change.object)
        if change.type == "DELETED":
            if self._taken is not None:
                self._taken.difference_update(networks)
            return ()
        if self._taken is not None:
            self._taken.update(networks)
        return () if networks else object_key(change)

    def reconcile(self, key: str) -> float | None:
        """Give a node the next network that is free."""
        node = self.client.find("nodes", key)
        if node is None or _networks(node):
            return None
        network = self._next()
        if network is None:
            self.recorder.event(node, "Normal", "CIDRNotAvailable", f"Node {meta.name(node)} status is now: CIDRNotAvailable")
            return _RETRY
        self.client.patch("nodes", key, "", {"spec": {"podCIDR": network, "podCIDRs": [network]}})
        return None

    def _next(self) -> str | None:
        if self._taken is None:
            self._taken = {network for node in self.client.items("nodes") for network in _networks(node)}
        for first in (self._number + 1, 1):  # those that were given back come last
            number = first
            try:
                while (network := self._pod_cidr(number)) in self._taken:
                    number += 1
            except ValueError:
                continue
            self._number = number
            self._taken.add(network)
            return network
        return None


def _networks(node: Object) -> list[str]:
    return (node.get("spec") or {}).get("podCIDRs") or []
