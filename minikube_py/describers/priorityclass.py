"""kubectl describe priorityclass."""

from minikube_py.describers import events, golang, selecting
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object


def describe(priority_class: Object, w: Writer, context: Context) -> None:
    """Write a priority class."""
    w.field("Name", meta.name(priority_class))
    w.field("Value", priority_class.get("value") or 0)
    w.field("GlobalDefault", golang.boolean(priority_class.get("globalDefault")))
    w.field("PreemptionPolicy", priority_class.get("preemptionPolicy") or "")
    w.field("Description", priority_class.get("description") or "")
    w.field("Annotations", selecting.pairs(meta.annotations(priority_class)))
    events.section(w, priority_class, context)
