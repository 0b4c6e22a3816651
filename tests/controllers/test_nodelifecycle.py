"""Silent kubelets, taints, eviction, and pods that nobody else deletes."""

from typing import Any

import pytest

from minikube_py.controllers import tainteviction
from minikube_py.machinery import meta
from tests.controllers import fakes


@pytest.fixture
def world() -> fakes.World:
    return fakes.World(nodes=2)


def annotate(world: fakes.World, value: str | None) -> None:
    world.client.patch("nodes", "minikube-m02", "", {"metadata": {"annotations": {"kctl.dev/kubelet": value}}})
    world.settle()


def taints(world: fakes.World, node: str = "minikube-m02") -> list[tuple[str, str]]:
    return [(item["key"], item["effect"]) for item in world.get("nodes", node, "")["spec"].get("taints") or ()]


def ready(world: fakes.World, node: str = "minikube-m02") -> Any:
    (found,) = [item for item in world.get("nodes", node, "")["status"]["conditions"] if item["type"] == "Ready"]
    return found["status"], found["reason"], found["message"]


def test_nodes_are_greeted_and_stay_ready_however_long_nothing_happens(world: fakes.World) -> None:
    events = [item["reason"] for item in world.client.items("events", "default") if item["involvedObject"]["name"] == "minikube-m02"]
    assert events.count("RegisteredNode") == 1
    world.later(100_000)
    assert ready(world) == ("True", "KubeletReady", "kubelet is posting ready status")
    assert taints(world) == []
    assert world.get("nodes", "minikube", "")["metadata"]["annotations"]["node.alpha.kubernetes.io/ttl"] == "0"
    assert world.again("node-controller", "minikube")


def test_nodes_of_a_large_cluster_keep_what_they_have_read_for_longer(world: fakes.World) -> None:
    for number in range(3, 102):
        world.client.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n{number:03}"}})
    world.settle()
    lives = {meta.name(item): meta.annotations(item)["node.alpha.kubernetes.io/ttl"] for item in world.client.items("nodes")}
    assert len(lives) == 101 and {life for name, life in lives.items() if name.startswith("n")} == {"15"}


def test_a_stopped_kubelet_makes_the_node_unknown_after_the_grace_period(world: fakes.World) -> None:
    annotate(world, "stopped")
    world.later(39)
    assert ready(world)[0] == "True"
    world.later(1)
    assert ready(world) == ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    assert taints(world) == [("node.kubernetes.io/unreachable", "NoExecute"), ("node.kubernetes.io/unreachable", "NoSchedule")]
    assert world.reasons("minikube-m02")[-1] == "NodeNotReady"
    assert world.again("node-controller", "minikube-m02")
    annotate(world, None)
    assert ready(world)[0] == "True"
    assert taints(world) == []
    assert world.cluster.backend.state_range("loop/node-controller/silent/") == []


def test_a_grace_period_begins_anew(world: fakes.World) -> None:
    annotate(world, "stopped")
    world.later(39)
    annotate(world, None)
    annotate(world, "stopped")
    world.later(39)
    assert ready(world)[0] == "True"


def test_pods_on_a_silent_node_are_evicted_after_five_minutes(world: fakes.World) -> None:
    world.add("Pod", "one", fakes.pod_spec(nodeName="minikube-m02"))
    world.add("Pod", "tough", fakes.pod_spec(nodeName="minikube-m02", tolerations=[{"operator": "Exists"}]))
    annotate(world, "stopped")
    world.later(40)
    found = world.get("pods", "one")
    assert {item["type"]: item["status"] for item in found["status"]["conditions"]}["Ready"] == "False"
    assert "NodeNotReady" in world.reasons("one")
    world.later(299)
    assert "deletionTimestamp" not in world.get("pods", "one")["metadata"]
    world.later(1)
    found = world.get("pods", "one")
    assert "deletionTimestamp" in found["metadata"]
    assert [item["reason"] for item in found["status"]["conditions"] if item["type"] == "DisruptionTarget"] == ["DeletionByTaintManager"]
    assert world.reasons("one")[-1] == "TaintManagerEviction"
    assert "deletionTimestamp" not in world.get("pods", "tough")["metadata"]


def test_a_kubelet_that_works_again_catches_up(world: fakes.World) -> None:
    for name in ("one", "two"):
        world.add("Pod", name, fakes.pod_spec(nodeName="minikube-m02"))
    annotate(world, "stopped")
    world.later(40)
    world.client.delete("pods", "two", "default")
    world.settle()
    assert world.names("pods") == ["one", "two"]
    annotate(world, None)
    assert world.names("pods") == ["one"]
    assert {item["type"]: item["status"] for item in world.get("pods", "one")["status"]["conditions"]}["Ready"] == "True"


def test_an_eviction_is_cancelled_when_the_taint_goes(world: fakes.World) -> None:
    world.add("Pod", "one", fakes.pod_spec(nodeName="minikube-m02"))
    annotate(world, "stopped")
    world.later(100)
    annotate(world, None)
    world.later(1000)
    assert "deletionTimestamp" not in world.get("pods", "one")["metadata"]
    events = [item["message"] for item in world.client.items("events", "default") if item["reason"] == "TaintManagerEviction"]
    assert events == ["Cancelling deletion of Pod default/one"]


def test_the_end_of_a_pod_is_settled_by_the_first_taint(world: fakes.World) -> None:
    tolerations = [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds} for key, seconds in (("slow", 300), ("fast", 30))]
    world.add("Pod", "one", fakes.pod_spec(nodeName="minikube-m02", tolerations=tolerations))
    slow, fast, other = ({"key": key, "effect": "NoExecute"} for key in ("slow", "fast", "other"))
    for taints, seconds in (([slow], 100), ([slow, fast], 100)):
        world.client.patch("nodes", "minikube-m02", "", {"spec": {"taints": taints}})
        world.later(seconds)
        assert world.names("pods") == ["one"]
    world.client.patch("nodes", "minikube-m02", "", {"spec": {"taints": [slow, fast, other]}})
    world.settle()
    assert world.names("pods") == []
    events = [item["message"] for item in world.client.items("events", "default") if item["reason"] == "TaintManagerEviction"]
    assert sorted(events) == ["Cancelling deletion of Pod default/one", "Marking for deletion Pod default/one"]


def test_a_taint_by_hand_evicts_at_once(world: fakes.World) -> None:
    world.add("Pod", "one", fakes.pod_spec(nodeName="minikube-m02"))
    world.client.patch("nodes", "minikube-m02", "", {"spec": {"taints": [{"key": "repair", "effect": "NoExecute"}]}})
    world.settle()
    assert world.names("pods") == []


@pytest.mark.parametrize(
    ("tolerations", "seconds"),
    [
        ([], 0.0),
        ([{"operator": "Exists"}], None),
        ([{"key": "a", "operator": "Exists", "tolerationSeconds": 30}], 30.0),
        ([{"key": "a", "value": "x", "effect": "NoExecute"}], None),
        ([{"key": "a", "value": "y"}], 0.0),
        ([{"key": "a", "operator": "Exists", "effect": "NoSchedule"}], 0.0),
        ([{"key": "a", "operator": "Exists", "tolerationSeconds": -5}], 0.0),
    ],
)
def test_how_long_a_taint_is_tolerated(tolerations: Any, seconds: float | None) -> None:
    assert tainteviction.tolerated_for(tolerations, [{"key": "a", "value": "x", "effect": "NoExecute"}]) == seconds


def test_conditions_and_cordons_become_taints(world: fakes.World) -> None:
    world.client.patch("nodes", "minikube-m02", "", {"spec": {"unschedulable": True}})
    world.settle()
    assert taints(world) == [("node.kubernetes.io/unschedulable", "NoSchedule")]
    node = world.get("nodes", "minikube-m02", "")
    node["status"]["conditions"].append({"type": "NetworkUnavailable", "status": "True"})
    node["status"]["conditions"][0]["status"] = "True"
    world.client.update_status(node)
    world.settle()
    assert {key for key, _ in taints(world)} == {
        "node.kubernetes.io/unschedulable", "node.kubernetes.io/network-unavailable", "node.kubernetes.io/memory-pressure",
    }  # fmt: skip
    world.client.patch("nodes", "minikube-m02", "", {"spec": {"unschedulable": None}})
    world.settle()
    assert len(taints(world)) == 2


def test_pods_of_a_node_that_is_gone_go_after_a_quarantine(world: fakes.World) -> None:
    world.add("Pod", "one", fakes.pod_spec(nodeName="minikube-m02"))
    world.client.delete("nodes", "minikube-m02")
    world.settle()
    assert "RemovingNode" in world.reasons("minikube-m02")
    world.later(39)
    assert world.names("pods") == ["one"]
    world.later(1)
    assert world.names("pods") == []


def test_a_pod_for_a_node_that_never_was(world: fakes.World) -> None:
    world.add("Pod", "lost", fakes.pod_spec(nodeName="nowhere"))
    world.later(40)
    assert world.names("pods") == []


def test_a_node_that_comes_back_in_time_keeps_its_pods(world: fakes.World) -> None:
    node = world.get("nodes", "minikube-m02", "")
    world.add("Pod", "one", fakes.pod_spec(nodeName="minikube-m02"))
    world.client.delete("nodes", "minikube-m02")
    world.later(39)
    world.client.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "minikube-m02", "labels": node["metadata"]["labels"]}})
    world.later(1000)
    assert world.names("pods") == ["one"]
    assert world.cluster.backend.state_range("loop/pod-garbage-collector/orphan/") == []


def test_others_have_their_turn_between_the_pods_of_a_lost_node(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        world.add("Pod", f"p{number}", fakes.pod_spec(nodeName="minikube-m02"), settle=False)
    world.settle()
    world.client.delete("nodes", "minikube-m02")
    world.settle()
    engine, left = world.cluster.engine, []
    monkeypatch.setattr(engine, "interrupted", lambda: True)  # as where a request waits for the store
    world.clock.advance(40)
    while engine.settle(0.001):
        left.append(len(world.names("pods")))
    assert sorted(set(left), reverse=True) == [5, 4, 3, 2, 1, 0]
    assert world.cluster.backend.state_range("loop/pod-garbage-collector/orphan/") == []


def test_who_was_evicted_goes_before_older_ones(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.controllers.podgc.THRESHOLD", 2)
    for name, status in (("old", {"phase": "Succeeded"}), ("evicted", {"phase": "Failed", "reason": "Evicted"}), ("young", {"phase": "Failed"})):
        world.add("Pod", name, fakes.pod_spec())
        found = world.get("pods", name)
        world.client.update_status({**found, "status": {**found["status"], **status}})
        world.later(1)
    assert world.names("pods") == ["old", "young"]


def test_ended_pods_are_counted_and_the_oldest_go(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.controllers.podgc.THRESHOLD", 2)
    for number in range(4):
        world.add("Pod", f"p{number}", fakes.pod_spec())
        found = world.get("pods", f"p{number}")
        world.client.update_status({**found, "status": {**found["status"], "phase": "Succeeded"}})
        world.later(1)
    assert world.names("pods") == ["p2", "p3"]
