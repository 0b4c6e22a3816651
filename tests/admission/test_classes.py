"""What RuntimeClasses, IngressClasses and StorageClasses make of pods, Ingresses and claims, in kube-apiserver's words."""

from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.apiserver.world import World, obj, pod


@pytest.fixture
def world() -> World:
    return World()


def _runtime(name: str, **fields: Any) -> Object:
    return obj("RuntimeClass", name, api="node.k8s.io/v1", space="", handler="runsc", **fields)


def test_a_runtime_class_gives_overhead_and_places(world: World) -> None:
    tolerated = {"key": "sandbox", "operator": "Exists"}
    scheduling = {"nodeSelector": {"runtime": "gvisor"}, "tolerations": [tolerated]}
    world.client().create(_runtime("gvisor", overhead={"podFixed": {"cpu": "250m"}}, scheduling=scheduling))
    own = [{"key": "sandbox", "value": "yes", "effect": "NoSchedule"}, {"key": "other", "operator": "Exists"}]
    spec = {"runtimeClassName": "gvisor", "nodeSelector": {"disk": "ssd"}, "tolerations": own}
    made = world.client().create(pod(spec=spec))["spec"]
    assert (made["overhead"], made["nodeSelector"]) == ({"cpu": "250m"}, {"disk": "ssd", "runtime": "gvisor"})
    assert [item["key"] for item in made["tolerations"]] == ["sandbox", "other", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
    assert made["tolerations"][0] == tolerated
    assert "overhead" not in world.client().create(pod("plain"))["spec"]


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"runtimeClassName": "none"}, 'pod rejected: RuntimeClass "none" not found'),
        ({"overhead": {"cpu": "1"}}, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"),
        ({"runtimeClassName": "bare", "overhead": {"cpu": "1"}}, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"),
        ({"runtimeClassName": "dear", "overhead": {"cpu": "1"}}, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"),
        (
            {"runtimeClassName": "dear", "nodeSelector": {"a": "x"}},
            "conflict: runtimeClass.scheduling.nodeSelector[a] = b; pod.spec.nodeSelector[a] = x",
        ),
    ],
)
def test_pods_that_a_runtime_class_refuses(world: World, spec: Any, text: str) -> None:
    world.client().create(_runtime("bare"))
    world.client().create(_runtime("dear", overhead={"podFixed": {"cpu": "2"}}, scheduling={"nodeSelector": {"a": "b"}}))
    with pytest.raises(errors.Forbidden) as refused:
        world.client().create(pod(spec=spec))
    assert refused.value.message == f'pods "web" is forbidden: {text}'


def test_overhead_that_says_the_same_otherwise(world: World) -> None:
    world.client().create(_runtime("dear", overhead={"podFixed": {"cpu": "2"}}))
    assert world.client().create(pod(spec={"runtimeClassName": "dear", "overhead": {"cpu": "2000m"}}))["spec"]["overhead"] == {"cpu": "2"}


def _ingress(name: str, *, notes: dict[str, str] | None = None, **spec: Any) -> Object:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    return obj("Ingress", name, api="networking.k8s.io/v1", meta_annotations=notes or {}, spec={"defaultBackend": backend, **spec})


def test_an_ingress_gets_the_default_class(world: World) -> None:
    client, default = world.client(), {"ingressclass.kubernetes.io/is-default-class": "true"}
    assert "ingressClassName" not in client.create(_ingress("before"))["spec"]
    for name, notes in (("old", default), ("zeta", {})):
        client.create(obj("IngressClass", name, api="networking.k8s.io/v1", space="", meta_annotations=notes, spec={"controller": "example.com/it"}))
    assert client.create(_ingress("web"))["spec"]["ingressClassName"] == "old"
    assert client.create(_ingress("own", ingressClassName="zeta"))["spec"]["ingressClassName"] == "zeta"
    assert "ingressClassName" not in client.create(_ingress("noted", notes={"kubernetes.io/ingress.class": "nginx"}))["spec"]
    world.clock.instant += 1
    client.create(obj("IngressClass", "new", api="networking.k8s.io/v1", space="", meta_annotations=default, spec={"controller": "example.com/it"}))
    assert client.create(_ingress("later"))["spec"]["ingressClassName"] == "new"


def _claim(world: World, name: str, kind: str, *, bound: bool = True) -> Object:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": kind}
    made = world.client().create(obj("PersistentVolumeClaim", name, spec=spec))
    status = {"phase": "Bound", "capacity": {"storage": "1Gi"}}
    return world.client().update_status({**made, "status": status}) if bound else made


def test_claims_grow_where_their_class_lets_them(world: World) -> None:
    for name, grows in (("fixed", False), ("elastic", True)):
        world.client().create(obj("StorageClass", name, api="storage.k8s.io/v1", space="", provisioner="example.com/disks", allowVolumeExpansion=grows))
    bigger = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    _claim(world, "grows", "elastic")
    assert world.client().patch("persistentvolumeclaims", "grows", "default", bigger)["spec"]["resources"]["requests"] == {"storage": "2Gi"}
    _claim(world, "stuck", "fixed")
    _claim(world, "lost", "nowhere")
    for name in ("stuck", "lost"):
        with pytest.raises(errors.Forbidden) as refused:
            world.client().patch("persistentvolumeclaims", name, "default", bigger)
        assert refused.value.message == (
            f'persistentvolumeclaims "{name}" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc '
            "must support resize"
        )
