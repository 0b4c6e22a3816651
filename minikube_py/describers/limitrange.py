"""kubectl describe limitrange, and the limits of a namespace."""

from minikube_py.describers import golang
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta, quantity
from minikube_py.machinery.meta import Object

_TITLES = ("Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio")
_FIELDS = ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")


def describe(limit_range: Object, w: Writer, context: Context) -> None:
    """Write a limit range, without events."""
    w.field("Name", meta.name(limit_range))
    w.field("Namespace", meta.namespace(limit_range))
    w.header(0, *_TITLES)
    _rows(w, limit_range, "")


def section(w: Writer, limit_ranges: list[Object]) -> None:
    """Write all limits of a namespace."""
    if not limit_ranges:
        w.line("No LimitRange resource.")
        return
    w.line("Resource Limits")
    w.row(0, f" {_TITLES[0]}", *_TITLES[1:])
    w.row(0, *(" " * (index == 0) + "-" * len(title) for index, title in enumerate(_TITLES)))
    for limit_range in limit_ranges:
        _rows(w, limit_range, " ")


def _rows(w: Writer, limit_range: Object, lead: str) -> None:
    """Write a line for each resource, sorted; kubectl leaves their order to chance."""
    for limit in golang.at(limit_range, "spec.limits", ()):
        bounds = [limit.get(field) or {} for field in _FIELDS]
        for name in sorted(set().union(*bounds)):
            w.row(0, f"{lead}{limit.get('type') or ''}", name, *(quantity.parse(each[name]) if name in each else "-" for each in bounds))
