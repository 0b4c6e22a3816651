"""Objects with every field of their kind, made from the schemas: once full, once of zero values."""

from typing import Any

from minikube_py.machinery import schemas
from minikube_py.machinery.schemas import Schema

_FULL = {
    "byte": "aGVsbG8=", "date-time": "2026-01-02T03:04:05Z", "micro-time": "2026-01-02T03:04:05.000006Z", "quantity": "1500m", "int-or-string": "50%",
    "int32": 2147483647, "int64": -9007199254740993, "double": 0.25,
}  # fmt: skip
_ZERO = {
    "byte": "", "date-time": None, "micro-time": None, "quantity": "0", "int-or-string": 0, "int32": 0, "int64": 0, "double": 0,
}  # fmt: skip
TYPE = ("apiVersion", "kind")  # of objects inside objects, protobuf does not carry them
_TYPED = {"metadata", "gracePeriodSeconds"}  # what tells an object, or DeleteOptions, from a reference to one
_FULL_TYPES = {"string": "text ✓", "integer": 7, "boolean": True, "number": 1.5}
_ZERO_TYPES = {"string": "", "integer": 0, "boolean": False, "number": 0}


def value(schema: Schema, full: bool, depth: int = 30) -> Any:
    """Return a value of a schema; what is nested too deeply is left out by the one who holds it (None)."""
    if schema.format in _FULL and not schema.is_struct:
        return (_FULL if full else _ZERO)[schema.format]
    if schema.is_struct:
        fields = {name: child for name, child in schema.properties.items() if name not in TYPE or not _TYPED & {*schema.properties}}
        return {name: item for name, child in fields.items() if depth and (item := value(child, full, depth - 1)) is not None}
    if schema.items is not None:
        inner = value(schema.items, full, depth - 1) if depth else None
        return [] if inner is None else [inner]
    if schema.additional is not None:
        inner = value(schema.additional, full, depth - 1) if depth else None
        return {} if inner is None else {"key": inner}
    if schema.type == "object":
        return {"f:a": {}, "n": [1, "x", None]} if full else None
    return (_FULL_TYPES if full else _ZERO_TYPES).get(schema.type)


def kind(api_version: str, name: str, full: bool) -> Any:
    """Return an object of a kind."""
    schema = schemas.for_kind(api_version, name)
    assert schema is not None
    return value(schema, full) | {"apiVersion": api_version, "kind": name}
