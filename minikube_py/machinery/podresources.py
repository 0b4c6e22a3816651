"""What a pod asks for and what a node has, in whole numbers: thousandths of a CPU, bytes, counts."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from minikube_py.machinery import quantity
from minikube_py.machinery.meta import Object

# What a container that asks for nothing is taken for when nodes are scored (kube-scheduler util/pod_resources.go).
DEFAULT_MILLI_CPU = 100
DEFAULT_MEMORY = 200 * 1024 * 1024
_ANY = "0.0.0.0"  # the host address that means all
_NATIVE = ("cpu", "memory", "ephemeral-storage")


class Requests(NamedTuple):
    """The sum of a pod; `nz_` with the defaults for containers that do not ask. `scalars` holds all other resources."""

    cpu: int
    memory: int
    ephemeral: int
    nz_cpu: int
    nz_memory: int
    scalars: dict[str, int] | None


@lru_cache(maxsize=65536)
def milli(text: str | int | float) -> int:
    """Return thousandths."""
    return quantity.parse(text).milli_value()


@lru_cache(maxsize=65536)
def whole(text: str | int | float) -> int:
    """Return whole units."""
    return quantity.parse(text).value()


def amounts(resource_list: dict[str, Any] | None) -> dict[str, int]:
    """Return a ResourceList in numbers; cpu in thousandths."""
    return {name: milli(text) if name == "cpu" else whole(text) for name, text in (resource_list or {}).items()}


def pod_requests(pod: Object) -> Requests:
    """Return what a pod takes on its node: containers and sidecars together, or the largest init step, and the overhead."""
    spec = pod["spec"]
    running = _running_requests(pod)
    infeasible = bool(running) and _never_resized(pod)
    asked = _sum(spec, running, infeasible, fill=False)
    filled = _sum(spec, running, infeasible, fill=True)
    scalars = {name: amount for name, amount in asked.items() if name not in _NATIVE}
    return Requests(
        asked.get("cpu", 0), asked.get("memory", 0), asked.get("ephemeral-storage", 0),
        filled.get("cpu", 0), filled.get("memory", 0), scalars or None,
    )  # fmt: skip


def _running_requests(pod: Object) -> dict[str, dict[str, int]]:
    """Return what containers hold now, where a resize in place may have changed it: the larger of what runs and what was allocated."""
    status = pod.get("status") or {}
    held: dict[str, dict[str, int]] = {}
    for field in ("containerStatuses", "initContainerStatuses"):
        for container in status.get(field) or ():
            resources = container.get("resources")
            if resources is not None:
                held[container["name"]] = amounts(resources.get("requests"))
                _maximum(held[container["name"]], amounts(container.get("allocatedResources")))
    return held


def _never_resized(pod: Object) -> bool:
    """Tell whether the kubelet said that the size asked for can not be had: then it counts for nothing."""
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "PodResizePending":
            return bool(condition.get("reason") == "Infeasible")
    return False


def _container(container: dict[str, Any], held: dict[str, int] | None, infeasible: bool, fill: bool) -> dict[str, int]:
    resources = container.get("resources")
    asked = amounts(resources.get("requests")) if resources and not (infeasible and held is not None) else {}
    if held is not None:
        _maximum(asked, held)
    if fill:
        asked.setdefault("cpu", DEFAULT_MILLI_CPU)
        asked.setdefault("memory", DEFAULT_MEMORY)
    return asked


def _sum(spec: Object, running: dict[str, dict[str, int]], infeasible: bool, fill: bool) -> dict[str, int]:
    total: dict[str, int] = {}
    for container in spec.get("containers") or ():
        _add(total, _container(container, running.get(container["name"]), infeasible, fill))
    if spec.get("initContainers"):
        _add_init(total, spec["initContainers"], running, infeasible, fill)
    if spec.get("overhead"):
        _add(total, amounts(spec["overhead"]))
    return total


def _add_init(
    total: dict[str, int], init: list[dict[str, Any]], running: dict[str, dict[str, int]], infeasible: bool, fill: bool
) -> None:
    sidecars: dict[str, int] = {}
    largest: dict[str, int] = {}
    for container in init:
        sidecar = container.get("restartPolicy") == "Always"
        asked = _container(container, running.get(container["name"]) if sidecar else None, infeasible, fill)
        if sidecar:
            _add(total, asked)
            _add(sidecars, asked)
            step = dict(sidecars)
        else:
            step = asked
            _add(step, sidecars)
        _maximum(largest, step)
    _maximum(total, largest)


def _add(total: dict[str, int], more: dict[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _maximum(total: dict[str, int], other: dict[str, int]) -> None:
    for name, amount in other.items():
        if amount > total.get(name, -1):
            total[name] = amount


def host_ports(pod: Object) -> list[tuple[str, str, int]]:
    """Return (host IP, protocol, port) of all host ports, sidecars' included."""
    spec = pod["spec"]
    found = []
    sidecars = [container for container in spec.get("initContainers") or () if container.get("restartPolicy") == "Always"]
    for container in (*sidecars, *(spec.get("containers") or ())):
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                found.append((port.get("hostIP") or _ANY, port.get("protocol") or "TCP", port["hostPort"]))
    return found


def conflict(wanted: Sequence[Sequence[object]], used: Sequence[Sequence[object]]) -> bool:
    """Tell whether any (host IP, protocol, port) meets one in use; the wildcard address meets all."""
    for address, protocol, port in wanted:
        for other, other_protocol, other_port in used:
            if port == other_port and protocol == other_protocol and (address == other or _ANY in (address, other)):
                return True
    return False
