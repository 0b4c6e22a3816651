"""PodTopologySpread: pods that a selector selects are spread evenly over zones, nodes or other places."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.machinery import labelmatch
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import terms
from minikube_py.scheduler.framework import (
    MAX_NODE_SCORE,
    SKIPPED,
    ClusterEvent,
    CycleState,
    Handle,
    SchedulerPlugin,
    Status,
    unresolvable,
    unschedulable,
)
from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo
from minikube_py.scheduler.plugins import taint_toleration

_MISMATCH = unschedulable("node(s) didn't match pod topology spread constraints")
_NO_LABEL = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)")
_HARD, _SOFT = "DoNotSchedule", "ScheduleAnyway"
_HOSTNAME = "kubernetes.io/hostname"
_REMEMBERED = 64
# kube-scheduler podtopologyspread.systemDefaultConstraints: for pods that say nothing themselves.
_SYSTEM = ((_HOSTNAME, 3), ("topology.kubernetes.io/zone", 5))


class Constraint(NamedTuple):
    """One topologySpreadConstraint, with matchLabelKeys merged."""

    key: str
    max_skew: int
    selector: dict[str, Any] | None
    min_domains: int
    honor_affinity: bool
    honor_taints: bool
    counts_itself: bool


class Domain(NamedTuple):
    """How many pods are in each place of a constraint, and the least of these."""

    constraint: Constraint
    counts: dict[str, int]
    least: int


class Soft(NamedTuple):
    """What scoring needs: for each constraint its counts by place and its weight; the nodes that lack a label and so do not count."""

    constraints: list[Constraint]
    counts: list[dict[str, int]]
    weights: list[float]
    ignored: set[str]


class PodTopologySpread(SchedulerPlugin):
    """Filters on DoNotSchedule, scores on ScheduleAnyway."""

    name = "PodTopologySpread"

    def __init__(self, args: Mapping[str, Any] | None = None, handle: Handle | None = None) -> None:
        super().__init__(args, handle)
        self._remembered: dict[str, dict[str, str]] = {}
        self._generation = -1

    def events_to_register(self) -> list[ClusterEvent]:
        """Return pods that come, go or change labels, and places that come or go."""
        return [
            ClusterEvent("AssignedPod", ("Add", "UpdateLabel", "Delete"), self._pod_helps),
            ClusterEvent("Node", ("Add", "Delete", "UpdateLabel", "UpdateTaint")),
            ClusterEvent("UnscheduledPod", ("UpdateLabel",)),
        ]

    def _pod_helps(self, pod: Object, old: Object | None, new: Object | None) -> bool:
        wanted = self._constraints(PodInfo(pod), _HARD)
        namespace = pod["metadata"].get("namespace")
        return any(
            other["metadata"].get("namespace") == namespace
            and labelmatch.matches(constraint.selector, other["metadata"].get("labels") or {})
            for other in (old, new)
            if other is not None
            for constraint in wanted
        )

    def _constraints(self, info: PodInfo, action: str) -> list[Constraint]:
        listed = info.pod["spec"].get("topologySpreadConstraints")
        if listed is None:
            listed = self.args.get("defaultConstraints") or ()
        found = []
        for item in listed:
            if (item.get("whenUnsatisfiable") or _HARD) != action:
                continue
            selector = terms.with_label_keys(item.get("labelSelector"), info.pod, item.get("matchLabelKeys"))
            found.append(Constraint(
                item["topologyKey"], int(item.get("maxSkew") or 1), selector, int(item.get("minDomains") or 1),
                item.get("nodeAffinityPolicy") != "Ignore", item.get("nodeTaintsPolicy") == "Honor",
                labelmatch.matches(selector, info.labels),
            ))  # fmt: skip
        return found

    def _system_constraints(self, info: PodInfo) -> list[Constraint]:
        listed = self.args.get("defaultConstraints") or self.args.get("defaultingType") == "List"
        if listed or info.pod["spec"].get("topologySpreadConstraints"):
            return []
        selector = self.handle.owners.selector(info.pod)
        return [] if selector is None else [Constraint(key, skew, selector, 1, True, False, True) for key, skew in _SYSTEM]

    def _per_node(self, state: CycleState, constraint: Constraint) -> dict[str, int]:
        selector = constraint.selector
        if not (selector and (selector.get("matchLabels") or selector.get("matchExpressions"))):
            return {}  # Without a requirement nobody is counted (countPodsMatchSelector).
        match = self.handle.pods.match([state.pod_info.namespace], selector)
        return match.counts(state.removed, living=True)

    def _counted(self, state: CycleState, constraint: Constraint, keys: list[str]) -> dict[str, int]:
        """Return the pods in each place, of nodes that have all keys and that the constraint's policies take into account."""
        eligible = self._eligible(state.pod_info.pod, constraint, keys)
        counts = dict.fromkeys(eligible.values(), 0)
        for name, count in self._per_node(state, constraint).items():
            value = eligible.get(name)
            if value is not None:
                counts[value] += count
        return counts

    def _eligible(self, pod: Object, constraint: Constraint, keys: list[str]) -> dict[str, str]:
        """Return each such node's place. Pods that ask alike share the answer as long as the nodes stay the same."""
        if self._generation != self.handle.snapshot.generation or len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
            self._generation = self.handle.snapshot.generation
        spec = pod["spec"]
        affinity = (spec.get("nodeSelector"), (spec.get("affinity") or {}).get("nodeAffinity")) if constraint.honor_affinity else None
        identity = repr((constraint.key, keys, affinity, spec.get("tolerations") if constraint.honor_taints else None))
        found = self._remembered.get(identity)
        if found is None:
            keyed = [node for node in self.handle.nodes() if all(key in node.labels for key in keys)]
            found = {node.name: node.labels[constraint.key] for node in keyed if self._takes_part(pod, constraint, node)}
            self._remembered[identity] = found
        return found

    @staticmethod
    def _takes_part(pod: Object, constraint: Constraint, node: NodeInfo) -> bool:
        """Tell whether the constraint's policies take a node into account."""
        if constraint.honor_affinity and not labelmatch.selects_node(pod, node.labels, node.name):
            return False
        return not constraint.honor_taints or taint_toleration.untolerated(pod, node.taints) is None

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Count the pods of each place; skip pods without such constraints."""
        constraints = self._constraints(state.pod_info, _HARD)
        if not constraints:
            return SKIPPED
        keys = [constraint.key for constraint in constraints]
        domains = []
        for constraint in constraints:
            counts = self._counted(state, constraint, keys)
            least = min(counts.values(), default=0) if len(counts) >= constraint.min_domains else 0
            domains.append(Domain(constraint, counts, least))
        state.data[self.name] = domains
        return None

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes whose place would get too far ahead of the emptiest."""
        refused: dict[str, Status] = {}
        domains: list[Domain] = state.data[self.name]
        for node in nodes:
            for constraint, counts, least in domains:
                value = node.labels.get(constraint.key)
                if value is None:
                    refused[node.name] = _NO_LABEL
                    break
                if counts.get(value, 0) + constraint.counts_itself - least > constraint.max_skew:
                    refused[node.name] = _MISMATCH
                    break
        return refused

    def pre_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Count for the soft constraints; skip pods without."""
        constraints = self._constraints(state.pod_info, _SOFT)
        keys = [constraint.key for constraint in constraints]
        ignored = {node.name for node in nodes if any(key not in node.labels for key in keys)}
        if not constraints:
            constraints = self._system_constraints(state.pod_info)
        if not constraints:
            return SKIPPED
        soft = Soft(constraints, [], [], ignored)
        for constraint in constraints:
            if constraint.key == _HOSTNAME:
                soft.counts.append(self._per_node(state, constraint))
                places = len(nodes) - len(ignored)
            else:
                soft.counts.append(self._occupied(state, constraint, keys))
                places = len({node.labels.get(constraint.key) for node in nodes if node.name not in ignored})
            soft.weights.append(math.log(places + 2))
        state.data["PreScore" + self.name] = soft
        return None

    def _occupied(self, state: CycleState, constraint: Constraint, keys: list[str]) -> dict[str, int]:
        """Return the pods in each place, of nodes that have the place's label and all `keys`; looks only at nodes that have any."""
        found = [(self.handle.snapshot.get(name), count) for name, count in self._per_node(state, constraint).items()]
        counts: dict[str, int] = {}
        for node, count in found:
            keyed = node is not None and all(key in node.labels for key in (constraint.key, *keys))
            if node is not None and keyed and self._takes_part(state.pod_info.pod, constraint, node):
                value = node.labels[constraint.key]
                counts[value] = counts.get(value, 0) + count
        return counts

    def score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> list[int]:
        """Sum the pods in the node's places, the more places there are the heavier."""
        soft: Soft = state.data["PreScore" + self.name]
        totals = [0.0] * len(nodes)
        for constraint, counts, weight in zip(soft.constraints, soft.counts, soft.weights, strict=True):
            key, base = constraint.key, constraint.max_skew - 1
            for at, node in enumerate(nodes):
                place = node.labels.get(key)
                if place is not None and node.name not in soft.ignored:
                    totals[at] += counts.get(node.name if key == _HOSTNAME else place, 0) * weight + base
        return [int(total + 0.5) for total in totals]

    def normalize_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo], scores: Sequence[int]) -> list[int]:
        """Give the emptiest places the most; nodes without the label nothing."""
        ignored = state.data["PreScore" + self.name].ignored
        counted = [score for node, score in zip(nodes, scores, strict=True) if node.name not in ignored]
        lowest, highest = min(counted, default=0), max(counted, default=0)
        normalized = []
        for node, score in zip(nodes, scores, strict=True):
            if node.name in ignored:
                normalized.append(0)
            elif highest == 0:
                normalized.append(MAX_NODE_SCORE)
            else:
                normalized.append(MAX_NODE_SCORE * (highest + lowest - score) // highest)
        return normalized
