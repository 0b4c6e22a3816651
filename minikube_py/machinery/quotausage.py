"""How much of a namespace's quota is used: rules about objects, without I/O (pkg/quota/v1/evaluator/core)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from minikube_py.machinery import meta, persistentvolumes, quantity
from minikube_py.machinery.meta import Object
from minikube_py.machinery.quantity import Quantity

_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_CLASS = ".storageclass.storage.k8s.io/"
# The resources that a quota counts under their plain names.
COUNTED = ("configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets", "services")
Usage = dict[str, Quantity]
ONE = quantity.from_int(1)


def resource_of(name: str) -> str:
    """Return which resource has to be listed to know how much of a quota's resource is used."""
    if name.startswith("count/"):
        return name.removeprefix("count/")
    if name in COUNTED:
        return name
    if name.startswith("services."):
        return "services"
    if name == "requests.storage" or _CLASS in name:
        return "persistentvolumeclaims"
    return "pods"


def usage(resource: str, obj: Object) -> Usage:
    """Return what one object uses."""
    counted: Usage = {f"count/{resource}": ONE}
    special = _SPECIAL.get(resource)
    if special is not None:
        return special(obj, counted)
    return {**counted, resource: ONE} if resource in COUNTED else counted


def total(usages: Iterable[Usage], hard: Iterable[str]) -> dict[str, str]:
    """Return the sums of what a quota limits, spelled as quantities."""
    sums = {name: quantity.from_int(0) for name in hard}
    for one in usages:
        for name, amount in one.items():
            if name in sums:
                sums[name] = sums[name] + amount
    return {name: str(amount) for name, amount in sums.items()}


def _pod(pod: Object, counted: Usage) -> Usage:
    """Pods that ended count as objects only."""
    if meta.is_over(pod):
        return counted
    return {**counted, "pods": ONE, **computed(amounts(pod["spec"], "requests"), amounts(pod["spec"], "limits"))}


def computed(requests: Usage, limits: Usage) -> Usage:
    """Return under which names requests and limits are counted."""
    found: Usage = {}
    for name, amount in requests.items():
        is_page = name.startswith("hugepages-")
        if name in _COMPUTE or is_page:
            found[name] = amount
        if name in _COMPUTE or is_page or "/" in name:
            found[f"requests.{name}"] = amount
    for name, amount in limits.items():
        if name in _COMPUTE:
            found[f"limits.{name}"] = amount
    return found


def amounts(spec: Mapping[str, Any], field: str, *, overhead: bool = True) -> Usage:
    """Return what a pod asks for in all: containers and sidecars together, or the largest init container, and the overhead."""
    running: Usage = {}
    for container in spec["containers"]:
        _add(running, container, field)
    sidecars: Usage = {}
    highest: Usage = {}
    for container in spec.get("initContainers") or ():
        step = dict(sidecars)
        _add(step, container, field)
        if container.get("restartPolicy") == "Always":
            _add(sidecars, container, field)
            _add(running, container, field)
        for name, amount in step.items():
            highest[name] = max(amount, highest.get(name, amount))
    found = {name: max(running.get(name, zero), highest.get(name, zero)) for name in {**running, **highest} for zero in (quantity.from_int(0),)}
    for name, text in (overhead and spec.get("overhead") or {}).items():
        if field == "requests" or name in found:
            found[name] = found.get(name, quantity.from_int(0)) + quantity.parse(text)
    return found


def _add(sums: Usage, container: Mapping[str, Any], field: str) -> None:
    for name, text in ((container.get("resources") or {}).get(field) or {}).items():
        sums[name] = sums.get(name, quantity.from_int(0)) + quantity.parse(text)


def _service(service: Object, counted: Usage) -> Usage:
    found = {**counted, "services": ONE}
    ports, kind = service["spec"].get("ports") or (), service["spec"].get("type")
    if kind == "LoadBalancer":
        found["services.loadbalancers"] = ONE
        if service["spec"].get("allocateLoadBalancerNodePorts", True):
            found["services.nodeports"] = quantity.from_int(len(ports))
        else:
            found["services.nodeports"] = quantity.from_int(sum(bool(port.get("nodePort")) for port in ports))
    elif kind == "NodePort":
        found["services.nodeports"] = quantity.from_int(len(ports))
    return found


def _claim(claim: Object, counted: Usage) -> Usage:
    found = {**counted, "persistentvolumeclaims": ONE}
    name = persistentvolumes.class_of(claim)
    storage = _storage(claim)
    if storage is not None:
        found["requests.storage"] = storage
    if name:
        found[f"{name}{_CLASS}persistentvolumeclaims"] = ONE
        if storage is not None:
            found[f"{name}{_CLASS}requests.storage"] = storage
    return found


def _storage(claim: Object) -> Quantity | None:
    """Return the room that a claim takes in whole bytes: what it asks for, or what is allocated already where that is more."""
    text = ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage")
    if text is None:
        return None
    allocated = ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage")
    asked = _whole(quantity.parse(text))
    given = None if allocated is None else quantity.parse(allocated)
    return asked if given is None or given <= asked else _whole(given)


def _whole(amount: Quantity) -> Quantity:
    exact = quantity.from_int(amount.value(), amount.format)
    return amount if exact == amount else exact


_SPECIAL: dict[str, Callable[[Object, Usage], Usage]] = {"pods": _pod, "services": _service, "persistentvolumeclaims": _claim}


def in_scope(quota: Object, pod: Object) -> bool:
    """Tell whether a quota's scopes cover a pod."""
    spec = (quota.get("spec") or {})
    terms = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    terms.extend((spec.get("scopeSelector") or {}).get("matchExpressions") or ())
    return all(_covers(term, pod) for term in terms)


def _covers(term: Mapping[str, Any], pod: Object) -> bool:
    name: str = term["scopeName"]
    spec = pod["spec"]
    if name in ("Terminating", "NotTerminating"):
        return bool((spec.get("activeDeadlineSeconds") is not None) == (name == "Terminating"))
    if name in ("BestEffort", "NotBestEffort"):
        return _is_best_effort(spec) == (name == "BestEffort")
    if name == "PriorityClass":
        return _class_matches(term, spec.get("priorityClassName") or "")
    return name == "CrossNamespacePodAffinity" and _reaches_out(spec.get("affinity") or {})


def _is_best_effort(spec: Mapping[str, Any]) -> bool:
    """Tell whether a pod asks for neither CPU nor memory (pkg/apis/core/helper/qos)."""
    for container in (*spec["containers"], *(spec.get("initContainers") or ())):
        resources = container.get("resources") or {}
        asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
        if any(asked.get(name) and quantity.parse(asked[name]) for name in ("cpu", "memory")):
            return False
    return True


def _class_matches(term: Mapping[str, Any], value: str) -> bool:
    operator, values = term.get("operator"), term.get("values") or ()
    if operator == "Exists":
        return bool(value)
    if operator == "DoesNotExist":
        return not value
    return (value in values) == (operator == "In")


def _reaches_out(affinity: Mapping[str, Any]) -> bool:
    for field in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(field) or {}
        preferred = [item.get("podAffinityTerm") or {} for item in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()]
        for term in (*(rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()), *preferred):
            if term.get("namespaces") or term.get("namespaceSelector") is not None:
                return True
    return False
