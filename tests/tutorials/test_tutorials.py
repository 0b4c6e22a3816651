"""The lines of the tutorials run as the tutorials say: with kctl for kubectl, and with kubectl on a served cluster."""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.conformance.conftest import Served
from tests.transcripts import __main__ as recorder
from tests.tutorials import pages, shell
from tests.tutorials.pages import Page
from tests.tutorials.shell import Printed

PAGES = [pytest.param(path, id=path.stem) for path in pages.all_pages()]


def compare(page: Page, found: list[Printed]) -> None:
    """Tell all lines that print or end otherwise than the page says."""
    wrong = []
    for line, printed in zip(page.lines, found, strict=True):
        missing = [pattern for pattern in line.patterns if not re.search(pattern, printed.text, re.MULTILINE)]
        if printed.code != line.code or missing:
            wrong.append(f"{page.name}:{line.number}: $ {line.text}\n{printed.text[:1500]}= {printed.code}\nnot found: {missing}")
    assert not wrong, "\n" + "\n".join(wrong)


def usual(home: Path, program: str) -> dict[str, str]:
    path = shell.program(home / "bin", program)
    return {"PATH": path, "HOME": str(home), "KCTL_HOME": str(home / "kctl"), "TERM": "dumb", "LANG": "C.UTF-8"}


@pytest.mark.parametrize("path", PAGES)
def test_with_kctl(path: Path, tmp_path: Path) -> None:
    page = pages.read(path)
    own = ("env", f"PYTHONPATH={os.pathsep.join(sys.path)}", sys.executable, "-m", "minikube_py")  # and not for the pages' own python3
    compare(page, shell.play(page, tmp_path, usual(tmp_path, shlex.join(own))))


@pytest.mark.long
@pytest.mark.parametrize("path", PAGES)
def test_with_kubectl(path: Path, tmp_path: Path) -> None:
    binary = recorder.newest()
    if not binary:
        pytest.skip("there is no kubectl 1.33 beside the kubectl on PATH")
    page = pages.read(path)
    served = Served(tmp_path)
    try:
        environment = {**usual(tmp_path, shlex.quote(binary)), "KUBECONFIG": served.kubeconfig}
        compare(page, shell.play(page, tmp_path, environment, between="sleep 0.6"))  # as who reads on and looks then
    finally:
        served.stop()


def test_there_are_many_lines() -> None:
    lines = [line for path in pages.all_pages() for line in pages.read(path).lines]
    print(f"{sum('kubectl' in line.text for line in lines)} lines with kubectl on {len(PAGES)} pages")
    assert sum("kubectl" in line.text for line in lines) >= 250
