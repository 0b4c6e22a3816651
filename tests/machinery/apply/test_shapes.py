"""What differs between two values; the tables of structured-merge-diff's tests, as facts."""

from typing import Any

import pytest
from hypothesis import given

from minikube_py.machinery import schemas
from minikube_py.machinery.apply import fieldset, shapes
from tests.machinery.apply.structures import SCHEMA, bodies

SHAPE = shapes.root(SCHEMA)
A1 = 'k:{"id":1,"key":"a"}'
WHOLE = {".": {}, "f:id": {}, "f:key": {}}


@pytest.mark.parametrize(
    ("old", "new", "changed", "removed"),
    [
        ({}, {"number": 1}, {"f:number": {}}, {}),
        ({"number": 1}, {"number": 2}, {"f:number": {}}, {}),
        ({"number": 1}, {}, {}, {"f:number": {}}),
        ({"number": 1}, {"string": "1"}, {"f:string": {}}, {"f:number": {}}),
        ({}, {"struct": {"a": "1"}}, {"f:struct": {".": {}, "f:a": {}}}, {}),
        ({"struct": {}}, {"struct": {"a": "1"}}, {"f:struct": {"f:a": {}}}, {}),
        ({"struct": None}, {"struct": {"a": "1"}}, {"f:struct": {"f:a": {}}}, {}),
        ({"struct": {"a": "1"}}, {"struct": {"b": "1"}}, {"f:struct": {"f:b": {}}}, {"f:struct": {"f:a": {}}}),
        ({"struct": {"a": "1"}}, {"struct": None}, {}, {"f:struct": {"f:a": {}}}),
        ({"struct": {}}, {"struct": None}, {"f:struct": {}}, {}),
        ({}, {"struct": {}}, {"f:struct": {}}, {}),
        ({"map": {"u": "1"}}, {"map": {"u": "2", "v": "1"}}, {"f:map": {"f:u": {}, "f:v": {}}}, {}),
        ({"atomicMap": {"u": "1"}}, {"atomicMap": {"v": "1"}}, {"f:atomicMap": {}}, {}),
        ({"atomicList": ["a", "a"]}, {"atomicList": ["a"]}, {"f:atomicList": {}}, {}),
        ({"atomicList": ["a"]}, {"atomicList": None}, {"f:atomicList": {}}, {}),
        ({"set": ["p"]}, {"set": ["q", "p"]}, {"f:set": {'v:"q"': {}}}, {}),
        ({"set": ["p", "q"]}, {"set": ["q", "p"]}, {}, {}),
        ({"set": ["p"]}, {"set": []}, {}, {"f:set": {'v:"p"': {}}}),
        ({}, {"set": []}, {"f:set": {}}, {}),
        ({}, {"list": [{"key": "a", "id": 1}]}, {"f:list": {".": {}, A1: WHOLE}}, {}),
        ({}, {"list": [{"key": "a"}]}, {"f:list": {".": {}, A1: {".": {}, "f:key": {}}}}, {}),
        ({"list": [{"key": "a", "id": 1, "value": {"u": "1"}}]}, {"list": [{"key": "a", "id": 1, "value": {"u": "2"}}]},
         {"f:list": {A1: {"f:value": {"f:u": {}}}}}, {}),
        ({"list": [{"key": "a", "id": 1}]}, {"list": [{"key": "a", "id": 2}]},
         {"f:list": {'k:{"id":2,"key":"a"}': WHOLE}}, {"f:list": {A1: WHOLE}}),
        # What stands twice is compared as one; where it stands once again, only the marker is gone.
        ({"list": [{"key": "a", "id": 1, "nv": 2}, {"key": "b", "id": 1}, {"key": "a", "id": 1, "bv": True}]},
         {"list": [{"key": "a", "id": 1}, {"key": "a", "id": 2}]},
         {"f:list": {A1: WHOLE, 'k:{"id":2,"key":"a"}': WHOLE}}, {"f:list": {A1: {}, 'k:{"id":1,"key":"b"}': WHOLE}}),
        ({"set": ["p", "p"]}, {"set": ["p", "p", "p"]}, {"f:set": {'v:"p"': {}}}, {}),
        ({"set": ["p"]}, {"set": ["p", "p"]}, {"f:set": {'v:"p"': {}}}, {"f:set": {'v:"p"': {}}}),
        ({"free": {"a": {"b": 1, "c": [1]}}}, {"free": {"a": {"b": 2, "c": [2]}}}, {"f:free": {"f:a": {"f:b": {}, "f:c": {}}}}, {}),
        ({"free": {"a": 1}}, {"free": {"a": {"b": 1}}}, {"f:free": {"f:a": {".": {}, "f:b": {}}}}, {}),
        ({"free": {"a": {"b": 1}}}, {"free": {"a": 1}}, {"f:free": {"f:a": {}}}, {"f:free": {"f:a": {"f:b": {}}}}),
        ({"any": {"a": 1}}, {"any": {"a": 2}}, {"f:any": {"f:a": {}}}, {}),
        ({"mixed": 1}, {"mixed": "1"}, {"f:mixed": {}}, {}),
        ({}, {"unknown": {"a": 1}}, {"f:unknown": {".": {}, "f:a": {}}}, {}),
    ],
)  # fmt: skip
def test_compare(old: Any, new: Any, changed: Any, removed: Any) -> None:
    assert SHAPE.compare(old, new) == (changed, removed)


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({"struct": {"a": "1"}}, {"f:struct": {"f:a": {}}}),
        ({"struct": {}}, {"f:struct": {}}),
        ({"struct": None, "list": None}, {"f:struct": {}, "f:list": {}}),
        ({"map": {"u": "1"}}, {"f:map": {"f:u": {}}}),
        ({"maps": {"s": {"a": "1"}, "t": {}}}, {"f:maps": {"f:s": {".": {}, "f:a": {}}, "f:t": {}}}),
        ({"list": [{"key": "a", "value": {"u": "1"}}]}, {"f:list": {A1: {".": {}, "f:key": {}, "f:value": {"f:u": {}}}}}),
        ({"list": [], "set": [], "atomicList": []}, {"f:atomicList": {}}),
        ({"set": ["p", "p", "q"]}, {"f:set": {'v:"p"': {}, 'v:"q"': {}}}),
        ({"struct": {"inner": {"x": "1"}}, "atomicMap": {"u": "1"}}, {"f:struct": {"f:inner": {"f:x": {}}}, "f:atomicMap": {}}),
    ],
)
def test_applied(value: Any, fields: Any) -> None:
    assert SHAPE.applied(value) == fields


@given(bodies())
def test_nothing_differs_from_itself(body: Any) -> None:
    assert SHAPE.compare(body, dict(body)) == ({}, {})


@given(bodies(), bodies())
def test_compare_both_ways(old: Any, new: Any) -> None:
    there, back = SHAPE.compare(old, new), SHAPE.compare(new, old)
    gone = set(fieldset.paths(there.removed))
    assert gone <= set(fieldset.paths(back.changed))
    assert bool(there.changed or there.removed) == bool(back.changed or back.removed)


def test_opaque_values_of_built_in_kinds_are_leaves() -> None:
    revision = schemas.for_kind("apps/v1", "ControllerRevision")
    assert shapes.root(revision).added({"data": {"spec": {"a": 1}}, "revision": 1}) == {".": {}, "f:data": {}, "f:revision": {}}


def test_no_schema_means_free_form() -> None:
    assert shapes.root(None).added({"spec": {"a": [1], "b": {}}}) == {".": {}, "f:spec": {".": {}, "f:a": {}, "f:b": {}}}
