"""ValidatingAdmissionPolicyBindings: where a policy holds, with which parameters, and what then happens."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.admissionregistration import rules

_ACTIONS = ("Audit", "Deny", "Warn")
_EXCLUSIVE = "name and selector are mutually exclusive"
_DENY_AND_WARN = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"
)


class ValidatingAdmissionPolicyBindings(kind.Kind):
    """The rules of ValidatingAdmissionPolicyBindings."""

    namespaced = False
    counts_generation = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """Fill in policies, selectors and scopes."""
        match = (obj.get("spec") or {}).get("matchResources")
        if match is not None:
            rules.default_matching(match)
            for part in ("resourceRules", "excludeResourceRules"):
                rules.default_rules(match.get(part))

    def contents(self, obj: Object) -> list[FieldError]:
        """Check policy, parameters, where it holds and what happens."""
        spec = obj.get("spec") or {}
        found = checks.named("spec.policyName", spec.get("policyName"), names.path_segment)
        if spec.get("paramRef") is not None:
            found += _parameters(spec["paramRef"])
        if spec.get("matchResources") is not None:
            found += rules.matching("spec.matchResources", spec["matchResources"])
        return found + _actions(spec.get("validationActions") or [])


def _parameters(reference: dict[str, Any]) -> list[FieldError]:
    field, name, selector = "spec.paramRef", reference.get("name"), reference.get("selector")
    found: list[FieldError] = []
    if name:
        found += checks.each(f"{field}.name", name, names.path_segment(name))
        if selector is not None:
            found.append(fielderrors.forbidden(f"{field}.name", _EXCLUSIVE))
    if selector is not None:
        found += objectmeta.label_selector(selector, f"{field}.selector")
        if name:
            found.append(fielderrors.forbidden(f"{field}.selector", _EXCLUSIVE))
    elif not name:
        found.append(fielderrors.required(field, "one of name or selector must be specified"))
    action = reference.get("parameterNotFoundAction")
    if not action:
        return [*found, fielderrors.required(f"{field}.parameterNotFoundAction")]
    return found + checks.one_of(f"{field}.parameterNotFoundAction", action, ("Deny", "Allow"))


def _actions(actions: list[str]) -> list[FieldError]:
    field = "spec.validationActions"
    found: list[FieldError] = []
    for number, action in enumerate(actions):
        found += checks.one_of(f"{field}[{number}]", action, _ACTIONS)
        if action in actions[:number]:
            found.append(fielderrors.duplicate(f"{field}[{number}]", action))
    if {"Deny", "Warn"} <= set(actions):
        found.append(fielderrors.invalid(field, checks.go_strings("admissionregistration.ValidationAction", actions), _DENY_AND_WARN))
    return found or ([] if actions else [fielderrors.required(field, "at least one validation action is required")])


STRATEGY = ValidatingAdmissionPolicyBindings()
