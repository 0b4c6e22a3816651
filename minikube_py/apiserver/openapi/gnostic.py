"""OpenAPI v2 as protobuf: the messages of gnostic's openapi.v2, which kubectl and client-go read /openapi/v2 in.

Each message is a table: what JSON calls a field -> the function that writes it. What begins with x- goes to vendor_extension, as YAML; JSON is YAML.
"""

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

from minikube_py.machinery.protobuf import wire

Writer = Callable[[Any], bytes]
Table = dict[str, Writer]


def document(raw: Mapping[str, Any]) -> bytes:
    """Return a whole document."""
    return _message(_DOCUMENT, raw)


def _field(number: int, encode: Writer) -> Writer:
    """Return what writes a field that has a length."""
    tag = wire.encode_varint(number << 3 | wire.BYTES)

    def write(value: Any) -> bytes:
        body = encode(value)
        return tag + wire.encode_varint(len(body)) + body

    return write


def _each(number: int, encode: Writer) -> Writer:
    """Return what writes a list."""
    one = _field(number, encode)
    return lambda values: b"".join(map(one, values))


def _named(number: int, encode: Writer) -> Writer:
    """Return what writes a map: messages of name and value."""
    name, held, one = _field(1, _utf8), _field(2, encode), _field(number, bytes)
    return lambda values: b"".join(one(name(key) + held(value)) for key, value in values.items())


def _utf8(value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


def _any(value: Any) -> bytes:
    """Return a message Any, which holds YAML."""
    return _YAML(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def _text(number: int) -> Writer:
    return _field(number, _utf8)


def _texts(number: int) -> Writer:
    return _each(number, _utf8)


def _number(number: int) -> Writer:
    """Return what writes a whole number, or a bool."""
    tag = wire.encode_varint(number << 3 | wire.VARINT)
    return lambda value: tag + wire.encode_varint(int(value) & (1 << 64) - 1)


def _double(number: int) -> Writer:
    tag = wire.encode_varint(number << 3 | wire.FIXED64)
    return lambda value: tag + struct.pack("<d", float(value))


def _of(table: Table) -> Writer:
    return lambda raw: _message(table, raw)


def _message(table: Table, raw: Mapping[str, Any]) -> bytes:
    parts: list[bytes] = []
    extensions: dict[str, Any] = {}
    for key, value in raw.items():
        if key in table:
            parts.append(table[key](value))
        elif key.startswith("x-"):
            extensions[key] = value
    if extensions and "x-" in table:
        parts.append(table["x-"](extensions))
    return b"".join(parts)


def _many(value: Any) -> bytes:
    """Return a TypeItem: one text, or several."""
    return _VALUES([value] if isinstance(value, str) else value)


def _schemas(value: Any) -> bytes:
    """Return an ItemsItem: one schema, or several."""
    return _SCHEMAS([value] if isinstance(value, dict) else value)


def _more(value: Any) -> bytes:
    return _IS_OPEN(value) if isinstance(value, bool) else _SCHEMAS([value])


def _parameter(raw: Any) -> bytes:
    """Return a ParametersItem: a parameter of the body, or one that is said by a header, a form, the query or the path."""
    if raw["in"] == "body":
        return _PARAMETER(_BODY(raw))
    return _PARAMETER(_ELSEWHERE(_PLACES[raw["in"]](raw)))


def _security(raw: Any) -> bytes:
    return _API_KEY(raw) if raw["type"] == "apiKey" else b""


_YAML, _VALUES, _IS_OPEN = _text(2), _texts(1), _number(2)
_SCHEMA: Table = {}
_write_schema = _of(_SCHEMA)
_SCHEMAS = _each(1, _write_schema)
_SCHEMA |= {
    "$ref": _text(1), "format": _text(2), "title": _text(3), "description": _text(4), "default": _field(5, _any), "multipleOf": _double(6),
    "maximum": _double(7), "exclusiveMaximum": _number(8), "minimum": _double(9), "exclusiveMinimum": _number(10), "maxLength": _number(11),
    "minLength": _number(12), "pattern": _text(13), "maxItems": _number(14), "minItems": _number(15), "uniqueItems": _number(16),
    "maxProperties": _number(17), "minProperties": _number(18), "required": _texts(19), "enum": _each(20, _any),
    "additionalProperties": _field(21, _more), "type": _field(22, _many), "items": _field(23, _schemas), "allOf": _each(24, _write_schema),
    "properties": _field(25, _named(1, _write_schema)), "discriminator": _text(26), "readOnly": _number(27), "example": _field(30, _any),
    "x-": _named(31, _any),
}  # fmt: skip


def _place(first: int) -> Table:
    """Return the table of a parameter outside the body; `first` is the number of its type."""
    head = {"required": _number(1), "in": _text(2), "description": _text(3), "name": _text(4)}
    return head | {"type": _text(first), "format": _text(first + 1), "uniqueItems": _number(first + 14), "x-": _named(first + 17, _any)}


_ELSEWHERE = _field(2, bytes)  # Parameter.non_body_parameter
_PLACES: Table = {
    "header": _field(1, _of(_place(5))), "formData": _field(2, _of(_place(6))), "query": _field(3, _of(_place(6))), "path": _field(4, _of(_place(5))),
}  # fmt: skip
_PARAMETER = _field(1, bytes)
_BODY = _field(1, _of({
    "description": _text(1), "name": _text(2), "in": _text(3), "required": _number(4), "schema": _field(5, _write_schema), "x-": _named(6, _any),
}))  # fmt: skip
_RESPONSE: Table = {"description": _text(1), "schema": _field(2, _field(1, _write_schema)), "x-": _named(5, _any)}
_OPERATION = _of({
    "tags": _texts(1), "summary": _text(2), "description": _text(3), "operationId": _text(5), "produces": _texts(6), "consumes": _texts(7),
    "parameters": _each(8, _parameter), "responses": _field(9, _named(1, _field(1, _of(_RESPONSE)))), "schemes": _texts(10),
    "deprecated": _number(11), "x-": _named(13, _any),
})  # fmt: skip
_PATH: Table = {
    "$ref": _text(1), "get": _field(2, _OPERATION), "put": _field(3, _OPERATION), "post": _field(4, _OPERATION), "delete": _field(5, _OPERATION),
    "options": _field(6, _OPERATION), "head": _field(7, _OPERATION), "patch": _field(8, _OPERATION), "parameters": _each(9, _parameter),
    "x-": _named(10, _any),
}  # fmt: skip
_API_KEY = _field(2, _of({"type": _text(1), "name": _text(2), "in": _text(3), "description": _text(4), "x-": _named(5, _any)}))
_DOCUMENT: Table = {
    "swagger": _text(1), "info": _field(2, _of({"title": _text(1), "version": _text(2), "description": _text(3)})),
    "paths": _field(8, _named(2, _of(_PATH))), "definitions": _field(9, _named(1, _write_schema)),
    "security": _each(12, _named(1, _VALUES)), "securityDefinitions": _field(13, _named(1, _security)), "x-": _named(16, _any),
}  # fmt: skip
