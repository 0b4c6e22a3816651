"""Ranking pods, making them from templates, naming templates."""

from typing import Any

import pytest

from minikube_py.controllers import podcontrol

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
