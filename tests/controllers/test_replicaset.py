"""ReplicaSets and ReplicationControllers."""

from typing import Any

import pytest

from minikube_py.client.loops import Change
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


@pytest.mark.parametrize(("changed", "wakes"), [
    ({"spec": {"nodeName": "node-1"}}, False), ({"status": {"phase": "Running", "podIP": "10.0.0.1"}}, False), ({"status": {"phase": "Failed"}}, True),
    ({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}, True), ({"labels": {"app": "other"}}, True),
    ({"deletionTimestamp": "2024-01-01T00:00:00Z"}, True), ({"ownerReferences": []}, True),
])  # fmt: skip
def test_a_set_is_woken_by_what_it_goes_by(world: World, changed: dict[str, Any], wakes: bool) -> None:
    owner = {"kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True}
    metadata = {"name": "web-x", "namespace": "default", "labels": {"app": "web"}, "ownerReferences": [owner]}
    old = {"metadata": metadata, "spec": {}, "status": {"phase": "Running"}}
    new = {"metadata": metadata | changed, "spec": {}, "status": {"phase": "Running"}} if set(changed) - {"spec", "status"} else {**old, **changed}
    handler = world.cluster.loop("replicaset-controller").watches()["pods"]  # type: ignore[union-attr]
    assert list(handler(Change("MODIFIED", new, old, 3))) == (["default/web"] if wakes else [])
    assert list(handler(Change("ADDED", old, None, 2))) == list(handler(Change("DELETED", old, old, 4))) == ["default/web"]


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
