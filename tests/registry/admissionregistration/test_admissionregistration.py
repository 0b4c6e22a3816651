"""Webhook configurations and admission policies."""

from typing import Any

import pytest

from tests.registry import support

GROUP = "admissionregistration.k8s.io"
RULE = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}


def hook(**more: Any) -> dict[str, Any]:
    return {"name": "a.example.com", "clientConfig": {"service": {"name": "s", "namespace": "n"}}, "admissionReviewVersions": ["v1"],
            "sideEffects": "None", "rules": [RULE]} | more  # fmt: skip


def test_defaults() -> None:
    obj = support.created(GROUP, "mutatingwebhookconfigurations", {"metadata": {"name": "a"}, "webhooks": [hook()]})
    assert obj["webhooks"] == [
        hook(rules=[RULE | {"scope": "*"}], clientConfig={"service": {"name": "s", "namespace": "n", "port": 443}}) |
        {"failurePolicy": "Fail", "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}, "timeoutSeconds": 10,
         "reinvocationPolicy": "Never"}
    ]  # fmt: skip
    assert obj["metadata"]["generation"] == 1


W = "webhooks[0]"


@pytest.mark.parametrize(
    ("more", "messages"),
    [
        ({}, []),
        ({"name": "short"}, [f'{W}.name: Invalid value: "short": should be a domain with at least three segments separated by dots']),
        ({"sideEffects": None}, [f"{W}.sideEffects: Required value: must specify one of None, NoneOnDryRun"]),
        ({"timeoutSeconds": 31}, [f"{W}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds"]),
        ({"clientConfig": {}}, [f"{W}.clientConfig: Required value: exactly one of url or service is required"]),
        ({"clientConfig": {"url": "http://u:p@h/?q#f"}},
         [f"{W}.clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
          f'{W}.clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
          f'{W}.clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
          f'{W}.clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL']),
        ({"admissionReviewVersions": ["v2"]},
         [f'{W}.admissionReviewVersions: Invalid value: []string{{"v2"}}: must include at least one of v1, v1beta1']),
        ({"rules": [RULE | {"operations": ["*", "CREATE"], "resources": ["pods/*", "pods/log"]}]},
         [f'{W}.rules[0].operations: Invalid value: []admissionregistration.OperationType{{"*", "CREATE"}}: '
          "if '*' is present, must not specify other operations",
          f"{W}.rules[0].resources[1]: Invalid value: \"pods/log\": if 'pods/*' is present, must not specify pods/log"]),
        ({"matchConditions": [{"name": "x"}]}, [f"{W}.matchConditions[0].expression: Required value"]),
    ],
)  # fmt: skip
def test_webhooks(more: dict[str, Any], messages: list[str]) -> None:
    assert support.errors(GROUP, "validatingwebhookconfigurations", {"webhooks": [hook(**more)]}) == messages


def test_policies() -> None:
    assert support.errors(GROUP, "validatingadmissionpolicies", {"spec": {"paramKind": {"apiVersion": "v1"}}}) == [
        "spec.paramKind.kind: Required value",
        "spec.matchConstraints: Required value",
        "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
        "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
    ]
    good = {"matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "true"}]}
    assert support.errors(GROUP, "validatingadmissionpolicies", {"spec": good}) == []
    bad = good | {"variables": [{"name": "in", "expression": "1"}], "validations": [{"expression": "true", "message": "a\nb", "reason": "Odd"}]}
    assert support.errors(GROUP, "validatingadmissionpolicies", {"spec": bad}) == [
        'spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier',
        'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
        'spec.validations[0].reason: Unsupported value: "Odd": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ]


def test_bindings() -> None:
    assert support.errors(GROUP, "validatingadmissionpolicybindings", {"spec": {"paramRef": {}}}) == [
        "spec.policyName: Required value",
        "spec.paramRef: Required value: one of name or selector must be specified",
        "spec.paramRef.parameterNotFoundAction: Required value",
        "spec.validationActions: Required value: at least one validation action is required",
    ]
    assert support.errors(GROUP, "validatingadmissionpolicybindings", {"spec": {"policyName": "p", "validationActions": ["Deny", "Warn"]}}) == [
        'spec.validationActions: Invalid value: []admissionregistration.ValidationAction{"Deny", "Warn"}: must not contain both '
        "Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"
    ]
