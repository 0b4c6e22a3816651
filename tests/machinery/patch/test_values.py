"""What Go does with JSON values."""

from typing import Any

import pytest

from minikube_py.machinery.patch import values


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [(1, True, False), (1, 1.0, True), ({"a": [0]}, {"a": [False]}, False), ({"a": 1}, {"a": 1, "b": None}, False), (None, {}, False),
     ([1, 2], [2, 1], False), ("a", "a", True), ({}, [], False), ({"a": {"b": []}}, {"a": {"b": []}}, True)],
)  # fmt: skip
def test_same(left: Any, right: Any, equal: bool) -> None:
    assert values.same(left, right) is equal
    assert values.same(right, left) is equal


def test_text_is_percent_v() -> None:
    value = {"b": [1, True, None], "a": {"x": "y z"}, "c": 1.5}
    assert values.text(value) == "map[a:map[x:y z] b:[1 true <nil>] c:1.5]"
    assert [values.text(number) for number in (80, 80.0, 1e6, 1e21, 1.5e-7)] == ["80", "80", "1e+06", "1e+21", "1.5e-07"]


def test_marshal_is_go_s() -> None:
    assert values.marshal({"b": "<a&b>", "a": "ü\u2028\x7f"}) == '{"a":"ü\\u2028\x7f","b":"\\u003ca\\u0026b\\u003e"}'


def test_numbers_are_written_as_go_writes_them() -> None:
    assert values.marshal({"b": 1e-7, "a": 1e19, "c": 1e21, "d": "1e-07"}) == '{"a":10000000000000000000,"b":1e-7,"c":1e+21,"d":"1e-07"}'
