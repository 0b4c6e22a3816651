"""Checking, merging and pruning by schema; the tables of structured-merge-diff's tests, as facts."""

from typing import Any

import pytest
from hypothesis import given

from minikube_py.machinery.apply import shapes, typed
from tests.machinery.apply.structures import SCHEMA, applicable, bodies

SHAPE = shapes.root(SCHEMA)


def merged(live: Any, config: Any) -> Any:
    return typed.merged(live, config, SHAPE)


@pytest.mark.parametrize(
    ("live", "config", "result"),
    [  # one letter an item
        ("abc", "ab", "abc"), ("ab", "abc", "abc"), ("abc", "", "abc"), ("", "abc", "abc"), ("ab", "ba", "ba"), ("abc", "def", "abcdef"),
        ("abc", "cdef", "abcdef"), ("abcgf", "cdef", "abcgdef"), ("abc", "defxyz", "abcdefxyz"), ("cdef", "ace", "acdef"),
        ("abcxyz", "def", "abcxyzdef"), ("abcxyz", "defxyz", "abcdefxyz"), ("cagf", "cfag", "cfag"), ("abcd", "defa", "bcdefa"),
        ("cdefghij", "2h3e4kl", "cdfg2hij3e4kl"), ("abcdefghij", "1b2h3e4kl", "a1bcdfg2hij3e4kl"),
        ("abb", "c", "abbc"), ("abb", "b", "ab"), ("abb", "a", "abb"), ("abcdec", "1b2ed", "a1bc2ecd"), ("abcdec", "1b2ced", "a1b2ced"),
        ("aabb", "bcd", "aabcd"), ("aabb", "", "aabb"), ("cagfca", "cfag", "cfag"),
    ],
)  # fmt: skip
def test_order_of_merged_lists(live: str, config: str, result: str) -> None:
    assert merged({"set": list(live)}, {"set": list(config)}) == {"set": list(result)}


def item(key: str, number: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "id": number, **more}


@pytest.mark.parametrize(
    ("live", "config", "result"),
    [
        ({"list": [item("a", 1), item("b", 1)]}, {"list": [item("a", 1), item("a", 2)]}, {"list": [item("a", 1), item("b", 1), item("a", 2)]}),
        ({"list": [item("b", 2)]}, {"list": [item("a", 1), item("b", 2), item("c", 3)]}, {"list": [item("a", 1), item("b", 2), item("c", 3)]}),
        ({"list": [item("a", 1), item("b", 2), item("c", 3)]}, {"list": [item("c", 3), item("a", 1)]},
         {"list": [item("b", 2), item("c", 3), item("a", 1)]}),
        ({"list": [item("a", 1, bv=True), item("b", 2), item("a", 1, nv=2)]}, {"list": [item("a", 1, nv=3), item("c", 3), item("b", 2)]},
         {"list": [item("a", 1, nv=3), item("c", 3), item("b", 2)]}),
        ({"list": [item("a", 1, nv=1), item("a", 1, nv=2)]}, {}, {"list": [item("a", 1, nv=1), item("a", 1, nv=2)]}),
        ({"list": [{"key": "a", "id": 1, "bv": True}]}, {"list": [{"key": "a", "nv": 2}]}, {"list": [{"key": "a", "id": 1, "bv": True, "nv": 2}]}),
        ({"atomicList": ["a", "b"]}, {"atomicList": ["c"]}, {"atomicList": ["c"]}),
        ({"atomicList": ["a"]}, {"atomicList": None}, {"atomicList": None}),
        ({"atomicMap": {"u": "1"}}, {"atomicMap": {"v": "1"}}, {"atomicMap": {"v": "1"}}),
        ({"map": {"u": "1"}}, {"map": {"v": "1"}}, {"map": {"u": "1", "v": "1"}}),
        ({"map": {"u": "1"}}, {"map": {}}, {"map": {"u": "1"}}),
        ({"map": {"u": "1"}}, {"map": None}, {"map": {"u": "1"}}),
        ({"struct": None}, {"struct": {}}, {"struct": {}}),
        ({"struct": {}}, {"struct": None}, {"struct": None}),
        ({"any": {"a": 1}}, {"any": 1}, {"any": 1}),
        ({"any": 1}, {"any": {"a": 1}}, {"any": {"a": 1}}),
    ],
)  # fmt: skip
def test_merged(live: Any, config: Any, result: Any) -> None:
    assert merged(live, config) == result


@given(bodies(), bodies())
def test_merging_twice_is_merging_once(live: Any, config: Any) -> None:
    once = merged(live, config)
    assert merged(once, config) == once


@given(applicable())
def test_without_its_own_fields_nothing_is_left(body: Any) -> None:
    assert typed.without(body, typed.with_named_fields(SHAPE.applied(body), SHAPE), SHAPE) is (None if body else None)


def test_named_fields() -> None:
    fields = {"f:struct": {"f:inner": {"f:x": {}}}, "f:map": {"f:u": {}}, "f:list": {'k:{"id":1,"key":"a"}': {"f:value": {"f:u": {}}}}}
    assert typed.with_named_fields(fields, SHAPE) == {
        "f:struct": {".": {}, "f:inner": {".": {}, "f:x": {}}},
        "f:map": {".": {}, "f:u": {}},
        "f:list": {".": {}, 'k:{"id":1,"key":"a"}': {"f:value": {".": {}, "f:u": {}}}},
    }


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        ({"number": "1", "flag": 1}, [".flag: expected boolean, got &{1}", ".number: expected numeric (int or float), got string"]),
        ({"string": 1}, [".string: expected string, got &value.valueUnstructured{Value:1}"]),
        ({"struct": 1}, [".struct: expected map, got &{1}"]),
        ({"struct": {"inner": []}}, [".struct.inner: expected map, got &{[]}"]),
        ({"struct": {"z": 1}}, [".struct.z: field not declared in schema"]),
        ({"z": 1, "struct": {"y": 2, "x": 1}}, [".struct.x: field not declared in schema", ".z: field not declared in schema"]),
        ({"set": {}}, [".set: expected list, got &{map[]}"]),
        ({"set": ["a", "a"]}, ['.set: duplicate entries for key [="a"]']),
        ({"list": [{"key": "a"}, {"key": "a", "id": 1}]}, ['.list: duplicate entries for key [id=1,key="a"]']),
        ({"list": [{"key": "a", "zz": 1}]}, ['.list[id=1,key="a"].zz: field not declared in schema']),
        ({"list": [None]}, [".list: element 0: associative list with keys may not have a null element"]),
        ({"atomicList": ["a", 1]}, [".atomicList[1]: expected string, got &value.valueUnstructured{Value:1}"]),
        ({"mixed": {}}, [".mixed: expected any scalar, got &{map[]}"]),
        ({"number": None, "struct": None, "mixed": "1", "free": {"x": [1]}, "any": [1], "map": {"u": "1"}}, []),
        (1, ["expected map, got &{1}"]),
    ],
)
def test_problems(value: Any, problems: list[str]) -> None:
    assert list(typed.problems(value, SCHEMA)) == problems


def test_without_nulls() -> None:
    assert typed.without_nulls({"a": None, "b": [{"c": None, "d": 0}, None]}) == {"b": [{"d": 0}]}
