"""An operator made with kopf, in a process of its own, on ConfigMaps that kctl writes through the store."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conformance import clients
from tests.conformance.conftest import Served

pytest.importorskip("kopf", reason="kopf is not installed")

NAMES = tuple(f"map-{number}" for number in range(10))


@pytest.fixture(scope="module")
def space(served: Served) -> Iterator[str]:
    """A namespace for this module."""
    with clients.namespace(served, "kopf") as name:
        yield name


class Operator:
    """An operator in a process; its notes outlive it."""

    def __init__(self, served: Served, space: str, home: Path) -> None:
        self._line = [sys.executable, "-m", "kopf", "run", "--standalone", "--namespace", space, "--quiet", str(Path(__file__).with_name("colors.py"))]
        self._notes = home / "notes"
        self._notes.touch()
        self._environment = {**served.environment, "KUBECONFIG": served.kubeconfig, "NOTES": str(self._notes)}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it, and end it as an orchestrator would."""
        with subprocess.Popen(self._line, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                output, _ = process.communicate(timeout=clients.PATIENCE)
        assert (process.returncode, output) == (0, "")

    def notes(self) -> list[str]:
        return self._notes.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def operator(served: Served, space: str, tmp_path: Path) -> Operator:
    """An operator that does not run yet."""
    return Operator(served, space, tmp_path)


def apply(served: Served, space: str, color: str, *names: str, **labels: str) -> None:
    """Write ConfigMaps."""
    items = [{**clients.manifest("ConfigMap", name, space, **labels), "data": {"color": color}} for name in names]
    found = served.kctl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    assert (found.code, found.err) == (0, "")


def handled(served: Served, space: str, color: str) -> bool:
    """Tell whether kopf has noted in each object what it was when it was handled, and put its finalizer there."""
    found = json.loads(served.kctl("get", "cm", "-n", space, *NAMES, "-o", "json").out)
    metadata = [item["metadata"] for item in found["items"]]
    kept = [json.loads(one.get("annotations", {}).get("kopf.zalando.org/last-handled-configuration", "{}")) for one in metadata]
    return [one.get("data") for one in kept] == [{"color": color}] * len(NAMES) \
        and all(one["finalizers"] == ["kopf.zalando.org/KopfFinalizerMarker"] and one["labels"]["seen"] == "true" for one in metadata)


def test_each_event_is_handled_once(served: Served, space: str, operator: Operator) -> None:
    expected: set[str] = set()

    def come_true(*words: str) -> None:
        """Wait for a note of each word about each object."""
        expected.update(f"{word} {space}/{name}" for word in words for name in NAMES)
        clients.until(lambda: len(operator.notes()) >= len(expected))
        assert sorted(operator.notes()) == sorted(expected)

    with operator.running():
        apply(served, space, "blue", "unwatched")
        apply(served, space, "blue", *NAMES, watched="yes")
        come_true("created")
        clients.until(lambda: handled(served, space, "blue"))
        apply(served, space, "red", *NAMES, "unwatched", watched="yes")
        expected.add(f"created {space}/unwatched")  # it has become one of those that are watched
        come_true("updated blue to red")
        clients.until(lambda: handled(served, space, "red"))
    apply(served, space, "green", *NAMES, watched="yes")  # while nobody looks
    with operator.running():
        come_true("updated red to green")
        clients.until(lambda: handled(served, space, "green"))
        assert served.kctl("delete", "cm", "-n", space, *NAMES, "--wait=false").code == 0
        come_true("deleted")
        apply(served, space, "blue", "last", watched="yes")
        expected.add(f"created {space}/last")
        come_true()  # and nothing else before it
        assert served.kctl("delete", "cm", "-n", space, "-l", "watched", "--wait=false").code == 0
        clients.until(lambda: served.kctl("get", "cm", "-n", space, "-l", "watched", "-o", "name").out == "")
    assert sorted(operator.notes()) == sorted(expected | {f"deleted {space}/{name}" for name in ("last", "unwatched")})
