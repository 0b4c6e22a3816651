"""JSON as Go reads and writes it: streams of values, duplicate fields, messages with offsets, encoding/json's numbers and escapes."""

import json
import re
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from minikube_py.kits import gofmt

_ESCAPED_SURROGATE = r"\\u[dD][89a-fA-F]"
_HTML = "<>&\u2028\u2029"
_INT64 = 1 << 63


class JSONError(NamedTuple):
    """Why a value of a stream cannot be read, and whether it might be YAML yet."""

    message: str
    is_final: bool
    is_decoding: bool = False


class Found(NamedTuple):
    """One value of a stream, text[start:end]; or what ended the stream early."""

    value: Any
    start: int
    end: int
    duplicates: list[str]
    error: JSONError | None = None


class _NotANumber(ValueError):
    """A number that no float64 holds."""


def _integer(text: str) -> int | float:
    value = int(text) if len(text) <= 20 else None
    return value if value is not None and -_INT64 <= value < _INT64 else _float(text)


def _float(text: str) -> int | float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _NotANumber(text)
    # kubectl writes 1 where a file says 1.0, before anybody looks at its type.
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _decoder(pairs_hook: Callable[[list[tuple[str, Any]]], Any]) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=pairs_hook, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def stream(text: str, max_depth: int) -> Iterator[Found]:
    """Yield the JSON values of a text one after another; where one cannot be read, a last Found that has an error."""
    count, position = 0, _skip(text, 0)
    needs_check = "\\u" in text and re.search(_ESCAPED_SURROGATE, text) is not None or text.count("[") + text.count("{") > max_depth
    while position < len(text):
        found = _value(text, position, count)
        if found.error is None and needs_check:
            found = _checked(found, max_depth)
        yield found
        if found.error is not None:
            return
        count += 1
        position = _skip(text, found.end)


def _skip(text: str, position: int) -> int:
    match = re.compile(r"[ \t\r\n]*").match(text, position)
    return match.end() if match else position


def _value(text: str, position: int, count: int) -> Found:
    doubled = False

    def to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        found = dict(pairs)
        doubled = doubled or len(found) != len(pairs)
        return found

    try:
        value, end = _decoder(to_dict).raw_decode(text, position)
    except _NotANumber as error:
        message = f"json: cannot unmarshal number {error} into Go value of type float64"
        return Found(None, position, position, [], JSONError(message, True, True))
    except RecursionError:
        return Found(None, position, position, [], JSONError("exceeded max depth", True))
    except ValueError:
        from minikube_py.kits import jsonscan

        offset, message = jsonscan.explain(text, position)
        if offset and count <= 1:
            message = f"json: offset {offset}: {message}"
        return Found(None, position, position, [], JSONError(message, count > 1))
    return Found(value, position, end, _duplicates(text, position) if doubled else [])


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, to look for what it has twice."""


def _duplicates(text: str, position: int) -> list[str]:
    value, _ = _decoder(_Pairs).raw_decode(text, position)
    found: dict[str, None] = {}
    todo: list[tuple[str, Any]] = [("", value)]
    while todo:
        path, node = todo.pop()
        if isinstance(node, _Pairs):
            seen: set[str] = set()
            fields = [(f"{path}.{key}".removeprefix("."), key, item) for key, item in node]
            found |= {where: None for where, key, _ in fields if key in seen or seen.add(key)}  # type: ignore[func-returns-value]
            todo += [(where, item) for where, _, item in reversed(fields)]
        elif isinstance(node, list):
            todo += [(f"{path}[{index}]", item) for index, item in reversed(list(enumerate(node)))]
    return list(found)


def _checked(found: Found, max_depth: int) -> Found:
    """Replace lone surrogates as Go does; refuse what is nested too deeply for readers that recurse."""
    try:
        return found._replace(value=_clean(found.value, max_depth))
    except RecursionError:
        return found._replace(value=None, error=JSONError("exceeded max depth", True))


def _clean(value: Any, room: int) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else gofmt.valid_text(value)
    if not isinstance(value, dict | list):
        return value
    if room <= 0:
        raise RecursionError
    if isinstance(value, dict):
        return {_clean(key, room): _clean(item, room - 1) for key, item in value.items()}
    return [_clean(item, room - 1) for item in value]


def go_json(value: Any, indent: str = "") -> str:
    """Return what encoding/json makes of a value: keys sorted, <, > and & escaped; `indent` is put in for each level."""
    text = _indented(value, "\n", indent) if indent else _compact(value)
    return escaped(text)


def in_order(value: Any) -> str:
    """Return compact JSON as Go writes it of a struct: the keys keep their order."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return escaped(text)


def escaped(text: str) -> str:
    """Return JSON in which what means something in HTML or ends a line in JavaScript is escaped, as encoding/json does."""
    if any(char in text for char in _HTML):
        return re.sub(f"[{_HTML}]", lambda match: f"\\u{ord(match.group()):04x}", text)
    return text


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value if value.isascii() else gofmt.valid_text(value))
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else gofmt.float_json(value)


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_scalar(key)}:{_compact(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    return _scalar(value)


def _indented(value: Any, margin: str, indent: str) -> str:
    if isinstance(value, dict) and value:
        inner = margin + indent
        return "{" + ",".join(f"{inner}{_scalar(key)}: {_indented(value[key], inner, indent)}" for key in sorted(value)) + margin + "}"
    if isinstance(value, list) and value:
        inner = margin + indent
        return "[" + ",".join(inner + _indented(item, inner, indent) for item in value) + margin + "]"
    return _compact(value)
