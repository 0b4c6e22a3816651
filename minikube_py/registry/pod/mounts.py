"""Validation of how containers use volumes (ValidateVolumeMounts, ValidateVolumeDevices)."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import rules

Volumes = Mapping[str, Mapping[str, Any]]


def container(item: Mapping[str, Any], volumes: Volumes, path: str) -> list[FieldError]:
    """Check volumeMounts and volumeDevices of a container."""
    found: list[FieldError] = []
    mounts, devices = item.get("volumeMounts") or (), item.get("volumeDevices") or ()
    if mounts:
        taken = {device.get("name", ""): device.get("devicePath", "") for device in devices}
        privileged = bool((item.get("securityContext") or {}).get("privileged"))
        found += _mounts(mounts, taken, volumes, privileged, f"{path}.volumeMounts")
    if devices:
        taken = {mount.get("name", ""): mount.get("mountPath", "") for mount in mounts}
        found += _devices(devices, taken, volumes, f"{path}.volumeDevices")
    return found


def _mounts(
    mounts: Sequence[Mapping[str, Any]], devices: Mapping[str, str], volumes: Volumes, privileged: bool, path: str
) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for index, mount in enumerate(mounts):
        name, target = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            found.append(fielderrors.required(f"{path}[{index}].name"))
        if name not in volumes:
            found.append(fielderrors.not_found(f"{path}[{index}].name", name))
        if not target:
            found.append(fielderrors.required(f"{path}[{index}].mountPath"))
        if target in seen:
            found.append(fielderrors.invalid(f"{path}[{index}].mountPath", target, "must be unique"))
        seen.add(target)
        if devices:
            found += _taken(name, target, devices, f"{path}[{index}]", ("mountPath", "volumeDevices"))
        if len(mount) > 2:
            found += _mount_options(mount, privileged, path, index)
    return found


def _taken(name: str, target: str, others: Mapping[str, str], path: str, words: tuple[str, str]) -> list[FieldError]:
    found = []
    if name in others:
        found.append(fielderrors.invalid(f"{path}.name", name, f"must not already exist in {words[1]}"))
    if target in others.values():
        found.append(fielderrors.invalid(f"{path}.{words[0]}", target, f"must not already exist as a path in {words[1]}"))
    return found


def _mount_options(mount: Mapping[str, Any], privileged: bool, path: str, index: int) -> list[FieldError]:
    found: list[FieldError] = []
    below, expression = mount.get("subPath"), mount.get("subPathExpr")
    # From here on kube-apiserver leaves the index out of most paths.
    if below:
        found += rules.descending(f"{path}.subPath", below)
    if expression:
        if below:
            text = "subPathExpr and subPath are mutually exclusive"
            found.append(fielderrors.invalid(f"{path}[{index}].subPathExpr", expression, text))
        found += rules.descending(f"{path}.subPathExpr", expression)
    propagation = mount.get("mountPropagation")
    if propagation is not None:
        found += rules.optional(f"{path}.mountPropagation", propagation, ("Bidirectional", "HostToContainer", "None"))
        if propagation == "Bidirectional" and not privileged:
            text = "Bidirectional mount propagation is available only to privileged containers"
            found.append(fielderrors.forbidden(f"{path}.mountPropagation", text))
    return found + _recursive(mount, f"{path}.recursiveReadOnly")


def _recursive(mount: Mapping[str, Any], path: str) -> list[FieldError]:
    value = mount.get("recursiveReadOnly")
    found = rules.optional(path, value, ("Disabled", "Enabled", "IfPossible"))
    if value in ("Enabled", "IfPossible"):
        if not mount.get("readOnly"):
            found.append(fielderrors.forbidden(path, "may only be specified when readOnly is true"))
        if mount.get("mountPropagation") not in (None, "None"):
            found.append(fielderrors.forbidden(path, "may only be specified when mountPropagation is None or not specified"))
    return found


def _devices(devices: Sequence[Mapping[str, Any]], mounts: Mapping[str, str], volumes: Volumes, path: str) -> list[FieldError]:
    found: list[FieldError] = []
    names: set[str] = set()
    targets: set[str] = set()
    for index, device in enumerate(devices):
        name, target, where = device.get("name", ""), device.get("devicePath", ""), f"{path}[{index}]"
        volume = volumes.get(name)
        if not name:
            found.append(fielderrors.required(f"{where}.name"))
        if name in names:
            found.append(fielderrors.invalid(f"{where}.name", name, "must be unique"))
        if volume is None:
            found.append(fielderrors.not_found(f"{where}.name", name))
        elif volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
            text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            found.append(fielderrors.invalid(f"{where}.name", name, text))
        found += _device_path(target, targets, f"{where}.devicePath")
        found += _taken(name, target, mounts, where, ("devicePath", "volumeMounts"))
        if name:
            names.add(name)
    return found


def _device_path(target: str, targets: set[str], path: str) -> list[FieldError]:
    found = [] if target else [fielderrors.required(path)]
    if target in targets:
        found.append(fielderrors.invalid(path, target, "must be unique"))
    if ".." in target.split("/"):
        return [*found, fielderrors.invalid(path, target, "can not contain backsteps ('..')")]
    targets.add(target)
    return found
