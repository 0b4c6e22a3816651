"""kubectl describe poddisruptionbudget."""

from minikube_py.describers import events, golang, selecting
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_COUNTS = (
    ("Allowed disruptions", "disruptionsAllowed"),
    ("Current", "currentHealthy"),
    ("Desired", "desiredHealthy"),
    ("Total", "expectedPods"),
)


def describe(budget: Object, w: Writer, context: Context) -> None:
    """Write a disruption budget; kubectl shows neither labels nor annotations."""
    spec = budget.get("spec") or {}
    w.field("Name", meta.name(budget))
    w.field("Namespace", meta.namespace(budget))
    if spec.get("minAvailable") is not None:
        w.field("Min available", spec["minAvailable"])
    elif spec.get("maxUnavailable") is not None:
        w.field("Max unavailable", spec["maxUnavailable"])
    w.field("Selector", "<unset>" if spec.get("selector") is None else selecting.text(spec["selector"]))
    w.line("Status:")
    for label, field in _COUNTS:
        w.field(label, golang.at(budget, f"status.{field}", 0), 2)
    events.section(w, budget, context)
