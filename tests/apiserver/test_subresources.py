"""scale, binding, eviction, log, status of special kinds."""

from typing import Any

import pytest

from minikube_py.client import api
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.apiserver.world import World, deployment, obj, pod


def _scale(replicas: Any, **metadata: str) -> Object:
    return {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web", **metadata}, "spec": {"replicas": replicas}}


@pytest.fixture
def live(world: World) -> Object:
    return world.client(user_agent="maker").create(deployment())


def test_scales_are_read(world: World, live: Object) -> None:
    metadata = live["metadata"]
    assert world.client().get("deployments.apps", "web", "default", subresource="scale") == {
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")},
        "spec": {"replicas": 1}, "status": {"replicas": 0, "selector": "app=web"}}  # fmt: skip


def test_scaling_is_noted_under_its_own_name(world: World, live: Object) -> None:
    answer = world.send("update", "deployments.apps", "web", _scale(4), subresource="scale")
    assert answer.body["spec"] == {"replicas": 4}
    stored = world.raw("deployments.apps", "web")
    assert stored is not None and (stored["spec"]["replicas"], stored["metadata"]["generation"]) == (4, 2)
    assert [(entry["manager"], entry["apiVersion"], entry.get("subresource"), entry["fieldsV1"]) for entry in stored["metadata"]["managedFields"]][1:] == [
        ("test", "apps/v1", "scale", {"f:spec": {"f:replicas": {}}})]
    patched = world.client().patch("deployments.apps", "web", "default", {"spec": {"replicas": 2}}, patch_type=api.MERGE_PATCH, subresource="scale")
    assert patched["spec"] == {"replicas": 2}


def _owners(world: World) -> list[tuple[Any, ...]]:
    found = world.raw("deployments.apps", "web")
    assert found is not None
    return [(entry["manager"], entry["operation"], entry["apiVersion"], entry.get("subresource"), "f:replicas" in entry["fieldsV1"].get("f:spec", ()))
            for entry in found["metadata"]["managedFields"]]  # fmt: skip


def test_scales_are_applied(world: World) -> None:
    apply: dict[str, Any] = {"content_type": "application/apply-patch+yaml"}
    web = deployment()
    web["spec"]["replicas"] = 2
    world.send("patch", "deployments.apps", "web", web, **apply, fieldManager="one")
    with pytest.raises(errors.ApplyConflict) as refused:
        world.send("patch", "deployments.apps", "web", _scale(4), subresource="scale", **apply, fieldManager="two")
    assert refused.value.message == 'Apply failed with 1 conflict: conflict with "one": .spec.replicas'
    answer = world.send("patch", "deployments.apps", "web", _scale(4), subresource="scale", **apply, fieldManager="two", force=True)
    assert (answer.body["kind"], answer.body["spec"]) == ("Scale", {"replicas": 4})
    assert "managedFields" not in answer.body["metadata"]
    assert _owners(world) == [("one", "Apply", "apps/v1", None, False), ("two", "Apply", "apps/v1", "scale", True)]
    with pytest.raises(errors.ApplyConflict, match='conflict with "two" with subresource "scale": .spec.replicas$'):
        world.send("patch", "deployments.apps", "web", web, **apply, fieldManager="one")
    world.send("patch", "deployments.apps", "web", _scale(4), subresource="scale", **apply, fieldManager="three")
    world.send("update", "deployments.apps", "web", _scale(5), subresource="scale")
    assert [owner[0] for owner in _owners(world) if owner[4]] == ["test"]
    with pytest.raises(errors.BadRequest) as wrong:
        world.send("patch", "deployments.apps", "web", {"spec": {}}, subresource="scale", **apply, fieldManager="two")
    assert wrong.value.message == "invalid object type: /, Kind="


def test_scales_that_are_refused(world: World, live: Object) -> None:
    def refusal(body: Object) -> errors.StatusError:
        with pytest.raises(errors.StatusError) as refused:
            world.send("update", "deployments.apps", "web", body, subresource="scale")
        return refused.value

    assert refusal(_scale(-1)).message == 'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'
    assert refusal(_scale("many")).message == (
        'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32')
    assert isinstance(refusal(_scale(2, resourceVersion="1")), errors.Conflict)
    assert isinstance(refusal(_scale(2, uid="other")), errors.Conflict)
    assert refusal(_scale(2, name="other")).code == 400
    assert refusal(deployment()).code == 400
    assert world.raw("deployments.apps", "web") == live


def _binding(node: str = "n1", **metadata: Any) -> Object:
    return {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "web", **metadata}, "target": {"kind": "Node", "name": node}}


def test_a_pod_is_bound_once(world: World) -> None:
    world.client().create(pod())
    answer = world.send("create", "pods", "web", _binding(annotations={"a": "b"}), subresource="binding")
    assert (answer.code, answer.body["status"]) == (201, "Success")
    bound = world.raw("pods", "web")
    assert bound is not None and (bound["spec"]["nodeName"], bound["metadata"]["annotations"]) == ("n1", {"a": "b"})
    assert [(item["type"], item["status"]) for item in bound["status"]["conditions"]] == [("PodScheduled", "True")]
    with pytest.raises(errors.Conflict) as refused:
        world.send("create", "pods", "web", _binding("n2"), subresource="binding")
    assert refused.value.message == ('Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n1"')


def test_bindings_without_a_path_of_their_own(world: World) -> None:
    world.client().create(pod())
    answer = world.send("create", "bindings", "", _binding() | {"metadata": {"name": "web"}})
    assert (answer.body["kind"], answer.body["status"], answer.code) == ("Status", "Success", 201)
    bound = world.raw("pods", "web")
    assert bound is not None and bound["spec"]["nodeName"] == "n1"
    with pytest.raises(errors.NotFound, match='^pods "none" not found$'):
        world.send("create", "bindings", "", _binding(name="none"))


@pytest.mark.parametrize(("body", "kind"), [
    (_binding(""), errors.Invalid), (_binding(uid="other"), errors.Conflict), (_binding(name="other"), errors.BadRequest),
    (_binding(namespace="x"), errors.BadRequest), ({"kind": "Pod"}, errors.BadRequest), ([], errors.BadRequest),
    (_binding() | {"target": 5}, errors.BadRequest),
    (_binding() | {"target": {"kind": "Shelf", "name": "n1"}}, errors.Invalid),
])  # fmt: skip
def test_bindings_that_are_refused(world: World, body: Any, kind: type[errors.StatusError]) -> None:
    made = world.client().create(pod())
    with pytest.raises(kind):
        world.send("create", "pods", "web", body, subresource="binding")
    world.send("create", "pods", "web", _binding(), subresource="binding", dryRun=True)
    assert world.raw("pods", "web") == made


def _running(world: World, name: str, *, ready: bool = True) -> None:
    made = world.client().create(pod(name, node="n1", labels={"app": "web"}))
    made["status"] |= {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]}
    world.client().update_status(made)


def _budget(world: World, allowed: int, *, healthy: int = 2, policy: str = "", name: str = "web") -> None:
    spec: Object = {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": 1}
    if policy:
        spec["unhealthyPodEvictionPolicy"] = policy
    made = world.client().create(obj("PodDisruptionBudget", name, api="policy/v1", spec=spec))
    made["status"] = {"observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": 2, "expectedPods": 2}
    world.client().update_status(made)


def _evict(world: World, name: str, **options: Any) -> Any:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "default"}, **options.pop("body", {})}
    return world.send("create", "pods", name, body, subresource="eviction", **options)


def test_evictions_spend_a_budget(world: World) -> None:
    _running(world, "a")
    _running(world, "b")
    _budget(world, 1)
    _evict(world, "a", dryRun=True)
    assert "deletionTimestamp" not in world.raw("pods", "a")["metadata"]  # type: ignore[index]
    assert _evict(world, "a").code == 201
    assert world.raw("pods", "a")["metadata"]["deletionTimestamp"] == world.stamp(30)  # type: ignore[index]
    status = world.raw("poddisruptionbudgets.policy", "web")["status"]  # type: ignore[index]
    assert (status["disruptionsAllowed"], status["disruptedPods"]) == (0, {"a": world.stamp()})
    with pytest.raises(errors.TooManyRequests) as refused:
        _evict(world, "b")
    assert refused.value.message == "Cannot evict pod as it would violate the pod's disruption budget."
    assert refused.value.details["causes"] == [
        {"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods and has 2 currently"}]
    assert "deletionTimestamp" not in world.raw("pods", "b")["metadata"]  # type: ignore[index]


def test_evictions_of_what_no_budget_protects(world: World) -> None:
    _running(world, "unready", ready=False)
    world.client().create(pod("pending", labels={"app": "web"}))
    _budget(world, 0)
    assert _evict(world, "pending").code == _evict(world, "unready").code == 201
    assert world.raw("poddisruptionbudgets.policy", "web")["status"]["disruptionsAllowed"] == 0  # type: ignore[index]


def test_evicted_pods_are_marked_as_disrupted(world: World) -> None:
    _running(world, "a")
    version = world.raw("pods", "a")["metadata"]["resourceVersion"]  # type: ignore[index]
    with pytest.raises(errors.Conflict):
        _evict(world, "a", body={"deleteOptions": {"preconditions": {"resourceVersion": "1"}}})
    _evict(world, "a", dryRun=True)
    assert world.raw("pods", "a")["metadata"]["resourceVersion"] == version  # type: ignore[index]
    assert _evict(world, "a", body={"deleteOptions": {"preconditions": {"resourceVersion": version}}}).code == 201
    marked = world.raw("pods", "a")
    assert marked is not None and "deletionTimestamp" in marked["metadata"]
    assert marked["status"]["conditions"][-1] == {
        "type": "DisruptionTarget", "status": "True", "lastProbeTime": None, "lastTransitionTime": world.stamp(), "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting"}  # fmt: skip


def test_budgets_of_others_are_left_alone(world: World) -> None:
    _running(world, "a")
    _budget(world, 0)
    budget = world.client().get("poddisruptionbudgets.policy", "web", "default")
    world.client().update({**budget, "spec": {**budget["spec"], "selector": {"matchLabels": {"app": "other"}}}})
    assert _evict(world, "a").code == 201


def test_unready_pods_where_too_few_are_healthy(world: World) -> None:
    _running(world, "a", ready=False)
    _budget(world, 0, healthy=1)
    with pytest.raises(errors.TooManyRequests):
        _evict(world, "a")
    world.client().delete("poddisruptionbudgets.policy", "web", "default")
    _budget(world, 0, healthy=1, policy="AlwaysAllow")
    assert _evict(world, "a", body={"deleteOptions": {"gracePeriodSeconds": 5}}).code == 201
    assert world.raw("pods", "a")["metadata"]["deletionGracePeriodSeconds"] == 5  # type: ignore[index]


def test_evictions_that_make_no_sense(world: World) -> None:
    _running(world, "a")
    _budget(world, 1)
    _budget(world, 1, name="twin")
    with pytest.raises(errors.StatusError, match="^This pod has more than one PodDisruptionBudget"):
        _evict(world, "a")
    with pytest.raises(errors.BadRequest, match="^name in URL does not match name in Eviction object$"):
        world.send("create", "pods", "a", {"metadata": {"name": "b"}}, subresource="eviction")
    with pytest.raises(errors.NotFound):
        _evict(world, "none")


def test_logs_name_a_container(world: World) -> None:
    world.client().create(obj("Pod", "two", spec={"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}]}))
    held = {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "x"}], "initContainers": [{"name": "i", "image": "x"}]}
    world.client().create(obj("Pod", "prepared", spec=held))
    world.client().create(pod())
    for name, container, message in (
        ("prepared", "", "a container name must be specified for pod prepared, choose one of: [a b] or one of the init containers: [i]"),
        ("prepared", "i", "pod prepared does not have a host assigned"),
        ("two", "", "a container name must be specified for pod two, choose one of: [a b]"),
        ("two", "c", "container c is not valid for pod two"),
        ("web", "", "pod web does not have a host assigned"),
    ):
        with pytest.raises(errors.BadRequest) as refused:
            world.client().logs(name, "default", container=container)
        assert refused.value.message == message


@pytest.mark.parametrize(("options", "message"), [
    ({"tail_lines": -1}, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
    ({"limit_bytes": 0}, "limitBytes: Invalid value: 0: must be greater than 0"),
    ({"since_seconds": 0}, "sinceSeconds: Invalid value: 0: must be greater than 0"),
    ({"since_seconds": 0, "since_time": "2026-01-01T00:00:00Z"}, "[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"),
    ({"tail_lines": -8, "since_seconds": 0},
     "[tailLines: Invalid value: -8: must be greater than or equal to 0, sinceSeconds: Invalid value: 0: must be greater than 0]"),
])  # fmt: skip
def test_options_of_logs_that_make_no_sense(world: World, options: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        world.client().logs("none", "default", **options)
    assert refused.value.message == f'PodLogOptions "none" is invalid: {message}'


def test_a_pod_without_a_node_cannot_be_reached(world: World) -> None:
    world.client().create(pod())
    with pytest.raises(errors.StatusError) as refused:
        world.send("create", "pods", "web", {}, subresource="proxy")
    assert (refused.value.code, refused.value.message) == (503, "error trying to reach service: pod default/web does not have a host assigned")


@pytest.mark.parametrize(("body", "kept"), [
    (obj("Service", "web", spec={"ports": [{"port": 80}]}), ()),
    (deployment(), ("labels",)),
    (obj("FlowSchema", "web", api="flowcontrol.apiserver.k8s.io/v1", space="", spec={"priorityLevelConfiguration": {"name": "x"}}), ("labels", "annotations")),
])  # fmt: skip
def test_what_of_metadata_goes_with_the_status(world: World, body: Object, kept: tuple[str, ...]) -> None:
    world.client().create(body)
    resource = world.server.scheme.must({"Service": "services", "Deployment": "deployments.apps"}.get(body["kind"], "flowschemas.flowcontrol.apiserver.k8s.io"))
    patch = {"metadata": {"labels": {"new": "1"}, "annotations": {"new": "1"}}, "spec": None}
    space = "default" if resource.namespaced else ""
    changed = world.client().patch(resource, "web", space, patch, patch_type=api.MERGE_PATCH, subresource="status")
    assert [field for field in ("labels", "annotations") if "new" not in changed["metadata"].get(field, {})] == list(kept)
    assert changed["spec"]


def test_numbers_of_a_status_are_always_written() -> None:
    world = World()
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}
    world.send("create", "daemonsets.apps", body=obj("DaemonSet", "d", api="apps/v1", spec=spec))
    body = obj("DaemonSet", "d", api="apps/v1", spec=spec, status={"numberReady": 2})
    found = world.send("update", "daemonsets.apps", "d", body, subresource="status").body["status"]
    assert found == {"numberReady": 2, "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0}


def test_updates_of_a_status_warn_of_nothing(world: World) -> None:
    body = obj("Service", "web", spec={"ports": [{"port": 80}], "externalName": "a.b"})
    made = world.send("create", "services", body=body)
    assert made.warnings == ('spec.externalName is ignored when spec.type is not "ExternalName"',)
    assert world.send("update", "services", "web", made.body, subresource="status").warnings == ()
