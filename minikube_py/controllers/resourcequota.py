"""Keeps the status of ResourceQuotas: what is allowed, and what is used of it (pkg/controller/resourcequota)."""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop, LoopContext, object_key
from minikube_py.machinery import meta, quotausage
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
        self._limited: dict[str, dict[str, frozenset[str]]] = {}

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which quota: all that may be counted."""
        counted = [item.qualified for item in self.client.resources() if item.namespaced and {"list", "watch", "create"} <= set(item.verbs)]
        return {resource: self._handler(resource) for resource in counted if resource not in _IGNORED} | {_QUOTAS: self._quota_changed}

    def _known(self, space: str) -> dict[str, frozenset[str]]:
        """Return by name of each quota of a namespace the resources that it counts; read once, then kept by changes."""
        if space not in self._limited:
            self._limited[space] = {meta.name(quota): _counted(quota) for quota in self.client.items(_QUOTAS, space)}
        return self._limited[space]

    def _handler(self, resource: str) -> Callable[[Change], Iterable[str]]:
        def handler(change: Change) -> Iterable[str]:
            if change.type == "MODIFIED" and resource not in _CHANGING:
                return ()
            space = meta.namespace(change.object)
            return [f"{space}/{name}" for name, counted in self._known(space).items() if resource in counted]

        return handler

    def _quota_changed(self, change: Change) -> Iterable[str]:
        self._limited.pop(meta.namespace(change.object), None)
        return {*object_key(change), *self._handler(_QUOTAS)(change)}

    def reconcile(self, key: str) -> float | None:
        """Count what is used."""
        space, name = meta.split_key(key)
        quota = self.client.find(_QUOTAS, name, space)
        if quota is None:
            return None
        hard = (quota.get("spec") or {}).get("hard") or {}
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
        scoped = bool((quota.get("spec") or {}).get("scopes") or quota["spec"].get("scopeSelector"))
        if scoped and resource == "pods":
            items = [item for item in items if quotausage.in_scope(quota, item)]
        elif scoped:
            return []
        return [quotausage.usage(resource, item) for item in items]


def _counted(quota: Object) -> frozenset[str]:
    return frozenset(quotausage.resource_of(name) for name in (quota.get("spec") or {}).get("hard") or ())
