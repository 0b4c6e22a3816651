"""Cuts a Go template into tokens, as text/template/parse does."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from minikube_py.kits import gofmt

KEYWORDS = frozenset(("block", "break", "continue", "define", "else", "end", "if", "range", "nil", "template", "with"))
_SPACE = " \t\r\n"
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*)(?:\.[0-9a-fA-F_]*)?(?:[eEpP][+-]?[0-9_]*)?i?")
_WORD = re.compile(r"\w*")
_QUOTES = {'"': ("string", "quoted string"), "`": ("raw", "raw quoted string"), "'": ("char_constant", "character constant")}
_SIMPLE = {"=": "assign", "|": "pipe"}


class Token(NamedTuple):
    """One token: `kind` is its type, `at` where it begins, `line` its line from 1."""

    kind: str
    at: int
    value: str
    line: int

    def __str__(self) -> str:
        if self.kind == "EOF":
            return "EOF"
        if self.kind == "error":
            return self.value
        if self.kind in KEYWORDS or self.kind == "dot":
            return f"<{self.value}>"
        return gofmt.quote(self.value[:10]) + "..." if len(self.value) > 10 else gofmt.quote(self.value)


class _Stop(Exception):
    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.at = at


def unicode_name(char: str) -> str:
    """Return %#U: U+0021 '!'."""
    return f"U+{ord(char):04X}" + (f" '{char}'" if char.isprintable() else "")


class Lexer:
    """The tokens of one template, one after the other; after an error or the end, EOF for ever."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._depth = 0
        self._tokens = self._safe()

    def next(self) -> Token:
        """Return the next token."""
        return next(self._tokens, Token("EOF", len(self._text), "EOF", self._line))

    def _safe(self) -> Iterator[Token]:
        try:
            yield from self._all()
        except _Stop as stop:
            yield self._make("error", stop.at, str(stop))

    def _make(self, kind: str, start: int, value: str) -> Token:
        self._line += self._text.count("\n", self._counted, start)
        self._counted = max(self._counted, start)
        return Token(kind, start, value, self._line)

    def _all(self) -> Iterator[Token]:
        text = self._text
        while True:
            start, brace = self._at, text.find("{{", self._at)
            end = len(text) if brace < 0 else brace
            trims = brace >= 0 and text[brace + 2 : brace + 3] == "-" and text[brace + 3 : brace + 4] in _SPACE and len(text) > brace + 3
            shown = text[start:end].rstrip(_SPACE) if trims else text[start:end]
            if shown:
                yield self._make("text", start, shown)
            if brace < 0:
                yield self._make("EOF", len(text), "EOF")
                return
            self._at = brace + 2
            after = 2 if trims else 0
            if text.startswith("/*", self._at + after):
                self._comment(self._at + after)
                continue
            yield self._make("left", brace, "{{")
            self._at += after
            self._depth = 0
            yield from self._action()

    def _comment(self, start: int) -> None:
        end = self._text.find("*/", start + 2)
        if end < 0:
            raise _Stop("unclosed comment", start)
        self._at = end + 2
        closing = self._closing()
        if not closing:
            raise _Stop("comment ends before closing delimiter", start)
        self._close(closing)

    def _closing(self) -> str:
        """Return the closing delimiter at hand, with its trim marker; empty where there is none."""
        text, at = self._text, self._at
        if text.startswith("}}", at):
            return "}}"
        if text[at : at + 1] and text[at] in _SPACE and text.startswith("-}}", at + 1):
            return text[at : at + 4]
        return ""

    def _close(self, closing: str) -> None:
        self._at += len(closing)
        if len(closing) > 2:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1

    def _action(self) -> Iterator[Token]:
        text = self._text
        while True:
            closing = self._closing()
            start = self._at
            if closing:
                if self._depth:
                    raise _Stop("unclosed left paren", start)
                self._close(closing)
                yield self._make("right", start + len(closing) - 2, "}}")
                return
            if start >= len(text):
                raise _Stop("unclosed action", start)
            if text[start] in _SPACE:
                while self._at < len(text) and text[self._at] in _SPACE and not (self._at > start and self._closing()):
                    self._at += 1
                yield self._make("space", start, text[start : self._at])
                continue
            yield self._token(text[start], start)

    def _token(self, char: str, start: int) -> Token:
        text = self._text
        following = text[start + 1 : start + 2]
        if char in "\"`'":
            return self._quoted(char, start)
        if char == "$":
            return self._name("variable", start)
        if char == "." and not ("0" <= following <= "9"):
            return self._name("field", start)
        if char in "+-." or "0" <= char <= "9":
            return self._number(start)
        if char == "_" or char.isalnum():
            return self._name("identifier", start)
        self._at += 1
        if char in "()":
            return self._paren(char, start)
        if char == ":":
            if following != "=":
                raise _Stop("expected :=", start)
            self._at += 1
            return self._make("declare", start, ":=")
        if char in _SIMPLE:
            return self._make(_SIMPLE[char], start, char)
        if char.isascii() and char.isprintable():
            return self._make("char", start, char)
        raise _Stop(f"unrecognized character in action: {unicode_name(char)}", start)

    def _paren(self, char: str, start: int) -> Token:
        self._depth += 1 if char == "(" else -1
        if self._depth < 0:
            raise _Stop("unexpected right paren", start)
        return self._make(char, start, char)

    def _quoted(self, mark: str, start: int) -> Token:
        kind, name = _QUOTES[mark]
        at = start + 1
        while at < len(self._text) and (self._text[at] != "\n" or mark == "`"):
            if self._text[at] == mark:
                self._at = at + 1
                return self._make(kind, start, self._text[start : self._at])
            at += 2 if self._text[at] == "\\" and mark != "`" else 1
        raise _Stop(f"unterminated {name}", start)

    def _ends_word(self) -> bool:
        following = self._text[self._at : self._at + 1]
        return not following or following in _SPACE + ".,|:)(" or self._text.startswith("}}", self._at)

    def _name(self, kind: str, start: int) -> Token:
        match = _WORD.match(self._text, start + (kind != "identifier"))
        self._at = match.end() if match else start + 1
        word = self._text[start : self._at]
        if not self._ends_word():
            raise _Stop(f"bad character {unicode_name(self._text[self._at])}", start)
        if word == ".":
            return self._make("dot", start, word)
        if kind == "identifier" and word in KEYWORDS:
            kind = word
        elif kind == "identifier" and word in ("true", "false"):
            kind = "bool"
        return self._make(kind, start, word)

    def _number(self, start: int) -> Token:
        self._scan_number(start)
        if self._text[self._at : self._at + 1] in ("+", "-"):
            self._scan_number(start)
            if self._text[self._at - 1] != "i":  # 1+2i is all that may follow a number so closely
                raise _Stop(f"bad number syntax: {gofmt.quote(self._text[start : self._at])}", start)
        return self._make("number", start, self._text[start : self._at])

    def _scan_number(self, start: int) -> None:
        match = _NUMBER.match(self._text, self._at)
        self._at = match.end() if match else self._at
        following = self._text[self._at : self._at + 1]
        if following == "_" or following.isalnum():
            raise _Stop(f"bad number syntax: {gofmt.quote(self._text[start : self._at + 1])}", start)
