"""ReplicaSets and ReplicationControllers."""

from typing import Any

import pytest

from tests.controllers.world import World, template, workload


@pytest.fixture
def world() -> World:
    return World(nodes=2)


def replica_set(name: str = "web", **spec: Any) -> dict[str, Any]:
    return workload("ReplicaSet", name, **spec)


def lonely(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": labels}, "spec": template()["spec"]}


def test_pods_are_made_and_counted(world: World) -> None:
    made = world.apply(replica_set(replicas=3))
    assert made["status"] == {"replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 3, "availableReplicas": 3, "observedGeneration": 1}
    assert sorted(world.events(kind="ReplicaSet")) == [("Normal", "SuccessfulCreate", f"Created pod: {name}") for name in world.names()]
    assert all(name.startswith("web-") and len(name) == 9 for name in world.names())


def test_a_deleted_pod_is_replaced(world: World) -> None:
    world.apply(replica_set(replicas=2))
    before = world.names()
    world.delete("pods", before[0])
    assert len(world.names()) == 2 and before[0] not in world.names()


def test_a_pod_that_has_ended_is_replaced_and_stays(world: World) -> None:
    world.apply(replica_set(replicas=1))
    (pod,) = world.pods()
    world.client.update_status({**pod, "status": {**pod["status"], "phase": "Failed", "reason": "Evicted"}})
    world.settle()
    assert sorted(item["status"]["phase"] for item in world.pods()) == ["Failed", "Running"]


def test_orphans_are_adopted_and_strangers_released(world: World) -> None:
    world.apply(lonely("stray", app="web"), replica_set(replicas=2))
    assert "stray" in world.names() and len(world.names()) == 2
    world.patch("pods", "stray", {"metadata": {"labels": {"app": "other"}}})
    assert len(world.names()) == 3
    assert not world.get("pods", "stray")["metadata"].get("ownerReferences")


def test_a_scale_down_takes_the_unready_first(world: World) -> None:
    world.apply(lonely("stuck", app="web"), replica_set(replicas=3))
    world.patch("pods", "stuck", {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-5"}}})
    world.patch("replicasets.apps", "web", {"spec": {"replicas": 2}})
    assert "stuck" not in world.names()


def test_a_scale_down_thins_out_crowded_nodes(world: World) -> None:
    spec = template()["spec"]
    for name, node in (("a1", "minikube"), ("a2", "minikube"), ("b1", "minikube-m02")):
        pod = lonely(name, app="web")
        world.apply({**pod, "spec": {**spec, "nodeName": node}})
    world.apply(replica_set(replicas=3))
    world.patch("replicasets.apps", "web", {"spec": {"replicas": 2}})
    assert len({pod["spec"]["nodeName"] for pod in world.pods()}) == 2


def test_a_scale_down_counts_the_pods_of_sets_with_the_same_owner(world: World) -> None:
    world.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner", "namespace": "default"}})
    owner = world.get("configmaps", "owner")
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"], "controller": True}
    spec = template()["spec"]
    for name, node, app in (("a", "minikube", "web"), ("b", "minikube-m02", "web"), ("c", "minikube-m02", "old"), ("d", "minikube-m02", "old")):
        world.apply({**lonely(name, app=app), "spec": {**spec, "nodeName": node}})
    for name in ("old", "web"):
        made = replica_set(name, replicas=2)
        world.apply({**made, "metadata": {**made["metadata"], "ownerReferences": [reference]}})
    world.patch("replicasets.apps", "web", {"spec": {"replicas": 1}})
    assert world.names() == ["a", "c", "d"]


def test_a_failure_is_kept_until_all_is_well(world: World) -> None:
    refused = world.apply(replica_set(replicas=1, pod=template("web", serviceAccountName="nobody")))
    (condition,) = refused["status"]["conditions"]
    assert (condition["type"], condition["status"], condition["reason"]) == ("ReplicaFailure", "True", "FailedCreate")
    assert world.events(kind="ReplicaSet")[0][:2] == ("Warning", "FailedCreate")
    assert world.events(kind="ReplicaSet")[0][2].startswith("Error creating: pods ")
    world.client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody", "namespace": "default"}})
    world.later(60)
    mended = world.get("replicasets.apps", "web")
    assert "conditions" not in mended["status"] and mended["status"]["readyReplicas"] == 1


def test_replication_controllers_do_the_same(world: World) -> None:
    made = world.apply({"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "old", "namespace": "default"},
                        "spec": {"replicas": 2, "selector": {"app": "old"}, "template": template("old")}})  # fmt: skip
    assert made["status"]["readyReplicas"] == 2 and len(world.pods()) == 2
    world.delete("pods", world.names()[0])
    assert len(world.pods()) == 2


def test_settling_again_changes_nothing(world: World) -> None:
    world.apply(replica_set(replicas=2))
    before = world.cluster.backend.revision()
    world.replay()
    assert world.cluster.backend.revision() == before
    assert world.failures == []
