"""The other direction, for tests: records by hand, and whole objects by the layouts."""

import base64
import json
import struct
from typing import Any

from minikube_py.kits import clock
from minikube_py.machinery.protobuf import layouts, wellknown
from minikube_py.machinery.protobuf.layouts import Field


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def tag(number: int, wire: int) -> bytes:
    return varint(number << 3 | wire)


def integer(number: int, value: int) -> bytes:
    return tag(number, 0) + varint(value)


def chunk(number: int, data: bytes | str) -> bytes:
    raw = data.encode() if isinstance(data, str) else data
    return tag(number, 2) + varint(len(raw)) + raw


def envelope(api_version: str, kind: str, raw: bytes) -> bytes:
    return b"k8s\0" + chunk(1, chunk(1, api_version) + chunk(2, kind)) + chunk(2, raw) + chunk(3, "") + chunk(4, "")


def obj(value: dict[str, Any]) -> bytes:
    """Return the body of an object."""
    name = layouts.of_kind(value["apiVersion"], value["kind"])
    return envelope(value["apiVersion"], value["kind"], message(name, value))


def message(name: str, value: Any) -> bytes:
    """Return the bytes of a message whose JSON is `value`."""
    if name in wellknown.READERS or name == wellknown.RAW_EXTENSION:
        return _special(name.rpartition(".")[2], value)
    element = layouts.list_of(name)
    if element is not None:
        return b"".join(chunk(1, item) for item in value)
    return b"".join(_field(number, field, value) for number, field in layouts.of(name).items())


def _field(number: int, field: Field, owner: dict[str, Any]) -> bytes:
    if not field.name:
        return _one(number, field, owner)
    value = owner.get(field.name)
    if value is None:
        return b""
    if field.form == "[]":
        return b"".join(_one(number, field, item) for item in value)
    if field.form == "map[string]":
        return b"".join(chunk(number, chunk(1, key) + _one(2, field, item)) for key, item in value.items())
    return _one(number, field, value)


def _one(number: int, field: Field, value: Any) -> bytes:
    if field.kind in ("bool", "int32", "int64"):
        return integer(number, int(value))
    if field.kind == "double":
        return tag(number, 1) + struct.pack("<d", value)
    if field.kind == "bytes":
        return chunk(number, base64.b64decode(value))
    return chunk(number, value if field.kind == "string" else message(field.kind, value))


def _special(short: str, value: Any) -> bytes:
    if short in ("Time", "MicroTime"):
        seconds = clock.parse_rfc3339(value)
        return integer(1, int(seconds)) + integer(2, round((seconds % 1) * 1_000_000) * 1000)
    if short == "Quantity":
        return chunk(1, value)
    if short == "IntOrString":
        is_text = isinstance(value, str)
        return integer(1, int(is_text)) + integer(2, 0 if is_text else value) + chunk(3, value if is_text else "")
    return chunk(1, json.dumps(value))
