"""Whatever a controller is shown again, it has nothing to do: what a kill between two checkpoints comes down to."""

import pytest

from minikube_py.cluster import settle
from tests.controllers import fakes

WEB = {"app": "web"}


@pytest.fixture
def world() -> fakes.World:
    """Return a cluster in which every controller has had something to do."""
    world = fakes.World(nodes=2)
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    world.add("PersistentVolumeClaim", "data", claim, settle=False)
    world.add("PersistentVolumeClaim", "never", {**claim, "storageClassName": "none"}, settle=False)
    world.add("Service", "web", {"selector": WEB, "ports": [{"port": 80}]}, settle=False)
    world.add("PodDisruptionBudget", "web", {"selector": {"matchLabels": WEB}, "minAvailable": 1}, api="policy/v1", settle=False)
    world.add("ResourceQuota", "limits", {"hard": {"pods": "9"}}, settle=False)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    world.add("HorizontalPodAutoscaler", "web", {"scaleTargetRef": target, "maxReplicas": 3, "minReplicas": 2}, api="autoscaling/v2", settle=False)
    template = {"metadata": {"labels": WEB}, "spec": fakes.pod_spec(volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])}
    world.add("Deployment", "web", {"replicas": 1, "selector": {"matchLabels": WEB}, "template": template}, api="apps/v1")
    top = world.add("ConfigMap", "top")
    world.add("Secret", "held", owners=[fakes.owner(top, block=True)], finalizers=["example.com/hold"])
    world.client.delete("configmaps", "top", "default", propagation_policy="Foreground")
    world.client.patch("nodes", "minikube-m02", "", {"metadata": {"annotations": {"kctl.dev/kubelet": "stopped"}}})
    world.settle()
    world.later(60)
    return world


def objects(world: fakes.World) -> dict[str, bytes]:
    """Return what is stored, but for events, which may count up, and leases, which kubelets renew whenever they do something."""
    kvs = world.cluster.backend.range("/registry/").kvs
    return {kv.key: kv.value for kv in kvs if not kv.key.startswith(("/registry/events/", "/registry/leases/"))}


def test_all_objects_seen_anew_change_nothing(world: fakes.World) -> None:
    before = objects(world)
    assert len(world.names("pods")) == 2
    world.cluster.backend.state_delete(settle.LOOPS)
    world.cluster._engine = None
    world.cluster.backend.state_put(settle.QUEUE, b"{}")  # not quiet: the next settle looks
    world.settle()
    after = objects(world)
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == set()


def test_the_whole_log_seen_anew_changes_nothing(world: fakes.World) -> None:
    before = objects(world)
    world.cluster.backend.state_put(settle.REVISION, b"1")
    world.cluster._engine = None
    world.settle()
    after = objects(world)
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == set()
