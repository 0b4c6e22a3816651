"""Which rights a rule gives, and how rights are put together and told."""

from typing import Any

import pytest

from minikube_py.auth import rules

PODS: dict[str, Any] = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
ALL = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
HEALTH = {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}


@pytest.mark.parametrize(
    ("rule", "right", "covered"),
    [
        (PODS, PODS, True),
        (ALL, PODS, True),
        (PODS, ALL, False),
        (PODS | {"verbs": ["list"]}, PODS, False),
        (PODS | {"apiGroups": ["apps"]}, PODS, False),
        (PODS | {"resources": ["secrets"]}, PODS, False),
        (PODS, PODS | {"resources": ["pods/log"]}, False),
        (PODS | {"resources": ["*/log"]}, PODS | {"resources": ["pods/log"]}, True),
        (PODS | {"resources": ["*/log"]}, PODS, False),
        (PODS | {"resources": ["*/log"]}, PODS | {"resources": ["pods/exec"]}, False),
        (PODS, PODS | {"resourceNames": ["a"]}, True),
        (PODS | {"resourceNames": ["a"]}, PODS, False),
        (PODS | {"resourceNames": ["a", "b"]}, PODS | {"resourceNames": ["b"]}, True),
        (PODS | {"resourceNames": ["a"]}, PODS | {"resourceNames": ["b"]}, False),
        (HEALTH, HEALTH, True),
        (HEALTH, PODS, False),
        (PODS, HEALTH, False),
        (HEALTH | {"nonResourceURLs": ["*"]}, HEALTH, True),
        (HEALTH | {"nonResourceURLs": ["/heal*"]}, HEALTH, True),
        (HEALTH | {"nonResourceURLs": ["/livez*"]}, HEALTH, False),
        (HEALTH | {"nonResourceURLs": ["/healthz/*"]}, HEALTH, False),
    ],
)
def test_what_a_rule_gives(rule: rules.Rule, right: rules.Rule, covered: bool) -> None:
    assert rules.covers(rule, right) is covered


def test_rights_of_one_resource_are_put_together_and_those_of_paths_are_not() -> None:
    named = PODS | {"resourceNames": ["a"]}
    more = PODS | {"verbs": ["list"]}
    paths = [HEALTH, HEALTH | {"verbs": ["post"]}]
    assert rules.merged([PODS, more, named, *paths]) == [PODS | {"verbs": ["get", "list"]}, named, *paths]
    assert rules.merged([HEALTH, HEALTH]) == [HEALTH, HEALTH]
    assert PODS["verbs"] == ["get"]


def test_rights_as_kubernetes_prints_them() -> None:
    assert rules.compact(PODS | {"resourceNames": ["a", "b"]}) == '{APIGroups:[""], Resources:["pods"], ResourceNames:["a" "b"], Verbs:["get"]}'
    assert rules.compact(HEALTH) == '{NonResourceURLs:["/healthz"], Verbs:["get"]}'
    assert rules.quoted('ä"b') == '"ä\\"b"'
