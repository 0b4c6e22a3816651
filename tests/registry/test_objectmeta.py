from typing import Any

import pytest

from minikube_py.machinery import names
from minikube_py.registry import objectmeta

GOOD = {"name": "web", "namespace": "default", "uid": "1", "resourceVersion": "7", "generation": 2}


def texts(found: list[Any]) -> list[str]:
    return [str(error) for error in found]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"name": ""}, ["metadata.name: Required value: name or generateName is required"]),
        ({"namespace": ""}, ["metadata.namespace: Required value"]),
        ({"namespace": "a.b"}, ['metadata.namespace: Invalid value: "a.b": must not contain dots']),
        ({"generation": -1}, ["metadata.generation: Invalid value: -1: must be greater than or equal to 0"]),
        ({"annotations": {"a": "x" * 262144}}, ["metadata.annotations: Too long: may not be more than 262144 bytes"]),
        ({"annotations": {"A/B": "x"}}, []),
        (
            {"ownerReferences": [{"apiVersion": "", "kind": "", "name": "", "uid": ""}]},
            [
                'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
                'metadata.ownerReferences.kind: Invalid value: "": kind must not be empty',
                'metadata.ownerReferences.name: Invalid value: "": name must not be empty',
                'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty',
            ],
        ),
        (
            {"finalizers": ["mine"]},
            ['metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified'],
        ),
        ({"finalizers": ["example.com/mine", "kubernetes"]}, []),
        (
            {"finalizers": ["orphan", "foregroundDeletion"]},
            ['metadata.finalizers: Invalid value: []string{"orphan", "foregroundDeletion"}: finalizer orphan and foregroundDeletion cannot be both set'],
        ),
        (
            {"managedFields": [{"operation": "Replace", "fieldsType": "FieldsV2", "manager": "a\tb"}]},
            [
                'metadata.managedFields[0].operation: Invalid value: "Replace": must be `Apply` or `Update`',
                'metadata.managedFields[0].fieldsType: Invalid value: "FieldsV2": must be `FieldsV1`',
                'metadata.managedFields[0].manager: Invalid value: "a\\tb": invalid character U+0009 (at position 1)',
            ],
        ),
    ],
)
def test_validate(changes: dict[str, Any], expected: list[str]) -> None:
    assert texts(objectmeta.validate(GOOD | changes)) == expected


def test_labels_show_the_value_under_the_path_of_all() -> None:
    found = texts(objectmeta.validate(GOOD | {"labels": {"a b": "-"}}))
    assert [text[:46] for text in found] == [
        'metadata.labels: Invalid value: "a b": name pa',
        'metadata.labels: Invalid value: "-": a valid l',
    ]


def test_two_controllers() -> None:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "1", "controller": True}
    (found,) = texts(objectmeta.validate(GOOD | {"ownerReferences": [owner, owner | {"name": "b"}]}))
    assert found.endswith('Only one reference can have Controller set to true. Found "true" in references for Pod/a and Pod/b')


def test_names_by_rule() -> None:
    assert texts(objectmeta.validate({"name": "system:node"}, namespaced=False, name_rule=names.is_path_segment)) == []
    assert texts(objectmeta.validate(GOOD, namespaced=False)) == ["metadata.namespace: Forbidden: not allowed on this type"]
    (found,) = texts(objectmeta.validate(GOOD | {"name": "1-web"}, name_rule=names.is_dns_1035_label))
    assert found.startswith('metadata.name: Invalid value: "1-web": a DNS-1035 label must consist of')
    assert texts(objectmeta.validate(GOOD | {"generateName": "web-"})) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"name": "other"}, ['metadata.name: Invalid value: "other": field is immutable']),
        ({"uid": "2"}, ['metadata.uid: Invalid value: "2": field is immutable']),
        ({"resourceVersion": ""}, ['metadata.resourceVersion: Invalid value: "": must be specified for an update']),
        ({"generation": 1}, ["metadata.generation: Invalid value: 1: must not be decremented"]),
        (
            {"creationTimestamp": "2026-01-02T03:04:05Z"},
            ["metadata.creationTimestamp: Invalid value: 2026-01-02 03:04:05 +0000 UTC: field is immutable"],
        ),
        ({"deletionGracePeriodSeconds": 5}, ["metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable"]),
    ],
)
def test_validate_update(changes: dict[str, Any], expected: list[str]) -> None:
    assert texts(objectmeta.validate_update(GOOD | changes, GOOD)) == expected


def test_no_new_finalizers_while_deleting() -> None:
    old = GOOD | {"deletionTimestamp": "2026-01-02T03:04:05Z", "finalizers": ["a.b/c"]}
    assert texts(objectmeta.validate_update(old | {"finalizers": ["a.b/c", "a.b/d"]}, old)) == [
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}'
    ]


def test_label_selector() -> None:
    selector = {
        "matchExpressions": [
            {"key": "a", "operator": "In"},
            {"key": "a", "operator": "Exists", "values": ["b"]},
            {"key": "a", "operator": "Near"},
        ]
    }
    assert texts(objectmeta.label_selector(selector, "spec.selector")) == [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        'spec.selector.matchExpressions[2].operator: Invalid value: "Near": not a valid selector operator',
    ]


def test_an_update_checks_what_is_there_before_what_changed() -> None:
    name = "name part must consist of alphanumeric characters"
    found = texts(objectmeta.validate_update(GOOD | {"uid": "2", "labels": {"a b": "c"}, "finalizers": ["x y", "a.b/c d"]}, GOOD))
    assert [text.partition(", ")[0] for text in found] == [
        f'metadata.labels: Invalid value: "a b": {name}',
        f'metadata.finalizers: Invalid value: "x y": {name}',
        f'metadata.finalizers: Invalid value: "a.b/c d": {name}',
        'metadata.uid: Invalid value: "2": field is immutable',
        'metadata.finalizers[0]: Invalid value: "x y": name is neither a standard finalizer name nor is it fully qualified',
    ]


@pytest.mark.parametrize("version", ["a/", "/", "a/b/c"])
def test_owners_have_a_version(version: str) -> None:
    owner = {"apiVersion": version, "kind": "Pod", "name": "a", "uid": "1"}
    expected = f'metadata.ownerReferences.apiVersion: Invalid value: "{version}": version must not be empty'
    assert texts(objectmeta.validate(GOOD | {"ownerReferences": [owner]})) == [expected]
