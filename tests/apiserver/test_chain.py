"""The order of the filters: who asks, whether he may, and only then what there is."""

import pytest

from minikube_py.apiserver import chain
from minikube_py.apiserver.request import Request
from minikube_py.machinery import errors
from minikube_py.plugin.auth import Credentials, UserInfo
from tests.apiserver.world import ADMIN, World, obj

JANE = UserInfo("jane", ("dev",))
RBAC = "rbac.authorization.k8s.io"
RULE = {"apiGroups": [""], "resources": ["nodes", "namespaces"], "verbs": ["get"]}
UNKNOWN = (("", "v1", "things", "get", ""), ("apps", "v9", "deployments", "get", ""), ("", "v1", "pods", "get", "things"), ("", "v1", "pods", "evict", ""))


def ask(world: World, what: tuple[str, str, str, str, str], credentials: Credentials) -> None:
    group, version, resource, verb, subresource = what
    world.server.handle(Request(verb, group, version, resource, subresource=subresource, credentials=credentials, namespace="default", name="a"))


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_is_not_there_is_told_to_those_only_who_may_ask(world: World, what: tuple[str, str, str, str, str]) -> None:
    for credentials in (Credentials(), Credentials(bearer_token="forged"), Credentials(unreadable=True)):
        with pytest.raises(errors.Unauthorized):
            ask(world, what, credentials)
    with pytest.raises(errors.Forbidden):
        ask(world, what, Credentials(local=JANE))
    with pytest.raises(errors.StatusError) as refused:
        ask(world, what, Credentials(local=ADMIN))
    assert refused.value.code == (405 if what[3] == "evict" else 404)


def test_nothing_is_refused_before_it_is_known_who_asks(world: World) -> None:
    request = Request("evict", "made", "v1", "up")
    chain.request_info(world.server, request)
    assert request.info is None
    assert [step.__name__ for step in chain.FILTERS] == ["request_info", "authenticate", "audit", "impersonate", "authorize", "route"]


def test_what_cannot_be_read_comes_last(world: World) -> None:
    def send(resource: str, user: UserInfo) -> None:
        request = Request("create", "", "v1", resource, namespace="default", credentials=Credentials(local=user))
        request.problem = errors.BadRequest("no JSON")
        world.server.handle(request)

    with pytest.raises(errors.Forbidden):
        send("configmaps", JANE)
    with pytest.raises(errors.UnknownPath):
        send("things", ADMIN)
    with pytest.raises(errors.BadRequest, match="no JSON"):
        send("configmaps", ADMIN)


def test_a_role_of_a_namespace_opens_that_namespace_only(world: World) -> None:
    setup = world.client()
    setup.create(obj("Role", "r", api=f"{RBAC}/v1", rules=[RULE]))
    setup.create(obj("RoleBinding", "b", api=f"{RBAC}/v1", subjects=[{"kind": "User", "name": "jane", "apiGroup": RBAC}],
                     roleRef={"apiGroup": RBAC, "kind": "Role", "name": "r"}))  # fmt: skip
    setup.create(obj("Namespace", "other", space=""))
    assert world.send("get", "namespaces", "default", user=JANE).body["metadata"]["name"] == "default"
    with pytest.raises(errors.Forbidden, match='cannot get resource "namespaces" in API group "" in the namespace "other"'):
        world.send("get", "namespaces", "other", user=JANE)
    with pytest.raises(errors.Forbidden, match="at the cluster scope"):  # a namespace in the path of what has none counts for nothing
        ask(world, ("", "v1", "nodes", "get", ""), Credentials(local=JANE))
