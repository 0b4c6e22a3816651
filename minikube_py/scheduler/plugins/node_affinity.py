"""NodeAffinity: nodeSelector and node affinity, required and preferred, and what the scheduler's own configuration adds."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import labelmatch
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import scoring
from minikube_py.scheduler.framework import (
    SKIPPED,
    ClusterEvent,
    CycleState,
    Handle,
    PreFilterResult,
    SchedulerPlugin,
    Status,
    unresolvable,
)
from minikube_py.scheduler.nodeinfo import NodeInfo

_REFUSAL = unresolvable("node(s) didn't match Pod's node affinity/selector")
_ENFORCED = unresolvable("node(s) didn't match scheduler-enforced node affinity")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def named_nodes(terms: Sequence[Mapping[str, Any]] | None) -> set[str] | None:
    """Return the nodes that the terms name by metadata.name, where each of them does; otherwise None."""
    if not terms:
        return None
    names: set[str] = set()
    for term in terms:
        found: set[str] | None = None
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name" and field.get("operator") == "In":
                values = set(field.get("values") or ())
                found = values if found is None else found & values
        if found is None:
            return None
        names |= found
    return names


class NodeAffinity(SchedulerPlugin):
    """Filters on what is required, scores what is preferred."""

    name = "NodeAffinity"

    def __init__(self, args: Mapping[str, Any] | None = None, handle: Handle | None = None) -> None:
        super().__init__(args, handle)
        added = self.args.get("addedAffinity") or {}
        self._added_required = labelmatch.required_terms(added)
        self._added_preferred = list(added.get(_PREFERRED) or ())

    def events_to_register(self) -> list[ClusterEvent]:
        """Return nodes that come or change labels."""
        return [ClusterEvent("Node", ("Add", "UpdateLabel"), self._helps)]

    @staticmethod
    def _helps(pod: Object, old: Object | None, new: Object | None) -> bool:
        metadata = (new or {}).get("metadata") or {}
        return labelmatch.selects_node(pod, metadata.get("labels") or {}, metadata.get("name", ""))

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | PreFilterResult | None:
        """Skip pods that ask nothing; narrow to the nodes that are named."""
        spec = pod["spec"]
        terms = labelmatch.required_terms((spec.get("affinity") or {}).get("nodeAffinity") or {})
        if terms is None and not spec.get("nodeSelector") and self._added_required is None:
            return SKIPPED
        names = named_nodes(terms)
        if names is None:
            return None
        return PreFilterResult(names) if names else unresolvable("pod affinity terms conflict")

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes that are not selected."""
        refused = {}
        for node in nodes:
            if self._added_required is not None and not labelmatch.node_terms(self._added_required, node.labels, node.name):
                refused[node.name] = _ENFORCED
            elif not labelmatch.selects_node(pod, node.labels, node.name):
                refused[node.name] = _REFUSAL
        return refused

    def _preferred(self, pod: Object) -> list[dict[str, Any]]:
        affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
        return self._added_preferred + list(affinity.get(_PREFERRED) or ())

    def pre_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip pods that prefer nothing."""
        return None if self._preferred(pod) else SKIPPED

    def score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> list[int]:
        """Sum the weights of the preferences that a node meets."""
        preferred = self._preferred(pod)
        return [
            sum(item["weight"] for item in preferred if labelmatch.node_term(item.get("preference") or {}, node.labels, node.name))
            for node in nodes
        ]

    def normalize_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo], scores: Sequence[int]) -> list[int]:
        """Give the highest sum 100."""
        return scoring.normalized(scores)
