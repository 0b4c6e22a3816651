"""Calls over all resources at once, which the garbage collector and the namespace controller are built on."""

import pytest

from minikube_py.machinery import errors, scheme
from minikube_py.plugin.auth import UserInfo
from tests.controllers import fakes


@pytest.fixture(scope="module")
def world() -> fakes.World:
    return fakes.World()


def test_dependents_of_all_kinds_are_found_by_uid(world: fakes.World) -> None:
    owner = world.add("ConfigMap", "owner")
    world.add("Secret", "a", owners=[fakes.owner(owner)])
    world.add("ServiceAccount", "b", owners=[fakes.owner(owner)], space="kube-public")
    found = world.client.dependents(owner["metadata"]["uid"])
    # The one in another namespace is collected: owners are looked for in the namespace of their dependents.
    assert [(item["apiVersion"], item["kind"], item["metadata"]["name"]) for item in found] == [("v1", "Secret", "a")]


def test_only_who_may_list_everything_may_ask_for_dependents(world: fakes.World) -> None:
    stranger = world.cluster.client(UserInfo("jane", ("system:authenticated",)))
    with pytest.raises(errors.Forbidden) as caught:
        stranger.dependents("some-uid")
    assert 'User "jane" cannot list resource "*" in API group "*" at the cluster scope' in str(caught.value)


def test_everything_is_never_listed_without_an_index(world: fakes.World) -> None:
    with pytest.raises(errors.BadRequest, match="all resources at once can be listed through an index only"):
        world.client.list(scheme.EVERYTHING)


def test_resources_name_each_resource_once_in_its_preferred_version(world: fakes.World) -> None:
    resources = world.client.resources()
    keys = [item.key for item in resources]
    assert len(keys) == len(set(keys))
    versions = {item.qualified: item.version for item in resources}
    assert (versions["horizontalpodautoscalers.autoscaling"], versions["deployments.apps"], versions["pods"]) == ("v2", "v1", "v1")


def test_events_about_a_namespace_that_ends_are_dropped(world: fakes.World) -> None:
    world.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ending"}})
    made = world.add("ConfigMap", "held", space="ending", finalizers=["example.com/hold"])
    world.client.delete("namespaces", "ending")
    world.settle()
    loop = world.cluster.loop("deployment-controller")
    assert loop is not None
    loop.recorder.event(made, "Normal", "Test", "nothing")
    assert world.names("events", "ending") == []
