"""RFC 7386, and the three-way patch of custom kinds."""

from typing import Any

import pytest
from hypothesis import given

from minikube_py.machinery import errors
from minikube_py.machinery.patch import mergepatch
from tests.machinery.patch import strategies


@pytest.mark.parametrize(
    ("original", "patch", "result"),
    [  # the table of RFC 7386, appendix A, where both are objects
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": 1}, {"a": {"b": None, "c": [{"d": None}, None]}}, {"a": {"c": [{}, None]}}),
        ({"a": {"x": 1}}, {"a": [{"d": None}]}, {"a": [{"d": None}]}),
    ],
)
def test_apply(original: Any, patch: Any, result: Any) -> None:
    assert mergepatch.apply(original, patch) == result


def test_a_patch_is_an_object() -> None:
    with pytest.raises(errors.BadRequest, match="^Invalid JSON Patch$"):
        mergepatch.apply({}, [])


def test_create_tells_true_from_one() -> None:
    assert mergepatch.create({"a": 1, "b": 1, "c": [1]}, {"a": True, "b": 1.0, "c": [True]}) == {"a": True, "c": [True]}


def test_create_deletes_with_null() -> None:
    assert mergepatch.create({"a": {"x": 1, "y": 2}, "b": 1}, {"a": {"x": 1}}) == {"a": {"y": None}, "b": None}


@given(strategies.objects(), strategies.objects())
def test_what_create_makes_apply_undoes(original: Any, modified: Any) -> None:
    assert mergepatch.apply(original, mergepatch.create(original, modified)) == modified


@given(strategies.objects(), strategies.patches())
def test_apply_twice_is_apply_once(original: Any, patch: Any) -> None:
    once = mergepatch.apply(original, patch)
    assert mergepatch.apply(once, patch) == once


@given(strategies.objects())
def test_three_way_of_the_same_is_empty(obj: Any) -> None:
    assert mergepatch.create_three_way(obj, obj, obj) == {}


def test_three_way_keeps_what_others_set_and_deletes_what_was_applied() -> None:
    last = {"spec": {"size": 1, "colour": "red", "extra": {"a": 1}}}
    modified = {"spec": {"size": 3, "extra": {}}}
    current = {"spec": {"size": 2, "colour": "red", "extra": {"a": 1, "b": 2}, "defaulted": True}, "status": {"ready": True}}
    patch = mergepatch.create_three_way(last, modified, current)
    assert patch == {"spec": {"size": 3, "colour": None, "extra": {"a": None}}}
    assert mergepatch.apply(current, patch) == {"spec": {"size": 3, "extra": {"b": 2}, "defaulted": True}, "status": {"ready": True}}


def test_three_way_sends_an_empty_map_that_is_new() -> None:
    assert mergepatch.create_three_way({}, {"spec": {"empty": {}}}, {"spec": {}}) == {"spec": {"empty": {}}}


def test_touches_identity() -> None:
    assert mergepatch.touches_identity({"metadata": {"name": "x"}})
    assert mergepatch.touches_identity({"kind": "X"})
    assert not mergepatch.touches_identity({"metadata": {"labels": {}}, "spec": {"kind": 1}})
