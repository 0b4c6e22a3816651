"""Values as `kubectl get -o yaml` prints them: sigs.k8s.io/yaml's Marshal, byte for byte."""

import re
from functools import cmp_to_key
from typing import Any

from minikube_py.kits import gofmt
from minikube_py.kits.yaml import scalars

_LETTERS = re.compile(r"[A-Za-z]+(?:[./-][A-Za-z]+)*\Z")
_UINT64 = 1 << 64
_INT64_MIN = -(1 << 63)


def dump(value: Any) -> str:
    """Return JSON-shaped data as one YAML document that ends in a line break; ValueError for NaN and infinities."""
    out: list[str] = []
    if isinstance(value, dict) and value:
        _mapping(out, value, 0)
    elif isinstance(value, list) and value:
        _sequence(out, value, 0)
    else:
        out.append(_scalar(value, 0, 2))
    return "".join(out) + "\n"


def _mapping(out: list[str], value: dict[str, Any], indent: int) -> None:
    margin = "\n" + " " * indent
    separator = ""
    for key in sort_keys(value):
        out.append(separator)
        separator = margin
        item = value[key]
        if not scalars.is_simple_key(key):
            out.append(f"? {scalars.write(key, indent + 2, indent + 2)}{margin}: ")
            _node(out, item, indent + 2, indent + 2)
            continue
        written = scalars.write(key, indent, indent, is_key=True)
        out.append(written + ":")
        if isinstance(item, dict) and item:
            out.append(margin + "  ")
            _mapping(out, item, indent + 2)
        elif isinstance(item, list) and item:
            out.append(margin)
            _sequence(out, item, indent)
        else:
            out.append(" " + _scalar(item, indent + len(written) + 2, indent + 2))


def _sequence(out: list[str], value: list[Any], indent: int) -> None:
    separator = ""
    for item in value:
        out.append(separator + "- ")
        separator = "\n" + " " * indent
        _node(out, item, indent + 2, indent + 2)


def _node(out: list[str], item: Any, column: int, indent: int) -> None:
    if isinstance(item, dict) and item:
        _mapping(out, item, indent)
    elif isinstance(item, list) and item:
        _sequence(out, item, indent)
    else:
        out.append(_scalar(item, column, indent))


def _scalar(value: Any, column: int, indent: int) -> str:
    if isinstance(value, str):
        return scalars.write(value, column, indent)
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list | tuple) and not value:
        return "[]"
    raise ValueError(f"no YAML for a {type(value).__name__}")


def _number(value: int | float) -> str:
    if isinstance(value, int) and _INT64_MIN <= value < -_INT64_MIN:
        return str(value)
    value = float(value)
    if value - value != 0.0:
        raise ValueError(f"json: unsupported value: {value}")
    text = gofmt.float_json(value)
    # On its way through JSON a whole number becomes an integer again, as far as 64 bits hold it.
    return str(int(text)) if text.lstrip("-").isdigit() and _INT64_MIN <= int(text) < _UINT64 else gofmt.float_g(value)


def sort_keys(keys: Any) -> list[str]:
    """Return keys in goyaml's order: numbers inside them count as numbers, letters come after everything else."""
    found = sorted(keys)
    if len(found) < 2 or all(map(_LETTERS.match, found)):
        return found
    # Not every order is one: 11 < 1A < 2 < 11. Go then prints them as they come; here it is the same each time.
    return sorted(found, key=cmp_to_key(_compare))


def _compare(left: str, right: str) -> int:
    for index, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return -1 if _is_less(left, right, index) else 1
    return len(left) - len(right)


def _is_less(left: str, right: str, index: int) -> bool:
    a, b = left[index], right[index]
    a_letter, b_letter = a.isalpha(), b.isalpha()
    if a_letter and b_letter:
        return a < b
    if a_letter or b_letter:
        return b_letter
    # After a digit other than 0, a 0 does not lead: both numbers go on.
    start = "1" if "0" in (a, b) and _goes_on(left, index) else "0"
    a_digits, b_digits = _digits(left, index), _digits(right, index)
    a_number, b_number = int(start + a_digits), int(start + b_digits)
    if a_number != b_number:
        return a_number < b_number
    if len(a_digits) != len(b_digits):
        return len(a_digits) < len(b_digits)
    return a < b


def _goes_on(text: str, index: int) -> bool:
    before = re.search(r"[0-9]*\Z", text[:index])
    return before is not None and before.group().strip("0") != ""


def _digits(text: str, index: int) -> str:
    match = re.compile(r"[0-9]{0,18}").match(text, index)
    return match.group() if match else ""
