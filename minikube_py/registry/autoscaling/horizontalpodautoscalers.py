"""HorizontalPodAutoscalers. They are checked as v2, whatever version they come in."""

from collections.abc import Iterable
from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.autoscaling import conversion, metrics
from minikube_py.registry.core import resourcenames
from minikube_py.registry.strategy import Context

_PERIOD = 15


def _scale_up() -> dict[str, Any]:
    pods, percent = ({"type": name, "value": value, "periodSeconds": _PERIOD} for name, value in (("Pods", 4), ("Percent", 100)))
    return {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [pods, percent]}


def _scale_down() -> dict[str, Any]:
    return {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": _PERIOD}]}


class HorizontalPodAutoscalers(kind.Kind):
    """The rules of HorizontalPodAutoscalers."""

    has_status = True

    def default(self, obj: Object) -> None:
        """Fill in the lower bound; in v2 also the gaps in a given behavior; and the metric."""
        spec = obj.setdefault("spec", {})
        if spec.get("minReplicas") is None:
            spec["minReplicas"] = 1
        if obj.get("apiVersion") == "autoscaling/v1":
            # Every write goes through v2, where the metric is filled in that v1 has no default for.
            if spec.get("targetCPUUtilizationPercentage") is None:
                obj["spec"] = conversion.to_v1(conversion.to_v2(obj))["spec"]
            return
        if not spec.get("metrics"):
            spec["metrics"] = [conversion.cpu(conversion.DEFAULT_CPU_UTILIZATION)]
        for metric in spec["metrics"]:
            for source in metric.values():
                if isinstance(source, dict) and isinstance(source.get("target"), dict):
                    _canonicalize(source["target"])
        behavior = spec.get("behavior")
        if behavior is not None:
            for direction, defaults in (("scaleUp", _scale_up()), ("scaleDown", _scale_down())):
                given = behavior.get(direction) or {}
                # HPAConfigurableTolerance is off by default in v1.33, and the field is dropped then.
                behavior[direction] = defaults | {field: value for field, value in given.items() if value is not None and field != "tolerance"}

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Start with an empty status, as it is shown."""
        first = obj.get("apiVersion") == "autoscaling/v1"
        obj["status"] = {"currentReplicas": 0, "desiredReplicas": 0} if first else {"currentMetrics": None, "desiredReplicas": 0}

    def prepare_subresource(self, subresource: str, obj: Object, old: Object, context: Context) -> None:
        """Keep all but the status; in v2 Go writes the metrics even where there are none."""
        super().prepare_subresource(subresource, obj, old, context)
        if obj.get("apiVersion") != "autoscaling/v1" and "status" in obj:
            obj["status"].setdefault("currentMetrics", None)

    def indexes(self, obj: Object) -> Iterable[tuple[str, str]]:
        """Return ("target", "kind/name") of what is scaled."""
        target = obj["spec"]["scaleTargetRef"]
        yield "target", f"{target['kind']}/{target['name']}"

    def contents(self, obj: Object) -> list[FieldError]:
        """Check bounds, target, metrics and behavior."""
        return _spec_errors(_as_v2(obj).get("spec") or {}, 1)

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check the change of metadata, then the spec; no replicas at all stay allowed where they were."""
        lowest = 0 if (old.get("spec") or {}).get("minReplicas") == 0 else 1
        return objectmeta.update(obj, old) + _spec_errors(_as_v2(obj).get("spec") or {}, lowest)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check that nothing is counted below zero."""
        found, status = objectmeta.update(obj, old), obj.get("status") or {}
        for field in ("currentReplicas", "desiredReplicas"):
            found += checks.nonnegative(f"status.{field}", status.get(field))
        return found

    def convert(self, obj: Object, version: str) -> Object:
        """Return the object as v1 or v2."""
        return conversion.to_v1(obj) if version == "v1" else conversion.to_v2(obj)

    def storage_version(self) -> tuple[str, str] | None:
        """Return v2."""
        return "autoscaling", "v2"


def _canonicalize(target: dict[str, Any]) -> None:
    amounts = {field: target[field] for field in ("value", "averageValue") if target.get(field) is not None}
    resourcenames.canonicalize(amounts)
    target.update(amounts)


def _as_v2(obj: Object) -> Object:
    return conversion.to_v2(obj) if obj.get("apiVersion") == "autoscaling/v1" else obj


def _spec_errors(spec: dict[str, Any], lowest: int) -> list[FieldError]:
    found: list[FieldError] = []
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if least is not None and least < lowest:
        found.append(fielderrors.invalid("spec.minReplicas", least, f"must be greater than or equal to {lowest}"))
    if most < 1:
        found.append(fielderrors.invalid("spec.maxReplicas", most, "must be greater than 0"))
    if least is not None and most < least:
        found.append(fielderrors.invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    found += metrics.reference("spec.scaleTargetRef", spec.get("scaleTargetRef") or {})
    for number, metric in enumerate(spec.get("metrics") or ()):
        found += metrics.metric(f"spec.metrics[{number}]", metric)
    if least == 0 and not any(metric.get("type") in ("Object", "External") for metric in spec.get("metrics") or ()):
        text = "must specify at least one Object or External metric to support scaling to zero replicas"
        found.append(fielderrors.forbidden("spec.metrics", text))
    return found + metrics.behavior(spec["behavior"]) if spec.get("behavior") is not None else found


STRATEGY = HorizontalPodAutoscalers()
