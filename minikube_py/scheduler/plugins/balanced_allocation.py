"""NodeResourcesBalancedAllocation: prefers nodes that stay evenly used."""

from collections.abc import Sequence

from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import SKIPPED, CycleState, SchedulerPlugin, Status
from minikube_py.scheduler.nodeinfo import NodeInfo
from minikube_py.scheduler.plugins import allocation


class BalancedAllocation(SchedulerPlugin):
    """Scores by the deviation between the shares of CPU, memory and what else is configured."""

    name = "NodeResourcesBalancedAllocation"

    def pre_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip pods that ask for none of the resources: otherwise many would go to one node."""
        asked = state.pod_info.requests
        amounts = {"cpu": asked.cpu, "memory": asked.memory, "ephemeral-storage": asked.ephemeral, **(asked.scalars or {})}
        return None if any(amounts.get(name) for name, _ in allocation.weights(self.args.get("resources"))) else SKIPPED

    def score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> list[int]:
        """Score the balance."""
        return allocation.balanced(state.pod_info.requests, nodes, allocation.weights(self.args.get("resources")))
