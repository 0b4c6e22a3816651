"""Each namespace has a service account."""

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
