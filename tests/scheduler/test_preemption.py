from typing import Any

import pytest

from minikube_py.machinery.meta import Object
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
    world = world_of(node("a", cpu="1"), node("b", cpu="4"), running("low", "a", 1), running("low2", "b", 1), running("big", "b", 50, "3"),
                     pod("high", cpu="2", priority=10))  # fmt: skip
    text = "preemption: 0/2 nodes are available: 1 Insufficient cpu, 1 Preemption is not helpful for scheduling."
    assert world.why("high") == f"0/2 nodes are available: 2 Insufficient cpu. {text}"


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
