"""Flags of several values as Go's encoding/csv takes them apart."""

import pytest

from minikube_py.cli import commas


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", []),
        ("a", ["a"]),
        ("a,,b,", ["a", "", "b", ""]),
        ('"a,b",c', ["a,b", "c"]),
        ('a,"b""c"', ["a", 'b"c']),
        ('""', [""]),
        ("a,b\nc", ["a", "b"]),
        ('"a\nb",c\nd', ["a\nb", "c"]),
        ("\n\na", ["a"]),
    ],
)
def test_split(text: str, fields: list[str]) -> None:
    assert commas.split(text) == fields


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('a"b', 'parse error on line 1, column 2: bare " in non-quoted-field'),
        ('x,\u00e9"', 'parse error on line 1, column 5: bare " in non-quoted-field'),
        ('"a', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'),
        ('"a"b', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'),
        ('"a\nb"c', 'record on line 1; parse error on line 2, column 2: extraneous or missing " in quoted-field'),
        ("\n", "EOF"),
    ],
)
def test_refusals(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="EOF|parse error") as caught:
        commas.split(text)
    assert str(caught.value) == problem
