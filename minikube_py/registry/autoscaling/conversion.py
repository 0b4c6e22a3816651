"""HorizontalPodAutoscalers between autoscaling/v1 and v2: what v1 has no field for travels in annotations."""

import json
from typing import Any

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_PREFIX = "autoscaling.alpha.kubernetes.io/"
METRICS, CURRENT, CONDITIONS, BEHAVIOR = (_PREFIX + name for name in ("metrics", "current-metrics", "conditions", "behavior"))
DEFAULT_CPU_UTILIZATION = 80
_SHARED_SPEC = ("scaleTargetRef", "minReplicas", "maxReplicas")
_SHARED_STATUS = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")

# Source -> (v1 field, v2 field) of what does not have the same name in both, but for targets and current values.
_NAMES = {
    "resource": (), "containerResource": (),
    "pods": (("metricName", "metric.name"), ("selector", "metric.selector")),
    "object": (("target", "describedObject"), ("metricName", "metric.name"), ("selector", "metric.selector")),
    "external": (("metricName", "metric.name"), ("metricSelector", "metric.selector")),
}  # fmt: skip
_TARGETS = {
    "resource": (("targetAverageUtilization", "averageUtilization"), ("targetAverageValue", "averageValue")),
    "containerResource": (("targetAverageUtilization", "averageUtilization"), ("targetAverageValue", "averageValue")),
    "pods": (("targetAverageValue", "averageValue"),),
    "object": (("targetValue", "value"), ("averageValue", "averageValue")),
    "external": (("targetValue", "value"), ("targetAverageValue", "averageValue")),
}
_TYPES = {"averageUtilization": "Utilization", "averageValue": "AverageValue", "value": "Value"}


def to_v2(obj: Object) -> Object:
    """Return a v1 object as v2."""
    spec, status = obj.get("spec") or {}, obj.get("status")
    annotations = dict(meta.annotations(obj))
    target = spec.get("targetCPUUtilizationPercentage")
    metrics = [] if target is None else [cpu(target)]
    metrics += [_from_v1(metric, _TARGETS, "target") for metric in _decoded(annotations, METRICS) or ()]
    found = {field: spec[field] for field in _SHARED_SPEC if field in spec}
    # autoscaling/v1 has no default of its own: this is where 80 % come from.
    found["metrics"] = metrics or [cpu(DEFAULT_CPU_UTILIZATION)]
    behavior = _decoded(annotations, BEHAVIOR)
    if behavior:
        found["behavior"] = _recased(behavior, str.lower)
    result = _with_annotations(obj, annotations) | {"apiVersion": "autoscaling/v2", "spec": found}
    if status is not None:
        result["status"] = _status_to_v2(status, annotations)
    return result


def to_v1(obj: Object) -> Object:
    """Return a v2 object as v1."""
    spec, status = obj.get("spec") or {}, obj.get("status")
    annotations = {key: value for key, value in meta.annotations(obj).items() if key not in (METRICS, CURRENT, CONDITIONS, BEHAVIOR)}
    found = {field: spec[field] for field in _SHARED_SPEC if field in spec}
    others = []
    for metric in spec.get("metrics") or ():
        if utilization := _cpu_utilization(metric, "target"):
            found.setdefault("targetCPUUtilizationPercentage", utilization)
        else:
            others.append(_to_v1(metric, _TARGETS, "target"))
    for key, value in ((METRICS, others), (BEHAVIOR, spec.get("behavior") and _recased(spec["behavior"], str.upper)),
                       (CURRENT, [_to_v1(item, _CURRENTS, "current") for item in (status or {}).get("currentMetrics") or ()]),
                       (CONDITIONS, (status or {}).get("conditions"))):  # fmt: skip
        if value:
            annotations[key] = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    result = _with_annotations(obj, annotations) | {"apiVersion": "autoscaling/v1", "spec": found}
    if status is not None:
        result["status"] = {field: status[field] for field in _SHARED_STATUS if field in status}
        current = [value for metric in status.get("currentMetrics") or () if (value := _cpu_utilization(metric, "current"))]
        if current:
            result["status"]["currentCPUUtilizationPercentage"] = current[-1]
    return result


def _status_to_v2(status: dict[str, Any], annotations: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {field: status[field] for field in _SHARED_STATUS if field in status}
    percentage = status.get("currentCPUUtilizationPercentage")
    current = _decoded(annotations, CURRENT)
    if current is not None:
        found["currentMetrics"] = [_from_v1(item, _CURRENTS, "current") for item in current]
    elif percentage is not None:
        found["currentMetrics"] = [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": percentage}}}]
    else:
        found["currentMetrics"] = None
    conditions = _decoded(annotations, CONDITIONS)
    if conditions:
        found["conditions"] = conditions
    return found


def _with_annotations(obj: Object, annotations: dict[str, str]) -> Object:
    kept = {key: value for key, value in annotations.items() if key not in (METRICS, CURRENT, CONDITIONS, BEHAVIOR)}
    metadata = {key: value for key, value in obj["metadata"].items() if key != "annotations"}
    shown = annotations if obj["apiVersion"] == "autoscaling/v2" else kept
    return obj | {"metadata": metadata | {"annotations": shown} if shown else metadata}


def _decoded(annotations: dict[str, str], key: str) -> Any:
    """Return what an annotation holds; None for none and for what is no JSON, as kube-apiserver ignores it."""
    try:
        return json.loads(annotations[key]) if key in annotations else None
    except ValueError:
        return None


def cpu(percentage: int) -> dict[str, Any]:
    """Return the v2 metric of average CPU utilization."""
    return {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": percentage}}}


def _cpu_utilization(metric: dict[str, Any], part: str) -> int | None:
    resource = metric.get("resource") or {}
    if metric.get("type") != "Resource" or resource.get("name") != "cpu":
        return None
    return (resource.get(part) or {}).get("averageUtilization")


_CURRENTS = {source: tuple((field.replace("target", "current"), value) for field, value in pairs) for source, pairs in _TARGETS.items()}


def _source(metric: dict[str, Any]) -> str:
    return next((source for source in _NAMES if metric.get(source) is not None), "")


def _from_v1(metric: dict[str, Any], table: dict[str, Any], part: str) -> dict[str, Any]:
    source = _source(metric)
    if not source:
        return dict(metric)
    old = metric[source]
    found: dict[str, Any] = {field: old[field] for field in ("name", "container") if field in old}
    for field, path in _NAMES[source]:
        if field in old:
            outer, _, inner = path.partition(".")
            if inner:
                found.setdefault(outer, {})[inner] = old[field]
            else:
                found[outer] = old[field]
    values = {name: old[field] for field, name in table[source] if old.get(field) is not None}
    if part == "target" and values:
        values = {"type": next(_TYPES[name] for name in ("averageUtilization", "averageValue", "value") if name in values)} | values
    return {"type": metric.get("type"), source: found | {part: values}}


def _to_v1(metric: dict[str, Any], table: dict[str, Any], part: str) -> dict[str, Any]:
    source = _source(metric)
    if not source:
        return dict(metric)
    new = metric[source]
    found: dict[str, Any] = {}
    for field, path in _NAMES[source]:
        outer, _, inner = path.partition(".")
        value = (new.get(outer) or {}).get(inner) if inner else new.get(outer)
        if value is not None:
            found[field] = value
    found |= {field: new[field] for field in ("name", "container") if field in new}
    values = new.get(part) or {}
    found |= {field: values[name] for field, name in table[source] if values.get(name) is not None}
    if source == "object" and part == "target":
        found.setdefault("targetValue", "0")
    return {"type": metric.get("type"), source: found}


def _recased(value: Any, case: Any) -> Any:
    """Return data with the first letter of each key in upper or lower case: the annotation holds Go's own names."""
    if isinstance(value, list):
        return [_recased(item, case) for item in value]
    if isinstance(value, dict):
        return {case(key[:1]) + key[1:]: _recased(item, case) for key, item in value.items()}
    return value
