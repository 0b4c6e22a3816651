"""LimitRanges: bounds and defaults for what containers, pods and claims ask for."""

from typing import Any

from minikube_py.machinery import fielderrors, names, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.quantity import Quantity
from minikube_py.registry import checks, kind
from minikube_py.registry.core import resourcenames

_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_MAPS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
# (smaller, greater, field of the error, whose value is shown, text)
_ORDER = (
    ("min", "max", "min", "min", "min value {0} is greater than max value {1}"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest", "min value {0} is greater than default request value {1}"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest", "default request value {0} is greater than max value {1}"),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest", "default request value {0} is greater than default limit value {1}"),
    ("min", "default", "default", "min", "min value {0} is greater than default value {1}"),
    ("default", "max", "default", "max", "default value {0} is greater than max value {1}"),
)


class LimitRanges(kind.Kind):
    """The rules of LimitRanges."""

    allow_create_on_update = True

    def default(self, obj: Object) -> None:
        """Derive a container's default limits from max, default requests from limits and min."""
        for item in (obj.get("spec") or {}).get("limits") or ():
            for field in _MAPS:
                resourcenames.canonicalize(item.get(field))
            if item.get("type") == "Container":
                limits = {**(item.get("max") or {}), **(item.get("default") or {})}
                requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
                item.update({field: found for field, found in (("default", limits), ("defaultRequest", requests)) if found})

    def contents(self, obj: Object) -> list[FieldError]:
        """Check types, names and the order of amounts."""
        found: list[FieldError] = []
        seen: set[str] = set()
        for number, item in enumerate((obj.get("spec") or {}).get("limits") or ()):
            kind_of = item.get("type", "")
            found += _type(f"spec.limits[{number}].type", kind_of)
            if kind_of in seen:
                found.append(fielderrors.duplicate(f"spec.limits[{number}].type", kind_of))
            seen.add(kind_of)
            found += _item(f"spec.limits[{number}]", item, kind_of)
        return found


def _type(field: str, kind_of: str) -> list[FieldError]:
    found = checks.each(field, kind_of, names.qualified_name(kind_of))
    if found or "/" in kind_of or kind_of in _TYPES:
        return found
    return [fielderrors.invalid(field, kind_of, "must be a standard limit type or fully qualified")]


def _item(field: str, item: dict[str, Any], kind_of: str) -> list[FieldError]:
    found: list[FieldError] = []
    check = resourcenames.container_messages if kind_of in ("Pod", "Container") else resourcenames.name_messages
    amounts: dict[str, dict[str, Quantity]] = {}
    for name in _MAPS:
        values = item.get(name) or {}
        if kind_of == "Pod" and name in ("default", "defaultRequest"):
            if values:
                found.append(fielderrors.forbidden(f"{field}.{name}", "may not be specified when `type` is 'Pod'"))
            continue
        if kind_of == "PersistentVolumeClaim" and name == "maxLimitRequestRatio" and not _sized(item):
            text = "either minimum or maximum storage value is required, but neither was provided"
            found.append(fielderrors.required(f"{field}.limits", text))
        for resource, value in sorted(values.items()):
            found += resourcenames.wrong(f"{field}.{name}[{resource}]", resource, check(resource))
            number = resourcenames.read(f"{field}.{name}[{resource}]", value, found)
            if number is not None:
                amounts.setdefault(resource, {})[name] = number
    for resource in sorted(amounts):
        found += _order(field, resource, amounts[resource])
    return found


def _sized(item: dict[str, Any]) -> bool:
    return "storage" in (item.get("min") or {}) or "storage" in (item.get("max") or {})


def _order(field: str, resource: str, amounts: dict[str, Quantity]) -> list[FieldError]:
    found = [
        fielderrors.invalid(f"{field}.{where}[{resource}]", resourcenames.go_quantity(amounts[shown]), text.format(amounts[small], amounts[great]))
        for small, great, where, shown, text in _ORDER
        if small in amounts and great in amounts and amounts[small] > amounts[great]
    ]
    found += _ratio(f"{field}.maxLimitRequestRatio[{resource}]", amounts)
    request, limit = amounts.get("defaultRequest"), amounts.get("default")
    if not resourcenames.overcommit_allowed(resource) and request is not None and limit is not None and request != limit:
        text = f"default value {limit} must equal to defaultRequest value {request} in {resource}"
        found.append(fielderrors.invalid(f"{field}.defaultRequest[{resource}]", resourcenames.go_quantity(request), text))
    return found


def _ratio(field: str, amounts: dict[str, Quantity]) -> list[FieldError]:
    ratio = amounts.get("maxLimitRequestRatio")
    if ratio is None:
        return []
    found = []
    if ratio < quantity.from_int(1):
        found.append(fielderrors.invalid(field, resourcenames.go_quantity(ratio), f"ratio {ratio} is less than 1"))
    low, high = amounts.get("min"), amounts.get("max")
    if low is not None and high is not None and low.milli_value():
        most = high.milli_value() / low.milli_value()
        if ratio.milli_value() / 1000 > most:
            found.append(fielderrors.invalid(field, resourcenames.go_quantity(ratio), f"ratio {ratio} is greater than max/min = {most:f}"))
    return found


STRATEGY = LimitRanges()
