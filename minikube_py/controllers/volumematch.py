"""Which volume serves a claim: rules of volumes and claims, without I/O (component-helpers/storage/volume)."""

from collections.abc import Iterable
from typing import Any

from minikube_py.machinery import meta, persistentvolumes, quantity, selectors
from minikube_py.machinery.meta import Object

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
BETA_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
# In-tree provisioners whose work CSI drivers have taken over (csi-translation-lib).
MIGRATED = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/azure-file": "file.csi.azure.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
    "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
}


def waits_for_consumer(storage_class: Object | None) -> bool:
    """Tell whether a class binds only once a pod is scheduled."""
    return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"


def phase(obj: Object) -> str:
    """Return the phase of a claim or volume."""
    return meta.phase(obj) or "Pending"


def requested(claim: Object) -> quantity.Quantity:
    """Return how much storage a claim asks for."""
    return quantity.parse(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def capacity(volume: Object) -> quantity.Quantity:
    """Return how much storage a volume has."""
    return quantity.parse((volume["spec"].get("capacity") or {}).get("storage", "0"))


def is_for(volume: Object, claim: Object) -> bool:
    """Tell whether a volume is bound to a claim, or reserved for it by name."""
    reference = volume["spec"].get("claimRef")
    if not reference or (reference.get("namespace"), reference.get("name")) != (meta.namespace(claim), meta.name(claim)):
        return False
    return reference.get("uid") in (None, "", meta.uid(claim))


def mismatch(volume: Object, claim: Object) -> str:
    """Return why a volume that a claim names cannot serve it; empty where it can."""
    if capacity(volume) < requested(claim):
        return "requested PV is too small"
    if persistentvolumes.class_of(volume) != persistentvolumes.class_of(claim):
        return "storageClassName does not match"
    if _mode(volume) != _mode(claim):
        return "incompatible volumeMode"
    if not set(claim["spec"].get("accessModes") or ()) <= set(volume["spec"].get("accessModes") or ()):
        return "incompatible accessMode"
    return ""


def _mode(obj: Object) -> str:
    return obj["spec"].get("volumeMode") or "Filesystem"


def best(volumes: Iterable[Object], claim: Object, *, reserved_only: bool) -> Object | None:
    """Return the volume that serves a claim: of those with the fewest access modes one that is reserved for it, or else the smallest."""
    selector = claim["spec"].get("selector")
    matches = selectors.EVERYTHING if selector is None else selectors.from_object(selector)
    found: list[tuple[int, bool, quantity.Quantity, str, Object]] = []
    for volume in volumes:
        reserved = is_for(volume, claim)
        if meta.is_deleting(volume) or not _can_hold(volume, claim):
            continue
        if not reserved:
            if reserved_only or volume["spec"].get("claimRef") or phase(volume) != "Available":
                continue
            if mismatch(volume, claim) or not matches.matches(meta.labels(volume)):
                continue
        found.append((len(volume["spec"].get("accessModes") or ()), not reserved, capacity(volume), meta.name(volume), volume))
    return min(found, key=lambda item: item[:4])[4] if found else None


def _can_hold(volume: Object, claim: Object) -> bool:
    """Tell whether a volume is large enough, and offers what a claim asks for in modes."""
    modes = set(claim["spec"].get("accessModes") or ()) <= set(volume["spec"].get("accessModes") or ())
    return modes and capacity(volume) >= requested(claim) and _mode(volume) == _mode(claim)


def reference_to(claim: Object) -> dict[str, Any]:
    """Return the claimRef of a volume."""
    return meta.object_reference({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": claim["metadata"]})


def free(volume: Object) -> bool:
    """Tell whether a volume may still be bound: kept in mind for claims to come."""
    return phase(volume) in ("Pending", "Available") and not meta.is_deleting(volume)
