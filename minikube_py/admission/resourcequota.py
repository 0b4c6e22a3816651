"""ResourceQuota: nobody gets more than the quotas of the namespace leave. What is granted is charged at once, in the quotas' status."""

from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.kits.clock import Clock
from minikube_py.machinery import errors, meta, quantity, quotausage
from minikube_py.machinery.meta import Object
from minikube_py.machinery.quotausage import Usage
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.reader import Reader

_QUOTAS = "resourcequotas"
_IGNORED = frozenset({"events", "namespaces"})
_CHANGEABLE = frozenset({("persistentvolumeclaims", ""), ("pods", "resize"), ("services", "")})  # what an update may make dearer
# A quota of these wants every container to say what it needs (pkg/quota/v1/evaluator/core: "this was a mistake").
_EXPLICIT = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})


class ResourceQuota(AdmissionPlugin):
    """plugin/pkg/admission/resourcequota."""

    name = "ResourceQuota"
    resources = ("*", "pods/resize")

    def __init__(self) -> None:
        self._version: tuple[int, ...] | None = None
        self._without: set[str] = set()  # namespaces that have no quota, as of that version

    def validate(self, attributes: Attributes, reader: Reader, clock: Clock) -> None:
        """Refuse what is too much, or charge it."""
        if not attributes.namespace or attributes.resource in _IGNORED:
            return
        if attributes.operation == "UPDATE" and (attributes.resource, attributes.subresource) not in _CHANGEABLE:
            return
        quotas = self._quotas(attributes.namespace, reader)
        if quotas:
            _check(attributes, quotas)

    def _quotas(self, namespace: str, reader: Reader) -> list[Object]:
        version = reader.version_of(_QUOTAS)
        if version != self._version:
            self._version, self._without = version, set()
        if namespace in self._without:
            return []
        found = reader.list(_QUOTAS, namespace)
        if not found:
            self._without.add(namespace)
        return found


def _check(attributes: Attributes, quotas: Iterable[Object]) -> None:
    """resourcequota.CheckRequest: first all that the quotas ask of the object, then the amounts."""
    resource, obj = errors.qualified(attributes.resource, attributes.group), attributes.object
    assert obj is not None
    concerned = [quota for quota in quotas if _counted(resource, _status(quota, "hard")) and _covers(quota, resource, obj)]
    for quota in concerned:
        names = _counted(resource, _status(quota, "hard"))
        missing = _unspecified(obj, names) if resource == "pods" else ""
        if missing:
            raise _forbidden(attributes, f"failed quota: {meta.name(quota)}: must specify {missing}")
        if not set(names) <= _status(quota, "used").keys():
            raise _forbidden(attributes, f"status unknown for quota: {meta.name(quota)}, resources: {','.join(sorted(names))}")
    wanted = _wanted(attributes, resource, obj)
    if wanted:
        attributes.charges.extend([charged for quota in concerned for charged in _charge(attributes, quota, wanted)])


def _counted(resource: str, hard: Mapping[str, str]) -> list[str]:
    """Return which names of a quota count objects of a resource."""
    return [name for name in hard if quotausage.resource_of(name) == resource or name == f"count/{resource}"]


def _covers(quota: Object, resource: str, obj: Object) -> bool:
    spec = quota.get("spec") or {}
    if not spec.get("scopes") and not spec.get("scopeSelector"):
        return True
    return resource == "pods" and quotausage.in_scope(quota, obj)


def _unspecified(pod: Object, names: Iterable[str]) -> str:
    """Return what containers must specify and do not: `limits.cpu for: main,side; ...`."""
    wanted = _EXPLICIT.intersection(names)
    missing: dict[str, set[str]] = {}
    for container in (*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())):
        resources = container.get("resources") or {}
        requests, limits = ({name: quantity.parse(text) for name, text in (resources.get(field) or {}).items()} for field in ("requests", "limits"))
        for name in wanted - quotausage.computed(requests, limits).keys():
            missing.setdefault(name, set()).add(container["name"])
    return "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))


def _wanted(attributes: Attributes, resource: str, obj: Object) -> Usage:
    """Return what the object uses, or an update uses more than before."""
    found = quotausage.usage(resource, obj)
    if attributes.operation == "UPDATE" and attributes.old_object is not None:
        before = quotausage.usage(resource, attributes.old_object)
        found = {name: amount - before[name] if name in before else amount for name, amount in found.items()}
    return {name: amount for name, amount in found.items() if amount.nanos > 0}


def _charge(attributes: Attributes, quota: Object, wanted: Usage) -> list[Object]:
    """Return the quota with more used of it; none where it does not count what is wanted."""
    hard, used = _status(quota, "hard"), _status(quota, "used")
    asked = {name: amount for name, amount in wanted.items() if name in hard}
    if not asked:
        return []
    after = {name: quantity.parse(used.get(name, "0")) + amount for name, amount in asked.items()}
    over = sorted(name for name in asked if after[name] > quantity.parse(hard[name]))
    if over:
        asks, uses, limits = (",".join(f"{name}={amounts.get(name, '0')}" for name in over) for amounts in (asked, used, hard))
        raise _forbidden(attributes, f"exceeded quota: {meta.name(quota)}, requested: {asks}, used: {uses}, limited: {limits}")
    return [{**quota, "status": {**quota["status"], "used": {**used, **{name: str(amount) for name, amount in after.items()}}}}]


def _status(quota: Object, field: str) -> Mapping[str, Any]:
    return (quota.get("status") or {}).get(field) or {}


def _forbidden(attributes: Attributes, cause: str) -> errors.Forbidden:
    return errors.Forbidden(attributes.resource, attributes.label, cause, attributes.group)
