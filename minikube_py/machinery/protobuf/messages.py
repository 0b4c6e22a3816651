"""A message as the object that Go's encoding/json would show of the decoded struct: what is empty is left out, null or zero, as its type says.

Go's generated code writes every field that is not behind a pointer, also where it is empty; `replicas: 0` behind a pointer stays.
"""

import binascii
import struct
from collections.abc import Callable
from typing import Any

from minikube_py.machinery.protobuf import layouts, wellknown, wire
from minikube_py.machinery.protobuf.layouts import Field, Layout
from minikube_py.machinery.protobuf.wellknown import MAX_DEPTH, Spans, require
from minikube_py.machinery.protobuf.wire import BYTES, FIXED64, VARINT, Span

# No body of 3 MiB that means something has as many; a body of empty ones would fill the memory.
MOST_MESSAGES = 100_000
_ABSENT = object()


def _double(value: int) -> float | int:
    number: float = struct.unpack("<d", value.to_bytes(8, "little"))[0]
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"json: unsupported value: {number}")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


# Wire type, reader and zero value.
_SCALARS: dict[str, tuple[int, Callable[[Any], Any], Any]] = {
    "string": (BYTES, wellknown.text, ""),
    "bytes": (BYTES, lambda span: binascii.b2a_base64(span.bytes(), newline=False).decode("ascii"), None),
    "bool": (VARINT, bool, False),
    "int32": (VARINT, lambda value: wire.signed(value, 32), 0),
    "int64": (VARINT, lambda value: wire.signed(value, 64), 0),
    "double": (FIXED64, _double, 0),
}


class Reader:
    """Reads one body. `nested` reads the raw bytes of a RawExtension that are an envelope of their own, at a depth."""

    def __init__(self, nested: Callable[["Reader", bytes, int], Any]) -> None:
        self._nested = nested
        self._room = MOST_MESSAGES

    def read(self, name: str, spans: Spans, depth: int = 0) -> Any:
        """Return a message; several stretches of bytes are merged, as where a field comes twice."""
        if depth > MAX_DEPTH:
            raise ValueError("proto: messages are nested too deeply")
        plain = wellknown.READERS.get(name)
        if plain is not None:
            return plain(spans)
        if name == wellknown.RAW_EXTENSION:
            return self._raw_extension(spans, depth)
        element = layouts.list_of(name)
        if element is not None:
            return self._collect({1: Field("items", element, "[]", False)}, spans, depth).get(1, [])
        layout = layouts.of(name)
        obj = self._finish(layout, self._collect(layout, spans, depth), depth)
        union = wellknown.UNIONS.get(name)
        return union(obj) if union is not None else obj

    def _raw_extension(self, spans: Spans, depth: int) -> Any:
        raw = wellknown.values(spans, {1: BYTES}).get(1)
        if not isinstance(raw, Span):
            return None
        body = raw.bytes()
        return self._nested(self, body, depth + 1) if body.startswith(b"k8s\0") else wellknown.raw_json(raw)

    def _collect(self, layout: Layout, spans: Spans, depth: int) -> dict[int, Any]:
        """Return number -> value of what is there; a message as its stretches, as others may follow."""
        found: dict[int, Any] = {}
        for span in spans:
            for number, kind, value in wire.records(span):
                field = layout.get(number)
                if field is None:
                    continue
                if field.form == "[]":
                    found.setdefault(number, []).extend(self._elements(field, kind, value, number, depth))
                elif field.form:
                    self._pointer_or_map(field, kind, value, number, found, depth)
                elif field.is_scalar:
                    found[number] = _scalar(field, kind, value, number)
                else:
                    found.setdefault(number, []).append(self._span(kind, value, number))
        return found

    def _pointer_or_map(self, field: Field, kind: int, value: Any, number: int, found: dict[int, Any], depth: int) -> None:
        if field.form == "map[string]":
            key, item = self._entry(field, self._span(kind, value, number), depth)
            found.setdefault(number, {})[key] = item
        elif field.is_scalar:
            found[number] = _scalar(field, kind, value, number)
        else:
            found.setdefault(number, []).append(self._span(kind, value, number))

    def _span(self, kind: int, value: Any, number: int) -> Span:
        require(kind, BYTES, number)
        self._room -= 1
        if self._room < 0:
            raise ValueError(f"proto: more than {MOST_MESSAGES} messages")
        return value  # type: ignore[no-any-return]

    def _elements(self, field: Field, kind: int, value: Any, number: int, depth: int) -> list[Any]:
        if not field.is_scalar:
            return [self.read(field.kind, [self._span(kind, value, number)], depth + 1)]
        expected, read, _ = _SCALARS[field.kind]
        if expected == VARINT and kind == BYTES:
            return [read(item) for item in wire.packed(value)]
        return [_scalar(field, kind, value, number)]

    def _entry(self, field: Field, span: Span, depth: int) -> tuple[str, Any]:
        entry = {1: Field("key", "string", "", False), 2: Field("value", field.kind, "", False)}
        found = self._collect(entry, [span], depth)
        value = found.get(2, _ABSENT)
        if not field.is_scalar:
            value = self.read(field.kind, [] if value is _ABSENT else value, depth + 1)
        elif value is _ABSENT:
            value = "" if field.kind == "bytes" else _SCALARS[field.kind][2]
        return found.get(1, ""), value

    def _finish(self, layout: Layout, found: dict[int, Any], depth: int) -> dict[str, Any]:
        """Return the object: fields in the order of the Go struct, each as its JSON tag has it."""
        obj: dict[str, Any] = {}
        for number, field in layout.items():
            value = found.get(number, _ABSENT)
            if not field.is_scalar and field.form in ("", "*"):
                value = self._message(field, value, depth)
            elif value is _ABSENT:
                value = _SCALARS[field.kind][2] if not field.form else None
            elif field.form == "map[string]":
                value = dict(sorted(value.items()))
            if not field.name:
                obj.update(value or {})
            elif not (field.omitempty and _is_empty(field, value)):
                obj[field.name] = value
        return obj

    def _message(self, field: Field, value: Any, depth: int) -> Any:
        if value is _ABSENT:
            if field.form == "*" or layouts.list_of(field.kind) is not None:
                return None
            value = []
        return self.read(field.kind, value, depth + 1)


def _scalar(field: Field, kind: int, value: Any, number: int) -> Any:
    expected, read, _ = _SCALARS[field.kind]
    require(kind, expected, number)
    return read(value)


def _is_empty(field: Field, value: Any) -> bool:
    """Tell whether encoding/json leaves a field out: a struct that is not behind a pointer never is, nor what a pointer leads to."""
    if field.form == "*":
        return value is None
    return not value and (bool(field.form) or field.is_scalar or layouts.list_of(field.kind) is not None)
