"""The resize subresource of pods: resources of running containers (ValidatePodResize)."""

from collections.abc import Iterator, Mapping
from typing import Any

from minikube_py.machinery import fielderrors, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta, values
from minikube_py.registry.pod import amounts, annotations, validation

_FIELDS = ("containers", "initContainers")
_MUTABLE = ("cpu", "memory")


def keep(obj: Object, old: Object) -> None:
    """Put everything back that a resize does not change; unless containers were added, removed or renamed, which validation refuses."""
    if any(len(obj["spec"].get(field) or ()) != len(old["spec"].get(field) or ()) for field in _FIELDS):
        return
    spec = dict(old["spec"])
    for field in _FIELDS:
        pairs = list(zip(obj["spec"].get(field) or (), spec.get(field) or (), strict=True))
        if all(item.get("name") == other.get("name") for item, other in pairs):
            if pairs:
                spec[field] = [_merged(item, other) for item, other in pairs]
        else:
            spec[field] = obj["spec"][field]
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
        return [fielderrors.forbidden("[]", "static pods cannot be resized")]
    if (old["spec"].get("os") or {}).get("name") == "windows":
        return [fielderrors.forbidden("[]", "windows pods cannot be resized")]
    found = objectmeta.update(obj, old) + validation.metadata_and_spec(obj)
    quality = (old.get("status") or {}).get("qosClass") or amounts.qos_class(old["spec"])
    if quality != amounts.qos_class(obj["spec"]):
        shown = (obj.get("status") or {}).get("qosClass", "")
        found.append(fielderrors.invalid("spec", shown, "Pod QOS Class may not change as a result of resizing"))
    if not _is_supported(old):
        found.append(fielderrors.forbidden("spec", "Pod running on node without support for resize"))
    moved = [error for field in ("containers", "initContainers") for error in _order(obj["spec"], old["spec"], field)]
    if moved:
        return found + moved
    for field in ("initContainers", "containers"):
        for index, (item, other) in enumerate(_pairs(obj, old, field)):
            if field == "containers" or _is_sidecar(other):
                found += _container(item, other, f"spec.{field}[{index}].resources")
    return found + _others(obj, old)


def _pairs(obj: Object, old: Object, field: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    return zip(obj["spec"].get(field) or (), old["spec"].get(field) or (), strict=True)


def _is_sidecar(item: Mapping[str, Any]) -> bool:
    return item.get("restartPolicy") == "Always"


def _order(new: Mapping[str, Any], old: Mapping[str, Any], field: str) -> list[FieldError]:
    items, others = new.get(field) or (), old.get(field) or ()
    if len(items) != len(others):
        return [fielderrors.forbidden(f"spec.{field}", f"{field} may not be added or removed on resize")]
    return [
        fielderrors.forbidden(f"spec.{field}[{index}].name", f"{field} may not be renamed or reordered on resize")
        for index, (item, other) in enumerate(zip(items, others, strict=True))
        if item.get("name") != other.get("name")
    ]


def _others(obj: Object, old: Object) -> list[FieldError]:
    """Check that nothing but amounts of cpu and memory changes."""
    found = []
    for item, other in _pairs(obj, old, "containers"):
        if not values.equal(_put_back(item, other), other):
            found.append(fielderrors.forbidden("spec", "only cpu and memory resources are mutable"))
    for item, other in _pairs(obj, old, "initContainers"):
        if _is_sidecar(item):
            if not values.equal(_put_back(item, other), other):
                found.append(fielderrors.forbidden("spec", "only cpu and memory resources for sidecar containers are mutable"))
        elif not values.equal(item, other):
            found.append(fielderrors.forbidden("spec", "resources for non-sidecar init containers are immutable"))
    return found


def _put_back(item: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Return a container with the cpu and memory that it had; where it had no amounts of a sort at all, with none."""
    new, before = item.get("resources") or {}, old.get("resources") or {}
    kept: dict[str, Any] = {}
    for part in ("limits", "requests"):
        if before.get(part) is not None:
            kept[part] = {name: value for name, value in (new.get(part) or {}).items() if name not in _MUTABLE}
            kept[part].update({name: value for name, value in before[part].items() if name in _MUTABLE})
    return {**item, "resources": kept}


def _is_supported(pod: Object) -> bool:
    for item in (pod.get("status") or {}).get("containerStatuses") or ():
        if "running" in (item.get("state") or {}):
            return item.get("resources") is not None
    return True


def _container(item: Mapping[str, Any], old: Mapping[str, Any], path: str) -> list[FieldError]:
    new, before = item.get("resources") or {}, old.get("resources") or {}
    found = []
    for part in ("requests", "limits"):
        if (before.get(part) or {}).keys() - (new.get(part) or {}).keys():
            found.append(fielderrors.forbidden(f"{path}.{part}", f"resource {part} cannot be removed"))
    return found + _memory_limit(item, new.get("limits") or {}, before.get("limits") or {}, f"{path}.limits[memory]")


def _memory_limit(item: Mapping[str, Any], new: Mapping[str, str], old: Mapping[str, str], path: str) -> list[FieldError]:
    policies = [one.get("restartPolicy", "") for one in item.get("resizePolicy") or () if one.get("resourceName") == "memory"]
    if "memory" not in new or (policies and policies[0] not in ("", "NotRequired")):
        return []
    if "memory" not in old:
        return [fielderrors.forbidden(path, "memory limits cannot be added unless resizePolicy is RestartContainer")]
    if quantity.parse(new["memory"]) < quantity.parse(old["memory"]):
        return [fielderrors.forbidden(path, "memory limits cannot be decreased unless resizePolicy is RestartContainer")]
    return []
