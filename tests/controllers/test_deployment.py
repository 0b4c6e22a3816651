"""Deployments from the first rollout to the last."""

from typing import Any

import pytest

from tests.controllers.world import World, template, workload

BROKEN = {"kctl.dev/dryrun-image-pull-error": "web"}
SLOW = {"kctl.dev/dryrun-start-delay": "10s"}


@pytest.fixture
def world() -> World:
    return World()


def deployment(**spec: Any) -> dict[str, Any]:
    return workload("Deployment", "web", **spec)


def change(world: World, labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """Change the template's labels and the spec."""
    return world.patch("deployments.apps", "web", {"spec": {**spec, **({"template": {"metadata": {"labels": labels}}} if labels else {})}})


def annotate(world: World, notes: dict[str, str | None]) -> dict[str, Any]:
    return world.patch("deployments.apps", "web", {"spec": {"template": {"metadata": {"annotations": notes}}}})


def conditions(obj: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(item["type"], item["status"], item["reason"]) for item in obj["status"]["conditions"]]


def sets(world: World) -> dict[str, int]:
    """Return the replicas of the ReplicaSets by revision."""
    found = world.client.items("replicasets.apps", "default")
    return {item["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: item["spec"]["replicas"] for item in found}


def told(world: World) -> list[str]:
    """Return what the events say, without the names of the sets."""
    return [" ".join(word for word in message.split() if not word.startswith("web-")) for _, _, message in world.events(kind="Deployment")]


def test_the_first_rollout(world: World) -> None:
    made = world.apply(deployment(replicas=3))
    (owned,) = world.client.items("replicasets.apps", "default")
    assert made["status"] == {
        "observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
        "conditions": made["status"]["conditions"],
    }  # fmt: skip
    now = "2025-10-09T09:00:00Z"
    assert made["status"]["conditions"] == [
        {"type": "Available", "status": "True", "lastUpdateTime": now, "lastTransitionTime": now, "reason": "MinimumReplicasAvailable",
         "message": "Deployment has minimum availability."},
        {"type": "Progressing", "status": "True", "lastUpdateTime": now, "lastTransitionTime": now, "reason": "NewReplicaSetAvailable",
         "message": f'ReplicaSet "{owned["metadata"]["name"]}" has successfully progressed.'},
    ]  # fmt: skip
    assert made["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "1"}
    hashed = owned["metadata"]["labels"]["pod-template-hash"]
    assert owned["metadata"]["name"] == f"web-{hashed}"
    assert owned["spec"]["selector"]["matchLabels"] == owned["spec"]["template"]["metadata"]["labels"] == {"app": "web", "pod-template-hash": hashed}
    assert owned["metadata"]["annotations"] == {
        "deployment.kubernetes.io/desired-replicas": "3", "deployment.kubernetes.io/max-replicas": "4", "deployment.kubernetes.io/revision": "1",
    }  # fmt: skip
    assert told(world) == ["Scaled up replica set from 0 to 3"]


def test_a_rolling_update_step_by_step(world: World) -> None:
    world.apply(deployment(replicas=3))
    done = change(world, {"v": "2"})
    assert sets(world) == {"1": 0, "2": 3}
    assert done["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    assert told(world)[1:] == [
        "Scaled up replica set from 0 to 1", "Scaled down replica set from 3 to 2", "Scaled up replica set from 1 to 2",
        "Scaled down replica set from 2 to 1", "Scaled up replica set from 2 to 3", "Scaled down replica set from 1 to 0",
    ]  # fmt: skip
    assert conditions(done) == [("Available", "True", "MinimumReplicasAvailable"), ("Progressing", "True", "NewReplicaSetAvailable")]


def test_a_broken_update_keeps_the_old_pods_and_times_out(world: World) -> None:
    world.apply(deployment(replicas=4))
    stuck = annotate(world, BROKEN)  # type: ignore[arg-type]
    assert sets(world) == {"1": 3, "2": 2}
    assert (stuck["status"]["updatedReplicas"], stuck["status"]["availableReplicas"], stuck["status"]["unavailableReplicas"]) == (2, 3, 2)
    assert conditions(stuck) == [("Available", "True", "MinimumReplicasAvailable"), ("Progressing", "True", "ReplicaSetUpdated")]
    world.later(599)
    assert conditions(world.get("deployments.apps", "web"))[1][2] == "ReplicaSetUpdated"
    world.later(1)
    failed = world.get("deployments.apps", "web")
    assert conditions(failed)[1] == ("Progressing", "False", "ProgressDeadlineExceeded")
    name = next(item["metadata"]["name"] for item in world.client.items("replicasets.apps", "default") if item["spec"]["replicas"] == 2)
    assert failed["status"]["conditions"][1]["message"] == f'ReplicaSet "{name}" has timed out progressing.'
    mended = annotate(world, {"kctl.dev/dryrun-image-pull-error": None})
    assert sets(world) == {"2": 0, "3": 4}
    assert conditions(mended)[1] == ("Progressing", "True", "NewReplicaSetAvailable")


def test_going_back_takes_the_old_set_again(world: World) -> None:
    world.apply(deployment(replicas=2))
    change(world, {"v": "2"})
    change(world, {"v": None})  # type: ignore[dict-item]
    assert sets(world) == {"2": 0, "3": 2}
    renewed = next(item for item in world.client.items("replicasets.apps", "default") if item["spec"]["replicas"])
    assert renewed["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


def test_progress_as_it_comes(world: World) -> None:
    early = world.apply(deployment(replicas=2, pod=template("web", SLOW)))
    assert conditions(early) == [("Available", "False", "MinimumReplicasUnavailable"), ("Progressing", "True", "ReplicaSetUpdated")]
    assert early["status"]["unavailableReplicas"] == 2
    world.later(10)
    late = world.get("deployments.apps", "web")
    assert conditions(late) == [("Available", "True", "MinimumReplicasAvailable"), ("Progressing", "True", "NewReplicaSetAvailable")]
    assert late["status"]["conditions"][1]["lastTransitionTime"] == "2025-10-09T09:00:00Z"
    assert late["status"]["conditions"][1]["lastUpdateTime"] == "2025-10-09T09:00:10Z"


def test_recreate_stops_all_before_it_starts_any(world: World) -> None:
    world.apply(deployment(replicas=3, strategy={"type": "Recreate"}))
    change(world, {"v": "2"})
    assert sets(world) == {"1": 0, "2": 3}
    assert told(world)[1:] == ["Scaled down replica set from 3 to 0", "Scaled up replica set from 0 to 3"]
    assert len(world.pods()) == 3


def test_recreate_waits_for_the_last_old_pod(world: World) -> None:
    world.apply(deployment(replicas=1, strategy={"type": "Recreate"}))
    (old,) = world.names()
    world.patch("nodes", "minikube", {"metadata": {"annotations": {"kctl.dev/kubelet": "stopped"}}}, namespace="")
    change(world, {"v": "2"})
    assert world.names() == [old] and sets(world) == {"1": 0}
    world.delete("pods", old, grace_period_seconds=0)
    assert sets(world) == {"1": 0, "2": 1}


def test_scaling_is_no_rollout(world: World) -> None:
    world.apply(deployment(replicas=2))
    world.later(60)
    scaled = change(world, replicas=5)
    assert sets(world) == {"1": 5} and scaled["status"]["readyReplicas"] == 5
    updated = {item["type"]: item["lastUpdateTime"] for item in scaled["status"]["conditions"]}
    assert updated == {"Available": "2025-10-09T09:01:00Z", "Progressing": "2025-10-09T09:00:00Z"}
    assert told(world)[1:] == ["Scaled up replica set from 2 to 5"]
    change(world, replicas=0)
    assert sets(world) == {"1": 0} and world.pods() == []


def test_scaling_in_the_middle_of_a_rollout_is_shared_out(world: World) -> None:
    world.apply(deployment(replicas=10, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}))
    annotate(world, BROKEN)  # type: ignore[arg-type]
    assert sets(world) == {"1": 8, "2": 5}
    change(world, replicas=15)
    assert sets(world) == {"1": 11, "2": 7}


def test_paused_nothing_rolls_but_scaling_works(world: World) -> None:
    world.apply(deployment(replicas=2))
    paused = change(world, paused=True)
    assert ("Progressing", "Unknown", "DeploymentPaused") in conditions(paused)
    change(world, {"v": "2"})
    assert sets(world) == {"1": 2}
    change(world, replicas=3)
    assert sets(world) == {"1": 3}
    world.later(3600)
    assert ("Progressing", "Unknown", "DeploymentPaused") in conditions(world.get("deployments.apps", "web"))
    resumed = change(world, paused=False)
    assert sets(world) == {"1": 0, "2": 3}
    assert ("Progressing", "True", "NewReplicaSetAvailable") in conditions(resumed)


def test_old_sets_are_kept_up_to_the_limit(world: World) -> None:
    world.apply(deployment(replicas=1, revisionHistoryLimit=2))
    for number in range(4):
        change(world, {"v": str(number)})
    assert sets(world) == {"3": 0, "4": 0, "5": 1}


def test_a_set_of_the_same_name_counts_as_a_collision(world: World) -> None:
    world.apply(deployment(replicas=1))
    (first,) = world.names("replicasets.apps")
    world.client.delete("deployments.apps", "web", "default", propagation_policy="Background")
    world.settle()
    other = workload("ReplicaSet", first, replicas=0)
    made = world.apply(other, deployment(replicas=1))
    assert made["status"]["collisionCount"] == 1
    assert len(world.names("replicasets.apps")) == 2 and made["status"]["readyReplicas"] == 1


def test_orphaned_sets_are_adopted(world: World) -> None:
    world.apply(deployment(replicas=2))
    before = world.names()
    world.delete("deployments.apps", "web", propagation_policy="Orphan")
    assert world.names() == before
    world.apply(deployment(replicas=2))
    assert world.names() == before and sets(world) == {"1": 2}


def test_what_pods_are_refused_shows(world: World) -> None:
    refused = world.apply(deployment(replicas=1, pod=template("web", serviceAccountName="nobody")))
    found = {item["type"]: (item["status"], item["reason"], item["message"]) for item in refused["status"]["conditions"]}
    assert found["ReplicaFailure"][:2] == ("True", "FailedCreate")
    assert 'error looking up service account default/nobody: serviceaccount "nobody" not found' in found["ReplicaFailure"][2]
    world.client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "nobody", "namespace": "default"}})
    world.settle()
    world.later(60)
    assert [item["type"] for item in world.get("deployments.apps", "web")["status"]["conditions"]] == ["Available", "Progressing"]


def test_min_ready_seconds(world: World) -> None:
    early = world.apply(deployment(replicas=1, minReadySeconds=20))
    assert (early["status"]["readyReplicas"], early["status"].get("availableReplicas", 0)) == (1, 0)
    world.later(20)
    assert world.get("deployments.apps", "web")["status"]["availableReplicas"] == 1


def test_deleting_leaves_nothing(world: World) -> None:
    world.apply(deployment(replicas=2))
    world.delete("deployments.apps", "web", propagation_policy="Background")
    assert (world.names("replicasets.apps"), world.names()) == ([], [])


def test_settling_again_changes_nothing(world: World) -> None:
    world.apply(deployment(replicas=2))
    change(world, {"v": "2"})
    before = world.cluster.backend.revision()
    world.replay()
    assert world.cluster.backend.revision() == before
    assert world.failures == []


def test_a_set_waits_as_long_as_its_deployment(world: World) -> None:
    world.apply(deployment(replicas=1))
    (item,) = world.client.items("replicasets.apps", "default")
    assert "minReadySeconds" not in item["spec"]
    for seconds, kept in ((5, {"minReadySeconds": 5}), (0, {})):
        change(world, minReadySeconds=seconds)
        (item,) = world.client.items("replicasets.apps", "default")
        assert {field: value for field, value in item["spec"].items() if field == "minReadySeconds"} == kept
