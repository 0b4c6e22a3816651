"""NodeUnschedulable: keeps pods off cordoned nodes."""

from collections.abc import Mapping, Sequence

from minikube_py.machinery import labelmatch
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import ClusterEvent, CycleState, SchedulerPlugin, Status, unresolvable
from minikube_py.scheduler.nodeinfo import NodeInfo

_TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
_REFUSAL = unresolvable("node(s) were unschedulable")


class NodeUnschedulable(SchedulerPlugin):
    """Refuses nodes with spec.unschedulable, save to pods that tolerate its taint."""

    name = "NodeUnschedulable"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return node events and new tolerations."""
        return [
            ClusterEvent("Node", ("Add", "UpdateTaint"), lambda pod, old, new: not ((new or {}).get("spec") or {}).get("unschedulable")),
            ClusterEvent("UnscheduledPod", ("UpdateTolerations",)),
        ]

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse cordoned nodes."""
        cordoned = [node.name for node in nodes if node.unschedulable]
        if not cordoned or labelmatch.tolerates(pod["spec"].get("tolerations"), _TAINT):
            return {}
        return dict.fromkeys(cordoned, _REFUSAL)
