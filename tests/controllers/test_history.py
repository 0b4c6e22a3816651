"""ControllerRevisions as StatefulSets and DaemonSets share them."""

from typing import Any

import pytest

from minikube_py.controllers import history, podcontrol
from minikube_py.machinery import meta, selectors
from tests.controllers.world import World, workload

EVERYTHING = selectors.EVERYTHING


@pytest.fixture
def world() -> World:
    return World(without=("controllers", "scheduler", "kubelet"))


@pytest.fixture
def owner(world: World) -> dict[str, Any]:
    return world.apply(workload("StatefulSet", serviceName="web"))


def test_a_revision_remembers_the_template(world: World, owner: dict[str, Any]) -> None:
    revisions: list[dict[str, Any]] = []
    made, collisions = history.latest(world.client, owner, revisions, history.HASH, 0)
    hashed = podcontrol.template_hash(owner["spec"]["template"])
    assert (meta.name(made), made["revision"], collisions) == (f"web-{hashed}", 1, 0)
    assert made["metadata"]["labels"] == {"app": "web", "controller.kubernetes.io/hash": hashed}
    assert made["data"]["spec"]["template"]["$patch"] == "replace"
    assert history.template_of(made) == owner["spec"]["template"]
    assert revisions == [made]


def test_the_same_template_gives_the_same_revision(world: World, owner: dict[str, Any]) -> None:
    first, _ = history.latest(world.client, owner, [], history.HASH, 0)
    known = history.claim(world.client, owner, EVERYTHING)
    again, _ = history.latest(world.client, owner, known, history.HASH, 0)
    assert again == first and len(world.names("controllerrevisions.apps")) == 1


def test_a_template_of_old_becomes_the_newest_revision(world: World, owner: dict[str, Any]) -> None:
    other = {**owner, "spec": {**owner["spec"], "template": {**owner["spec"]["template"], "metadata": {"labels": {"app": "web", "v": "2"}}}}}
    revisions: list[dict[str, Any]] = []
    first, _ = history.latest(world.client, owner, revisions, history.HASH, 0)
    second, _ = history.latest(world.client, other, revisions, history.HASH, 0)
    again, _ = history.latest(world.client, owner, revisions, history.HASH, 0)
    assert (meta.name(again), again["revision"]) == (meta.name(first), 3)
    assert revisions == [second, again]


def test_a_taken_name_counts_as_a_collision(world: World, owner: dict[str, Any]) -> None:
    name = f"web-{podcontrol.template_hash(owner['spec']['template'])}"
    world.apply({"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": name, "namespace": "default"},
                 "data": {"spec": {}}, "revision": 1})  # fmt: skip
    made, collisions = history.latest(world.client, owner, [], history.HASH, 0)
    assert collisions == 1 and meta.name(made) == f"web-{podcontrol.template_hash(owner['spec']['template'], 1)}"


def test_orphans_are_adopted_where_there_is_nothing_else(world: World, owner: dict[str, Any]) -> None:
    world.apply({"apiVersion": "apps/v1", "kind": "ControllerRevision", "data": {"spec": {}}, "revision": 7,
                 "metadata": {"name": "old", "namespace": "default", "labels": {"app": "web"}}})  # fmt: skip
    (found,) = history.claim(world.client, owner, selectors.from_labels({"app": "web"}))
    assert meta.is_controlled_by(found, owner)
    made, _ = history.latest(world.client, owner, [found], history.HASH, 0)
    assert made["revision"] == 8


def test_truncation_spares_the_living(world: World, owner: dict[str, Any]) -> None:
    revisions: list[dict[str, Any]] = []
    for number in range(4):
        owner["spec"]["template"]["metadata"]["labels"]["v"] = str(number)
        history.latest(world.client, owner, revisions, history.HASH, 0)
    names = [meta.name(item) for item in revisions]
    history.truncate(world.client, revisions, {names[0], names[3]}, 1)
    assert world.names("controllerrevisions.apps") == sorted([names[0], names[2], names[3]])
