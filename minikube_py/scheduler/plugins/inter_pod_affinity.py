"""InterPodAffinity: pods near to, or apart from, other pods, within what a topology key makes one place."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import affine, terms
from minikube_py.scheduler.affine import Standing
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
from minikube_py.scheduler.nodeinfo import NodeInfo
from minikube_py.scheduler.terms import Term, Terms

_EXISTING = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")
_ANTI = unschedulable("node(s) didn't match pod anti-affinity rules")
_AFFINITY = unresolvable("node(s) didn't match pod affinity rules")
Place = tuple[str, str]  # topology key, value


class Counts(NamedTuple):
    """Places that count for a pod: where others keep it away, where its own terms find pods."""

    existing: set[Place]
    anti: set[Place]
    affinity: list[set[Place]]  # for each term
    selects_itself: bool


class InterPodAffinity(SchedulerPlugin):
    """Filters on required terms, of the pod and of the pods that are there; scores preferred ones."""

    name = "InterPodAffinity"

    def __init__(self, args: Mapping[str, Any] | None = None, handle: Handle | None = None) -> None:
        super().__init__(args, handle)
        weight = self.args.get("hardPodAffinityWeight")
        self._hard_weight = 1 if weight is None else int(weight)
        self._ignore_existing = bool(self.args.get("ignorePreferredTermsOfExistingPods"))

    def events_to_register(self) -> list[ClusterEvent]:
        """Return pods that come, go or change labels, and nodes of other places."""
        return [
            ClusterEvent("AssignedPod", ("Add", "UpdateLabel", "Delete"), self._pod_helps),
            ClusterEvent("Node", ("Add", "UpdateLabel")),
            ClusterEvent("UnscheduledPod", ("UpdateLabel",)),
        ]

    def _pod_helps(self, pod: Object, old: Object | None, new: Object | None) -> bool:
        own = terms.of_pod(pod)
        if new is not None and any(self._meant(term, new) for term in own.affinity):
            return True
        if old is None:
            return False
        if any(self._meant(term, old) for term in own.anti):
            return True
        return any(self._meant(term, pod) for term in terms.of_pod(old).anti)

    def _meant(self, term: Term, pod: Object) -> bool:
        return term.selects(meta.namespace(pod), meta.labels(pod), self.handle.pods.namespace_labels)

    def _standing(self, state: CycleState) -> Iterable[tuple[Standing, NodeInfo]]:
        """Yield the terms of pods that are there which mean this pod, each with its node."""
        info, snapshot = state.pod_info, self.handle.snapshot
        for standing in snapshot.affine().concerning(info.labels):
            if standing.uid in state.removed:
                continue
            node = snapshot.get(standing.node)
            if node is None or standing.term.topology_key not in node.labels:
                continue
            if standing.term.selects(info.namespace, info.labels, self.handle.pods.namespace_labels):
                yield standing, node

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Find the places that count; skip where there are none."""
        info = state.pod_info
        existing = {_place(standing.term, node) for standing, node in self._standing(state) if standing.kind == affine.ANTI}
        if not existing and not info.terms.affinity and not info.terms.anti:
            return SKIPPED
        anti = {place for term in info.terms.anti for place in self._places(state, [term])}
        affinity = [self._places(state, info.terms.affinity, key=term.topology_key) for term in info.terms.affinity]
        itself = all(term.selects(info.namespace, info.labels, self.handle.pods.namespace_labels) for term in info.terms.affinity)
        state.data[self.name] = Counts(existing, anti, affinity, itself)
        return None

    def _places(self, state: CycleState, wanted: Sequence[Term], key: str = "") -> set[Place]:
        """Return where a pod is that all of the terms select (as kube-scheduler: one pod must match all affinity terms)."""
        matches = [self.handle.pods.for_term(term) for term in wanted]
        uids = set(matches[0].pods)
        for match in matches[1:]:
            uids &= match.pods.keys()
        at = {matches[0].pods[uid][0] for uid in uids - state.removed}
        label = key or wanted[0].topology_key
        found = [self.handle.snapshot.get(name) for name in at]
        return {(label, node.labels[label]) for node in found if node is not None and label in node.labels}

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse the wrong places."""
        counts: Counts = state.data[self.name]
        wanted = state.pod_info.terms
        refused = {}
        for node in nodes:
            status = self._refusal(counts, wanted, node)
            if status is not None:
                refused[node.name] = status
        return refused

    @staticmethod
    def _refusal(counts: Counts, wanted: Terms, node: NodeInfo) -> Status | None:
        labels = node.labels
        if wanted.affinity:
            if any(term.topology_key not in labels for term in wanted.affinity):
                return _AFFINITY
            near = all(
                (term.topology_key, labels[term.topology_key]) in places
                for term, places in zip(wanted.affinity, counts.affinity, strict=True)
            )
            # The first pod of a group that selects itself may go anywhere.
            if not near and (any(counts.affinity) or not counts.selects_itself):
                return _AFFINITY
        if any(labels.get(key) == value for key, value in counts.anti):
            return _ANTI
        if any(labels.get(key) == value for key, value in counts.existing):
            return _EXISTING
        return None

    def pre_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Sum the weights of places, by the pod's own preferences and those of pods that are there; skip where none has any."""
        info = state.pod_info
        weights: dict[Place, int] = {}
        for sign, preferred in ((1, info.terms.preferred), (-1, info.terms.preferred_anti)):
            for term in preferred:
                self._own(term, sign, weights)
        if self.handle.snapshot.affine():
            self._others(state, weights)
        state.data["PreScore" + self.name] = weights
        return None if weights else SKIPPED

    def _own(self, term: Term, sign: int, weights: dict[Place, int]) -> None:
        for name, count in self.handle.pods.for_term(term).counts().items():
            node = self.handle.snapshot.get(name)
            if node is not None and term.topology_key in node.labels:
                place = _place(term, node)
                weights[place] = weights.get(place, 0) + sign * term.weight * count

    def _others(self, state: CycleState, weights: dict[Place, int]) -> None:
        preferences = not self._ignore_existing or any(state.pod_info.terms)
        for standing, node in self._standing(state):
            weight = standing.term.weight if preferences else 0
            if standing.kind == affine.AFFINITY:
                weight = self._hard_weight
            elif standing.kind == affine.PREFERRED_ANTI:
                weight = -weight
            elif standing.kind == affine.ANTI:
                weight = 0
            if weight:
                place = _place(standing.term, node)
                weights[place] = weights.get(place, 0) + weight

    def score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> list[int]:
        """Sum the weights of a node's places."""
        weights: dict[Place, int] = state.data["PreScore" + self.name]
        return [sum(weight for (key, value), weight in weights.items() if node.labels.get(key) == value) for node in nodes]

    def normalize_score(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo], scores: Sequence[int]) -> list[int]:
        """Spread the sums, which may be negative, over 0 to 100."""
        lowest, highest = min(scores), max(scores)
        if lowest == highest:
            return [0] * len(scores)
        return [int(MAX_NODE_SCORE * ((score - lowest) / (highest - lowest))) for score in scores]


def _place(term: Term, node: NodeInfo) -> Place:
    return (term.topology_key, node.labels[term.topology_key])
