"""Environment variables of a container, and where they come from."""

from typing import Any

from minikube_py.describers import golang
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta, quantity
from minikube_py.machinery.meta import Object

_HOLDERS = (("ConfigMap", "configMapRef"), ("Secret", "secretRef"))
_STANDARD = ("cpu", "memory", "ephemeral-storage")


def sources(w: Writer, container: dict[str, Any]) -> None:
    """Write what envFrom brings in whole."""
    if not container.get("envFrom"):
        return
    w.write(2, "Environment Variables from:\n")
    for source in container["envFrom"]:
        kind, field = next((known for known in _HOLDERS if source.get(known[1]) is not None), ("", ""))
        reference = source.get(field) or {}
        prefix = f" with prefix '{source['prefix']}'" if source.get("prefix") else ""
        w.row(3, reference.get("name") or "", f"{kind}{prefix}", _optional(reference))


def variables(w: Writer, container: dict[str, Any], pod: Object | None) -> None:
    """Write each variable; `pod` is the pod whose fields resolve, None for a template."""
    entries = container.get("env") or ()
    w.write(2, "Environment:\n" if entries else "Environment:\t<none>\n")
    for entry in entries:
        if entry.get("valueFrom") is None:
            first, *others = (entry.get("value") or "").split("\n")
            w.field(entry.get("name") or "", first, 3)
            for line in others:
                w.write(3, f"\t{line}\n")
            continue
        text = _value_from(entry["valueFrom"], container, pod)
        if text is not None:
            w.field(entry.get("name") or "", text, 3)


def _value_from(source: dict[str, Any], container: dict[str, Any], pod: Object | None) -> str | None:
    if source.get("fieldRef") is not None:
        reference = source["fieldRef"]
        path = reference.get("fieldPath") or ""
        return f"{_field(path, pod)} ({reference.get('apiVersion') or ''}:{path})"
    if source.get("resourceFieldRef") is not None:
        return _resource(source["resourceFieldRef"], container)
    if source.get("secretKeyRef") is not None:
        reference = source["secretKeyRef"]
        return f"<set to the key '{reference.get('key') or ''}' in secret '{reference.get('name') or ''}'>\t{_optional(reference)}"
    if source.get("configMapKeyRef") is not None:
        reference = source["configMapKeyRef"]
        return f"<set to the key '{reference.get('key') or ''}' of config map '{reference.get('name') or ''}'>\t{_optional(reference)}"
    return None


def _field(path: str, pod: Object | None) -> str:
    """Return the only fields that kubectl resolves: name and namespace."""
    if pod is None:
        return ""
    return {"metadata.name": meta.name, "metadata.namespace": meta.namespace}.get(path, lambda _: "")(pod)


def _resource(reference: dict[str, Any], container: dict[str, Any]) -> str:
    resource = reference.get("resource") or ""
    value = _resource_value(resource, quantity.parse(reference.get("divisor") or "0"), container)
    if value == "0" and resource in ("limits.cpu", "limits.memory"):
        value = "node allocatable"
    return f"{value} ({resource})"


def _resource_value(resource: str, divisor: quantity.Quantity, container: dict[str, Any]) -> str:
    which, _, name = resource.partition(".")
    if which not in ("limits", "requests") or not (name in _STANDARD or name.startswith("hugepages-")):
        return ""
    amount = quantity.parse((golang.at(container, f"resources.{which}") or {}).get(name, "0"))
    unit = divisor or quantity.from_int(1)
    if name == "cpu":
        return str(-(-amount.milli_value() // unit.milli_value()))
    return str(-(-amount.value() // unit.value()))


def _optional(reference: dict[str, Any]) -> str:
    return f"Optional: {golang.boolean(reference.get('optional'))}"
