"""NodePorts: two pods can not have the same host port."""

from collections.abc import Mapping, Sequence

from minikube_py.machinery.meta import Object
from minikube_py.scheduler import resources
from minikube_py.scheduler.framework import SKIPPED, ClusterEvent, CycleState, SchedulerPlugin, Status, unschedulable
from minikube_py.scheduler.nodeinfo import NodeInfo

_REFUSAL = unschedulable("node(s) didn't have free ports for the requested pod ports")
_ANY = "0.0.0.0"


def conflict(wanted: Sequence[Sequence[object]], used: Sequence[Sequence[object]]) -> bool:
    """Tell whether any (host IP, protocol, port) meets one in use; the wildcard address meets all."""
    for address, protocol, port in wanted:
        for other, other_protocol, other_port in used:
            if port == other_port and protocol == other_protocol and (address == other or _ANY in (address, other)):
                return True
    return False


class NodePorts(SchedulerPlugin):
    """Refuses nodes where a wanted host port is taken."""

    name = "NodePorts"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return new nodes, and the end of pods that hold a wanted port."""
        return [ClusterEvent("AssignedPod", ("Delete",), self._freed), ClusterEvent("Node", ("Add",))]

    @staticmethod
    def _freed(pod: Object, old: Object | None, new: Object | None) -> bool:
        return old is not None and conflict(resources.host_ports(pod), resources.host_ports(old))

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip pods without host ports."""
        return None if state.pod_info.ports else SKIPPED

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes with a conflict."""
        wanted = state.pod_info.ports
        return {node.name: _REFUSAL for node in nodes if node.ports and conflict(wanted, node.ports)}
