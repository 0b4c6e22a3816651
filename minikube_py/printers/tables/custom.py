"""Tables of custom resources: columns from additionalPrinterColumns (apiextensions-apiserver's tableconvertor)."""

from collections.abc import Callable, Sequence
from typing import Any

from minikube_py.kits import clock
from minikube_py.machinery import durations
from minikube_py.machinery.meta import Object
from minikube_py.printers.jsonpath import JSONPath, JSONPathError
from minikube_py.printers.tables.columns import NAME, Cells, Column, Table

_AGE = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp", "description": "When the object was created."}


def table_for(columns: Sequence[dict[str, Any]] | None) -> Table:
    """Return the table of a version of a CustomResourceDefinition, from its additionalPrinterColumns; age where it has none.

    ValueError where a jsonPath can't be read.
    """
    specs: Sequence[dict[str, Any]] = columns or (_AGE,)
    paths = [_path(spec["jsonPath"]) for spec in specs]
    shown = tuple(Column(spec["name"], spec["type"], spec.get("format", ""), spec.get("priority") or 0, spec.get("description", "")) for spec in specs)
    kinds = [column.type for column in shown]

    def cells(obj: Object, now: float) -> Cells:
        return [obj["metadata"].get("name", ""), *(_cell(path, kind, obj, now) for path, kind in zip(paths, kinds, strict=True))]

    return Table((NAME, *shown), cells)


def _path(text: str) -> JSONPath:
    return JSONPath("{" + text + "}")


def _cell(path: JSONPath, kind: str, obj: Object, now: float) -> Any:
    try:
        results = path.find(obj)
    except JSONPathError:
        return None
    if not results or not results[0]:
        return None
    value = results[0][0]
    if kind == "string":
        return path.text([value])
    if value is None:
        return None
    return _CONVERT[kind](value, now) if kind in _CONVERT else None


def _integer(value: Any, now: float) -> Any:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _number(value: Any, now: float) -> Any:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _boolean(value: Any, now: float) -> Any:
    return value if isinstance(value, bool) else None


def _date(value: Any, now: float) -> Any:
    if not isinstance(value, str):
        return None
    try:
        return durations.human(now - clock.parse_rfc3339(value))
    except ValueError:
        return "<invalid>"


_CONVERT: dict[str, Callable[[Any, float], Any]] = {"integer": _integer, "number": _number, "boolean": _boolean, "date": _date}
