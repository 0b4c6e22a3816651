"""Whatever a plugin does, nothing is allowed by it that it did not allow, and nobody sees a traceback."""

import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth, guard, hookimpl
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.auth import Credentials, Decision, UserInfo
from tests.apiserver.world import World, configmap, deployment, obj


@pytest.fixture(autouse=True)
def _patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have little patience with those that hang, and the usual with others, whatever the load."""
    if getattr(request.node, "callspec", None) is not None and _hangs in request.node.callspec.params.values():
        monkeypatch.setattr(guard, "TIMEOUT", 0.2)


def _raises(*_: object) -> None:
    raise RuntimeError("oops")


def _hangs(*_: object) -> None:
    time.sleep(1)


def _exits(*_: object) -> None:
    sys.exit(0)


def _interrupts(*_: object) -> None:
    raise KeyboardInterrupt


MISDEEDS = [(_raises, "failed: RuntimeError: oops"), (_hangs, "did not answer within 0.2s"), (_exits, "failed: SystemExit: 0"),
            (_interrupts, "failed: KeyboardInterrupt: ")]  # fmt: skip


class Strange:
    """A plugin of one authenticator, authorizer or admission plugin."""

    def __init__(self, what: str, value: Any) -> None:
        self.__name__ = "strange"

        def register(registry: Any) -> None:
            registry.add("strange", value)

        setattr(self, f"kctl_register_{what}", hookimpl(register))


def _authenticating(answer: Callable[[Credentials, Any], Any]) -> World:
    return World(Strange("authenticators", type("Plugin", (), {"authenticate": staticmethod(answer)})()))


def _get(world: World, **credentials: Any) -> Any:
    return world.send("create", "selfsubjectreviews.authentication.k8s.io", body={}, credentials=Credentials(**credentials)).body["status"]["userInfo"]


@pytest.mark.parametrize(("misdeed", "message"), MISDEEDS)
def test_authenticators_that_misbehave(misdeed: Callable[..., Any], message: str) -> None:
    with pytest.raises(errors.InternalError) as refused:
        _get(_authenticating(misdeed), bearer_token="x")
    assert refused.value.message == f'Internal error occurred: plugin "strange" {message}'


@pytest.mark.parametrize("answer", [
    "system:admin", UserInfo(""), UserInfo(5), UserInfo("ann", "system:masters"), UserInfo("ann", (5,)), ("ann", ("system:masters",)), True,  # type: ignore[arg-type]
])  # fmt: skip
def test_authenticators_that_return_no_user(answer: Any) -> None:
    with pytest.raises(errors.InternalError, match='plugin "strange" returned no UserInfo'):
        _get(_authenticating(lambda credentials, reader: answer), bearer_token="x")


@pytest.mark.parametrize("error", [ValueError("no"), errors.Unauthorized("expired"), errors.NotFound("x", "y"), errors.StatusError("fine", code=200)])
def test_bad_credentials_are_refused(error: Exception) -> None:
    def refuse(*_: object) -> None:
        raise error

    with pytest.raises(errors.Unauthorized) as refused:
        _get(_authenticating(refuse), bearer_token="x")
    assert (refused.value.code, refused.value.message) == (401, "Unauthorized")


def test_authenticators_that_know_the_credentials() -> None:
    world = _authenticating(lambda credentials, reader: UserInfo("ann", ["dev"]) if credentials.bearer_token == "right" else None)  # type: ignore[arg-type]
    assert world.server.policy.authenticate(Credentials(bearer_token="right")) == UserInfo("ann", ("dev",))
    with pytest.raises(errors.Unauthorized):
        _get(world, bearer_token="wrong")


@pytest.mark.parametrize("credentials", [{}, {"bearer_token": "x"}, {"username": "admin", "password": "admin"}, {"client_certificate": b"x"}])
def test_nobody_gets_in_without_an_authenticator(world: World, credentials: dict[str, Any]) -> None:
    with pytest.raises(errors.Unauthorized):
        _get(world, **credentials)


def test_anonymous_users_where_they_are_wanted() -> None:
    world = World(anonymous=True)
    with pytest.raises(errors.Forbidden, match='User "system:anonymous" cannot get resource "configmaps"'):
        world.send("get", "configmaps", "web", credentials=Credentials())
    with pytest.raises(errors.Unauthorized):
        world.send("get", "configmaps", "web", credentials=Credentials(bearer_token="x"))


def _authorizing(answer: Callable[..., Any]) -> World:
    return World(Strange("authorizers", type("Plugin", (), {"authorize": staticmethod(answer)})()))


@pytest.mark.parametrize(("misdeed", "message"), [
    *MISDEEDS, (lambda *_: None, "returned no Decision"), (lambda *_: True, "returned no Decision"), (lambda *_: "allow", "returned no Decision"),
    (lambda *_: Decision("ALLOW"), "returned no Decision"), (lambda *_: Decision([]), "returned no Decision"),  # type: ignore[arg-type]
    (lambda *_: ("allow", ""), "returned no Decision"), (lambda *_: Decision("allow", 5), "returned no Decision"),  # type: ignore[arg-type]
])  # fmt: skip
def test_authorizers_that_misbehave(misdeed: Callable[..., Any], message: str) -> None:
    with pytest.raises(errors.Forbidden) as refused:
        _authorizing(misdeed).client("ann").get("configmaps", "web", "default")
    assert refused.value.message.startswith('configmaps "web" is forbidden: User "ann" cannot get resource "configmaps" in API group "" in the namespace')
    assert message in refused.value.message


def test_authorizers_that_allow_and_deny() -> None:
    world = _authorizing(lambda attributes, reader: Decision(auth.ALLOW if attributes.verb == "list" else auth.DENY, "so it is"))
    assert world.client("ann").items("configmaps", "default") == []
    with pytest.raises(errors.Forbidden, match='in the namespace "default": so it is$'):
        world.client("ann").get("configmaps", "web", "default")


class Admits(AdmissionPlugin):
    """An admission plugin whose methods are given."""

    name = "strange"

    def __init__(self, admit: Callable[..., Any] | None = None, validate: Callable[..., Any] | None = None, **more: Any) -> None:
        for field, value in {"admit": admit, "validate": validate, **more}.items():
            if value is not None:
                setattr(self, field, value)


def _admitting(*arguments: Any, **more: Any) -> World:
    return World(Strange("admission_plugins", Admits(*arguments, **more)))


@pytest.mark.parametrize("method", ["admit", "validate"])
@pytest.mark.parametrize(("misdeed", "message"), [*MISDEEDS, (lambda *_: True, "returned bool: an admission plugin refuses by raising, and returns None")])
def test_admission_plugins_that_misbehave(method: str, misdeed: Callable[..., Any], message: str) -> None:
    world = _admitting(**{method: misdeed})
    before = world.backend.revision()
    with pytest.raises(errors.InternalError) as refused:
        world.client().create(configmap())
    assert refused.value.message == f'Internal error occurred: plugin "strange" {message}'
    assert (world.backend.revision(), world.reports) == (before, [])


@pytest.mark.parametrize("method", ["admit", "validate"])
def test_refusals_read_as_kubectl_shows_them(method: str) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not on a Friday")

    world = _admitting(**{method: refuse})
    with pytest.raises(errors.Forbidden) as refused:
        world.client().create(deployment())
    assert (refused.value.code, refused.value.message) == (403, 'deployments.apps "web" is forbidden: not on a Friday')


def _changing(change: Callable[[Object], Any]) -> Callable[[Attributes, Any, Any], None]:
    def admit(attributes: Attributes, reader: Any, clock: Any) -> None:
        assert attributes.object is not None
        change(attributes.object)

    return admit


@pytest.mark.parametrize(("change", "message"), [
    (lambda obj: obj["metadata"].update(name="other"), "changed metadata.name"),
    (lambda obj: obj["metadata"].update(namespace="kube-system"), "changed metadata.namespace"),
    (lambda obj: obj["metadata"].update(uid="other"), "changed metadata.uid"),
    *((lambda obj, field=field: obj["metadata"].update({field: 5}), f"changed metadata.{field}")
      for field in ("generateName", "resourceVersion", "generation", "creationTimestamp", "deletionGracePeriodSeconds")),
    (lambda obj: obj["metadata"].update(deletionTimestamp="2001-01-01T00:00:00Z"), "changed metadata.deletionTimestamp"),
    (lambda obj: obj.update(kind="Secret"), "changed kind"),
    (lambda obj: obj.update(apiVersion="v2"), "changed apiVersion"),
    (lambda obj: obj.clear(), "changed apiVersion"),
    (lambda obj: obj.update(metadata=None), "left no object behind"),
    (lambda obj: obj["spec"].update(replicas="many"), "made no valid Deployment of it: json: cannot unmarshal string into Go struct field "
                                                       "DeploymentSpec.spec.replicas of type int32"),
    (lambda obj: obj["spec"].update(oops=1), 'made no valid Deployment of it: strict decoding error: unknown field "spec.oops"'),
    (lambda obj: obj["metadata"].update(labels={"a": {1, 2}}), "put into the object what is no JSON: Object of type set is not JSON serializable"),
    (lambda obj: obj["metadata"].update(labels={1: "a"}), "put into the object what is no JSON"),
    (lambda obj: obj["spec"].update(itself=obj), "put into the object what is no JSON: Circular reference detected"),
    (lambda obj: obj["spec"].update(replicas=float("nan")), "put into the object what is no JSON: Out of range float values are not JSON compliant"),
])  # fmt: skip
def test_changes_that_nobody_may_make(change: Callable[[Object], Any], message: str) -> None:
    world = _admitting(_changing(change))
    before = world.backend.revision()
    with pytest.raises(errors.InternalError) as refused:
        world.client().create(deployment())
    assert refused.value.message.startswith(f'Internal error occurred: plugin "strange" {message}')
    assert world.backend.revision() == before


def test_the_object_cannot_be_swapped() -> None:
    def swap(attributes: Attributes, reader: Any, clock: Any) -> None:
        attributes.object = configmap("web", evil="1")

    world = _admitting(swap)
    with pytest.raises(errors.InternalError, match="replaced the object: an admission plugin changes it in place"):
        world.client().create(configmap())


def test_changes_are_taken_over_defaulted_and_validated() -> None:
    def label(obj: Object) -> None:
        obj["metadata"]["labels"] = {"owner": "ann"}
        obj["metadata"]["managedFields"] = [{"manager": "evil"}]
        obj["spec"]["template"]["spec"]["containers"].append({"name": "side", "image": "side"})

    made = _admitting(_changing(label)).client(user_agent="me").create(deployment())
    assert made["metadata"]["labels"] == {"owner": "ann"}
    assert made["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] == "Always"
    entry = made["metadata"]["managedFields"][0]
    assert (entry["manager"], "f:labels" in entry["fieldsV1"].get("f:metadata", {})) == ("me", False)
    with pytest.raises(errors.Invalid, match='metadata.labels: Invalid value: "no label"'):
        _admitting(_changing(lambda obj: obj["metadata"].update(labels={"a": "no label"}))).client().create(configmap())


def test_validation_changes_nothing() -> None:
    def change(attributes: Attributes, reader: Any, clock: Any) -> None:
        assert attributes.object is not None
        attributes.object["data"]["a"] = "2"
        attributes.object = None
        attributes.warn("mind the gap")
        attributes.warnings.append(5)  # type: ignore[arg-type]

    world = _admitting(validate=change)
    answer = world.send("create", "configmaps", body=configmap("web", a="1"))
    assert (answer.body["data"], answer.warnings) == ({"a": "1"}, ("mind the gap",))


def test_the_old_object_cannot_be_changed() -> None:
    def change(attributes: Attributes, reader: Any, clock: Any) -> None:
        if attributes.old_object is not None:
            attributes.old_object["status"] = {"replicas": 99}
            attributes.old_object["metadata"]["uid"] = "other"

    world = _admitting(change, change)
    made = world.client().create(deployment())
    made["spec"]["replicas"] = 2
    stored = world.client().update(made)
    assert (stored["metadata"]["uid"], stored.get("status", {})) == (made["metadata"]["uid"], made.get("status", {}))


@pytest.mark.parametrize("declared", [
    {"operations": "CREATE"}, {"operations": ("create",)}, {"operations": ()}, {"operations": None}, {"resources": "pods"}, {"resources": (5,)},
])  # fmt: skip
def test_plugins_that_could_never_be_called(declared: dict[str, Any]) -> None:
    world = World()

    class Wrong(AdmissionPlugin):
        pass

    for field, value in declared.items():
        setattr(Wrong, field, value)
    world = World(Strange("admission_plugins", Wrong()))
    with pytest.raises(errors.InternalError, match='plugin "strange" failed: TypeError: '):
        world.client().create(configmap())


def test_plugins_that_refuse_deletions_bindings_and_scales() -> None:
    def refuse(attributes: Attributes, reader: Any, clock: Any) -> None:
        raise ValueError(f"{attributes.operation} {attributes.resource}/{attributes.subresource} {attributes.kind}")

    operations = ("CREATE", "UPDATE", "DELETE", "CONNECT")
    world = _admitting(validate=refuse, operations=operations, resources=("secrets", "pods/binding", "pods/eviction", "deployments.apps/scale"))
    client = world.client()
    client.create(obj("Pod", "web", spec={"containers": [{"name": "main", "image": "x"}]}))
    client.create(deployment())
    binding = {"metadata": {"name": "web"}, "target": {"name": "n1"}}
    for act, message in (
        (lambda: client.create(obj("Secret", "web")), 'secrets "web" is forbidden: CREATE secrets/ Secret'),
        (lambda: client.create_subresource("pods", "web", "default", "binding", binding), 'pods "web" is forbidden: CREATE pods/binding Pod'),
        (lambda: client.create_subresource("pods", "web", "default", "eviction", {"metadata": {"name": "web"}}),
         'pods "web" is forbidden: CREATE pods/eviction Pod'),
        (lambda: client.patch("deployments.apps", "web", "default", {"spec": {"replicas": 5}}, patch_type="application/merge-patch+json",
                              subresource="scale"), 'deployments.apps "web" is forbidden: UPDATE deployments/scale Scale'),
    ):  # fmt: skip
        with pytest.raises(errors.Forbidden) as refused:
            act()
        assert refused.value.message == message
    client.delete("pods", "web", "default")
    assert world.raw("deployments.apps", "web")["spec"]["replicas"] == 1  # type: ignore[index]


def test_a_plugin_reads_during_its_call_only() -> None:
    kept: list[Any] = []

    def keep(attributes: Attributes, reader: Any, clock: Any) -> None:
        kept.append(reader)
        assert [item["metadata"]["name"] for item in reader.list("namespaces")] == ["default"]
        found = reader.get("namespaces", "default")
        found["metadata"]["labels"] = {"evil": "1"}  # a copy
        assert reader.version_of("namespaces") == reader.version_of("namespaces")

    world = _admitting(validate=keep)
    world.client().create(configmap())
    with pytest.raises(RuntimeError, match="within the call"):
        kept[0].get("namespaces", "default")
    assert "evil" not in world.raw("namespaces", "default")["metadata"]["labels"]  # type: ignore[index]


def test_what_nobody_expected_is_an_internal_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.server.store, "get", _raises)
    with pytest.raises(errors.InternalError, match="^Internal error occurred: RuntimeError: oops$"):
        world.client().get("configmaps", "web", "default")
    assert [str(error) for error in world.reports] == ["oops"]
