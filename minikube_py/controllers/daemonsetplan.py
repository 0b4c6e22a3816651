"""What a DaemonSet has to do now: pods to delete, nodes that need one. Nothing here talks to the API (daemon/update.go)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from minikube_py.controllers import daemonsetnodes, podcontrol, rollout
from minikube_py.controllers.daemonsetnodes import Verdict
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object


class Plan(NamedTuple):
    """Pods to delete, nodes to make a pod for, and pods that have ended and are deleted with a noise."""

    delete: list[Object]
    create: list[str]
    ended: list[Object]


class Facts(NamedTuple):
    """A set, the hash of its template, what each node is to it, and its pods by node (the oldest first)."""

    owner: Object
    hashed: str
    verdicts: Mapping[str, Verdict]
    pods: Mapping[str, Sequence[Object]]
    now: float


def by_node(pods: Iterable[Object]) -> dict[str, list[Object]]:
    """Return pods by the node that they are for, the oldest first; those that are over and being deleted do not count."""
    found: dict[str, list[Object]] = {}
    for pod in sorted(pods, key=lambda pod: (not pod["spec"].get("nodeName"), pod["metadata"]["creationTimestamp"], meta.name(pod))):
        if not (meta.is_deleting(pod) and meta.is_over(pod)):
            found.setdefault(daemonsetnodes.node_of(pod), []).append(pod)
    return found


def surge(owner: Object, desired: int) -> int:
    """Return maxSurge in pods."""
    return rollout.scaled_value(_rolling(owner).get("maxSurge", 0), desired, up=True)


def max_unavailable(owner: Object, desired: int) -> int:
    """Return maxUnavailable in pods; one where both limits come to nothing."""
    found = rollout.scaled_value(_rolling(owner).get("maxUnavailable", 1), desired, up=True)
    return found if found or surge(owner, desired) else 1


def _rolling(owner: Object) -> Mapping[str, int | str]:
    strategy = owner["spec"].get("updateStrategy") or {}
    return strategy.get("rollingUpdate") or {} if strategy.get("type") == "RollingUpdate" else {}


def manage(facts: Facts) -> Plan:
    """Return what brings one pod onto each node that is to have one, and none onto the others."""
    plan = Plan([], [], [])
    for node, verdict in facts.verdicts.items():
        pods = facts.pods.get(node, ())
        if verdict.runs and not pods:
            plan.create.append(node)
        elif verdict.stays:
            plan.ended.extend(pod for pod in pods if meta.is_over(pod) and not meta.is_deleting(pod))
            running = [pod for pod in pods if not meta.is_over(pod) and not meta.is_deleting(pod)]
            plan.delete.extend(_excess(facts, running))
        else:
            plan.delete.extend(pod for pod in pods if not meta.is_deleting(pod))
    for node, pods in facts.pods.items():  # never bound, and never to be: their node is gone
        if node not in facts.verdicts:
            plan.delete.extend(pod for pod in pods if not pod["spec"].get("nodeName") and not meta.is_deleting(pod))
    return plan


def _excess(facts: Facts, running: Sequence[Object]) -> list[Object]:
    """Return the pods of one node that are too many: all but the oldest; with a surge all but the oldest of each template."""
    if len(running) <= 1:
        return []
    if not surge(facts.owner, _desired(facts)):
        return list(running[1:])
    new = [pod for pod in running if daemonsetnodes.is_updated(facts.owner, pod, facts.hashed)]
    old = [pod for pod in running if pod not in new]
    excess = [*new[1:], *old[1:]]
    if new and old and (not podcontrol.is_ready(old[0]) or daemonsetnodes.is_available(facts.owner, new[0], facts.now)):
        excess.append(old[0])
    return excess


def _desired(facts: Facts) -> int:
    return sum(verdict.runs for verdict in facts.verdicts.values())


def roll(facts: Facts) -> Plan:
    """Return the next step of a rolling update."""
    desired = _desired(facts)
    nodes = [(node, *_split(facts, pods)) for node, pods in facts.pods.items() if node in facts.verdicts]
    most = surge(facts.owner, desired)
    if most:
        return _roll_with_surge(facts, nodes, most)
    return _roll_in_place(facts, nodes, max_unavailable(facts.owner, desired))


def _split(facts: Facts, pods: Sequence[Object]) -> tuple[list[Object], list[Object]]:
    """Return (pods of the present template, older ones)."""
    new = [pod for pod in pods if daemonsetnodes.is_updated(facts.owner, pod, facts.hashed)]
    return new, [pod for pod in pods if pod not in new]


def _is_available(facts: Facts, pod: Object) -> bool:
    return daemonsetnodes.is_available(facts.owner, pod, facts.now)


def _roll_in_place(facts: Facts, nodes: Sequence[tuple[str, list[Object], list[Object]]], most: int) -> Plan:
    unavailable = sum(verdict.runs and not facts.pods.get(node) for node, verdict in facts.verdicts.items())
    replaced: list[Object] = []
    candidates: list[Object] = []
    for _, new, old in nodes:
        if len(new) + len(old) != 1:
            unavailable += 1  # what is too many is cleared away first
        elif new:
            unavailable += not _is_available(facts, new[0])
        elif _is_available(facts, old[0]):
            candidates.append(old[0])
        else:
            unavailable += 1
            if not meta.is_deleting(old[0]):
                replaced.append(old[0])  # it serves nobody: it may go at any rate
    return Plan(replaced + candidates[: max(most - unavailable, 0)], [], [])


def _roll_with_surge(facts: Facts, nodes: Sequence[tuple[str, list[Object], list[Object]]], most: int) -> Plan:
    plan = Plan([], [], [])
    candidates: list[str] = []
    surging = 0
    for node, new, old in nodes:
        if not old or not facts.verdicts[node].runs:
            continue
        if not new:
            (candidates if _is_available(facts, old[0]) else plan.create).append(node)
        elif not _is_available(facts, old[0]) or _is_available(facts, new[0]):
            plan.delete.extend(pod for pod in old if not meta.is_deleting(pod))
        else:
            surging += 1
    plan.create.extend(candidates[: max(most - surging, 0)])
    return plan


def counts(facts: Facts) -> dict[str, int]:
    """Return the numbers of a set's status."""
    found = dict.fromkeys(("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady",
                           "updatedNumberScheduled", "numberAvailable"), 0)  # fmt: skip
    for node, verdict in facts.verdicts.items():
        pods = facts.pods.get(node, ())
        if not verdict.runs:
            found["numberMisscheduled"] += bool(pods)
            continue
        found["desiredNumberScheduled"] += 1
        if pods:
            found["currentNumberScheduled"] += 1
            wait = facts.owner["spec"].get("minReadySeconds", 0)
            found["numberReady"] += podcontrol.is_ready(pods[0])
            found["numberAvailable"] += podcontrol.available_in(pods[0], wait, facts.now) == 0
            found["updatedNumberScheduled"] += daemonsetnodes.is_updated(facts.owner, pods[0], facts.hashed)
    found["numberUnavailable"] = found["desiredNumberScheduled"] - found["numberAvailable"]
    return found
