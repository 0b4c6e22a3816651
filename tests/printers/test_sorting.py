"""--sort-by"""

from typing import Any

import pytest

from minikube_py.machinery.errors import KctlError
from minikube_py.printers import sorting


def order(*values: Any, field: str = ".v") -> list[Any]:
    objects = [{"v": value} if value != "missing" else {} for value in values]
    return [obj.get("v", "missing") for obj in sorting.sort_objects(objects, field)]


def test_by_kind_of_value() -> None:
    assert order(10, 9, 100) == [9, 10, 100]
    assert order(2.5, 1.5) == [1.5, 2.5]
    assert order("b", "a", "B") == ["B", "a", "b"]
    assert order("2026-01-02T00:00:00Z", "2025-12-31T00:00:00Z") == ["2025-12-31T00:00:00Z", "2026-01-02T00:00:00Z"]
    assert order("1Gi", "500Mi", "2k", "100m") == ["100m", "2k", "500Mi", "1Gi"]
    assert order("10", "9") == ["9", "10"]


def test_missing_and_null_come_first() -> None:
    assert order("b", "missing", "a") == ["missing", "a", "b"]
    assert order("b", None, "a") == [None, "a", "b"]


def test_long_lists_are_sorted_too() -> None:
    values = [(index * 7) % 50 for index in range(50)]
    assert order(*values) == sorted(values)


@pytest.mark.parametrize("field", ["v", ".v", "{v}", "{.v}"])
def test_spellings_of_the_field(field: str) -> None:
    assert order(2, 1, field=field) == [1, 2]


def test_rows_of_a_table() -> None:
    rows = [{"cells": [name], "object": {"metadata": {"name": name}}} for name in ("b", "a")]
    table = {"kind": "Table", "rows": rows}
    assert [row["cells"] for row in sorting.sort_any(table, ".metadata.name")["rows"]] == [["a"], ["b"]]
    assert [row["cells"] for row in table["rows"]] == [["b"], ["a"]]
    assert sorting.sort_any({"kind": "Table", "rows": []}, ".x") == {"kind": "Table", "rows": []}


def test_lists_and_single_objects() -> None:
    listed = {"kind": "List", "items": [{"v": 2}, {"v": 1}]}
    assert sorting.sort_any(listed, ".v")["items"] == [{"v": 1}, {"v": 2}]
    assert sorting.sort_any({"kind": "Pod"}, ".v") == {"kind": "Pod"}


@pytest.mark.parametrize(
    ("values", "field", "problem"),
    [
        ((1, 2), ".nope", """couldn't find any field with path "{.nope}" in the list of objects"""),
        (
            ({"a": 1}, {"a": 2}),
            ".v",
            "Field {.v} in *unstructured.Unstructured is an unsortable type: interface, err: unsortable type: map[string]interface {}",
        ),
        ((1, "a"), ".v", "Field {.v} in *unstructured.Unstructured is an unsortable type: interface, err: unsortable interface: interface"),
        ((1, 2), "{.v", "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"),
    ],
)
def test_failures(values: tuple[Any, ...], field: str, problem: str) -> None:
    with pytest.raises(KctlError) as caught:
        order(*values, field=field)
    assert str(caught.value) == problem


def test_a_table_by_something_that_is_no_path() -> None:
    with pytest.raises(KctlError, match="^sorting error: unclosed action$"):
        sorting.sort_table({"rows": [{"object": {}}]}, "{.v")
