r"""Pages of command lines with what they must print.

    # a comment
    @ file pod.yaml              a file in the working directory; its lines follow
    | kind: Pod
    $ kubectl get pods | grep web        a line for the shell
    > more of the line, as in a here-document
    / web-\w+ +1/1 +Running      a pattern that is found in what is printed, on standard output or standard error
    = 1                          the exit code, where it is not 0

All lines of a page run in one shell, so that variables, functions and jobs last.
"""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent


class Line(NamedTuple):
    """A command line, and what is said of it."""

    number: int
    text: str
    patterns: tuple[str, ...]
    code: int


class Page(NamedTuple):
    """A file."""

    name: str
    files: dict[str, str]
    lines: tuple[Line, ...]


def all_pages() -> list[Path]:
    """Return the files there are."""
    return sorted(ROOT.glob("*.txt"))


def read(path: Path) -> Page:
    """Read a file; ValueError names the line that makes no sense."""
    files: dict[str, str] = {}
    lines: list[Line] = []
    name = ""
    for number, text in enumerate(path.read_text().splitlines(), 1):
        mark, rest = text[:1], text[2:]
        if text.startswith("@ file "):
            name = text[7:]
            files[name] = ""
        elif mark == "|":
            files[name] += rest + "\n"
        elif mark == "$":
            lines.append(Line(number, rest, (), 0))
        elif mark in (">", "/", "=") and lines:
            lines[-1] = _with(lines[-1], mark, rest)
        elif text and mark != "#":
            raise ValueError(f"{path.name}:{number}: {text}")
    return Page(path.stem, files, tuple(lines))


def _with(line: Line, mark: str, rest: str) -> Line:
    if mark == ">":
        return line._replace(text=f"{line.text}\n{rest}")
    if mark == "=":
        return line._replace(code=int(rest))
    re.compile(rest)
    return line._replace(patterns=(*line.patterns, rest))
