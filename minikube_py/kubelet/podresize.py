"""Resizes in place: what containers that run are granted of what their pod asks for by now (kubelet's allocation manager)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import meta, quantity, quotausage
from minikube_py.machinery.meta import Object
from minikube_py.machinery.quantity import Quantity

RETRY = 60.0  # seconds until what had to be deferred is looked at again
_PENDING, _GOES_ON = "PodResizePending", "PodResizeInProgress"
_FIELDS = ("initContainers", "initContainerStatuses"), ("containers", "containerStatuses")
_NONE = quantity.from_int(0)


class Resize(NamedTuple):
    """A pod as far as it is granted, and why its containers keep what they have: for want of room, or as the engine failed to change it."""

    pod: Object
    reason: str = ""
    message: str = ""
    failure: str = ""


def resized(pod: Object, node: Object, others: Callable[[], Iterable[Object]]) -> Resize:
    """Return a pod with the resources that its containers are to have now. `others` are the pods of its node, asked for where it matters."""
    held = granted(pod)
    if held is pod:
        return Resize(pod)
    reason, message = _refusal(pod, node, others)
    return Resize(held, reason, message) if reason else Resize(pod)


def granted(pod: Object) -> Object:
    """Return a pod with the resources that its containers have; the very pod where those are what it asks for."""
    spec, status = pod["spec"], pod.get("status") or {}
    changed: dict[str, Any] = {}
    for field, statuses in _FIELDS:
        known = {item["name"]: item["resources"] for item in status.get(statuses) or () if item.get("containerID") and "resources" in item}
        if any(known.get(item["name"], item.get("resources") or {}) != (item.get("resources") or {}) for item in spec.get(field) or ()):
            changed[field] = [{**item, "resources": known.get(item["name"], item.get("resources") or {})} for item in spec[field]]
    return {**pod, "spec": {**spec, **changed}} if changed else pod


def _refusal(pod: Object, node: Object, others: Callable[[], Iterable[Object]]) -> tuple[str, str]:
    """Return reason and message where a node has no room for what a pod asks for."""
    room = _measured({name: quantity.parse(text) for name, text in ((node.get("status") or {}).get("allocatable") or {}).items()})
    asked = _measured(quotausage.amounts(pod["spec"], "requests"))
    for name in ("memory", "cpu"):
        if asked[name] > room[name]:
            return "Infeasible", f"Node didn't have enough capacity: {name}, requested: {asked[name]}, capacity: {room[name]}"
    beside = [other for other in others() if meta.uid(other) != meta.uid(pod) and not meta.is_over(other)]
    used = [_measured(quotausage.amounts(granted(other)["spec"], "requests")) for other in beside]
    for name in ("cpu", "memory"):
        taken = sum(one[name] for one in used)
        if asked[name] + taken > room[name]:
            return "Deferred", f"Node didn't have enough resource: {name}, requested: {asked[name]}, used: {taken}, capacity: {room[name]}"
    return "", ""


def _measured(amounts: Mapping[str, Quantity]) -> dict[str, int]:
    """Return processor time in thousandths, and memory in bytes."""
    return {"cpu": amounts.get("cpu", _NONE).milli_value(), "memory": amounts.get("memory", _NONE).value()}


def needs_restart(spec: Mapping[str, Any], former: Mapping[str, Any]) -> bool:
    """Tell whether a running container has to be started anew to get its resources, by its resizePolicy."""
    if not former.get("containerID") or "resources" not in former:
        return False
    before, now = former["resources"], spec.get("resources") or {}
    strict = [item["resourceName"] for item in spec.get("resizePolicy") or () if item.get("restartPolicy") == "RestartContainer"]
    return any((before.get(field) or {}).get(name) != (now.get(field) or {}).get(name) for name in strict for field in ("requests", "limits"))


def noted(status: dict[str, Any], resize: Resize, goes_on: bool, now: float) -> dict[str, Any]:
    """Return a pod's status with the conditions that say why a resize has to wait, or that it `goes_on`; without them where there is none."""
    known = {item["type"]: item for item in status["conditions"] if item["type"] in (_PENDING, _GOES_ON)}
    found = {_PENDING: {"reason": resize.reason, "message": resize.message}} if resize.reason else dict[str, dict[str, str]]()
    if goes_on:
        former = known.get(_GOES_ON) or {}
        found[_GOES_ON] = {"reason": "Error", "message": resize.failure} if resize.failure else {
            field: former[field] for field in ("reason", "message") if field in former}  # fmt: skip
    if not found and not known:
        return status
    told = [{"type": kind, "status": "True", "lastProbeTime": None,
             "lastTransitionTime": known[kind]["lastTransitionTime"] if kind in known else rfc3339(now), **words} for kind, words in found.items()]  # fmt: skip
    return {**status, "conditions": [*told, *(item for item in status["conditions"] if item["type"] not in known)]}
