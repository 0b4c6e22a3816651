"""kubectl describe horizontalpodautoscaler."""

from typing import Any

from minikube_py.describers import conditions, events, golang, multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta, quantity
from minikube_py.machinery.meta import Object

_VERSION = "autoscaling/v2"
_RESOURCE = "horizontalpodautoscalers.autoscaling"
_UNKNOWN = "<unknown>"


def describe(autoscaler: Object, w: Writer, context: Context) -> None:
    """Write an autoscaler, as its version v2 shows it."""
    if autoscaler["apiVersion"] != _VERSION:
        autoscaler = context.client.get(_RESOURCE, meta.name(autoscaler), meta.namespace(autoscaler))
    spec, status = autoscaler.get("spec") or {}, autoscaler.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    multiline.named(w, autoscaler)
    w.field("CreationTimestamp", golang.rfc1123z(autoscaler["metadata"].get("creationTimestamp")))
    w.field("Reference", f"{target.get('kind') or ''}/{target.get('name') or ''}")
    w.field("Metrics", "( current / target )")
    known = status.get("currentMetrics") or ()
    for index, metric in enumerate(spec.get("metrics") or ()):
        w.write(1, _metric(metric, known[index] if index < len(known) else {}) + "\n")
    w.field("Min replicas", golang.at(spec, "minReplicas", "<unset>"))
    w.field("Max replicas", spec.get("maxReplicas") or 0)
    if spec.get("behavior") is not None:
        w.line("Behavior:")
        _behavior(w, "Scale Up", spec["behavior"].get("scaleUp"))
        _behavior(w, "Scale Down", spec["behavior"].get("scaleDown"))
    w.field(f"{target.get('kind') or ''} pods", f"{status.get('currentReplicas') or 0} current / {status.get('desiredReplicas') or 0} desired")
    conditions.messages(w, status.get("conditions"))
    events.section(w, autoscaler, context)


def _metric(metric: dict[str, Any], known: dict[str, Any]) -> str:
    kind = metric.get("type") or ""
    field = kind[:1].lower() + kind[1:]
    source, current = metric.get(field) or {}, golang.at(known, f"{field}.current")
    plain = golang.at(source, "metric.name", "")
    name = golang.quoted(plain)
    target = source.get("target") or {}
    if kind == "External":
        return _external(name, target, current)
    if kind == "Pods":
        return f"{name} on pods:\t{_amount(current, 'averageValue')} / {_amount(target, 'averageValue')}"
    if kind == "Object":
        described, average = source.get("describedObject") or {}, target.get("type") == "AverageValue"
        which, words = ("averageValue", "target average value") if average else ("value", "target value")
        on = f"{described.get('kind') or ''}/{described.get('name') or ''}"
        return f'"{plain}" on {on} ({words}):\t{_amount(current, which)} / {_amount(target, which)}'
    if kind in ("Resource", "ContainerResource"):
        inside = f' of container "{source.get("container") or ""}"' if kind == "ContainerResource" else ""
        return f"resource {source.get('name') or ''}{inside} on pods{_usage(target, current)}"
    return f"<unknown metric type {golang.quoted(kind)}>"


def _external(name: str, target: dict[str, Any], current: dict[str, Any] | None) -> str:
    if target.get("averageValue") is None:
        return f"{name} (target value):\t{_amount(current, 'value')} / {_amount(target, 'value')}"
    known = current if current and current.get("averageValue") is not None else None
    return f"{name} (target average value):\t{_amount(known, 'averageValue')} / {_amount(target, 'averageValue')}"


def _usage(target: dict[str, Any], current: dict[str, Any] | None) -> str:
    if target.get("averageValue") is not None:
        return f":\t{_amount(current, 'averageValue')} / {_amount(target, 'averageValue')}"
    used, wanted = golang.at(current, "averageUtilization"), target.get("averageUtilization")
    now = _UNKNOWN if used is None else f"{used}% ({_amount(current, 'averageValue')})"
    return f"  (as a percentage of request):\t{now} / {'<auto>' if wanted is None else f'{wanted}%'}"


def _amount(holder: dict[str, Any] | None, field: str) -> str:
    if holder is None:
        return _UNKNOWN
    return "<nil>" if holder.get(field) is None else str(quantity.parse(holder[field]))


def _behavior(w: Writer, title: str, rules: dict[str, Any] | None) -> None:
    if rules is None:
        return
    w.write(1, f"{title}:\n")
    if rules.get("stabilizationWindowSeconds") is not None:
        w.write(2, f"Stabilization Window: {rules['stabilizationWindowSeconds']} seconds\n")
    if not rules.get("policies"):
        return
    w.write(2, f"Select Policy: {golang.at(rules, 'selectPolicy', 'Max')}\n")
    w.write(2, "Policies:\n")
    for policy in rules["policies"]:
        period = f"Period: {policy.get('periodSeconds') or 0} seconds"
        w.row(3, f"- Type: {policy.get('type') or ''}", f"Value: {policy.get('value') or 0}", period)
