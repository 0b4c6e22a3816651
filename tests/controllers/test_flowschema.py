"""Whether FlowSchemas have the level that they name."""

from typing import Any

import pytest

from tests.controllers import fakes

API = "flowcontrol.apiserver.k8s.io/v1"


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def dangling(world: fakes.World, name: str) -> Any:
    (condition,) = world.get("flowschemas.flowcontrol.apiserver.k8s.io", name, "")["status"]["conditions"]
    return condition


def test_those_of_a_new_cluster_have_theirs(world: fakes.World) -> None:
    schemas = world.client.items("flowschemas.flowcontrol.apiserver.k8s.io")
    assert sorted((item["spec"]["matchingPrecedence"], item["metadata"]["name"]) for item in schemas) == [
        (1, "exempt"), (2, "probes"), (100, "system-leader-election"), (400, "system-node-high"), (500, "system-nodes"),
        (800, "kube-controller-manager"), (800, "kube-scheduler"), (900, "kube-system-service-accounts"), (9000, "service-accounts"),
        (9900, "global-default"), (10000, "catch-all"),
    ]  # fmt: skip
    assert {dangling(world, item["metadata"]["name"])["status"] for item in schemas} == {"False"}
    assert dangling(world, "probes") == {
        "type": "Dangling", "status": "False", "reason": "Found", "lastTransitionTime": "2027-01-15T08:00:00Z",
        "message": 'This FlowSchema references the PriorityLevelConfiguration object named "exempt" and it exists',
    }  # fmt: skip
    assert world.names("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "") == [
        "catch-all", "exempt", "global-default", "leader-election", "node-high", "system", "workload-high", "workload-low"]  # fmt: skip


def test_levels_come_and_go(world: fakes.World) -> None:
    world.add("FlowSchema", "mine", {"priorityLevelConfiguration": {"name": "low"}}, api=API, space="")
    assert (dangling(world, "mine")["status"], dangling(world, "mine")["reason"]) == ("True", "NotFound")
    assert dangling(world, "mine")["message"] == 'This FlowSchema references the PriorityLevelConfiguration object named "low" but there is no such object'
    limited = {"nominalConcurrencyShares": 1, "limitResponse": {"type": "Reject"}}
    world.add("PriorityLevelConfiguration", "low", {"type": "Limited", "limited": limited}, api=API, space="")
    assert dangling(world, "mine")["status"] == "False"
    world.client.delete("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "low")
    world.settle()
    assert dangling(world, "mine")["status"] == "True"
    assert world.again("flow-schema-status", "mine")
