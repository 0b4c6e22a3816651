"""The plainest YAML, which most manifests and kubeconfigs are, read line by line: maps and lists by their indentation, scalars of one line.

For anything else it gives up, and the real parser reads the text: to load that takes longer than most commands have.
"""

import re
from typing import Any

from minikube_py.kits.yaml import resolve

_ODD = re.compile(r"[^\n -~]")
_LINE = re.compile(r"( *)(- +)?(?:([A-Za-z_][A-Za-z0-9_./-]{0,99}):(?: +(.*)| *)|(.+))", re.ASCII)
# Quoted without escapes; or plain: printable, no colon before a space, no comment, and no indicator in front.
_QUOTED = re.compile(r'"[ !#-\[\]-~]*"|\'[ -&(-~]*\'')
_PLAIN = re.compile(r'(?:[A-Za-z0-9_./$(+~]|-(?=[0-9]))(?:[ -"$-9;-~]|:(?! |\Z)|(?<! )#)*')
_DEEPEST = 100

Container = dict[str, Any] | list[Any]


class _GiveUp(Exception):
    """There is something in the text that is not plain."""


def read(text: str) -> tuple[Any, int] | None:
    """Return the value of a text of one document and the line where it begins, from 0; None where the text has to be parsed."""
    if _ODD.search(text):
        return None
    reader = _Reader()
    start = -1
    try:
        for number, line in enumerate(text.split("\n")):
            if not line.strip(" ") or line.lstrip(" ")[0] == "#":
                continue
            if start < 0:
                start = number
                if line == "---":
                    continue
            reader.take(line)
    except _GiveUp:
        return None
    return None if reader.root is None else (reader.root, start)


class _Reader:
    """What has been read, and the blocks that are open."""

    def __init__(self) -> None:
        self.root: Container | None = None
        self._open: list[tuple[int, Container]] = []  # with their indentation, the innermost last
        self._awaiting: tuple[dict[str, Any], str, int] | None = None  # a key without a value on its line

    def take(self, line: str) -> None:
        """Take the next line that is neither blank nor a comment."""
        match = _LINE.fullmatch(line)
        if match is None:
            raise _GiveUp
        spaces, dash, key, value, alone = match.groups()
        indent = len(spaces)
        container = self._block(indent, bool(dash))
        if dash:
            if key is None:
                container.append(_scalar(alone))  # type: ignore[union-attr]
                return
            inner: dict[str, Any] = {}
            container.append(inner)  # type: ignore[union-attr]
            container, indent = inner, indent + len(dash)
            self._begin(indent, inner)
        if key is None or not isinstance(container, dict) or key in container or key in resolve.WORDS:
            raise _GiveUp
        if value is None or not value.strip(" "):
            container[key] = None
            self._awaiting = (container, key, indent)
        else:
            container[key] = _scalar(value)

    def _block(self, indent: int, is_item: bool) -> Container:
        """Return the block that a line of this indentation stands in; it may be the first one there."""
        if self._awaiting is not None:
            owner, key, least = self._awaiting
            self._awaiting = None
            if indent > least or (is_item and indent == least):
                owner[key] = self._begin(indent, [] if is_item else {})
                return self._open[-1][1]
        elif self.root is None:
            self.root = self._begin(indent, [] if is_item else {})
        while self._open and (self._open[-1][0] > indent or (self._open[-1][0] == indent and not is_item and isinstance(self._open[-1][1], list))):
            self._open.pop()
        if not self._open or self._open[-1][0] != indent or isinstance(self._open[-1][1], list) is not is_item:
            raise _GiveUp
        return self._open[-1][1]

    def _begin(self, indent: int, block: Container) -> Container:
        if len(self._open) >= _DEEPEST:
            raise _GiveUp
        self._open.append((indent, block))
        return block


def _scalar(text: str) -> Any:
    text = text.rstrip(" ")
    if _PLAIN.fullmatch(text):
        value = resolve.plain(text) if text[0] in resolve.HINTS else text
        if value.__class__ is resolve.NotFinite:
            raise _GiveUp
        return value
    if _QUOTED.fullmatch(text):
        return text[1:-1]
    if text in ("{}", "[]"):
        return {} if text == "{}" else []
    raise _GiveUp
