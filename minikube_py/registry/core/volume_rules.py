"""What PersistentVolumes and their claims have in common, and the sources of volumes."""

import posixpath
from collections.abc import Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import checks, objectmeta
from minikube_py.registry.core import resourcenames

MODES = ("Block", "Filesystem")
_ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_HOST_PATH_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_NO_BACKSTEPS = "must not contain '..'"

# Field of spec -> (Go's name of the field, what it must have), in the order in which kube-apiserver looks at them.
SOURCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "hostPath": ("HostPath", ("path",)),
    "gcePersistentDisk": ("GCEPersistentDisk", ("pdName",)),
    "awsElasticBlockStore": ("AWSElasticBlockStore", ("volumeID",)),
    "glusterfs": ("Glusterfs", ("endpoints", "path")),
    "flocker": ("Flocker", ()),
    "nfs": ("NFS", ("server", "path")),
    "rbd": ("RBD", ("monitors", "image")),
    "quobyte": ("Quobyte", ("registry", "volume")),
    "cephfs": ("CephFS", ("monitors",)),
    "iscsi": ("ISCSI", ("targetPortal", "iqn")),
    "cinder": ("Cinder", ("volumeID",)),
    "fc": ("FC", ()),
    "flexVolume": ("FlexVolume", ("driver",)),
    "azureFile": ("AzureFile", ("secretName", "shareName")),
    "vsphereVolume": ("VsphereVolume", ("volumePath",)),
    "photonPersistentDisk": ("PhotonPersistentDisk", ("pdID",)),
    "portworxVolume": ("PortworxVolume", ("volumeID",)),
    "azureDisk": ("AzureDisk", ("diskName", "diskURI")),
    "scaleIO": ("ScaleIO", ("gateway", "system", "volumeName")),
    "local": ("Local", ("path",)),
    "storageos": ("StorageOS", ("volumeName",)),
    "csi": ("CSI", ()),
}


def access_modes(modes: Sequence[str], missing: str) -> list[FieldError]:
    """Check spec.accessModes."""
    found = [] if modes else [fielderrors.required("spec.accessModes", missing)]
    for mode in modes:
        found += checks.one_of("spec.accessModes", mode, _ACCESS)
    if "ReadWriteOncePod" in modes and any(mode in _ACCESS and mode != "ReadWriteOncePod" for mode in modes):
        found.append(fielderrors.forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes"))
    return found


def positive(field: str, text: str) -> list[FieldError]:
    """Check that an amount is more than nothing."""
    found: list[FieldError] = []
    number = resourcenames.read(field, text, found)
    if number is not None and number <= quantity.from_int(0):
        found.append(fielderrors.invalid(field, str(number), "must be greater than zero"))
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
            found.append(fielderrors.forbidden(f"spec.{field}", "may not specify more than 1 volume type"))
            continue
        first = False
        found += _source(field, spec[field])
        if field == "local" and not placed:
            found.append(fielderrors.required("spec.nodeAffinity", "Local volume requires node affinity"))
    return [*found, fielderrors.required("spec", "must specify a volume type")] if first else found


def _source(field: str, source: dict[str, Any]) -> list[FieldError]:
    # kube-apiserver calls this one field persistentDisk here.
    path = "spec.persistentDisk" if field == "gcePersistentDisk" else f"spec.{field}"
    missing = [name for name in SOURCES[field][1] if not source.get(name)]
    found = [fielderrors.required(f"{path}.{name}") for name in missing]
    if field in ("hostPath", "local") and ".." in (source.get("path") or "").split("/"):
        found.append(fielderrors.invalid(f"{path}.path", source["path"], _NO_BACKSTEPS))
    if field == "hostPath":
        found += checks.optional_one_of(f"{path}.type", source.get("type"), _HOST_PATH_TYPES)
    if field == "nfs" and "path" not in missing and not posixpath.isabs(source["path"]):
        found.append(fielderrors.invalid(f"{path}.path", source["path"], "must be an absolute path"))
    return found + _csi(path, source) if field == "csi" else found


def csi_driver_name(field: str, name: str) -> list[FieldError]:
    """Check the name of a CSI driver."""
    if not name:
        return [fielderrors.required(field)]
    found = [fielderrors.too_long(field, 63)] if len(name) > 63 else []
    return found + checks.each(field, name, names.dns_subdomain(name.lower()))


def _csi(path: str, source: dict[str, Any]) -> list[FieldError]:
    found = csi_driver_name(f"{path}.driver", source.get("driver", ""))
    if not source.get("volumeHandle"):
        found.append(fielderrors.required(f"{path}.volumeHandle"))
    for field in ("controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"):
        reference = source.get(field)
        if reference is not None:
            found += [fielderrors.required(f"{path}.{field}.{part}") for part in ("name", "namespace") if not reference.get(part)]
    return found


def node_affinity(affinity: dict[str, Any]) -> list[FieldError]:
    """Check the nodes from which a volume can be reached."""
    field = "spec.nodeAffinity.required"
    required = affinity.get("required")
    if required is None:
        return [fielderrors.required(field, "must specify required node constraints")]
    terms = required.get("nodeSelectorTerms") or []
    if not terms:
        return [fielderrors.required(f"{field}.nodeSelectorTerms", "must have at least one node selector term")]
    found: list[FieldError] = []
    for number, term in enumerate(terms):
        for kind in ("matchExpressions", "matchFields"):
            for index, requirement in enumerate(term.get(kind) or ()):
                found += _requirement(f"{field}.nodeSelectorTerms[{number}].{kind}[{index}]", requirement)
    return found


def _requirement(field: str, requirement: dict[str, Any]) -> list[FieldError]:
    if requirement.get("operator") not in ("Gt", "Lt"):
        return objectmeta.selector_requirement(requirement, field)
    key = requirement.get("key", "")
    found = objectmeta.label_name(key, f"{field}.key")
    if len(requirement.get("values") or ()) != 1:
        found.insert(0, fielderrors.required(f"{field}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'"))
    return found
