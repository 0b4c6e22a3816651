"""kctl prints what kubectl printed; and kubectl, where it is there, prints that still."""

import difflib
from pathlib import Path

import pytest

from tests.transcripts import __main__ as recorder
from tests.transcripts import runs, script
from tests.transcripts.script import Printed, Script, Step

TOPICS = [pytest.param(path, id=path.stem) for path in script.topics()]


def compare(known: Script, found: list[Printed]) -> None:
    """Tell all command lines that print something else than was recorded, and those that no longer do though the file says so."""
    wrong: list[str] = []
    for step, printed in zip(known.steps, found, strict=True):
        if bool(step.reason) != (printed != step.printed):
            wrong.append(_shown(step, printed))
    assert not wrong, "\n" + "\n".join(wrong)


def _shown(step: Step, printed: Printed) -> str:
    if step.reason:
        return f"{step.line}\n  is no longer different: {step.reason}"
    one, other = (script.written((step._replace(printed=which),)).split("\n") for which in (step.printed, printed))
    return "\n".join([step.line, *list(difflib.unified_diff(one, other, "kubectl", "kctl", lineterm="", n=2))])


@pytest.mark.parametrize("path", TOPICS)
def test_kctl_in_process(path: Path, tmp_path: Path) -> None:
    known = script.read(path)
    compare(known, runs.in_process(known, tmp_path))


@pytest.mark.parametrize("path", TOPICS)
def test_kctl_remote(path: Path, tmp_path: Path) -> None:
    known = script.read(path)
    compare(known, runs.remote(known, tmp_path))


@pytest.mark.parametrize("path", TOPICS)
def test_kubectl(path: Path, tmp_path: Path) -> None:
    binary = recorder.newest()
    if not binary:
        pytest.skip("there is no kubectl 1.33 beside the kubectl on PATH")
    known = script.read(path)
    compare(known._replace(steps=tuple(step._replace(reason="") for step in known.steps)), runs.kubectl(known, tmp_path, binary))


def test_the_table_of_the_documents_is_up_to_date() -> None:
    text = recorder.DOCUMENT.read_text()
    assert recorder.with_table(text) == text, "python -m tests.transcripts table"
