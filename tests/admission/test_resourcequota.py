"""What quotas refuse, in kube-apiserver's words, and what is charged."""

from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.apiserver.world import World, configmap, obj, pod

SMALL = {"requests": {"cpu": "200m", "memory": "64Mi"}, "limits": {"cpu": "500m"}}


@pytest.fixture
def world() -> World:
    return World()


def quota(world: World, hard: dict[str, str], name: str = "limits", used: dict[str, str] | None = None, **spec: Any) -> None:
    """Make a quota, and do what the controller does."""
    made = world.client().create(obj("ResourceQuota", name, spec={"hard": hard, **spec}))
    world.client().update_status({**made, "status": {"hard": hard, "used": dict.fromkeys(hard, "0") if used is None else used}})


def used(world: World, name: str = "limits") -> Any:
    found = world.raw("resourcequotas", name)
    assert found is not None
    return found["status"]["used"]


def asking(name: str, resources: Object = SMALL, **fields: Any) -> Object:
    return pod(name, spec={"containers": [{"name": "main", "image": "nginx", "resources": resources}], **fields})


def test_pods_are_charged_until_it_is_too_much(world: World) -> None:
    quota(world, {"pods": "2", "requests.cpu": "300m", "limits.cpu": "4"})
    world.client().create(asking("a"))
    assert used(world) == {"pods": "1", "requests.cpu": "200m", "limits.cpu": "500m"}
    text = 'pods "b" is forbidden: exceeded quota: limits, requested: requests.cpu=200m, used: requests.cpu=200m, limited: requests.cpu=300m'
    with pytest.raises(errors.Forbidden, match=f"^{text}$"):
        world.client().create(asking("b"))
    assert world.raw("pods", "b") is None
    assert used(world)["pods"] == "1"


def test_several_names_are_told_together(world: World) -> None:
    quota(world, {"pods": "0", "count/pods": "0", "requests.memory": "1Mi"})
    text = ("exceeded quota: limits, requested: count/pods=1,pods=1,requests.memory=64Mi, used: count/pods=0,pods=0,requests.memory=0, "
            "limited: count/pods=0,pods=0,requests.memory=1Mi")  # fmt: skip
    with pytest.raises(errors.Forbidden, match=text):
        world.client().create(asking("a"))


def test_containers_must_say_what_they_need(world: World) -> None:
    quota(world, {"requests.cpu": "1", "limits.memory": "1Gi", "pods": "5"})
    with pytest.raises(errors.Forbidden, match="is forbidden: failed quota: limits: must specify limits.memory for: main; requests.cpu for: init,main$"):
        limited = {"limits": {"memory": "1Mi"}}
        world.client().create(pod("a", spec={"initContainers": [{"name": "init", "image": "x", "resources": limited}]}))


def test_usage_that_is_not_counted_yet(world: World) -> None:
    quota(world, {"pods": "5", "count/pods": "1"}, used={})
    with pytest.raises(errors.Forbidden, match='^pods "a" is forbidden: status unknown for quota: limits, resources: count/pods,pods$'):
        world.client().create(asking("a"))
    world.client().create(configmap("b"))


def test_a_quota_without_status_holds_nothing_yet(world: World) -> None:
    world.client().create(obj("ResourceQuota", "new", spec={"hard": {"pods": "0"}}))
    world.client().create(asking("a"))


def test_objects_of_any_kind_are_counted(world: World) -> None:
    quota(world, {"count/configmaps": "1", "configmaps": "5", "count/deployments.apps": "0"})
    world.client().create(configmap("a"))
    assert used(world) == {"count/configmaps": "1", "configmaps": "1", "count/deployments.apps": "0"}
    with pytest.raises(errors.Forbidden, match='^configmaps "b" is forbidden: exceeded quota: limits, requested: count/configmaps=1, used: '):
        world.client().create(configmap("b"))
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    with pytest.raises(errors.Forbidden, match=r'^deployments.apps "web" is forbidden: exceeded quota: limits, requested: count/deployments.apps=1'):
        world.client().create(obj("Deployment", "web", api="apps/v1", spec={"selector": {"matchLabels": {"a": "b"}}, "template": template}))


def test_scopes(world: World) -> None:
    quota(world, {"pods": "0"}, "best-effort", scopes=["BestEffort"])
    world.client().create(asking("a"))
    with pytest.raises(errors.Forbidden, match="exceeded quota: best-effort, requested: pods=1, used: pods=0, limited: pods=0$"):
        world.client().create(pod("b"))
    world.client().create(configmap())


def test_updates_are_charged_the_difference(world: World) -> None:
    quota(world, {"services": "2", "services.nodeports": "1"})
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    made = world.client().create(obj("Service", "web", spec={"ports": ports[:1], "type": "NodePort"}))
    assert used(world) == {"services": "1", "services.nodeports": "1"}
    made["spec"]["ports"].append(ports[1])
    with pytest.raises(errors.Forbidden, match="exceeded quota: limits, requested: services.nodeports=1, used: services.nodeports=1"):
        world.client().update(made)
    assert used(world) == {"services": "1", "services.nodeports": "1"}


def test_claims(world: World) -> None:
    quota(world, {"requests.storage": "3Gi", "fast.storageclass.storage.k8s.io/requests.storage": "1Gi"})
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    world.client().create(obj("PersistentVolumeClaim", "a", spec={**spec, "storageClassName": "slow"}))
    assert used(world) == {"requests.storage": "2Gi", "fast.storageclass.storage.k8s.io/requests.storage": "0"}
    fast = "fast.storageclass.storage.k8s.io/requests.storage"
    text = f"exceeded quota: limits, requested: {fast}=2Gi,requests.storage=2Gi, used: {fast}=0,requests.storage=2Gi, limited: {fast}=1Gi,requests.storage=3Gi"
    with pytest.raises(errors.Forbidden, match=text):
        world.client().create(obj("PersistentVolumeClaim", "b", spec={**spec, "storageClassName": "fast"}))


def test_a_dry_run_and_a_failed_create_cost_nothing(world: World) -> None:
    quota(world, {"pods": "5"})
    world.send("create", "pods", body=pod("a"), dryRun=["All"])
    assert used(world) == {"pods": "0"}
    world.client().create(pod("a"))
    with pytest.raises(errors.AlreadyExists):
        world.client().create(pod("a"))
    assert used(world) == {"pods": "1"}


def test_whoever_charges_late_does_it_again(world: World) -> None:
    quota(world, {"pods": "5"})
    store = world.server.store

    def meddle(obj: Object, _: Object) -> bool:
        store.create = create  # type: ignore[method-assign]
        found = store.get(quotas, "default", "limits")
        assert found is not None
        store.update(quotas, {**found.object, "metadata": {**found.object["metadata"], "labels": {"a": "b"}}}, found.revision)
        return bool(create(obj, _))  # type: ignore[arg-type]

    create, quotas = store.create, world.scheme.must("resourcequotas")
    store.create = meddle  # type: ignore[assignment,method-assign]
    with pytest.raises(errors.Conflict, match='^Operation cannot be fulfilled on resourcequotas "limits": the object has been modified'):
        world.client().create(pod("a"))
    assert world.raw("pods", "a") is None
    world.client().create(pod("a"))
    assert used(world) == {"pods": "1"}
