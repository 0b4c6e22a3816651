"""Each namespace has a service account; token secrets go with their account."""

import pytest

from tests.controllers import fakes


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def test_every_namespace_has_the_default_account(world: fakes.World) -> None:
    assert [item["metadata"]["namespace"] for item in world.client.items("serviceaccounts") if item["metadata"]["name"] == "default"] == [
        "default", "kube-node-lease", "kube-public", "kube-system",
    ]  # fmt: skip
    assert world.again("service-account-controller", "default")


def test_the_default_account_comes_back(world: fakes.World) -> None:
    former = world.get("serviceaccounts", "default")["metadata"]["uid"]
    world.client.delete("serviceaccounts", "default", "default")
    world.settle()
    assert world.get("serviceaccounts", "default")["metadata"]["uid"] != former


def test_another_account_stays_away(world: fakes.World) -> None:
    world.add("ServiceAccount", "robot")
    world.client.delete("serviceaccounts", "robot", "default")
    world.settle()
    assert world.names("serviceaccounts") == ["default"]


def test_token_secrets_go_with_their_account(world: fakes.World) -> None:
    world.add("ServiceAccount", "robot")
    note = {"kubernetes.io/service-account.name": "robot"}
    world.add("Secret", "robot-token", annotations=note, type="kubernetes.io/service-account-token")
    world.add("Secret", "other")
    assert world.names("secrets") == ["other", "robot-token"]
    world.client.delete("serviceaccounts", "robot", "default")
    world.settle()
    assert world.names("secrets") == ["other"]


def test_a_token_secret_of_no_account_does_not_stay(world: fakes.World) -> None:
    note = {"kubernetes.io/service-account.name": "nobody"}
    world.add("Secret", "lost", annotations=note, type="kubernetes.io/service-account-token")
    assert world.names("secrets") == []
