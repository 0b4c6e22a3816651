"""ValidatingWebhookConfigurations: services that may refuse a request."""

from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.admissionregistration import rules

_NO_VERSION = f"must specify one of {', '.join(rules.REVIEW_VERSIONS)}"
_NO_EFFECTS = ("None", "NoneOnDryRun")
_MAX_SECONDS = 30


class ValidatingWebhookConfigurations(kind.Kind):
    """The rules of both kinds of webhook configurations."""

    namespaced = False
    counts_generation = True
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """Fill in policies, selectors, the timeout, and the service's port."""
        for hook in obj.get("webhooks") or ():
            if hook.get("failurePolicy") is None:
                hook["failurePolicy"] = "Fail"
            rules.default_matching(hook)
            if hook.get("timeoutSeconds") is None:
                hook["timeoutSeconds"] = 10
            rules.default_rules(hook.get("rules"))
            service = (hook.get("clientConfig") or {}).get("service")
            if service is not None and service.get("port") is None:
                service["port"] = 443

    def spec_changed(self, obj: Object, old: Object) -> bool:
        """Tell whether the webhooks differ."""
        return bool(obj.get("webhooks") != old.get("webhooks"))

    def contents(self, obj: Object) -> list[FieldError]:
        """Check each webhook."""
        found: list[FieldError] = []
        seen: set[str] = set()
        for number, hook in enumerate(obj.get("webhooks") or ()):
            field, name = f"webhooks[{number}]", hook.get("name") or ""
            found += self.hook_errors(field, hook)
            found += rules.review_versions(f"{field}.admissionReviewVersions", hook.get("admissionReviewVersions"), _NO_VERSION)
            if name and name in seen:
                found.append(fielderrors.duplicate(f"{field}.name", name))
            seen.add(name)
        return found

    def hook_errors(self, field: str, hook: dict[str, Any]) -> list[FieldError]:
        """Return what is wrong with one webhook."""
        found = checks.fully_qualified_name(f"{field}.name", hook.get("name") or "")
        for number, rule in enumerate(hook.get("rules") or ()):
            found += rules.rule(f"{field}.rules[{number}]", rule)
        found += checks.optional_one_of(f"{field}.failurePolicy", hook.get("failurePolicy"), rules.FAILURE_POLICIES)
        found += checks.optional_one_of(f"{field}.matchPolicy", hook.get("matchPolicy"), rules.MATCH_POLICIES)
        if hook.get("sideEffects") is None:
            found.append(fielderrors.required(f"{field}.sideEffects", "must specify one of " + ", ".join(_NO_EFFECTS)))
        found += checks.optional_one_of(f"{field}.sideEffects", hook.get("sideEffects"), _NO_EFFECTS)
        seconds = hook.get("timeoutSeconds")
        if seconds is not None and not 1 <= seconds <= _MAX_SECONDS:
            text = f"the timeout value must be between 1 and {_MAX_SECONDS} seconds"
            found.append(fielderrors.invalid(f"{field}.timeoutSeconds", seconds, text))
        for selector in ("namespaceSelector", "objectSelector"):
            found += objectmeta.label_selector(hook.get(selector), f"{field}.{selector}")
        found += self.more_errors(field, hook) + rules.client(f"{field}.clientConfig", hook.get("clientConfig") or {})
        return found + rules.conditions(f"{field}.matchConditions", hook.get("matchConditions") or ())

    def more_errors(self, field: str, hook: dict[str, Any]) -> list[FieldError]:
        """Return what is wrong with what only mutating webhooks have."""
        return []


STRATEGY = ValidatingWebhookConfigurations()
