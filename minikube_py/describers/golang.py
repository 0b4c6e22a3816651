"""Values as Go's fmt, time and strconv packages spell them: kubectl prints many of them raw."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from minikube_py.kits import clock
from minikube_py.machinery.meta import Object

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZERO_TIME = "Mon, 01 Jan 0001 00:00:00 +0000"
_QUOTED = {'"': '\\"', "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def at(obj: Any, path: str, default: Any = None) -> Any:
    """Return what lies at `status.nodeInfo.machineID`; `default` where it is missing or null."""
    for field in path.split("."):
        if not isinstance(obj, Mapping):
            return default
        obj = obj.get(field)
    return default if obj is None else obj


def rfc1123z(timestamp: str | None) -> str:
    """Return local time as time.RFC1123Z: Mon, 02 Jan 2006 15:04:05 -0700."""
    if not timestamp:
        return _ZERO_TIME
    local = time.localtime(int(clock.parse_rfc3339(timestamp) // 1))
    day, month = _DAYS[local.tm_wday], _MONTHS[local.tm_mon - 1]
    return f"{day}, {local.tm_mday:02d} {month} {local.tm_year:04d} {_clock_time(local)} {_offset(local)}"


def time_string(timestamp: str | None) -> str:
    """Return local time as time.Time prints itself: 2006-01-02 15:04:05 -0700 MST."""
    if not timestamp:
        return "0001-01-01 00:00:00 +0000 UTC"
    local = time.localtime(int(clock.parse_rfc3339(timestamp) // 1))
    date = f"{local.tm_year:04d}-{local.tm_mon:02d}-{local.tm_mday:02d}"
    return f"{date} {_clock_time(local)} {_offset(local)} {local.tm_zone}"


def _clock_time(local: time.struct_time) -> str:
    return f"{local.tm_hour:02d}:{local.tm_min:02d}:{local.tm_sec:02d}"


def _offset(local: time.struct_time) -> str:
    minutes = (local.tm_gmtoff or 0) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def boolean(value: Any) -> str:
    """Return `true` or `false`; what is not set is false."""
    return "true" if value else "false"


def listing(values: Iterable[Any] | None) -> str:
    """Return a slice: [a b]."""
    return f"[{' '.join(show(value) for value in values or ())}]"


def mapping(values: Mapping[str, Any] | None) -> str:
    """Return a map: map[a:1 b:2]."""
    return f"map[{' '.join(f'{key}:{show(value)}' for key, value in sorted((values or {}).items()))}]"


def pointer(kind: str, fields: Iterable[str], value: Object | None) -> str:
    """Return a pointer to an API struct: &SecretReference{Name:a,Namespace:b,}, or nil."""
    if value is None:
        return "nil"
    return f"&{kind}{{{''.join(f'{field}:{show(value.get(field[0].lower() + field[1:]))},' for field in fields)}}}"


def show(value: Any) -> str:
    """Return a value decoded from JSON as %v prints it (null apart, which is an empty string in a typed field)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return boolean(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return mapping(value)
    if isinstance(value, list):
        return listing(value)
    return str(value)


def number(value: float) -> str:
    """Return a float64 as %v: shortest digits, with an exponent below -4 and from 6 on (1e+06)."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[str(value)]
    sign, digits, point = _digits(value)
    exponent = point - 1
    if exponent < -4 or exponent >= 6:
        rest = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{rest}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole


def _digits(value: float) -> tuple[str, str, int]:
    """Return sign, shortest digits, and where the decimal point stands in them."""
    text = repr(value)
    sign = "-" if text[0] == "-" else ""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    point = len(whole) + int(exponent or 0)
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    stripped = stripped.rstrip("0")
    return (sign, stripped, point) if stripped else (sign, "0", 1)


def quoted(text: str) -> str:
    """Return a string as %q: in double quotes, with what does not print escaped."""
    return f'"{"".join(_QUOTED.get(char) or _printable(char) for char in text)}"'


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
