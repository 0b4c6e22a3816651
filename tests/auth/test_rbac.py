"""RBAC: decisions against a naive reading of the rules, the cache over changes, nobody gives what he has not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minikube_py.apiserver.server import APIServer
from minikube_py.auth import rules
from minikube_py.auth.rbac import RBACAuthorizer
from minikube_py.client import api
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin import auth
from minikube_py.plugin.auth import Attributes, UserInfo
from tests.apiserver.world import World, obj

GROUP = "rbac.authorization.k8s.io"
API = f"{GROUP}/v1"
_PLURALS = {f"{plural}.{GROUP}": plural for plural in ("clusterrolebindings", "rolebindings", "clusterroles", "roles")}


class Objects:
    """A Reader over a list of objects."""

    def __init__(self, objects: list[Object]) -> None:
        self.objects = objects

    def list(self, resource: str, namespace: str = "", *, index: tuple[str, str] | None = None) -> list[Object]:
        kind = {"clusterrolebindings": "ClusterRoleBinding", "rolebindings": "RoleBinding", "clusterroles": "ClusterRole", "roles": "Role"}[_PLURALS[resource]]
        return [item for item in self.objects if item["kind"] == kind]

    def get(self, resource: str, name: str, namespace: str = "") -> Object | None:
        return next((item for item in self.list(resource) if item["metadata"]["name"] == name and item["metadata"].get("namespace", "") == namespace), None)

    def version_of(self, *resources: str) -> tuple[int, ...]:
        return (1,)


def _some(*items: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(items), max_size=2, unique=True)


_RULE = st.one_of(
    st.fixed_dictionaries({"verbs": _some("get", "list", "*"), "apiGroups": _some("", "apps", "*"),
                           "resources": _some("pods", "pods/log", "*/log", "*", "secrets"), "resourceNames": _some("a", "b")}),
    st.fixed_dictionaries({"verbs": _some("get", "list", "*"), "nonResourceURLs": _some("/healthz", "/api/*", "*")}),
)  # fmt: skip
_SPACE = st.sampled_from(["x", "y"])
_ROLE = st.builds(lambda kind, name, space, found: obj(kind, name, api=API, space=space if kind == "Role" else "", rules=found),
                  st.sampled_from(["Role", "ClusterRole"]), st.sampled_from(["r1", "r2"]), _SPACE, st.lists(_RULE, max_size=2))  # fmt: skip
_SUBJECT = st.sampled_from([{"kind": "User", "name": "ann"}, {"kind": "User", "name": "dev"}, {"kind": "Group", "name": "dev"},
                            {"kind": "ServiceAccount", "name": "bot", "namespace": "x"}, {"kind": "ServiceAccount", "name": "bot"}])  # fmt: skip
_BINDING = st.builds(
    lambda kind, space, role, name, subjects: obj(kind, "b", api=API, space=space if kind == "RoleBinding" else "", subjects=subjects,
                                                  roleRef={"kind": "ClusterRole" if kind == "ClusterRoleBinding" else role, "name": name}),
    st.sampled_from(["RoleBinding", "ClusterRoleBinding"]), _SPACE, st.sampled_from(["Role", "ClusterRole"]), st.sampled_from(["r1", "r2"]),
    st.lists(_SUBJECT, max_size=2))  # fmt: skip
_USER = st.sampled_from([UserInfo("ann"), UserInfo("bob", ("dev",)), UserInfo("system:serviceaccount:x:bot"), UserInfo("dev")])
_QUESTION = st.one_of(
    st.builds(Attributes, _USER, st.sampled_from(["get", "list", "watch"]), st.sampled_from(["", "apps"]), st.just("v1"),
              st.sampled_from(["pods", "secrets"]), st.sampled_from(["", "log"]), st.sampled_from(["x", "y", ""]), st.sampled_from(["", "a", "b", "c"])),
    st.builds(lambda user, verb, path: Attributes(user, verb, path=path), _USER, st.sampled_from(["get", "post"]),
              st.sampled_from(["/healthz", "/api/v1", "/api", "/"])),
)  # fmt: skip


def _naive(objects: list[Object], asked: Attributes) -> bool:
    for binding in objects:
        if not binding["kind"].endswith("Binding"):
            continue
        space = binding["metadata"].get("namespace", "")
        if space and space != asked.namespace:
            continue
        if not any(_is_subject(subject, asked.user, space) for subject in binding["subjects"]):
            continue
        reference = binding["roleRef"]
        where = space if reference["kind"] == "Role" else ""
        role = next((item for item in objects if (item["kind"], item["metadata"]["name"], item["metadata"].get("namespace", ""))
                     == (reference["kind"], reference["name"], where)), None)  # fmt: skip
        if role is not None and any(_permits(rule, asked) for rule in role["rules"]):
            return True
    return False


def _is_subject(subject: dict[str, str], user: UserInfo, space: str) -> bool:
    if subject["kind"] == "User":
        return subject["name"] == user.name
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    return user.name == f"system:serviceaccount:{subject.get('namespace', space)}:{subject['name']}"


def _permits(rule: dict[str, list[str]], asked: Attributes) -> bool:
    if not {"*", asked.verb} & set(rule["verbs"]):
        return False
    if asked.path:
        return any(url in ("*", asked.path) or (url[-1] == "*" and asked.path.startswith(url[:-1])) for url in rule.get("nonResourceURLs", ()))
    whole = f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource
    wanted = {"*", whole} | ({f"*/{asked.subresource}"} if asked.subresource else set())
    names = rule.get("resourceNames")
    return bool({"*", asked.group} & set(rule.get("apiGroups", ())) and wanted & set(rule.get("resources", ())) and (not names or asked.name in names))


def _unique(items: list[Object]) -> list[Object]:
    return list({(item["kind"], item["metadata"]["name"], item["metadata"].get("namespace", "")): item for item in items}.values())


@settings(max_examples=400, deadline=None)
@given(st.lists(_ROLE, max_size=4), st.lists(_BINDING, max_size=4), st.lists(_QUESTION, min_size=1, max_size=4))
def test_decisions_are_those_of_a_naive_reading(roles: list[Object], bindings: list[Object], questions: list[Attributes]) -> None:
    objects = [*_unique(roles), *bindings]
    reader, authorizer = Objects(objects), RBACAuthorizer()
    for asked in [*questions, *questions]:  # the second time from memory
        assert (authorizer.authorize(asked, reader).verdict == auth.ALLOW) == _naive(objects, asked)


@settings(max_examples=300, deadline=None)
@given(st.lists(_RULE, max_size=3), st.lists(_RULE, max_size=2), st.lists(_QUESTION, min_size=1, max_size=6))
def test_rules_that_cover_others_allow_all_that_they_allow(own: list[Any], wanted: list[Any], questions: list[Attributes]) -> None:
    if rules.missing(own, wanted):
        return
    for asked in questions:
        if any(_permits(rule, asked) for rule in wanted):
            assert any(_permits(rule, asked) for rule in own)


def test_reasons_name_binding_role_and_subject() -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    role = obj("ClusterRole", "reader", api=API, space="", rules=[rule])
    account = {"kind": "ServiceAccount", "name": "bot", "namespace": "x"}
    binding = obj("RoleBinding", "bots", api=API, space="x", subjects=[account], roleRef={"kind": "ClusterRole", "name": "reader"})
    asked = Attributes(UserInfo("system:serviceaccount:x:bot"), "get", "", "v1", "pods", namespace="x")
    assert RBACAuthorizer().authorize(asked, Objects([role, binding])).reason == (
        'RBAC: allowed by RoleBinding "bots/x" of ClusterRole "reader" to ServiceAccount "bot/x"')
    assert RBACAuthorizer().authorize(asked, Objects([binding])) == auth.Decision(
        auth.NO_OPINION, 'RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found')


# ---- the cache, and what users may give away ----

READ_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}


def _grant(world: World, user: str, *granted: dict[str, Any], name: str = "") -> None:
    name = name or user
    world.client().create(obj("ClusterRole", name, api=API, rules=list(granted)))
    world.client().create(obj("ClusterRoleBinding", name, api=API, roleRef={"kind": "ClusterRole", "name": name}, subjects=[{"kind": "User", "name": user}]))


@pytest.fixture
def world() -> World:
    return World()


def test_decisions_follow_changes_at_once(world: World) -> None:
    ann = world.client("ann")
    with pytest.raises(errors.Forbidden):
        ann.items("pods", "default")
    _grant(world, "ann", READ_PODS)
    assert ann.items("pods", "default") == []
    world.client().delete("clusterrolebindings.rbac.authorization.k8s.io", "ann")
    with pytest.raises(errors.Forbidden):
        ann.items("pods", "default")


def test_decisions_follow_changes_of_other_processes(world: World) -> None:
    other = APIServer(world.backend, world.scheme, world.manager.registry, world.clock, world.server.rng)
    _grant(world, "ann", READ_PODS)
    asked = Attributes(UserInfo("ann"), "list", "", "v1", "pods")
    assert other.policy.authorize(asked).verdict == auth.ALLOW
    world.client().patch("clusterroles.rbac.authorization.k8s.io", "ann", "", {"rules": None}, patch_type=api.MERGE_PATCH)
    assert other.policy.authorize(asked).verdict == auth.DENY


def test_decisions_do_not_outlive_what_was_undone(world: World) -> None:
    asked = Attributes(UserInfo("ann"), "list", "", "v1", "pods")
    server = world.server
    other = World.__new__(World)
    other.__dict__ = {**world.__dict__, "server": APIServer(world.backend, world.scheme, world.manager.registry, world.clock, server.rng)}
    _grant(world, "ann", READ_PODS)
    assert server.policy.authorize(asked).verdict == auth.ALLOW
    with pytest.raises(RuntimeError), world.backend.batch():
        for name in ("one", "two"):
            world.client().create(obj("ConfigMap", name))
        raise RuntimeError("undone")
    server.store.forget()
    other.client().delete("clusterrolebindings.rbac.authorization.k8s.io", "ann")
    other.client().create(obj("ConfigMap", "three"))  # the same revision as before, and as many writes unaccounted for
    assert server.policy.authorize(asked).verdict == auth.DENY


EDIT_ROLES = {"apiGroups": [GROUP], "resources": ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
              "verbs": ["create", "update", "patch", "get"]}  # fmt: skip


def _role(*granted: dict[str, Any], name: str = "new", kind: str = "Role", **fields: Any) -> Object:
    return obj(kind, name, api=API, rules=list(granted), **fields)


def test_roles_give_only_what_their_makers_have(world: World) -> None:
    _grant(world, "ann", EDIT_ROLES, {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]})
    ann = world.client("ann", "dev")
    with pytest.raises(errors.Forbidden) as refused:
        ann.create(_role({"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]}))
    assert refused.value.message == (
        'roles.rbac.authorization.k8s.io "new" is forbidden: user "ann" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC '
        'permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}\n{APIGroups:[""], Resources:["secrets"], '
        'Verbs:["get" "list"]}')
    made = ann.create(_role({"apiGroups": [""], "resources": ["pods"], "verbs": ["list"], "resourceNames": ["web"]}))
    for act in (
        lambda: ann.update({**made, "rules": [READ_PODS]}),
        lambda: ann.patch(f"roles.{GROUP}", "new", "default", {"rules": [READ_PODS]}, patch_type=api.MERGE_PATCH),
        lambda: ann.patch(f"roles.{GROUP}", "new", "default", _role(READ_PODS), patch_type=api.APPLY_PATCH, field_manager="ann", force=True),
        lambda: ann.patch(f"roles.{GROUP}", "newer", "default", _role(READ_PODS, name="newer"), patch_type=api.APPLY_PATCH, field_manager="ann"),
        lambda: ann.update(_role(READ_PODS, name="by-update")),
        lambda: ann.create(_role({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, kind="ClusterRole", space="")),
        lambda: ann.create({**_role(kind="ClusterRole", name="sum", space=""), "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}),
    ):
        with pytest.raises(errors.Forbidden, match="is attempting to grant RBAC permissions not currently held"):
            act()
    assert [item["rules"][0]["resourceNames"] for item in world.client().items(f"roles.{GROUP}")] == [["web"]]


def test_escalate_and_masters_may_grant_all(world: World) -> None:
    _grant(world, "ann", EDIT_ROLES, {"apiGroups": [GROUP], "resources": ["roles"], "verbs": ["escalate"]})
    assert world.client("ann").create(_role(READ_PODS))["rules"] == [READ_PODS]
    with pytest.raises(errors.Forbidden):
        world.client("ann").create(_role(READ_PODS, kind="ClusterRole", space=""))


def _binding(role: str, kind: str = "RoleBinding", **fields: Any) -> Object:
    return obj(kind, "new", api=API, subjects=[{"kind": "User", "name": "ann"}], roleRef={"kind": "ClusterRole", "name": role, "apiGroup": GROUP}, **fields)


def test_bindings_give_only_what_their_makers_have(world: World) -> None:
    world.client().create(_role(READ_PODS, name="reader", kind="ClusterRole"))
    _grant(world, "ann", EDIT_ROLES)
    for binding in (_binding("reader"), _binding("reader", "ClusterRoleBinding", space="")):
        with pytest.raises(errors.Forbidden) as refused:
            world.client("ann").create(binding)
        assert refused.value.message.endswith('not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}')
    with pytest.raises(errors.NotFound, match=f'^clusterroles.{GROUP} "none" not found$'):
        world.client("ann").create(_binding("none"))
    _grant(world, "ann", {"apiGroups": [GROUP], "resources": ["clusterroles"], "resourceNames": ["reader"], "verbs": ["bind"]}, name="binder")
    assert world.client("ann").create(_binding("reader"))["roleRef"]["name"] == "reader"


def test_the_garbage_collector_needs_no_rights_of_its_own(world: World) -> None:
    world.client().create({**_role(READ_PODS), "metadata": {"name": "new", "namespace": "default", "finalizers": ["a.io/b"]}})
    _grant(world, "gc", {"apiGroups": ["*"], "resources": ["*"], "verbs": ["patch"]})
    world.client("gc").patch(f"roles.{GROUP}", "new", "default", {"metadata": {"finalizers": None}}, patch_type=api.MERGE_PATCH)
    with pytest.raises(errors.Forbidden):
        world.client("gc").patch(f"roles.{GROUP}", "new", "default", {"metadata": {"labels": {"a": "b"}}}, patch_type=api.MERGE_PATCH)


def test_impersonation_needs_a_right_for_each_part(world: World) -> None:
    def ask(user: UserInfo) -> Object:
        client = world.client("ann", impersonate=user)
        return client.create({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})["status"]["userInfo"]

    users = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"], "resourceNames": ["bob"]}
    basic = {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]}
    everybody = {"kind": "Group", "name": "system:authenticated"}
    world.client().create(obj("ClusterRole", "basic", api=API, rules=[basic]))
    world.client().create(obj("ClusterRoleBinding", "basic", api=API, roleRef={"kind": "ClusterRole", "name": "basic"}, subjects=[everybody]))
    with pytest.raises(errors.Forbidden, match='^users "bob" is forbidden: User "ann" cannot impersonate resource "users" in API group "" at the cluster'):
        ask(UserInfo("bob"))
    _grant(world, "ann", users)
    assert ask(UserInfo("bob")) == {"username": "bob", "groups": ["system:authenticated"]}
    for wanted, message in (
        (UserInfo("bob", ("system:masters",)), 'groups "system:masters" is forbidden'),
        (UserInfo("bob", (), "5"), 'uids.authentication.k8s.io "5" is forbidden'),
        (UserInfo("bob", (), "", {"scope": ("all",)}), 'userextras.authentication.k8s.io "all" is forbidden: User "ann" cannot impersonate resource '
                                                       '"userextras/scope"'),
        (UserInfo("system:serviceaccount:default:bot"), 'serviceaccounts "bot" is forbidden'),
    ):  # fmt: skip
        with pytest.raises(errors.Forbidden, match=message):
            ask(wanted)
    with pytest.raises(errors.BadRequest):
        ask(UserInfo("", ("dev",)))


def test_lists_of_one_name_are_authorized_by_name(world: World) -> None:
    _grant(world, "ann", {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"], "resourceNames": ["web"]})
    assert world.client("ann").items("configmaps", "default", field_selector="metadata.name=web") == []
    for selector in ("metadata.name=other", "metadata.name!=web", ""):
        with pytest.raises(errors.Forbidden):
            world.client("ann").items("configmaps", "default", field_selector=selector)


def test_informers_and_indexes_are_for_loops_only(world: World) -> None:
    _grant(world, "ann", {"apiGroups": ["*"], "resources": ["*"], "verbs": ["list"]})
    with pytest.raises(errors.Forbidden, match="cannot get"):
        world.client("ann").get("configmaps", "web", "default")
    with pytest.raises(errors.Unauthorized):
        world.send("get", "configmaps", "web", credentials=auth.Credentials(bearer_token="x"), informer=True)


def test_reviews(world: World) -> None:
    asking = {"apiGroups": ["authorization.k8s.io"], "verbs": ["create"], "resources": ["selfsubjectrulesreviews", "selfsubjectaccessreviews"]}
    _grant(world, "ann", READ_PODS, {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}, asking)
    ann, kinds = world.client("ann"), "authorization.k8s.io/v1"
    status = ann.create({"apiVersion": kinds, "kind": "SelfSubjectRulesReview", "spec": {"namespace": "default"}})["status"]
    assert status["resourceRules"][0] == {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
    assert (status["nonResourceRules"], status["incomplete"]) == ([{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}], False)
    review: Object = {"apiVersion": kinds, "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}
    assert ann.create(review)["status"] == {
        "allowed": True, "reason": 'RBAC: allowed by ClusterRoleBinding "ann" of ClusterRole "ann" to User "ann"'}
    review["spec"]["resourceAttributes"]["verb"] = "delete"
    assert ann.create(review)["status"] == {"allowed": False}
    with pytest.raises(errors.Invalid, match="exactly one of nonResourceAttributes or resourceAttributes must be specified"):
        ann.create({**review, "spec": {}})
    with pytest.raises(errors.Invalid, match="spec.nonResourceAttributes: .*: cannot be specified in combination with resourceAttributes"):
        ann.create({**review, "spec": {**review["spec"], "nonResourceAttributes": {"verb": "get", "path": "/healthz"}}})
    local = {"apiVersion": kinds, "kind": "LocalSubjectAccessReview", "metadata": {"namespace": "default"},
             "spec": {"user": "ann", "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "other"}}}  # fmt: skip
    with pytest.raises(errors.Invalid, match='spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace'):
        world.client().create(local)
    subject = {"apiVersion": kinds, "kind": "SubjectAccessReview", "spec": {"nonResourceAttributes": {"verb": "get", "path": "/healthz"}}}
    with pytest.raises(errors.Invalid, match='spec.user: Invalid value: "": at least one of user or group must be specified'):
        world.client().create(subject)
    assert world.client().create({**subject, "spec": {**subject["spec"], "user": "ann"}})["status"]["allowed"] is True  # type: ignore[dict-item]
    token = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "x"}}
    assert world.client().create(token)["status"] == {"user": {}, "error": "invalid bearer token"}
