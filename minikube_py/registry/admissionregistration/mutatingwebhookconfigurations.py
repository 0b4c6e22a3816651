"""MutatingWebhookConfigurations: services that may change a request's object."""

from typing import Any

from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks
from minikube_py.registry.admissionregistration import validatingwebhookconfigurations

_REINVOCATION = ("IfNeeded", "Never")


class MutatingWebhookConfigurations(validatingwebhookconfigurations.ValidatingWebhookConfigurations):
    """The rules of MutatingWebhookConfigurations: those of validating ones, and whether a webhook is called again."""

    def default(self, obj: Object) -> None:
        """Fill in what validating ones have, and that a webhook is called once."""
        super().default(obj)
        for hook in obj.get("webhooks") or ():
            if hook.get("reinvocationPolicy") is None:
                hook["reinvocationPolicy"] = "Never"

    def more_errors(self, field: str, hook: dict[str, Any]) -> list[FieldError]:
        """Check whether a webhook is called again."""
        return checks.optional_one_of(f"{field}.reinvocationPolicy", hook.get("reinvocationPolicy"), _REINVOCATION)


STRATEGY = MutatingWebhookConfigurations()
