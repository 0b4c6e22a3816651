"""StatefulSets, from the first pod to the last update."""

from typing import Any

import pytest

from tests.controllers.world import World, template, workload

NOT_READY = {"kctl.dev/dryrun-not-ready": "web"}


@pytest.fixture
def world() -> World:
    return World()


def stateful(name: str = "web", **spec: Any) -> dict[str, Any]:
    return workload("StatefulSet", name, serviceName=name, **spec)


def claims() -> list[dict[str, Any]]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return [{"metadata": {"name": "data", "labels": {"tier": "db"}}, "spec": spec}]


def set_events(world: World) -> list[str]:
    return [message for _, _, message in world.events(kind="StatefulSet")]


def revision(world: World, pod: str) -> str:
    return str(world.get("pods", pod)["metadata"]["labels"]["controller-revision-hash"])


def test_pods_have_ordinals_labels_and_host_names(world: World) -> None:
    status = world.apply(stateful(replicas=2, ordinals={"start": 3}))["status"]
    assert world.names() == ["web-3", "web-4"]
    pod = world.get("pods", "web-3")
    assert pod["metadata"]["labels"] == {
        "app": "web", "apps.kubernetes.io/pod-index": "3", "statefulset.kubernetes.io/pod-name": "web-3",
        "controller-revision-hash": status["updateRevision"],
    }  # fmt: skip
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"], pod["metadata"]["generateName"]) == ("web-3", "web", "web-")
    assert status == {
        "observedGeneration": 1, "replicas": 2, "readyReplicas": 2, "availableReplicas": 2, "currentReplicas": 2, "updatedReplicas": 2,
        "currentRevision": status["updateRevision"], "updateRevision": status["updateRevision"], "collisionCount": 0,
    }  # fmt: skip
    assert set_events(world) == ["create Pod web-3 in StatefulSet web successful", "create Pod web-4 in StatefulSet web successful"]


def test_in_order_a_pod_waits_for_the_one_before(world: World) -> None:
    world.apply(stateful(replicas=3, pod=template("web", NOT_READY)))
    assert world.names() == ["web-0"]
    assert world.get("statefulsets.apps", "web")["status"]["replicas"] == 1


def test_parallel_pods_wait_for_nobody(world: World) -> None:
    world.apply(stateful(replicas=3, podManagementPolicy="Parallel", pod=template("web", NOT_READY)))
    assert world.names() == ["web-0", "web-1", "web-2"]


def test_claims_are_made_mounted_and_kept(world: World) -> None:
    world.apply(stateful(replicas=2, volumeClaimTemplates=claims()))
    assert world.names("persistentvolumeclaims") == ["data-web-0", "data-web-1"]
    claim = world.get("persistentvolumeclaims", "data-web-0")
    assert claim["metadata"]["labels"] == {"tier": "db", "app": "web"}
    assert "ownerReferences" not in claim["metadata"]
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}} in world.get("pods", "web-0")["spec"]["volumes"]
    assert set_events(world)[:2] == [
        "create Claim data-web-0 Pod web-0 in StatefulSet web success", "create Pod web-0 in StatefulSet web successful",
    ]  # fmt: skip
    world.patch("statefulsets.apps", "web", {"spec": {"replicas": 1}})
    assert world.names("persistentvolumeclaims") == ["data-web-0", "data-web-1"]


def test_claims_are_deleted_with_what_the_policy_says(world: World) -> None:
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    world.apply(stateful(replicas=2, volumeClaimTemplates=claims(), persistentVolumeClaimRetentionPolicy=policy))
    owner = world.get("persistentvolumeclaims", "data-web-1")["metadata"]["ownerReferences"]
    assert [(item["kind"], item["name"], item["controller"]) for item in owner] == [("StatefulSet", "web", True)]
    world.patch("statefulsets.apps", "web", {"spec": {"replicas": 1}})
    assert world.names("persistentvolumeclaims") == ["data-web-0"]
    world.delete("statefulsets.apps", "web", propagation_policy="Background")
    assert world.names("persistentvolumeclaims") == []
    assert world.names() == []


def test_scaling_down_takes_the_last_first(world: World) -> None:
    world.apply(stateful(replicas=3))
    world.patch("statefulsets.apps", "web", {"spec": {"replicas": 1}})
    assert world.names() == ["web-0"]
    assert set_events(world)[3:] == ["delete Pod web-2 in StatefulSet web successful", "delete Pod web-1 in StatefulSet web successful"]
    assert world.get("statefulsets.apps", "web")["status"]["replicas"] == 1


def test_an_update_goes_from_the_last_pod_to_the_first(world: World) -> None:
    world.apply(stateful(replicas=2))
    old = world.get("statefulsets.apps", "web")["status"]["currentRevision"]
    status = world.patch("statefulsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})["status"]
    assert status["currentRevision"] == status["updateRevision"] != old
    assert set_events(world)[2:] == ["delete Pod web-1 in StatefulSet web successful", "delete Pod web-0 in StatefulSet web successful"]
    assert [event["count"] for event in world.client.items("events", "default") if event["message"].startswith("create Pod")] == [2, 2]


def test_a_partition_keeps_the_first_pods_as_they_are(world: World) -> None:
    world.apply(stateful(replicas=3, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}))
    old = revision(world, "web-0")
    status = world.patch("statefulsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})["status"]
    assert [revision(world, f"web-{number}") for number in range(3)] == [old, old, status["updateRevision"]]
    assert (status["currentRevision"], status["currentReplicas"], status["updatedReplicas"]) == (old, 2, 1)
    world.delete("pods", "web-1")
    assert revision(world, "web-1") == old


def test_a_broken_update_stops_at_the_first_pod(world: World) -> None:
    world.apply(stateful(replicas=3))
    old = revision(world, "web-0")
    world.patch("statefulsets.apps", "web", {"spec": {"template": {"metadata": {"annotations": NOT_READY}}}})
    status = world.get("statefulsets.apps", "web")["status"]
    assert [revision(world, f"web-{number}") for number in range(3)] == [old, old, status["updateRevision"]]
    assert (status["readyReplicas"], status["updatedReplicas"]) == (2, 1)


def test_on_delete_pods_change_only_when_somebody_deletes_them(world: World) -> None:
    world.apply(stateful(replicas=2, updateStrategy={"type": "OnDelete"}))
    old = revision(world, "web-0")
    status = world.patch("statefulsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})["status"]
    assert [revision(world, "web-0"), revision(world, "web-1")] == [old, old]
    world.delete("pods", "web-1")
    assert [revision(world, "web-0"), revision(world, "web-1")] == [old, status["updateRevision"]]


def test_going_back_renews_the_old_revision(world: World) -> None:
    world.apply(stateful(replicas=1))
    old = revision(world, "web-0")
    world.patch("statefulsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})
    world.patch("statefulsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": None}}}}})
    assert revision(world, "web-0") == old
    kept = {item["metadata"]["name"]: item["revision"] for item in world.client.items("controllerrevisions.apps", "default")}
    assert len(kept) == 2 and kept[old] == 3


def test_history_is_cut_to_its_limit(world: World) -> None:
    world.apply(stateful(replicas=1, revisionHistoryLimit=1))
    for number in range(4):
        world.patch("statefulsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": str(number)}}}}})
    kept = sorted(item["revision"] for item in world.client.items("controllerrevisions.apps", "default"))
    assert kept == [4, 5]


def test_a_failed_pod_is_made_again(world: World) -> None:
    world.apply(stateful(replicas=1))
    pod = world.get("pods", "web-0")
    world.client.update_status({**pod, "status": {**pod["status"], "phase": "Failed", "reason": "Evicted"}})
    world.settle()
    assert world.get("pods", "web-0")["metadata"]["uid"] != pod["metadata"]["uid"]
    assert ("Warning", "RecreatingFailedPod", "StatefulSet default/web is recreating failed Pod web-0") in world.events(kind="StatefulSet")
    assert world.get("pods", "web-0")["status"]["phase"] == "Running"


def test_min_ready_seconds_hold_the_next_pod_back(world: World) -> None:
    world.apply(stateful(replicas=2, minReadySeconds=30))
    assert world.names() == ["web-0"]
    assert world.get("statefulsets.apps", "web")["status"]["availableReplicas"] == 0
    world.later(30)
    assert world.names() == ["web-0", "web-1"]
    assert world.get("pods", "web-1")["metadata"]["creationTimestamp"] == "2025-10-09T09:00:30Z"
    world.later(30)
    assert world.get("statefulsets.apps", "web")["status"]["availableReplicas"] == 2


def test_a_pod_of_the_right_name_is_adopted_and_gets_its_labels(world: World) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "namespace": "default", "labels": {"app": "web"}}, "spec": template()["spec"]}
    world.apply(pod, stateful(replicas=1))
    found = world.get("pods", "web-0")["metadata"]
    assert [owner["name"] for owner in found["ownerReferences"]] == ["web"]


def test_settling_again_changes_nothing(world: World) -> None:
    world.apply(stateful(replicas=2, volumeClaimTemplates=claims()))
    before = world.cluster.backend.revision()
    world.replay()
    assert world.cluster.backend.revision() == before
    assert world.failures == []
