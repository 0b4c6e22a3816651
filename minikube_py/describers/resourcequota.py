"""kubectl describe resourcequota, and the quotas of a namespace."""

from minikube_py.describers import golang
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta, quantity
from minikube_py.machinery.meta import Object

_SCOPES = {
    "Terminating": "all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
    "NotTerminating": "all pods that do not have an active deadline. These pods usually include long running pods whose container"
    " command is not expected to terminate.",
    "BestEffort": "all pods that do not have resource requirements set. These pods have a best effort quality of service.",
    "NotBestEffort": "all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
}


def describe(quota: Object, w: Writer, context: Context) -> None:
    """Write a quota, without events."""
    w.field("Name", meta.name(quota))
    w.field("Namespace", meta.namespace(quota))
    _scopes(w, quota, 0, " * ")
    w.header(0, "Resource", "Used", "Hard")
    for name, used, hard in _amounts(quota):
        w.row(0, name, quantity.from_int(used.value(), hard.format) if used.format != hard.format else used, hard)


def section(w: Writer, quotas: list[Object]) -> None:
    """Write all quotas of a namespace."""
    if not quotas:
        w.line("No resource quota.")
        return
    w.line("Resource Quotas")
    for quota in sorted(quotas, key=meta.name):
        w.field("Name", meta.name(quota), 1)
        _scopes(w, quota, 1, "* ")
        w.row(1, "Resource", "Used", "Hard")
        w.row(1, "--------", "---", "---")
        for row in _amounts(quota):
            w.row(1, *row)


def _scopes(w: Writer, quota: Object, level: int, bullet: str) -> None:
    scopes = sorted(golang.at(quota, "spec.scopes", ()))
    if scopes:
        w.field("Scopes", ", ".join(scopes), level)
    for scope in scopes:
        if scope in _SCOPES:
            w.write(level, f"{bullet}Matches {_SCOPES[scope]}\n")


def _amounts(quota: Object) -> list[tuple[str, quantity.Quantity, quantity.Quantity]]:
    hard, used = golang.at(quota, "status.hard", {}), golang.at(quota, "status.used", {})
    return [(name, quantity.parse(used.get(name, "0")), quantity.parse(hard[name])) for name in sorted(hard)]
