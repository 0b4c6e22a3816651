"""JSON-shaped values as Go's fmt prints them, and its literals."""

from typing import Any

import pytest

from minikube_py.printers import govalues


@pytest.mark.parametrize(
    ("value", "syntax", "name"),
    [
        (None, "interface {}(nil)", "<nil>"),
        (True, "true", "bool"),
        (7, "7", "int64"),
        (0.5, "0.5", "float64"),
        ('a"b', '"a\\"b"', "string"),
        (["a", 1, None], '[]interface {}{"a", 1, interface {}(nil)}', "[]interface {}"),
        ({"b": 1, "a": []}, 'map[string]interface {}{"a":[]interface {}{}, "b":1}', "map[string]interface {}"),
    ],
)
def test_values(value: Any, syntax: str, name: str) -> None:
    assert (govalues.syntax(value), govalues.type_name(value)) == (syntax, name)


@pytest.mark.parametrize(
    ("body", "mark", "text"),
    [
        (r"\a\b\f\n\r\t\v\\", '"', "\a\b\f\n\r\t\v\\"),
        (r"\"", '"', '"'),
        (r"\'", "'", "'"),
        (r"\x41\u00e9\U0001F600", '"', "Aé😀"),
        (r"\101\303\251", '"', "Aé"),  # octal digits are bytes
        (r"\xc3\xa9", '"', "é"),
        ("é", '"', "é"),
    ],
)
def test_literals(body: str, mark: str, text: str) -> None:
    assert govalues.unquote(body, mark) == text


@pytest.mark.parametrize("body", ['a"b', "a\nb", "\\", r"\q", r"\x4", r"\xg1", r"\400", r"\08", r"\ud800", r"\U00110000", r"\'", r"\u+0ab"])
def test_literals_that_are_none(body: str) -> None:
    with pytest.raises(ValueError, match="^invalid syntax$"):
        govalues.unquote(body, '"')
