"""How many pods may be evicted just now."""

from typing import Any

import pytest

from minikube_py.machinery import errors
from tests.controllers import fakes

WEB = {"app": "web"}


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def deploy(world: fakes.World, replicas: int = 4) -> None:
    spec = {"replicas": replicas, "selector": {"matchLabels": WEB}, "template": {"metadata": {"labels": WEB}, "spec": fakes.pod_spec()}}
    world.add("Deployment", "web", spec, api="apps/v1")


def budget(world: fakes.World, **spec: Any) -> Any:
    world.add("PodDisruptionBudget", "web", {"selector": {"matchLabels": WEB}, **spec}, api="policy/v1")
    return status(world)


def status(world: fakes.World) -> Any:
    found = world.get("poddisruptionbudgets.policy", "web")["status"]
    return found["expectedPods"], found["desiredHealthy"], found["currentHealthy"], found["disruptionsAllowed"]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 3}, (4, 3, 4, 1)),
        ({"minAvailable": "30%"}, (4, 2, 4, 2)),
        ({"maxUnavailable": 1}, (4, 3, 4, 1)),
        ({"maxUnavailable": "30%"}, (4, 2, 4, 2)),
        ({"minAvailable": 9}, (4, 9, 4, 0)),
        ({"maxUnavailable": 9}, (4, 0, 4, 4)),
    ],
)
def test_what_is_allowed(world: fakes.World, spec: dict[str, Any], expected: tuple[int, ...]) -> None:
    deploy(world)
    assert budget(world, **spec) == expected
    (condition,) = world.get("poddisruptionbudgets.policy", "web")["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("DisruptionAllowed", "SufficientPods" if expected[3] else "InsufficientPods")
    assert world.again("disruption-controller", "default/web")


def test_a_budget_follows_its_pods(world: fakes.World) -> None:
    assert budget(world, minAvailable=3) == (0, 3, 0, 0)
    assert world.reasons("web") == ["NoPods"]
    deploy(world)
    assert status(world) == (4, 3, 4, 1)
    world.client.patch("deployments.apps", "web", "default", {"spec": {"replicas": 6}})
    world.settle()
    assert status(world) == (6, 3, 6, 3)


def test_evictions_spend_the_budget(world: fakes.World) -> None:
    deploy(world)
    budget(world, minAvailable=3)
    first, second = world.names("pods")[:2]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"namespace": "default"}}
    world.client.create_subresource("pods", first, "default", "eviction", {**eviction, "metadata": {"name": first}})
    with pytest.raises(errors.TooManyRequests):
        world.client.create_subresource("pods", second, "default", "eviction", {**eviction, "metadata": {"name": second}})
    world.settle()
    assert first not in world.names("pods")
    assert status(world) == (4, 3, 4, 1)


def test_pods_without_controller_are_told_of(world: fakes.World) -> None:
    world.add("Pod", "alone", fakes.pod_spec(), labels=WEB)
    assert budget(world, maxUnavailable=1) == (0, 0, 1, 0)
    assert world.reasons("web") == ["UnmanagedPods"]
