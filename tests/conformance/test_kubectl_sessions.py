"""Every version of kubectl through the sessions of tests/conformance/kubectl: output, standard error and exit codes as written there."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance import sessions
from tests.conformance.conftest import Kubectl


@pytest.mark.parametrize("name", sessions.names())
def test_session(kubectl: Kubectl, tmp_path: Path, name: str) -> None:
    session = sessions.read(name)
    player = sessions.Player(kubectl, tmp_path, name)
    player.start(session)
    left = list(session.steps)
    try:
        while left:
            step = left.pop(0)
            found, expected = player.play(step), step.expected(kubectl.version)
            assert sessions.agrees(expected, found), f"kubectl/{name}.txt:{step.number}: {step.line}\n{expected}\n{found}"
    finally:
        player.end(left)


@pytest.mark.parametrize("name", sessions.names())
def test_differences_are_explained(name: str) -> None:
    assert [(step.number, one.reason) for step in sessions.read(name).steps for one in step.different if len(one.reason) < 8] == []


# Rows of the table in docs/compatibility.md: the commands whose lines each counts.
ROWS = (
    ("create", "run", "expose", "autoscale"),
    ("apply", "diff", "kustomize"),
    ("get",),
    ("describe", "explain"),
    ("edit", "patch", "replace", "set", "scale", "label", "annotate"),
    ("rollout",),
    ("delete", "wait", "events"),
    ("cordon", "uncordon", "drain", "taint", "top"),
    ("logs", "exec", "attach", "cp", "port-forward", "debug"),
    ("auth", "certificate"),
    ("api-resources", "api-versions", "cluster-info", "version"),
    ("config", "plugin", "completion", "options"),
)  # fmt: skip


def test_the_table_counts_the_lines() -> None:
    lines = Counter(step.family() for name in sessions.names() for step in sessions.read(name).steps)
    text = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text()
    counted = {tuple(re.findall(r"`([a-z-]+)`", row[1])): int(row[2]) for row in re.finditer(r"^\| ((?:`[a-z-]+`,? ?)+) \| (\d+) \|", text, re.MULTILINE)}
    assert counted == {row: sum(lines[command] for command in row) for row in ROWS}


def test_lines_of_some_versions_only() -> None:
    step = sessions.Step(1, "kubectl x", sessions.Outcome(("a", "b", "c")), (), ((1, ("1.33",)),))
    assert (step.expected("1.33").out, step.expected("1.27").out) == (("a", "b", "c"), ("a", "c"))
    assert sessions.agrees(sessions.Outcome(("a", "...", "c...")), sessions.Outcome(("a", "x", "y", "cd")))
    assert not sessions.agrees(sessions.Outcome(("a", "...", "c...")), sessions.Outcome(("a", "x", "dc")))
    assert not sessions.agrees(sessions.Outcome(("a",)), sessions.Outcome(("a",), code=1))
    assert (sessions.versions_of("1.27-1.29,1.31"), sessions.named(["1.31", "1.27", "1.28", "1.29"])) == (("1.27", "1.28", "1.29", "1.31"), "1.27-1.29,1.31")
