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
    totals: dict[str, dict[str, int]] = {"requests": {}, "limits": {}}
    guaranteed = True
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        resources = container.get("resources") or {}
        limited = 0
        for part, total in totals.items():
            given = resources.get(part) or {}
            for name in ("cpu", "memory"):
                nanos = quantity.parse(given[name]).nanos if name in given else 0
                if nanos > 0:
                    total[name] = total.get(name, 0) + nanos
                    limited += part == "limits"
        guaranteed = guaranteed and limited == 2
    if not any(totals.values()):
        return "BestEffort"
    return "Guaranteed" if guaranteed and totals["requests"] == totals["limits"] else "Burstable"
