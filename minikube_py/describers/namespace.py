"""kubectl describe namespace."""

from minikube_py.describers import conditions, golang, limitrange, multiline, resourcequota
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object


def describe(namespace: Object, w: Writer, context: Context) -> None:
    """Write a namespace with its quotas and limits, without events."""
    name = meta.name(namespace)
    quotas = context.items("resourcequotas", name)
    limit_ranges = context.items("limitranges", name)
    multiline.named(w, namespace, namespaced=False)
    w.field("Status", golang.at(namespace, "status.phase", ""))
    conditions.transitions(w, golang.at(namespace, "status.conditions"))
    w.line("")
    resourcequota.section(w, quotas)
    w.line("")
    limitrange.section(w, limit_ranges)
