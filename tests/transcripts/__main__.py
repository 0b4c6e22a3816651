"""`python -m tests.transcripts record FILE ...` has kubectl 1.33 run scripts and writes down what it prints; `table` writes the table of the documents."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.conformance.conftest import VERSIONS
from tests.transcripts import runs, script

DOCUMENT = Path(__file__).parents[2] / "docs" / "compatibility.md"
_BEGIN, _END = "<!-- transcripts -->\n", "\n<!-- end of transcripts -->\n"


def newest() -> str:
    """Return the path of the newest kubectl beside the one on PATH, or nothing."""
    found = shutil.which("kubectl")
    path = os.path.join(os.path.dirname(os.path.realpath(found)), f"kubectl.{VERSIONS[-1]}") if found else ""
    return path if os.path.exists(path) else ""


def record(path: Path, binary: str) -> str:
    """Return the text of a file with what kubectl prints now."""
    known = script.read(path)
    with tempfile.TemporaryDirectory() as home:
        printed = iter(runs.kubectl(known, Path(home), binary))
    return script.written(tuple(part if isinstance(part, str) else part._replace(printed=next(printed)) for part in known.parts))


def table() -> str:
    """Return the table of what is compared, and the one of what differs."""
    known = [script.read(path) for path in script.topics()]
    rows = [f"| {one.name} | {len(one.steps)} | {sum(bool(step.reason) for step in one.steps)} |" for one in known]
    total = f"| **all** | **{sum(len(one.steps) for one in known)}** | **{sum(bool(step.reason) for one in known for step in one.steps)}** |"
    differences = [f"| `{step.line[2:].replace('|', chr(92) + '|')}` | {step.reason} |" for one in known for step in one.steps if step.reason]
    lines = ["| topic | command lines | different |", "|---|---|---|", *rows, total]
    return "\n".join([*lines, "", "| command | why kctl differs |", "|---|---|", *differences] if differences else lines)


def with_table(text: str) -> str:
    """Return the text of a document with the table as it is now."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}{table()}{_END}{rest.partition(_END)[2]}"


def main(words: list[str]) -> int:
    """Do what the command line asks for."""
    if words == ["table"]:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text()))
        return 0
    if len(words) < 2 or words[0] != "record":
        print(__doc__, file=sys.stderr)
        return 1
    binary = newest()
    if not binary:
        print(f"there is no kubectl.{VERSIONS[-1]} beside the kubectl on PATH", file=sys.stderr)
        return 1
    for word in words[1:]:
        Path(word).write_bytes(record(Path(word), binary).encode())
        print(word)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
