"""Differences of structs as go-cmp prints them."""

from minikube_py.registry.core import godiff


def _row(name: str, changed: bool = False) -> godiff.Row:
    return name, "1", "2" if changed else "1"


def test_unchanged_fields_around_a_change() -> None:
    rows = [_row(name, name == "F") for name in "ABCDEFGHIJ"]
    assert godiff.struct("x.Y", rows) == (
        "  x.Y{\n  \t... // 3 identical fields\n  \tD: 1,\n  \tE: 1,\n- \tF: 1,\n+ \tF: 2,\n  \tG: 1,\n  \tH: 1,\n  \t... // 2 identical fields\n  }\n"
    )


def test_a_single_field_is_not_hidden() -> None:
    rows = [_row(name, name == "D") for name in "ABCD"]
    assert godiff.struct("x.Y", rows) == "  x.Y{\n  \tA: 1,\n  \tB: 1,\n  \tC: 1,\n- \tD: 1,\n+ \tD: 2,\n  }\n"


def test_values() -> None:
    assert godiff.go({"path": "/x", "readOnly": True, "n": 1, "list": ["a"], "none": None}, pointer=True) == (
        '&{Path: "/x", ReadOnly: true, N: 1, List: {"a"}}'
    )
    reference = {"name": "x", "apiGroup": "a.b", "kind": "K"}
    assert godiff.go(reference, pointer=True) == '&{APIGroup: &"a.b", Kind: "K", Name: "x"}'
    assert godiff.go({"matchLabels": {"b": "1", "a": "2"}}, pointer=True) == '&{MatchLabels: {"a": "2", "b": "1"}}'
