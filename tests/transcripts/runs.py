"""The three that run a script: kubectl on a served cluster, kctl on that cluster's address, and kctl in process. Each run has a cluster of its own."""

import base64
import http.client
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from minikube_py.cli import commands, main
from tests.conformance.conftest import HASTE, Served
from tests.transcripts import masks
from tests.transcripts.script import Printed, Script

KCTL = (sys.executable, "-m", "minikube_py")
_QUIET = 0.12  # seconds without a change
_PATIENCE = 10.0
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
    quiet = _Quiet(served.kubeconfig)
    try:
        quiet()
        environment = {"KUBECONFIG": served.kubeconfig} if not own else {"PYTHONPATH": os.pathsep.join(sys.path), "KCTL_HOME": str(home / "other")}
        return _run(script, home, program, environment, own=own, after=quiet, before=before)
    finally:
        quiet.close()
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
    """Waits until nothing has been written to a served cluster for a while: a command of kctl's own ends when the loops have nothing to do."""

    def __init__(self, kubeconfig: str) -> None:
        config = YAML(typ="safe").load(Path(kubeconfig))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        tls = ssl.create_default_context(cadata=_decoded(cluster["certificate-authority-data"]))
        parts = [Path(kubeconfig).with_name(f"{name}.pem") for name in ("certificate", "key")]
        for path, key in zip(parts, ("client-certificate-data", "client-key-data"), strict=True):
            path.write_text(_decoded(user[key]))
            path.chmod(0o600)
        tls.load_cert_chain(*parts)
        self._connection = http.client.HTTPSConnection(cluster["server"].removeprefix("https://"), context=tls)

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def _revision(self) -> str:
        self._connection.request("GET", "/api/v1/namespaces?limit=1", headers={"Accept": "application/json"})
        answer = self._connection.getresponse().read().decode()
        return answer.partition('"resourceVersion":"')[2].partition('"')[0]

    def __call__(self) -> None:
        seen, since, end = self._revision(), time.monotonic(), time.monotonic() + _PATIENCE
        while (now := time.monotonic()) < end and now - since < _QUIET:
            time.sleep(0.02)
            revision = self._revision()
            if revision != seen:
                seen, since = revision, time.monotonic()


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()
