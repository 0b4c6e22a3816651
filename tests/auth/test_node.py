"""The Node authorizer: what a kubelet may touch, and what not."""

import pytest

from minikube_py.auth.node import NodeAuthorizer
from minikube_py.plugin import auth
from minikube_py.plugin.auth import Attributes, UserInfo
from tests.apiserver.world import World, obj, pod

NODE = UserInfo("system:node:n1", ("system:nodes", "system:authenticated"))


@pytest.fixture
def world() -> World:
    world = World()
    volumes = [{"name": "a", "configMap": {"name": "config"}},
               {"name": "b", "secret": {"secretName": "key"}},
               {"name": "c", "projected": {"sources": [{"secret": {"name": "part"}}]}},
               {"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]  # fmt: skip
    world.client().create(pod("mine", node="n1", spec={"volumes": volumes, "imagePullSecrets": [{"name": "pull"}]}))
    world.client().create(pod("other", node="n2", spec={"volumes": [{"name": "a", "secret": {"secretName": "foreign"}}]}))
    world.client().create(obj("ServiceAccount", "unused"))
    return world


def _may(world: World, verb: str, resource: str, name: str = "", *, group: str = "", subresource: str = "", space: str = "default",
         user: UserInfo = NODE) -> bool:  # fmt: skip
    asked = Attributes(user, verb, group, "v1", resource, subresource, space, name)
    return NodeAuthorizer().authorize(asked, world.server.reader).verdict == auth.ALLOW


@pytest.mark.parametrize(("kind", "name", "allowed"), [
    ("secrets", "key", True), ("secrets", "part", True), ("secrets", "pull", True), ("secrets", "foreign", False), ("secrets", "", False),
    ("configmaps", "config", True), ("configmaps", "none", False), ("persistentvolumeclaims", "data", True), ("persistentvolumeclaims", "x", False),
])  # fmt: skip
def test_nodes_read_what_their_pods_need(world: World, kind: str, name: str, allowed: bool) -> None:
    assert _may(world, "get", kind, name) is allowed
    assert _may(world, "delete", kind, name) is False
    assert _may(world, "get", kind, name, space="elsewhere") is False


def test_nodes_change_their_own_pods(world: World) -> None:
    assert _may(world, "update", "pods", "mine", subresource="status")
    assert not _may(world, "update", "pods", "other", subresource="status")
    assert _may(world, "delete", "pods", "mine") and not _may(world, "delete", "pods", "other")
    assert not _may(world, "update", "pods", "mine")


def test_nodes_read_themselves_only_and_do_not_delete_themselves(world: World) -> None:
    assert _may(world, "get", "nodes", "n1") and _may(world, "create", "nodes") and _may(world, "patch", "nodes", "n1")
    assert not _may(world, "get", "nodes", "n2") and not _may(world, "list", "nodes") and not _may(world, "delete", "nodes", "n1")
    refused = NodeAuthorizer().authorize(Attributes(NODE, "list", "", "v1", "nodes"), world.server.reader)
    assert refused.reason == "node 'n1' cannot read all nodes, only its own Node object"


def test_nodes_change_themselves_and_their_leases(world: World) -> None:
    assert _may(world, "update", "nodes", "n1", subresource="status") and not _may(world, "update", "nodes", "n2", subresource="status")
    lease = {"group": "coordination.k8s.io"}
    assert _may(world, "update", "leases", "n1", space="kube-node-lease", **lease)
    assert not _may(world, "update", "leases", "n2", space="kube-node-lease", **lease)
    assert not _may(world, "update", "leases", "n1", space="kube-system", **lease)


def test_tokens_only_for_accounts_that_run_there(world: World) -> None:
    assert _may(world, "create", "serviceaccounts", "default", subresource="token")
    assert not _may(world, "create", "serviceaccounts", "unused", subresource="token")


@pytest.mark.parametrize("user", [UserInfo("system:node:n1"), UserInfo("ann", ("system:nodes",)), UserInfo("system:node:", ("system:nodes",))])
def test_only_nodes_are_nodes(world: World, user: UserInfo) -> None:
    assert not _may(world, "get", "secrets", "key", user=user)
