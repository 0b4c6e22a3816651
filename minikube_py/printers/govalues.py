"""JSON-shaped data as Go's fmt prints it, and Go's string literals read: what kubectl's templates show."""

from typing import Any

from minikube_py.kits import gofmt

sprint = gofmt.sprint  # fmt.Sprint; rules about objects need it, too
syntax = gofmt.syntax


def type_name(value: Any) -> str:
    """Return %T of JSON-shaped data."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "bool"
    names = ((str, "string"), (int, "int64"), (float, "float64"), (dict, "map[string]interface {}"), (list, "[]interface {}"))
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)


_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_HEX = {"x": 2, "u": 4, "U": 8}


def unquote(body: str, mark: str) -> str:
    """Return what a literal's body means, as strconv.UnquoteChar reads it; ValueError("invalid syntax") otherwise."""
    shown: list[str] = []
    index = 0
    while index < len(body):
        char = body[index]
        if char == mark or char == "\n":
            raise ValueError("invalid syntax")
        if char != "\\":
            shown.append(char)
            index += 1
            continue
        piece, index = _unquote_escape(body, index + 1, mark)
        shown.append(piece)
    return of_bytes(to_bytes("".join(shown)))


def of_bytes(data: bytes) -> str:
    """Return a string of Go's; bytes that are no UTF-8 stand as surrogates (PEP 383)."""
    return data.decode("utf-8", "surrogateescape")


def to_bytes(text: str) -> bytes:
    """Return the bytes of a string of Go's."""
    return text.encode("utf-8", "surrogateescape")


def _unquote_escape(body: str, index: int, mark: str) -> tuple[str, int]:
    if index >= len(body):
        raise ValueError("invalid syntax")
    char = body[index]
    if char in _SIMPLE:
        return _SIMPLE[char], index + 1
    if char == mark:
        return char, index + 1
    if char in _HEX:
        return _code(body[index + 1 : index + 1 + _HEX[char]], 16, _HEX[char]), index + 1 + _HEX[char]
    if char in "01234567":
        return _code(body[index : index + 3], 8, 3), index + 3
    raise ValueError("invalid syntax")


def _code(text: str, base: int, length: int) -> str:
    if len(text) != length or not text.isalnum():
        raise ValueError("invalid syntax")
    try:
        code = int(text, base)
        if length > 3 and 0xD800 <= code < 0xE000:
            raise ValueError(text)
        if length > 3:
            return chr(code)
        return of_bytes(bytes((code,)))
    except (ValueError, OverflowError):
        raise ValueError("invalid syntax") from None
