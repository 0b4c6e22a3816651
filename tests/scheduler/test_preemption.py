from typing import Any

import pytest

from minikube_py.machinery.meta import Object
from minikube_py.scheduler.nodeinfo import PodInfo
from tests.scheduler.fakes import World, node, pod


def running(name: str, on: str, priority: int = 0, cpu: str = "1", start: str = "2001-01-01T00:00:00Z", **more: Any) -> Object:
    made = pod(name, cpu=cpu, priority=priority, nodeName=on, **more)
    made["status"] = {"phase": "Running", "startTime": start}
    return made


def world_of(*objects: Object) -> World:
    world = World()
    for obj in objects:
        world.client.create(obj)
    world.settle()
    return world


def left(world: World) -> list[str]:
    return sorted(obj["metadata"]["name"] for obj in world.client.items("pods"))


def test_lower_priority_makes_way() -> None:
    world = world_of(node(cpu="2"), running("low", "minikube", 1), running("mid", "minikube", 5), pod("high", cpu="1", priority=10))
    assert left(world) == ["high", "mid"]
    assert world.pod("high")["status"]["nominatedNodeName"] == "minikube"
    assert world.node_of("high") == ""
    assert world.events() == [
        ("Normal", "Preempted", "Preempted by pod uid-of-high on node minikube"),
        ("Warning", "FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu."),
    ]
    world.advance(1)
    assert world.node_of("high") == "minikube"


def test_the_cheapest_node_is_chosen() -> None:
    world = world_of(
        node("a", cpu="2"), node("b", cpu="2"), node("c", cpu="2"),
        running("a1", "a", 3, "2"), running("b1", "b", 1), running("b2", "b", 1), running("c1", "c", 1, "2"),
        pod("high", cpu="2", priority=10),
    )  # fmt: skip
    assert world.pod("high")["status"]["nominatedNodeName"] == "c"
    assert left(world) == ["a1", "b1", "b2", "high"]


def test_of_equal_victims_the_youngest_goes() -> None:
    world = world_of(
        node("a", cpu="1"), node("b", cpu="1"), running("old", "a", start="2001-01-01T00:00:00Z"),
        running("young", "b", start="2001-02-01T00:00:00Z"), pod("high", cpu="1", priority=10),
    )  # fmt: skip
    assert left(world) == ["high", "old"]


def test_disruption_budgets_are_spared_where_possible() -> None:
    budget = {
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": "db"}}}, "status": {"disruptionsAllowed": 0},
    }  # fmt: skip
    kept = running("kept", "a", 1)
    kept["metadata"]["labels"] = {"app": "db"}
    world = world_of(budget, node("a", cpu="1"), node("b", cpu="1"), kept, running("goes", "b", 5), pod("high", cpu="1", priority=10))
    assert left(world) == ["high", "kept"]


@pytest.mark.parametrize(
    ("spec", "status"), [({"selector": {}}, {}), ({"selector": {"matchLabels": {"app": "db"}}}, {"disruptedPods": {"old": "2001-01-01T00:00:00Z"}})]
)
def test_budgets_without_requirements_and_noted_evictions_do_not_count(spec: Object, status: Object) -> None:
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "default"},
              "spec": spec, "status": {"disruptionsAllowed": 0, **status}}  # fmt: skip
    low = running("old", "a", 1)
    low["metadata"]["labels"] = {"app": "db"}
    world = world_of(budget, node("a", cpu="1"), node("b", cpu="1"), low, running("other", "b", 5), pod("high", cpu="1", priority=10))
    assert left(world) == ["high", "other"]


@pytest.mark.parametrize(("reason", "waits"), [("PreemptionByScheduler", True), ("EvictionByEvictionAPI", False)])
def test_only_for_victims_of_preemption_is_waited(reason: str, waits: bool) -> None:
    leaving = running("leaving", "minikube", 1)
    leaving["metadata"]["deletionTimestamp"] = "2001-09-09T01:46:40Z"
    leaving["status"]["conditions"] = [{"type": "DisruptionTarget", "status": "True", "reason": reason}]
    world = world_of(node(cpu="2"), leaving, running("low", "minikube", 1))
    high = pod("high", cpu="2", priority=10)
    world.loop.frameworks()
    world.loop.nominated.set(PodInfo(high), "minikube")
    world.client.create(high)
    world.settle()
    assert world.why("high").endswith("terminating pod on the nominated node.") is waits
    assert left(world) == (["high", "leaving", "low"] if waits else ["high"])


def test_what_refused_the_nominated_node_is_named_with_what_narrowed_the_search() -> None:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["a"]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    world = world_of(node("a", cpu="1"), node("b"))
    high = pod("high", cpu="2", affinity=affinity)
    world.loop.frameworks()
    world.loop.nominated.set(PodInfo(high), "a")
    world.client.create(high)
    world.settle()
    text = "1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity NodeResourcesFit]."
    assert world.why("high").startswith(f"0/2 nodes are available: {text}")


def test_a_nominated_pod_keeps_others_apart() -> None:
    """Pods that are to come count as if they were there, with their affinity and for the spread."""
    term = {"labelSelector": {"matchLabels": {"app": "x"}}, "topologyKey": "kubernetes.io/hostname"}
    spread = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 2,
              "labelSelector": {"matchLabels": {"app": "x"}}}  # fmt: skip
    world = world_of(node(cpu="1"), running("low", "minikube", 1))
    high = pod("high", cpu="1", priority=10)
    high["metadata"]["labels"] = {"app": "x"}
    world.client.create(high)
    world.settle()
    world.client.create(pod("apart", affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}))
    world.client.create(pod("even", labels={"app": "x"}, topologySpreadConstraints=[spread]))
    world.settle()
    assert world.why("apart").startswith("0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.")
    assert world.why("even").startswith("0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints.")


def test_the_end_of_a_nominated_pod_wakes_those_it_kept_off() -> None:
    world = world_of(node(cpu="1"), running("low", "minikube", 1), pod("high", cpu="1", priority=10))
    world.client.create(pod("lesser", cpu="1", priority=5))
    world.client.create(pod("greater", cpu="2", priority=50))
    world.settle()
    world.client.delete("pods", "high", "default")
    world.settle()
    assert [queued.key for queued in world.loop.queue.asleep()] == ["default/greater"]
    world.advance(1)
    assert world.node_of("lesser") == "minikube"


@pytest.mark.parametrize("restart", [False, True])
def test_a_greater_one_takes_the_nomination_away(restart: bool) -> None:
    world = world_of(node(cpu="2"), running("a", "minikube", 1), running("b", "minikube", 2), pod("high", cpu="1", priority=10))
    assert (left(world), world.pod("high")["status"]["nominatedNodeName"]) == (["b", "high"], "minikube")
    if restart:
        world.start()
    world.client.create(pod("higher", cpu="2", priority=20))
    world.settle()
    assert left(world) == ["high", "higher"]
    assert world.pod("higher")["status"]["nominatedNodeName"] == "minikube"
    assert "nominatedNodeName" not in world.pod("high")["status"]
    assert [queued.key for queued in world.loop.queue.nominated()] == ["default/higher"]


@pytest.mark.parametrize("restart", [False, True])
def test_room_made_for_one_is_not_taken_by_a_lesser(restart: bool) -> None:
    world = world_of(node(cpu="1"), running("low", "minikube", 1), pod("high", cpu="1", priority=10))
    if restart:
        world.start()
    world.client.create(pod("sneaky", cpu="1", priority=5))
    world.settle()
    assert world.node_of("sneaky") == ""
    world.advance(1)
    assert (world.node_of("high"), world.node_of("sneaky")) == ("minikube", "")


def test_a_pod_that_never_preempts() -> None:
    world = world_of(node(cpu="1"), running("low", "minikube", 1), pod("high", cpu="1", priority=10, preemptionPolicy="Never"))
    text = "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never."
    assert world.why("high") == text
    assert left(world) == ["high", "low"]


def test_where_it_would_not_help() -> None:
    world = world_of(node("a", cpu="1"), node("b", cpu="4"), node("c", cpu="1"), node("d", unschedulable=True), running("low", "a", 1),
                     running("low2", "b", 1), running("big", "b", 50, "3"), pod("high", cpu="2", priority=10))  # fmt: skip
    text = (
        "preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, "
        "1 Preemption is not helpful for scheduling, 2 Insufficient cpu."
    )
    assert world.why("high") == f"0/4 nodes are available: 1 node(s) were unschedulable, 3 Insufficient cpu. {text}"


def test_anti_affinity_can_be_preempted() -> None:
    term = {"labelSelector": {"matchLabels": {"app": "x"}}, "topologyKey": "kubernetes.io/hostname"}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    low = running("low", "minikube", 1, affinity=affinity)
    high = pod("high", priority=10, affinity=affinity)
    for obj in (low, high):
        obj["metadata"]["labels"] = {"app": "x"}
    world = world_of(node(), low, high)
    assert left(world) == ["high"]
    world.advance(1)
    assert world.node_of("high") == "minikube"
