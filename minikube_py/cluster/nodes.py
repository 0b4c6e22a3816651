"""The Node objects of a new cluster. Their status is the kubelets' affair."""

import platform
from typing import Any

from minikube_py.cluster.cluster import ENGINES, Settings

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
_BLOCKS = (*range(244, 256), *range(128, 244))  # of 10.0.0.0/8: where pods' networks are, a /16 each


def architecture() -> str:
    """Return this machine's architecture in Go's spelling."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


def node(name: str, number: int, settings: Settings) -> dict[str, Any]:
    """Return the Node that a kubelet registers; the first ones are the control plane."""
    labels = {
        "beta.kubernetes.io/arch": architecture(), "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": architecture(), "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
    }  # fmt: skip
    if number <= settings.control_planes:
        labels |= {"node-role.kubernetes.io/control-plane": "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"}},
        "spec": {"podCIDR": pod_cidr(number, settings), "podCIDRs": [pod_cidr(number, settings)]},
    }  # fmt: skip


def node_address(number: int) -> str:
    """Return the address of the node of this number (from 1) on minikube's network: 192.168.49.2 and its successors."""
    index = number + 1
    return f"192.168.{49 + index // 256}.{index % 256}"


def pod_cidr(number: int, settings: Settings) -> str:
    """Return the pod network of the node of this number (from 1): the /24s from 10.244.0.0 on, then those from 10.128.0.0 on.

    A cluster on an engine has no more than those in its range. ValueError: there is none of this number.
    """
    first, second, _ = settings.pod_range.split(".", 2)
    blocks = (int(second),) if settings.runtime in ENGINES else _BLOCKS
    block, third = divmod(number - 1, 256)
    if block >= len(blocks):
        raise ValueError(f"no pod network is left for node {number}")
    return f"{first}.{blocks[block]}.{third}.0/24"
