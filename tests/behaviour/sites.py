"""Clusters on a container engine, for tests: commands run as whole processes, and the engine is looked at without going through kctl."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from minikube_py.kubelet.engines import api
from minikube_py.testing import Result
from tests.behaviour import homes
from tests.engines.daemons import IMAGE, Daemon

CLUSTER = "real"
ALLOWED = "allowed"  # the directory in its home that pods of `site` may mount
PATIENCE = 120.0  # seconds until something must have happened
LOOP = "trap 'exit 0' TERM; while true; do sleep 0.1; done"


class Site:
    """A cluster on one engine."""

    def __init__(self, home: Path, daemon: Daemon) -> None:
        self.home = home
        self.daemon = daemon
        self.engine = daemon.open()
        settings = json.loads((home / "clusters" / CLUSTER / "cluster.json").read_text()) if (home / "clusters").exists() else {}
        self.label = {"dev.kctl.cluster": f"{CLUSTER}-{settings.get('id', '')}"}

    def result(self, *words: str, stdin: str = "") -> Result:
        return homes.run(self.home, *words, stdin=stdin, extra={"KCTL_DEBUG": "1", **self.daemon.environment})

    def __call__(self, *words: str, stdin: str = "") -> str:
        found = self.result(*words, stdin=stdin)
        assert (found.code, found.err) == (0, ""), f"kctl {' '.join(words)}: exit code {found.code}\n{found.out}\n{found.err}"
        return found.out

    def apply(self, *objects: dict[str, Any]) -> None:
        self("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def pod(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self("get", "pod", name, "-o", "json"))
        return found

    def until(self, name: str, holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """Return a pod as soon as something holds of it; each look is a command, which lets the loops work."""
        end = time.monotonic() + PATIENCE
        while True:
            found = self.pod(name)
            if holds(found):
                return found
            assert time.monotonic() < end, f"{name} stays {json.dumps(found['status'], indent=1)}"
            time.sleep(0.2)

    def containers(self, name: str, container: str = "") -> list[api.Container]:
        """Return what the engine has of a pod (only one of its containers), without going through kctl."""
        wanted = {**self.label, "io.kubernetes.pod.name": name} | ({"io.kubernetes.container.name": container} if container else {})
        found = []
        for row in self.engine.list(wanted):
            with contextlib.suppress(api.NotFound):  # removed since it was listed
                found.append(self.engine.inspect(row.id))
        return found

    def pause(self, container: str) -> None:
        """Pause a container with the engine's own tool."""
        tool = [self.daemon.kind, "--remote"] if self.daemon.kind == "podman" else [self.daemon.kind]
        subprocess.run([*tool, "pause", container], env={**os.environ, **self.daemon.environment}, check=True, stdout=subprocess.DEVNULL)

    def reasons(self, name: str) -> list[str]:
        return self("get", "events", f"--field-selector=involvedObject.name={name}", "-o", "jsonpath={.items[*].reason}").split()


def soon(look: Callable[[], Any], wanted: Any) -> None:
    """Look until what is wanted is seen; each look is a command, which lets the loops work."""
    end = time.monotonic() + PATIENCE
    while (found := look()) != wanted:
        assert time.monotonic() < end, f"{found!r} is not {wanted!r}"
        time.sleep(0.2)


def left(engine: api.Engine, label: Mapping[str, str]) -> tuple[list[str], list[str], list[str]]:
    return [row.name for row in engine.list(label)], list(engine.networks(label)), list(engine.volumes(label))


@pytest.fixture(scope="module")
def site(engine_daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a cluster of two nodes on each engine, which must go without a trace. One directory of the machine may be mounted there."""
    home = tmp_path_factory.mktemp(f"engines-{engine_daemon.kind}")
    (home / ALLOWED).mkdir()
    options = ("--runtime", engine_daemon.kind, "--nodes", "2", "--allow-host-path", str(home / ALLOWED))
    made = homes.run(home, "cluster", "create", CLUSTER, *options, extra=engine_daemon.environment)
    assert made == Result(0, f'cluster "{CLUSTER}" created\n', "")
    there = Site(home, engine_daemon)
    yield there
    assert there("cluster", "delete", CLUSTER) == f'cluster "{CLUSTER}" deleted\n'
    assert left(there.engine, there.label) == ([], [], [])
    assert not (home / "clusters" / CLUSTER).exists()


def pod(name: str, *containers: dict[str, Any], labels: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "labels": dict(labels or {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": {"terminationGracePeriodSeconds": 2, **spec, "containers": list(containers) or [container("main")]}}  # fmt: skip


def container(name: str, script: str = LOOP, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", script], **more}


def status(found: dict[str, Any], name: str = "main", field: str = "containerStatuses") -> dict[str, Any]:
    return next(one for one in found["status"][field] if one["name"] == name)


def is_ready(found: dict[str, Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in found["status"]["conditions"])
