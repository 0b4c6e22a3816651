"""What LimitRanges give and refuse, in kube-apiserver's words."""

from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.apiserver.world import World, obj, pod


@pytest.fixture
def world() -> World:
    return World()


def limits(world: World, *items: Any, name: str = "bounds") -> None:
    world.client().create(obj("LimitRange", name, spec={"limits": list(items)}))


def asking(name: str = "web", **resources: Any) -> Object:
    return pod(name, spec={"containers": [{"name": "main", "image": "nginx", "resources": resources}]})


def test_defaults_are_filled_in(world: World) -> None:
    limits(world, {"type": "Container", "default": {"cpu": "500m", "memory": "512Mi"}, "defaultRequest": {"cpu": "100m", "memory": "256Mi"}})
    spec = {"initContainers": [{"name": "init", "image": "busybox", "resources": {"requests": {"cpu": "50m"}, "limits": {"cpu": "60m"}}}]}
    made = world.client().create(pod(spec=spec))
    assert made["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "500m", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}}
    assert made["spec"]["initContainers"][0]["resources"] == {"limits": {"cpu": "60m", "memory": "512Mi"}, "requests": {"cpu": "50m", "memory": "256Mi"}}
    assert made["metadata"]["annotations"] == {
        "kubernetes.io/limit-ranger": "LimitRanger plugin set: cpu, memory request for container main; cpu, memory limit for container main; "
        "memory request for init container init; memory limit for init container init"
    }


def test_what_is_asked_for_stays(world: World) -> None:
    limits(world, {"type": "Container", "default": {"cpu": "500m"}, "defaultRequest": {"cpu": "100m"}})
    made = world.client().create(asking(requests={"cpu": "200m"}, limits={"cpu": "300m"}))
    assert made["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "200m"}, "limits": {"cpu": "300m"}}
    assert "annotations" not in made["metadata"]


@pytest.mark.parametrize(
    ("item", "resources", "text"),
    [
        ({"max": {"cpu": "800m"}}, {"limits": {"cpu": "1500m"}}, "maximum cpu usage per Container is 800m, but limit is 1500m"),
        ({"min": {"cpu": "200m"}}, {"requests": {"cpu": "100m"}, "limits": {"cpu": "1"}}, "minimum cpu usage per Container is 200m, but request is 100m"),
        ({"type": "Pod", "min": {"memory": "1Gi"}}, {"requests": {"cpu": "1"}}, "minimum memory usage per Pod is 1Gi.  No request is specified"),
        (
            {"min": {"cpu": "1"}, "max": {"memory": "1Mi"}},
            {"requests": {"cpu": "100m"}, "limits": {"memory": "2Mi"}},
            "[minimum cpu usage per Container is 1, but request is 100m, maximum memory usage per Container is 1Mi, but limit is 2Mi]",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"requests": {"cpu": "100m"}, "limits": {"cpu": "400m"}},
            "cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000",
        ),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {},
            "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0",
        ),
        (
            {"type": "Pod", "max": {"cpu": "1"}},
            {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}},
            "maximum cpu usage per Pod is 1, but limit is 2",
        ),
        ({"type": "Pod", "max": {"cpu": "1"}}, {}, "maximum cpu usage per Pod is 1.  No limit is specified"),
    ],
)
def test_bounds(world: World, item: Any, resources: Any, text: str) -> None:
    limits(world, {"type": "Container", **item})
    with pytest.raises(errors.Forbidden) as refused:
        world.client().create(asking(**resources))
    assert refused.value.message == f'pods "web" is forbidden: {text}'


def test_claims(world: World) -> None:
    limits(world, {"type": "PersistentVolumeClaim", "min": {"storage": "1Gi"}, "max": {"storage": "2Gi"}})

    def claim(storage: str) -> Object:
        return obj("PersistentVolumeClaim", "data", spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}})

    with pytest.raises(errors.Forbidden, match='^persistentvolumeclaims "data" is forbidden: minimum storage usage per .*Claim is 1Gi, but request is 1Mi$'):
        world.client().create(claim("1Mi"))
    with pytest.raises(errors.Forbidden, match="maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi$"):
        world.client().create(claim("3Gi"))
    world.client().create(claim("2Gi"))


def test_other_namespaces_and_pods_that_are_there_are_left_alone(world: World) -> None:
    made = world.client().create(pod())
    limits(world, {"type": "Container", "max": {"cpu": "1m"}})
    made["metadata"]["labels"] = {"a": "b"}
    world.client().update(made)
    world.client().create(obj("Namespace", "other", space=""))
    world.client().create(obj("ServiceAccount", "default", space="other"))
    world.client().create(obj("Pod", "free", space="other", spec={"containers": [{"name": "main", "image": "nginx"}]}))
