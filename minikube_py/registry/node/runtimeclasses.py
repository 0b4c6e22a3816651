"""RuntimeClasses: which container runtime runs a pod, and what it costs."""

from typing import Any

from minikube_py.machinery import names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.core import resourcenames

_OPERATORS = ("Equal", "Exists")
_MATCH_ALL = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'


class RuntimeClasses(kind.Kind):
    """The rules of RuntimeClasses."""

    namespaced = False
    allow_unconditional_update = False

    def default(self, obj: Object) -> None:
        """Spell amounts as they are stored."""
        resourcenames.canonicalize((obj.get("overhead") or {}).get("podFixed"))

    def contents(self, obj: Object) -> list[FieldError]:
        """Check handler, overhead and where such pods go."""
        handler = obj.get("handler") or ""
        found = checks.each("handler", handler, names.dns_label(handler))
        for name, text in ((obj.get("overhead") or {}).get("podFixed") or {}).items():
            field = f"overhead.podFixed[{name}]"
            found += checks.each(field, name, resourcenames.container_messages(name)) + resourcenames.amount(field, name, text)
        scheduling = obj.get("scheduling") or {}
        found += objectmeta.labels(scheduling.get("nodeSelector") or {}, "scheduling.nodeSelector")
        for number, toleration in enumerate(scheduling.get("tolerations") or ()):
            found += _toleration(f"scheduling.tolerations[{number}]", toleration)
        return found

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold the handler."""
        return checks.immutable("handler", obj.get("handler", ""), old.get("handler", ""))


def _toleration(field: str, toleration: dict[str, Any]) -> list[FieldError]:
    key, operator = toleration.get("key", ""), toleration.get("operator") or "Equal"
    found = objectmeta.label_name(key, f"{field}.key") if key else []
    if not key and operator != "Exists":
        found += checks.each(f"{field}.operator", toleration.get("operator", ""), (_MATCH_ALL,))
    if operator == "Exists" and toleration.get("value"):
        found += checks.each(f"{field}.operator", toleration["value"], ("value must be empty when `operator` is 'Exists'",))
    return found + checks.one_of(f"{field}.operator", operator, _OPERATORS)


STRATEGY = RuntimeClasses()
