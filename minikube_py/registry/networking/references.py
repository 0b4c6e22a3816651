"""References to other objects by group, kind or resource, and name."""

from typing import Any

from minikube_py.machinery import names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import checks


def typed(field: str, reference: dict[str, Any], parts: tuple[str, ...] = ("kind", "name")) -> list[FieldError]:
    """Check a reference: apiGroup may be missing, `parts` may not."""
    group = reference.get("apiGroup")
    found = [] if group is None else checks.each(f"{field}.apiGroup", group, names.dns_subdomain(group))
    for part in parts:
        found += checks.named(f"{field}.{part}", reference.get(part), names.path_segment)
    return found
