"""Validation of what containers ask for (ValidateContainerResourceRequirements)."""

from collections.abc import Collection, Mapping
from typing import Any

from minikube_py.machinery import fielderrors, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.core import resourcenames
from minikube_py.registry.core.resourcenames import HUGE_PAGES


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
    if any(name.startswith(HUGE_PAGES) for name in asked) and not asked & {"cpu", "memory"}:
        found.append(fielderrors.forbidden(path, "HugePages require cpu or memory"))
    if resources.get("claims"):
        found += _claims(resources["claims"], claims, f"{path}.claims")
    return found


def _entry(name: str, text: str, path: str) -> list[FieldError]:
    if name in resourcenames.CONTAINER and not text.startswith("-"):
        return []
    found = [fielderrors.invalid(path, name, message) for message in resourcenames.container_messages(name)] + resourcenames.amount(path, name, text)
    if name.startswith(HUGE_PAGES):
        found += _huge_page(name, text, path)
    return found


def _huge_page(name: str, text: str, path: str) -> list[FieldError]:
    try:
        size = quantity.parse(name.removeprefix(HUGE_PAGES))
    except ValueError as error:
        return [fielderrors.invalid(path, text, str(error))]
    if not size or quantity.parse(text).value() % size.value():
        return [fielderrors.invalid(path, text, f"{text} is not positive integer multiple of {size}")]
    return []


def _against_limit(name: str, text: str, limits: Mapping[str, str], path: str) -> list[FieldError]:
    limit = limits.get(name)
    if limit is None:
        if resourcenames.overcommit_allowed(name):
            return []
        return [fielderrors.required(f"{path}.limits", "Limit must be set for non overcommitable resources")]
    if limit == text:
        return []
    asked, most = quantity.parse(text), quantity.parse(limit)
    if asked != most and not resourcenames.overcommit_allowed(name):
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
