"""Tables of volumes, claims and storage.k8s.io."""

from typing import Any

from minikube_py.machinery import persistentvolumes
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Column, Table, text, wide


def _unset(part: dict[str, Any], field: str) -> Any:
    return cells.UNSET if part.get(field) is None else part[field]


def _phase(obj: Object) -> str:
    return "Terminating" if obj["metadata"].get("deletionTimestamp") else cells.status(obj).get("phase", "")


def _volume(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    claim = spec.get("claimRef")
    bound = f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim is not None else ""
    return [
        obj["metadata"]["name"], str((spec.get("capacity") or {}).get("storage", 0)), persistentvolumes.access_modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""), _phase(obj), bound, persistentvolumes.class_of(obj), _unset(spec, "volumeAttributesClassName"),
        cells.status(obj).get("reason", ""), cells.age(obj, now), _unset(spec, "volumeMode"),
    ]  # fmt: skip


def _claim(obj: Object, now: float) -> Cells:
    spec, status = cells.spec(obj), cells.status(obj)
    capacity = modes = ""
    if spec.get("volumeName"):
        capacity, modes = str((status.get("capacity") or {}).get("storage", 0)), persistentvolumes.access_modes(status.get("accessModes"))
    return [
        obj["metadata"]["name"], _phase(obj), spec.get("volumeName", ""), capacity, modes, persistentvolumes.class_of(obj),
        _unset(spec, "volumeAttributesClassName"), cells.age(obj, now), _unset(spec, "volumeMode"),
    ]  # fmt: skip


def _storage_class(obj: Object, now: float) -> Cells:
    return [
        obj["metadata"]["name"] + (" (default)" if persistentvolumes.is_default(obj) else ""), obj.get("provisioner", ""), obj.get("reclaimPolicy") or "Delete",
        obj.get("volumeBindingMode") or "Immediate", bool(obj.get("allowVolumeExpansion")), cells.age(obj, now),
    ]  # fmt: skip


def _attributes_class(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], obj.get("driverName", ""), cells.age(obj, now)]


def _attachment(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    volume = (spec.get("source") or {}).get("persistentVolumeName") or ""
    attached = bool(cells.status(obj).get("attached"))
    return [obj["metadata"]["name"], spec.get("attacher", ""), volume, spec.get("nodeName", ""), attached, cells.age(obj, now)]


def _csi_node(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], len(cells.spec(obj).get("drivers") or ()), cells.age(obj, now)]


def _csi_driver(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    tokens = spec.get("tokenRequests")
    audiences = cells.UNSET if tokens is None else ",".join(token.get("audience", "") for token in tokens)
    return [
        obj["metadata"]["name"], spec.get("attachRequired", True), bool(spec.get("podInfoOnMount")), bool(spec.get("storageCapacity")),
        audiences, bool(spec.get("requiresRepublish")), ",".join(spec.get("volumeLifecycleModes") or ()) or cells.NONE, cells.age(obj, now),
    ]  # fmt: skip


def _capacity(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], obj.get("storageClassName", ""), _unset(obj, "capacity")]


TABLES = {
    "persistentvolumes": Table(
        (
            NAME,
            text("Capacity", "Size of the volume."),
            text("Access Modes", "How it can be mounted."),
            text("Reclaim Policy", "What becomes of it when its claim goes."),
            text("Status", "Phase of the volume."),
            text("Claim", "Claim that it is bound to."),
            text("StorageClass", "Class of the volume."),
            text("VolumeAttributesClass", "Attributes of the volume."),
            text("Reason", "Why it failed."),
            AGE,
            wide("VolumeMode", "Filesystem or Block."),
        ),
        _volume,
    ),
    "persistentvolumeclaims": Table(
        (
            NAME,
            text("Status", "Phase of the claim."),
            text("Volume", "Volume that it is bound to."),
            text("Capacity", "Size of the volume."),
            text("Access Modes", "How it can be mounted."),
            text("StorageClass", "Class of the claim."),
            text("VolumeAttributesClass", "Attributes of the volume."),
            AGE,
            wide("VolumeMode", "Filesystem or Block."),
        ),
        _claim,
    ),
    "storageclasses": Table(
        (
            NAME,
            text("Provisioner", "Who makes the volumes."),
            text("ReclaimPolicy", "What becomes of volumes when their claim goes."),
            text("VolumeBindingMode", "When volumes are bound."),
            text("AllowVolumeExpansion", "Whether claims may grow."),
            AGE,
        ),
        _storage_class,
    ),
    "volumeattributesclasses": Table((NAME, text("DriverName", "Driver that knows the attributes."), AGE), _attributes_class),
    "volumeattachments": Table(
        (
            NAME,
            Column("Attacher", "string", "name", 0, "Who attaches."),
            text("PV", "Volume."),
            text("Node", "Node."),
            text("Attached", "Whether it is attached.", "boolean"),
            AGE,
        ),
        _attachment,
    ),
    "csinodes": Table((NAME, text("Drivers", "Number of drivers on the node.", "integer"), AGE), _csi_node),
    "csidrivers": Table(
        (
            NAME,
            text("AttachRequired", "Whether volumes must be attached.", "boolean"),
            text("PodInfoOnMount", "Whether mounting is told of the pod.", "boolean"),
            text("StorageCapacity", "Whether free capacity is looked at.", "boolean"),
            text("TokenRequests", "Audiences of the tokens."),
            text("RequiresRepublish", "Whether volumes are published again and again.", "boolean"),
            text("Modes", "Lifecycles of volumes."),
            AGE,
        ),
        _csi_driver,
    ),
    "csistoragecapacities": Table((NAME, text("StorageClassName", "Class."), text("Capacity", "Free capacity.")), _capacity),
}
