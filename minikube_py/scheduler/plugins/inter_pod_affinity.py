"""InterPodAffinity: pods near to, or apart from, other pods, within what a topology key makes one place."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.machinery import meta
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
        self._known: dict[str, Terms] = {}

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

    def _terms(self, uid: str, record: list[Any]) -> Terms:
        known = self._known.get(uid)
        if known is None:
            known = self._known[uid] = terms.from_record(record)
        return known

    def _existing(self, state: CycleState) -> Iterable[tuple[NodeInfo, Terms]]:
        for node in self.handle.snapshot.affine_nodes():
            for uid, record in node.affine.items():
                if uid not in state.removed:
                    yield node, self._terms(uid, record)

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Find the places that count; skip where there are none."""
        info = state.pod_info
        existing = {
            (term.topology_key, node.labels[term.topology_key])
            for node, others in self._existing(state)
            for term in others.anti
            if term.topology_key in node.labels and term.selects(info.namespace, info.labels, self.handle.pods.namespace_labels)
        }
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
        for node, others in self._existing(state):
            self._others(node, others, info, weights)
        state.data["PreScore" + self.name] = weights
        return None if weights else SKIPPED

    def _own(self, term: Term, sign: int, weights: dict[Place, int]) -> None:
        for name, count in self.handle.pods.for_term(term).counts().items():
            node = self.handle.snapshot.get(name)
            if node is not None and term.topology_key in node.labels:
                place = (term.topology_key, node.labels[term.topology_key])
                weights[place] = weights.get(place, 0) + sign * term.weight * count

    def _others(self, node: NodeInfo, others: Terms, pod: PodInfo, weights: dict[Place, int]) -> None:
        counted = [(term, self._hard_weight) for term in others.affinity if self._hard_weight]
        if not self._ignore_existing or any(pod.terms):
            counted += [(term, term.weight) for term in others.preferred] + [(term, -term.weight) for term in others.preferred_anti]
        for term, weight in counted:
            if term.topology_key in node.labels and term.selects(pod.namespace, pod.labels, self.handle.pods.namespace_labels):
                place = (term.topology_key, node.labels[term.topology_key])
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
