"""Where and why a text is no JSON, in the words of Go's encoding/json. Only asked once the standard library has refused it."""

import re

from minikube_py.kits import gofmt

_WHITESPACE = re.compile(r"[ \t\r\n]*")
_STRING_PART = re.compile(r'[^"\\\x00-\x1f]*')
_HEX = "0123456789abcdefABCDEF"
_VALUE = "looking for beginning of value"
_KEY = "looking for beginning of object key string"


class _SyntaxError(Exception):
    """The character at `position` is wrong in this context; past the end of the text nothing is wrong but that it ends."""

    def __init__(self, position: int, context: str) -> None:
        super().__init__(context)
        self.position = position
        self.context = context


def explain(text: str, start: int) -> tuple[int, str]:
    """Return (bytes read so far, message); (0, "unexpected EOF") where the text only ends too early."""
    try:
        _scan(text, start)
    except _SyntaxError as error:
        if error.position < len(text):
            offset = len(text[: error.position].encode("utf-8", "replace")) + 1
            return offset, f"invalid character {_quoted(text[error.position])} {error.context}"
    return 0, "unexpected EOF"


def _quoted(char: str) -> str:
    byte = chr(char.encode("utf-8", "replace")[0])  # Go looks at bytes
    if byte in "'\"":
        return "'\\''" if byte == "'" else "'\"'"
    return f"'{gofmt.quote(byte)[1:-1]}'"


def _scan(text: str, position: int) -> None:
    stack: list[str] = []
    expected = "value"
    while True:
        match = _WHITESPACE.match(text, position)
        position = match.end() if match else position
        char = text[position : position + 1]
        if expected == "after" and not stack:
            return
        if expected == "after":
            expected = _after(stack, char, position)
            position += 1
        elif expected == "colon":
            _require(char == ":", position, "after object key")
            expected = "value"
            position += 1
        elif char in ("}", "]") and char and expected.endswith("or " + char):
            stack.pop()
            expected = "after"
            position += 1
        elif expected.startswith("key"):
            _require(char == '"', position, _KEY)
            position = _string(text, position + 1)
            expected = "colon"
        elif char and char in "{[":
            stack.append(char)
            expected = "key or }" if char == "{" else "value or ]"
            position += 1
        else:
            position = _scalar(text, position, char)
            expected = "after"


def _require(condition: bool, position: int, context: str) -> None:
    if not condition:
        raise _SyntaxError(position, context)


def _after(stack: list[str], char: str, position: int) -> str:
    in_object = stack[-1] == "{"
    if char == ",":
        return "key" if in_object else "value"
    _require(char == ("}" if in_object else "]"), position, "after object key:value pair" if in_object else "after array element")
    stack.pop()
    return "after"


def _scalar(text: str, position: int, char: str) -> int:
    if char == '"':
        return _string(text, position + 1)
    if char and char in "-0123456789":
        return _number(text, position)
    for literal in ("true", "false", "null"):
        if char == literal[0]:
            return _literal(text, position, literal)
    raise _SyntaxError(position, _VALUE)


def _literal(text: str, position: int, literal: str) -> int:
    for index, char in enumerate(literal):
        _require(text[position + index : position + index + 1] == char, position + index, f"in literal {literal} (expecting '{char}')")
    return position + len(literal)


def _string(text: str, position: int) -> int:
    while True:
        match = _STRING_PART.match(text, position)
        position = match.end() if match else position
        char = text[position : position + 1]
        if char == '"':
            return position + 1
        _require(char == "\\", position, "in string literal")
        escape = text[position + 1 : position + 2]
        _require(escape in "bfnrtu\\/\"" and escape != "", position + 1, "in string escape code")
        position += 2
        if escape == "u":
            for index in range(position, position + 4):
                _require(text[index : index + 1] in _HEX and index < len(text), index, "in \\u hexadecimal character escape")
            position += 4


def _number(text: str, position: int) -> int:
    position += text[position] == "-"
    if text[position : position + 1] == "0":
        position += 1
    else:
        position = _digits(text, position, "in numeric literal")
    if text[position : position + 1] == ".":
        position = _digits(text, position + 1, "after decimal point in numeric literal")
    if text[position : position + 1] in ("e", "E"):
        position += 1
        position += text[position : position + 1] in ("+", "-")
        position = _digits(text, position, "in exponent of numeric literal")
    return position


def _digits(text: str, position: int, context: str) -> int:
    start = position
    while text[position : position + 1].isdigit() and text[position].isascii():
        position += 1
    _require(position > start, position, context)
    return position
