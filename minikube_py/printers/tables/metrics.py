"""The tables of the resource metrics API, as metrics-server makes them."""

from typing import Any

from minikube_py.machinery import quantity
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables.columns import NAME, Cells, Column, Table

_USAGE = tuple(Column(name, "string", "quantity", 0, f"Usage of {name}.") for name in ("cpu", "memory"))
_COLUMNS = (NAME, *_USAGE, Column("Window", "string", "duration", 0, "How long usage was looked at."))


def _row(obj: Object, usages: list[dict[str, Any]]) -> Cells:
    totals = [sum((quantity.parse(usage[column.name]) for usage in usages), quantity.from_int(0)) for column in _USAGE]
    return [obj["metadata"].get("name", ""), *(str(total) for total in totals), obj.get("window", "")]


TABLES = {
    "nodes": Table(_COLUMNS, lambda obj, _: _row(obj, [obj["usage"]])),
    "pods": Table(_COLUMNS, lambda obj, _: _row(obj, [one["usage"] for one in obj.get("containers") or ()])),
}
