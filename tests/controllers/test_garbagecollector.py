"""What is owned goes with its owners, in the way that the deletion asked for."""

import pytest

from tests.controllers import fakes


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def deploy(world: fakes.World) -> None:
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}}, "spec": fakes.pod_spec()}}
    world.add("Deployment", "web", spec, api="apps/v1")


@pytest.mark.parametrize(
    ("policy", "sets", "pods"),
    [("", 0, 0), ("Background", 0, 0), ("Foreground", 0, 0), ("Orphan", 1, 2)],
)
def test_deletion_modes(world: fakes.World, policy: str, sets: int, pods: int) -> None:
    deploy(world)
    world.client.delete("deployments.apps", "web", "default", propagation_policy=policy)
    world.settle()
    assert world.names("deployments.apps") == []
    found = world.client.items("replicasets.apps", "default")
    assert (len(found), len(world.names("pods"))) == (sets, pods)
    assert not any(item["metadata"].get("ownerReferences") for item in found)
    assert world.cluster.backend.state_range("loop/generic-garbage-collector/") == []


def test_orphans_of_a_replica_set_keep_running(world: fakes.World) -> None:
    deploy(world)
    world.client.delete("deployments.apps", "web", "default", propagation_policy="Orphan")
    world.settle()
    world.client.delete("replicasets.apps", world.names("replicasets.apps")[0], "default", propagation_policy="Orphan")
    world.settle()
    pods = world.client.items("pods", "default")
    assert [pod["metadata"].get("ownerReferences") for pod in pods] == [None, None]


def test_one_of_two_owners_is_enough(world: fakes.World) -> None:
    first, second = (world.add("ConfigMap", name) for name in ("first", "second"))
    world.add("ConfigMap", "child", owners=[fakes.owner(first), fakes.owner(second)])
    world.client.delete("configmaps", "first", "default")
    world.settle()
    assert [owner["name"] for owner in world.get("configmaps", "child")["metadata"]["ownerReferences"]] == ["second"]
    world.client.delete("configmaps", "second", "default")
    world.settle()
    assert world.client.find("configmaps", "child", "default") is None


def test_a_new_object_whose_owner_is_gone_goes_too(world: fakes.World) -> None:
    absent = {"apiVersion": "v1", "kind": "ConfigMap", "name": "never", "uid": "00000000-0000-4000-8000-000000000000"}
    world.add("Secret", "child", owners=[absent])
    assert world.client.find("secrets", "child", "default") is None


def test_an_owner_of_the_same_name_is_not_the_owner(world: fakes.World) -> None:
    first = world.add("ConfigMap", "owner")
    world.client.delete("configmaps", "owner", "default")
    world.add("ConfigMap", "owner")
    world.add("Secret", "child", owners=[fakes.owner(first)])
    assert world.client.find("secrets", "child", "default") is None


def test_an_owner_in_another_namespace_does_not_count(world: fakes.World) -> None:
    stranger = world.add("ConfigMap", "owner", space="kube-public")
    world.add("Secret", "child", owners=[fakes.owner(stranger)])
    assert world.client.find("secrets", "child", "default") is None
    assert world.reasons("child") == ["OwnerRefInvalidNamespace"]


def test_cluster_scoped_owners(world: fakes.World) -> None:
    node = world.get("nodes", "minikube", "")
    world.add("ConfigMap", "child", owners=[fakes.owner(node)])
    namespaced = world.add("ConfigMap", "owner")
    world.add("PriorityClass", "high", api="scheduling.k8s.io/v1", space="", value=10, owners=[fakes.owner(namespaced)])
    assert "child" in world.names("configmaps")
    assert "high" in world.names("priorityclasses.scheduling.k8s.io", "")


def test_foreground_deletion_waits_for_what_blocks_it(world: fakes.World) -> None:
    top = world.add("ConfigMap", "top")
    world.add("Secret", "held", owners=[fakes.owner(top, block=True)], finalizers=["example.com/hold"])
    world.add("Secret", "free", owners=[fakes.owner(top)])
    world.client.delete("configmaps", "top", "default", propagation_policy="Foreground")
    world.settle()
    assert world.get("configmaps", "top")["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert world.names("secrets") == ["held"]
    assert world.again("generic-garbage-collector", "item/configmaps/default/top")
    world.client.patch("secrets", "held", "default", {"metadata": {"finalizers": None}})
    world.settle()
    assert world.client.find("configmaps", "top", "default") is None
    assert world.names("secrets") == []


def test_foreground_deletion_goes_down_the_tree(world: fakes.World) -> None:
    top = world.add("ConfigMap", "top")
    middle = world.add("Secret", "middle", owners=[fakes.owner(top, block=True)])
    world.add("ConfigMap", "leaf", owners=[fakes.owner(middle, block=True)], finalizers=["example.com/hold"])
    world.client.delete("configmaps", "top", "default", propagation_policy="Foreground")
    world.settle()
    assert world.get("secrets", "middle")["metadata"]["finalizers"] == ["foregroundDeletion"]
    world.client.patch("configmaps", "leaf", "default", {"metadata": {"finalizers": None}})
    world.settle()
    assert world.names("secrets") == []
    assert "top" not in world.names("configmaps")


def test_the_owner_of_an_unknown_kind_is_left_alone(world: fakes.World) -> None:
    unknown = {"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "00000000-0000-4000-8000-000000000001"}
    world.add("Secret", "child", owners=[unknown])
    assert world.names("secrets") == ["child"]


def test_a_blocked_owner_is_remembered_over_a_restart(world: fakes.World) -> None:
    top = world.add("ConfigMap", "top")
    world.add("Secret", "held", owners=[fakes.owner(top, block=True)], finalizers=["example.com/hold"])
    world.client.delete("configmaps", "top", "default", propagation_policy="Foreground")
    world.settle()
    world.cluster._engine = None  # as if another process went on
    world.client.patch("secrets", "held", "default", {"metadata": {"finalizers": None}})
    world.settle()
    assert "top" not in world.names("configmaps")
