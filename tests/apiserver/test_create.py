"""create: names, namespaces, system fields, versions, dry run, limits."""

import random
import uuid

import pytest

from minikube_py.apiserver.handlers import create
from minikube_py.machinery import errors
from tests.apiserver.world import World, configmap, deployment, obj, pod


def test_system_fields_are_the_servers(world: World) -> None:
    sent = configmap("web", a="1")
    sent["metadata"] |= {"uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z", "deletionTimestamp": "2001-01-01T00:00:00Z",
                         "deletionGracePeriodSeconds": 3, "selfLink": "/x"}  # fmt: skip
    made = world.client(user_agent="test").create(sent)
    metadata = made["metadata"]
    assert metadata["uid"] != "mine" and len(metadata["uid"]) == 36
    assert metadata["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert {"deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"} & metadata.keys() == set()
    assert metadata["resourceVersion"] == str(world.backend.revision())
    assert metadata["managedFields"] == [{"manager": "test", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
                                          "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {".": {}, "f:a": {}}}}]  # fmt: skip
    assert sent["metadata"]["uid"] == "mine"  # what was sent stays as it was


def test_a_resource_version_must_not_be_set(world: World) -> None:
    with pytest.raises(errors.StatusError) as refused:
        world.client().create(obj("ConfigMap", "web", meta_resourceVersion="5"))
    assert (refused.value.code, refused.value.reason) == (500, "")
    assert refused.value.message == "resourceVersion should not be set on objects to be created"


def test_a_name_is_taken_once(world: World) -> None:
    world.client().create(configmap())
    with pytest.raises(errors.AlreadyExists, match='^configmaps "web" already exists$'):
        world.client().create(configmap())


def test_an_object_that_is_being_deleted_still_has_its_name(world: World) -> None:
    world.client().create(obj("ConfigMap", "web", meta_finalizers=["a.io/b"]))
    world.client().delete("configmaps", "web", "default")
    with pytest.raises(errors.AlreadyExists) as refused:
        world.client().create(configmap())
    assert refused.value.status()["message"] == 'object is being deleted: configmaps "web" already exists'


def test_names_are_generated(world: World) -> None:
    names = {world.client().create(obj("ConfigMap", meta_generateName="web-"))["metadata"]["name"] for _ in range(20)}
    assert len(names) == 20
    assert all(name.startswith("web-") and len(name) == 9 for name in names)
    long = world.client().create(obj("ConfigMap", meta_generateName="a" * 100))["metadata"]["name"]
    assert len(long) == 63


def test_a_generated_name_that_is_taken_is_made_anew(world: World) -> None:
    class Stuck:
        def __init__(self) -> None:
            self.left = 5 * 3

        def choice(self, letters: str) -> str:
            self.left -= 1
            return letters[0] if self.left >= 0 else letters[1]

        def getrandbits(self, bits: int) -> int:
            return 1 << 70

    world.client().create(configmap("web-bbbbb"))
    world.server.rng = Stuck()  # type: ignore[assignment]
    made = world.client(user_agent="test").create(obj("ConfigMap", meta_generateName="web-"))
    assert made["metadata"]["name"] == "web-ccccc"
    assert [entry["manager"] for entry in made["metadata"]["managedFields"]] == ["test"]


def test_the_last_generated_name_is_refused_with_a_hint(world: World) -> None:
    class Stuck:
        def choice(self, letters: str) -> str:
            return letters[0]

        def getrandbits(self, bits: int) -> int:
            return 1 << 70

    world.client().create(configmap("web-bbbbb"))
    world.server.rng = Stuck()  # type: ignore[assignment]
    with pytest.raises(errors.AlreadyExists) as refused:
        world.client().create(obj("ConfigMap", meta_generateName="web-"))
    assert refused.value.message == 'configmaps "web-bbbbb" already exists, the server was not able to generate a unique name for the object'
    assert refused.value.details["retryAfterSeconds"] == 1


def test_namespaces_must_match(world: World) -> None:
    with pytest.raises(errors.BadRequest, match="^the namespace of the provided object does not match the namespace sent on the request$"):
        world.send("create", "configmaps", body=obj("ConfigMap", "web", space="other"))
    made = world.send("create", "configmaps", body={"metadata": {"name": "web"}}).body
    assert (made["apiVersion"], made["kind"], made["metadata"]["namespace"]) == ("v1", "ConfigMap", "default")
    assert "namespace" not in world.client().create(obj("Namespace", "other", space="default"))["metadata"]


def test_a_namespace_must_be_there(world: World) -> None:
    with pytest.raises(errors.NotFound, match='^namespaces "none" not found$'):
        world.client().create(obj("ConfigMap", "web", space="none"))


@pytest.mark.parametrize(("body", "message"), [
    ([], "the body of the request must be an object"),
    (obj("Deployment", "web", api="apps/v1"), 'Deployment in version "v1" cannot be handled as a ConfigMap: converting (v1.Deployment) to '
                                                    "(core.ConfigMap): unknown conversion"),
    (obj("Odd", "web", api="example.com/v2"), 'Odd in version "v2" cannot be handled as a ConfigMap: no kind "Odd" is registered for version '
                                              '"example.com/v2" in scheme "pkg/api/legacyscheme/scheme.go:30"'),
    ({"metadata": 5}, 'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field '
                      "ConfigMap.metadata of type v1.ObjectMeta"),
    (configmap("a") | {"data": {"a": 1}}, 'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct '
                                          "field ConfigMap.data of type string"),
])  # fmt: skip
def test_bodies_that_cannot_be_read(world: World, body: object, message: str) -> None:
    with pytest.raises(errors.BadRequest) as refused:
        world.send("create", "configmaps", body=body)
    assert refused.value.message == message


def test_unknown_fields(world: World) -> None:
    body = configmap("web") | {"oops": 1}
    assert world.send("create", "configmaps", body=body, dryRun=True).warnings == ('unknown field "oops"',)
    assert world.send("create", "configmaps", body=body, dryRun=True, fieldValidation="Ignore").warnings == ()
    with pytest.raises(errors.BadRequest) as refused:
        world.send("create", "configmaps", body=body, fieldValidation="Strict")
    assert refused.value.message == 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "oops"'


def test_dry_run_writes_nothing(world: World) -> None:
    before = world.backend.revision()
    made = world.client().create(deployment(), dry_run=True)
    assert made["metadata"]["uid"] and "resourceVersion" not in made["metadata"]
    assert made["spec"]["strategy"]["type"] == "RollingUpdate"
    assert world.client().create(obj("ConfigMap", meta_generateName="web-"), dry_run=True)["metadata"]["name"].startswith("web-")
    assert world.backend.revision() == before
    world.client().create(configmap())
    with pytest.raises(errors.AlreadyExists):
        world.client().create(configmap(), dry_run=True)


@pytest.mark.parametrize("dry_run", [False, True])
def test_no_more_than_three_mebibytes(world: World, dry_run: bool) -> None:
    with pytest.raises(errors.RequestEntityTooLarge) as refused:
        world.client().create(configmap("web", a="x" * (3 * 1024 * 1024)), dry_run=dry_run)
    assert (refused.value.code, refused.value.message) == (413, "Request entity too large: limit is 3145728")
    with pytest.raises(errors.RequestEntityTooLarge):
        world.client().patch("configmaps", "web", "default", {"data": {"a": "x" * (3 * 1024 * 1024)}})


def test_what_is_nested_too_deeply(world: World) -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(errors.BadRequest, match="nested too deeply"):
        world.client().create(configmap("web") | {"data": deep})
    while isinstance(deep, list):  # Python would end it recursively
        deep = deep[0]


def test_options_are_checked(world: World) -> None:
    with pytest.raises(errors.Invalid) as refused:
        world.send("create", "configmaps", body=configmap(), fieldManager="a\n", fieldValidation="Perhaps", dryRun="Some")
    assert refused.value.code == 422
    assert refused.value.message == (
        'CreateOptions.meta.k8s.io "" is invalid: [fieldManager: Invalid value: "a\\n": invalid character U+000A (at position 1), '
        'fieldValidation: Unsupported value: "Perhaps": supported values: "", "Ignore", "Strict", "Warn", '
        'dryRun: Unsupported value: "Some": supported values: "All"]')
    with pytest.raises(errors.Invalid, match="fieldManager: Too long: may not be more than 128 bytes"):
        world.send("create", "configmaps", body=configmap(), fieldManager="a" * 129)


def test_owner_references_are_there_once(world: World) -> None:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "1"}
    answer = world.send("create", "configmaps", body=obj("ConfigMap", "web", meta_ownerReferences=[owner, owner, {**owner, "uid": "2"}]))
    assert [item["uid"] for item in answer.body["metadata"]["ownerReferences"]] == ["1", "2"]
    assert answer.warnings == (
        ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early "
        "as 1.24; please fix your requests; duplicate UID(s) observed: 1",)


@pytest.mark.parametrize("name", [".", "..", "a/b", "a%b", "a\0b"])
def test_names_that_are_no_path(world: World, name: str) -> None:
    for verb in ("get", "delete", "patch", "update"):
        with pytest.raises(errors.BadRequest, match="invalid path segment"):
            world.send(verb, "configmaps", name, body={})
    with pytest.raises(errors.StatusError):
        world.client().create(configmap(name))
    assert world.client().items("configmaps") == []


def test_paths_and_verbs(world: World) -> None:
    with pytest.raises(errors.MethodNotAllowed):
        world.send("list", "selfsubjectaccessreviews.authorization.k8s.io")
    with pytest.raises(errors.UnknownPath):
        world.send("get", "configmaps", "web", subresource="status")
    with pytest.raises(errors.BadRequest, match="^name must be provided$"):
        world.send("get", "configmaps")


def test_generated_pods_are_named_in_refusals_by_what_their_names_begin_with(world: World) -> None:
    wanted = pod("", meta_generateName="web-", spec={"serviceAccountName": "none"})
    with pytest.raises(errors.Forbidden) as refused:
        world.client().create(wanted)
    assert refused.value.message == ('pods "web-" is forbidden: error looking up service account default/none: serviceaccount "none" not found')


def test_a_uid_is_a_random_uuid() -> None:
    uids = [create.new_uid(random.Random(seed)) for seed in range(50)]
    assert uids == [str(uuid.UUID(int=random.Random(seed).getrandbits(128), version=4)) for seed in range(50)]


def test_events_are_refused_under_the_group_of_their_type() -> None:
    world = World()
    event = obj("Event", "e", api="events.k8s.io/v1", regarding={"kind": "Pod", "name": "p", "namespace": "default"})
    with pytest.raises(errors.Invalid, match=r'^Event "e" is invalid: ') as refused:
        world.send("create", "events.events.k8s.io", body=event)
    assert "group" not in refused.value.details


def test_who_creates_a_daemon_set_owns_the_generation_of_its_template(world: World) -> None:
    made = world.client().create(deployment() | {"kind": "DaemonSet", "spec": {**deployment(replicas=None)["spec"]}})
    (entry,) = made["metadata"]["managedFields"]
    assert entry["fieldsV1"]["f:metadata"]["f:annotations"] == {".": {}, "f:deprecated.daemonset.template.generation": {}}
    assert made["metadata"]["annotations"] == {"deprecated.daemonset.template.generation": "1"}
