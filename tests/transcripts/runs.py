"""The three that run a script: kubectl on a served cluster, kctl on that cluster's address, and kctl in process. Each run has a cluster of its own."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from minikube_py.cli import commands, main
from minikube_py.cluster import timers
from minikube_py.storage import sqlite
from tests.conformance.conftest import HASTE, Served
from tests.transcripts import masks
from tests.transcripts.script import Printed, Script

KCTL = (sys.executable, "-m", "minikube_py")
_PATIENCE = 60.0  # seconds that loops may take after a command
_PLAIN = {"KCTL_DESCRIPTIONS": "none"}  # kctl explain: the words are those of others


def kubectl(script: Script, home: Path, binary: str) -> list[Printed]:
    """Run a script by kubectl against a server."""
    return _on_server(script, home, (binary,), own=False)


def remote(script: Script, home: Path) -> list[Printed]:
    """Run a script by kctl against a server."""
    return _on_server(script, home, KCTL, own=True, before=("--kubeconfig", str(home / "kubeconfig")))


def in_process(script: Script, home: Path) -> list[Printed]:
    """Run a script by kctl on a store."""
    return _run(script, home, KCTL, {"PYTHONPATH": os.pathsep.join(sys.path)}, own=True)


def _on_server(script: Script, home: Path, program: tuple[str, ...], *, own: bool, before: tuple[str, ...] = ()) -> list[Printed]:
    served = Served(home, **_PLAIN)
    environment = {"KUBECONFIG": served.kubeconfig} if not own else {"PYTHONPATH": os.pathsep.join(sys.path), "KCTL_HOME": str(home / "other")}
    try:
        with contextlib.closing(_Quiet(home)) as quiet:
            quiet()
            return _run(script, home, program, environment, own=own, after=quiet, before=before)
    finally:
        served.stop()


def _run(script: Script, home: Path, program: tuple[str, ...], environment: Mapping[str, str], *, own: bool,
         after: Callable[[], None] = lambda: None, before: tuple[str, ...] = ()) -> list[Printed]:  # fmt: skip
    place = home / "work"
    place.mkdir(parents=True)
    for name, text in script.files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o700)
    homes = {"HOME": str(home), "KCTL_HOME": str(home / "kctl")}
    usual = {"PATH": os.environ["PATH"], **homes, "TERM": "dumb", "LANG": "C.UTF-8", **_PLAIN, **HASTE, **environment}
    found = []
    for step in script.steps:
        given = (place / step.stdin).read_text() if step.stdin else ""
        line, around = [*program, *(before if _is_known(step.words) else ()), *step.words], {**usual, **step.environment}
        done = subprocess.run(line, cwd=place, env=around, input=given.encode(), capture_output=True, timeout=120, check=False)
        after()
        printed = Printed(done.returncode, *(text.decode(errors="backslashreplace") for text in (done.stdout, done.stderr)))
        found.append(masks.mask(printed, step, {str(place): "<dir>", str(home): "<home>"}, own=own))
    return found


def _is_known(words: Sequence[str]) -> bool:
    """Tell whether a line means a command of kctl's own: before others no flag may stand."""
    position = main.command_at(list(words))
    return position is None or commands.find(words[position]) is not None or words[position] in ("help", "options", "__complete", "__completeNoDesc")


class _Quiet:
    """Waits until the loops of a served cluster have nothing to do: a command of kctl's own ends then, too. Its store tells, as it tells kctl."""

    def __init__(self, home: Path) -> None:
        self._store = sqlite.open_store(str(home / "kctl" / "clusters" / "minikube" / "store.db"), create=False)

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def __call__(self) -> None:
        end = time.monotonic() + _PATIENCE
        while not timers.is_quiet(self._store, time.time()):
            assert time.monotonic() < end, "the loops do not come to rest"
            time.sleep(0.002)
