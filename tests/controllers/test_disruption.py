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


def test_a_budget_without_numbers_allows_nothing(world: fakes.World) -> None:
    deploy(world)
    assert budget(world) == (0, 0, 4, 0)


def test_a_deployment_counts_once_however_many_replica_sets_have_pods(world: fakes.World) -> None:
    deploy(world)
    deployment = world.get("deployments.apps", "web")
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    template = {"metadata": {"labels": {**WEB, "v": "2"}}, "spec": fakes.pod_spec()}
    world.client.update({**deployment, "spec": {**deployment["spec"], "strategy": strategy, "minReadySeconds": 500, "template": template}})
    world.settle()
    assert len(world.names("replicasets.apps")) == 2
    assert budget(world, maxUnavailable=1) == (4, 3, 5, 2)


@pytest.mark.parametrize(("api", "kind", "resource", "spec"), [
    ("apps/v1", "DaemonSet", "daemonsets.apps", {"selector": {"matchLabels": WEB}}), ("batch/v1", "Job", "jobs.batch", {}),
])  # fmt: skip
def test_owners_that_cannot_be_scaled_have_no_size(world: fakes.World, api: str, kind: str, resource: str, spec: dict[str, Any]) -> None:
    policy = {"restartPolicy": "Never"} if kind == "Job" else {}
    world.add(kind, "web", {**spec, "template": {"metadata": {"labels": WEB}, "spec": fakes.pod_spec(**policy)}}, api=api)
    assert budget(world, maxUnavailable=1) == (0, 0, 0, 0)
    (condition,) = world.get("poddisruptionbudgets.policy", "web")["status"]["conditions"]
    text = f"{resource} does not implement the scale subresource"
    assert (condition["status"], condition["reason"], condition["message"]) == ("False", "SyncFailed", text)
    assert "observedGeneration" not in condition
    events = [item["message"] for item in world.client.items("events", "default") if item["reason"] == "CalculateExpectedPodCountFailed"]
    assert events == [f"Failed to calculate the number of expected pods: {text}"]
