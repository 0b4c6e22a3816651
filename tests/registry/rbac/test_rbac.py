"""Roles and bindings."""

from typing import Any

import pytest

from tests.registry import support

GROUP = "rbac.authorization.k8s.io"


@pytest.mark.parametrize(
    ("plural", "rule", "messages"),
    [
        ("roles", {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]}, []),
        ("roles", {}, ["rules[0].verbs: Required value: verbs must contain at least one value",
                       "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
                       "rules[0].resources: Required value: resource rules must supply at least one resource"]),
        ("roles", {"verbs": ["get"], "nonResourceURLs": ["/x"]},
         ['rules[0].nonResourceURLs: Invalid value: []string{"/x"}: namespaced rules cannot apply to non-resource URLs']),
        ("clusterroles", {"verbs": ["get"], "nonResourceURLs": ["/x"]}, []),
        ("clusterroles", {"verbs": ["get"], "nonResourceURLs": ["/x"], "resources": ["pods"]},
         ['rules[0].nonResourceURLs: Invalid value: []string{"/x"}: rules cannot apply to both regular resources and non-resource URLs']),
    ],
)  # fmt: skip
def test_rules(plural: str, rule: dict[str, Any], messages: list[str]) -> None:
    assert support.errors(GROUP, plural, {"metadata": {"name": "system:a"}, "rules": [rule]}) == messages


def test_aggregation() -> None:
    assert support.errors(GROUP, "clusterroles", {"aggregationRule": {}}) == [
        "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil"
    ]


def test_defaults_of_bindings() -> None:
    subjects = [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s"}]
    obj = support.created(GROUP, "rolebindings", {"metadata": {"name": "a"}, "roleRef": {"kind": "Role", "name": "r"}, "subjects": subjects})
    assert obj["roleRef"] == {"apiGroup": GROUP, "kind": "Role", "name": "r"}
    assert obj["subjects"] == [{"kind": "User", "name": "u", "apiGroup": GROUP}, {"kind": "ServiceAccount", "name": "s"}]


def test_bindings() -> None:
    subjects = [{"kind": "User"}, {"kind": "Robot", "name": "x"}, {"kind": "ServiceAccount", "name": "s", "apiGroup": GROUP}]
    assert support.errors(GROUP, "clusterrolebindings", {"roleRef": {"kind": "Role"}, "subjects": subjects}) == [
        'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
        "roleRef.name: Required value",
        "subjects[0].name: Required value",
        'subjects[1].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
        f'subjects[2].apiGroup: Unsupported value: "{GROUP}": supported values: ""',
        "subjects[2].namespace: Required value",
    ]


def test_the_role_stays() -> None:
    old, new = ({"roleRef": {"kind": "ClusterRole", "name": name}} for name in ("view", "admin"))
    assert support.update_errors(GROUP, "rolebindings", new, old) == [
        'roleRef: Invalid value: rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"ClusterRole", Name:"admin"}: cannot change roleRef'
    ]


def test_selectors_of_what_is_aggregated_can_be_read() -> None:
    rule = {"aggregationRule": {"clusterRoleSelectors": [{"matchExpressions": [{"key": "a", "operator": "Like"}]}]}}
    field = "aggregationRule.clusterRoleSelectors[0]"
    assert support.errors(GROUP, "clusterroles", rule) == [
        f'{field}.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator',
        f'{field}: Invalid value: "null": invalid label selector.',
    ]


def test_updates_look_at_metadata_first() -> None:
    bound = {"roleRef": {"kind": "Role", "name": "a"}}
    found = support.update_errors(GROUP, "rolebindings", {"metadata": {"name": "a", "labels": {"a b": ""}}, "roleRef": {"kind": "Role"}}, bound)
    assert [text.partition(":")[0] for text in found] == ["metadata.labels", "roleRef.name", "roleRef"]
