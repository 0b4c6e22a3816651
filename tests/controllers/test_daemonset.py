"""DaemonSets: which nodes get a pod, and how pods are replaced."""

from typing import Any

import pytest

from minikube_py.controllers import daemonsetnodes
from tests.controllers.world import World, template, workload

TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
EXTRA = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable", "node.kubernetes.io/disk-pressure",
         "node.kubernetes.io/memory-pressure", "node.kubernetes.io/pid-pressure", "node.kubernetes.io/unschedulable")  # fmt: skip


@pytest.fixture
def world() -> World:
    return World(nodes=3)


def daemon(**spec: Any) -> dict[str, Any]:
    return workload("DaemonSet", "web", **spec)


def places(world: World) -> list[str]:
    return sorted(pod["spec"].get("nodeName", "") for pod in world.pods())


def taint(world: World, node: str, *taints: dict[str, str]) -> None:
    world.patch("nodes", node, {"spec": {"taints": list(taints)}}, namespace="")


def test_each_node_gets_a_pod(world: World) -> None:
    status = world.apply(daemon())["status"]
    assert places(world) == ["minikube", "minikube-m02", "minikube-m03"]
    assert status == {
        "currentNumberScheduled": 3, "numberMisscheduled": 0, "desiredNumberScheduled": 3, "numberReady": 3,
        "updatedNumberScheduled": 3, "numberAvailable": 3, "observedGeneration": 1,
    }  # fmt: skip


def test_pods_are_pinned_labelled_and_tolerant(world: World) -> None:
    world.apply(daemon(pod=template(tolerations=[{"key": "gpu", "operator": "Exists"}])))
    (revision,) = world.client.items("controllerrevisions.apps", "default")
    pod = next(pod for pod in world.pods() if pod["spec"]["nodeName"] == "minikube-m02")
    assert pod["metadata"]["labels"] == {
        "app": "web", "pod-template-generation": "1", "controller-revision-hash": revision["metadata"]["labels"]["controller-revision-hash"],
    }  # fmt: skip
    assert pod["spec"]["affinity"]["nodeAffinity"] == {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["minikube-m02"]}]}]}}  # fmt: skip
    assert [item["key"] for item in pod["spec"]["tolerations"]] == ["gpu", *EXTRA]
    assert pod["metadata"]["generateName"] == "web-"


def test_a_new_node_gets_a_pod_and_a_lost_one_loses_it(world: World) -> None:
    world.apply(daemon())
    spec = {"podCIDR": "10.244.9.0/24", "podCIDRs": ["10.244.9.0/24"]}
    world.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "extra", "labels": {"kubernetes.io/hostname": "extra"}}, "spec": spec})
    world.later(2)  # the scheduler came before the kubelet had told the node's size
    assert places(world) == ["extra", "minikube", "minikube-m02", "minikube-m03"]
    world.delete("nodes", "extra", "")
    assert world.get("daemonsets.apps", "web")["status"]["desiredNumberScheduled"] == 3


def test_node_selector_and_labels(world: World) -> None:
    world.apply(daemon(pod=template(nodeSelector={"disk": "ssd"})))
    assert places(world) == []
    world.patch("nodes", "minikube-m02", {"metadata": {"labels": {"disk": "ssd"}}}, namespace="")
    assert places(world) == ["minikube-m02"]
    world.patch("nodes", "minikube-m02", {"metadata": {"labels": {"disk": None}}}, namespace="")
    assert places(world) == []


def test_node_affinity(world: World) -> None:
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["minikube"]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    world.apply(daemon(pod=template(affinity=affinity)))
    assert places(world) == ["minikube-m02", "minikube-m03"]


def test_no_schedule_keeps_new_pods_out_and_leaves_old_ones(world: World) -> None:
    taint(world, "minikube", TAINT)
    world.apply(daemon())
    assert places(world) == ["minikube-m02", "minikube-m03"]
    taint(world, "minikube-m02", TAINT)
    assert places(world) == ["minikube-m02", "minikube-m03"]
    assert world.get("daemonsets.apps", "web")["status"]["numberMisscheduled"] == 1
    taint(world, "minikube-m02", {**TAINT, "effect": "NoExecute"})
    assert places(world) == ["minikube-m03"]


def test_a_cordoned_node_gets_its_daemon_all_the_same(world: World) -> None:
    world.patch("nodes", "minikube", {"spec": {"unschedulable": True}}, namespace="")
    world.apply(daemon())
    assert places(world) == ["minikube", "minikube-m02", "minikube-m03"]


def test_a_rolling_update_replaces_one_at_a_time(world: World) -> None:
    world.apply(daemon())
    status = world.patch("daemonsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})["status"]
    assert status["updatedNumberScheduled"] == 3
    told = [reason for _, reason, _ in world.events(kind="DaemonSet")]
    assert told == ["SuccessfulCreate"] * 3 + ["SuccessfulDelete", "SuccessfulCreate"] * 3
    assert {pod["metadata"]["labels"]["pod-template-generation"] for pod in world.pods()} == {"2"}


def test_a_broken_update_stops_after_max_unavailable(world: World) -> None:
    world.apply(daemon(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}))
    broken = {"kctl.dev/dryrun-image-pull-error": "web"}
    status = world.patch("daemonsets.apps", "web", {"spec": {"template": {"metadata": {"annotations": broken}}}})["status"]
    assert (status["updatedNumberScheduled"], status["numberReady"], status["numberUnavailable"]) == (2, 1, 2)
    status = world.patch("daemonsets.apps", "web", {"spec": {"template": {"metadata": {"annotations": {"kctl.dev/dryrun-image-pull-error": None}}}}})["status"]
    assert (status["updatedNumberScheduled"], status["numberReady"]) == (3, 3)


def test_a_surge_starts_the_new_pod_before_the_old_one_stops(world: World) -> None:
    world.apply(daemon(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}))
    status = world.patch("daemonsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})["status"]
    assert (status["updatedNumberScheduled"], status["numberAvailable"], len(world.pods())) == (3, 3, 3)
    told = [reason for _, reason, _ in world.events(kind="DaemonSet")]
    assert told == ["SuccessfulCreate"] * 3 + ["SuccessfulCreate", "SuccessfulDelete"] * 3


def test_on_delete(world: World) -> None:
    world.apply(daemon(updateStrategy={"type": "OnDelete"}))
    world.patch("daemonsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": "2"}}}}})
    assert [pod["metadata"]["labels"].get("v") for pod in world.pods()] == [None] * 3
    world.delete("pods", world.names()[0])
    assert sorted(pod["metadata"]["labels"].get("v", "") for pod in world.pods()) == ["", "", "2"]


def test_a_failed_pod_is_replaced_more_slowly_each_time(world: World) -> None:
    world.apply(daemon(pod=template(nodeSelector={"kubernetes.io/hostname": "minikube"})))

    def fail() -> str:
        (pod,) = world.pods()
        world.client.update_status({**pod, "status": {**pod["status"], "phase": "Failed"}})
        world.settle()
        return str(pod["metadata"]["name"])

    first = fail()
    assert world.names() != [first]
    text = f"Found failed daemon pod default/{first} on node minikube, will try to kill it"
    assert ("Warning", "FailedDaemonPod", text) in world.events(kind="DaemonSet")
    second = fail()
    assert world.names() == [second]
    world.later(1)
    assert world.names() != [second]


def test_history_is_cut_to_its_limit(world: World) -> None:
    world.apply(daemon(revisionHistoryLimit=1))
    for number in range(3):
        world.patch("daemonsets.apps", "web", {"spec": {"template": {"metadata": {"labels": {"v": str(number)}}}}})
    assert sorted(item["revision"] for item in world.client.items("controllerrevisions.apps", "default")) == [3, 4]


def test_heartbeats_of_nodes_wake_no_set(world: World) -> None:
    world.apply(daemon())
    loop = world.cluster.loop("daemon-set-controller")
    assert loop is not None
    called: list[str] = []
    reconcile = loop.reconcile
    loop.reconcile = lambda key: called.append(key) or reconcile(key)  # type: ignore[method-assign,func-returns-value]
    node = world.get("nodes", "minikube", "")
    node["status"]["conditions"][0]["lastHeartbeatTime"] = "2025-10-09T10:00:00Z"
    world.client.update_status(node)
    world.settle()
    assert called == []


def test_settling_again_changes_nothing(world: World) -> None:
    world.apply(daemon())
    before = world.cluster.backend.revision()
    world.replay()
    assert world.cluster.backend.revision() == before
    assert world.failures == []


@pytest.mark.parametrize(("toleration", "runs"), [
    ({"operator": "Exists"}, True), ({"key": "gpu", "operator": "Exists"}, True), ({"key": "gpu", "value": "yes"}, True),
    ({"key": "gpu", "value": "no"}, False), ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
])  # fmt: skip
def test_verdicts_by_toleration(toleration: dict[str, str], runs: bool) -> None:
    node = {"metadata": {"name": "n"}, "spec": {"taints": [TAINT]}}
    owner = {"spec": {"template": {"spec": {"tolerations": [toleration]}}}}
    assert daemonsetnodes.verdict(owner, node) == (runs, True)


def test_prefer_no_schedule_is_no_obstacle() -> None:
    node = {"metadata": {"name": "n"}, "spec": {"taints": [{**TAINT, "effect": "PreferNoSchedule"}]}}
    assert daemonsetnodes.verdict({"spec": {"template": {"spec": {}}}}, node) == (True, True)


def test_on_the_host_network_a_missing_network_is_tolerated() -> None:
    owner = {"spec": {"template": {"spec": {"hostNetwork": True}}}}
    assert daemonsetnodes.tolerations(owner)[-1]["key"] == "node.kubernetes.io/network-unavailable"


def pinned(*fields: dict[str, Any]) -> dict[str, Any]:
    required = {"nodeSelectorTerms": [{"matchFields": [field]} for field in fields]}
    return {"spec": {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}}


@pytest.mark.parametrize(("pod", "node"), [
    ({"spec": {"nodeName": "n", **pinned({"key": "metadata.name", "operator": "In", "values": ["m"]})["spec"]}}, "n"),
    (pinned({"key": "metadata.name", "operator": "In", "values": ["m"]}), "m"),
    (pinned({"key": "metadata.name", "operator": "NotIn", "values": ["m"]}, {"key": "metadata.name", "operator": "In", "values": ["n"]}), "n"),
    (pinned({"key": "metadata.name", "operator": "In", "values": ["m", "n"]}), ""),
    (pinned({"key": "metadata.name", "operator": "In"}), ""),
    (pinned({"key": "kubernetes.io/hostname", "operator": "In", "values": ["m"]}), ""),
    ({"spec": {"affinity": None}}, ""),
])  # fmt: skip
def test_the_node_that_a_pod_is_meant_for(pod: dict[str, Any], node: str) -> None:
    assert daemonsetnodes.node_of(pod) == node


def test_a_pod_is_available_once_it_has_been_ready_for_long_enough() -> None:
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    pod: dict[str, Any] = {"metadata": {"name": "p"}, "status": {"conditions": [ready]}}
    since = 1767225600.0
    assert [daemonsetnodes.is_available({"spec": {"minReadySeconds": 5}}, pod, since + late) for late in (4, 5)] == [False, True]
    assert daemonsetnodes.is_available({"spec": {}}, pod, since)
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert not daemonsetnodes.is_available({"spec": {}}, pod, since)
