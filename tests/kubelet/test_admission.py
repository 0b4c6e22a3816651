"""What a kubelet turns away, and with which words."""

from typing import Any

import pytest

from minikube_py.kubelet import admission
from minikube_py.kubelet.admission import Rejection
from tests.controllers.world import World, template, workload

NODE = {"metadata": {"name": "n", "labels": {"disk": "ssd"}}, "spec": {},
        "status": {"allocatable": {"cpu": "4", "memory": "1Gi", "pods": "3", "example.com/gpu": "1"}}}  # fmt: skip


def pod(name: str = "web", *, cpu: str = "", limits: dict[str, str] | None = None, labels: dict[str, str] | None = None, port: int = 0, began: bool = True,
        **spec: Any) -> dict[str, Any]:  # fmt: skip
    container: dict[str, Any] = {"name": "c", "resources": {"requests": {**({"cpu": cpu} if cpu else {}), **(limits or {})}}}
    if port:
        container["ports"] = [{"hostPort": port, "containerPort": 1}]
    return {"metadata": {"name": name, "namespace": "default", "uid": name, "labels": labels or {}}, "spec": {"containers": [container], **spec},
            "status": {"phase": "Running", "startTime": "2025-01-01T00:00:00Z"} if began else {}}  # fmt: skip


@pytest.mark.parametrize(("rejected", "reason", "message"), [
    (pod(os={"name": "windows"}), "PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"),
    (pod(labels={"kubernetes.io/os": "windows"}), "PodOSSelectorNodeLabelDoesNotMatch",
     "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label"),
    (pod(securityContext={"supplementalGroupsPolicy": "Strict"}), "SupplementalGroupsPolicyNotSupported",
     "SupplementalGroupsPolicy=Strict is not supported in this node"),
    (pod(securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}), "SysctlForbidden", 'forbidden sysctl: "kernel.msgmax" not allowlisted'),
    (pod(hostNetwork=True, securityContext={"sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}), "SysctlForbidden",
     'forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled'),
    (pod(hostIPC=True, securityContext={"sysctls": [{"name": "kernel/shm_rmid_forced", "value": "1"}]}), "SysctlForbidden",
     'forbidden sysctl: "kernel/shm_rmid_forced" not allowed with host ipc enabled'),
    (pod(cpu="2500m"), "OutOfcpu", "Node didn't have enough resource: cpu, requested: 2500, used: 2000, capacity: 4000"),
    (pod(limits={"memory": "2Gi"}), "OutOfmemory", "Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824"),
    (pod(limits={"example.com/gpu": "2"}), "OutOfexample.com/gpu", "Node didn't have enough resource: example.com/gpu, requested: 2, used: 0, capacity: 1"),
    (pod(nodeSelector={"disk": "hdd"}), "NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"),
    (pod(port=80), "NodePorts", "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"),
])  # fmt: skip
def test_what_a_node_does_not_take(rejected: dict[str, Any], reason: str, message: str) -> None:
    others = [pod("one", cpu="2", port=80), pod("unseen", cpu="2", began=False), {**pod("over", cpu="4"), "status": {"phase": "Failed", "startTime": "x"}}]
    assert admission.rejection(rejected, NODE, lambda: others) == Rejection(reason, message)


def test_what_a_node_takes() -> None:
    others = [pod("one", cpu="2", port=80)]
    taken = (
        pod(cpu="2", nodeSelector={"disk": "ssd"}, os={"name": "linux"}), pod(limits={"example.com/fpga": "5"}), pod(cpu="9", priority=2000000000),
        pod(securityContext={"sysctls": [{"name": "kernel/shm_rmid_forced", "value": "1"}], "supplementalGroupsPolicy": "Merge"}),
    )  # fmt: skip
    assert [admission.rejection(each, NODE, lambda: others) for each in taken] == [None] * 4


def test_a_full_node_and_one_that_evicts() -> None:
    others = [pod("one"), pod("two"), pod("three")]
    assert admission.rejection(pod(), NODE, lambda: others) == Rejection(
        "OutOfpods", "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3")  # fmt: skip
    tainted = {**NODE, "spec": {"taints": [{"key": "k", "effect": "NoExecute"}]}}
    found = admission.rejection(pod(), tainted, list)
    assert found == Rejection("TaintToleration", "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate")
    assert admission.rejection(pod(tolerations=[{"operator": "Exists"}]), tainted, list) is None


def test_what_a_scheduler_has_bound_is_not_counted_again() -> None:
    bound = pod(cpu="100")
    bound["status"] = {"conditions": [{"type": "PodScheduled", "status": "True"}]}
    assert admission.rejection(bound, NODE, list) is None


def test_a_pod_that_is_turned_away_has_failed() -> None:
    world = World()
    spec = {**template()["spec"], "nodeName": "minikube", "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1000"}}}]}
    node = world.client.items("nodes")[0]["metadata"]["name"]
    turned = world.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big", "namespace": "default"}, "spec": {**spec, "nodeName": node}})
    message = turned["status"].pop("message")
    assert message.startswith("Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000, used: ")
    assert turned["status"] == {"qosClass": "Burstable", "phase": "Failed", "reason": "OutOfcpu", "startTime": "2025-10-09T09:00:00Z"}
    assert [(kind, reason) for kind, reason, _ in world.events(name="big")] == [("Warning", "OutOfcpu")]
    world.delete("pods", "big")
    assert world.client.find("pods", "big", "default") is None


def test_an_owner_whose_pods_are_turned_away_does_not_flood_the_cluster() -> None:
    world = World()
    strange = {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}
    world.apply(workload("ReplicaSet", replicas=2, pod=template(securityContext=strange)))

    def phases() -> list[int]:
        return [sum(1 for one in world.pods() if one["status"]["phase"] == phase) for phase in ("Failed", "Pending")]

    assert phases() == [20, 2]
    for seconds, failed in ((1.0, 21), (1.0, 21), (1.0, 22), (3600.0, 32)):
        world.later(seconds)
        assert phases() == [failed, 2]
    world.delete("replicasets.apps", "web")
    world.later(3600.0)
    world.apply(workload("ReplicaSet", replicas=2, pod=template(securityContext=strange)))
    kept = [name for name, _ in world.cluster.loop("kubelet").state.items("rejected/")]  # type: ignore[union-attr]
    assert kept == [f"rejected/{world.get('replicasets.apps', 'web')['metadata']['uid']}"]  # not the former one's
