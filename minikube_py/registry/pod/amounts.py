"""Amounts of resources as kube-apiserver stores them, and what pods ask for in total."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from minikube_py.machinery import quantity
from minikube_py.machinery.quantity import Quantity

_MILLI = 10**6


@lru_cache(maxsize=8192)
def stored(text: str | int | float) -> str:
    """Return the canonical spelling, rounded up to thousandths; ValueError where `text` is no quantity."""
    amount = quantity.parse(text)
    rest = amount.nanos % _MILLI
    if rest:
        # SetDefaults_ResourceList rounds away from zero.
        amount = Quantity(amount.nanos - rest + (_MILLI if amount.nanos > 0 else 0), amount.format)
    return str(amount)


def settle(amounts: dict[str, Any] | None) -> None:
    """Bring the amounts of a ResourceList into the form in which they are stored."""
    if amounts:
        for name, amount in amounts.items():
            amounts[name] = stored(amount)


def settle_requirements(resources: dict[str, Any] | None) -> None:
    """Do so for limits and requests."""
    if resources:
        settle(resources.get("limits"))
        settle(resources.get("requests"))


def qos_class(spec: Mapping[str, Any]) -> str:
    """Return Guaranteed, Burstable or BestEffort (pkg/apis/core/helper/qos)."""
    asked, limited = False, True
    guaranteed = True
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        resources = container.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        for name in ("cpu", "memory"):
            limit = quantity.parse(limits[name]) if name in limits else None
            request = quantity.parse(requests[name]) if name in requests else None
            asked = asked or bool(limit) or bool(request)
            limited = limited and bool(limit)
            # Requests that are left out come from limits when a pod is created.
            guaranteed = guaranteed and limit is not None and (request is None or request == limit)
    if not asked:
        return "BestEffort"
    return "Guaranteed" if limited and guaranteed else "Burstable"
