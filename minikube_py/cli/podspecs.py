"""Where kinds keep their pod spec, and which of its containers a wildcard means (kubectl polymorphichelpers/updatepodspec.go, pkg/cmd/set/helper.go)."""

from typing import Any

from minikube_py.cli import typedobjects
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_TEMPLATE = ("spec", "template", "spec")
_PATHS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): ("spec",),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
}


def of(obj: Object) -> dict[str, Any]:
    """Return the pod spec of an object, made where it has none; KctlError where its kind has no place for one."""
    group = obj["apiVersion"].rpartition("/")[0]
    path = _PATHS.get((group, obj["kind"]))
    if path is None:
        raise KctlError(f"the object is not a pod or does not have a pod template: {typedobjects.go_type(obj)}")
    place = obj
    for field in path:
        if place.get(field) is None:
            place[field] = {}
        place = place[field]
    return place


def containers(spec: dict[str, Any], wanted: str) -> list[dict[str, Any]]:
    """Return the containers, then the init containers, whose names match."""
    found = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return [container for container in found if matches(container.get("name", ""), wanted)]


def matches(name: str, wanted: str) -> bool:
    """Tell whether a name fits a text with wildcards, by kubectl's own rules."""
    if "*" not in wanted:
        return name == wanted
    at, parts = 0, wanted.split("*")
    for index, part in enumerate(parts):
        if not part:
            continue
        found = name[at:].find(part)  # counted from `at`, and compared as if it were not: as kubectl does
        if found < at or (index == 0 and at) or (index == len(parts) - 1 and len(name) != len(part) + found):
            return False
        at = found
    return True
