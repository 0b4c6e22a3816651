"""One shell for a page: each line's output and exit code go to files of their own."""

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.tutorials.pages import Line, Page

_PATIENCE = 300.0


class Printed(NamedTuple):
    """What a line gave."""

    code: int
    text: str


def program(folder: Path, line: str) -> str:
    """Put a `kubectl` into a folder, which runs another command line; return a PATH that begins there."""
    folder.mkdir()
    path = folder / "kubectl"
    path.write_text(f'#!/bin/sh\nexec {line} "$@"\n')
    path.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def play(page: Page, place: Path, environment: Mapping[str, str], between: str = "") -> list[Printed]:
    """Run all lines of a page in a working directory, and a command between them; what still runs behind them is ended."""
    found = place / "found"
    work = place / "work"
    for folder in (found, work):
        folder.mkdir()
    for name, text in page.files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o700)
    script = "".join(_step(line, found, between) for line in page.lines)
    shell = subprocess.Popen(["bash", "-c", script], cwd=work, env=dict(environment), start_new_session=True)
    try:
        shell.wait(timeout=_PATIENCE)
    finally:
        _end(shell.pid)
        shell.wait()
    return [Printed(_code(found / f"{line.number}.code"), _text(found / str(line.number))) for line in page.lines]


def _step(line: Line, found: Path, between: str) -> str:
    printed, code = shlex.quote(str(found / str(line.number))), shlex.quote(str(found / f"{line.number}.code"))
    return f"{{\n{line.text}\n}} >{printed} 2>&1 </dev/null\necho $? >{code}\n{between}\n"


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing runs any more


def _code(path: Path) -> int:
    return int(path.read_text()) if path.exists() else -1


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
