"""Ranking pods, making them from templates, naming templates."""

from contextlib import nullcontext
from typing import Any
from unittest.mock import Mock

import pytest

from minikube_py.controllers import podcontrol, serviceindex
from minikube_py.machinery import errors

NOW = 1_760_000_400.0
OWNER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web", "namespace": "default", "uid": "u"}}


def pod(name: str, *, node: str = "n1", phase: str = "Running", ready: str = "2025-10-09T08:00:00Z", restarts: int = 0,
        created: str = "2025-10-09T08:00:00Z", cost: str = "") -> dict[str, Any]:  # fmt: skip
    status: dict[str, Any] = {"phase": phase, "containerStatuses": [{"restartCount": restarts}]}
    if ready:
        status["conditions"] = [{"type": "Ready", "status": "True", "lastTransitionTime": ready}]
    metadata: dict[str, Any] = {"name": name, "uid": name, "creationTimestamp": created}
    if cost:
        metadata["annotations"] = {"controller.kubernetes.io/pod-deletion-cost": cost}
    return {"metadata": metadata, "spec": {"nodeName": node} if node else {}, "status": status}


@pytest.mark.parametrize(("first", "second"), [
    (pod("a", node=""), pod("b")),
    (pod("a", phase="Pending"), pod("b", phase="Unknown")),
    (pod("a", phase="Unknown"), pod("b")),
    (pod("a", ready=""), pod("b")),
    (pod("a", cost="-1"), pod("b")),
    (pod("a"), pod("b", cost="7")),
    (pod("a", ready="2025-10-09T08:59:00Z"), pod("b", ready="2025-10-09T01:00:00Z")),
    (pod("a", restarts=2), pod("b", restarts=1)),
    (pod("a", created="2025-10-09T08:59:00Z"), pod("b", created="2025-10-09T01:00:00Z")),
])  # fmt: skip
def test_who_is_deleted_first(first: dict[str, Any], second: dict[str, Any]) -> None:
    for pods in ([first, second], [second, first]):
        assert [item["metadata"]["name"] for item in podcontrol.deletion_order(pods, now=NOW)] == ["a", "b"]


def test_restarts_of_sidecars_count_where_those_of_containers_are_the_same() -> None:
    def beside(name: str, sidecar: int, setup: int) -> dict[str, Any]:
        made = pod(name)
        made["spec"]["initContainers"] = [{"name": "setup"}, {"name": "side", "restartPolicy": "Always"}]
        made["status"]["initContainerStatuses"] = [{"name": "setup", "restartCount": setup}, {"name": "side", "restartCount": sidecar}]
        return made

    pods = [beside("a", 1, 9), beside("b", 2, 0)]
    assert [item["metadata"]["name"] for item in podcontrol.deletion_order(pods, now=NOW)] == ["b", "a"]


def test_a_crowded_node_gives_first() -> None:
    pods = [pod("a"), pod("b", node="n2")]
    assert podcontrol.deletion_order(pods, now=NOW, crowded={"n1": 1, "n2": 3})[0]["metadata"]["name"] == "b"


def test_ages_of_the_same_magnitude_are_the_same() -> None:
    older, newer = pod("a", ready="2025-10-09T08:00:00Z"), pod("b", ready="2025-10-09T08:00:10Z")
    assert [item["metadata"]["name"] for item in podcontrol.deletion_order([newer, older], now=NOW)] == ["a", "b"]


def test_a_pod_from_a_template() -> None:
    template = {"metadata": {"labels": {"app": "web"}, "annotations": {"a": "1"}}, "spec": {"containers": []}}
    made = podcontrol.from_template(OWNER, template, labels={"x": "y"}, finalizers=("f",))
    assert made["metadata"] == {
        "namespace": "default", "generateName": "web-", "labels": {"app": "web", "x": "y"}, "annotations": {"a": "1"}, "finalizers": ["f"],
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True, "blockOwnerDeletion": True}],
    }  # fmt: skip
    assert made["spec"] == template["spec"] and made["spec"] is not template["spec"]
    assert podcontrol.from_template(OWNER, template, name="web-0")["metadata"]["name"] == "web-0"


def test_names_of_templates_differ_with_content_and_collisions() -> None:
    one = podcontrol.template_hash({"spec": {"a": 1, "b": 2}})
    assert one == podcontrol.template_hash({"spec": {"b": 2, "a": 1}}) == podcontrol.template_hash({"spec": {"a": 1, "b": 2}}, 0)
    assert len({one, podcontrol.template_hash({"spec": {"a": 1}}), podcontrol.template_hash({"spec": {"a": 1, "b": 2}}, 1)}) == 3
    assert set(one) <= set("bcdfghjklmnpqrstvwxz2456789")


@pytest.mark.parametrize(("ready", "wait", "left"), [
    ("", 0, None), ("2025-10-09T09:00:00Z", 0, 0), ("2025-10-09T08:59:30Z", 60, 30), ("2025-10-09T08:59:00Z", 60, 0),
])  # fmt: skip
def test_when_a_pod_counts_as_available(ready: str, wait: int, left: float | None) -> None:
    assert podcontrol.available_in(pod("a", ready=ready), wait, NOW) == left


def test_what_is_told_of_deletions() -> None:
    client, recorder = Mock(), Mock()
    control = podcontrol.PodControl(client, recorder)
    owner, pod = {"kind": "Job"}, {"metadata": {"name": "p", "namespace": "default", "uid": "u"}}
    control.delete(owner, pod)
    client.delete.assert_called_once_with("pods", "p", "default", uid="u")
    recorder.event.assert_called_once_with(owner, "Normal", "SuccessfulDelete", "Deleted pod: p")
    recorder.reset_mock()
    for gone in (errors.NotFound("pods", "p"), errors.Conflict("pods", "p", "another uid")):
        client.delete.side_effect = gone
        control.delete(owner, pod)
    recorder.event.assert_not_called()
    client.delete.side_effect = errors.InternalError("broken")
    with pytest.raises(errors.InternalError):
        control.delete(owner, pod)
    recorder.event.assert_called_once_with(owner, "Warning", "FailedDelete", "Error deleting: Internal error occurred: broken")


@pytest.mark.parametrize(("causes", "is_quiet"), [([{"reason": "NamespaceTerminating"}], True), ([], False)])
def test_only_the_end_of_a_namespace_keeps_what_a_service_leads_to_from_being_made(causes: list[dict[str, str]], is_quiet: bool) -> None:
    refused = errors.Forbidden("endpoints", "web", "no")
    refused.details["causes"] = causes
    client = Mock()
    client.create.side_effect = refused
    with nullcontext() if is_quiet else pytest.raises(errors.Forbidden):
        serviceindex.create(client, {"kind": "Endpoints"})
