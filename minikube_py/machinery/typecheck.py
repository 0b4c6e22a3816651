"""A quick look at an object: is it exactly what its schema says, canonical spelling included? Nothing is allocated for a yes.

Each schema is compiled once into a closure that calls those of its fields. What they refuse, machinery.decode looks at
closely, says what is wrong and puts right what only wants another spelling.
"""

import binascii
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from minikube_py.kits import datafiles
from minikube_py.machinery import quantity
from minikube_py.machinery.schemas import Schema

Check = Callable[[Any], bool]

# Go keeps these times by value and writes null for none; other fields lose a null.
NULL_TIMES = frozenset({
    "creationTimestamp", "lastTransitionTime", "lastUpdateTime", "eventTime", "deprecatedFirstTimestamp", "deprecatedLastTimestamp",
    "lastObservedTime", "expirationTimestamp", "lastProbeTime", "startedAt", "finishedAt", "evictionTime", "lastHeartbeatTime",
    "firstTimestamp", "lastTimestamp",
})  # fmt: skip

# What tells the items of a list apart: none of these required strings is behind a pointer.
_IDENTITIES = ("name", "type", "status")

_TIME = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8]|(?<!02-)(?:29|30)|(?<=0[13578]-|1[02]-)31)T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)
_MICRO_TIME = re.compile(_TIME.pattern[:-1] + r"\.[0-9]{6}Z")


def is_clean(value: Any, schema: Schema) -> bool:
    """Tell whether a value has no unknown field, no null, no wrong type and no spelling but the canonical one."""
    return compiled(schema)(value)


def compiled(schema: Schema, typed: bool = False) -> Check:
    """Return the check of a schema, made when first asked for.

    What lies inside a definition is `typed`. A CRD's own schema is not: only its fields count here, its types are for validation.
    """
    found: Check | None = schema.compiled
    if found is None:
        found = schema.compiled = _compile(schema, typed or schema.name != "")
    return found


def _compile(schema: Schema, typed: bool) -> Check:
    if schema.is_struct:
        return _struct(schema, typed)
    if schema.preserve_unknown:
        return _anything
    if schema.items is not None:
        return _list(schema.items, typed)
    if schema.additional is not None:
        return _map(schema.additional, typed)
    if schema.type == "object":
        return _struct(schema, typed)
    if not typed:
        return _anything
    return _FORMATS.get(schema.format or "") or _TYPES.get(schema.type, _anything)


def _struct(schema: Schema, typed: bool) -> Check:
    classes: dict[str, type] = {}  # fields that need no more than a look at the class
    checks: dict[str, Check] = {}
    unwritten, always = vanishing(schema), written(schema)

    def learn(field: str) -> Check | None:
        child = schema.properties.get(field)
        if child is None:
            return _anything if keeps_field(schema, field) else None
        if typed and child.type in _PLAIN and child.format is None:
            classes[field] = _PLAIN[child.type]
        checks[field] = _NULLABLE[child.format or ""] if is_null_time(child, field) else compiled(child, typed)
        return checks[field]

    def check(value: Any) -> bool:
        if value.__class__ is not dict:
            return not typed
        for field, item in value.items():
            if not item and field in unwritten:
                return False
            if classes.get(field) is item.__class__:
                continue
            test = checks.get(field) or learn(field)
            if test is None or not test(item):
                return False
        return not always or all(field in value for field in always)

    return check


@cache
def _vanishing() -> dict[str, str]:
    return json.loads(datafiles.read_text("schemas", "vanishing.json"))  # type: ignore[no-any-return]


def vanishing(schema: Schema) -> frozenset[str]:
    """Return the fields of a struct that Go does not write while they are zero: `hostNetwork: false` is as good as nothing."""
    return frozenset(_vanishing().get(schema.name, "").split()) if schema.name else frozenset()


def written(schema: Schema) -> tuple[str, ...]:
    """Return the names, types and states that Go writes even where they are empty, so that whoever reads an object finds them there."""
    if not schema.name:
        return ()
    return tuple(field for field in _IDENTITIES if field in schema.required and schema.properties[field].type == "string")


def keeps_field(schema: Schema, field: str) -> bool:
    """Tell whether a field that a struct does not name stays: unknown ones may, and an embedded object has its own three."""
    return schema.preserve_unknown or (schema.embedded and field in ("apiVersion", "kind", "metadata"))


def is_null_time(schema: Schema, field: str) -> bool:
    """Tell whether a field is a time that may be null."""
    return schema.format in _NULLABLE and field in NULL_TIMES


def _map(values: Schema, typed: bool) -> Check:
    if typed and values.type == "string" and values.format is None:
        return _strings
    test = compiled(values, typed)

    def check(value: Any) -> bool:
        if value.__class__ is not dict:
            return not typed
        return all(map(test, value.values()))

    return check


def _list(items: Schema, typed: bool) -> Check:
    test = compiled(items, typed)

    def check(value: Any) -> bool:
        if value.__class__ is not list:
            return not typed
        return all(map(test, value))

    return check


def _anything(_: Any) -> bool:
    return True


def _is_string(value: Any) -> bool:
    return value.__class__ is str


def _is_boolean(value: Any) -> bool:
    return value.__class__ is bool


def _strings(value: Any) -> bool:
    if value.__class__ is not dict:
        return False
    return all(item.__class__ is str for item in value.values())


def _is_int32(value: Any) -> bool:
    return value.__class__ is int and -(1 << 31) <= value < 1 << 31


def _is_int64(value: Any) -> bool:
    return value.__class__ is int and -(1 << 63) <= value < 1 << 63


def _is_number(value: Any) -> bool:
    return value.__class__ is int or value.__class__ is float


def _is_int_or_string(value: Any) -> bool:
    return value.__class__ is str or _is_int32(value)


def _is_quantity(value: Any) -> bool:
    if value.__class__ is not str:
        return False
    try:
        return quantity.canonical(value) == value
    except ValueError:
        return False


def is_base64(value: Any) -> bool:
    """Tell whether a value is text that encoding/base64 reads, without line breaks."""
    if value.__class__ is not str:
        return False
    try:
        binascii.a2b_base64(value, strict_mode=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_time(value: Any) -> bool:
    return value.__class__ is str and _TIME.fullmatch(value) is not None


def _is_micro_time(value: Any) -> bool:
    return value.__class__ is str and _MICRO_TIME.fullmatch(value) is not None


def _is_time_or_null(value: Any) -> bool:
    return value is None or _is_time(value)


def _is_micro_time_or_null(value: Any) -> bool:
    return value is None or _is_micro_time(value)


_NULLABLE: dict[str, Check] = {"date-time": _is_time_or_null, "micro-time": _is_micro_time_or_null}
_PLAIN: dict[str, type] = {"string": str, "boolean": bool}
_TYPES: dict[str, Check] = {"string": _is_string, "boolean": _is_boolean, "integer": _is_int64, "number": _is_number}
_FORMATS: dict[str, Check] = {
    "int32": _is_int32, "int64": _is_int64, "double": _is_number, "int-or-string": _is_int_or_string, "quantity": _is_quantity,
    "byte": is_base64, "date-time": _is_time, "micro-time": _is_micro_time,
}  # fmt: skip
