"""NodeName: a pod that names its node runs nowhere else."""

from collections.abc import Mapping, Sequence

from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import ClusterEvent, CycleState, SchedulerPlugin, Status, unresolvable
from minikube_py.scheduler.nodeinfo import NodeInfo

_REFUSAL = unresolvable("node(s) didn't match the requested node name")


class NodeName(SchedulerPlugin):
    """Refuses all nodes but spec.nodeName."""

    name = "NodeName"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return new nodes."""
        return [ClusterEvent("Node", ("Add",))]

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse other nodes."""
        wanted = pod["spec"].get("nodeName")
        return {node.name: _REFUSAL for node in nodes if node.name != wanted} if wanted else {}
