"""TaintToleration: keeps pods off nodes whose taints they do not tolerate, and prefers nodes with fewer soft ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import labelmatch
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import scoring
from minikube_py.scheduler.framework import ClusterEvent, CycleState, SchedulerPlugin, Status, unresolvable
from minikube_py.scheduler.nodeinfo import NodeInfo

_HARD = ("NoSchedule", "NoExecute")


def untolerated(pod: Object, taints: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the first taint that keeps the pod off."""
    tolerations = pod["spec"].get("tolerations")
    for taint in taints:
        if taint.get("effect") in _HARD and not labelmatch.tolerates(tolerations, taint):
            return taint
    return None


class TaintToleration(SchedulerPlugin):
    """Filters on NoSchedule and NoExecute, scores on PreferNoSchedule."""

    name = "TaintToleration"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return node events after which the pod tolerates the node, and new tolerations."""
        return [ClusterEvent("Node", ("Add", "UpdateTaint"), self._helps), ClusterEvent("UnscheduledPod", ("UpdateTolerations",))]

    @staticmethod
    def _helps(pod: Object, old: Object | None, new: Object | None) -> bool:
        return untolerated(pod, ((new or {}).get("spec") or {}).get("taints") or ()) is None

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes with a taint that is not tolerated."""
        refused = {}
        for node in [node for node in nodes if node.taints]:
            taint = untolerated(pod, node.taints)
            if taint is not None:
                refused[node.name] = unresolvable(f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value') or ''}}}")
        return refused

    def score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> list[int]:
        """Count the soft taints that are not tolerated."""
        if not any(node.taints for node in nodes):
            return [0] * len(nodes)
        tolerations = [item for item in pod["spec"].get("tolerations") or () if item.get("effect") in (None, "", "PreferNoSchedule")]
        return [
            sum(taint.get("effect") == "PreferNoSchedule" and not labelmatch.tolerates(tolerations, taint) for taint in node.taints)
            for node in nodes
        ]

    def normalize_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo], scores: Sequence[int]) -> list[int]:
        """Give the fewest taints the most."""
        return scoring.normalized(scores, reverse=True)
