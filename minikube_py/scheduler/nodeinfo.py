"""A pod and a node as the scheduler counts them."""

from typing import Any

from minikube_py.machinery import podresources
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import terms

# A pod's share of a node, as kept in the loop's state: a JSON list in this order.
KEY, CPU, MEMORY, EPHEMERAL, NZ_CPU, NZ_MEMORY, PRIORITY, SCALARS, PORTS, AFFINITY = range(10)
Share = list[Any]


class PodInfo:
    """A pod with what plugins look at again and again, worked out once."""

    __slots__ = ("pod", "uid", "namespace", "name", "key", "labels", "priority", "requests", "ports", "terms")

    def __init__(self, pod: Object) -> None:
        metadata, spec = pod["metadata"], pod["spec"]
        self.pod = pod
        self.uid: str = metadata.get("uid", "")
        self.namespace: str = metadata.get("namespace", "")
        self.name: str = metadata["name"]
        self.key = f"{self.namespace}/{self.name}"
        self.labels: dict[str, str] = metadata.get("labels") or {}
        self.priority: int = spec.get("priority") or 0
        self.requests = podresources.pod_requests(pod)
        self.ports = podresources.host_ports(pod)
        self.terms = terms.of_pod(pod)

    def share(self) -> Share:
        """Return what the pod adds to its node."""
        cpu, memory, ephemeral, nz_cpu, nz_memory, scalars = self.requests
        kept = [list(kind) for kind in self.terms] if any(self.terms) else 0
        ports = [list(port) for port in self.ports]
        return [self.key, cpu, memory, ephemeral, nz_cpu, nz_memory, self.priority, scalars or 0, ports or 0, kept]


class NodeInfo:
    """One node: what it has (`alloc_`), what its pods ask for, and its labels and taints.

    CPU is in thousandths, memory and ephemeral storage in bytes. `nz_` counts defaults for containers that ask for nothing.
    `affine` holds, by uid, the four lists of terms.of_pod of the pods that have terms towards other pods.
    """

    __slots__ = ("node", "name", "labels", "taints", "unschedulable", "alloc_cpu", "alloc_memory", "alloc_ephemeral", "alloc_pods",
                 "alloc_scalars", "cpu", "memory", "ephemeral", "scalars", "nz_cpu", "nz_memory", "pod_count", "ports", "priorities",
                 "affine", "images")  # fmt: skip

    def __init__(self, name: str, node: Object | None = None) -> None:
        self.name = name
        self.cpu = self.memory = self.ephemeral = self.nz_cpu = self.nz_memory = self.pod_count = 0
        self.scalars: dict[str, int] = {}
        self.ports: list[list[Any]] = []
        self.priorities: dict[int, int] = {}
        self.affine: dict[str, list[Any]] = {}
        self.set_node(node)

    def set_node(self, node: Object | None) -> None:
        """Take over a node object; None where pods name a node that is not there."""
        self.node: Object = node or {}
        self.labels: dict[str, str] = (self.node.get("metadata") or {}).get("labels") or {}
        spec, status = self.node.get("spec") or {}, self.node.get("status") or {}
        self.taints: list[dict[str, Any]] = spec.get("taints") or []
        self.unschedulable: bool = bool(spec.get("unschedulable"))
        has = podresources.amounts(status.get("allocatable") or status.get("capacity"))
        self.alloc_cpu = has.pop("cpu", 0)
        self.alloc_memory = has.pop("memory", 0)
        self.alloc_ephemeral = has.pop("ephemeral-storage", 0)
        self.alloc_pods = has.pop("pods", 0)
        self.alloc_scalars = has
        self.images: dict[str, int] = {
            name: image.get("sizeBytes", 0) for image in status.get("images") or () for name in image.get("names") or ()
        }

    def add(self, uid: str, share: Share) -> None:
        """Count a pod in."""
        self._count(share, 1)
        self.priorities[share[PRIORITY]] = self.priorities.get(share[PRIORITY], 0) + 1
        if share[PORTS]:
            self.ports = self.ports + share[PORTS]
        if share[AFFINITY]:
            self.affine = self.affine | {uid: share[AFFINITY]}

    def remove(self, uid: str, share: Share) -> None:
        """Count a pod out."""
        self._count(share, -1)
        left = self.priorities.get(share[PRIORITY], 0) - 1
        if left > 0:
            self.priorities[share[PRIORITY]] = left
        else:
            self.priorities.pop(share[PRIORITY], None)
        if share[PORTS]:
            self.ports = list(self.ports)
            for port in share[PORTS]:
                self.ports.remove(port)
        if share[AFFINITY]:
            self.affine = {other: kept for other, kept in self.affine.items() if other != uid}

    def _count(self, share: Share, sign: int) -> None:
        self.cpu += sign * share[CPU]
        self.memory += sign * share[MEMORY]
        self.ephemeral += sign * share[EPHEMERAL]
        self.nz_cpu += sign * share[NZ_CPU]
        self.nz_memory += sign * share[NZ_MEMORY]
        self.pod_count += sign
        if share[SCALARS]:
            self.scalars = dict(self.scalars)
            for name, amount in share[SCALARS].items():
                self.scalars[name] = self.scalars.get(name, 0) + sign * amount

    def clone(self) -> "NodeInfo":
        """Return a copy to count in or out what might be."""
        copy = NodeInfo.__new__(NodeInfo)
        for slot in NodeInfo.__slots__:
            setattr(copy, slot, getattr(self, slot))
        copy.priorities = dict(self.priorities)
        return copy

    def record(self) -> dict[str, Any]:
        """Return the node as JSON for the loop's state."""
        sums = [self.cpu, self.memory, self.ephemeral, self.nz_cpu, self.nz_memory, self.pod_count]
        return {"node": self.node, "sums": sums, "scalars": self.scalars, "ports": self.ports, "affine": self.affine,
                "priorities": list(self.priorities.items())}  # fmt: skip

    @classmethod
    def from_record(cls, name: str, record: dict[str, Any]) -> "NodeInfo":
        """Return the node that record() wrote."""
        info = cls(name, record["node"] or None)
        info.cpu, info.memory, info.ephemeral, info.nz_cpu, info.nz_memory, info.pod_count = record["sums"]
        info.scalars, info.ports, info.affine = record["scalars"], record["ports"], record["affine"]
        info.priorities = dict(record["priorities"])
        return info


def trimmed(node: Object) -> Object:
    """Return what scheduling needs of a node: not its heartbeats, so that these change nothing here."""
    metadata, status = node["metadata"], node.get("status") or {}
    kept = {field: metadata[field] for field in ("name", "uid", "labels", "annotations") if metadata.get(field)}
    said = {field: status[field] for field in ("allocatable", "capacity", "images") if status.get(field)}
    return {"apiVersion": "v1", "kind": "Node", "metadata": kept, "spec": node.get("spec") or {}, "status": said}


def node_name(pod: Object) -> str:
    """Return the node that the pod is bound to, or the empty string."""
    return pod["spec"].get("nodeName") or ""
