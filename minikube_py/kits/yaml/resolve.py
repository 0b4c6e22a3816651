"""What a plain scalar means: goyaml v2's resolver, then what the way through JSON makes of it."""

import re
from typing import Any

from minikube_py.kits import gofmt
from minikube_py.kits.yaml import errors

PREFIX = "tag:yaml.org,2002:"
HINTS = frozenset("+-0123456789.yYnNtTfFoO~")  # a plain scalar that starts otherwise is a string
MAX_DIGITS = 1000  # what is longer is no number

_INFINITE = {"": "+Inf", "+": "+Inf", "-": "-Inf"}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))\Z")
_BASE60 = r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z"  # rare, as the next one: compiled when asked for
_TIMESTAMP = (
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+]([0-9]{2}):([0-9]{2}))"
    r"| ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?))?\Z"
)
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_INT64 = 1 << 63


class NotFinite(str):
    """An infinity or NaN, by Go's name for it: YAML has them and JSON does not."""

    __slots__ = ()


class Unsigned(int):
    """What only Go's uint64 holds: a float where it is a value, and nothing that may be a key."""

    __slots__ = ()


def _words() -> dict[str, Any]:
    words: dict[str, Any] = {"": None, "~": None}
    for word, value in (("null", None), ("y", True), ("yes", True), ("true", True), ("on", True),
                        ("n", False), ("no", False), ("false", False), ("off", False)):  # fmt: skip
        words |= dict.fromkeys((word, word.capitalize(), word.upper()), value)
    for sign, name in _INFINITE.items():
        words |= dict.fromkeys((f"{sign}.inf", f"{sign}.Inf", f"{sign}.INF"), NotFinite(name))
    return words | dict.fromkeys((".nan", ".NaN", ".NAN"), NotFinite("NaN"))


WORDS = _words()


def plain(text: str) -> Any:
    """Return None, bool, int, float, str or NotFinite for a scalar that has neither quotes nor a tag."""
    value = _resolve(text)
    if value.__class__ is Unsigned:
        return float(value)
    return whole(value) if isinstance(value, float) else value


def plain_key(text: str) -> str | Unsigned | None:
    """Return what JSON has for a plain scalar that is a key; None and Unsigned cannot be one."""
    value = _resolve(text)
    return value if value is None or value.__class__ in (str, Unsigned) else key(value)


def _resolve(text: str) -> Any:
    if text in WORDS:
        return WORDS[text]
    if text[0] not in HINTS or text[0] > "9" or len(text) > MAX_DIGITS:
        return text
    return _number(text)


def _number(text: str) -> Any:
    if text[0] == ".":
        return _float(text, text)
    digits = text.replace("_", "")
    match = _INTEGER.match(digits)
    if match is None:
        return _float(digits, text)
    sign, *bases = match.groups()
    value = next(int(part, base) for part, base in zip(bases, (16, 2, 8, 10), strict=True) if part is not None)
    if value < _INT64 or (sign == "-" and value == _INT64):
        return -value if sign == "-" else value
    if sign == "" and value < 2 * _INT64:
        return Unsigned(value)
    return _float(digits, text)  # out of range: a decimal is a float yet, anything else a string


def _float(digits: str, text: str) -> Any:
    if _FLOAT.match(digits) is None:
        return text
    value = float(digits)
    return text if value in (float("inf"), float("-inf")) else value


def whole(value: float) -> int | float:
    """Return an int for a float that JSON writes as one: kubectl sends 1 where a file says 1.0."""
    if value.is_integer() and -_INT64 <= value < _INT64:
        shown = int(gofmt.float_json(value))
        return shown if -_INT64 <= shown < _INT64 else value
    return value


def is_plain_string(text: str) -> bool:
    """Tell whether `text` without quotes would be read as that very string, by YAML 1.1 readers too (base 60)."""
    if text in WORDS:
        return False
    if text[0] not in HINTS or text[0] > "9":
        return True
    return _resolve(text) is text and not _is_timestamp(text) and not (":" in text and re.match(_BASE60, text))


def _is_timestamp(text: str) -> bool:
    match = re.match(_TIMESTAMP, text) if text[4:5] == "-" else None
    if match is None:
        return False
    year, month, day, *times = (int(part or 0) for part in match.groups())
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not (1 <= month <= 12 and 1 <= day <= _MONTHS[month - 1] + leap):
        return False
    return all(value < limit for value, limit in zip(times, (24, 60, 60, 25, 60, 24, 60, 60), strict=True))


def tagged(tag: str, text: str) -> Any:
    """Return the value of a scalar that has a tag."""
    if tag == "!":
        return text
    if tag == PREFIX + "binary":
        return _binary(text)
    name = tag.removeprefix(PREFIX) if tag.startswith(PREFIX) else ""
    if name not in ("bool", "int", "float", "null", "timestamp"):
        return text
    if name == "timestamp" and _is_timestamp(text):
        return text
    value = plain(text)
    kind = _kind(text, value)
    if kind == name:
        return value
    if name == "float" and kind == "int":
        return value
    raise errors.undecodable(f"cannot decode !!{kind} `{text}` as a !!{name}")


def _kind(text: str, value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, NotFinite):
        return "float"
    if isinstance(value, str):
        return "str"
    return "int" if _INTEGER.match(text.replace("_", "")) else "float"


def _binary(text: str) -> str:
    import base64
    import binascii

    try:
        data = base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        raise errors.undecodable("!!binary value contains invalid base64 data") from None
    # JSON has no bytes: Go writes U+FFFD for each that is no UTF-8.
    return re.sub("[\udc80-\udcff]", "\ufffd", data.decode("utf-8", "surrogateescape"))


def key(value: Any) -> str:
    """Return what JSON has for a key: the string itself, or a number or bool as a string."""
    if isinstance(value, NotFinite):
        return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}[value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else gofmt.float32_g(value)
