"""Makes the volumes of minikube's storage class, as its storage-provisioner does; in a dry run, those of every class."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.client.loops import Change, Loop, object_key
from minikube_py.controllers import volumematch
from minikube_py.controllers.volumematch import PROVISIONED_BY, PROVISIONER, SELECTED_NODE
from minikube_py.machinery import errors, meta, persistentvolumes
from minikube_py.machinery.meta import Object

OWN = "k8s.io/minikube-hostpath"
_CLAIMS, _VOLUMES, _CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
_ROOT = "/tmp/hostpath-provisioner"
_IN_TREE = "kubernetes.io/"


def stands_in(config: Mapping[str, Any], provisioner: str) -> bool:
    """Tell whether kctl does what a provisioner does: its own, and in a dry run anybody's."""
    dry = config.get("runtime") == "dryrun"
    return provisioner == OWN or (dry and bool(provisioner) and not provisioner.startswith(_IN_TREE))


class StorageProvisioner(Loop):
    """Keys are namespace/name of a claim, and names of volumes."""

    name = "storage-provisioner"
    user = "system:serviceaccount:kube-system:storage-provisioner"
    manager = "storage-provisioner"
    component = OWN

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes the provisioner: claims that ask for a volume, and volumes that were released."""
        return {_CLAIMS: self._claim_changed, _VOLUMES: self._volume_changed}

    def _plays(self, provisioner: str) -> bool:
        return stands_in(self.context.config, provisioner)

    def _claim_changed(self, change: Change) -> Iterable[str]:
        return object_key(change) if change.type != "DELETED" and self._is_wanted(change.object) else ()

    def _volume_changed(self, change: Change) -> Iterable[str]:
        return object_key(change) if change.type != "DELETED" and self._is_released(change.object) else ()

    def _is_wanted(self, claim: Object) -> bool:
        notes = meta.annotations(claim)
        return not claim["spec"].get("volumeName") and not meta.is_deleting(claim) and self._plays(notes.get(PROVISIONER, ""))

    def _is_released(self, volume: Object) -> bool:
        spec, maker = volume["spec"], meta.annotations(volume).get(PROVISIONED_BY, "")
        released = volumematch.phase(volume) == "Released" and spec.get("persistentVolumeReclaimPolicy") == "Delete"
        return released and self._plays(maker) and not meta.is_deleting(volume)

    def reconcile(self, key: str) -> float | None:
        """Make the volume of a claim, or delete a volume."""
        if "/" not in key:
            self._delete(key)
            return None
        space, name = meta.split_key(key)
        claim = self.client.find(_CLAIMS, name, space)
        if claim is None or not self._is_wanted(claim):
            return None
        kind = self.client.find(_CLASSES, persistentvolumes.class_of(claim))
        if kind is None or (volumematch.waits_for_consumer(kind) and SELECTED_NODE not in meta.annotations(claim)):
            return None
        self._provision(claim, kind)
        return None

    def _provision(self, claim: Object, kind: Object) -> None:
        provisioner = meta.annotations(claim)[PROVISIONER]
        volume = _volume(claim, kind, provisioner, self.context.config.get("volume_driver", ""))
        if self.client.find(_VOLUMES, meta.name(volume)) is not None:
            return
        self.recorder.event(claim, "Normal", "Provisioning", f'External provisioner is provisioning volume for claim "{meta.key(claim)}"')
        try:
            self.client.create(volume)
        except errors.StatusError as error:
            self.recorder.event(claim, "Warning", "ProvisioningFailed", f'failed to provision volume with StorageClass "{meta.name(kind)}": {error}')
            raise
        text = f"Successfully provisioned volume {meta.name(volume)}"
        if provisioner != OWN:
            text += f" (dry run: {OWN} stands in for the provisioner {provisioner})"
        self.recorder.event(claim, "Normal", "ProvisioningSucceeded", text)

    def _delete(self, name: str) -> None:
        volume = self.client.find(_VOLUMES, name)
        if volume is None or not self._is_released(volume):
            return
        try:
            self.client.delete(_VOLUMES, name, uid=meta.uid(volume))
        except errors.NotFound:
            return


def _volume(claim: Object, kind: Object, provisioner: str, driver: str) -> Object:
    """Return the volume of a claim: one that the runtime keeps under the volume's name, where it has a driver for that, or else a directory."""
    notes = {PROVISIONED_BY: provisioner}
    name, path = f"pvc-{meta.uid(claim)}", f"{_ROOT}/{meta.namespace(claim)}/{meta.name(claim)}"
    source = {"csi": {"driver": driver, "volumeHandle": name}} if driver else {"hostPath": {"path": path, "type": ""}}
    spec = {
        "accessModes": claim["spec"].get("accessModes"), "capacity": {"storage": str(volumematch.requested(claim))},
        "claimRef": volumematch.reference_to(claim), **source,
        "persistentVolumeReclaimPolicy": kind.get("reclaimPolicy", "Delete"), "storageClassName": meta.name(kind),
        "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
    }  # fmt: skip
    if kind.get("mountOptions"):
        spec["mountOptions"] = kind["mountOptions"]
    metadata = {"name": name, "annotations": notes}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}
