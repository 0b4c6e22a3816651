"""One scheduling cycle: find the nodes that can run a pod, and choose the best."""

import random
from collections.abc import Iterable
from typing import NamedTuple

from minikube_py.scheduler import nominated
from minikube_py.scheduler.framework import CycleState, Status, unresolvable
from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo
from minikube_py.scheduler.runtime import Framework

NO_NODES = "no nodes available to schedule pods"
_LEAST_FEASIBLE = 100  # kube-scheduler minFeasibleNodesToFind
_LEAST_PERCENTAGE = 5
_CHUNK = 64


class Diagnosis:
    """Why a pod found no node."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.statuses: dict[str, Status] = {}
        self.absent: Status | None = None  # holds for all nodes without a status of their own
        self.plugins: set[str] = set()
        self.pre_filter = ""
        self.post_filter = ""

    def message(self) -> str:
        """Return it in kube-scheduler's words (FitError)."""
        text = f"0/{self.total} nodes are available:"
        if self.pre_filter:
            text += f" {self.pre_filter}."
        else:
            reasons = histogram(self.statuses.values(), self.absent, self.total - len(self.statuses))
            text += f" {reasons}." if reasons else ""
        return f"{text} {self.post_filter}" if self.post_filter else text


class Unfit(Exception):  # noqa: N818
    """No node can run the pod."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.message())
        self.diagnosis = diagnosis


class Choice(NamedTuple):
    """The node chosen, and how many could have been."""

    node: str
    feasible: int


def histogram(statuses: Iterable[Status], absent: Status | None, absent_count: int) -> str:
    """Return `1 Insufficient memory, 2 Insufficient cpu`: how often each reason occurs, sorted as text."""
    counts: dict[str, int] = {}
    for status in statuses:
        for reason in status.reasons:
            counts[reason] = counts.get(reason, 0) + 1
    if absent is not None and absent_count > 0:
        for reason in absent.reasons:
            counts[reason] = counts.get(reason, 0) + absent_count
    return ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))


class Search:
    """The search for a pod's node among all."""

    def __init__(self, framework: Framework, state: CycleState, pod: PodInfo) -> None:
        self._framework = framework
        self._handle = framework.handle
        self._state = state
        self._pod = pod

    def choose(self, rng: random.Random) -> Choice:
        """Return the best node; Unfit where there is none."""
        feasible, diagnosis = self.find_feasible(self._handle.snapshot.nodes())
        if not feasible:
            raise Unfit(diagnosis)
        if len(feasible) == 1:
            return Choice(feasible[0].name, 1)
        totals = total_scores(self._framework.score(self._state, self._pod.pod, feasible), len(feasible))
        best = max(totals)
        winners = [node.name for node, total in zip(feasible, totals, strict=True) if total == best]
        return Choice(winners[0] if len(winners) == 1 else rng.choice(winners), len(feasible))

    def find_feasible(self, nodes: list[NodeInfo]) -> tuple[list[NodeInfo], Diagnosis]:
        """Return (the nodes that can run the pod, at most as many as are worth scoring; why the others can not)."""
        diagnosis = Diagnosis(len(nodes))
        names, refusal, narrowed = self._framework.pre_filter(self._state, self._pod.pod, nodes)
        diagnosis.plugins.update(narrowed)
        if refusal is not None:
            diagnosis.absent = refusal
            diagnosis.pre_filter = refusal.message()
            diagnosis.plugins.add(refusal.plugin)
            return [], diagnosis
        reserved = self._handle.snapshot.get(self._handle.nominated.node_of(self._pod.uid))
        if reserved is not None:
            feasible = self._filter([reserved], diagnosis)
            if feasible:
                return feasible, diagnosis
        candidates = nodes
        if names is not None:
            candidates = [node for node in nodes if node.name in names]
            diagnosis.absent = unresolvable(f"node(s) didn't satisfy plugin(s) [{' '.join(sorted(diagnosis.plugins))}]")
        return self._sampled(candidates, diagnosis), diagnosis

    def _sampled(self, nodes: list[NodeInfo], diagnosis: Diagnosis) -> list[NodeInfo]:
        snapshot = self._handle.snapshot
        wanted = feasible_to_find(self._framework.profile.percentage, len(nodes))
        if wanted >= len(nodes):
            feasible = self._filter(nodes, diagnosis)
        else:
            start = snapshot.cursor % len(nodes)
            turned = nodes[start:] + nodes[:start]
            feasible, at = [], 0
            while at < len(turned) and len(feasible) < wanted:
                step = max(wanted - len(feasible), _CHUNK)
                feasible += self._filter(turned[at : at + step], diagnosis)[: wanted - len(feasible)]
                at += step
        snapshot.cursor = (snapshot.cursor + len(feasible) + len(diagnosis.statuses)) % max(diagnosis.total, 1)
        return feasible

    def _filter(self, nodes: list[NodeInfo], diagnosis: Diagnosis) -> list[NodeInfo]:
        refused: dict[str, Status] = {}
        if self._handle.nominated.any():
            tried = ((node.name, nominated.crowded(self._handle, self._state, node)) for node in nodes)
            refused = {name: status for name, status in tried if status is not None}
            nodes = [node for node in nodes if node.name not in refused]
        feasible, unfit = self._framework.filter(self._state, self._pod.pod, nodes)
        refused.update(unfit)
        if refused:
            diagnosis.statuses.update(refused)
            diagnosis.plugins.update({status.plugin for status in refused.values()})
        return feasible


def total_scores(scores: dict[str, list[int]], count: int) -> list[int]:
    """Return the sum of all plugins' scores for each node."""
    columns = list(scores.values())
    if not columns:
        return [0] * count
    return [sum(row) for row in zip(*columns, strict=True)]


def feasible_to_find(percentage: int, total: int) -> int:
    """Return after how many feasible nodes the search may stop; `percentage` 0 adapts to the size of the cluster."""
    if total < _LEAST_FEASIBLE or percentage >= 100:
        return total
    if percentage == 0:
        percentage = max(50 - total // 125, _LEAST_PERCENTAGE)
    return max(total * percentage // 100, _LEAST_FEASIBLE)
