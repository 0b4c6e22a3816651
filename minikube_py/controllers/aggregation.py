"""ClusterRoles that are made of others (pkg/controller/clusterroleaggregation)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client import api
from minikube_py.client.loops import Change, Loop, LoopContext
from minikube_py.machinery import meta, selectors
from minikube_py.machinery.meta import Object

_ROLES = "clusterroles.rbac.authorization.k8s.io"
_MANAGER = "clusterrole-aggregation-controller"


class ClusterRoleAggregationController(Loop):
    """Keys are names of ClusterRoles that have an aggregationRule."""

    name = "clusterrole-aggregation-controller"
    user = "system:serviceaccount:kube-system:clusterrole-aggregation-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._aggregated: dict[str, Object] | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which role."""
        return {_ROLES: self._changed}

    def _known(self) -> dict[str, Object]:
        """Return the roles that are made of others; all roles are read once, then kept by changes."""
        if self._aggregated is None:
            self._aggregated = {meta.name(role): role for role in self.client.items(_ROLES) if role.get("aggregationRule")}
        return self._aggregated

    def _changed(self, change: Change) -> Iterable[str]:
        role, known = change.object, self._known()
        known.pop(meta.name(role), None)
        if change.type != "DELETED" and role.get("aggregationRule"):
            known[meta.name(role)] = role
        versions = [meta.labels(obj) for obj in (role, change.old) if obj is not None]
        touched = [name for name, other in known.items() if name != meta.name(role) and any(_selects(other, labels) for labels in versions)]
        return [*touched, *([meta.name(role)] if meta.name(role) in known else [])]

    def reconcile(self, key: str) -> float | None:
        """Write the union of the rules of all selected roles."""
        role = self.client.find(_ROLES, key)
        if role is None or not role.get("aggregationRule"):
            return None
        rules: list[Object] = []
        others = sorted((other for other in self.client.items(_ROLES) if meta.name(other) != key), key=meta.name)
        for selector in map(selectors.from_object, role["aggregationRule"].get("clusterRoleSelectors") or ()):
            for other in others:
                if selector.matches(meta.labels(other)):
                    rules.extend(rule for rule in other.get("rules") or () if rule not in rules)
        if rules != (role.get("rules") or []):
            wanted = {"apiVersion": role["apiVersion"], "kind": role["kind"], "metadata": {"name": key}, "rules": rules}
            self.client.patch(_ROLES, key, "", wanted, patch_type=api.APPLY_PATCH, field_manager=_MANAGER, force=True)
        return None


def _selects(role: Object, labels: Mapping[str, str]) -> bool:
    listed = role["aggregationRule"].get("clusterRoleSelectors") or ()
    return any(selectors.from_object(selector).matches(labels) for selector in listed)
