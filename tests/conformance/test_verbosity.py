"""-v=7 to 9 on a server: the same lines as kubectl 1.33 logs, places in its source included; times, ids and names of programs are masked."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.conftest import Result, Served, run
from tests.transcripts.__main__ import newest

_OWN = re.compile(r'.*(loader\.go|envvar\.go|discovery_client\.go|url="[^"]*/apis?\?timeout=32s").*\n')  # what each says of itself, or knows already
_MASKS = (
    (re.compile(r"^([EIW])\d{4} [\d:.]+ +\d+ ", re.MULTILINE), r"\1 "),
    (re.compile(r"(illiseconds)=\d+"), r"\1=N"),
    (re.compile(r"(User-Agent: )[^\"\n]*"), r"\1<agent>"),
    (re.compile(r"((?:Audit-Id|Date): ).*"), r"\1<new>"),
    (re.compile(r"\b(?:kctl|kubectl(?:\.1\.33)?)\b"), "kubectl"),
)
LINES = (
    "get configmap none -v=8",
    "get configmap none -v=9",
    "get namespaces -v=7 --as jane --as-group a --as-group b --as-uid 7",
    "get configmaps -A -v=8 -o name",
    "get namespace default -v=9 -o yaml",
    "get namespaces -v=10 --raw /api",
    "get namespaces -v=8 --chunk-size=1 -o json",
    "get pods -v=7 --token=sesame",
    "get secrets -n kube-system -v=7",
    "version -v=8",
    "get --raw /api -v=9",
    "get --raw /healthz?verbose -v=8 --request-timeout=9s",
    "annotate namespace default a=b --overwrite -v=7",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served cluster."""
    opened = Served(tmp_path_factory.mktemp("served"))
    yield opened
    opened.stop()


@pytest.mark.parametrize("line", LINES)
def test_the_same_is_logged(served: Served, tmp_path: Path, line: str) -> None:
    binary = newest()
    if not binary:
        pytest.skip("there is no kubectl 1.33 here")
    around = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KCTL_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    programs = ([binary], [sys.executable, "-m", "minikube_py"])
    for program in programs:  # so that both know what is served
        run([*program, "--kubeconfig", served.kubeconfig, "get", "namespace", "default"], around)
    run([binary, "--kubeconfig", served.kubeconfig, "annotate", "namespace", "default", "a=b", "--overwrite"], around)
    theirs, ours = (run([*program, "--kubeconfig", served.kubeconfig, *line.split()], around) for program in programs)
    assert masked(ours) == masked(theirs)


def masked(result: Result) -> tuple[int, str, list[list[str]]]:
    """Return what was printed and logged, line by line; headers for curl come in any order."""
    text = _OWN.sub("", result.err)
    for pattern, put in _MASKS:
        text = pattern.sub(put, text)
    return result.code, result.out, [sorted(re.split(r" (?=-H |')", line)) for line in text.splitlines()]
