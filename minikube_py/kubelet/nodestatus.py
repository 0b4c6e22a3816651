"""What a kubelet reports of its node: capacity, conditions, addresses, system info."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py import KUBERNETES_VERSION
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

MAX_PODS = 110  # the kubelet's default
_HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}


class Machine(NamedTuple):
    """What pods run on: the runtime by name and version, and what it knows of the machine's size and system."""

    runtime: str
    capacity: Mapping[str, str] = {}
    system: Mapping[str, str] = {}


def status(node: Object, address: str, machine: Machine, now: float, down: str = "") -> dict[str, Any]:
    """Return a node's whole status. `down` tells why its runtime does not answer."""
    capacity = {**_capacity(), **machine.capacity}
    former = node.get("status") or {}
    return {
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": meta.name(node)}],
        "allocatable": dict(capacity),
        "capacity": dict(capacity),
        "conditions": [_condition(node, *shown, now) for shown in (*_HEALTHY[:-1], _not_ready(down) if down else _HEALTHY[-1])],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "images": former.get("images") or [],
        "nodeInfo": {**_node_info(meta.name(node), machine.runtime), **machine.system},
    }


def _condition(node: Object, kind: str, truth: str, reason: str, message: str, now: float) -> dict[str, Any]:
    former = meta.condition(node, kind)
    since = former["lastTransitionTime"] if former is not None and former["status"] == truth else rfc3339(now)
    return {"type": kind, "status": truth, "lastHeartbeatTime": rfc3339(now), "lastTransitionTime": since, "reason": reason, "message": message}


def _not_ready(why: str) -> tuple[str, str, str, str]:
    return "Ready", "False", "KubeletNotReady", f"container runtime is down: {why}"


def _capacity() -> dict[str, str]:
    """Return this machine's size, as each node of the cluster shows it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    disk = os.statvfs("/")
    return {
        "cpu": str(os.cpu_count() or 1),
        "ephemeral-storage": f"{disk.f_blocks * disk.f_frsize // 1024}Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{memory // 1024}Ki",
        "pods": str(MAX_PODS),
    }


def _node_info(name: str, runtime: str) -> dict[str, Any]:
    system = os.uname()
    return {
        "architecture": ARCHITECTURES.get(system.machine, system.machine),
        "bootID": _read("/proc/sys/kernel/random/boot_id"),
        "containerRuntimeVersion": runtime,
        "kernelVersion": system.release,
        "kubeProxyVersion": "",
        "kubeletVersion": KUBERNETES_VERSION,
        "machineID": _read("/etc/machine-id"),
        "operatingSystem": "linux",
        "osImage": _os_image(),
        "systemUUID": _uuid(name),
    }


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def _os_image() -> str:
    import platform

    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _uuid(name: str) -> str:
    import uuid

    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{os.uname().nodename}"))


def internal_ip(node: Object) -> str:
    """Return a node's internal address."""
    addresses: Sequence[Mapping[str, str]] = (node.get("status") or {}).get("addresses") or ()
    return next((entry["address"] for entry in addresses if entry["type"] == "InternalIP"), "")


def memory(node: Object) -> int:
    """Return the bytes of memory that a node has, 0 where it does not say."""
    from minikube_py.machinery import quantity

    amount = ((node.get("status") or {}).get("capacity") or {}).get("memory")
    return quantity.parse(amount).value() if amount else 0
