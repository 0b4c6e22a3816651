"""Roles: what may be done, in one namespace."""

from typing import Any

from minikube_py.machinery import fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import kind


class Roles(kind.PathNamed):
    """The rules of Roles and ClusterRoles."""

    allow_create_on_update = True

    def default(self, obj: Object) -> None:
        """Rules are shown even when there are none."""
        obj.setdefault("rules", None)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the rules."""
        found: list[FieldError] = []
        for number, rule in enumerate(obj.get("rules") or ()):
            found += rule_errors(f"rules[{number}]", rule, self.namespaced)
        return found


def rule_errors(field: str, rule: dict[str, Any], namespaced: bool) -> list[FieldError]:
    """Return what is wrong with one PolicyRule."""
    found = [] if rule.get("verbs") else [fielderrors.required(f"{field}.verbs", "verbs must contain at least one value")]
    urls = rule.get("nonResourceURLs")
    if urls:
        if namespaced:
            found.append(fielderrors.invalid(f"{field}.nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs"))
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            text = "rules cannot apply to both regular resources and non-resource URLs"
            found.append(fielderrors.invalid(f"{field}.nonResourceURLs", urls, text))
        return found
    if not rule.get("apiGroups"):
        found.append(fielderrors.required(f"{field}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        found.append(fielderrors.required(f"{field}.resources", "resource rules must supply at least one resource"))
    return found


STRATEGY = Roles()
