"""Keeps the status of ResourceQuotas: what is allowed, and what is used of it (pkg/controller/resourcequota)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.controllers import quotausage
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_QUOTAS = "resourcequotas"
_IGNORED = frozenset({"events", "events.events.k8s.io"})
_CHANGING = frozenset({"pods", "services", "persistentvolumeclaims"})  # whose use can change while they are there


class ResourceQuotaController(Loop):
    """Keys are namespace/name of a quota."""

    name = "resourcequota-controller"
    user = "system:serviceaccount:kube-system:resourcequota-controller"

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self._limited: dict[str, dict[str, frozenset[str]]] | None = None

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which quota: all that may be counted."""
        counted = [item.qualified for item in self.client.resources() if item.namespaced and {"list", "watch", "create"} <= set(item.verbs)]
        return {resource: self._handler(resource) for resource in counted if resource not in _IGNORED}

    def _known(self) -> dict[str, dict[str, frozenset[str]]]:
        """Return by namespace and name of each quota the resources that it counts; read once, then kept by changes."""
        if self._limited is None:
            self._limited = {}
            for quota in self.client.items(_QUOTAS):
                self._learn(quota)
        return self._limited

    def _learn(self, quota: Object) -> None:
        counted = frozenset(quotausage.resource_of(name) for name in quota["spec"].get("hard") or ())
        self._known().setdefault(meta.namespace(quota), {})[meta.name(quota)] = counted

    def _handler(self, resource: str) -> Callable[[Change], Iterable[str]]:
        def handler(change: Change) -> Iterable[str]:
            keys = list(self._quota_changed(change)) if resource == _QUOTAS else []
            if not self._known() or (change.type == "MODIFIED" and resource not in _CHANGING):
                return keys
            space = meta.namespace(change.object)
            return [*keys, *(f"{space}/{name}" for name, counted in self._known().get(space, {}).items() if resource in counted)]

        return handler

    def _quota_changed(self, change: Change) -> Iterable[str]:
        quota = change.object
        if change.type != "DELETED":
            self._learn(quota)
            return object_key(change)
        quotas = self._known().get(meta.namespace(quota), {})
        quotas.pop(meta.name(quota), None)
        if not quotas:
            self._known().pop(meta.namespace(quota), None)
        return ()

    def reconcile(self, key: str) -> float | None:
        """Count what is used."""
        space, name = meta.split_key(key)
        quota = self.client.find(_QUOTAS, name, space)
        if quota is None:
            return None
        hard = quota["spec"].get("hard") or {}
        usages = [one for resource in sorted({quotausage.resource_of(name) for name in hard}) for one in self._usages(quota, resource)]
        status = {"hard": hard, "used": quotausage.total(usages, hard)}
        if status != quota.get("status"):
            self.client.update_status({**quota, "status": status})
        return None

    def _usages(self, quota: Object, resource: str) -> Iterable[quotausage.Usage]:
        known = {item.qualified for item in self.client.resources()}
        if resource not in known:
            return []
        items = self.client.items(resource, meta.namespace(quota))
        scoped = bool(quota["spec"].get("scopes") or quota["spec"].get("scopeSelector"))
        if scoped and resource == "pods":
            items = [item for item in items if quotausage.in_scope(quota, item)]
        elif scoped:
            return []
        return [quotausage.usage(resource, item) for item in items]
