"""Token secrets are filled for their account, and go with it."""

import base64

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin.auth import Credentials, UserInfo
from tests.controllers import fakes

NOTE = {"kubernetes.io/service-account.name": "robot"}


@pytest.fixture
def world() -> fakes.World:
    world = fakes.World()
    world.add("ServiceAccount", "robot")
    return world


def add(world: fakes.World, name: str = "robot-token", **fields: Object) -> dict[str, bytes]:
    """Create a token secret; return what it holds then."""
    world.add("Secret", name, annotations=NOTE, type="kubernetes.io/service-account-token", **fields)
    return {field: base64.b64decode(value) for field, value in world.get("secrets", name)["data"].items()}


def who(world: fakes.World, token: bytes) -> UserInfo:
    return world.cluster.server.policy.authenticate(Credentials(bearer_token=token.decode()))


def test_a_secret_is_filled(world: fakes.World) -> None:
    held = add(world)
    assert (sorted(held), held["namespace"]) == (["ca.crt", "namespace", "token"], b"default")
    assert held["ca.crt"] == world.cluster.keys.authority().certificate
    uid = world.get("serviceaccounts", "robot")["metadata"]["uid"]
    groups = ("system:serviceaccounts", "system:serviceaccounts:default")
    assert who(world, held["token"]) == UserInfo("system:serviceaccount:default:robot", groups, uid)
    assert world.get("secrets", "robot-token")["metadata"]["annotations"] == {**NOTE, "kubernetes.io/service-account.uid": uid}
    assert world.again("token-controller", "default/robot")


def test_what_it_holds_stays_but_a_foreign_authority(world: fakes.World) -> None:
    held = add(world, data={"token": "bWluZQ==", "ca.crt": "Zm9yZ2Vk", "more": "eA=="})
    authority = world.cluster.keys.authority().certificate
    assert held == {"token": b"mine", "ca.crt": authority, "more": b"x", "namespace": b"default"}


def test_a_token_that_is_taken_out_is_replaced(world: fakes.World) -> None:
    former = add(world)["token"]
    world.client.patch("secrets", "robot-token", "default", {"data": {"token": None}})
    with pytest.raises(errors.Unauthorized):
        who(world, former)
    world.settle()
    token = base64.b64decode(world.get("secrets", "robot-token")["data"]["token"])
    assert who(world, token).name == "system:serviceaccount:default:robot"


def test_secrets_go_with_their_account(world: fakes.World) -> None:
    token = add(world)["token"]
    world.add("Secret", "other")
    assert world.names("secrets") == ["other", "robot-token"]
    world.client.delete("serviceaccounts", "robot", "default")
    world.settle()
    assert world.names("secrets") == ["other"]
    with pytest.raises(errors.Unauthorized):
        who(world, token)


def test_a_secret_of_no_account_does_not_stay(world: fakes.World) -> None:
    note = {"kubernetes.io/service-account.name": "nobody"}
    world.add("Secret", "lost", annotations=note, type="kubernetes.io/service-account-token")
    assert world.names("secrets") == []


def test_a_secret_of_a_former_account_does_not_stay(world: fakes.World) -> None:
    note = {**NOTE, "kubernetes.io/service-account.uid": "0"}
    world.add("Secret", "old", annotations=note, type="kubernetes.io/service-account-token")
    assert world.names("secrets") == []
