"""References to other objects by group, kind or resource, and name."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import checks


def typed(field: str, reference: dict[str, Any]) -> list[FieldError]:
    """Check a reference: apiGroup may be missing, kind and name may not."""
    group = reference.get("apiGroup")
    found = [] if group is None else checks.each(f"{field}.apiGroup", group, names.dns_subdomain(group))
    for part in ("kind", "name"):
        if not reference.get(part):
            found.append(fielderrors.required(f"{field}.{part}", f"{part} is required"))
        else:
            found += checks.each(f"{field}.{part}", reference[part], names.path_segment(reference[part]))
    return found
