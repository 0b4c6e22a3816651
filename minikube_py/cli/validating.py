"""What kubectl checks itself because no server can: kinds that are never sent, such as List, against their definitions (kube-openapi's validation)."""

from collections.abc import Iterator
from typing import Any

from minikube_py.cli import fileobjects
from minikube_py.machinery import schemas
from minikube_py.machinery.schemas import Schema

_NUMBERS = ("integer", "number")
_ALSO = {"integer": _NUMBERS, "number": _NUMBERS, "string": ("boolean", *_NUMBERS)}  # what is taken for a type, beside itself


def problems(value: dict[str, Any]) -> list[str]:
    """Return what is wrong with an object, or with the items of a List, in kubectl's words."""
    if (value["apiVersion"], value["kind"]) != ("v1", "List"):
        return list(_of_kind(value))
    items = value.get("items")
    if not isinstance(items, list):
        return [fileobjects.NO_OBJECT]
    found: list[str] = []
    for item in items:
        found += fileobjects.identity_problems(item) or _of_kind(item)
    return found


def _of_kind(value: dict[str, Any]) -> list[str]:
    schema = schemas.for_kind(value["apiVersion"], value["kind"])
    return list(_checked(value, schema, value["kind"], schema.name)) if schema is not None else []


def _checked(value: Any, schema: Schema, path: str, place: str) -> Iterator[str]:
    """Yield what is wrong with a value at `path`; `place` is where its schema is, such as io.k8s.api.apps.v1.DeploymentSpec.replicas."""
    place = schema.name or place
    kind = _kind(value)
    if schema.is_struct or schema.additional is not None:
        if kind != "map":
            yield _wrong_type(path, place, kind, "map")
        elif schema.is_struct:
            yield from _struct(value, schema, path, place)
        elif schema.additional is not None:
            for key in sorted(value):
                yield from _member(value[key], schema.additional, path, f".{key}", place)
    elif schema.items is not None:
        if kind != "array":
            yield _wrong_type(path, place, kind, "array")
            return
        for index, item in enumerate(value):
            yield from _member(item, schema.items, path, f"[{index}]", place)
    elif not _fits(kind, _primitive(schema)):
        yield _wrong_type(path, place, kind, _primitive(schema))


def _member(value: Any, schema: Schema, path: str, member: str, place: str) -> Iterator[str]:
    if value is None:
        yield f'ValidationError({path}): unknown object type "nil" in {path}{member}'
    else:
        yield from _checked(value, schema, path + member, place)


def _struct(value: dict[str, Any], schema: Schema, path: str, place: str) -> Iterator[str]:
    for key in sorted(value):
        field = schema.properties.get(key)
        if value[key] is None:
            continue
        if field is None:
            yield f'ValidationError({path}): unknown field "{key}" in {place}'
        else:
            yield from _checked(value[key], field, f"{path}.{key}", f"{place}.{key}")
    for name in schema.required:
        if value.get(name) is None:
            yield f'ValidationError({path}): missing required field "{name}" in {place}'


def _wrong_type(path: str, place: str, kind: str, expected: str) -> str:
    return f'ValidationError({path}): invalid type for {place}: got "{kind}", expected "{expected}"'


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "map"


def _primitive(schema: Schema) -> str:
    """Return the type that OpenAPI v2 has for a value; "" where anything goes."""
    return "string" if schema.int_or_string or schema.format in ("quantity", "int-or-string") else "" if schema.type == "object" else schema.type


def _fits(kind: str, expected: str) -> bool:
    if not expected:
        return True
    return kind == expected or kind in _ALSO.get(expected, ())
