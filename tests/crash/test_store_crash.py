"""Writers are killed at random moments: what they acknowledged is there, nothing is there by half."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minikube_py.storage import sqlite
from minikube_py.storage.sqlite import SqliteBackend

CHILD = Path(__file__).with_name("storechild.py")
ROOT = Path(__file__).parents[2]
WRITERS = ("anna", "bert", "carl")


def start(path: str, name: str, seed: int) -> "subprocess.Popen[str]":
    """Start a writer."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, str(CHILD), path, name, str(seed)], stdout=subprocess.PIPE, text=True, env=environment)


def kill(child: "subprocess.Popen[str]") -> tuple[int, int]:
    """Kill a writer; return the last number and revision that it acknowledged in full, (0, 0) if none."""
    child.send_signal(signal.SIGKILL)
    output, _ = child.communicate()
    lines = [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return (int(lines[-1][0]), int(lines[-1][1])) if lines else (0, 0)


def check(path: str, acknowledged: dict[str, int], revision: int) -> None:
    """Open the store as the next command does and look for what was lost or is there by half."""
    store = sqlite.open_store(path)
    assert store.verify() == []
    assert store.revision() >= revision
    for name in WRITERS:
        number = int(store.state_get(name) or b"0")
        assert number >= acknowledged[name]
        left, right = store.get(f"/{name}/left"), store.get(f"/{name}/right")
        assert (left is None) == (right is None) == (number == 0)
        if left and right:
            assert (left.value, left.mod_revision) == (right.value, right.mod_revision)
            assert store.by_index("writer", name) == [left]
            assert left.version == number
            assert left.value.startswith(b"%d" % number)
    check_history(store)
    store.close()


def check_history(store: SqliteBackend) -> None:
    """Every revision since compaction is there, and replaying them ends where the store is."""
    compacted = store.compact_revision()
    events = store.events(compacted)
    assert sorted({event.kv.mod_revision for event in events}) == list(range(max(compacted, 1) + 1, store.revision() + 1))
    state = {kv.key: kv for kv in store.range("", revision=max(compacted, 1)).kvs}
    for event in events:
        assert event.prev == state.pop(event.kv.key, None)
        if event.type == "PUT":
            state[event.kv.key] = event.kv
    assert [state[key] for key in sorted(state)] == store.range("").kvs


def campaign(path: str, kills: int) -> None:
    """Keep three writers busy and kill them, one or all at once, `kills` times."""
    rng = random.Random(4)
    acknowledged = dict.fromkeys(WRITERS, 0)
    revision = killed = 0
    while killed < kills:
        children = {name: start(path, name, rng.randrange(1 << 30)) for name in WRITERS}
        time.sleep(rng.uniform(0.05, 0.5))
        for name, child in rng.sample(sorted(children.items()), len(children)):
            number, at = kill(child)
            acknowledged[name] = max(acknowledged[name], number)
            revision = max(revision, at)
            killed += 1
        check(path, acknowledged, revision)
    assert sum(acknowledged.values()) > 0  # on a loaded machine a writer may be killed before its first


@pytest.mark.parametrize("kills", [15, pytest.param(201, marks=pytest.mark.long)])
def test_killed_writers_lose_nothing(tmp_path: Path, kills: int) -> None:
    campaign(str(tmp_path / "home" / "store.db"), kills)
