"""RuntimeClasses: which container runtime runs a pod, and what it costs."""

from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import checks, kind, objectmeta
from minikube_py.registry.core import resourcenames
from minikube_py.registry.pod import gotext, placement, resources


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
        overhead, scheduling = obj.get("overhead"), obj.get("scheduling") or {}
        if overhead is not None:
            found += resources.requirements({"limits": overhead.get("podFixed") or {}}, "overhead")
        found += objectmeta.labels(scheduling.get("nodeSelector") or {}, "scheduling.nodeSelector")
        tolerations = scheduling.get("tolerations") or []
        found += placement.tolerations(tolerations, "scheduling.tolerations.tolerations")  # kube-apiserver's own slip
        return found + _twice(tolerations)

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold the handler."""
        return checks.immutable("handler", obj.get("handler", ""), old.get("handler", ""))


def _twice(tolerations: list[dict[str, Any]]) -> list[FieldError]:
    keys = [tuple(item.get(field) or "" for field in ("key", "operator", "value", "effect")) for item in tolerations]
    return [
        fielderrors.duplicate(f"scheduling.tolerations[{number}]", gotext.struct("core.Toleration", tolerations[number]))
        for number, key in enumerate(keys)
        if key in keys[:number]
    ]


STRATEGY = RuntimeClasses()
