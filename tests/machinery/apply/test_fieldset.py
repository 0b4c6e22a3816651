"""The algebra of field sets, and FieldsV1."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given

from minikube_py.machinery.apply import fieldset
from minikube_py.machinery.apply.fieldset import FieldSet, Path
from minikube_py.machinery.apply.pathelement import PathError
from tests.machinery.apply.structures import fieldsets


def listed(fields: FieldSet) -> set[fieldset.Path]:
    return set(fieldset.paths(fields))


@given(fieldsets, fieldsets)
def test_operations_are_those_of_sets_of_paths(left: FieldSet, right: FieldSet) -> None:
    before = json.dumps([left, right])
    assert listed(fieldset.union(left, right)) == listed(left) | listed(right)
    assert listed(fieldset.difference(left, right)) == listed(left) - listed(right)
    assert listed(fieldset.intersection(left, right)) == listed(left) & listed(right)
    below = {path for path in listed(left) if any(path[: len(other)] == other for other in listed(right))}
    assert listed(fieldset.recursive_difference(left, right)) == listed(left) - below
    assert json.dumps([left, right]) == before


def of_paths(paths: Iterable[Path]) -> FieldSet:
    out: FieldSet = {}
    for path in paths:
        single: FieldSet = {}
        for name in reversed(path):
            single = {name: single}
        out = fieldset.union(out, single)
    return out


@given(fieldsets, fieldsets)
def test_results_are_canonical(left: FieldSet, right: FieldSet) -> None:
    for result in (fieldset.union(left, right), fieldset.difference(left, right), fieldset.intersection(left, right)):
        assert result == of_paths(fieldset.paths(result))


@given(fieldsets, fieldsets)
def test_laws(left: FieldSet, right: FieldSet) -> None:
    both = fieldset.union(left, right)
    assert both == fieldset.union(right, left)
    assert fieldset.union(both, right) is both
    assert fieldset.difference(both, both) == {}
    assert fieldset.union(fieldset.difference(left, right), fieldset.intersection(left, right)) == left
    assert fieldset.difference(left, {}) is left


@given(fieldsets)
def test_round_trip(fields: FieldSet) -> None:
    written = fieldset.canonical(fields)
    assert fieldset.loads(json.loads(json.dumps(written))) == fields
    assert list(fieldset.canonical(written)) == list(written)
    assert all(fieldset.has(fields, path) for path in fieldset.paths(fields))


def test_what_does_not_change_is_the_same_object() -> None:
    fields: FieldSet = {"f:spec": {"f:a": {}}}
    assert fieldset.difference(fields, {"f:status": {}}) is fields
    assert fieldset.union(fields, {"f:spec": {"f:a": {}}}) is fields
    assert fieldset.union(fields, {"f:status": {}})["f:spec"] is fields["f:spec"]


def test_parents_are_not_their_children() -> None:
    fields: FieldSet = {"f:a": {".": {}, "f:b": {}}}
    assert fieldset.difference(fields, {"f:a": {}}) == {"f:a": {"f:b": {}}}
    assert fieldset.difference(fields, {"f:a": {"f:b": {}}}) == {"f:a": {}}
    assert fieldset.recursive_difference(fields, {"f:a": {}}) == {}
    assert fieldset.union({"f:a": {}}, {"f:a": {"f:b": {}}}) == fields
    assert not fieldset.has({"f:a": {"f:b": {}}}, ("f:a",))
    assert not fieldset.has(fields, ())


def test_order_is_structured_merge_diffs() -> None:
    fields: FieldSet = {
        "i:10": {}, "i:9": {}, 'v:"b"': {}, "v:true": {}, "v:10": {}, "v:9": {}, "f:b": {}, "f:a": {"f:z": {}, ".": {}},
        'k:{"port":443}': {}, 'k:{"port":80}': {}, 'k:{"name":"a"}': {},
    }  # fmt: skip
    assert json.dumps(fieldset.canonical(fields), separators=(",", ":")) == (
        '{"f:a":{".":{},"f:z":{}},"f:b":{},"k:{\\"name\\":\\"a\\"}":{},"k:{\\"port\\":80}":{},"k:{\\"port\\":443}":{},'
        '"v:9":{},"v:10":{},"v:\\"b\\"":{},"v:true":{},"i:9":{},"i:10":{}}'
    )


def test_text() -> None:
    path = ("f:spec", 'k:{"containerPort":80,"protocol":"TCP"}', "f:x", 'v:"a"', "i:3", "v:true")
    assert fieldset.text(path) == '.spec[containerPort=80,protocol="TCP"].x[="a"][3][=true]'


def test_unknown_kinds_of_elements_are_dropped() -> None:
    assert fieldset.loads({"f:a": {"x:new": {}, "f:b": {}}, "q:1": {}}) == {"f:a": {"f:b": {}}}
    assert fieldset.loads({"f:a": {"x:new": {}}, "f:b": {".": {}}}) == {"f:a": {}, "f:b": {}}


@pytest.mark.parametrize("raw", [{"f": {}}, {"fa": {}}, {"k:{": {}}, {"k:[]": {}}, {"v:x": {}}, {"i:x": {}}, {"f:a": 1}, []])
def test_malformed(raw: Any) -> None:
    with pytest.raises(PathError):
        fieldset.loads(raw)
