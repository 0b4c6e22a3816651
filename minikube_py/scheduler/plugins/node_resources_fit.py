"""NodeResourcesFit: a pod's requests fit into what a node has left; scores how full the node gets."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import meta, podresources
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import ClusterEvent, CycleState, Handle, SchedulerPlugin, Status, unschedulable
from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo
from minikube_py.scheduler.plugins import allocation


def shortages(pod: PodInfo, node: NodeInfo, ignored: frozenset[str], groups: frozenset[str]) -> list[str]:
    """Return the reasons why the pod does not fit."""
    reasons = []
    if node.pod_count + 1 > node.alloc_pods:
        reasons.append("Too many pods")
    asked = pod.requests
    native = (
        ("cpu", asked.cpu, node.alloc_cpu, node.cpu),
        ("memory", asked.memory, node.alloc_memory, node.memory),
        ("ephemeral-storage", asked.ephemeral, node.alloc_ephemeral, node.ephemeral),
    )
    scalars = [
        (name, amount, node.alloc_scalars.get(name, 0), node.scalars.get(name, 0))
        for name, amount in sorted((asked.scalars or {}).items())
        if name not in ignored and name.partition("/")[0] not in groups
    ]
    reasons += [f"Insufficient {name}" for name, amount, has, used in (*native, *scalars) if amount > 0 and amount > has - used]
    return reasons


class NodeResourcesFit(SchedulerPlugin):
    """Filters by requests; scores LeastAllocated, MostAllocated or RequestedToCapacityRatio."""

    name = "NodeResourcesFit"

    def __init__(self, args: Mapping[str, Any] | None = None, handle: Handle | None = None) -> None:
        super().__init__(args, handle)
        self._ignored = frozenset(self.args.get("ignoredResources") or ())
        self._groups = frozenset(self.args.get("ignoredResourceGroups") or ())
        strategy = self.args.get("scoringStrategy") or {}
        kind = strategy.get("type") or "LeastAllocated"
        self._weights = allocation.weights(strategy.get("resources"))
        self._shape = allocation.shape((strategy.get("requestedToCapacityRatio") or {}).get("shape"))
        if kind not in ("LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"):
            raise KctlError(f'scoring strategy "{kind}" is not supported')
        self._strategy = kind

    def events_to_register(self) -> list[ClusterEvent]:
        """Return what frees or adds resources."""
        return [
            ClusterEvent("AssignedPod", ("Delete", "UpdateScaleDown"), self._freed),
            ClusterEvent("UnscheduledPod", ("UpdateScaleDown",)),
            ClusterEvent("Node", ("Add", "UpdateAllocatable"), self._fits_empty),
        ]

    @staticmethod
    def _freed(pod: Object, old: Object | None, new: Object | None) -> bool:
        if old is None or (new is not None and not meta.is_over(new)):
            return True
        wanted, gone = podresources.pod_requests(pod), podresources.pod_requests(old)
        if not any(wanted[:3]) and not wanted.scalars:
            return True  # It is the number of pods that was too high.
        return any(asked and freed for asked, freed in zip(wanted[:3], gone[:3], strict=True)) or bool(
            wanted.scalars and gone.scalars and wanted.scalars.keys() & gone.scalars.keys()
        )

    def _fits_empty(self, pod: Object, old: Object | None, new: Object | None) -> bool:
        node = NodeInfo((new or {}).get("metadata", {}).get("name", ""), new)
        return not shortages(PodInfo(pod), node, self._ignored, self._groups)

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes with too little left."""
        info = state.pod_info
        cpu, memory, ephemeral, _, _, scalars = info.requests
        if scalars or ephemeral:
            return self._slow(info, nodes)
        refused = {}
        for node in nodes:
            if (
                node.pod_count >= node.alloc_pods
                or (cpu and cpu > node.alloc_cpu - node.cpu)
                or (memory and memory > node.alloc_memory - node.memory)
            ):
                refused[node.name] = self._refusal(info, node)
        return refused

    def _slow(self, info: PodInfo, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        return {node.name: self._refusal(info, node) for node in nodes if shortages(info, node, self._ignored, self._groups)}

    def _refusal(self, info: PodInfo, node: NodeInfo) -> Status:
        return unschedulable(*shortages(info, node, self._ignored, self._groups))

    def score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> list[int]:
        """Score by the strategy."""
        asked = state.pod_info.requests
        if self._strategy == "LeastAllocated":
            if self._weights == allocation.DEFAULT_WEIGHTS:
                return allocation.least_allocated_default(asked.nz_cpu, asked.nz_memory, nodes)
            return allocation.weighted(asked, nodes, self._weights, allocation.least)
        if self._strategy == "MostAllocated":
            return allocation.weighted(asked, nodes, self._weights, allocation.most)
        return allocation.ratio(asked, nodes, self._weights, self._shape)
