"""Numbers and strings as Go's strconv prints them, and values as fmt does: what users know from kubectl's output and messages."""

import re
import struct
from typing import Any

_UNSAFE = r'[\\"\x00-\x1f\x7f]|[^\x20-\x7e]'
_SHORT = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"'}


def _digits(number: float) -> tuple[str, str, int]:
    """Return (sign, shortest digits that read back as the same number, decimal exponent of the first digit)."""
    mantissa, _, exponent = f"{number!r}".lower().partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return sign, "0", 0
    leading = len(whole + fraction) - len(digits)
    return sign, digits.rstrip("0") or "0", len(whole) - leading - 1 + int(exponent or 0)


def _scientific(sign: str, digits: str, exponent: int) -> str:
    point = "." if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{point}{digits[1:]}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _positional(sign: str, digits: str, exponent: int) -> str:
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    fraction = digits[exponent + 1 :]
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole


def float_g(number: float) -> str:
    """Return strconv.FormatFloat(number, 'g', -1, 64): 1.5, 1e+06, 1e-07."""
    sign, digits, exponent = _digits(number)
    if exponent < -4 or exponent >= 6:  # with the shortest digits Go decides as if 6 were asked for
        return _scientific(sign, digits, exponent)
    return _positional(sign, digits, exponent)


def float32_g(number: float) -> str:
    """Return strconv.FormatFloat(number, 'g', -1, 32), which is how a float that is a YAML key becomes a string."""
    try:
        single = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return ".inf" if number > 0 else "-.inf"
    for precision in range(1, 10):
        shorter = float(f"{single:.{precision}g}")
        if struct.unpack("<f", struct.pack("<f", shorter))[0] == single:
            return float_g(shorter)
    return float_g(single)


def float_json(number: float) -> str:
    """Return a float as encoding/json writes it: 1.5, 100, 1e+21, 1e-7."""
    sign, digits, exponent = _digits(number)
    if digits != "0" and (exponent < -6 or exponent >= 21):
        text = _scientific(sign, digits, exponent)
        return text[:-2] + text[-1] if text[-4:-1] == "e-0" else text
    return _positional(sign, digits, exponent)


def valid_text(text: str) -> str:
    """Return a string with U+FFFD for each lone surrogate: Go has no strings with such."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def quote(text: str) -> str:
    """Return strconv.Quote(text), Go's %q."""
    return f'"{re.sub(_UNSAFE, _escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    short = _SHORT.get(char)
    if short is not None:
        return short
    code = ord(char)
    if code < 0x80 or 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8 (PEP 383)
        return f"\\x{code % 256:02x}"
    if char.isprintable():
        return char
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def sprint(value: Any) -> str:
    """Return fmt.Sprint(value), Go's %v, of JSON-shaped data."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_g(value)
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{sprint(item)}" for key, item in sorted(value.items())) + "]"
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(map(sprint, value)) + "]"
    return str(value)


def syntax(value: Any) -> str:
    """Return %#v of JSON-shaped data."""
    if isinstance(value, str):
        return quote(value)
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, dict):
        return "map[string]interface {}{" + ", ".join(f"{quote(key)}:{syntax(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return "[]interface {}{" + ", ".join(map(syntax, value)) + "}"
    return sprint(value)
