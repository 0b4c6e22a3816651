"""What is used of a namespace's quota."""

from typing import Any

import pytest

from minikube_py.machinery import quotausage
from tests.controllers import fakes


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def quota(world: fakes.World, hard: dict[str, str], **fields: Any) -> Any:
    world.add("ResourceQuota", "limits", {"hard": hard, **fields})
    return used(world)


def used(world: fakes.World) -> Any:
    status = world.get("resourcequotas", "limits")["status"]
    assert status["hard"] == world.get("resourcequotas", "limits")["spec"]["hard"]
    return status["used"]


def pod(world: fakes.World, name: str, cpu: str = "", **fields: Any) -> None:
    resources = {"requests": {"cpu": cpu}, "limits": {"cpu": "1", "memory": "1Gi"}} if cpu else {}
    world.add("Pod", name, {"containers": [{"name": "main", "image": "busybox", "resources": resources}], **fields})


def test_objects_are_counted_as_they_come_and_go(world: fakes.World) -> None:
    hard = {"pods": "5", "configmaps": "10", "count/deployments.apps": "2", "services.nodeports": "3"}
    assert quota(world, hard) == {"pods": "0", "configmaps": "1", "count/deployments.apps": "0", "services.nodeports": "0"}
    pod(world, "a")
    world.add("ConfigMap", "more")
    world.add("Service", "web", {"type": "NodePort", "ports": [{"name": "a", "port": 80}, {"name": "b", "port": 81}]})
    assert used(world) == {"pods": "1", "configmaps": "2", "count/deployments.apps": "0", "services.nodeports": "2"}
    world.client.delete("pods", "a", "default")
    world.client.delete("configmaps", "more", "default")
    world.settle()
    assert used(world) == {"pods": "0", "configmaps": "1", "count/deployments.apps": "0", "services.nodeports": "2"}
    assert world.again("resourcequota-controller", "default/limits")


def test_requests_and_limits_are_summed(world: fakes.World) -> None:
    pod(world, "a", "250m")
    pod(world, "b", "500m")
    hard = {"requests.cpu": "4", "cpu": "4", "limits.cpu": "8", "limits.memory": "8Gi"}
    assert quota(world, hard) == {"requests.cpu": "750m", "cpu": "750m", "limits.cpu": "2", "limits.memory": "2Gi"}


def test_storage_is_counted_by_class(world: fakes.World) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    world.add("PersistentVolumeClaim", "data", spec)
    hard = {"requests.storage": "9Gi", "standard.storageclass.storage.k8s.io/requests.storage": "9Gi",
            "other.storageclass.storage.k8s.io/persistentvolumeclaims": "1"}  # fmt: skip
    assert list(quota(world, hard).values()) == ["2Gi", "2Gi", "0"]


@pytest.mark.parametrize(("scope", "number"), [("BestEffort", "1"), ("NotBestEffort", "1"), ("Terminating", "0"), ("NotTerminating", "2")])
def test_scopes(world: fakes.World, scope: str, number: str) -> None:
    pod(world, "a", "250m")
    pod(world, "b")
    assert quota(world, {"pods": "5"}, scopes=[scope]) == {"pods": number}


def test_the_largest_init_container_counts_where_it_is_larger() -> None:
    container = {"name": "main", "resources": {"requests": {"cpu": "1"}}}
    init = {"name": "first", "resources": {"requests": {"cpu": "3"}}}
    sidecar = {"name": "beside", "restartPolicy": "Always", "resources": {"requests": {"cpu": "500m"}}}
    spec = {"containers": [container], "initContainers": [sidecar, init], "overhead": {"cpu": "100m"}}
    assert str(quotausage.usage("pods", {"spec": spec})["cpu"]) == "3600m"
    spec["initContainers"] = [sidecar]
    assert str(quotausage.usage("pods", {"spec": spec})["cpu"]) == "1600m"
