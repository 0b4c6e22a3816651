"""DefaultPreemption: where no node has room, pods of lower priority make way, as few and as unimportant as possible."""

from collections.abc import Sequence
from typing import NamedTuple

from minikube_py.kits import clock as clocks
from minikube_py.machinery import errors, labelmatch, meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import cycle, nominated
from minikube_py.scheduler.framework import (
    SUCCESS,
    UNSCHEDULABLE,
    ClusterEvent,
    CycleState,
    PostFilterResult,
    SchedulerPlugin,
    Status,
    unresolvable,
    unschedulable,
)
from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo

_NO_VICTIMS = unresolvable("No preemption victims found for incoming pod")
_NOT_HELPFUL = unresolvable("Preemption is not helpful for scheduling")
_LEAST_CANDIDATES = 100  # DefaultPreemptionArgs.minCandidateNodesAbsolute
_CANDIDATE_PERCENTAGE = 10  # minCandidateNodesPercentage


class Candidate(NamedTuple):
    """A node, who would have to go (the most important first), and how many disruption budgets that would break."""

    node: str
    victims: list[PodInfo]
    violations: int


def started(pod: Object) -> str:
    """Return when a pod started; pods that did not yet come last."""
    return (pod.get("status") or {}).get("startTime") or "9999"


def _makes_way(pod: Object) -> bool:
    """Tell whether a pod is being deleted because of preemption."""
    reason = (meta.condition(pod, "DisruptionTarget") or {}).get("reason")
    return meta.is_deleting(pod) and reason == "PreemptionByScheduler"


def importance(pod: PodInfo) -> tuple[int, str]:
    """Return what sorts the most important pod first: priority, then the longest running."""
    return (-pod.priority, started(pod.pod))


class DefaultPreemption(SchedulerPlugin):
    """Deletes victims and nominates their node."""

    name = "DefaultPreemption"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return the end of any pod with a node."""
        return [ClusterEvent("AssignedPod", ("Delete",))]

    def post_filter(self, state: CycleState, pod: Object) -> tuple[PostFilterResult | None, Status]:
        """Choose a node and make room there."""
        refusal = self._not_eligible(state, pod)
        if refusal:
            return None, unschedulable(f"preemption: {refusal}")
        nodes = self.handle.nodes()
        candidates, statuses = self._candidates(state, pod, nodes)
        if not candidates:
            reasons = cycle.histogram(statuses.values(), _NOT_HELPFUL, len(nodes) - len(statuses))
            text = f"preemption: 0/{len(nodes)} nodes are available: {reasons}."
            return PostFilterResult(""), unschedulable(text)
        best = min(candidates, key=_cost)
        for victim in best.victims:
            self._evict(state.pod_info, victim, best.node)
        for other in self.handle.nominated.below(state.pod_info.priority, best.node):
            self._withdraw(other)
        return PostFilterResult(best.node), Status(SUCCESS)

    def _not_eligible(self, state: CycleState, pod: Object) -> str:
        if pod["spec"].get("preemptionPolicy") == "Never":
            return "not eligible due to preemptionPolicy=Never."
        node = self.handle.nominated.node_of(state.pod_info.uid)
        waits = bool(node) and state.statuses.get(node, _NO_VICTIMS).code == UNSCHEDULABLE
        if waits and any(_makes_way(other.pod) and other.priority < state.pod_info.priority for other in self._pods(node)):
            return "not eligible due to a terminating pod on the nominated node."
        return ""

    def _pods(self, node: str) -> list[PodInfo]:
        counted = self.handle.snapshot.pods_on(node)
        listed = self.handle.client.items("pods", index=("node", node))
        return [PodInfo(pod) for pod in listed if meta.uid(pod) in counted and not meta.is_over(pod)]

    def _candidates(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> tuple[list[Candidate], dict[str, Status]]:
        helpful = [node for node in nodes if (status := state.statuses.get(node.name)) is not None and status.code == UNSCHEDULABLE]
        enough = max(_LEAST_CANDIDATES, len(helpful) * _CANDIDATE_PERCENTAGE // 100)
        found: list[Candidate] = []
        statuses: dict[str, Status] = {}
        budgets: list[Object] | None = None
        for node in helpful:
            if not any(priority < state.pod_info.priority for priority in node.priorities):
                statuses[node.name] = _NO_VICTIMS
                continue
            if budgets is None:
                budgets = self.handle.client.items("poddisruptionbudgets.policy")
            outcome = self._victims(state, pod, node, budgets)
            if isinstance(outcome, Candidate):
                found.append(outcome)
                if len(found) >= enough:
                    break
            else:
                statuses[node.name] = outcome
        return found, statuses

    def _victims(self, state: CycleState, pod: Object, node: NodeInfo, budgets: list[Object]) -> Candidate | Status:
        """Take all pods of lower priority away, then put back all that leave enough room: budgets first, the important first."""
        lower = sorted((other for other in self._pods(node.name) if other.priority < state.pod_info.priority), key=importance)
        trial = Trial(self, state, pod, node)
        if not lower:
            return _NO_VICTIMS
        for other in lower:
            trial.remove(other)
        refusal = trial.refusal()
        if refusal is not None:
            return refusal
        breaking, harmless = _split(lower, budgets)
        victims, violations = [], 0
        for other in (*breaking, *harmless):
            trial.add(other)
            if trial.refusal() is not None:
                trial.remove(other)
                victims.append(other)
                violations += other in breaking
        return Candidate(node.name, sorted(victims, key=importance), violations)

    def _evict(self, preemptor: PodInfo, victim: PodInfo, node: str) -> None:
        client = self.handle.client
        message = f"{preemptor.pod['spec'].get('schedulerName') or 'default-scheduler'}: preempting to accommodate a higher priority pod"
        since = clocks.rfc3339(self.handle.clock.now())
        condition = {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": since, "reason": "PreemptionByScheduler",
                     "message": message}  # fmt: skip
        try:
            client.patch("pods", victim.name, victim.namespace, {"status": {"conditions": [condition]}}, subresource="status")
            client.delete("pods", victim.name, victim.namespace, uid=victim.uid)
        except (errors.NotFound, errors.Conflict):
            return  # It went by itself.
        self.handle.recorder.event(victim.pod, "Normal", "Preempted", f"Preempted by pod {preemptor.uid} on node {node}")


    def _withdraw(self, other: PodInfo) -> None:
        """Take a nomination back: the room may be gone."""
        self.handle.nominated.drop(other.uid)
        try:
            self.handle.client.patch("pods", other.name, other.namespace, {"status": {"nominatedNodeName": None}}, subresource="status")
        except errors.NotFound:
            return  # The pod is gone, and its nomination with it.


class Trial:
    """A node as it would be without some of its pods."""

    def __init__(self, plugin: DefaultPreemption, state: CycleState, pod: Object, node: NodeInfo) -> None:
        self._handle = plugin.handle
        self._pod = pod
        self._node = node.clone()
        self._state = CycleState(state.pod_info)
        self._removed: set[str] = set()

    def remove(self, pod: PodInfo) -> None:
        """Take a pod away."""
        self._node.remove(pod.uid, self._handle.snapshot.pods_on(self._node.name)[pod.uid])
        self._removed.add(pod.uid)

    def add(self, pod: PodInfo) -> None:
        """Put it back."""
        self._node.add(pod.uid, self._handle.snapshot.pods_on(self._node.name)[pod.uid])
        self._removed.discard(pod.uid)

    def refusal(self) -> Status | None:
        """Return why the pod still does not fit, or None."""
        self._state.removed = frozenset(self._removed)
        return self._handle.pre_filter(self._state, self._pod) or nominated.refusal(self._handle, self._state, self._node)


def _split(pods: list[PodInfo], budgets: list[Object]) -> tuple[list[PodInfo], list[PodInfo]]:
    """Return (pods whose going would break a disruption budget, the others)."""
    left = {meta.key(budget): (budget.get("status") or {}).get("disruptionsAllowed", 0) for budget in budgets}
    breaking: list[PodInfo] = []
    harmless: list[PodInfo] = []
    for pod in pods:
        broken = False
        for budget in budgets:
            if _protects(budget, pod):
                left[meta.key(budget)] -= 1
                broken = broken or left[meta.key(budget)] < 0
        (breaking if broken else harmless).append(pod)
    return breaking, harmless


def _protects(budget: Object, pod: PodInfo) -> bool:
    """Tell whether a budget counts a pod; one without requirements counts none, nor those whose eviction it has noted."""
    selector = (budget.get("spec") or {}).get("selector") or {}
    if meta.namespace(budget) != pod.namespace or not pod.labels or not (selector.get("matchLabels") or selector.get("matchExpressions")):
        return False
    noted = (budget.get("status") or {}).get("disruptedPods") or {}
    return pod.name not in noted and labelmatch.matches(selector, pod.labels)


def _cost(candidate: Candidate) -> tuple[object, ...]:
    """Return what makes one node the better choice (preemption.go pickOneNodeForPreemption)."""
    victims = candidate.victims
    highest = max(victim.priority for victim in victims)
    earliest = min(started(victim.pod) for victim in victims if victim.priority == highest)
    # The node whose most important victim started last is preferred: its time is spelled so that later sorts first.
    latest_first = tuple(-ord(letter) for letter in earliest)
    return (candidate.violations, highest, sum(victim.priority + 2**31 for victim in victims), len(victims), latest_first, candidate.node)
