"""Binds claims to volumes, and sees to volumes whose claim is gone (pkg/controller/volume/persistentvolume)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.controllers import volumematch
from minikube_py.controllers.volumematch import BIND_COMPLETED, BOUND_BY_CONTROLLER, PROVISIONED_BY, SELECTED_NODE
from minikube_py.machinery import errors, meta, persistentvolumes
from minikube_py.machinery.meta import Object

CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
_IN_TREE = "kubernetes.io/"
_PENDING = "pending/"
_TMP = "/tmp/"  # the only place that the in-tree host path plugin deletes from


class PersistentVolumeBinder(Loop):
    """Keys are namespace/name of a claim, and names of volumes."""

    name = "persistent-volume-binder"
    user = "system:serviceaccount:kube-system:persistent-volume-binder"
    component = "persistentvolume-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._free: dict[str, Object] | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which claim or volume."""
        return {CLAIMS: self._claim_changed, VOLUMES: self._volume_changed, CLASSES: self._class_changed}

    @staticmethod
    def _claim_changed(change: Change) -> Iterable[str]:
        volume = change.object["spec"].get("volumeName")
        return [*object_key(change), *([volume] if volume else [])]

    def _volume_changed(self, change: Change) -> Iterable[str]:
        volume = change.object
        self._note_free(volume, gone=change.type == "DELETED")
        reference = volume["spec"].get("claimRef")
        if reference:
            return [meta.name(volume), f"{reference.get('namespace')}/{reference.get('name')}"]
        if volumematch.phase(volume) == "Available":
            return [meta.name(volume), *self._pending()]
        return [meta.name(volume)]

    def _class_changed(self, change: Change) -> Iterable[str]:
        return self._pending() if change.type != "DELETED" else ()

    def _pending(self) -> list[str]:
        return [key.removeprefix(_PENDING) for key, _ in self.state.items(_PENDING)]

    def _note_pending(self, claim_key: str, pending: bool) -> None:
        if pending != (self.state.get(_PENDING + claim_key) is not None):
            if pending:
                self.state.put(_PENDING + claim_key, 1)
            else:
                self.state.delete(_PENDING + claim_key)

    def _note_free(self, volume: Object, *, gone: bool) -> None:
        if self._free is None:
            return
        if gone or not volumematch.free(volume):
            self._free.pop(meta.name(volume), None)
        else:
            self._free[meta.name(volume)] = volume

    def _free_volumes(self) -> dict[str, Object]:
        """Return the volumes that may still be bound; all are read once, then kept by changes."""
        if self._free is None:
            self._free = {meta.name(volume): volume for volume in self.client.items(VOLUMES) if volumematch.free(volume)}
        return self._free

    def reconcile(self, key: str) -> float | None:
        """Look at one claim or one volume."""
        if "/" not in key:
            volume = self.client.find(VOLUMES, key)
            if volume is not None:
                self._sync_volume(volume)
            return None
        space, name = meta.split_key(key)
        claim = self.client.find(CLAIMS, name, space)
        if claim is None:
            self._note_pending(key, False)
            return None
        if BIND_COMPLETED in meta.annotations(claim):
            self._sync_bound(claim)
        elif not meta.is_deleting(claim):
            self._sync_unbound(claim)
        return None

    def _sync_bound(self, claim: Object) -> None:
        """See that a claim that was bound still is."""
        self._note_pending(meta.key(claim), False)
        name = claim["spec"].get("volumeName")
        volume = self.client.find(VOLUMES, name) if name else None
        if not name:
            self._lose(claim, "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!")
        elif volume is None:
            self._lose(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
        elif not volume["spec"].get("claimRef") or volumematch.is_for(volume, claim):
            self._bind(volume, claim)
        else:
            self._lose(claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")

    def _lose(self, claim: Object, reason: str, message: str) -> None:
        if volumematch.phase(claim) == "Lost":
            return
        self.client.update_status({**claim, "status": {"phase": "Lost"}})
        self.recorder.event(claim, "Warning", reason, message)

    def _sync_unbound(self, claim: Object) -> None:
        claim = self._with_default_class(claim)
        name = claim["spec"].get("volumeName")
        if name:
            self._bind_named(claim, name)
            return
        kind = self._class(claim)
        delayed = volumematch.waits_for_consumer(kind) and SELECTED_NODE not in meta.annotations(claim)
        found = volumematch.best(self._free_volumes().values(), claim, reserved_only=delayed)
        current = self.client.find(VOLUMES, meta.name(found)) if found is not None else None
        if current is not None and volumematch.best([current], claim, reserved_only=delayed) is not None:
            self._bind(current, claim)
            return
        self._note_pending(meta.key(claim), True)
        if delayed:
            self._tell_who_is_waited_for(claim)
        elif persistentvolumes.class_of(claim):
            self._ask_provisioner(claim, kind)
        else:
            text = "no persistent volumes available for this claim and no storage class is set"
            self.recorder.event(claim, "Normal", "FailedBinding", text)

    def _class(self, claim: Object) -> Object | None:
        name = persistentvolumes.class_of(claim)
        return self.client.find(CLASSES, name) if name else None

    def _with_default_class(self, claim: Object) -> Object:
        """Give a claim that names no class the default one, where there is one meanwhile."""
        if claim["spec"].get("storageClassName") is not None or persistentvolumes.class_of(claim):
            return claim
        name = persistentvolumes.default_class(self.client.items(CLASSES))
        return claim if name is None else self.client.update({**claim, "spec": {**claim["spec"], "storageClassName": name}})

    def _bind_named(self, claim: Object, name: str) -> None:
        """Bind a claim to the volume that its creator named."""
        volume = self.client.find(VOLUMES, name)
        if volume is None:
            self._note_pending(meta.key(claim), True)
            return
        if volumematch.is_for(volume, claim):
            self._bind(volume, claim)
            return
        self._note_pending(meta.key(claim), True)
        if volume["spec"].get("claimRef"):
            self.recorder.event(claim, "Warning", "FailedBinding", f'volume "{name}" already bound to a different claim.')
            return
        problem = volumematch.mismatch(volume, claim)
        if problem:
            self.recorder.event(claim, "Warning", "VolumeMismatch", f'Cannot bind to requested volume "{name}": {problem}')
        else:
            self._bind(volume, claim)

    def _tell_who_is_waited_for(self, claim: Object) -> None:
        waiting = [meta.name(pod) for pod in self.client.items("pods", meta.namespace(claim), index=("node", "")) if _uses(pod, meta.name(claim))]
        if not waiting:
            self._tell(claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
        elif len(waiting) == 1:
            self._tell(claim, "WaitForPodScheduled", f"waiting for pod {waiting[0]} to be scheduled")
        else:
            self._tell(claim, "WaitForPodScheduled", f"waiting for pods {','.join(waiting)} to be scheduled")

    def _tell(self, claim: Object, reason: str, message: str) -> None:
        self.recorder.event(claim, "Normal", reason, message)

    def _ask_provisioner(self, claim: Object, kind: Object | None) -> None:
        """Leave the claim to the provisioner of its class: it watches for the annotation."""
        if kind is None:
            text = f'storageclass.storage.k8s.io "{persistentvolumes.class_of(claim)}" not found'
            self.recorder.event(claim, "Warning", "ProvisioningFailed", text)
            return
        provisioner: str = volumematch.MIGRATED.get(kind["provisioner"]) or kind["provisioner"]
        if provisioner.startswith(_IN_TREE):
            self.recorder.event(claim, "Warning", "ProvisioningFailed", f"no volume plugin matched name: {provisioner}")
            return
        notes = {volumematch.BETA_PROVISIONER: provisioner, volumematch.PROVISIONER: provisioner}
        if not notes.items() <= meta.annotations(claim).items():
            metadata = {**claim["metadata"], "annotations": {**meta.annotations(claim), **notes}}
            claim = self.client.update({**claim, "metadata": metadata})
            text = (f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. "
                    "If volume creation is delayed, please verify that the provisioner is running and correctly registered.")  # fmt: skip
            self._tell(claim, "ExternalProvisioning", text)

    def _bind(self, volume: Object, claim: Object) -> None:
        """Write all that a binding is: reference and phase of the volume, then name, annotations and status of the claim."""
        volume = self._bind_volume(volume, claim)
        self._set_phase(volume, "Bound")
        claim = self._bind_claim(volume, claim)
        status = {"accessModes": volume["spec"].get("accessModes"), "capacity": volume["spec"].get("capacity"), "phase": "Bound"}
        former = claim.get("status") or {}
        if former.get("phase") == "Bound" and former.get("capacity") == status["capacity"] and former.get("accessModes") == status["accessModes"]:
            return
        self.client.update_status({**claim, "status": {**former, **status}})
        self._note_pending(meta.key(claim), False)

    def _bind_volume(self, volume: Object, claim: Object) -> Object:
        reference = volume["spec"].get("claimRef")
        if reference and reference.get("uid"):
            return volume
        metadata = volume["metadata"]
        if not reference:
            metadata = {**metadata, "annotations": {**meta.annotations(volume), BOUND_BY_CONTROLLER: "yes"}}
        return self.client.update({**volume, "metadata": metadata, "spec": {**volume["spec"], "claimRef": volumematch.reference_to(claim)}})

    def _bind_claim(self, volume: Object, claim: Object) -> Object:
        notes = {**meta.annotations(claim), BIND_COMPLETED: "yes"}
        if claim["spec"].get("volumeName") != meta.name(volume):
            notes[BOUND_BY_CONTROLLER] = "yes"
        elif BIND_COMPLETED in meta.annotations(claim):
            return claim
        spec = {**claim["spec"], "volumeName": meta.name(volume)}
        return self.client.update({**claim, "metadata": {**claim["metadata"], "annotations": notes}, "spec": spec})

    def _set_phase(self, volume: Object, phase: str, message: str = "") -> Object:
        if volumematch.phase(volume) == phase and volume.get("status"):
            return volume
        status = {field: value for field, value in (volume.get("status") or {}).items() if field not in ("message", "reason")}
        return self.client.update_status({**volume, "status": {**status, "phase": phase, **({"message": message} if message else {})}})

    def _sync_volume(self, volume: Object) -> None:
        reference = volume["spec"].get("claimRef")
        if not reference or not reference.get("uid"):
            self._set_phase(volume, "Available")
            return
        space = reference.get("namespace", "")
        claim = self.client.find(CLAIMS, reference.get("name", ""), space) if space else None
        if claim is None or meta.uid(claim) != reference["uid"]:
            self._release(volume)
        elif claim["spec"].get("volumeName") == meta.name(volume):
            self._set_phase(volume, "Bound")
        elif claim["spec"].get("volumeName"):
            self._unbind(volume)

    def _unbind(self, volume: Object) -> None:
        """Take back a binding that lost a race: the claim has another volume."""
        if PROVISIONED_BY in meta.annotations(volume) and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self._release(volume)
            return
        spec, notes = dict(volume["spec"]), dict(meta.annotations(volume))
        if notes.pop(BOUND_BY_CONTROLLER, None) is not None:
            del spec["claimRef"]
        else:
            spec["claimRef"] = {field: value for field, value in spec["claimRef"].items() if field not in ("uid", "resourceVersion")}
        volume = self.client.update({**volume, "metadata": {**volume["metadata"], "annotations": notes}, "spec": spec})
        self._set_phase(volume, "Available")

    def _release(self, volume: Object) -> None:
        if volumematch.phase(volume) not in ("Released", "Failed"):
            volume = self._set_phase(volume, "Released")
        policy = volume["spec"].get("persistentVolumeReclaimPolicy")
        if policy == "Recycle":
            self._fail(volume, "VolumeFailedRecycle", "No recycler plugin found for the volume!")
        elif policy == "Delete" and not meta.is_deleting(volume):
            self._delete(volume)

    def _delete(self, volume: Object) -> None:
        provisioner = meta.annotations(volume).get(PROVISIONED_BY, "")
        if provisioner and not provisioner.startswith(_IN_TREE):
            return  # whoever made it deletes it
        path = (volume["spec"].get("hostPath") or {}).get("path")
        if path is None:
            text = f'error getting deleter volume plugin for volume "{meta.name(volume)}": no deletable volume plugin matched'
            self._fail(volume, "VolumeFailedDelete", text)
        elif not path.startswith(_TMP):
            self._fail(volume, "VolumeFailedDelete", f"host_path deleter only supports /tmp/.+ but received provided {path}")
        else:
            try:
                self.client.delete(VOLUMES, meta.name(volume))
            except errors.NotFound:
                return

    def _fail(self, volume: Object, reason: str, message: str) -> None:
        if volumematch.phase(volume) != "Failed":
            self._set_phase(volume, "Failed", message)
            self.recorder.event(volume, "Warning", reason, message)


def _uses(pod: Object, claim: str) -> bool:
    for volume in pod["spec"].get("volumes") or ():
        if (volume.get("persistentVolumeClaim") or {}).get("claimName") == claim:
            return True
        if volume.get("ephemeral") and f"{meta.name(pod)}-{volume['name']}" == claim:
            return True
    return False
