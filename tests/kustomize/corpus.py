"""Cases of kustomizations: a text file each, with the files of the case and what kubectl kustomize makes of them.

    # what it shows
    @ kustomization.yaml        a file (`@ name -> target`: a link)
    | text
    $ kustomize ARGUMENTS       what is run in the directory of the files
    1| stdout
    2| stderr                   DIR stands for that directory
    = N                         exit code, where it is not 0
    ~ reason                    kctl's words differ here, and why: its error is then only compared for being one
"""

import os
from pathlib import Path
from typing import NamedTuple

CASES = Path(__file__).with_name("cases")


class Outcome(NamedTuple):
    """What a run printed."""

    code: int
    out: str
    err: str


class Case(NamedTuple):
    """One case. `source` is its text up to what was printed."""

    name: str
    source: str
    files: dict[str, str]
    links: dict[str, str]
    arguments: list[str]
    differs: str
    expected: Outcome

    def write(self, folder: Path) -> None:
        """Make the files of the case."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        for name, target in self.links.items():
            os.symlink(target, folder / name)


def load(path: Path) -> Case:
    """Read a case."""
    files: dict[str, list[str]] = {}
    links: dict[str, str] = {}
    printed: dict[str, list[str]] = {"1": [], "2": []}
    arguments, source, current, code, differs = ["."], [], "", 0, ""
    for line in path.read_text(encoding="utf-8", errors="surrogateescape").removesuffix("\n").split("\n"):
        mark, _, rest = line.partition(" ")
        if mark in ("1|", "2|"):
            printed[mark[0]].append(rest)
            continue
        if mark == "=":
            code = int(rest)
            continue
        source.append(line)
        if mark == "@" and " -> " in rest:
            links[rest.split(" -> ")[0]] = rest.split(" -> ")[1]
        elif mark == "@":
            current = rest
            files[current] = []
        elif mark == "|":
            files[current].append(rest)
        elif mark == "$":
            arguments = rest.split()[1:]
        elif mark == "~":
            differs = rest
    texts = {name: _decoded("\n".join([*lines, ""])) for name, lines in files.items()}
    expected = Outcome(code, *("".join(f"{line}\n" for line in printed[stream]) for stream in "12"))
    return Case(path.stem, "\n".join(source).rstrip("\n") + "\n", texts, links, arguments, differs, expected)


def _decoded(text: str) -> str:
    """Return a file's text; \\xff stands for that byte, and a last line of \\c for no line break at the end."""
    return text.removesuffix("\\c\n").replace("\\xff", "\udcff").replace("\\r", "\r")


def recorded(case: Case, found: Outcome) -> str:
    """Return the text of a case with what was printed."""
    lines = [f"{number}| {line}" for number, text in ((1, found.out), (2, found.err)) for line in text.removesuffix("\n").split("\n") if text]
    lines += [f"= {found.code}"] if found.code else []
    return case.source + "".join(f"{line}\n" for line in lines)


def all_cases() -> list[Case]:
    """Return all cases in the order of their names."""
    return [load(path) for path in sorted(CASES.glob("*.txt"))]
