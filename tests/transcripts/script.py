"""Files of command lines with what they print. Such a file is written by hand but for what is printed: `python -m tests.transcripts record FILE` adds that.

    # a comment
    @ file pod.yaml                      a file in the working directory, executable; its lines follow
    | kind: Pod
    $ KUBE_EDITOR=./edit kubectl edit pod/one < input
    ~ why kctl prints something else     (where it does, and nothing can be done about it)
    % any order                          (where kubectl prints lines in the random order of Go's maps)
    1| a line on standard output
    1\\ a last one that no newline ends
    2| a line on standard error
    = 1                                  the exit code, where it is not 0

Words are quoted as in a shell. What each run makes anew (ages, names, addresses) is masked: masks.py.
"""

import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent


class Printed(NamedTuple):
    """What a command gave."""

    code: int
    out: str
    err: str


class Step(NamedTuple):
    """One command line: where it stands in the file, its words (that of the program left out), and what it printed."""

    line: str
    words: tuple[str, ...]
    environment: dict[str, str]
    stdin: str  # the name of a file
    reason: str  # why kctl is different
    any_order: bool
    printed: Printed


class Script(NamedTuple):
    """A file."""

    name: str
    files: dict[str, str]
    steps: tuple[Step, ...]
    parts: tuple["str | Step", ...]  # all of it in order: texts that stay, and steps


def topics() -> list[Path]:
    """Return the files there are."""
    return sorted(ROOT.glob("*.txt"))


def read(path: Path) -> Script:
    """Read a file; ValueError names the line that makes no sense."""
    parts: list[str | Step] = []
    files: dict[str, str] = {}
    name = ""
    lines = path.read_bytes().decode().split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("$ "):
            end = number + 1
            while end < len(lines) and lines[end][:2] in ("1|", "2|", "1\\", "2\\", "= ", "~ ", "% "):
                end += 1
            parts.append(_step(line, lines[number + 1 : end]))
            number = end
            continue
        if line.startswith("@ file "):
            name = line[7:]
            files[name] = ""
        elif line[:2] in ("| ", "|"):
            files[name] += line[2:] + "\n"
        elif line and not line.startswith("#"):
            raise ValueError(f"{path.name}:{number + 1}: {line}")
        parts.append(line)
        number += 1
    return Script(path.stem, files, tuple(part for part in parts if isinstance(part, Step)), tuple(parts))


def _step(line: str, below: list[str]) -> Step:
    words = shlex.split(line[2:])
    environment = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if words.pop(0) != "kubectl":
        raise ValueError(f"{line}: only kubectl is run")
    stdin = ""
    if len(words) > 1 and words[-2] == "<":
        stdin = words[-1]
        del words[-2:]
    texts = {"1": "", "2": "", "~": "", "=": "0", "%": ""}
    for text in below:
        texts[text[0]] = texts[text[0]] + text[3:] + ("\n" if text[1] == "|" else "") if text[0] in "12" else text[2:]
    if texts["%"] not in ("", "any order"):
        raise ValueError(f"{line}: {texts['%']}")
    return Step(line, tuple(words), environment, stdin, texts["~"], bool(texts["%"]), Printed(int(texts["="]), texts["1"], texts["2"]))


def written(parts: "tuple[str | Step, ...]") -> str:
    """Return the text of a file."""
    return "\n".join(part if isinstance(part, str) else "\n".join(_lines(part)) for part in parts)


def _lines(step: Step) -> list[str]:
    found = [step.line]
    if step.reason:
        found.append(f"~ {step.reason}")
    if step.any_order:
        found.append("% any order")
    for number, text in (("1", step.printed.out), ("2", step.printed.err)):
        lines = text.split("\n")
        found += [f"{number}| {line}" for line in lines[:-1]]
        if lines[-1]:
            found.append(f"{number}\\ {lines[-1]}")
    return [*found, f"= {step.printed.code}"] if step.printed.code else found
