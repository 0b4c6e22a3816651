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
_TODAY = dict(zip(_LABELS[2:], _LABELS[:2], strict=True))  # what beta labels are called now
_REFUSAL = unresolvable("node(s) had no available volume zone")


class VolumeZone(SchedulerPlugin):
    """Filters by the labels of bound volumes."""

    name = "VolumeZone"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return what changes about volumes and nodes' labels."""
        return [
            ClusterEvent("Node", ("Add", "UpdateLabel")),
            ClusterEvent("PersistentVolumeClaim", ("Add", "Update"), claims.concerns),
            ClusterEvent("PersistentVolume", ("Add", "Update")),
            ClusterEvent("StorageClass", ("Add",)),
        ]

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Refuse where a volume is missing; skip pods whose volumes carry no such label. VolumeBinding reports missing claims."""
        wanted = []
        for name, ephemeral in claims.names(pod):
            claim = None if ephemeral else self.handle.client.find("persistentvolumeclaims", name, meta.namespace(pod))
            volume_name = claim["spec"].get("volumeName") if claim is not None else ""
            if not volume_name:
                continue
            volume = self.handle.client.find("persistentvolumes", volume_name)
            if volume is None:
                return unresolvable(f'persistentvolume "{volume_name}" not found')
            labels = meta.labels(volume)
            wanted += [(key, set(labels[key].split("__"))) for key in _LABELS if key in labels]
        state.data[self.name] = wanted
        return None if wanted else SKIPPED

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes elsewhere; nodes that carry no such label at all are taken for a cluster of one zone."""
        zoned = [node for node in nodes if any(key in node.labels for key in _LABELS)]
        wanted = state.data[self.name]
        return {node.name: _REFUSAL for node in zoned if any(_place(node, key) not in zones for key, zones in wanted)}


def _place(node: NodeInfo, key: str) -> str | None:
    """Return the node's zone or region; a volume's beta label is met by what it is called today."""
    return node.labels.get(key, node.labels.get(_TODAY.get(key, key)))
