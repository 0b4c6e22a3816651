"""IngressClasses: which controller serves an Ingress."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind
from minikube_py.registry.networking import references

_MAX_CONTROLLER = 250


class IngressClasses(kind.Kind):
    """The rules of IngressClasses."""

    namespaced = False
    counts_generation = True
    changes_first = True

    def default(self, obj: Object) -> None:
        """Parameters are of the whole cluster unless they say otherwise."""
        parameters = (obj.get("spec") or {}).get("parameters")
        if parameters is not None and parameters.get("scope") is None:
            parameters["scope"] = "Cluster"

    def contents(self, obj: Object) -> list[FieldError]:
        """Check controller and parameters."""
        spec = obj.get("spec") or {}
        controller = spec.get("controller") or ""
        found = [fielderrors.too_long("spec.controller", _MAX_CONTROLLER)] if len(controller) > _MAX_CONTROLLER else []
        found += checks.domain_prefixed_path("spec.controller", controller)
        return found + _parameters(spec["parameters"]) if spec.get("parameters") is not None else found

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold the controller."""
        return checks.immutable("spec.controller", *((some.get("spec") or {}).get("controller", "") for some in (obj, old)))


def _parameters(parameters: dict[str, Any]) -> list[FieldError]:
    field = "spec.parameters"
    found = references.typed(field, parameters)
    scope, space = parameters.get("scope"), parameters.get("namespace")
    if scope is None:
        return [*found, fielderrors.required(f"{field}.scope")]
    if scope == "Namespace":
        if space is None:
            return [*found, fielderrors.required(f"{field}.namespace", "`parameters.scope` is set to 'Namespace'")]
        return found + checks.each(f"{field}.namespace", space, names.dns_label(space))
    if scope == "Cluster" and space is not None:
        return [*found, fielderrors.forbidden(f"{field}.namespace", "`parameters.scope` is set to 'Cluster'")]
    return found + checks.one_of(f"{field}.scope", scope, ("Cluster", "Namespace"))


STRATEGY = IngressClasses()
