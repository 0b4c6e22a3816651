"""Reads JSONPath templates in kubectl's dialect (client-go util/jsonpath), with its errors."""

import re

from minikube_py.printers import govalues
from minikube_py.printers.jsonpath.nodes import (
    Bound,
    Constant,
    Field,
    Filter,
    Identifier,
    Node,
    Path,
    Recursive,
    Slice,
    Text,
    Union_,
    Wildcard,
)

_KEY = re.compile(r"'([^']*)'")
_SLICE = re.compile(r"(-?\d*)(:-?\d*)?(:-?\d*)?")
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+?)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[\d.]*")
_END = ""
_TERMINATORS = frozenset(" \t\r\n.,[]$@{}")


class JSONPathError(ValueError):
    """The template can't be read, or does not fit the data."""


def parse(text: str) -> list[Path | Text]:
    """Return the texts and the actions of a template, in order."""
    try:
        return _Parser(text).template()
    except RecursionError:
        raise JSONPathError("the template is nested too deeply") from None


def _action(text: str) -> Path:
    parsed = parse("{" + text + "}")
    if not parsed or isinstance(parsed[0], Text):
        raise JSONPathError("unclosed action")
    return parsed[0]


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def template(self) -> list[Path | Text]:
        found: list[Path | Text] = []
        while self.at < len(self.text):
            brace = self.text.find("{", self.at)
            end = len(self.text) if brace < 0 else brace
            if end > self.at:
                found.append(Text(self.text[self.at : end]))
            self.at = end
            if brace >= 0:
                self.at += 1
                found.append(self._inside())
        return found

    def _next(self) -> str:
        if self.at >= len(self.text):
            self.at += 1
            return _END
        self.at += 1
        return self.text[self.at - 1]

    def _peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else _END

    def _inside(self) -> Path:
        path: Path = []
        while True:
            if self.text.startswith("[?(", self.at):
                self._filter(path)
            elif self.text.startswith("..", self.at):
                self._recursive(path)
            else:
                start = self.at
                char = self._next()
                if char == "}":
                    return path
                self._step(path, char, start)

    def _step(self, path: Path, char: str, start: int) -> None:
        if char in (_END, "\r", "\n"):
            raise JSONPathError("unclosed action")
        if char in " @$":
            return
        if char == "[":
            self._array(path)
        elif char in "\"'":
            self._quoted(path, char, start)
        elif char == ".":
            self._field(path)
        elif char in "+-" or char.isdigit():
            self.at = start
            self._number(path)
        elif char == "_" or char.isalpha():
            self._identifier(path, start)
        else:
            shown = f" '{char}'" if char.isprintable() else ""
            raise JSONPathError(f"unrecognized character in action: U+{ord(char):04X}{shown}")

    def _identifier(self, path: Path, start: int) -> None:
        while self._peek() != _END and self._peek() not in _TERMINATORS:
            self.at += 1
        word = self.text[start : self.at]
        path.append(Constant(word == "true") if word in ("true", "false") else Identifier(word))

    def _recursive(self, path: Path) -> None:
        if path and isinstance(path[-1], Recursive):
            raise JSONPathError("invalid multiple recursive descent")
        self.at += 2
        path.append(Recursive())
        char = self._peek()
        if char == "_" or char.isalnum():
            self._field(path)

    def _number(self, path: Path) -> None:
        match = _NUMBER.match(self.text, self.at)
        word = match.group() if match else ""
        self.at += len(word)
        try:
            path.append(Constant(int(word) if "." not in word else float(word)))
        except ValueError:
            raise JSONPathError(f"cannot parse number {word}") from None

    def _field(self, path: Path) -> None:
        start = self.at
        while self._peek() != _END and self._peek() not in _TERMINATORS:
            self.at += 2 if self._peek() == "\\" else 1
        word = self.text[start : self.at]
        path.append(Wildcard() if word == "*" else Field(word.replace("\\", "")))

    def _quoted(self, path: Path, mark: str, start: int) -> None:
        while True:
            char = self._next()
            if char in (_END, "\n"):
                raise JSONPathError("unterminated quoted string")
            if char == mark and self.text[self.at - 2] != "\\":
                break
        literal = self.text[start : self.at]
        path.append(Text(_unquote(literal)))

    def _array(self, path: Path) -> None:
        start = self.at
        char = self._next()
        while char != "]":
            if char in (_END, "\n"):
                raise JSONPathError("unterminated array")
            char = self._next()
        text = self.text[start : self.at - 1]
        text = ":" if text == "*" else text
        members = text.split(",")
        if len(members) > 1:
            path.append(Union_([_action(f"[{member.strip(' ')}]") for member in members]))
            return
        key = _KEY.fullmatch(text)
        if key:
            path.extend(_action(f".{key.group(1)}"))
            return
        path.append(_slice(text))

    def _filter(self, path: Path) -> None:
        self.at += len("[?(")
        start = self.at
        mark = ""
        closed = False
        while True:
            char = self._next()
            if char in (_END, "\n"):
                raise JSONPathError("unterminated filter")
            if char in "\"'" and not mark:
                mark = char
            elif char == mark and self.text[self.at - 2] != "\\":
                closed = True
            elif char == ")" and bool(mark) == closed:
                break
        text = self.text[start : self.at - 1]
        if self._next() != "]":
            raise JSONPathError("unclosed array expect ]")
        path.append(_comparison(text))


def _unquote(literal: str) -> str:
    body = literal[1:-1]
    try:
        if len(literal) < 2:
            raise ValueError("invalid syntax")
        return govalues.unquote(body, literal[0]) if "\\" in body or literal[0] in body else body
    except ValueError as error:
        raise JSONPathError(f"unquote string {literal} error {error}") from None


def _comparison(text: str) -> Node:
    match = _COMPARISON.fullmatch(text)
    if match is None:
        return Filter(_action(text), [], "exists")
    return Filter(_action(match.group(1)), _action(match.group(3)), match.group(2))


def _slice(text: str) -> Slice:
    match = _SLICE.fullmatch(text)
    if match is None:
        raise JSONPathError(f"invalid array index {text}")
    bounds: list[Bound] = []
    for index, part in enumerate(match.groups()):
        if not part:
            bounds.append(Bound(bounds[0].value + 1, True, True) if index == 1 else Bound())
            continue
        shown = part[1:] if index else part
        try:
            bounds.append(Bound(int(shown), True) if shown else Bound())
        except ValueError:
            raise JSONPathError(f"array index {shown} is not a number") from None
    return Slice(*bounds)
