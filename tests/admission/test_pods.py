"""What admission adds to pods and claims, and refuses, as kube-apiserver's plugins do."""

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.apiserver.world import World, obj, pod


@pytest.fixture
def world() -> World:
    return World()


def _class(name: str, value: int, **fields: object) -> Object:
    return obj("PriorityClass", name, api="scheduling.k8s.io/v1", space="", value=value, **fields)


def test_tolerations_for_five_minutes(world: World) -> None:
    made = world.client().create(pod())
    assert made["spec"]["tolerations"] == [
        {"key": f"node.kubernetes.io/{word}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300} for word in ("not-ready", "unreachable")]
    own = [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}, {"operator": "Exists", "effect": "NoSchedule"}]
    made = world.client().create(pod("own", spec={"tolerations": own}))
    assert made["spec"]["tolerations"][:2] == own and len(made["spec"]["tolerations"]) == 3
    made = world.client().create(pod("all", spec={"tolerations": [{"operator": "Exists"}]}))
    assert made["spec"]["tolerations"] == [{"operator": "Exists"}]


def test_tokens_are_mounted(world: World) -> None:
    spec = world.client().create(pod())["spec"]
    volume, mount = spec["volumes"][0], spec["containers"][0]["volumeMounts"][0]
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("default", "default")
    assert mount == {"name": volume["name"], "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    assert volume["name"].startswith("kube-api-access-") and len(volume["name"]) == 21
    assert [next(iter(source)) for source in volume["projected"]["sources"]] == ["serviceAccountToken", "configMap", "downwardAPI"]
    assert "volumes" not in world.client().create(pod("none", spec={"automountServiceAccountToken": False}))["spec"]


def test_volumes_of_generated_pods_differ(world: World) -> None:
    made = [world.client().create(pod("", meta_generateName="web-"))["spec"]["volumes"][0]["name"] for _ in range(3)]
    assert len(set(made)) == 3


def test_pull_secrets_come_from_the_account(world: World) -> None:
    world.client().create(obj("ServiceAccount", "puller", imagePullSecrets=[{"name": "key"}], automountServiceAccountToken=False))
    spec = world.client().create(pod(spec={"serviceAccountName": "puller"}))["spec"]
    assert spec["imagePullSecrets"] == [{"name": "key"}] and "volumes" not in spec
    spec = world.client().create(pod("own", spec={"serviceAccountName": "puller", "imagePullSecrets": [{"name": "mine"}]}))["spec"]
    assert spec["imagePullSecrets"] == [{"name": "mine"}]


def test_mirror_pods_get_nothing(world: World) -> None:
    mirror = {"meta_annotations": {"kubernetes.io/config.mirror": "x"}, "node": "n1"}
    assert "volumes" not in world.client().create(pod("mirror", **mirror))["spec"]
    with pytest.raises(errors.Forbidden, match='^pods "mirror2" is forbidden: a mirror pod may not reference service accounts$'):
        world.client().create(pod("mirror2", spec={"serviceAccountName": "default"}, **mirror))


def test_priorities_come_from_classes(world: World) -> None:
    assert (world.client().create(pod())["spec"]["priority"], "priorityClassName" in world.raw("pods", "web")["spec"]) == (0, False)  # type: ignore[index]
    world.client().create(_class("high", 100, preemptionPolicy="Never"))
    spec = world.client().create(pod("high", spec={"priorityClassName": "high"}))["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (100, "Never")
    world.client().create(_class("usual", 7, globalDefault=True))
    spec = world.client().create(pod("usual"))["spec"]
    assert (spec["priority"], spec["priorityClassName"], spec["preemptionPolicy"]) == (7, "usual", "PreemptLowerPriority")
    with pytest.raises(errors.Forbidden) as refused:
        world.client().create(pod("bad", spec={"priorityClassName": "high", "priority": 5}))
    assert refused.value.message == (
        'pods "bad" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 100 '
        "from the given PriorityClass name")
    with pytest.raises(errors.Forbidden, match='^pods "none" is forbidden: no PriorityClass with name none was found$'):
        world.client().create(pod("none", spec={"priorityClassName": "none"}))
    with pytest.raises(errors.Forbidden, match="PriorityClass usual is already marked as default. Only one default can exist$"):
        world.client().create(_class("other", 8, globalDefault=True))


def _storage(name: str, world: World, *, default: bool) -> None:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    world.client().create(obj("StorageClass", name, api="storage.k8s.io/v1", space="", provisioner="x", meta_annotations=annotations))


def _claim(world: World, name: str, **spec: str) -> object:
    body = obj("PersistentVolumeClaim", name, spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec})
    return world.client().create(body)["spec"].get("storageClassName")


def test_claims_get_the_newest_default_class(world: World) -> None:
    _storage("plain", world, default=False)
    assert _claim(world, "before") is None
    _storage("b", world, default=True)
    _storage("a", world, default=True)
    assert _claim(world, "same-age") == "a"
    world.clock.instant += 5
    _storage("newest", world, default=True)
    assert _claim(world, "after") == "newest"
    assert _claim(world, "none", storageClassName="") == ""
    assert _claim(world, "own", storageClassName="plain") == "plain"
