"""A settler that is killed at any moment: the next one brings the cluster to the same end, and nothing is made twice."""

from typing import Any

import pytest

from minikube_py.cluster import settle
from minikube_py.cluster.settle import Engine, Queue
from tests.controllers.world import World, template, workload


class KilledError(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def objects() -> list[dict[str, Any]]:
    job = {"completions": 3, "parallelism": 2, "template": template("job", restartPolicy="Never")}
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    return [
        workload("Deployment", "deploy", replicas=2), workload("StatefulSet", "state", replicas=2, serviceName="state", volumeClaimTemplates=[claim]),
        workload("DaemonSet", "daemon"), {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job", "namespace": "default"}, "spec": job},
        {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "cron", "namespace": "default"},
         "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": template("cron", restartPolicy="Never")}}}},
    ]  # fmt: skip


def owners(world: World) -> list[str]:
    return sorted(pod["metadata"]["ownerReferences"][0]["name"].partition("-")[0] for pod in world.pods())


def run(monkeypatch: pytest.MonkeyPatch, kill_after: int) -> tuple[World, bool]:
    """Make the objects, let five minutes pass, and kill the settler after so many reconciles; return whether it came to that."""
    world = World()
    for obj in objects():
        world.client.create(obj)
    world.clock.advance(300)
    reconcile = Engine._reconcile
    left = [kill_after]

    def step(engine: Engine, queue: Queue, key: str) -> None:
        if left[0] == 0:
            raise KilledError
        left[0] -= 1
        reconcile(engine, queue, key)

    monkeypatch.setattr(settle, "_SLICE", 0.0)  # commit after each step, so that the kill falls between two batches
    monkeypatch.setattr(Engine, "_reconcile", step)
    killed = False
    try:
        world.settle()
    except KilledError:
        killed = True
    monkeypatch.undo()
    return world, killed


@pytest.mark.parametrize("kill_after", range(1, 100, 8))
def test_a_kill_between_batches(monkeypatch: pytest.MonkeyPatch, kill_after: int) -> None:
    world, killed = run(monkeypatch, kill_after)
    assert killed
    world.restart()
    assert owners(world) == ["cron", "daemon", "deploy", "deploy", "job", "job", "job", "state", "state"]
    assert world.names("jobs.batch") == ["cron-29333345", "job"]
    assert world.names("persistentvolumeclaims") == ["data-state-0", "data-state-1"]
    assert world.get("jobs.batch", "job")["status"]["succeeded"] == 3
    created = [message for _, reason, message in world.events() if reason == "SuccessfulCreate" and message.startswith("Created pod")]
    assert len(created) == len(set(created)) == 7
    assert world.failures == []
