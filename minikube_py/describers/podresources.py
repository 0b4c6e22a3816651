"""What pods ask for: sums over containers as kubectl makes them, and the class of service that follows."""

from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.describers import golang
from minikube_py.machinery import meta, quantity
from minikube_py.machinery.meta import Object
from minikube_py.machinery.quantity import Quantity

Amounts = dict[str, Quantity]
_COMPUTE = ("cpu", "memory")


def parse(amounts: Mapping[str, Any] | None) -> Amounts:
    """Return quantities by name of the resource."""
    return {name: quantity.parse(amount) for name, amount in (amounts or {}).items()}


def add(total: Amounts, more: Amounts) -> None:
    """Add to a sum."""
    for name, amount in more.items():
        total[name] = total[name] + amount if name in total else amount


def _raise(total: Amounts, floor: Amounts) -> None:
    for name, amount in floor.items():
        if name not in total or amount > total[name]:
            total[name] = amount


def requests(pod: Object) -> Amounts:
    """Return what a pod requests: running containers together, or its largest moment of initialization, and overhead."""
    listed = [*golang.at(pod, "status.containerStatuses", ()), *golang.at(pod, "status.initContainerStatuses", ())]
    statuses = {entry["name"]: entry for entry in listed}

    def wanted(container: dict[str, Any], resizable: bool) -> Amounts:
        status = statuses.get(container["name"]) if resizable else None
        asked = parse(golang.at(container, "resources.requests"))
        return asked if status is None or status.get("resources") is None else _resized(pod, asked, status)

    total = _sum(pod.get("spec") or {}, wanted)
    add(total, parse(golang.at(pod, "spec.overhead")))
    return total


def limits(pod: Object) -> Amounts:
    """Return what a pod is limited to, in the same way; overhead counts where there is a limit."""
    total = _sum(pod.get("spec") or {}, lambda container, _: parse(golang.at(container, "resources.limits")))
    for name, amount in parse(golang.at(pod, "spec.overhead")).items():
        if total.get(name):
            total[name] = total[name] + amount
    return total


def _sum(spec: dict[str, Any], wanted: Any) -> Amounts:
    total: Amounts = {}
    for container in spec.get("containers") or ():
        add(total, wanted(container, True))
    sidecars: Amounts = {}
    highest: Amounts = {}
    for container in spec.get("initContainers") or ():
        sidecar = container.get("restartPolicy") == "Always"
        amounts = wanted(container, sidecar)
        if sidecar:
            add(total, amounts)
            add(sidecars, amounts)
            moment = sidecars
        else:
            moment = dict(amounts)
            add(moment, sidecars)
        _raise(highest, moment)
    _raise(total, highest)
    return total


def _resized(pod: Object, asked: Amounts, status: dict[str, Any]) -> Amounts:
    """Return the most of what is asked for, given and in use, while a resize is under way."""
    resize = meta.condition(pod, "PodResizePending")
    result = {} if resize is not None and resize.get("reason") == "Infeasible" else dict(asked)
    _raise(result, parse(golang.at(status, "resources.requests")))
    _raise(result, parse(status.get("allocatedResources")))
    return result


def qos_class(spec: Mapping[str, Any]) -> str:
    """Return BestEffort, Burstable or Guaranteed."""
    parts = [spec["resources"]] if spec.get("resources") is not None else [each.get("resources") or {} for each in _all(spec)]
    asked = _compute(part.get("requests") for part in parts)
    bound = _compute(part.get("limits") for part in parts)
    if not asked and not bound:
        return "BestEffort"
    complete = all(len(_compute([part.get("limits")])) == len(_COMPUTE) for part in parts)
    return "Guaranteed" if complete and asked == bound else "Burstable"


def _all(spec: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    yield from spec.get("containers") or ()
    yield from spec.get("initContainers") or ()


def _compute(parts: Iterable[Mapping[str, Any] | None]) -> Amounts:
    total: Amounts = {}
    for part in parts:
        add(total, {name: amount for name, amount in parse(part).items() if name in _COMPUTE and amount.nanos > 0})
    return total
