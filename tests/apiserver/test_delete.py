"""delete and deletecollection: grace, finalizers, propagation, preconditions, answers."""

import pytest

from minikube_py.client import api
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from tests.apiserver.world import World, configmap, deployment, obj, pod


def test_what_nothing_holds_goes_at_once(world: World) -> None:
    made = world.client().create(configmap())
    assert world.client().delete("configmaps", "web", "default") == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": {"name": "web", "kind": "configmaps", "uid": made["metadata"]["uid"]}}  # fmt: skip
    assert world.raw("configmaps", "web") is None
    with pytest.raises(errors.NotFound, match='^configmaps "web" not found$'):
        world.client().delete("configmaps", "web", "default")


def test_some_kinds_answer_with_the_object(world: World) -> None:
    made = world.client().create(pod())
    gone = world.client().delete("pods", "web", "default")
    assert (gone["kind"], gone["metadata"]["uid"]) == ("Pod", made["metadata"]["uid"])
    assert world.raw("pods", "web") is None  # a pod on no node needs no grace


def test_pods_have_their_own_grace(world: World) -> None:
    world.client().create(pod(node="n1"))
    marked = world.client().delete("pods", "web", "default")["metadata"]
    assert (marked["deletionTimestamp"], marked["deletionGracePeriodSeconds"], marked["generation"]) == (world.stamp(30), 30, 2)


def test_a_later_request_can_only_shorten_the_grace(world: World) -> None:
    world.client().create(pod(node="n1"))
    world.client().delete("pods", "web", "default", grace_period_seconds=20)
    before = world.raw("pods", "web")
    world.clock.instant += 5
    assert world.client().delete("pods", "web", "default")["metadata"] == before["metadata"]  # type: ignore[index]
    assert world.client().delete("pods", "web", "default", grace_period_seconds=60)["metadata"] == before["metadata"]  # type: ignore[index]
    shorter = world.client().delete("pods", "web", "default", grace_period_seconds=10)["metadata"]
    assert (shorter["deletionTimestamp"], shorter["deletionGracePeriodSeconds"]) == (world.stamp(5), 10)
    assert shorter["generation"] == 2
    shortest = world.client().delete("pods", "web", "default", grace_period_seconds=2)["metadata"]  # already over: one second
    assert (shortest["deletionTimestamp"], shortest["deletionGracePeriodSeconds"]) == (world.stamp(), 1)
    world.client().delete("pods", "web", "default", grace_period_seconds=0)
    assert world.raw("pods", "web") is None


def test_a_negative_grace_is_one_second(world: World) -> None:
    world.client().create(pod(node="n1"))
    assert world.client().delete("pods", "web", "default", grace_period_seconds=-5)["metadata"]["deletionGracePeriodSeconds"] == 1


def test_finalizers_hold_a_pod_after_its_grace(world: World) -> None:
    world.client().create(pod(node="n1", meta_finalizers=["a.io/b"]))
    held = world.client().delete("pods", "web", "default", grace_period_seconds=0)["metadata"]
    assert (held["deletionTimestamp"], held["deletionGracePeriodSeconds"]) == (world.stamp(), 0)
    before = world.backend.revision()
    world.client().delete("pods", "web", "default", grace_period_seconds=0)
    assert world.backend.revision() == before
    world.client().patch("pods", "web", "default", {"metadata": {"finalizers": None}}, patch_type=api.MERGE_PATCH)
    assert world.raw("pods", "web") is None


def test_a_pod_within_its_grace_outlives_its_finalizers(world: World) -> None:
    world.client().create(pod(node="n1", meta_finalizers=["a.io/b"]))
    world.client().delete("pods", "web", "default")
    world.client().patch("pods", "web", "default", {"metadata": {"finalizers": None}}, patch_type=api.MERGE_PATCH)
    assert world.raw("pods", "web")["metadata"]["deletionGracePeriodSeconds"] == 30  # type: ignore[index]


@pytest.mark.parametrize(("policy", "before", "after"), [
    ("Foreground", None, ["foregroundDeletion"]),
    ("Orphan", None, ["orphan"]),
    ("Orphan", ["a.io/b", "foregroundDeletion"], ["a.io/b", "orphan"]),
    ("", ["foregroundDeletion"], ["foregroundDeletion"]),
    ("Background", ["a.io/b", "orphan"], ["a.io/b"]),
])  # fmt: skip
def test_propagation_is_written_into_finalizers(world: World, policy: str, before: list[str] | None, after: list[str]) -> None:
    world.client().create(deployment(meta_finalizers=before or []))
    held = world.client().delete("deployments.apps", "web", "default", propagation_policy=policy)["metadata"]
    assert (held["finalizers"], held["deletionGracePeriodSeconds"], held["generation"]) == (after, 0, 2)


def test_who_deletes_again_gets_the_object_that_goes_later(world: World) -> None:
    world.client().create(obj("ConfigMap", "web", meta_finalizers=["a.io/b"]))
    first, again = world.send("delete", "configmaps", "web"), world.send("delete", "configmaps", "web")
    assert (first.body["kind"], first.code) == ("ConfigMap", 200)
    assert (again.body, again.code) == (first.body, 200)
    assert world.send("delete", "configmaps", "web", orphanDependents=False).code == 202


def test_background_needs_no_finalizer(world: World) -> None:
    world.client().create(deployment(meta_finalizers=["orphan"]))
    assert world.client().delete("deployments.apps", "web", "default", propagation_policy="Background")["status"] == "Success"
    assert world.raw("deployments.apps", "web") is None


def test_jobs_leave_orphans_where_nobody_says_otherwise(world: World) -> None:
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox"}]}}
    world.client().create(obj("Job", "web", api="batch/v1", spec={"template": template}))
    answer = world.send("delete", "jobs.batch", "web")
    assert answer.body["metadata"]["finalizers"] == ["orphan"]
    assert answer.warnings == ("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
                               "or set propagationPolicy=Orphan to suppress this warning",)  # fmt: skip


def test_options_are_checked(world: World) -> None:
    world.client().create(configmap())
    with pytest.raises(errors.Invalid) as refused:
        world.client().delete("configmaps", "web", "default", propagation_policy="Never")
    assert refused.value.message == ('DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Never": '
                                     'supported values: "Foreground", "Background", "Orphan", "nil"')  # fmt: skip
    with pytest.raises(errors.Invalid, match="orphanDependents and deletionPropagation cannot be both set"):
        world.send("delete", "configmaps", "web", propagationPolicy="Orphan", orphanDependents=True)


def test_preconditions(world: World) -> None:
    uid = world.client().create(deployment())["metadata"]["uid"]
    with pytest.raises(errors.Conflict) as refused:
        world.client().delete("deployments.apps", "web", "default", uid="other")
    assert refused.value.message == (
        f'Operation cannot be fulfilled on Deployment.apps "web": the UID in the precondition (other) does not match the UID in record ({uid}). '
        "The object might have been deleted and then recreated")
    with pytest.raises(errors.Conflict, match="The object might have been modified$"):
        world.client().delete("deployments.apps", "web", "default", resource_version="1")
    world.client().delete("deployments.apps", "web", "default", uid=uid)
    assert world.raw("deployments.apps", "web") is None


def test_dry_run_deletes_nothing(world: World) -> None:
    world.client().create(pod(node="n1"))
    before, revision = world.raw("pods", "web"), world.backend.revision()
    assert world.client().delete("pods", "web", "default", dry_run=True)["metadata"]["deletionGracePeriodSeconds"] == 30
    assert world.client().delete("pods", "web", "default", dry_run=True, grace_period_seconds=0)["kind"] == "Pod"
    assert (world.raw("pods", "web"), world.backend.revision()) == (before, revision)


def test_namespaces_end_in_two_steps(world: World) -> None:
    world.client().create(obj("Namespace", "other"))
    ends = world.client().delete("namespaces", "other")
    assert ends["status"]["phase"] == "Terminating" and ends["metadata"]["deletionTimestamp"] == world.stamp()
    assert "deletionGracePeriodSeconds" not in ends["metadata"]
    assert world.client().delete("namespaces", "other")["metadata"]["resourceVersion"] == ends["metadata"]["resourceVersion"]
    with pytest.raises(errors.Forbidden) as refused:
        world.client().create(obj("ConfigMap", "web", space="other"))
    assert refused.value.message == ('configmaps "web" is forbidden: unable to create new content in namespace other because it is being terminated')
    assert refused.value.details["causes"] == [
        {"reason": "NamespaceTerminating", "message": "namespace other is being terminated", "field": "metadata.namespace"}]
    ends["spec"]["finalizers"] = []
    world.client().update(ends, subresource="finalize")
    assert world.raw("namespaces", "other") is None


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_three_namespaces_stay(world: World, name: str) -> None:
    if name != "default":
        world.client().create(obj("Namespace", name))
    with pytest.raises(errors.Forbidden, match=f'^namespaces "{name}" is forbidden: this namespace may not be deleted$'):
        world.client().delete("namespaces", name)


def _names(listing: Object) -> list[str]:
    return [item["metadata"]["name"] for item in listing["items"]]


def test_collections(world: World) -> None:
    for name in "abcd":
        world.client().create(obj("ConfigMap", name, labels={"x": name if name != "d" else "a"}, meta_finalizers=["a.io/b"] if name == "b" else []))
    assert _names(world.client().delete_collection("configmaps", "default", label_selector="x=a", dry_run=True)) == ["a", "d"]
    assert _names(world.client().delete_collection("configmaps", "default", label_selector="x=a")) == ["a", "d"]
    assert _names(world.client().list("configmaps", "default")) == ["b", "c"]
    world.client().delete_collection("configmaps", "default")
    assert [item["metadata"].get("deletionTimestamp") for item in world.client().items("configmaps")] == [world.stamp()]
