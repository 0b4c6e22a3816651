"""Validation of what containers ask for (ValidateContainerResourceRequirements)."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from minikube_py.machinery import fielderrors, names, quantity
from minikube_py.machinery.fielderrors import FieldError, GoText
from minikube_py.machinery.quantity import Quantity
from minikube_py.registry.objectmeta import NEGATIVE

_CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
_STANDARD = _CONTAINER | {
    "requests.cpu", "requests.memory", "requests.storage", "requests.ephemeral-storage", "limits.cpu", "limits.memory",
    "limits.ephemeral-storage", "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
    "persistentvolumeclaims", "storage", "services.nodeports", "services.loadbalancers",
}  # fmt: skip
_WHOLE = frozenset({"pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
                    "services.nodeports", "services.loadbalancers"})  # fmt: skip
_HUGE = "hugepages-"


def is_native(name: str) -> bool:
    """Tell whether a resource is Kubernetes' own: without a prefix, or with one of kubernetes.io."""
    return "/" not in name or "kubernetes.io/" in name


@lru_cache(maxsize=1024)
def is_extended(name: str) -> bool:
    """Tell whether a resource is one that a device plugin, say, brings."""
    return not is_native(name) and not name.startswith("requests.") and not names.qualified_name(f"requests.{name}")


def overcommits(name: str) -> bool:
    """Tell whether requests may be below limits."""
    return is_native(name) and not name.startswith(_HUGE)


@lru_cache(maxsize=1024)
def name_errors(name: str) -> tuple[str, ...]:
    """Return what is wrong with the name of a resource of a container."""
    found = names.qualified_name(name)
    if found:
        # Only the first check stops here: kube-apiserver goes on to the container's own.
        return found + (("must be a standard resource for containers",) if "/" not in name else ())
    if "/" not in name:
        huge = name.startswith(_HUGE)
        standard = name in _STANDARD or huge or name.startswith("requests.hugepages-")
        texts = () if standard else ("must be a standard resource type or fully qualified",)
        return texts if name in _CONTAINER or huge else (*texts, "must be a standard resource for containers")
    return ("doesn't follow extended resource name standard",) if not is_native(name) and not is_extended(name) else ()


def amount(name: str, text: str, path: str) -> list[FieldError]:
    """Check one amount (ValidateResourceQuantityValue)."""
    value = quantity.parse(text)
    found = [fielderrors.invalid(path, str(value), NEGATIVE)] if value.nanos < 0 else []
    if (name in _WHOLE or is_extended(name)) and value.milli_value() % 1000:
        found.append(fielderrors.invalid(path, _go(value), "must be an integer"))
    return found


def _go(value: Quantity) -> GoText:
    scale, number = -9, value.nanos
    while number and number % 10 == 0 and scale < 0:
        number, scale = number // 10, scale + 1
    inner = f"i:resource.int64Amount{{value:{number}, scale:{scale}}}, d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}"
    return GoText(f'resource.Quantity{{{inner}, s:"{value}", Format:"{value.format}"}}')


def requirements(resources: Mapping[str, Any] | None, path: str, claims: Collection[str] = ()) -> list[FieldError]:
    """Check limits, requests and claims of a container."""
    if not resources:
        return []
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    found: list[FieldError] = []
    for name, text in limits.items():
        found += _entry(name, text, f"{path}.limits[{name}]")
    for name, text in requests.items():
        found += _entry(name, text, f"{path}.requests[{name}]")
        found += _against_limit(name, text, limits, path)
    asked = limits.keys() | requests.keys()
    if any(name.startswith(_HUGE) for name in asked) and not asked & {"cpu", "memory"}:
        found.append(fielderrors.forbidden(path, "HugePages require cpu or memory"))
    if resources.get("claims"):
        found += _claims(resources["claims"], claims, f"{path}.claims")
    return found


def _entry(name: str, text: str, path: str) -> list[FieldError]:
    if name in _CONTAINER and not text.startswith("-"):
        return []
    found = [fielderrors.invalid(path, name, message) for message in name_errors(name)] + amount(name, text, path)
    if name.startswith(_HUGE):
        found += _huge_page(name, text, path)
    return found


def _huge_page(name: str, text: str, path: str) -> list[FieldError]:
    try:
        size = quantity.parse(name.removeprefix(_HUGE))
    except ValueError as error:
        return [fielderrors.invalid(path, text, str(error))]
    if not size or quantity.parse(text).value() % size.value():
        return [fielderrors.invalid(path, text, f"{text} is not positive integer multiple of {size}")]
    return []


def _against_limit(name: str, text: str, limits: Mapping[str, str], path: str) -> list[FieldError]:
    limit = limits.get(name)
    if limit is None:
        if overcommits(name):
            return []
        return [fielderrors.required(f"{path}.limits", "Limit must be set for non overcommitable resources")]
    if limit == text:
        return []
    asked, most = quantity.parse(text), quantity.parse(limit)
    if asked != most and not overcommits(name):
        return [fielderrors.invalid(f"{path}.requests", str(asked), f"must be equal to {name} limit of {most}")]
    if asked > most:
        return [fielderrors.invalid(f"{path}.requests", str(asked), f"must be less than or equal to {name} limit of {most}")]
    return []


def _claims(items: list[dict[str, Any]], claims: Collection[str], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(items):
        name, request = item.get("name", ""), item.get("request", "")
        if not name:
            found.append(fielderrors.required(f"{path}[{index}]"))
            continue
        if (name, request) in seen:
            found.append(fielderrors.duplicate(f"{path}[{index}]", f"{name}/{request}" if request else name))
        seen.add((name, request))
        if name not in claims:
            text = ": " + ", ".join(sorted(claims)) if claims else " which is empty"
            error = fielderrors.not_found(f"{path}[{index}]", name)
            found.append(error._replace(detail="must be one of the names in pod.spec.resourceClaims" + text))
    return found
