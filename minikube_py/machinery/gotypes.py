"""Names of Go's types, and its words for values that do not fit them: what users read when a manifest has a wrong type."""

import json
import re
from functools import cache
from typing import Any

from minikube_py.kits import datafiles, gobase64, gofmt
from minikube_py.machinery.schemas import Schema

_FORMATS = {
    "int32": "int32", "int64": "int64", "double": "float64", "byte": "[]uint8", "quantity": "resource.Quantity",
    "int-or-string": "intstr.IntOrString", "date-time": "v1.Time", "micro-time": "v1.MicroTime",
}  # fmt: skip
_TYPE_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
_TYPES = {"string": "string", "boolean": "bool", "integer": "int64", "number": "float64", "object": "map[string]interface {}"}


@cache
def _named() -> dict[str, dict[str, str]]:
    return json.loads(datafiles.read_text("schemas", "gotypes.json"))  # type: ignore[no-any-return]


def name(schema: Schema, owner: str = "", field: str = "") -> str:
    """Return the Go type of a value, such as int32 or []v1.Container; `owner` is the definition that has it as `field`."""
    named = _named().get(owner, {}).get(field) if owner else None
    if named is not None:
        return named
    if schema.name and schema.is_struct:
        package, _, short = schema.name.rpartition(".")
        return f"{package.rpartition('.')[2]}.{short}"
    if schema.items is not None:
        return f"[]{name(schema.items)}"
    if schema.additional is not None:
        return f"map[string]{name(schema.additional)}"
    return _FORMATS.get(schema.format or "") or _TYPES.get(schema.type, "interface {}")


def element(container: str) -> str:
    """Return the type of what a []T or map[string]T holds; empty where `container` is a name of its own."""
    for prefix in ("[]", "map[string]"):
        if container.startswith(prefix):
            return container.removeprefix(prefix)
    return ""


def kind_of(value: Any) -> str:
    """Return encoding/json's word for the kind of a JSON value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


def check_type_meta(value: Any) -> None:
    """Refuse what is no object, and one whose version or kind is no text: ValueError as where encoding/json reads the two first."""
    if not isinstance(value, dict):
        raise ValueError(f"json: cannot unmarshal {kind_of(value)} into Go value of type {_TYPE_META}")
    for field in ("apiVersion", "kind"):
        if value.get(field) is not None and not isinstance(value[field], str):
            raise ValueError(f"json: cannot unmarshal {kind_of(value[field])} into Go struct field .{field} of type string")


def number(value: int | float) -> str:
    """Return a number as it stood in the JSON text."""
    return str(value) if isinstance(value, int) else gofmt.float_json(value)


_UNREAD = r"json: cannot unmarshal (\w+)(?: (\S+))? into Go (?:struct field \S+|value) of type (.+)"
_KINDS = {"array": "slice", "object": "map"}


@cache
def _scalars() -> frozenset[str]:
    return frozenset(text for fields in _named().values() for text in fields.values())


def restore_error(message: str) -> str:
    """Return encoding/json's words for a wrong type as the converter's, which reads what a strategic merge patch has made."""
    found = re.fullmatch(_UNREAD, message)
    if found is None:
        return f"error decoding from json: {message}" if message.startswith("illegal base64") else message
    kind = _KINDS.get(found[1], found[1])
    if kind == "number":
        kind = "float64" if "." in (found[2] or "") else "int64"
    go_type = found[3]
    if kind == "int64" and go_type.startswith(("int", "uint")):
        return message  # the converter would cut it off
    if go_type.startswith(("[]", "map[")):
        return f"cannot restore {'slice' if go_type.startswith('[]') else 'map'} from {kind}"
    if "." in go_type and go_type not in _scalars():
        return f"cannot restore struct from: {kind}"
    plain = "string" if "." in go_type else go_type
    if (kind == "int64" and plain == "string") or (kind == "float64" and plain.startswith("int")):
        return f"cannot convert {kind} to {go_type}"
    return f"unrecognized type: {plain}"


def base64_error(text: str) -> str:
    """Return what encoding/base64 says of text that is none."""
    return f"illegal base64 data at input byte {gobase64.broken_at(text)}"


NO_SUCH_DAY = "day out of range"
_CLOCK = (
    ("2006", r"[0-9]{4}", None), ("-", "-", None), ("01", r"[0-9]{2}", ("month", 1, 12)), ("-", "-", None),
    ("02", r"[0-9]{2}", ("day", 1, 31)), ("T", "T", None), ("15", r"[0-9]{2}", ("hour", 0, 23)), (":", ":", None),
    ("04", r"[0-9]{2}", ("minute", 0, 59)), (":", ":", None), ("05", r"[0-9]{2}", ("second", 0, 59)),
)  # fmt: skip


def time_error(text: str, micro: bool = False) -> str:
    """Return what time.Parse says of text that is no RFC 3339 time: of one that looks like it, that it has no such day."""
    fraction = [(".000000", r"[.,][0-9]{6}(?![0-9])", None)] if micro else [("", r"(?:[.,][0-9]+)?", None)]
    layout = "2006-01-02T15:04:05.000000Z07:00" if micro else "2006-01-02T15:04:05Z07:00"
    shown = f"parsing time {gofmt.quote(text)}"
    position = 0
    for part, pattern, limits in (*_CLOCK, *fraction, ("Z07:00", r"Z|[-+][0-9]{2}:[0-9]{2}", None)):
        match = re.compile(pattern).match(text, position)
        if match is None:
            return f"{shown} as {gofmt.quote(layout)}: cannot parse {gofmt.quote(text[position:])} as {gofmt.quote(part)}"
        if limits is not None and not limits[1] <= int(match.group()) <= limits[2]:
            return f"{shown}: {limits[0]} out of range"
        position = match.end()
    return f"{shown}: extra text: {gofmt.quote(text[position:])}" if position < len(text) else f"{shown}: {NO_SUCH_DAY}"
