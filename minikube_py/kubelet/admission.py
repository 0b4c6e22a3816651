"""Whether a node takes a pod that was assigned to it: a kubelet turns away for good what its node cannot run (pkg/kubelet/lifecycle, sysctl).

A scheduler that bound a pod has asked for what depends on the node and its other pods. Who wrote the node into the pod's spec has not.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from minikube_py.machinery import labelmatch, meta, podresources
from minikube_py.machinery.meta import Object

_OS_LABEL, _OS = "kubernetes.io/os", "linux"
_CRITICAL = 2_000_000_000  # from this priority on others would have to go instead
_SYSCTLS: Mapping[str, tuple[str, ...]] = {
    "ipc": ("kernel.shm_rmid_forced",),
    "net": ("net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
            "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
            "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
}  # fmt: skip
_SAFE = {name: space for space, names in _SYSCTLS.items() for name in names}
_OF_HOST = {"net": "hostNetwork", "ipc": "hostIPC"}
_AT_ONCE, _LONGEST = 20, 900.0  # pods of one owner that are turned away without a pause; seconds
FORGOTTEN = 2 * _LONGEST  # seconds after which an owner of which no pod came any more begins anew


class Rejection(NamedTuple):
    """Why a pod is turned away."""

    reason: str
    message: str


def rejection(pod: Object, node: Object, others: Callable[[], Iterable[Object]]) -> Rejection | None:
    """Return why a node does not take a pod of which its kubelet has said nothing yet; None where it does. `others` are the pods it has taken."""
    return _by_itself(pod, node) or _by_node(pod, node, others)


def pause(count: int) -> float:
    """Return the seconds until one more pod of an owner is turned away of which so many have been. In Kubernetes messages take that time."""
    return min(2.0 ** min(count - _AT_ONCE, 10), _LONGEST) if count >= _AT_ONCE else 0.0


def _by_itself(pod: Object, node: Object) -> Rejection | None:
    spec = pod["spec"]
    context = spec.get("securityContext") or {}
    if meta.labels(pod).get(_OS_LABEL, _OS) != _OS:
        return Rejection("PodOSSelectorNodeLabelDoesNotMatch", "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label")
    if (spec.get("os") or {}).get("name", _OS) != _OS:
        return Rejection("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS")
    features = (node.get("status") or {}).get("features") or {}
    if context.get("supplementalGroupsPolicy") == "Strict" and not features.get("supplementalGroupsPolicy"):
        return Rejection("SupplementalGroupsPolicyNotSupported", "SupplementalGroupsPolicy=Strict is not supported in this node")
    for setting in context.get("sysctls") or ():
        if problem := problem_of_sysctl(setting["name"], spec):
            return Rejection("SysctlForbidden", problem)
    return None


def problem_of_sysctl(name: str, spec: Mapping[str, Any]) -> str:
    """Return why a pod must not have a setting of the kernel; empty where it may."""
    space = _SAFE.get(name.replace("/", "."))
    if space is None:
        return f'forbidden sysctl: "{name}" not allowlisted'
    return f'forbidden sysctl: "{name}" not allowed with host {space} enabled' if spec.get(_OF_HOST[space]) else ""


def _by_node(pod: Object, node: Object, others: Callable[[], Iterable[Object]]) -> Rejection | None:
    scheduled = meta.condition(pod, "PodScheduled")
    if scheduled is not None and scheduled["status"] == "True":
        return None
    taken = [other for other in others() if meta.uid(other) != meta.uid(pod) and not meta.is_over(other) and (other.get("status") or {}).get("startTime")]
    if lack := _lack(pod, node, taken):
        return lack
    if not labelmatch.selects_node(pod, meta.labels(node), meta.name(node)):
        return _predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
    used = [port for other in taken for port in podresources.host_ports(other)]
    if used and podresources.conflict(podresources.host_ports(pod), used):
        return _predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports")
    taints = (node.get("spec") or {}).get("taints") or ()
    if any(taint["effect"] == "NoExecute" and not labelmatch.tolerates(pod["spec"].get("tolerations"), taint) for taint in taints):
        return _predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate")
    return None


def _predicate(name: str, text: str) -> Rejection:
    return Rejection(name, f"Predicate {name} failed: {text}")


def _lack(pod: Object, node: Object, taken: list[Object]) -> Rejection | None:
    """Return the first resource of which the node has not enough left."""
    if (pod["spec"].get("priority") or 0) >= _CRITICAL:
        return None
    status = node.get("status") or {}
    has = podresources.amounts(status.get("allocatable") or status.get("capacity"))
    wanted = {"pods": 1, **_requests(pod)}
    for name, amount in wanted.items():
        if not amount or name not in has:  # what a node does not know is the cluster's
            continue
        used = sum(1 if name == "pods" else _requests(other).get(name, 0) for other in taken)
        if used + amount > has[name]:
            text = f"Node didn't have enough resource: {name}, requested: {amount}, used: {used}, capacity: {has[name]}"
            return Rejection(f"OutOf{name}", text)
    return None


def _requests(pod: Object) -> dict[str, int]:
    asked = podresources.pod_requests(pod)
    return {"cpu": asked.cpu, "memory": asked.memory, "ephemeral-storage": asked.ephemeral, **(asked.scalars or {})}
