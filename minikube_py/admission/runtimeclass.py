"""RuntimeClass: a pod costs and goes where its RuntimeClass says."""

from typing import Any

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, quantity
from minikube_py.machinery.meta import Object
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

_CLASSES = "runtimeclasses.node.k8s.io"
_DIFFERENT = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
_UNFOUNDED = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


class RuntimeClass(AdmissionPlugin):
    """plugin/pkg/admission/runtimeclass."""

    name = "RuntimeClass"
    operations = ("CREATE",)
    resources = ("pods",)

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Give the pod the overhead, the node selector and the tolerations of its class."""
        pod = attributes.object
        assert pod is not None
        found = _class_of(attributes, pod, reader)
        if found is None:
            return
        overhead = (found.get("overhead") or {}).get("podFixed")
        if found.get("overhead") is not None:
            _check_overhead(attributes, pod, overhead)
            if overhead:
                pod["spec"]["overhead"] = dict(overhead)
        if found.get("scheduling"):
            _schedule(attributes, pod["spec"], found["scheduling"])

    def validate(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Refuse overhead that no class gave."""
        pod = attributes.object
        assert pod is not None
        found = _class_of(attributes, pod, reader)
        if found is not None and found.get("overhead") is not None:
            _check_overhead(attributes, pod, found["overhead"].get("podFixed"))
        elif pod["spec"].get("overhead"):
            raise errors.Forbidden("pods", attributes.label, _UNFOUNDED)


def _class_of(attributes: Attributes, pod: Object, reader: Reader) -> Object | None:
    name = pod["spec"].get("runtimeClassName")
    if name is None:
        return None
    found = reader.get(_CLASSES, name)
    if found is None:
        raise errors.Forbidden("pods", attributes.label, f'pod rejected: RuntimeClass "{name}" not found')
    return found


def _check_overhead(attributes: Attributes, pod: Object, wanted: dict[str, str] | None) -> None:
    given = pod["spec"].get("overhead")
    if given and _amounts(given) != _amounts(wanted or {}):
        raise errors.Forbidden("pods", attributes.label, _DIFFERENT)


def _amounts(resources: dict[str, str]) -> dict[str, quantity.Quantity]:
    return {name: quantity.parse(text) for name, text in resources.items()}


def _schedule(attributes: Attributes, spec: dict[str, Any], scheduling: dict[str, Any]) -> None:
    selector = dict(spec.get("nodeSelector") or {})
    for key, value in (scheduling.get("nodeSelector") or {}).items():
        if selector.setdefault(key, value) != value:
            text = f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; pod.spec.nodeSelector[{key}] = {selector[key]}"
            raise errors.Forbidden("pods", attributes.label, text)
    if selector:
        spec["nodeSelector"] = selector
    if scheduling.get("tolerations"):
        spec["tolerations"] = _merged([*scheduling["tolerations"], *(spec.get("tolerations") or ())])


def _merged(tolerations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return tolerations without those that another one includes; of equal ones the first."""
    merged: list[dict[str, Any]] = []
    for index, one in enumerate(tolerations):
        later = (other for other in tolerations[index + 1 :] if other != one)
        if not any(_includes(other, one) for other in (*merged, *later)):
            merged.append(one)
    return merged


def _includes(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether all that `other` tolerates is tolerated by `one` too (pkg/util/tolerations)."""
    if one == other:
        return True
    if one.get("key") and one["key"] != other.get("key"):
        return False
    if one.get("effect") and one["effect"] != other.get("effect"):
        return False
    if one.get("effect") == "NoExecute" and one.get("tolerationSeconds") is not None:
        seconds = other.get("tolerationSeconds")
        if seconds is None or one["tolerationSeconds"] < seconds:
            return False
    if one.get("operator") == "Exists":
        return True
    return other.get("operator") != "Exists" and one.get("value", "") == other.get("value", "")
