"""ClusterRoles: what may be done anywhere; perhaps put together from others by their labels."""

from minikube_py.machinery import fielderrors, selectors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.rbac import roles


class ClusterRoles(roles.Roles):
    """The rules of ClusterRoles."""

    namespaced = False

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the rules and the selectors of what is aggregated."""
        found = super().contents(obj)
        rule = obj.get("aggregationRule")
        if rule is None:
            return found
        field = "aggregationRule.clusterRoleSelectors"
        listed = rule.get("clusterRoleSelectors") or ()
        if not listed:
            found.append(fielderrors.required(field, "at least one clusterRoleSelector required if aggregationRule is non-nil"))
        for number, selector in enumerate(listed):
            found += objectmeta.label_selector(selector, f"{field}[{number}]")
            try:
                selectors.from_object(selector)
            except ValueError:
                # kube-apiserver shows what it made of the selector, which is nothing.
                found.append(fielderrors.invalid(f"{field}[{number}]", None, "invalid label selector."))
        return found


STRATEGY = ClusterRoles()
