"""Regular expressions of Go (RE2, package regexp/syntax): read here, with the errors that Go has for them, and written anew in the words of Python's re."""

import re
from collections.abc import Sequence
from functools import cache

Ranges = Sequence[tuple[int, int]]

_MOST = 1000  # how often something may be repeated
_LAST = 0x10FFFF
# Pairs of first and last characters.
_PERL = {"d": "09", "s": "\t\n\f\r  ", "w": "09AZ__az"}
_POSIX = {
    "alnum": "09AZaz", "alpha": "AZaz", "ascii": "\x00\x7f", "blank": "\t\t  ", "cntrl": "\x00\x1f\x7f\x7f", "digit": "09", "graph": "!~", "lower": "az",
    "print": " ~", "punct": "!/:@[`{~", "space": "\t\r  ", "upper": "AZ", "word": "09AZ__az", "xdigit": "09AFaf",
}  # fmt: skip
_CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_ANCHORS = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}
_NAMED = re.compile(r"\(\?P?<\w+>", re.ASCII)
_MODES = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NO_MODES = re.compile(r"\(\?[imsU]*(?:-[imsU]*)?.?", re.DOTALL)
_COUNTED = re.compile(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_HEX = re.compile(r"\\x(?:\{(0*(?:10|[0-9A-Fa-f])?[0-9A-Fa-f]{1,4})\}|([0-9A-Fa-f]{2}))")
_NO_HEX = re.compile(r"\\x(?:\{0*(?:(?:10|[1-9A-Fa-f]?)[0-9A-Fa-f]{0,4})?|[0-9A-Fa-f])?.?", re.DOTALL)
_CATEGORY = re.compile(r"\\[pP](?:\{(\^?)(\w*)\}|(\w))", re.ASCII)
_TRAILING = "trailing backslash at end of expression"


class RegexpError(ValueError):
    """What Go says of a pattern that is none."""

    def __init__(self, problem: str, part: str = "") -> None:
        super().__init__(f"error parsing regexp: {problem}: `{part}`")


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern of Go as one of Python, whose groups have numbers and no names; RegexpError in Go's words.

    Scripts such as \\p{Greek} are refused as Go refuses names that it does not know: Python knows categories only.
    """
    return re.compile(_Reader(pattern).expression())


class _Reader:
    """Goes through a pattern from left to right, and returns what each part means to Python."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._modes: frozenset[str] = frozenset()  # which of (?imsU) are on
        self._times = 1  # how often the piece before is repeated within itself

    def expression(self) -> str:
        """Return the whole."""
        written = self._alternatives()
        if self._at < len(self._pattern):
            raise RegexpError("unexpected )", self._pattern)
        return written

    def _sees(self, *beginnings: str) -> bool:
        return self._pattern.startswith(beginnings, self._at)

    def _rest(self) -> str:
        return self._pattern[self._at :]

    def _alternatives(self) -> str:
        """Take all up to the end, or up to the parenthesis that ends a group."""
        written, times = "", 1
        while self._rest() and not self._sees(")"):
            if self._sees("|"):
                self._at += 1
                written += "|"
            else:
                self._times = 1
                written += self._repeated(self._piece())
                times = max(times, self._times)
        self._times = times
        return written

    def _piece(self) -> str:
        """Take what can be repeated; empty for what only turns modes on and off."""
        char = self._pattern[self._at]
        if char == "(":
            return self._group()
        if char == "[":
            return self._cased(self._bracket())
        if char == "\\":
            return self._escaped()
        if self._at_operator():
            raise RegexpError("missing argument to repetition operator", self._operator()[0])
        self._at += 1
        if char == "^":
            return "(?m:^)" if "m" in self._modes else r"(?:\A)"
        if char == "$":
            return "(?m:$)" if "m" in self._modes else r"(?:\Z)"
        if char == ".":
            return "(?s:.)" if "s" in self._modes else "."
        return self._cased(re.escape(char))

    def _cased(self, written: str) -> str:
        return f"(?i:{written})" if "i" in self._modes else written

    def _at_operator(self) -> bool:
        return self._sees("*", "+", "?") or _COUNTED.match(self._pattern, self._at) is not None

    def _operator(self) -> tuple[str, bool]:
        """Take a repetition operator; return it, and whether a ? behind it asks for little."""
        counted = _COUNTED.match(self._pattern, self._at)
        operator = counted[0] if counted else self._pattern[self._at]
        self._at += len(operator)
        lazy = self._sees("?")
        self._at += lazy
        if counted:
            least = int(counted[1])
            most = least if not counted[3] else int(counted[3])
            self._times *= max(most, 1)
            if most < least or self._times > _MOST:
                raise RegexpError("invalid repeat count", operator)
        return operator, lazy

    def _repeated(self, piece: str) -> str:
        if not self._at_operator():
            return piece
        start = self._at
        operator, lazy = self._operator()
        if not piece:
            raise RegexpError("missing argument to repetition operator", operator)
        if self._at_operator():
            self._operator()
            raise RegexpError("invalid nested repetition operator", self._pattern[start : self._at])
        return f"{piece}{operator}{'?' if lazy != ('U' in self._modes) else ''}"

    def _group(self) -> str:
        before, opened = self._modes, "("
        if self._sees("(?P<", "(?<"):
            named = _NAMED.match(self._pattern, self._at)
            if named is None:
                head, end, _ = self._rest().partition(">")
                raise RegexpError("invalid named capture", head + end)
            self._at = named.end()
        elif self._sees("(?"):
            opened = self._change_modes()
            if not opened:
                return ""
        else:
            self._at += 1
        inner = self._alternatives()
        self._modes = before
        if not self._rest():
            raise RegexpError("missing closing )", self._pattern)
        self._at += 1
        return f"{opened}{inner})"

    def _change_modes(self) -> str:
        """Take (?i-s) or (?i-s: and return how the group begins; empty where there is none."""
        found = _MODES.match(self._pattern, self._at)
        if found is None:
            wrong = _NO_MODES.match(self._rest())
            raise RegexpError("invalid or unsupported Perl syntax", wrong[0] if wrong else "")
        self._at = found.end()
        self._modes = (self._modes | frozenset(found[1])) - frozenset(found[2] or "")
        return "(?:" if found[3] == ":" else ""

    def _escaped(self) -> str:
        if self._sees("\\Q"):
            literal, end, _ = self._rest()[2:].partition("\\E")
            self._at += 2 + len(literal) + len(end)
            return "".join(self._cased(re.escape(char)) for char in literal)
        kind = self._pattern[self._at + 1 : self._at + 2]
        if kind in _ANCHORS:
            self._at += 2
            return f"(?:{_ANCHORS[kind]})"
        ranges = self._class()
        return self._cased(_bracketed(ranges) if ranges is not None else _shown(self._code()))

    def _class(self) -> Ranges | None:
        r"""Take \d, \W, \pL and the like; None where something else comes next."""
        kind = self._pattern[self._at + 1 : self._at + 2]
        if not self._sees("\\") or kind.lower() not in (*_PERL, "p"):
            return None
        if kind.lower() in _PERL:
            self._at += 2
            found, negated = _pairs(_PERL[kind.lower()]), kind.isupper()
        else:
            named = _CATEGORY.match(self._pattern, self._at)
            found = _category(named[2] or named[3] or "") if named else ()
            if named is None or not found:
                raise RegexpError("invalid character class range", named[0] if named else self._rest())
            self._at = named.end()
            negated = (kind == "P") != (named[1] == "^")
        return _without(found) if negated else found

    def _code(self) -> int:
        """Take an escaped character."""
        octal, digits = _OCTAL.match(self._pattern, self._at), _HEX.match(self._pattern, self._at)
        if octal:
            self._at = octal.end()
            return int(octal[1], 8)
        if digits:
            self._at = digits.end()
            return int(digits[1] or digits[2], 16)
        char = self._pattern[self._at + 1 : self._at + 2]
        if not char:
            raise RegexpError(_TRAILING)
        if char not in _CONTROLS and (char.isalnum() or not char.isascii()):
            wrong = _NO_HEX.match(self._pattern, self._at)
            raise RegexpError("invalid escape sequence", wrong[0] if wrong else f"\\{char}")
        self._at += 2
        return _CONTROLS.get(char, ord(char))

    def _bracket(self) -> str:
        start = self._at
        self._at += 1
        negated = self._sees("^")
        self._at += negated
        ranges: list[tuple[int, int]] = []
        while not ranges or not self._sees("]"):
            if not self._rest():
                raise RegexpError("missing closing ]", self._pattern[start:])
            ranges += self._members(start)
        self._at += 1
        return _bracketed(_without(ranges) if negated else ranges)

    def _members(self, start: int) -> Ranges:
        """Take a character, a range, or a class, between brackets that begin at `start`."""
        if self._sees("[:") and ":]" in self._rest()[2:]:
            part = self._rest()[: self._rest().index(":]", 2) + 2]
            self._at += len(part)
            name = part[2:-2]
            if name.removeprefix("^") not in _POSIX:
                raise RegexpError("invalid character class range", part)
            posix = _pairs(_POSIX[name.removeprefix("^")])
            return _without(posix) if name.startswith("^") else posix
        ranges = self._class()
        if ranges is not None:
            return ranges
        first = self._at
        low = high = self._member(start)
        if self._sees("-") and not self._sees("-]"):
            self._at += 1
            high = self._member(start)
        if high < low:
            raise RegexpError("invalid character class range", self._pattern[first : self._at])
        return [(low, high)]

    def _member(self, start: int) -> int:
        if not self._rest():
            raise RegexpError("missing closing ]", self._pattern[start:])
        if self._sees("\\"):
            return self._code()
        self._at += 1
        return ord(self._pattern[self._at - 1])


def _pairs(text: str) -> Ranges:
    return [(ord(low), ord(high)) for low, high in zip(text[::2], text[1::2], strict=True)]


def _without(ranges: Ranges) -> Ranges:
    """Return all characters that are in none of the ranges."""
    left, following = [], 0
    for low, high in sorted(ranges):
        if low > following:
            left.append((following, low - 1))
        following = max(following, high + 1)
    return [*left, (following, _LAST)] if following <= _LAST else left


def _bracketed(ranges: Ranges) -> str:
    return "[" + "".join(_shown(low) if low == high else f"{_shown(low)}-{_shown(high)}" for low, high in ranges) + "]" if ranges else "(?!)"


def _shown(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@cache
def _category(name: str) -> Ranges:
    """Return the characters of a category of Unicode (L, Lu, Any); empty for one that there is not."""
    import unicodedata

    if name == "Any":
        return ((0, _LAST),)
    found: list[tuple[int, int]] = []
    for code in range(_LAST + 1 if name else 0):
        if unicodedata.category(chr(code)).startswith(name):
            if found and found[-1][1] == code - 1:
                found[-1] = (found[-1][0], code)
            else:
                found.append((code, code))
    return tuple(found)
