"""The pods of a node, and how much of the node they take."""

from typing import Any

from minikube_py.describers import podresources
from minikube_py.describers.context import Context
from minikube_py.describers.podresources import Amounts
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.machinery.quantity import Quantity

_ZERO = Quantity(0)
_STANDARD = ("cpu", "memory", "ephemeral-storage")
_MAXIMUM, _MINIMUM = 2**63 - 1, -(2**63)


def section(w: Writer, node: Object, pods: list[Object], context: Context) -> None:
    """Write the table of pods and the table of sums."""
    status: dict[str, Any] = node.get("status") or {}
    allocatable = podresources.parse(status.get("allocatable") or status.get("capacity"))
    w.field("Non-terminated Pods", f"({len(pods)} in total)")
    w.row(1, "Namespace", "Name", "", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age")
    w.row(1, "---------", "----", "", "------------", "----------", "---------------", "-------------", "---")
    requests: Amounts = {}
    limits: Amounts = {}
    for pod in pods:
        asked, bound = podresources.requests(pod), podresources.limits(pod)
        podresources.add(requests, asked)
        podresources.add(limits, bound)
        shares = [_share(part, name, allocatable, fallback=None) for name in ("cpu", "memory") for part in (asked, bound)]
        w.row(1, meta.namespace(pod), meta.name(pod), "", *shares, context.age(pod["metadata"].get("creationTimestamp")))
    _sums(w, requests, limits, allocatable)


def _sums(w: Writer, requests: Amounts, limits: Amounts, allocatable: Amounts) -> None:
    w.write(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n")
    w.header(1, "Resource", "Requests", "Limits")
    huge_pages = sorted(name for name in allocatable if name.startswith("hugepages-"))
    for name in (*_STANDARD, *huge_pages):
        w.row(1, name, _share(requests, name, allocatable), _share(limits, name, allocatable))
    for name in sorted(set(allocatable) - {*_STANDARD, *huge_pages, "pods"}):
        w.row(1, name, requests.get(name, _ZERO), limits.get(name, _ZERO))


def _share(amounts: Amounts, name: str, allocatable: Amounts, fallback: int | None = 0) -> str:
    """Return `100m (2%)`; `fallback` is the share of a node that has none of it (None: what the division yields in Go)."""
    amount, whole = amounts.get(name, _ZERO), allocatable.get(name, _ZERO)
    part, total = (each.milli_value() if name == "cpu" else each.value() for each in (amount, whole))
    if total:
        percent = int(part / total * 100)
    elif fallback is None:
        percent = _MINIMUM if part >= 0 else _MAXIMUM  # int64 of NaN and infinity on amd64
    else:
        percent = fallback
    return f"{amount} ({percent}%)"
