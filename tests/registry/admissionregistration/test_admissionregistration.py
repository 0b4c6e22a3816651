"""Webhook configurations and admission policies."""

from typing import Any

import pytest

from minikube_py import registry
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


def policy_errors(**spec: Any) -> list[str]:
    whole = {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "true"}]}
    return support.errors(GROUP, "validatingadmissionpolicies", {"spec": whole | spec})


def test_what_policies_say() -> None:
    assert policy_errors() == []
    assert policy_errors(validations=[{"expression": "true", "message": " ", "messageExpression": " "}, {"expression": " ", "message": "a\nb", "reason": "No"},
                                      {"expression": "true", "message": "a\n"}]) == [
        'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
        'spec.validations[0].message: Invalid value: " ": message must be non-empty if specified',
        "spec.validations[1].expression: Required value: expression is not specified",
        'spec.validations[1].message: Invalid value: "a\\nb": message must not contain line breaks',
        'spec.validations[1].reason: Unsupported value: "No": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ]  # fmt: skip
    assert policy_errors(validations=[], auditAnnotations=[{"key": "a", "valueExpression": "x"}, {"key": "a"}]) == [
        "spec.auditAnnotations[1].valueExpression: Required value: valueExpression is not specified",
        'spec.auditAnnotations[1].key: Duplicate value: "a"',
    ]
    many = [{"key": f"k{number}", "valueExpression": "x"} for number in range(21)]
    assert policy_errors(auditAnnotations=many[:20]) == []
    (found,) = policy_errors(auditAnnotations=many)
    assert found.startswith("spec.auditAnnotations: Invalid value: ") and found.endswith(": must not have more than 20 auditAnnotations")


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"name": "good", "expression": "1"}, []),
        ({"name": "_g1", "expression": "1"}, []),
        ({"name": " ", "expression": " "}, ["name: Required value: name is not specified", "expression: Required value: expression is not specified"]),
        *(({"name": name, "expression": "1"}, [f'name: Invalid value: "{name}": name is not a valid CEL identifier'])
          for name in ("1a", "a-b", "true", "false", "null", "in", "namespace", "while")),
    ],
)  # fmt: skip
def test_names_of_variables(variable: dict[str, str], expected: list[str]) -> None:
    assert policy_errors(variables=[variable]) == [f"spec.variables[0].{text}" for text in expected]


@pytest.mark.parametrize(
    ("kind_of", "expected"),
    [
        ({"apiVersion": "v1", "kind": "ConfigMap"}, []),
        ({"apiVersion": "rules.example.com/v1", "kind": "Limit"}, []),
        ({"apiVersion": "a/b/c", "kind": "Limit"}, ['apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c']),
        ({}, ["apiVersion: Required value", "kind: Required value"]),
    ],
)
def test_kinds_of_parameters(kind_of: dict[str, str], expected: list[str]) -> None:
    assert policy_errors(paramKind=kind_of) == [f"spec.paramKind.{text}" for text in expected]


def test_a_service_behind_a_webhook_is_named() -> None:
    group, plural = "admissionregistration.k8s.io", "validatingwebhookconfigurations"
    assert support.errors(group, plural, {"webhooks": [hook(clientConfig={"service": {"namespace": "n"}})]}) == [
        "webhooks[0].clientConfig.service.namespace: Required value: service namespace is required"  # it is the name that is missing
    ]
    assert support.errors(group, plural, {"webhooks": [hook(clientConfig={"service": {}})]}) == [
        "webhooks[0].clientConfig.service.name: Required value: service name is required",
        "webhooks[0].clientConfig.service.namespace: Required value: service namespace is required",
    ]


def test_keys_of_audit_annotations_are_those_of_the_policy() -> None:
    found = policy_errors(auditAnnotations=[{"key": "a b", "valueExpression": "'x'"}])
    assert [text.partition(": name")[0] for text in found] == ['spec.auditAnnotations[0].key: Invalid value: "a/a b"']


def test_what_was_found_about_expressions() -> None:
    strategy = registry.strategy("admissionregistration.k8s.io", "validatingadmissionpolicies")
    old: dict[str, Any] = {"metadata": {"name": "a", "resourceVersion": "1"}, "status": {}}
    new = old | {"status": {"typeChecking": {"expressionWarnings": [{"fieldRef": " "}]}, "conditions": [{"type": "a b"}]}}
    found = [str(error).partition(",")[0] for error in strategy.validate_subresource("status", new, old)]
    assert found == [
        "status.typeChecking.expressionWarnings[0].warning: Required value",
        "status.typeChecking.expressionWarnings[0].fieldRef: Required value",
        'status.conditions[0].type: Invalid value: "a b": name part must consist of alphanumeric characters',
        'status.conditions[0].status: Unsupported value: "": supported values: "False"',
        "status.conditions[0].lastTransitionTime: Required value: must be set",
        "status.conditions[0].reason: Required value: must be set",
    ]
