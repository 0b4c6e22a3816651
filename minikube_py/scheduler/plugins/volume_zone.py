"""VolumeZone: volumes that carry zone or region labels are used in that zone or region."""

from collections.abc import Mapping, Sequence

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import SKIPPED, ClusterEvent, CycleState, SchedulerPlugin, Status, unresolvable
from minikube_py.scheduler.nodeinfo import NodeInfo
from minikube_py.scheduler.plugins import claims

_LABELS = (
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
)
_REFUSAL = unresolvable("node(s) had no available volume zone")


class VolumeZone(SchedulerPlugin):
    """Filters by the labels of bound volumes."""

    name = "VolumeZone"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return what changes about volumes and nodes' labels."""
        return [
            ClusterEvent("Node", ("Add", "UpdateLabel")),
            ClusterEvent("PersistentVolumeClaim", ("Add", "Update")),
            ClusterEvent("PersistentVolume", ("Add", "Update")),
            ClusterEvent("StorageClass", ("Add",)),
        ]

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip pods whose volumes carry no such label; VolumeBinding reports missing claims."""
        wanted = []
        for name, _ in claims.names(pod):
            claim = self.handle.client.find("persistentvolumeclaims", name, meta.namespace(pod))
            volume_name = claim["spec"].get("volumeName") if claim is not None else ""
            volume = self.handle.client.find("persistentvolumes", volume_name) if volume_name else None
            if volume is not None:
                labels = meta.labels(volume)
                wanted += [(key, set(labels[key].split("__"))) for key in _LABELS if key in labels]
        state.data[self.name] = wanted
        return None if wanted else SKIPPED

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes elsewhere; nodes that carry no such label at all are taken for a cluster of one zone."""
        zoned = [node for node in nodes if any(key in node.labels for key in _LABELS)]
        wanted = state.data[self.name]
        return {node.name: _REFUSAL for node in zoned if any(node.labels.get(key) not in zones for key, zones in wanted)}
