"""IPAddresses: which object holds an address."""

import json

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import addresses, checks, kind


def _canonical(name: str, prefix: bool = False) -> tuple[str, ...]:
    return addresses.canonical_ip(name)


class IPAddresses(kind.Kind):
    """The rules of IPAddresses, whose name is the address."""

    namespaced = False
    name_rule = staticmethod(_canonical)

    def contents(self, obj: Object) -> list[FieldError]:
        """Check the reference to the holder."""
        parent = (obj.get("spec") or {}).get("parentRef")
        if parent is None:
            return [fielderrors.required("spec.parentRef")]
        group = parent.get("group")
        found = checks.each("spec.parentRef.group", group, names.dns_subdomain(group)) if group else []
        for part in ("resource", "name"):
            found += checks.named(f"spec.parentRef.{part}", parent.get(part), names.path_segment)
        if space := parent.get("namespace"):
            found += checks.each("spec.parentRef.namespace", space, names.path_segment(space))
        return found

    def changes(self, obj: Object, old: Object) -> list[FieldError]:
        """Hold the reference."""
        parent, before = ((some.get("spec") or {}).get("parentRef") or {} for some in (obj, old))
        return [] if parent == before else [fielderrors.invalid("spec.parentRef", _go_parent(parent) if parent else None, checks.IMMUTABLE)]

    def fields(self, obj: Object) -> dict[str, str]:
        """Return the holder's kind and name."""
        parent = (obj.get("spec") or {}).get("parentRef") or {}
        return {f"spec.parentRef.{part}": parent.get(part, "") for part in ("group", "resource", "namespace", "name")}


def _go_parent(parent: dict[str, str]) -> fielderrors.GoText:
    parts = [f"{part.capitalize()}:{json.dumps(parent.get(part, ''))}" for part in ("group", "resource", "namespace", "name")]
    return fielderrors.GoText(f"networking.ParentReference{{{', '.join(parts)}}}")


STRATEGY = IPAddresses()
