"""What PersistentVolumes and their claims have in common, and the sources of volumes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import checks
from minikube_py.registry.core import resourcenames
from minikube_py.registry.pod import oldvolumes, placement, rules, volumes

Check = Callable[[Mapping[str, Any], str], list[FieldError]]
MODES = ("Block", "Filesystem")
_ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")


def access_modes(field: str, modes: Sequence[str], missing: str) -> list[FieldError]:
    """Check accessModes."""
    found = [] if modes else [fielderrors.required(field, missing)]
    for mode in modes:
        found += checks.one_of(field, mode, _ACCESS)
    if "ReadWriteOncePod" in modes and any(mode in _ACCESS and mode != "ReadWriteOncePod" for mode in modes):
        found.append(fielderrors.forbidden(field, "may not use ReadWriteOncePod with other access modes"))
    return found


def positive(field: str, text: str) -> list[FieldError]:
    """Check that an amount is more than nothing."""
    found: list[FieldError] = []
    number = resourcenames.read(field, text, found)
    if number is not None and number <= quantity.from_int(0):
        found.append(fielderrors.invalid(field, str(number), "must be greater than zero"))
    return found


def basic(field: str, text: str) -> list[FieldError]:
    """Check that an amount is not negative, in the words for what volumes have."""
    found: list[FieldError] = []
    number = resourcenames.read(field, text, found)
    if number is not None and number.value() < 0:
        found.append(fielderrors.invalid(field, number.value(), "must be a valid resource quantity"))
    return found


def class_name(field: str, name: str | None) -> list[FieldError]:
    """Check the name of a class, where one is given."""
    return checks.each(field, name, names.dns_subdomain(name)) if name else []


def sources(spec: dict[str, Any], placed: bool) -> list[FieldError]:
    """Check that there is one source, and that one; `placed`: whether node affinity is given."""
    found: list[FieldError] = []
    first = True
    for field in SOURCES:
        if spec.get(field) is None:
            continue
        if not first and field != "flexVolume":
            found.append(fielderrors.forbidden(f"spec.{'cephFS' if field == 'cephfs' else field}", "may not specify more than 1 volume type"))
            continue
        first = False
        # kube-apiserver calls one field persistentDisk here.
        found += SOURCES[field][1](spec[field], "spec.persistentDisk" if field == "gcePersistentDisk" else f"spec.{field}")
        if field == "local" and not placed:
            found.append(fielderrors.required("spec.nodeAffinity", "Local volume requires node affinity"))
    return [*found, fielderrors.required("spec", "must specify a volume type")] if first else found


def _local(source: Mapping[str, Any], path: str) -> list[FieldError]:
    return rules.no_backsteps(f"{path}.path", source["path"]) if source.get("path") else [fielderrors.required(f"{path}.path")]


def _with_namespace(check: Check) -> Check:
    """Return the check of a source whose secret, other than a pod's, may be in any namespace."""

    def checked(source: Mapping[str, Any], path: str) -> list[FieldError]:
        found, secret = check(source, path), source.get("secretRef")
        return found if secret is None or secret.get("namespace") else [*found, fielderrors.required(f"{path}.secretRef.namespace")]

    return checked


def _iscsi(source: Mapping[str, Any], path: str) -> list[FieldError]:
    secret = source.get("secretRef")
    unnamed = [] if secret is None or secret.get("name") else [fielderrors.required(f"{path}.secretRef.name")]
    found = oldvolumes.iscsi(source, path, "must be valid format")
    # The secret is looked at before the initiator.
    last = [error for error in found if error.field == f"{path}.initiatorname"]
    return [error for error in found if error not in last] + unnamed + last


def _csi(source: Mapping[str, Any], path: str) -> list[FieldError]:
    found = volumes.csi_driver(source.get("driver", ""), f"{path}.driver")
    if not source.get("volumeHandle"):
        found.append(fielderrors.required(f"{path}.volumeHandle"))
    for field in ("controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"):
        reference = source.get(field)
        if reference is not None:
            for part, check in (("name", names.dns_subdomain), ("namespace", names.dns_label)):
                found += checks.named(f"{path}.{field}.{part}", reference.get(part), check)
    return found


def node_affinity(affinity: dict[str, Any]) -> list[FieldError]:
    """Check the nodes from which a volume can be reached."""
    field = "spec.nodeAffinity.required"
    required = affinity.get("required")
    return placement.node_selector(required, field) if required is not None else [fielderrors.required(field, "must specify required node constraints")]


# Field of spec -> (Go's name of the field, its check), in the order in which kube-apiserver looks at them.
SOURCES: dict[str, tuple[str, Check]] = {
    "hostPath": ("HostPath", volumes.host_path),
    "gcePersistentDisk": ("GCEPersistentDisk", oldvolumes.gce_disk),
    "awsElasticBlockStore": ("AWSElasticBlockStore", oldvolumes.aws_store),
    "glusterfs": ("Glusterfs", oldvolumes.glusterfs),
    "flocker": ("Flocker", oldvolumes.flocker),
    "nfs": ("NFS", volumes.nfs),
    "rbd": ("RBD", oldvolumes.rbd),
    "quobyte": ("Quobyte", oldvolumes.quobyte),
    "cephfs": ("CephFS", oldvolumes.cephfs),
    "iscsi": ("ISCSI", _iscsi),
    "cinder": ("Cinder", _with_namespace(oldvolumes.cinder)),
    "fc": ("FC", oldvolumes.fibre_channel),
    "flexVolume": ("FlexVolume", oldvolumes.flex),
    "azureFile": ("AzureFile", oldvolumes.azure_file),
    "vsphereVolume": ("VsphereVolume", oldvolumes.vsphere),
    "photonPersistentDisk": ("PhotonPersistentDisk", oldvolumes.photon),
    "portworxVolume": ("PortworxVolume", oldvolumes.portworx),
    "azureDisk": ("AzureDisk", oldvolumes.azure_disk),
    "scaleIO": ("ScaleIO", oldvolumes.scale_io),
    "local": ("Local", _local),
    "storageos": ("StorageOS", _with_namespace(oldvolumes.storageos)),
    "csi": ("CSI", _csi),
}
