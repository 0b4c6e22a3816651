"""How a string is written: plain, quoted or as a block, as goyaml v2's emitter decides, lines folded past 80 columns."""

import re
from functools import cache

from minikube_py.kits import gofmt
from minikube_py.kits.yaml import resolve

WIDTH = 80
_SAFE = re.compile(r"[A-Za-z/_$(][A-Za-z0-9_./$()=+-]*\Z")
_FIRST_INDICATORS = frozenset("#,[]{}&*!|>'\"%@`")
_SPECIAL_ASCII = re.compile(r"[^\n\x20-\x7e]")
_UNQUOTABLE_ASCII = re.compile(r'[^\x20-\x7e]|["\\]')
_INDICATOR_INSIDE = re.compile(r":(?=[ \t]|\Z)|(?<=[ \t\n])#")
_BREAKS = re.compile("[\n\r\x85\u2028\u2029]")
_EVERYTHING = re.compile("(?s:.)")
_ESCAPES = {
    "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r", "\x1b": "\\e", '"': '\\"',
    "\\": "\\\\", "\x85": "\\N", "\xa0": "\\_", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip


@cache
def _wide() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the two patterns for text beyond ASCII, which take milliseconds to compile."""
    # Beyond what libyaml takes for printable (nothing past the basic plane, no byte order mark), the separators U+2028 and
    # U+2029: goyaml breaks lines there, and few readers agree with it.
    special = "\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]"
    return re.compile("[^\n" + special), re.compile(f'[^{special}|["\\\\]')


def _has_special(text: str) -> bool:
    return (_SPECIAL_ASCII if text.isascii() else _wide()[0]).search(text) is not None


def write(text: str, column: int, indent: int, *, is_key: bool = False) -> str:
    """Return a string as it stands from `column` on, lines that follow indented by `indent`; without its last line break."""
    if _SAFE.match(text) and text not in resolve.WORDS:
        return text
    if not text.isascii():
        text = gofmt.valid_text(text)
    width = 1 << 62 if is_key else WIDTH - column
    if "\n" in text:
        if is_key or text.endswith(" ") or " \n" in text or _has_special(text):
            return _double_quoted(text, width, indent)
        return _literal(text, indent)
    if not resolve.is_plain_string(text) or _has_special(text):
        return _double_quoted(text, width, indent)
    if _is_delicate(text):
        return _single_quoted(text, width, indent)
    return text if len(text) <= width else _fold(text.split(" "), width, indent)


def is_simple_key(text: str) -> bool:
    """Tell whether a key may stand before its colon; a longer one, or one of several lines, is put after a `?`."""
    return len(text.encode("utf-8", "replace")) <= 128 and _BREAKS.search(text) is None


def _is_delicate(text: str) -> bool:
    first = text[0]
    if first in _FIRST_INDICATORS or text.startswith(("---", "...")):
        return True
    if first in "?:-" and (len(text) == 1 or text[1] == " "):
        return True
    return first == " " or text[-1] == " " or _INDICATOR_INSIDE.search(text) is not None


def _fold(words: list[str], room: int, indent: int) -> str:
    """Join words with spaces; the first space past the room becomes a line break, unless it stands beside another one."""
    margin = "\n" + " " * indent
    out, used = [words[0]], len(words[0])
    for before, word in zip(words, words[1:], strict=False):
        if used > room and before and word:
            out.append(margin)
            used, room = 0, WIDTH - indent
        else:
            out.append(" ")
            used += 1
        out.append(word)
        used += len(word)
    return "".join(out)


def _single_quoted(text: str, room: int, indent: int) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted if len(quoted) <= room else _fold(quoted.split(' '), room - 1, indent)}'"


def _double_quoted(text: str, room: int, indent: int) -> str:
    # A byte order mark in front makes goyaml escape all that follows it.
    unquotable = _EVERYTHING if text.startswith("\ufeff") else _UNQUOTABLE_ASCII if text.isascii() else _wide()[1]
    quoted = unquotable.sub(_escape, text)
    return f'"{quoted if len(quoted) <= room else _fold_escaped(quoted.split(" "), room - 1, indent)}"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    short = _ESCAPES.get(char)
    if short is not None:
        return short
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _fold_escaped(words: list[str], room: int, indent: int) -> str:
    """Fold as _fold does; between double quotes a run of spaces can be folded too, the rest of it behind a backslash."""
    margin = "\n" + " " * indent
    out, used = [words[0]], len(words[0])
    for index, word in enumerate(words[1:], 1):
        is_last = index == len(words) - 1 and not word
        if used > room and words[index - 1] and not is_last:
            out.append(margin if word else margin + "\\")
            used, room = (0 if word else 1), WIDTH - indent
        else:
            out.append(" ")
            used += 1
        out.append(word)
        used += len(word)
    return "".join(out)


def _literal(text: str, indent: int) -> str:
    hint = "2" if text[0] in " \n" else ""
    if not text.endswith("\n"):
        chomp, body = "-", text
    else:
        chomp, body = ("+" if text == "\n" or text[-2] == "\n" else ""), text[:-1]
    margin = " " * indent
    return f"|{hint}{chomp}\n" + "\n".join(margin + line if line else "" for line in body.split("\n"))
