"""Requests and limits of a container as an engine's limits, with the kubelet's arithmetic (pkg/kubelet/cm, qos/policy.go). Pure."""

from collections.abc import Mapping
from typing import Any

from minikube_py.kubelet.engines.api import Limits
from minikube_py.machinery import quantity
from minikube_py.machinery.meta import Object

PERIOD = 100_000  # microseconds
_LEAST_SHARES, _MOST_SHARES, _SHARES_OF_CPU = 2, 262_144, 1024
_LEAST_QUOTA = 1000
_BEST_EFFORT_SCORE = 1000
_CRITICAL, _OF_NODE = 2_000_000_000, "system-node-critical"  # the priority from which pods are critical, and the class of those a node needs


def limits(pod: Object, container: Mapping[str, Any], memory: int) -> Limits:
    """Return a container's limits. `memory` is what the node has, in bytes."""
    resources = container.get("resources") or {}
    upper, lower = resources.get("limits") or {}, resources.get("requests") or {}
    most = _milli(upper.get("cpu"))
    asked = _milli(lower["cpu"]) if "cpu" in lower else most
    return Limits(
        memory=_bytes(upper.get("memory")),
        cpu_quota=quota(most),
        cpu_shares=shares(asked),
        oom_score_adj=score(pod, container, memory),
    )


def memory_of_pod(pod: Object) -> int:
    """Return the bytes that a whole pod may use; 0 where one of its containers has no limit."""
    spec = pod["spec"]
    inits, mains = ([_memory(one) for one in spec.get(field) or ()] for field in ("initContainers", "containers"))
    lasting = sum(_memory(one) for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always")
    return max([sum(mains) + lasting, *inits]) if all([*inits, *mains]) else 0


def _memory(container: Mapping[str, Any]) -> int:
    return _bytes(((container.get("resources") or {}).get("limits") or {}).get("memory"))


def shares(milli_cpu: int) -> int:
    """Return the weight of so many thousandths of a processor."""
    return min(max(milli_cpu * _SHARES_OF_CPU // 1000, _LEAST_SHARES), _MOST_SHARES)


def quota(milli_cpu: int) -> int:
    """Return the microseconds in each 100,000; 0 for no limit."""
    return max(milli_cpu * PERIOD // 1000, _LEAST_QUOTA) if milli_cpu else 0


def score(pod: Object, container: Mapping[str, Any], memory: int) -> int:
    """Return whom the kernel kills first when memory runs out: best effort, then who asked for less.

    A kubelet gives guaranteed and critical pods a negative score. Here 0 is the least: on somebody's machine no pod is to outlive what he works
    with, and a negative one needs a right that rootless engines don't have.
    """
    quality = (pod.get("status") or {}).get("qosClass") or _quality(pod)
    spec = pod["spec"]
    if quality == "Guaranteed" or (spec.get("priority") or 0) >= _CRITICAL and spec.get("priorityClassName") == _OF_NODE:
        return 0
    if quality == "BestEffort":
        return _BEST_EFFORT_SCORE
    asked = _asked(container)
    if container.get("restartPolicy") == "Always":  # a sidecar is not to go before what it is there for
        asked = max(asked, min(map(_asked, spec["containers"])))
    adjusted = 1000 - 1000 * asked // memory if memory else 1000
    return min(max(adjusted, 3), _BEST_EFFORT_SCORE - 1)  # 3: 1000 + the score of a guaranteed pod, -997


def _asked(container: Mapping[str, Any]) -> int:
    """Return the bytes of memory that a container asks for."""
    resources = container.get("resources") or {}
    return _bytes((resources.get("requests") or {}).get("memory", (resources.get("limits") or {}).get("memory")))


def _quality(pod: Object) -> str:
    """Return the quality of service of a pod whose status does not tell it yet; what is not Best Effort is taken as Burstable."""
    containers = [*(pod["spec"].get("initContainers") or ()), *(pod["spec"].get("containers") or ())]
    named = [(container.get("resources") or {}).get(kind) or {} for container in containers for kind in ("requests", "limits")]
    return "Burstable" if any(amounts.get(name) for amounts in named for name in ("cpu", "memory")) else "BestEffort"


def _milli(amount: Any) -> int:
    return quantity.parse(amount).milli_value() if amount is not None else 0


def _bytes(amount: Any) -> int:
    return quantity.parse(amount).value() if amount is not None else 0
