"""Resizes of running pods, in a whole cluster of one node with four processors."""

from typing import Any

import pytest

from tests.controllers.world import World

POLICY = [{"resourceName": "cpu", "restartPolicy": "NotRequired"}, {"resourceName": "memory", "restartPolicy": "RestartContainer"}]


@pytest.fixture
def world() -> World:
    found = World()
    node = found.get("nodes", "minikube", "")
    amounts = {**node["status"]["allocatable"], "cpu": "4", "memory": "8Gi"}
    found.client.update_status({**node, "status": {**node["status"], "allocatable": amounts, "capacity": amounts}})
    found.settle()
    return found


def add(world: World, name: str, cpu: str, memory: str = "64Mi") -> None:
    resources = {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu, "memory": memory}}
    container = {"name": "main", "image": "nginx", "resources": resources, "resizePolicy": POLICY}
    world.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": {"containers": [container]}})


def resize(world: World, name: str, **amounts: str) -> dict[str, Any]:
    patch = {"spec": {"containers": [{"name": "main", "resources": {"requests": amounts, "limits": amounts}}]}}
    world.client.patch("pods", name, "default", patch, subresource="resize")
    world.settle()
    return has(world, name)


def has(world: World, name: str) -> dict[str, Any]:
    status = world.get("pods", name)["status"]
    (found,) = status["containerStatuses"]
    pending = [(item["reason"], item["message"]) for item in status["conditions"] if item["type"] == "PodResizePending"]
    assert found["allocatedResources"] == found["resources"]["requests"] == found["resources"]["limits"]
    return {**found["allocatedResources"], "restarts": found["restartCount"], "pending": pending}


def test_a_policy_says_whether_a_container_is_started_anew(world: World) -> None:
    add(world, "web", "500m")
    assert resize(world, "web", cpu="800m") == {"cpu": "800m", "memory": "64Mi", "restarts": 0, "pending": []}
    assert resize(world, "web", memory="128Mi") == {"cpu": "800m", "memory": "128Mi", "restarts": 1, "pending": []}
    world.later(100)
    assert has(world, "web")["restarts"] == 1
    assert [text for _, reason, text in world.events("web") if reason == "Killing"] == ["Container main resize requires restart"]


def test_what_no_node_has_is_never_granted(world: World) -> None:
    add(world, "web", "500m")
    why = "Node didn't have enough capacity: cpu, requested: 9000, capacity: 4000"
    assert resize(world, "web", cpu="9") == {"cpu": "500m", "memory": "64Mi", "restarts": 0, "pending": [("Infeasible", why)]}
    why = "Node didn't have enough capacity: memory, requested: 17179869184, capacity: 8589934592"
    assert resize(world, "web", memory="16Gi") == {"cpu": "500m", "memory": "64Mi", "restarts": 0, "pending": [("Infeasible", why)]}
    assert resize(world, "web", cpu="1", memory="64Mi") == {"cpu": "1", "memory": "64Mi", "restarts": 0, "pending": []}


def test_what_others_have_is_waited_for(world: World) -> None:
    used = sum(int(item["resources"].get("requests", {}).get("cpu", "0m").removesuffix("m"))
               for pod in world.pods("kube-system") for item in pod["spec"]["containers"])  # fmt: skip
    add(world, "web", "500m")
    add(world, "greedy", "2")
    why = f"Node didn't have enough resource: cpu, requested: 3000, used: {2000 + used}, capacity: 4000"
    assert resize(world, "web", cpu="3") == {"cpu": "500m", "memory": "64Mi", "restarts": 0, "pending": [("Deferred", why)]}
    world.delete("pods", "greedy")
    world.later(60)
    assert has(world, "web") == {"cpu": "3", "memory": "64Mi", "restarts": 0, "pending": []}
