"""Which flags the tests use: command lines in transcripts, and in the texts and lists of words that stand in test modules."""

import ast
import shlex
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from pathlib import Path

from minikube_py.cli.flags import Flag
from tests.surface import known
from tests.transcripts import script

TESTS = Path(__file__).parent.parent
UNKNOWN = "X"


class Evidence:
    """The flags of each command for which a test has been seen."""

    def __init__(self) -> None:
        self._commands = known.all_commands()
        self.seen: set[tuple[str, str]] = set()
        for words in _command_lines():
            self._note(words)

    def _note(self, words: Sequence[str]) -> None:
        after = dropwhile(lambda word: word in (UNKNOWN, "kctl", "kubectl") or word.startswith("-"), words)
        path, rest = self._path(list(after))
        if not path:
            return
        flags = self._commands[path]
        shorts = {flag.short: flag for flag in [*flags.values(), *known.GLOBALS.values()] if flag.short}
        for word in rest:
            if word == "--":
                return
            if word.startswith("--"):
                name = word[2:].partition("=")[0]
                if name in flags:
                    self.seen.add((path, name))
            elif word.startswith("-"):
                self._note_shorts(path, word[1:], shorts)

    def _note_shorts(self, path: str, letters: str, shorts: dict[str, Flag]) -> None:
        for letter in letters:
            flag = shorts.get(letter)
            if flag is None:
                return
            self.seen.add((path, flag.name))
            if flag.optional is None and flag.kind != "bool":
                return

    def _path(self, words: Sequence[str]) -> tuple[str, Sequence[str]]:
        """Return the longest command that the words begin with, and the words behind it."""
        length = 0
        while length < len(words) and " ".join(words[: length + 1]) in self._commands:
            length += 1
        return " ".join(words[:length]), words[length:]


def _command_lines() -> Iterator[Sequence[str]]:
    for path in script.topics():
        for step in script.read(path).steps:
            yield step.words
    for path in TESTS.rglob("*.py"):
        yield from _of_module(path)


def _of_module(path: Path) -> Iterator[Sequence[str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield from _split(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield from _split(_word(node))
        elif isinstance(node, ast.Call | ast.List | ast.Tuple):
            yield [_word(part) for part in (node.args if isinstance(node, ast.Call) else node.elts)]


def _word(node: ast.expr) -> str:
    """Return a text with what is known of it only when the test runs left out."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_word(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else UNKNOWN


def _split(text: str) -> Iterator[Sequence[str]]:
    for line in text.splitlines():
        try:
            yield shlex.split(line)
        except ValueError:
            continue
