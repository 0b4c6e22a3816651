r"""Field selectors: `status.phase=Running,spec.nodeName!=a`; a comma, equals sign or backslash in a value is written after a backslash."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple


class Term(NamedTuple):
    """One condition on one field."""

    field: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        return self.field + ("!=" if self.negated else "=") + escape(self.value)


class Selector(NamedTuple):
    """Terms that all have to hold; none selects everything."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))

    @property
    def empty(self) -> bool:
        """Tell whether everything is selected."""
        return not self.terms

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Tell whether fields are selected; one that is missing counts as empty."""
        return all((fields.get(term.field, "") == term.value) != term.negated for term in self.terms)

    def exact(self, field: str) -> str | None:
        """Return the value that a field must have, or None where it may have several."""
        for term in self.terms:
            if term.field == field and not term.negated:
                return term.value
        return None


def escape(value: str) -> str:
    """Return a value as it is written in a selector."""
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")


@lru_cache(maxsize=1024)
def parse(text: str) -> Selector:
    """Return the selector that `text` spells; ValueError in the words of fields.ParseSelector."""
    terms = []
    for part in sorted(_split(text)):
        if part:
            field, negated, value = _cut(text, part)
            value = _unescape(value)
            if field or value:  # nothing but an operator selects everything
                terms.append(Term(field, value, negated))
    return Selector(tuple(terms))


def _split(text: str) -> Sequence[str]:
    parts, start, escaped = [], 0, False
    for at, letter in enumerate(text):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == ",":
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def _cut(text: str, part: str) -> tuple[str, bool, str]:
    for at in range(len(part)):
        for operator in ("!=", "==", "="):
            if part.startswith(operator, at):
                return part[:at], operator == "!=", part[at + len(operator) :]
    raise ValueError(f"invalid selector: '{text}'; can't understand '{part}'")


def _unescape(value: str) -> str:
    found, escaped = [], False
    for letter in value:
        if escaped:
            if letter not in "\\,=":
                raise ValueError(f"invalid field selector: invalid escape sequence: \\{letter}")
            found.append(letter)
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter in ",=":
            # Go prints the rune's number here.
            raise ValueError(f"invalid field selector: unescaped character in value: {ord(letter)}")
        else:
            found.append(letter)
    if escaped:
        raise ValueError("invalid field selector: invalid escape sequence: \\")
    return "".join(found)
