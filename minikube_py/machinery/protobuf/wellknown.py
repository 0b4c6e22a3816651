"""Messages whose Go types write their JSON themselves: times, quantities, ints or strings, raw JSON."""

from collections.abc import Callable
from typing import Any

from minikube_py.kits import clock, jsonio
from minikube_py.machinery import quantity
from minikube_py.machinery.protobuf import wire
from minikube_py.machinery.protobuf.layouts import META

MAX_DEPTH = 100
_YEAR_ONE, _YEAR_10000 = -62135596800, 253402300800
_PLACES = 1_000_000_000

Values = dict[int, int | wire.Span]
Spans = list[wire.Span]


def values(spans: Spans, expected: dict[int, int]) -> Values:
    """Return the last value of each field; `expected` is number -> wire type."""
    found: Values = {}
    for span in spans:
        for number, kind, value in wire.records(span):
            if number in expected:
                require(kind, expected[number], number)
                found[number] = value
    return found


def require(actual: int, expected: int, number: int) -> None:
    """Refuse a record whose wire type is not that of its field."""
    if actual != expected:
        raise ValueError(f"proto: wrong wireType = {actual} for field {number}")


def text(value: Any) -> str:
    """Return a string; bytes that are no UTF-8 become U+FFFD, as in Go's JSON."""
    return value.bytes().decode("utf-8", "replace")  # type: ignore[no-any-return]


def raw_json(value: wire.Span | None) -> Any:
    """Return what raw JSON holds; None where there is none."""
    body = text(value) if value is not None else ""
    if not body.strip():
        return None
    first, *more = jsonio.stream(body, MAX_DEPTH)
    if more or first.error is not None:
        raise ValueError(first.error.message if first.error is not None else "json: text after the value")
    return first.value


def _timestamp(spans: Spans) -> tuple[int, int] | None:
    found = values(spans, {1: wire.VARINT, 2: wire.VARINT})
    if not any(span.start < span.end for span in spans):
        return None
    seconds, nanos = wire.signed(_int(found, 1), 64), wire.signed(_int(found, 2), 32)
    if not (_YEAR_ONE <= seconds < _YEAR_10000 and 0 <= nanos < _PLACES):
        raise ValueError("Time.MarshalJSON: year outside of range [0,9999]")
    return (seconds, nanos) if (seconds, nanos) != (_YEAR_ONE, 0) else None


def _time(spans: Spans) -> str | None:
    stamp = _timestamp(spans)
    return clock.rfc3339(stamp[0]).rjust(20, "0") if stamp is not None else None


def _micro_time(spans: Spans) -> str | None:
    stamp = _timestamp(spans)
    return f"{clock.rfc3339(stamp[0]).rjust(20, '0')[:-1]}.{stamp[1] // 1000:06d}Z" if stamp is not None else None


def _quantity(spans: Spans) -> str:
    found = values(spans, {1: wire.BYTES})
    return quantity.canonical(text(found[1])) if 1 in found else "0"


def _int_or_string(spans: Spans) -> int | str:
    found = values(spans, {1: wire.VARINT, 2: wire.VARINT, 3: wire.BYTES})
    kind = wire.signed(_int(found, 1), 64)
    if kind not in (0, 1):
        raise ValueError("impossible IntOrString.Type")
    if kind == 1:
        return text(found[3]) if 3 in found else ""
    return wire.signed(_int(found, 2), 32)


def _int(found: Values, number: int) -> int:
    value = found.get(number, 0)
    return value if isinstance(value, int) else 0


def _raw(spans: Spans) -> Any:
    found = values(spans, {1: wire.BYTES}).get(1)
    return raw_json(found if isinstance(found, wire.Span) else None)


READERS: dict[str, Callable[[Spans], Any]] = {
    META + "Time": _time,
    META + "MicroTime": _micro_time,
    META + "FieldsV1": _raw,
    "io.k8s.apimachinery.pkg.api.resource.Quantity": _quantity,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": _int_or_string,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": _raw,
}
RAW_EXTENSION = "io.k8s.apimachinery.pkg.runtime.RawExtension"


def _or_array(obj: dict[str, Any]) -> Any:
    return obj["jSONSchemas"] or obj["schema"]


def _or_bool(obj: dict[str, Any]) -> Any:
    return obj["schema"] if obj["schema"] is not None else obj["allows"]


def _or_string_array(obj: dict[str, Any]) -> Any:
    return obj["property"] or obj["schema"]


_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"

# Messages of which Go's JSON shows one field in place of the struct.
UNIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    _SCHEMA + "OrArray": _or_array,
    _SCHEMA + "OrBool": _or_bool,
    _SCHEMA + "OrStringArray": _or_string_array,
}
