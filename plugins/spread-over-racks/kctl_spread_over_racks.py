"""SpreadOverRacks: a pod goes to the rack (the nodes' label `rack`) with the fewest pods that carry its labels."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from minikube_py.plugin import hookimpl
from minikube_py.plugin.registries import Registry
from minikube_py.scheduler.framework import MAX_NODE_SCORE, CycleState, SchedulerPlugin
from minikube_py.scheduler.nodeinfo import NodeInfo


class SpreadOverRacks(SchedulerPlugin):
    name = "SpreadOverRacks"
    weight = 10  # more than all built-in scores together

    def score(self, state: CycleState, pod: dict[str, Any], nodes: Sequence[NodeInfo]) -> list[int]:
        selector = {"matchLabels": pod["metadata"].get("labels") or {}}
        alike = self.handle.pods.match([pod["metadata"]["namespace"]], selector).counts(state.removed, living=True)
        racks: Counter[str] = Counter()
        for node in self.handle.nodes():
            racks[node.labels.get("rack", "")] += alike.get(node.name, 0)
        return [MAX_NODE_SCORE // (1 + racks[node.labels.get("rack", "")]) for node in nodes]


@hookimpl
def kctl_register_scheduler_plugins(registry: Registry[Any]) -> None:
    registry.add(SpreadOverRacks.name, SpreadOverRacks)
