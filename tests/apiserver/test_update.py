"""update and patch: resource versions, what may not change, no-op writes, generations, managed fields, create on update."""

from typing import Any

import pytest

from minikube_py.client import api
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object
from minikube_py.plugin.auth import UserInfo
from tests.apiserver.world import World, configmap, deployment, obj, pod


@pytest.fixture
def live(world: World) -> Object:
    return world.client().create(configmap("web", a="1"))


def test_an_old_resource_version_conflicts(world: World, live: Object) -> None:
    world.client().update(live | {"data": {"a": "2"}})
    with pytest.raises(errors.Conflict) as refused:
        world.client().update(live | {"data": {"a": "3"}})
    assert refused.value.message == ('Operation cannot be fulfilled on configmaps "web": the object has been modified; please apply your changes to the '
                                     "latest version and try again")  # fmt: skip
    assert world.raw("configmaps", "web")["data"] == {"a": "2"}  # type: ignore[index]


@pytest.mark.parametrize("version", ["", "0"])
def test_without_resource_version_the_newest_is_replaced(world: World, live: Object, version: str) -> None:
    body = configmap("web", b="1")
    body["metadata"]["resourceVersion"] = version
    assert world.client().update(body)["data"] == {"b": "1"}


def test_a_resource_version_that_is_no_number(world: World, live: Object) -> None:
    live["metadata"]["resourceVersion"] = "abc"
    with pytest.raises(errors.StatusError) as refused:
        world.client().update(live)
    assert (refused.value.code, refused.value.message) == (500, 'strconv.ParseUint: parsing "abc": invalid syntax')


def test_some_kinds_want_a_resource_version(world: World) -> None:
    lease = obj("Lease", "web", api="coordination.k8s.io/v1", spec={"holderIdentity": "a"})
    world.client().create(lease)
    with pytest.raises(errors.Invalid) as refused:
        world.client().update(lease)
    assert refused.value.message == ('leases.coordination.k8s.io "web" is invalid: metadata.resourceVersion: Invalid value: 0x0: '
                                     "must be specified for an update")  # fmt: skip


def test_another_uid_conflicts(world: World, live: Object) -> None:
    uid = live["metadata"]["uid"]
    with pytest.raises(errors.Conflict) as refused:
        world.client().update(obj("ConfigMap", "web", meta_uid="other"))
    assert refused.value.message == (
        'Operation cannot be fulfilled on configmaps "web": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/web, '
        f"ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: {uid}")


def test_what_the_server_keeps(world: World, live: Object) -> None:
    changed = meta.clone(live)
    changed["metadata"] |= {"creationTimestamp": "2001-01-01T00:00:00Z", "generation": 7}
    assert world.client().update(changed)["metadata"]["resourceVersion"] == live["metadata"]["resourceVersion"]
    changed["metadata"]["deletionTimestamp"] = "2001-01-01T00:00:00Z"
    with pytest.raises(errors.Invalid, match="metadata.deletionTimestamp: Invalid value: .*: field is immutable"):
        world.client().update(changed)


def test_a_write_of_the_same_keeps_the_revision(world: World, live: Object) -> None:
    world.clock.instant += 60
    before = world.backend.revision()
    assert world.client().update(configmap("web", a="1"))["metadata"]["resourceVersion"] == live["metadata"]["resourceVersion"]
    assert world.client().patch("configmaps", "web", "default", {"data": {"a": "1"}})["metadata"] == live["metadata"]
    assert world.backend.revision() == before


def test_true_is_not_one(world: World) -> None:
    revision = obj("ControllerRevision", "web", api="apps/v1", data={"a": 1}, revision=1)
    world.client().create(revision)
    before = world.backend.revision()
    world.client().update({**revision, "data": {"a": True}})
    assert world.backend.revision() == before + 1
    assert world.raw("controllerrevisions.apps", "web")["data"]["a"] is True  # type: ignore[index]


def test_names_and_namespaces_must_match(world: World, live: Object) -> None:
    for body, message in (
        ({"metadata": {}}, "the name of the object (web based on URL) was undeterminable: name must be provided"),
        (configmap("other"), "the name of the object (other) does not match the name on the URL (web)"),
        (obj("ConfigMap", "web", space="x"), "the namespace of the provided object does not match the namespace sent on the request"),
    ):
        with pytest.raises(errors.BadRequest) as refused:
            world.send("update", "configmaps", "web", body)
        assert refused.value.message == message


def test_updates_of_nothing(world: World) -> None:
    with pytest.raises(errors.NotFound, match='^configmaps "web" not found$'):
        world.client().update(configmap())


def test_create_on_update_needs_the_right_to_create(world: World) -> None:
    binding = {"subjects": [{"kind": "User", "name": "ann", "apiGroup": "rbac.authorization.k8s.io"}],
               "roleRef": {"kind": "Role", "name": "editor", "apiGroup": "rbac.authorization.k8s.io"}}  # fmt: skip
    role = obj("Role", "editor", api="rbac.authorization.k8s.io/v1", rules=[{"apiGroups": [""], "resources": ["endpoints"], "verbs": ["update"]}])
    world.client().create(role)
    world.client().create(obj("RoleBinding", "editor", api="rbac.authorization.k8s.io/v1", **binding))
    with pytest.raises(errors.Forbidden) as refused:
        world.client("ann").update(obj("Endpoints", "web"))
    assert refused.value.message == ('endpoints "web" is forbidden: User "ann" cannot create resource "endpoints" in API group "" '
                                     'in the namespace "default"')  # fmt: skip
    assert world.send("update", "endpoints", "web", obj("Endpoints", "web")).code == 201
    with pytest.raises(errors.Conflict, match="UID in precondition: 5, UID in object meta: $"):
        world.client().update(obj("Endpoints", "other", meta_uid="5"))


def test_generations_count_changes_of_the_spec(world: World) -> None:
    made = world.client().create(deployment())
    made["spec"]["replicas"] = 2
    made["status"] = {"replicas": 9}
    changed = world.client().update(made)
    assert (changed["metadata"]["generation"], changed.get("status", {}).get("replicas")) == (2, None)
    changed["metadata"]["labels"] = {"a": "b"}
    assert world.client().update(changed)["metadata"]["generation"] == 2


def test_the_status_has_its_own_path(world: World) -> None:
    made = world.client(user_agent="maker").create(deployment())
    made["spec"]["replicas"], made["status"] = 5, {"replicas": 2}
    stored = world.client(user_agent="teller").update_status(made)
    assert (stored["spec"]["replicas"], stored["status"]["replicas"], stored["metadata"]["generation"]) == (1, 2, 1)
    assert [(entry["manager"], entry.get("subresource"), entry["fieldsV1"]) for entry in stored["metadata"]["managedFields"]][1] == (
        "teller", "status", {"f:status": {"f:replicas": {}}})


def test_the_last_finalizer_ends_an_object(world: World) -> None:
    made = world.client().create(obj("ConfigMap", "web", meta_finalizers=["a.io/b"]))
    held = world.client().delete("configmaps", "web", "default")
    assert held["metadata"]["deletionTimestamp"] == world.stamp() and held["metadata"]["deletionGracePeriodSeconds"] == 0
    with pytest.raises(errors.Invalid, match="no new finalizers can be added if the object is being deleted"):
        world.client().patch("configmaps", "web", "default", {"metadata": {"finalizers": ["a.io/c"]}}, patch_type=api.MERGE_PATCH)
    gone = world.client().patch("configmaps", "web", "default", {"metadata": {"finalizers": None}}, patch_type=api.MERGE_PATCH)
    assert gone["metadata"]["uid"] == made["metadata"]["uid"]
    assert world.raw("configmaps", "web") is None


def test_dry_run_changes_nothing(world: World, live: Object) -> None:
    before = world.backend.revision()
    assert world.client().update(configmap("web", b="1"), dry_run=True)["data"] == {"b": "1"}
    assert world.client().patch("configmaps", "web", "default", {"data": {"c": "1"}}, dry_run=True)["data"] == {"a": "1", "c": "1"}
    assert (world.backend.revision(), world.raw("configmaps", "web")) == (before, live)


def test_a_patch_goes_on_where_others_write_in_between(world: World, live: Object) -> None:
    original, others = world.server.store.update, iter("bcdefg")

    def interrupted(resource: object, new: Object, revision: int) -> bool:
        if not world.backend.in_batch and (letter := next(others, "")):  # type: ignore[attr-defined]
            stored = world.server.store.get(resource, "default", "web")  # type: ignore[arg-type]
            assert stored is not None
            stored.object["data"][letter] = "1"
            original(resource, stored.object, stored.revision)  # type: ignore[arg-type]
        return original(resource, new, revision)  # type: ignore[arg-type]

    depth = [0]

    class Batch:
        def __enter__(self) -> None:
            depth[0] += 1

        def __exit__(self, *error: object) -> None:
            depth[0] -= 1

    world.backend.batch = Batch  # type: ignore[method-assign,assignment]
    type(world.backend).in_batch = property(lambda self: depth[0] > 0)  # type: ignore[attr-defined]
    world.server.store.update = interrupted  # type: ignore[method-assign,assignment]
    try:
        patched = world.client().patch("configmaps", "web", "default", {"data": {"z": "1"}})
    finally:
        del type(world.backend).in_batch  # type: ignore[attr-defined]
    assert sorted(patched["data"]) == ["a", "b", "c", "d", "e", "z"]


@pytest.mark.parametrize(("kind", "patch"), [
    (api.JSON_PATCH, [{"op": "add", "path": "/data/b", "value": "2"}]),
    (api.MERGE_PATCH, {"data": {"b": "2"}}),
    (api.STRATEGIC_PATCH, {"data": {"b": "2"}}),
])  # fmt: skip
def test_three_kinds_of_patches(world: World, live: Object, kind: str, patch: object) -> None:
    assert world.client().patch("configmaps", "web", "default", patch, patch_type=kind)["data"] == {"a": "1", "b": "2"}


def test_patches_that_do_not_fit(world: World, live: Object) -> None:
    def refusal(kind: str, patch: object, **options: object) -> errors.StatusError:
        with pytest.raises(errors.StatusError) as refused:
            world.client().patch("configmaps", "web", "default", patch, patch_type=kind, **options)
        return refused.value

    no_path = refusal(api.JSON_PATCH, [{"op": "remove", "path": "/none/a"}])
    assert (no_path.code, no_path.message) == (422, "the server rejected our request due to an error in our request")
    assert refusal("text/plain", {}).code == 415
    assert refusal(api.STRATEGIC_PATCH, {"oops": 1}, field_validation="Strict").message == (
        ' "" is invalid: patch: Invalid value: "map[oops:1]": strict decoding error: unknown field "oops"')
    assert refusal(api.STRATEGIC_PATCH, {"metadata": {"labels": {"a": 5}}}).message == (
        ' "" is invalid: patch: Invalid value: "map[metadata:map[labels:map[a:5]]]": cannot convert int64 to string')
    wrong = refusal(api.MERGE_PATCH, {"data": 5})
    assert wrong.code == 422 and wrong.message.startswith(' "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"data\\":5,')
    assert wrong.message.endswith("json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string")
    assert refusal(api.MERGE_PATCH, {"metadata": {"name": "other"}}).message == "the name of the object (other) does not match the name on the URL (web)"
    assert isinstance(refusal(api.MERGE_PATCH, {"metadata": {"resourceVersion": "1"}}), errors.Conflict)
    assert refusal(api.MERGE_PATCH, {}, force=True).message == (
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch')
    assert world.send("patch", "configmaps", "web", {"oops": 1}, content_type=api.MERGE_PATCH).warnings == ('unknown field "oops"',)


def test_server_side_apply(world: World) -> None:
    def apply(config: Object, manager: str = "me", **options: object) -> Object:
        return world.client().patch("deployments.apps", "web", "default", config, patch_type=api.APPLY_PATCH, field_manager=manager, **options)

    made = apply(deployment())
    assert made["spec"]["strategy"]["type"] == "RollingUpdate"
    assert [(entry["manager"], entry["operation"]) for entry in made["metadata"]["managedFields"]] == [("me", "Apply")]
    assert "f:strategy" not in made["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]
    assert apply(deployment())["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    with pytest.raises(errors.ApplyConflict, match=r'Apply failed with 1 conflict: conflict with "me": .spec.replicas'):
        apply(deployment(replicas=3), "you")
    assert apply(deployment(replicas=3), "you", force=True)["spec"]["replicas"] == 3
    with pytest.raises(errors.StatusError) as refused:
        apply(deployment() | {"spec": {"x": 1}})
    assert (refused.value.code, refused.value.message) == (
        500, "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.x: field not declared in schema")


def test_apply_needs_a_manager_and_the_right_to_create(world: World) -> None:
    with pytest.raises(errors.Invalid) as refused:
        world.send("patch", "configmaps", "web", configmap(), content_type=api.APPLY_PATCH)
    assert refused.value.message == 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
    role = obj("Role", "patcher", api="rbac.authorization.k8s.io/v1", rules=[{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}])
    world.client().create(role)
    world.client().create(obj("RoleBinding", "ann", api="rbac.authorization.k8s.io/v1", roleRef={"kind": "Role", "name": "patcher"},
                              subjects=[{"kind": "User", "name": "ann"}]))  # fmt: skip
    with pytest.raises(errors.Forbidden, match='User "ann" cannot create resource "configmaps"'):
        world.send("patch", "configmaps", "web", configmap(), user=UserInfo("ann"), content_type=api.APPLY_PATCH, fieldManager="me")
    with pytest.raises(errors.Conflict, match="uid mismatch: the provided object specified uid 5, and no existing object was found"):
        world.send("patch", "configmaps", "web", obj("ConfigMap", "web", meta_uid="5"), content_type=api.APPLY_PATCH, fieldManager="me")


def test_apply_of_values_that_cannot_be_read(world: World) -> None:
    claim = obj("PersistentVolumeClaim", "web", spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1GiB"}}})
    with pytest.raises(errors.StatusError) as refused:
        world.send("patch", "persistentvolumeclaims", "web", claim, content_type=api.APPLY_PATCH, fieldManager="me")
    assert refused.value.code == 500
    assert refused.value.message.startswith("failed to convert new object (default/web; /v1, Kind=PersistentVolumeClaim) to proper version: unable to ")


def test_apply_of_nulls_keeps_what_go_makes_of_them(world: World) -> None:
    made = world.send("patch", "configmaps", "web", configmap() | {"data": {"a": None}}, content_type=api.APPLY_PATCH, fieldManager="me").body
    assert made["data"] == {"a": ""}
    condition = {"type": "Ready", "status": "True", "lastProbeTime": None}
    world.client().create(pod())
    status = pod(status={"conditions": [condition]})
    del status["spec"]
    left = world.send("patch", "pods", "web", status, subresource="status", content_type=api.APPLY_PATCH, fieldManager="me").body
    assert left["status"]["conditions"] == [condition]


def test_names_and_namespaces_of_what_is_applied(world: World) -> None:
    def refusal(metadata: Object) -> errors.StatusError:
        with pytest.raises(errors.StatusError) as refused:
            world.send("patch", "configmaps", "web", configmap() | {"metadata": metadata}, content_type=api.APPLY_PATCH, fieldManager="me")
        return refused.value

    assert refusal({}).message == "the name of the object (web based on URL) was undeterminable: name must be provided"
    assert refusal({"name": "other"}).message == "the name of the object (other) does not match the name on the URL (web)"
    assert refusal({"name": "web", "nope": 1, "namespace": "other"}).message == (
        "failed to create typed patch object (other/web; /v1, Kind=ConfigMap): .metadata.nope: field not declared in schema")
    assert isinstance(refusal({"name": "other", "namespace": "other", "uid": "5"}), errors.Conflict)
    world.client().create(configmap(a="1"))
    unnamed = configmap() | {"metadata": {}}  # it has the name of what it is laid over
    assert world.send("patch", "configmaps", "web", unnamed, content_type=api.APPLY_PATCH, fieldManager="me").code == 200


def test_a_patch_cannot_give_another_uid(world: World) -> None:
    world.client().create(configmap())
    for media in (api.MERGE_PATCH, api.APPLY_PATCH):
        body = configmap() | {"metadata": {"name": "web", "uid": "5"}}
        with pytest.raises(errors.Invalid) as refused:
            world.send("patch", "configmaps", "web", body, content_type=media, fieldManager="me")
        assert refused.value.message == 'ConfigMap "web" is invalid: metadata.uid: Invalid value: "5": field is immutable'


def test_a_patch_of_the_status_cannot_give_another_uid(world: World) -> None:
    world.client().create(deployment())
    body = {"metadata": {"uid": "5"}, "status": {"replicas": 1}}
    with pytest.raises(errors.Invalid) as refused:
        world.send("patch", "deployments.apps", "web", body, subresource="status", content_type=api.MERGE_PATCH)
    assert refused.value.message == 'Deployment.apps "web" is invalid: metadata.uid: Invalid value: "5": field is immutable'


def test_no_entries_at_all_forget_who_owns_what(world: World) -> None:
    made = world.client().create(configmap(a="1"))
    assert made["metadata"]["managedFields"]
    emptied = world.send("patch", "configmaps", "web", {"metadata": {"managedFields": []}}, content_type=api.MERGE_PATCH).body
    assert "managedFields" not in emptied["metadata"]


@pytest.mark.parametrize(("change", "message"), [
    ({"apiVersion": 5}, "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .apiVersion of type string"),
    ({"kind": "Nope"}, 'no kind "Nope" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"'),
    ({"metadata": 5}, "json: cannot unmarshal number into Go struct field ConfigMap.metadata of type v1.ObjectMeta"),
])  # fmt: skip
def test_patches_that_leave_no_object_of_the_kind(world: World, change: Object, message: str) -> None:
    world.client().create(configmap())
    with pytest.raises(errors.Invalid) as refused:
        world.send("patch", "configmaps", "web", change, content_type=api.MERGE_PATCH)
    assert refused.value.message.endswith(f"}}\": {message}")


def test_a_strategic_patch_changes_no_kind(world: World) -> None:
    world.client().create(configmap())
    changed = world.client().patch("configmaps", "web", "default", {"kind": "Nope", "data": {"a": "1"}})
    assert (changed["kind"], changed["data"]) == ("ConfigMap", {"a": "1"})


@pytest.mark.parametrize(("step", "message"), [
    (5, "json: cannot unmarshal number into Go value of type handlers.jsonPatchOp"),
    ({"op": 5, "path": "/a"}, "json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string"),
    ({"op": "move", "path": "/a", "from": {}}, "json: cannot unmarshal object into Go struct field jsonPatchOp.from of type string"),
])  # fmt: skip
def test_steps_of_other_types(world: World, step: Any, message: str) -> None:
    with pytest.raises(errors.NotFound):  # first there must be something
        world.send("patch", "configmaps", "web", body=[step], content_type=api.JSON_PATCH)
    world.client().create(configmap())
    with pytest.raises(errors.BadRequest) as refused:
        world.send("patch", "configmaps", "web", body=[step], content_type=api.JSON_PATCH)
    assert refused.value.message == f"error decoding patch: {message}"


def test_twins_in_a_configuration(world: World) -> None:
    with pytest.raises(errors.BadRequest, match="^error strict decoding patch: twice$"):
        world.send("patch", "configmaps", "web", configmap(), content_type=api.APPLY_PATCH, fieldManager="me", fieldValidation="Strict",
                   duplicates=("twice",))  # fmt: skip
    answer = world.send("patch", "configmaps", "web", configmap(), content_type=api.APPLY_PATCH, fieldManager="me", duplicates=("twice",))
    assert (answer.code, answer.warnings) == (201, ("twice",))


def test_what_is_empty_in_metadata_goes(world: World) -> None:
    empty = {"labels": {}, "annotations": {}, "finalizers": []}
    made = world.client().create(configmap("hollow") | {"metadata": {"name": "hollow", "namespace": "default", **empty}})
    assert not set(empty) & set(made["metadata"])
    world.client().patch("configmaps", "hollow", "default", {"metadata": {"labels": {"a": "1"}}})
    left = world.client().patch("configmaps", "hollow", "default", {"metadata": {"labels": {"a": None}}})
    assert "labels" not in left["metadata"]


@pytest.mark.parametrize(("media", "body", "message"), [
    ("application/json-patch+json", {}, "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
    ("application/merge-patch+json", [], "json: cannot unmarshal array into Go value of type map[string]interface {}"),
    ("application/merge-patch+json", "x", "json: cannot unmarshal string into Go value of type map[string]interface {}"),
])  # fmt: skip
def test_patches_of_another_type(world: World, media: str, body: Any, message: str) -> None:
    world.client().create(configmap())
    with pytest.raises(errors.BadRequest) as refused:
        world.send("patch", "configmaps", "web", body=body, content_type=media)
    assert refused.value.message == f"error decoding patch: {message}"
    with pytest.raises(errors.BadRequest) as refused:
        world.send("patch", "configmaps", "web", body=body, content_type=media, fieldValidation="Ignore")
    assert "error decoding" not in refused.value.message
