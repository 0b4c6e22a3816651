"""LimitRanger: pods and claims get what their namespace's LimitRanges give to those who ask for nothing, and stay between the bounds."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, meta, quantity, quotausage
from minikube_py.machinery.meta import Object
from minikube_py.machinery.quantity import Quantity
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

_RANGES = "limitranges"
_ANNOTATION = "kubernetes.io/limit-ranger"
_CLAIMS = "persistentvolumeclaims"
Amounts = Mapping[str, Quantity]
Check = Callable[[str, str, Quantity, Amounts, Amounts], str]


class LimitRanger(AdmissionPlugin):
    """plugin/pkg/admission/limitranger."""

    name = "LimitRanger"
    resources = ("pods", _CLAIMS, "pods/resize")

    def __init__(self) -> None:
        self._version: tuple[int, ...] | None = None
        self._known: dict[str, list[Object]] = {}

    def admit(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Fill in what containers do not ask for."""
        for item in self._ranges(attributes, reader):
            if attributes.resource == "pods" and attributes.object is not None:
                _fill(attributes.object, item)

    def validate(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Refuse what is out of bounds."""
        for item in self._ranges(attributes, reader):
            assert attributes.object is not None
            found = list(dict.fromkeys(_claim(attributes.object, item) if attributes.resource == _CLAIMS else _pod(attributes.object, item)))
            if found:
                cause = found[0] if len(found) == 1 else f"[{', '.join(found)}]"
                raise errors.Forbidden(attributes.resource, attributes.label, cause, attributes.group)

    def _ranges(self, attributes: Attributes, reader: Reader) -> list[Object]:
        """Return the LimitRanges that hold: none for what is being deleted, and for updates of pods, whose resources stay."""
        if attributes.old_object is not None and meta.is_deleting(attributes.old_object):
            return []
        if attributes.operation == "UPDATE" and attributes.resource == "pods" and not attributes.subresource:
            return []
        version = reader.version_of(_RANGES)
        if version != self._version:
            self._version, self._known = version, {}
        if attributes.namespace not in self._known:
            self._known[attributes.namespace] = reader.list(_RANGES, attributes.namespace)
        return self._known[attributes.namespace]


def _fill(pod: Object, limits: Object) -> None:
    requests: dict[str, str] = {}
    defaults: dict[str, str] = {}
    for item in (limits.get("spec") or {}).get("limits") or ():
        if item["type"] == "Container":
            requests.update(item.get("defaultRequest") or {})
            defaults.update(item.get("default") or {})
    notes: list[str] = []
    for field, kind in (("containers", "container"), ("initContainers", "init container")):
        for container in pod["spec"].get(field) or ():
            for name, given in (("requests", requests), ("limits", defaults)):
                added = _added(container, name, given)
                if added:
                    notes.append(f"{', '.join(added)} {name[:-1]} for {kind} {container.get('name', '')}")
    if notes:
        metadata = pod["metadata"]
        metadata["annotations"] = {**(metadata.get("annotations") or {}), _ANNOTATION: "LimitRanger plugin set: " + "; ".join(notes)}


def _added(container: dict[str, Any], field: str, given: Mapping[str, str]) -> list[str]:
    resources = container.get("resources") or {}
    present = resources.get(field) or {}
    missing = {name: text for name, text in given.items() if name not in present}
    if missing:
        container["resources"] = {**resources, field: {**present, **missing}}
    return sorted(missing)


def _pod(pod: Object, limits: Object) -> Iterator[str]:
    spec = pod["spec"]
    for item in (limits.get("spec") or {}).get("limits") or ():
        if item["type"] == "Container":
            for container in (*spec["containers"], *(spec.get("initContainers") or ())):
                resources = container.get("resources") or {}
                yield from _bounds(item, _parsed(resources.get("requests")), _parsed(resources.get("limits")), _MOST)
        elif item["type"] == "Pod":
            requests, most = (quotausage.amounts(spec, field, overhead=False) for field in ("requests", "limits"))
            yield from _bounds(item, requests, most, _MOST)


def _claim(claim: Object, limits: Object) -> Iterator[str]:
    asked = _parsed((claim["spec"].get("resources") or {}).get("requests"))
    for item in (limits.get("spec") or {}).get("limits") or ():
        if item["type"] == "PersistentVolumeClaim":
            yield from _bounds(item, asked, {}, _MOST_OF_CLAIMS)


def _parsed(amounts: Mapping[str, str] | None) -> Amounts:
    return {name: quantity.parse(text) for name, text in (amounts or {}).items()}


def _bounds(item: Mapping[str, Any], requests: Amounts, limits: Amounts, checks: Mapping[str, Check]) -> Iterator[str]:
    for field, check in checks.items():
        bounds = item.get(field) or {}
        for name in sorted(bounds):
            found = check(name, item["type"], quantity.parse(bounds[name]), requests, limits)
            if found:
                yield found


def _least(name: str, kind: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    text = f"minimum {name} usage per {kind} is {bound}"
    if name not in requests:
        return f"{text}.  No request is specified"
    if requests[name] < bound:
        return f"{text}, but request is {requests[name]}"
    return f"{text}, but limit is {limits[name]}" if name in limits and limits[name] < bound else ""


def _most(name: str, kind: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    text = f"maximum {name} usage per {kind} is {bound}"
    if name not in limits:
        return f"{text}.  No limit is specified"
    if limits[name] > bound:
        return f"{text}, but limit is {limits[name]}"
    return f"{text}, but request is {requests[name]}" if name in requests and requests[name] > bound else ""


def _most_requested(name: str, kind: str, bound: Quantity, requests: Amounts, _: Amounts) -> str:
    text = f"maximum {name} usage per {kind} is {bound}"
    if name not in requests:
        return f"{text}.  No request is specified"
    return f"{text}, but request is {requests[name]}" if requests[name] > bound else ""


def _ratio(name: str, kind: str, bound: Quantity, requests: Amounts, limits: Amounts) -> str:
    text = f"{name} max limit to request ratio per {kind} is {bound}"
    if not requests.get(name):
        return f"{text}, but no request is specified or request is 0"
    if not limits.get(name):
        return f"{text}, but no limit is specified or limit is 0"
    ratio = limits[name].nanos / requests[name].nanos
    return f"{text}, but provided ratio is {ratio:f}" if ratio * 1000 > bound.milli_value() else ""


_MOST: dict[str, Check] = {"min": _least, "max": _most, "maxLimitRequestRatio": _ratio}
_MOST_OF_CLAIMS: dict[str, Check] = {"min": _least, "max": _most_requested}
