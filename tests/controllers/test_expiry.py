"""What goes after a time: events and finished Jobs; and what others make up: aggregated roles."""

import pytest

from tests.controllers import fakes


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def event_names(world: fakes.World) -> set[str]:
    return {item["involvedObject"]["name"] for item in world.client.items("events")}


def test_events_live_for_an_hour(world: fakes.World) -> None:
    world.later(3000)
    world.add("Pod", "late", fakes.pod_spec())
    world.later(599)
    assert {"minikube", "late"} <= event_names(world)
    world.later(601)
    assert "minikube" not in event_names(world)
    assert "late" in event_names(world)
    world.later(7200)
    assert world.client.items("events") == []
    assert world.cluster.backend.state_range("timer/") == []


def test_a_finished_job_goes_when_its_time_is_over(world: fakes.World) -> None:
    template = {"spec": fakes.pod_spec(restartPolicy="Never")}
    job = world.add("Job", "once", {"template": template, "ttlSecondsAfterFinished": 100, "suspend": True}, api="batch/v1")
    now = "2027-01-15T08:00:00Z"
    job = world.get("jobs.batch", "once")
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": now, "reason": "x", "message": ""} for kind in ("FailureTarget", "Failed")]
    world.client.update_status({**job, "status": {"startTime": now, "conditions": conditions}})
    world.settle()
    world.later(99)
    assert world.names("jobs.batch") == ["once"]
    world.later(1)
    assert world.names("jobs.batch") == []


def role(world: fakes.World, name: str, verb: str, **labels: str) -> None:
    rule = {"apiGroups": ["example.com"], "resources": ["widgets"], "verbs": [verb]}
    world.add("ClusterRole", name, api="rbac.authorization.k8s.io/v1", space="", labels=labels or None, rules=[rule])


def verbs(world: fakes.World) -> list[list[str]]:
    found = world.get("clusterroles.rbac.authorization.k8s.io", "all", "")
    return [rule["verbs"] for rule in found.get("rules") or ()]


def test_rules_come_in_the_order_of_the_selectors(world: fakes.World) -> None:
    role(world, "a", "get", part="second")
    role(world, "b", "list", part="first")
    rule = {"clusterRoleSelectors": [{"matchLabels": {"part": "first"}}, {"matchLabels": {"part": "second"}}]}
    world.add("ClusterRole", "all", api="rbac.authorization.k8s.io/v1", space="", aggregationRule=rule)
    assert verbs(world) == [["list"], ["get"]]


def test_roles_are_made_of_others(world: fakes.World) -> None:
    role(world, "b", "get", part="yes")
    rule = {"clusterRoleSelectors": [{"matchLabels": {"part": "yes"}}]}
    world.add("ClusterRole", "all", api="rbac.authorization.k8s.io/v1", space="", aggregationRule=rule)
    assert verbs(world) == [["get"]]
    role(world, "a", "list", part="yes")
    role(world, "c", "delete")
    assert verbs(world) == [["list"], ["get"]]
    world.client.patch("clusterroles.rbac.authorization.k8s.io", "b", "", {"metadata": {"labels": {"part": "no"}}})
    world.settle()
    assert verbs(world) == [["list"]]
    world.client.delete("clusterroles.rbac.authorization.k8s.io", "a")
    world.settle()
    assert verbs(world) == []
    assert world.again("clusterrole-aggregation-controller", "all")


def test_the_roles_of_users_are_filled(world: fakes.World) -> None:
    counts = {name: len(world.get("clusterroles.rbac.authorization.k8s.io", name, "").get("rules") or ()) for name in ("admin", "edit", "view")}
    assert counts["admin"] >= counts["edit"] >= counts["view"] > 0
