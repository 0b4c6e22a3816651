"""Definitions as OpenAPI v3 has them: references, what is not set (default), and types that Go code writes itself."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from minikube_py.machinery import schemas
from minikube_py.machinery.protobuf import layouts
from minikube_py.machinery.protobuf.layouts import META, Field

Raw = dict[str, Any]
Prose = Callable[[str, str], str]  # definition and field ("" for itself) -> description, "" where there is none
PREFIX = "#/components/schemas/"

_SPECIAL: dict[str, Raw] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
    "io.k8s.apimachinery.pkg.runtime.RawExtension": {"type": "object"},
    META + "MicroTime": {"type": "string", "format": "date-time"},
    META + "FieldsV1": {"type": "object"},
}
_EVERYWHERE = ("DeleteOptions", "WatchEvent")  # kinds that belong to every group version
# What Go's sources declare (+default=): definition without io.k8s.api. -> field -> value.
_NAMELESS: dict[str, Any] = {"name": ""}
_SCALE_IO: dict[str, Any] = {"fsType": "xfs", "storageMode": "ThinProvisioned"}
_RBD: dict[str, Any] = {"keyring": "/etc/ceph/keyring", "pool": "rbd", "user": "admin"}
_DECLARED: dict[str, dict[str, Any]] = {
    "core.v1.AzureDiskVolumeSource": {"cachingMode": "ReadWrite", "kind": "Shared", "readOnly": False, "fsType": "ext4"},
    "core.v1.ConfigMapEnvSource": _NAMELESS,
    "core.v1.ConfigMapKeySelector": _NAMELESS,
    "core.v1.ConfigMapProjection": _NAMELESS,
    "core.v1.ConfigMapVolumeSource": _NAMELESS,
    "core.v1.GRPCAction": {"service": ""},
    "core.v1.ISCSIPersistentVolumeSource": {"iscsiInterface": "default"},
    "core.v1.ISCSIVolumeSource": {"iscsiInterface": "default"},
    "core.v1.LocalObjectReference": _NAMELESS,
    "core.v1.RBDPersistentVolumeSource": _RBD,
    "core.v1.RBDVolumeSource": _RBD,
    "core.v1.ReplicationControllerSpec": {"minReadySeconds": 0, "replicas": 1},
    "core.v1.ScaleIOPersistentVolumeSource": _SCALE_IO,
    "core.v1.ScaleIOVolumeSource": _SCALE_IO,
    "core.v1.SecretEnvSource": _NAMELESS,
    "core.v1.SecretKeySelector": _NAMELESS,
    "core.v1.SecretProjection": _NAMELESS,
    "resource.v1alpha3.DeviceToleration": {"operator": "Equal"},
    "resource.v1beta1.DeviceToleration": {"operator": "Equal"},
    "resource.v1beta2.DeviceToleration": {"operator": "Equal"},
}
_ZEROS: dict[str, Any] = {"string": "", "bool": False, "int32": 0, "int64": 0}


def closure(names: Iterable[str]) -> list[str]:
    """Return definitions and all that they refer to, sorted."""
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += _references(name)
    return sorted(seen)


@cache
def _references(name: str) -> frozenset[str]:
    return frozenset(references(schemas.definition(name).raw)) if name not in _SPECIAL else frozenset()


def references(node: Any) -> Iterator[str]:
    """Yield what a schema refers to; `properties` may hold a field that is called $ref."""
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str):
        yield node["$ref"]
    for child in (*node.get("properties", {}).values(), node.get("items"), node.get("additionalProperties")):
        yield from references(child)


def schema(name: str, versions: Iterable[tuple[str, str]], prose: Prose) -> Raw:
    """Return one definition; `versions` are all (group, version) that are served, for kinds that belong to each."""
    description = prose(name, "")
    if name in _SPECIAL:
        return _SPECIAL[name] | ({"description": description} if description else {})
    raw = schemas.definition(name).raw
    if raw.get("x-kubernetes-preserve-unknown-fields"):
        return {"description": description} if description else {}
    out: Raw = {"description": description} if description else {}
    fields = _fields(name)
    for key, value in raw.items():
        if key == "properties":
            declared = _DECLARED.get(name.removeprefix("io.k8s.api."), {})
            nodes = {field: node | {"default": declared[field]} if field in declared else node for field, node in value.items()}
            out[key] = {field: _property(node, fields.get(field), prose(name, field)) for field, node in nodes.items()}
        else:
            out[key] = value
    short = name.removeprefix(META)
    if short in _EVERYWHERE:
        out["x-kubernetes-group-version-kind"] = [{"group": group, "kind": short, "version": version} for group, version in versions]
    return out


@cache
def _fields(name: str) -> dict[str, Field]:
    """Return the fields of a definition as Go has them, those of embedded structs included."""
    found: dict[str, Field] = {}
    for field in layouts.of(name).values() if layouts.has(name) else ():
        found |= {field.name: field} if field.name else _fields(field.kind)
    return found


def _property(raw: Raw, field: Field | None, description: str) -> Raw:
    out = _node(raw, field)
    if "$ref" in out and (description or len(out) > 1):
        out = {"allOf": [{"$ref": out.pop("$ref")}]} | out
    return {"description": description} | out if description else out


def _node(raw: Raw, field: Field | None) -> Raw:
    out = {key: value for key, value in raw.items() if key not in ("items", "additionalProperties")}
    if "$ref" in out:
        out["$ref"] = PREFIX + out["$ref"]
    for key in ("items", "additionalProperties"):
        if key in raw:
            out[key] = _property(raw[key], _element(field), "")
    if field is not None and not field.form and "default" not in out:
        _set_default(out, raw, field)
    return out


def _element(field: Field | None) -> Field | None:
    """Return the elements of a list or the values of a map as a field of their own."""
    if field is None or field.form == "*":
        return None
    if field.form:
        return field._replace(form="", omitempty=False)
    inner = layouts.list_of(field.kind)
    return Field("", inner, "", False) if inner is not None else None


def _set_default(out: Raw, raw: Raw, field: Field) -> None:
    """Say what a value that is no pointer is when nothing is set: Go writes it, unless told otherwise (omitempty)."""
    if raw.get("$ref"):
        if _is_struct(raw["$ref"]):
            out["default"] = {}
    elif field.kind in _ZEROS and not field.omitempty:
        out["default"] = _ZEROS[field.kind]


@cache
def _is_struct(name: str) -> bool:
    return name not in _SPECIAL and "properties" in schemas.definition(name).raw
