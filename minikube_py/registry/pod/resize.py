"""The resize subresource of pods: resources of running containers (ValidatePodResize)."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.pod import amounts, annotations, validation

_FIELDS = ("containers", "initContainers")


def keep(obj: Object, old: Object) -> None:
    """Put everything back that a resize does not change; unless containers were added, removed or renamed, which validation refuses."""
    for field in _FIELDS:
        names = [[item.get("name") for item in one["spec"].get(field) or ()] for one in (obj, old)]
        if names[0] != names[1]:
            return
    spec = dict(old["spec"])
    for field in _FIELDS:
        if field in spec:
            spec[field] = [_merged(item, other) for item, other in zip(obj["spec"][field], spec[field], strict=True)]
    obj["spec"] = spec


def _merged(item: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for field in ("resources", "resizePolicy"):
        merged.pop(field, None)
        if field in item:
            merged[field] = item[field]
    return merged


def validate(obj: Object, old: Object) -> list[FieldError]:
    """Check a resize."""
    if annotations.MIRROR in (old["metadata"].get("annotations") or {}):
        return [fielderrors.forbidden("", "static pods cannot be resized")]
    if (old["spec"].get("os") or {}).get("name") == "windows":
        return [fielderrors.forbidden("", "windows pods cannot be resized")]
    found = objectmeta.update(obj, old) + validation.metadata_and_spec(obj)
    quality = (old.get("status") or {}).get("qosClass") or amounts.qos_class(old["spec"])
    if quality != amounts.qos_class(obj["spec"]):
        found.append(fielderrors.invalid("spec", quality, "Pod QOS Class may not change as a result of resizing"))
    if not _is_supported(old):
        found.append(fielderrors.forbidden("spec", "Pod running on node without support for resize"))
    for field in ("initContainers", "containers"):
        items, others = obj["spec"].get(field) or (), old["spec"].get(field) or ()
        if len(items) != len(others):
            return [*found, fielderrors.forbidden("spec", "only cpu and memory resources are mutable")]
        for index, (item, other) in enumerate(zip(items, others, strict=True)):
            found += _container(item, other, field, f"spec.{field}[{index}].resources")
    if not found and _without_resources(obj["spec"]) != _without_resources(old["spec"]):
        found.append(fielderrors.forbidden("spec", "only cpu and memory resources are mutable"))
    return found


def _is_supported(pod: Object) -> bool:
    for item in (pod.get("status") or {}).get("containerStatuses") or ():
        if "running" in (item.get("state") or {}):
            return item.get("resources") is not None
    return True


def _container(item: Mapping[str, Any], old: Mapping[str, Any], field: str, path: str) -> list[FieldError]:
    new, before = item.get("resources") or {}, old.get("resources") or {}
    sidecar = field == "initContainers" and old.get("restartPolicy") == "Always"
    if field == "initContainers" and not sidecar:
        return [] if item == old else [fielderrors.forbidden("spec", "resources for non-sidecar init containers are immutable")]
    found = []
    for part in ("requests", "limits"):
        if (before.get(part) or {}).keys() - (new.get(part) or {}).keys():
            found.append(fielderrors.forbidden(f"{path}.{part}", f"resource {part} cannot be removed"))
    found += _memory_limit(item, new.get("limits") or {}, before.get("limits") or {}, f"{path}.limits[memory]")
    if _other_amounts(new) != _other_amounts(before):
        whose = " for sidecar containers" if sidecar else ""
        text = f"only cpu and memory resources{whose} are mutable"
        found.append(fielderrors.forbidden("spec", text))
    return found


def _memory_limit(item: Mapping[str, Any], new: Mapping[str, str], old: Mapping[str, str], path: str) -> list[FieldError]:
    policies = {one.get("resourceName"): one.get("restartPolicy") for one in item.get("resizePolicy") or ()}
    if policies.get("memory") == "RestartContainer" or "memory" not in new:
        return []
    if "memory" not in old:
        return [fielderrors.forbidden(path, "memory limits cannot be added unless resizePolicy is RestartContainer")]
    if quantity.parse(new["memory"]) < quantity.parse(old["memory"]):
        return [fielderrors.forbidden(path, "memory limits cannot be decreased unless resizePolicy is RestartContainer")]
    return []


def _other_amounts(resources: Mapping[str, Any]) -> dict[str, Any]:
    other = {field: value for field, value in resources.items() if field not in ("limits", "requests")}
    for part in ("limits", "requests"):
        other[part] = {name: value for name, value in (resources.get(part) or {}).items() if name not in ("cpu", "memory")}
    return other


def _without_resources(spec: Mapping[str, Any]) -> dict[str, Any]:
    bare = dict(spec)
    for field in _FIELDS:
        items = [{key: value for key, value in item.items() if key not in ("resources", "resizePolicy")} for item in spec.get(field) or ()]
        bare[field] = items
    return bare
