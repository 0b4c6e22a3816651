"""What is wrong with the metrics and the behavior of a HorizontalPodAutoscaler, in terms of autoscaling/v2."""

from collections.abc import Callable
from typing import Any

from minikube_py.machinery import fielderrors, names, quantity
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry import checks
from minikube_py.registry.core import resourcenames

_SOURCES = {"Object": "object", "External": "external", "Pods": "pods", "Resource": "resource", "ContainerResource": "containerResource"}
_SELECT = ("Disabled", "Max", "Min")
_MAX_WINDOW, _MAX_PERIOD = 3600, 1800


def reference(field: str, target: dict[str, Any]) -> list[FieldError]:
    """Check a CrossVersionObjectReference."""
    found: list[FieldError] = []
    for part in ("kind", "name"):
        found += checks.named(f"{field}.{part}", target.get(part), names.path_segment)
    return found


def metric(field: str, spec: dict[str, Any]) -> list[FieldError]:
    """Check one metric."""
    kind_of = spec.get("type") or ""
    found = [] if kind_of else [fielderrors.required(f"{field}.type", "must specify a metric source type")]
    known = kind_of in _SOURCES
    unsupported = fielderrors.not_supported(f"{field}.type", kind_of, sorted(_SOURCES))
    if not known:
        found.append(unsupported)
    present = [source for source in _SOURCES.values() if spec.get(source) is not None]
    if present:
        found += _CHECKS[present[0]](f"{field}.{present[0]}", spec[present[0]])
    expected = _SOURCES.get(kind_of, "")
    if not known:
        found.append(unsupported)
    elif expected not in present:
        found.append(fielderrors.required(f"{field}.{expected}", "must populate information for the given metric source"))
    if len(present) != 1:
        text = "must populate the given metric source only"
        found += [fielderrors.forbidden(f"{field}.{source}", text) for source in present if source != expected]
    return found


def _identifier(field: str, identifier: dict[str, Any]) -> list[FieldError]:
    name = identifier.get("name") or ""
    if not name:
        return [fielderrors.required(f"{field}.name", "must specify a metric name")]
    return checks.each(f"{field}.name", name, names.path_segment(name))


def _target(field: str, target: dict[str, Any]) -> list[FieldError]:
    kind_of = target.get("type") or ""
    found = [] if kind_of else [fielderrors.required(f"{field}.type", "must specify a metric target type")]
    if kind_of not in ("Utilization", "Value", "AverageValue"):
        found.append(fielderrors.invalid(f"{field}.type", kind_of, "must be either Utilization, Value, or AverageValue"))
    for part in ("value", "averageValue"):
        if target.get(part) is not None:
            number = resourcenames.read(f"{field}.{part}", target[part], found)
            if number is not None and number <= quantity.from_int(0):
                found.append(fielderrors.invalid(f"{field}.{part}", resourcenames.go_quantity(number), "must be positive"))
    utilization = target.get("averageUtilization")
    if utilization is not None and utilization < 1:
        found.append(fielderrors.invalid(f"{field}.averageUtilization", utilization, "must be greater than 0"))
    return found


def _object(field: str, source: dict[str, Any]) -> list[FieldError]:
    target = source.get("target") or {}
    found = reference(f"{field}.describedObject", source.get("describedObject") or {})
    found += _identifier(f"{field}.metric", source.get("metric") or {}) + _target(f"{field}.target", target)
    if target.get("value") is None and target.get("averageValue") is None:
        found.append(fielderrors.required(f"{field}.target.averageValue", "must set either a target value or averageValue"))
    return found


def _external(field: str, source: dict[str, Any]) -> list[FieldError]:
    target = source.get("target") or {}
    found = _identifier(f"{field}.metric", source.get("metric") or {})
    found += _target(f"{field}.target", target)
    if target.get("value") is None and target.get("averageValue") is None:
        found.append(fielderrors.required(f"{field}.target.averageValue", "must set either a target value for metric or a per-pod target"))
    if target.get("value") is not None and target.get("averageValue") is not None:
        found.append(fielderrors.forbidden(f"{field}.target.value", "may not set both a target value for metric and a per-pod target"))
    return found


def _pods(field: str, source: dict[str, Any]) -> list[FieldError]:
    target = source.get("target") or {}
    found = _identifier(f"{field}.metric", source.get("metric") or {}) + _target(f"{field}.target", target)
    if target.get("averageValue") is None:
        found.append(fielderrors.required(f"{field}.target.averageValue", "must specify a positive target averageValue"))
    return found


def _resource(field: str, source: dict[str, Any]) -> list[FieldError]:
    found = [] if source.get("name") else [fielderrors.required(f"{field}.name", "must specify a resource name")]
    return found + _raw_or_utilization(f"{field}.target", source.get("target") or {})


def _container_resource(field: str, source: dict[str, Any]) -> list[FieldError]:
    name, container = source.get("name"), source.get("container")
    if name:
        found = resourcenames.wrong(f"{field}.name", name, resourcenames.container_messages(name))
    else:
        found = [fielderrors.required(f"{field}.name", "must specify a resource name")]
    if container:
        found += checks.each(f"{field}.container", container, names.dns_label(container))
    else:
        found.append(fielderrors.required(f"{field}.container", "must specify a container"))
    return found + _raw_or_utilization(f"{field}.target", source.get("target") or {})


def _raw_or_utilization(field: str, target: dict[str, Any]) -> list[FieldError]:
    found = _target(field, target)
    raw, utilization = target.get("averageValue"), target.get("averageUtilization")
    if raw is None and utilization is None:
        found.append(fielderrors.required(f"{field}.averageUtilization", "must set either a target raw value or a target utilization"))
    if raw is not None and utilization is not None:
        found.append(fielderrors.forbidden(f"{field}.averageValue", "may not set both a target raw value and a target utilization"))
    return found


_CHECKS: dict[str, Callable[[str, dict[str, Any]], list[FieldError]]] = {
    "object": _object, "external": _external, "pods": _pods, "resource": _resource, "containerResource": _container_resource,
}  # fmt: skip


def behavior(rules: dict[str, Any]) -> list[FieldError]:
    """Check how fast to scale."""
    found: list[FieldError] = []
    for direction in ("scaleUp", "scaleDown"):
        if rules.get(direction) is not None:
            found += _rules(f"spec.behavior.{direction}", rules[direction])
    return found


def _rules(field: str, rules: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    window = rules.get("stabilizationWindowSeconds")
    if window is not None and window < 0:
        found.append(fielderrors.invalid(f"{field}.stabilizationWindowSeconds", window, "must be greater than or equal to zero"))
    if window is not None and window > _MAX_WINDOW:
        found.append(fielderrors.invalid(f"{field}.stabilizationWindowSeconds", window, f"must be less than or equal to {_MAX_WINDOW}"))
    found += checks.optional_one_of(f"{field}.selectPolicy", rules.get("selectPolicy"), _SELECT)
    if not rules.get("policies"):
        found.append(fielderrors.required(f"{field}.policies", "must specify at least one Policy"))
    for number, policy in enumerate(rules.get("policies") or ()):
        found += _policy(f"{field}.policies[{number}]", policy)
    return found


def _policy(field: str, policy: dict[str, Any]) -> list[FieldError]:
    found = checks.one_of(f"{field}.type", policy.get("type"), ("Percent", "Pods"))
    for part in ("value", "periodSeconds"):
        if policy.get(part, 0) <= 0:
            found.append(fielderrors.invalid(f"{field}.{part}", policy.get(part, 0), "must be greater than zero"))
    if policy.get("periodSeconds", 0) > _MAX_PERIOD:
        found.append(fielderrors.invalid(f"{field}.periodSeconds", policy["periodSeconds"], f"must be less than or equal to {_MAX_PERIOD}"))
    return found
