"""Validation of a pod's volumes: exactly one source each (ValidateVolumes)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import projections, rules

_MORE = "may not specify more than 1 volume type"
_HOST_PATHS = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")

Check = Callable[[Mapping[str, Any], str], list[FieldError]]


def validate(items: Sequence[Mapping[str, Any]], pod_name: str, path: str) -> tuple[dict[str, Mapping[str, Any]], list[FieldError]]:
    """Return the good volumes by name, and what is wrong. `pod_name` is empty for templates."""
    good: dict[str, Mapping[str, Any]] = {}
    found: list[FieldError] = []
    made = {f"{pod_name}-{item.get('name', '')}" for item in items if item.get("ephemeral") is not None} if pod_name else set()
    for index, item in enumerate(items):
        name = item.get("name", "")
        wrong = _one(item, pod_name, f"{path}[{index}]")
        if not name:
            wrong.append(fielderrors.required(f"{path}[{index}].name"))
        elif texts := names.dns_label(name):
            wrong += rules.each(f"{path}[{index}].name", name, texts)
        if name in good:
            wrong.append(fielderrors.duplicate(f"{path}[{index}].name", name))
        if wrong:
            found += wrong
        else:
            good[name] = item
        claim = (item.get("persistentVolumeClaim") or {}).get("claimName", "")
        if claim in made:
            text = "must not reference a PVC that gets created for an ephemeral volume"
            found.append(fielderrors.invalid(f"{path}[{index}].persistentVolumeClaim.claimName", claim, text))
    return good, found


def _one(item: Mapping[str, Any], pod_name: str, path: str) -> list[FieldError]:
    given = [field for field in item if field in _SOURCES and item[field] is not None]
    if len(given) == 1:
        source = item[given[0]]
        found = _SOURCES[given[0]](source, f"{path}.{_SHOWN.get(given[0], given[0])}")
    elif not given:
        return [fielderrors.required(path, "must specify a volume type")]
    else:
        first, *others = (field for field in _SOURCES if field in given)
        found = _SOURCES[first](item[first], f"{path}.{_SHOWN.get(first, first)}")
        found += [fielderrors.forbidden(f"{path}.{_MORE_SHOWN.get(field, field)}", _MORE) for field in others]
    return found + _with_name(item, pod_name, path)


def _with_name(item: Mapping[str, Any], pod_name: str, path: str) -> list[FieldError]:
    """Check what needs the names of pod and volume too."""
    name = item.get("name", "")
    iscsi = item.get("iscsi")
    if iscsi is not None and iscsi.get("initiatorName") is not None and len(f"{name}:{iscsi.get('targetPortal', '')}") > 64:
        text = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."
        return [fielderrors.invalid(f"{path}.name", name, text)]
    if item.get("ephemeral") is not None and pod_name and name:
        claim = f"{pod_name}-{name}"
        return [fielderrors.invalid(f"{path}.name", name, f'PVC name "{claim}": {text}') for text in names.dns_subdomain(claim)]
    return []


def _empty_dir(source: Mapping[str, Any], path: str) -> list[FieldError]:
    limit = source.get("sizeLimit")
    if limit is None or quantity.parse(limit).nanos >= 0:
        return []
    return [fielderrors.forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")]


def host_path(source: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check a hostPath source, of a pod or of a PersistentVolume."""
    if not source.get("path"):
        return [fielderrors.required(f"{path}.path")]
    return rules.no_backsteps(f"{path}.path", source["path"]) + rules.optional(f"{path}.type", source.get("type"), _HOST_PATHS)


def _secret(source: Mapping[str, Any], path: str) -> list[FieldError]:
    found = [] if source.get("secretName") else [fielderrors.required(f"{path}.secretName")]
    return found + _files(source, path)


def _config_map(source: Mapping[str, Any], path: str) -> list[FieldError]:
    found = [] if source.get("name") else [fielderrors.required(f"{path}.name")]
    return found + _files(source, path)


def _files(source: Mapping[str, Any], path: str) -> list[FieldError]:
    found = rules.mode(f"{path}.defaultMode", source.get("defaultMode"))
    for index, item in enumerate(source.get("items") or ()):
        found += projections.key_to_path(item, f"{path}.items[{index}]")
    return found


def _claim(source: Mapping[str, Any], path: str) -> list[FieldError]:
    return [] if source.get("claimName") else [fielderrors.required(f"{path}.claimName")]


def nfs(source: Mapping[str, Any], path: str) -> list[FieldError]:
    """Check an NFS source, of a pod or of a PersistentVolume."""
    found = [fielderrors.required(f"{path}.{field}") for field in ("server", "path") if not source.get(field)]
    if not source.get("path", "").startswith("/"):
        found.append(fielderrors.invalid(f"{path}.path", source.get("path", ""), "must be an absolute path"))
    return found


def csi_driver(name: str, path: str) -> list[FieldError]:
    """Check the name of a CSI driver."""
    found = [] if name else [fielderrors.required(path)]
    if len(name) > 63:
        found.append(fielderrors.too_long(path, 63))
    return found + rules.each(path, name, names.dns_subdomain(name.lower()))


def _csi(source: Mapping[str, Any], path: str) -> list[FieldError]:
    found = csi_driver(source.get("driver", ""), f"{path}.driver")
    secret = source.get("nodePublishSecretRef")
    if secret is None:
        return found
    if not secret.get("name"):
        return [*found, fielderrors.required(f"{path}.nodePublishSecretRef.name")]
    return found + rules.each(f"{path}.name", secret["name"], names.dns_subdomain(secret["name"]))


_NOT_OF_TEMPLATES = ("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
                     "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields")  # fmt: skip


def _ephemeral(source: Mapping[str, Any], path: str) -> list[FieldError]:
    template = source.get("volumeClaimTemplate")
    if template is None:
        return [fielderrors.required(f"{path}.volumeClaimTemplate")]
    where = f"{path}.volumeClaimTemplate"
    metadata = template.get("metadata") or {}
    found = objectmeta.annotations(metadata.get("annotations") or {}, f"{where}.metadata.annotations")
    found += objectmeta.labels(metadata.get("labels") or {}, f"{where}.metadata.labels")
    for field in _NOT_OF_TEMPLATES:
        if metadata.get(field) not in (None, "", 0):
            found.append(fielderrors.forbidden(f"{where}.metadata.{'uID' if field == 'uid' else field}", "cannot be set"))
    from minikube_py.registry.core import persistentvolumeclaims

    return found + persistentvolumeclaims.spec_errors(template.get("spec") or {}, f"{where}.spec")


def _old(name: str) -> Check:
    """Return the check of a source of former times, which is imported when one comes."""

    def check(source: Mapping[str, Any], path: str) -> list[FieldError]:
        from minikube_py.registry.pod import oldvolumes

        found: list[FieldError] = getattr(oldvolumes, name)(source, path)
        return found

    return check


# In kube-apiserver's order, which decides what is reported when there are several.
_SOURCES: dict[str, Check] = {
    "emptyDir": _empty_dir,
    "hostPath": host_path,
    "gitRepo": _old("git_repo"),
    "gcePersistentDisk": _old("gce_disk"),
    "awsElasticBlockStore": _old("aws_store"),
    "secret": _secret,
    "nfs": nfs,
    "iscsi": _old("iscsi"),
    "glusterfs": _old("glusterfs"),
    "flocker": _old("flocker"),
    "persistentVolumeClaim": _claim,
    "rbd": _old("rbd"),
    "cinder": _old("cinder"),
    "cephfs": _old("cephfs"),
    "quobyte": _old("quobyte"),
    "downwardAPI": projections.downward,
    "fc": _old("fibre_channel"),
    "flexVolume": _old("flex"),
    "configMap": _config_map,
    "azureFile": _old("azure_file"),
    "vsphereVolume": _old("vsphere"),
    "photonPersistentDisk": _old("photon"),
    "portworxVolume": _old("portworx"),
    "azureDisk": _old("azure_disk"),
    "storageos": _old("storageos"),
    "projected": projections.projected,
    "scaleIO": _old("scale_io"),
    "csi": _csi,
    "ephemeral": _ephemeral,
}
# Where kube-apiserver's paths are not the fields' names.
_SHOWN = {"gcePersistentDisk": "persistentDisk"}
_MORE_SHOWN = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
