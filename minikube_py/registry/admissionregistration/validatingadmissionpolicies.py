"""ValidatingAdmissionPolicies: checks of requests in CEL."""

import re
from typing import Any

from minikube_py.machinery import fielderrors, meta, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.admissionregistration import rules

_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_NOTHING_TO_DO = "validations or auditAnnotations must contain at least one item"
_MAX_ANNOTATIONS = 20
_IDENTIFIER = re.compile("[_a-zA-Z][_a-zA-Z0-9]*")
_RESERVED = frozenset(
    ("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
     "namespace", "return", "var", "void", "while")
)  # fmt: skip


class ValidatingAdmissionPolicies(kind.Kind):
    """The rules of ValidatingAdmissionPolicies."""

    status_metadata = ()
    namespaced = False
    has_status = True
    counts_generation = True
    allow_unconditional_update = False
    empty_status = {}

    def default(self, obj: Object) -> None:
        """Fill in policies, selectors and scopes."""
        spec = obj.setdefault("spec", {})
        if spec.get("failurePolicy") is None:
            spec["failurePolicy"] = "Fail"
        match = spec.get("matchConstraints")
        if match is not None:
            rules.default_matching(match)
            for part in ("resourceRules", "excludeResourceRules"):
                rules.default_rules(match.get(part))

    def contents(self, obj: Object) -> list[FieldError]:
        """Check what the policy is about and what it checks."""
        spec = obj.get("spec") or {}
        if spec.get("failurePolicy") is None:
            found = [fielderrors.required("spec.failurePolicy")]
        else:
            found = checks.one_of("spec.failurePolicy", spec["failurePolicy"], rules.FAILURE_POLICIES)
        if spec.get("paramKind") is not None:
            found += _param_kind(spec["paramKind"])
        match = spec.get("matchConstraints")
        if match is None:
            found.append(fielderrors.required("spec.matchConstraints"))
        else:
            found += rules.matching("spec.matchConstraints", match)
            if not match.get("resourceRules"):
                found.append(fielderrors.required("spec.matchConstraints.resourceRules"))
        found += rules.conditions("spec.matchConditions", spec.get("matchConditions") or ())
        for number, variable in enumerate(spec.get("variables") or ()):
            found += _variable(f"spec.variables[{number}]", variable)
        return found + _expressions(meta.name(obj), spec)

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check what was found about the expressions, and the conditions."""
        status = obj.get("status") or {}
        found = objectmeta.update(obj, old)
        for number, warning in enumerate((status.get("typeChecking") or {}).get("expressionWarnings") or ()):
            field = f"status.typeChecking.expressionWarnings[{number}]"
            found += [] if warning.get("warning") else [fielderrors.required(f"{field}.warning")]
            found += [] if (warning.get("fieldRef") or "").strip() else [fielderrors.required(f"{field}.fieldRef")]
        return found + checks.conditions("status.conditions", status.get("conditions") or ())


def _param_kind(kind_of: dict[str, Any]) -> list[FieldError]:
    field, version = "spec.paramKind", kind_of.get("apiVersion") or ""
    found: list[FieldError] = []
    if not version:
        found.append(fielderrors.required(f"{field}.apiVersion"))
    elif version.count("/") > 1:
        found.append(fielderrors.invalid(f"{field}.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    else:
        group, number = meta.split_api_version(version)
        found += checks.joined(f"{field}.apiVersion", group, names.dns_subdomain(group)) if group else []
        found += checks.joined(f"{field}.apiVersion", number, names.dns_1035_label(number))
    name = kind_of.get("kind") or ""
    if not name:
        return [*found, fielderrors.required(f"{field}.kind")]
    texts = names.dns_1035_label(name.lower())
    return found + checks.each(f"{field}.kind", name, ["may have mixed case, but should otherwise match: " + ",".join(texts)] if texts else ())


def _variable(field: str, variable: dict[str, Any]) -> list[FieldError]:
    name = variable.get("name") or ""
    found: list[FieldError] = []
    if not name.strip():
        found.append(fielderrors.required(f"{field}.name", "name is not specified"))
    elif _IDENTIFIER.fullmatch(name) is None or name in _RESERVED:
        found.append(fielderrors.invalid(f"{field}.name", name, "name is not a valid CEL identifier"))
    if not (variable.get("expression") or "").strip():
        found.append(fielderrors.required(f"{field}.expression", "expression is not specified"))
    return found


def _expressions(policy: str, spec: dict[str, Any]) -> list[FieldError]:
    validations, annotations = spec.get("validations") or [], spec.get("auditAnnotations") or []
    if not validations and not annotations:
        return [fielderrors.required(f"spec.{field}", _NOTHING_TO_DO) for field in ("validations", "auditAnnotations")]
    found: list[FieldError] = []
    for number, validation in enumerate(validations):
        found += _validation(f"spec.validations[{number}]", validation)
    if len(annotations) > _MAX_ANNOTATIONS:
        text = f"must not have more than {_MAX_ANNOTATIONS} auditAnnotations"
        found.append(fielderrors.invalid("spec.auditAnnotations", annotations, text))
    seen: set[str] = set()
    for number, annotation in enumerate(annotations):
        field, key = f"spec.auditAnnotations[{number}]", annotation.get("key", "")
        if policy:
            found += checks.each(f"{field}.key", f"{policy}/{key}", names.qualified_name(f"{policy}/{key}"))
        else:
            found.append(fielderrors.invalid(f"{field}.key", key, "requires metadata.name be non-empty"))
        if not (annotation.get("valueExpression") or "").strip():
            found.append(fielderrors.required(f"{field}.valueExpression", "valueExpression is not specified"))
        if key in seen:
            found.append(fielderrors.duplicate(f"{field}.key", key))
        seen.add(key)
    return found


def _validation(field: str, validation: dict[str, Any]) -> list[FieldError]:
    message, expression = validation.get("message") or "", validation.get("messageExpression") or ""
    found: list[FieldError] = []
    if not (validation.get("expression") or "").strip():
        found.append(fielderrors.required(f"{field}.expression", "expression is not specified"))
    if expression and not expression.strip():
        found.append(fielderrors.invalid(f"{field}.messageExpression", expression, "must be non-empty if specified"))
    if message and not message.strip():
        found.append(fielderrors.invalid(f"{field}.message", message, "message must be non-empty if specified"))
    elif "\n" in message.strip() or "\r" in message.strip():
        found.append(fielderrors.invalid(f"{field}.message", message, "message must not contain line breaks"))
    return found + checks.optional_one_of(f"{field}.reason", validation.get("reason"), _REASONS)


STRATEGY = ValidatingAdmissionPolicies()
