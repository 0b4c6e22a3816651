"""kubectl describe servicecidr, and ipaddress."""

from minikube_py.describers import conditions, events, golang, multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery.meta import Object


def describe_service_cidr(obj: Object, w: Writer, context: Context) -> None:
    """Write a range that cluster addresses come from."""
    multiline.named(w, obj, namespaced=False)
    w.field("CIDRs", ", ".join(golang.at(obj, "spec.cidrs", ())))
    entries = golang.at(obj, "status.conditions")
    if entries:
        w.line("Status:")
    conditions.transitions(w, entries)
    events.section(w, obj, context)


def describe_ip_address(obj: Object, w: Writer, context: Context) -> None:
    """Write an address and what has it."""
    multiline.named(w, obj, namespaced=False)
    parent = golang.at(obj, "spec.parentRef")
    if parent is not None:
        w.line("Parent Reference:")
        for field in ("group", "resource", "namespace", "name"):
            w.field(field.capitalize(), parent.get(field) or "", 1)
    events.section(w, obj, context)
