"""Why a pod goes where it goes: every plugin's answer for every node, from the framework that schedules."""

from typing import NamedTuple

from minikube_py.scheduler.framework import CycleState, Status, unresolvable
from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo
from minikube_py.scheduler.runtime import Framework


class NodeAnswer(NamedTuple):
    """One node: each refusing plugin's status, each scoring plugin's weighted score (where nothing refuses), and their sum."""

    node: str
    refusals: dict[str, Status]
    scores: dict[str, int]
    total: int


class Explanation(NamedTuple):
    """All answers; `gate` and `pre_filter` hold where the pod was refused as a whole."""

    gate: Status | None
    pre_filter: Status | None
    skipped_filters: list[str]
    skipped_scores: list[str]
    nodes: list[NodeAnswer]


def explain(framework: Framework, pod: PodInfo, nodes: list[NodeInfo]) -> Explanation:
    """Ask all Filter plugins about all nodes, and all Score plugins about those that none refuses. Changes nothing."""
    state = CycleState(pod)
    gate = framework.pre_enqueue(pod.pod)
    names, refusal, narrowed = framework.pre_filter(state, pod.pod, nodes)
    if refusal is not None:
        answers = [NodeAnswer(node.name, {refusal.plugin: refusal}, {}, 0) for node in nodes]
        return Explanation(gate, refusal, sorted(state.skip_filter), [], answers)
    refusals: dict[str, dict[str, Status]] = {node.name: {} for node in nodes}
    for slot in framework.points["filter"]:
        if slot.name not in state.skip_filter:
            for node_name, status in framework.refusals(slot, state, pod.pod, nodes).items():
                refusals[node_name][slot.name] = status
    if names is not None:
        outside = unresolvable(f"node(s) didn't satisfy plugin(s) [{' '.join(sorted(narrowed))}]")
        for name in refusals.keys() - names:
            refusals[name].setdefault(narrowed[0], outside)
    feasible = [node for node in nodes if not refusals[node.name]]
    scores = framework.score(state, pod.pod, feasible) if feasible else {}
    place = {node.name: at for at, node in enumerate(feasible)}
    answers = []
    for node in nodes:
        own = {plugin: column[place[node.name]] for plugin, column in scores.items()} if node.name in place else {}
        answers.append(NodeAnswer(node.name, refusals[node.name], own, sum(own.values())))
    return Explanation(gate, None, sorted(state.skip_filter), sorted(state.skip_score), answers)
