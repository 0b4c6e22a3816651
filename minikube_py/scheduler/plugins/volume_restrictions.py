"""VolumeRestrictions: a claim of access mode ReadWriteOncePod serves one pod."""

from collections.abc import Mapping, Sequence

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import nodeinfo
from minikube_py.scheduler.framework import SKIPPED, ClusterEvent, CycleState, SchedulerPlugin, Status, unresolvable, unschedulable
from minikube_py.scheduler.nodeinfo import NodeInfo
from minikube_py.scheduler.plugins import claims

_REFUSAL = unschedulable("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode")


class VolumeRestrictions(SchedulerPlugin):
    """Refuses all nodes while another pod has the claim."""

    name = "VolumeRestrictions"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return the end of a pod that uses the same claim, and changes of claims."""
        return [
            ClusterEvent("AssignedPod", ("Delete",), self._freed),
            ClusterEvent("PersistentVolumeClaim", ("Add", "Update"), claims.concerns),
        ]

    @staticmethod
    def _freed(pod: Object, old: Object | None, new: Object | None) -> bool:
        if old is None or meta.namespace(old) != meta.namespace(pod):
            return False
        return any(claims.uses(old, name) for name, _ in claims.names(pod))

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Refuse where a claim is missing; skip pods without a claim of that mode in use."""
        namespace = meta.namespace(pod)
        exclusive = []
        for name, ephemeral in claims.names(pod):
            claim = None if ephemeral else self.handle.client.find("persistentvolumeclaims", name, namespace)
            if claim is None and not ephemeral:
                return unresolvable(f'persistentvolumeclaim "{name}" not found')
            if claim is not None and "ReadWriteOncePod" in (claim["spec"].get("accessModes") or ()):
                exclusive.append(name)
        if not exclusive:
            return SKIPPED
        for other in self.handle.client.items("pods", namespace):
            if not nodeinfo.node_name(other) or meta.is_over(other) or meta.uid(other) in {state.pod_info.uid, *state.removed}:
                continue
            if any(claims.uses(other, name) for name in exclusive):
                return None
        return SKIPPED

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse: PreFilter found the claim in use."""
        return dict.fromkeys((node.name for node in nodes), _REFUSAL)
