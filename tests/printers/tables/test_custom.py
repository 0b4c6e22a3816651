"""Tables of custom resources."""

from typing import Any

import pytest

from minikube_py.machinery import scheme
from minikube_py.printers import tables
from minikube_py.printers.jsonpath import JSONPathError
from minikube_py.printers.tables import custom

NOW = 100.0
WIDGET: dict[str, Any] = {
    "metadata": {"name": "w", "creationTimestamp": "1970-01-01T00:00:10Z"},
    "spec": {"size": 3, "ratio": 1.5, "on": True, "when": "1970-01-01T00:01:30Z", "text": "hi", "nil": None, "map": {"a": 1}},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}


def cell(kind: str, path: str) -> Any:
    return custom.table_for([{"name": "X", "type": kind, "jsonPath": path}]).cells(WIDGET, NOW)[1]


@pytest.mark.parametrize(
    ("kind", "path", "shown"),
    [
        ("string", ".spec.text", "hi"),
        ("string", ".spec.size", "3"),
        ("string", ".spec.map", '{"a":1}'),
        ("string", '.status.conditions[?(@.type=="Ready")].status', "True"),
        ("string", ".spec.nope", None),
        ("integer", ".spec.size", 3),
        ("integer", ".spec.ratio", 1),
        ("integer", ".spec.text", None),
        ("integer", ".spec.on", None),
        ("number", ".spec.ratio", 1.5),
        ("boolean", ".spec.on", True),
        ("boolean", ".spec.size", None),
        ("date", ".metadata.creationTimestamp", "90s"),
        ("date", ".spec.text", "<invalid>"),
        ("date", ".spec.size", None),
        ("integer", ".spec.nil", None),
        ("string", ".spec.text[0]", None),
    ],
)
def test_cells(kind: str, path: str, shown: Any) -> None:
    assert cell(kind, path) == shown


def test_columns() -> None:
    made = custom.table_for([{"name": "Size", "type": "integer", "jsonPath": ".spec.size", "priority": 1, "description": "How big."}])
    assert [column.name for column in made.columns] == ["Name", "Size"]
    assert made.columns[1] == tables.Column("Size", "integer", "", 1, "How big.")
    assert custom.table_for(None).cells(WIDGET, NOW) == ["w", "90s"]


def test_a_table_object_of_a_custom_resource() -> None:
    widgets = scheme.Resource("example.com", "v1", "widgets", "Widget", "widget", True, (), (), (), {})
    made = tables.table([WIDGET], widgets, NOW, kind=custom.table_for(None))
    assert [column["type"] for column in made["columnDefinitions"]] == ["string", "date"]
    assert made["rows"][0]["cells"] == ["w", "90s"]


def test_paths_that_can_not_be_read() -> None:
    with pytest.raises(JSONPathError):
        custom.table_for([{"name": "X", "type": "string", "jsonPath": ".spec["}])
