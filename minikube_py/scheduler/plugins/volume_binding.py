"""VolumeBinding: a pod's volumes reach its node; claims that wait for a consumer are bound or provisioned where the pod goes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import SKIPPED, WAIT, ClusterEvent, CycleState, SchedulerPlugin, Status, unresolvable
from minikube_py.scheduler.nodeinfo import NodeInfo
from minikube_py.scheduler.plugins import claims

_NO_VOLUME = "node(s) didn't find available persistent volumes to bind"
_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
_MISSING = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
_TIMEOUT = 600.0  # VolumeBindingArgs.bindTimeoutSeconds


class Volumes(NamedTuple):
    """The pod's claims: bound ones each with its volume (None: missing), unbound ones each with its class."""

    bound: list[tuple[Object, Object | None]]
    delayed: list[tuple[Object, Object]]
    free: list[Object]  # volumes that may be bound, the smallest first


class VolumeBinding(SchedulerPlugin):
    """Filters by volumes, and binds in PreBind."""

    name = "VolumeBinding"

    def events_to_register(self) -> list[ClusterEvent]:
        """Return what changes about claims, volumes, classes and nodes."""
        return [
            ClusterEvent("StorageClass", ("Add", "Update"), self._class_helps),
            ClusterEvent("PersistentVolumeClaim", ("Add", "Update"), claims.concerns),
            ClusterEvent("PersistentVolume", ("Add", "Update")),
            ClusterEvent("Node", ("Add", "UpdateLabel")),
        ]

    @staticmethod
    def _class_helps(pod: Object, old: Object | None, new: Object | None) -> bool:
        return old is None or old.get("allowedTopologies") != (new or {}).get("allowedTopologies")

    def pre_filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Status | None:
        """Skip pods without claims; refuse where claims are missing, or unbound though they should be bound at once."""
        wanted = list(claims.names(pod))
        if not wanted:
            return SKIPPED
        found = []
        for name, ephemeral in wanted:
            claim = self.handle.client.find("persistentvolumeclaims", name, meta.namespace(pod))
            problem = _problem(pod, claim, name, ephemeral)
            if problem or claim is None:
                return unresolvable(problem)
            found.append(claim)
        volumes = self._sort(found)
        if volumes is None:
            return unresolvable("pod has unbound immediate PersistentVolumeClaims")
        state.data[self.name] = volumes
        return None

    def _sort(self, found: list[Object]) -> Volumes | None:
        client = self.handle.client
        volumes = Volumes([], [], [])
        for claim in found:
            if claims.is_bound(claim):
                volumes.bound.append((claim, client.find("persistentvolumes", claim["spec"]["volumeName"])))
                continue
            kind = claims.storage_class(client, claim)
            if kind is None or claim["spec"].get("volumeName") or not claims.waits_for_consumer(kind):
                return None
            volumes.delayed.append((claim, kind))
        if volumes.delayed:
            everything = client.items("persistentvolumes")
            volumes.free.extend(sorted(everything, key=lambda volume: (claims.size(volume["spec"].get("capacity")), meta.name(volume))))
        return volumes

    def filter(self, state: CycleState, pod: Object, nodes: Sequence[NodeInfo]) -> Mapping[str, Status]:
        """Refuse nodes that a volume does not reach, or where none can be had."""
        volumes: Volumes = state.data[self.name]
        refused = {}
        for node in nodes:
            reasons = _reasons(volumes, node)
            if reasons:
                refused[node.name] = unresolvable(*reasons)
        return refused

    def pre_bind(self, state: CycleState, pod: Object, node_name: str) -> Status | None:
        """Ask for the volumes of claims that wait for this pod, and wait until they are bound."""
        volumes: Volumes | None = state.data.get(self.name)
        if volumes is None or not volumes.delayed:
            return None
        node = self.handle.snapshot.get(node_name)
        if node is None:
            return unresolvable(f'node "{node_name}" not found')
        chosen = _choose(volumes, node)
        for claim, _ in volumes.delayed:
            volume = (chosen or {}).get(meta.uid(claim))
            if volume is not None:
                self._reserve(volume, claim)
            elif meta.annotations(claim).get(claims.SELECTED_NODE) != node_name:
                body = {"metadata": {"annotations": {claims.SELECTED_NODE: node_name}}}
                self.handle.client.patch("persistentvolumeclaims", meta.name(claim), meta.namespace(claim), body)
        return self._all_bound(volumes)

    def _all_bound(self, volumes: Volumes) -> Status | None:
        for claim, _ in volumes.delayed:
            current = self.handle.client.find("persistentvolumeclaims", meta.name(claim), meta.namespace(claim))
            if current is None:
                return unresolvable(f'persistentvolumeclaim "{meta.name(claim)}" not found')
            if not claims.is_bound(current):
                return Status(WAIT, timeout=float(self.args.get("bindTimeoutSeconds") or _TIMEOUT))
        return None

    def _reserve(self, volume: Object, claim: Object) -> None:
        if volume["spec"].get("claimRef", {}).get("uid") == meta.uid(claim):
            return
        reference = meta.object_reference({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim})
        metadata = {"annotations": {"pv.kubernetes.io/bound-by-controller": "yes"}}
        # Guarded: another claim may have taken the volume since it was listed.
        body = {"metadata": metadata | {"resourceVersion": volume["metadata"].get("resourceVersion")}, "spec": {"claimRef": reference}}
        self.handle.client.patch("persistentvolumes", meta.name(volume), "", body)


def _problem(pod: Object, claim: Object | None, name: str, ephemeral: bool) -> str:
    if claim is None:
        if ephemeral:
            return f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
        return f'persistentvolumeclaim "{name}" not found'
    if meta.phase(claim) == "Lost":
        return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{claim["spec"].get("volumeName", "")}"'
    if meta.is_deleting(claim):
        return f'persistentvolumeclaim "{name}" is being deleted'
    if ephemeral and not meta.is_controlled_by(claim, pod):
        return f"PVC {meta.namespace(claim)}/{name} was not created for pod {meta.key(pod)} (pod is not owner)"
    return ""


def _reasons(volumes: Volumes, node: NodeInfo) -> list[str]:
    reasons = []
    if any(volume is not None and not claims.reaches(volume, node.labels) for _, volume in volumes.bound):
        reasons.append(_CONFLICT)
    if volumes.delayed and _choose(volumes, node) is None:
        reasons.append(_NO_VOLUME)
    if any(volume is None for _, volume in volumes.bound):
        reasons.append(_MISSING)
    return reasons


def _choose(volumes: Volumes, node: NodeInfo) -> dict[str, Any] | None:
    """Return the existing volume for each unbound claim's uid, where it needs no provisioning; None where the node won't do."""
    chosen: dict[str, Any] = {}
    taken: set[str] = set()
    selected = [meta.annotations(claim).get(claims.SELECTED_NODE) for claim, _ in volumes.delayed]
    if any(name and name != node.name for name in selected):
        return None
    for claim, kind in sorted(volumes.delayed, key=lambda pair: claims.wanted_size(pair[0])):
        # One that a node is selected for already is left to its provisioner.
        volume = None if meta.annotations(claim).get(claims.SELECTED_NODE) else _smallest(volumes.free, claim, node, taken)
        if volume is not None:
            chosen[meta.uid(claim)] = volume
            taken.add(meta.name(volume))
        elif (kind.get("provisioner") or claims.NO_PROVISIONER) == claims.NO_PROVISIONER or not claims.topology_allows(kind, node.labels):
            return None
    return chosen


def _smallest(free: list[Object], claim: Object, node: NodeInfo, taken: set[str]) -> Object | None:
    """Return the volume reserved for a claim, or else the smallest that can serve it on a node."""
    able = [volume for volume in free if meta.name(volume) not in taken and claims.can_serve(volume, claim)]
    reserved = [volume for volume in able if claims.is_reserved(volume, claim)]
    # Where one is reserved no other will do.
    return next((volume for volume in reserved[:1] or able if claims.reaches(volume, node.labels)), None)
