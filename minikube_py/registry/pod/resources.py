"""Validation of what containers ask for (ValidateContainerResourceRequirements)."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.core import resourcenames
from minikube_py.registry.core.resourcenames import HUGE_PAGES


def requirements(resources: Mapping[str, Any] | None, path: str) -> list[FieldError]:
    """Check limits and requests of a container."""
    if not resources:
        return []
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    found: list[FieldError] = []
    for name, text in limits.items():
        found += _entry(name, text, f"{path}.limits[{name}]") + _huge_page(name, text, f"{path}.limits[{name}]")
    for name, text in requests.items():
        found += _entry(name, text, f"{path}.requests[{name}]")
        found += _against_limit(name, text, limits, path) + _huge_page(name, text, f"{path}.requests[{name}]")
    asked = limits.keys() | requests.keys()
    if any(name.startswith(HUGE_PAGES) for name in asked) and not asked & {"cpu", "memory"}:
        found.append(fielderrors.forbidden(path, "HugePages require cpu or memory"))
    return found


def _entry(name: str, text: str, path: str) -> list[FieldError]:
    if name in resourcenames.CONTAINER and not text.startswith("-"):
        return []
    return resourcenames.wrong(path, name, resourcenames.container_messages(name)) + resourcenames.amount(path, name, text)


def _huge_page(name: str, text: str, path: str) -> list[FieldError]:
    if not name.startswith(HUGE_PAGES):
        return []
    try:
        size = quantity.parse(name.removeprefix(HUGE_PAGES)).value()
    except ValueError:
        size = 0
    if not size or quantity.parse(text).value() % size:
        return [fielderrors.invalid(path, text, f"{text} is not positive integer multiple of {name}")]
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
