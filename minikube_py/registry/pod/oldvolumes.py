"""Validation of volume sources that name one vendor's storage; most work no more, but the API still knows them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import rules

Source = Mapping[str, Any]
_INITIATORS = {"iqn": r"iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$", "eui": r"^eui.[A-Za-z0-9]{16}$", "naa": r"^naa.[A-Za-z0-9]{32}$"}


def _need(source: Source, path: str, *fields: str) -> list[FieldError]:
    return [fielderrors.required(f"{path}.{field}") for field in fields if not source.get(field)]


def _needs(*fields: str) -> Callable[[Source, str], list[FieldError]]:
    return lambda source, path: _need(source, path, *fields)


glusterfs = _needs("endpoints", "path")
rbd = _needs("monitors", "image")
cephfs = _needs("monitors")
azure_file = _needs("secretName", "shareName")
vsphere = _needs("volumePath")
photon = _needs("pdID")
portworx = _needs("volumeID")
scale_io = _needs("gateway", "system", "volumeName")


def git_repo(source: Source, path: str) -> list[FieldError]:
    """Check a gitRepo source."""
    return _need(source, path, "repository") + rules.descending(f"{path}.directory", source.get("directory", ""))


def gce_disk(source: Source, path: str) -> list[FieldError]:
    """Check a gcePersistentDisk source."""
    return _need(source, path, "pdName") + _partition(source, path)


def aws_store(source: Source, path: str) -> list[FieldError]:
    """Check an awsElasticBlockStore source."""
    return _need(source, path, "volumeID") + _partition(source, path)


def _partition(source: Source, path: str) -> list[FieldError]:
    number = source.get("partition") or 0
    return [] if 0 <= number <= 255 else [fielderrors.invalid(f"{path}.partition", number, names.in_range(1, 255))]


def iscsi(source: Source, path: str, start: str = "must be valid format starting with iqn, eui, or naa") -> list[FieldError]:
    """Check an iscsi source; `start` is said of a name of no known form."""
    found = _need(source, path, "targetPortal", "iqn")
    if source.get("iqn"):
        found += _initiator(source["iqn"], f"{path}.iqn", start)
    found += rules.in_range(f"{path}.lun", source.get("lun"), 0, 255)
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and source.get("secretRef") is None:
        found.append(fielderrors.required(f"{path}.secretRef"))
    if source.get("initiatorName") is not None:
        found += _initiator(source["initiatorName"], f"{path}.initiatorname", start)
    return found


def _initiator(name: str, path: str, start: str) -> list[FieldError]:
    form = _INITIATORS.get(name[:3])
    if form is None:
        return [fielderrors.invalid(path, name, start)]
    return [] if re.search(form, name) else [fielderrors.invalid(path, name, "must be valid format")]


def flocker(source: Source, path: str) -> list[FieldError]:
    """Check a flocker source."""
    name, uid = source.get("datasetName", ""), source.get("datasetUUID", "")
    found = [] if name or uid else [fielderrors.required(path, "one of datasetName and datasetUUID is required")]
    if name and uid:
        text = "datasetName and datasetUUID can not be specified simultaneously"
        found.append(fielderrors.invalid(path, "resource", text))
    if "/" in name:
        found.append(fielderrors.invalid(f"{path}.datasetName", name, "must not contain '/'"))
    return found


def cinder(source: Source, path: str) -> list[FieldError]:
    """Check a cinder source."""
    found = _need(source, path, "volumeID")
    return found + _secret_name(source, path)


def _secret_name(source: Source, path: str) -> list[FieldError]:
    reference = source.get("secretRef")
    return [fielderrors.required(f"{path}.secretRef.name")] if reference is not None and not reference.get("name") else []


def quobyte(source: Source, path: str) -> list[FieldError]:
    """Check a quobyte source."""
    registry, pairs = source.get("registry", ""), "must be a host:port pair or multiple pairs separated by commas"
    found: list[FieldError] = []
    if not registry:
        found.append(fielderrors.required(f"{path}.registry", pairs))
    elif len(source.get("tenant", "")) >= 65:
        text = "must be a UUID and may not exceed a length of 64 characters"
        found.append(fielderrors.required(f"{path}.tenant", text))
    else:
        wrong = [pair for pair in registry.split(",") if not re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*):[^:]*", pair)]
        found += [fielderrors.invalid(f"{path}.registry", registry, pairs) for _ in wrong]
    return found + _need(source, path, "volume")


def fibre_channel(source: Source, path: str) -> list[FieldError]:
    """Check an fc source."""
    targets, wide = source.get("targetWWNs"), source.get("wwids")
    found: list[FieldError] = []
    if not targets and not wide:
        found.append(fielderrors.required(f"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both"))
    if targets and wide:
        text = "targetWWNs and wwids can not be specified simultaneously"
        found.append(fielderrors.invalid(f"{path}.targetWWNs", list(targets), text))
    if targets and source.get("lun") is None:
        found.append(fielderrors.required(f"{path}.lun", "lun is required if targetWWNs is specified"))
    elif targets:
        found += rules.in_range(f"{path}.lun", source["lun"], 0, 255)
    return found


def flex(source: Source, path: str) -> list[FieldError]:
    """Check a flexVolume source."""
    found = _need(source, path, "driver")
    for key in source.get("options") or ():
        if f".{key.partition('/')[0].lower()}".endswith((".kubernetes.io", ".k8s.io")):
            text = "kubernetes.io and k8s.io namespaces are reserved"
            found.append(fielderrors.invalid(f"{path}.options[{key}]", key, text))
    return found


def azure_disk(source: Source, path: str) -> list[FieldError]:
    """Check an azureDisk source."""
    found = _need(source, path, "diskName", "diskURI")
    uri, kind = source.get("diskURI", ""), source.get("kind")
    found += rules.optional(f"{path}.cachingMode", source.get("cachingMode"), ("None", "ReadOnly", "ReadWrite"))
    found += rules.optional(f"{path}.kind", kind, ("Dedicated", "Managed", "Shared"))
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        form = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
        found.append(fielderrors.not_supported(f"{path}.diskURI", uri, (form,)))
    elif kind not in (None, "Managed") and not uri.startswith("https://"):
        form = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
        found.append(fielderrors.not_supported(f"{path}.diskURI", uri, (form,)))
    return found


def storageos(source: Source, path: str) -> list[FieldError]:
    """Check a storageos source."""
    found = rules.name_in_list(f"{path}.volumeName", source.get("volumeName"))
    space = source.get("volumeNamespace")
    if space:
        found += rules.each(f"{path}.volumeNamespace", space, names.dns_label(space))
    return found + _secret_name(source, path)
