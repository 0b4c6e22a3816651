"""The table of HorizontalPodAutoscalers, in both versions, and of the subresource scale."""

from typing import Any

from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Column, Table, text

_UNKNOWN, _NIL = "<unknown>", "<nil>"
_SOURCES = {
    "External": "external", "Pods": "pods", "Object": "object", "Resource": "resource", "ContainerResource": "containerResource",
}  # fmt: skip


def _percent(part: dict[str, Any], missing: str) -> str:
    value = part.get("averageUtilization")
    return missing if value is None else f"{value}%"


def _metric(metric: dict[str, Any], status: dict[str, Any]) -> str:
    kind = metric.get("type", "")
    source = _SOURCES.get(kind)
    if source is None:
        return "<unknown type>"
    wanted, seen = metric.get(source) or {}, status.get(source) or {}
    target, current = wanted.get("target") or {}, seen.get("current") or {}
    average = target.get("averageValue")
    if kind in ("Resource", "ContainerResource"):
        name = wanted.get("name", "")
        if average is not None:
            return f"{name}: {current.get('averageValue', _NIL) if seen else _UNKNOWN}/{average}"
        return f"{name}: {_percent(current, _UNKNOWN)}/{_percent(target, '<auto>')}"
    if kind == "Pods":
        return f"{current.get('averageValue', _NIL) if seen else _UNKNOWN}/{target.get('averageValue', _NIL)}"
    if average is not None:
        return f"{current.get('averageValue', _UNKNOWN)}/{average} (avg)"
    return f"{current.get('value', _NIL) if seen else _UNKNOWN}/{target.get('value', _NIL)}"


def _utilization(value: int, field: str) -> dict[str, Any]:
    return {"type": "Resource", "resource": {"name": "cpu", field: {"averageUtilization": value}}}


def _metrics(hpa: Object) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return wanted and seen metrics; autoscaling/v1 knows only the processor."""
    spec, status = cells.spec(hpa), cells.status(hpa)
    wanted, seen = spec.get("metrics") or [], status.get("currentMetrics") or []
    if spec.get("targetCPUUtilizationPercentage") is not None:
        wanted = [_utilization(spec["targetCPUUtilizationPercentage"], "target")]
    if status.get("currentCPUUtilizationPercentage") is not None:
        seen = [_utilization(status["currentCPUUtilizationPercentage"], "current")]
    return wanted, seen


def targets(hpa: Object) -> str:
    """Return what `kubectl get hpa` shows under TARGETS."""
    wanted, seen = _metrics(hpa)
    if not wanted:
        return cells.NONE
    shown = [_metric(metric, seen[index] if index < len(seen) else {}) for index, metric in enumerate(wanted)]
    return cells.cut(shown, len(shown), 2, ", ")


def _hpa(hpa: Object, now: float) -> Cells:
    spec, status = cells.spec(hpa), cells.status(hpa)
    reference = spec.get("scaleTargetRef") or {}
    minimum = cells.UNSET if spec.get("minReplicas") is None else str(spec["minReplicas"])
    return [
        hpa["metadata"]["name"], f"{reference.get('kind', '')}/{reference.get('name', '')}", targets(hpa), minimum,
        cells.number(spec, "maxReplicas"), cells.number(status, "currentReplicas"), cells.age(hpa, now),
    ]  # fmt: skip


def _scale(obj: Object, now: float) -> Cells:
    wanted, seen = cells.number(cells.spec(obj), "replicas"), cells.number(cells.status(obj), "replicas")
    return [obj["metadata"]["name"], wanted, seen, cells.age(obj, now)]


TABLES = {
    "horizontalpodautoscalers": Table(
        (
            NAME,
            text("Reference", "What is scaled."),
            text("Targets", "Seen and wanted metrics."),
            text("MinPods", "Fewest pods."),
            text("MaxPods", "Most pods."),
            text("Replicas", "Pods there are."),
            AGE,
        ),
        _hpa,
    ),
    "scale": Table(
        (
            Column("Name", description="Name of what is scaled."),
            text("Desired", "Pods that should be.", "integer"),
            text("Available", "Pods that are.", "integer"),
            AGE,
        ),
        _scale,
    ),
}
