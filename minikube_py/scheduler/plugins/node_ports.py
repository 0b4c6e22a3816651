"""NodePorts: two pods can not have the same host port."""

from collections.abc import Mapping, Sequence

from minikube_py.machinery import podresources
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import SKIPPED, ClusterEvent, CycleState, SchedulerPlugin, Status, unschedulable
from minikube_py.scheduler.nodeinfo import NodeInfo

_REFUSAL = unschedulable("node(s) didn't have free ports for the requested pod ports")


class NodePorts(SchedulerPlugin):
    """Refuses nodes where a wanted host port is taken."""

    name = "NodePorts"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return new nodes, and the end of pods that hold a wanted port."""
        return [ClusterEvent("AssignedPod", ("Delete",), self._freed), ClusterEvent("Node", ("Add",))]

    @staticmethod
    def _freed(pod: Object, old: Object | None, new: Object | None) -> bool:
        return old is not None and podresources.conflict(podresources.host_ports(pod), podresources.host_ports(old))

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip pods without host ports."""
        return None if state.pod_info.ports else SKIPPED

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes with a conflict."""
        wanted = state.pod_info.ports
        return {node.name: _REFUSAL for node in nodes if node.ports and podresources.conflict(wanted, node.ports)}
