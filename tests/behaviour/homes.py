"""Clusters on disk for tests: made once, copied for each case; reached in whole processes or in this one with a clock that can be moved."""

import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.client.rest import RestClient
from minikube_py.cluster import bootstrap
from minikube_py.cluster import cluster as clusters
from minikube_py.cluster.cluster import Cluster, Settings
from minikube_py.cluster.home import Home
from minikube_py.cluster.timers import Timers
from minikube_py.machinery import meta, scheme
from minikube_py.machinery.meta import Object
from minikube_py.testing import FakeClock, Result

ROOT = Path(__file__).parents[2]
NAME = "minikube"
Dump = dict[tuple[str, str, str], Object]
TIMEOUT = 120.0  # seconds that a command may take before it counts as hanging


def make(path: Path, **settings: Any) -> Path:
    """Create a home with one cluster, wait until its own pods run, and return the home's path."""
    cluster = bootstrap.create(Home(str(path)), Settings(**settings))
    clock = FakeClock(time.time())
    cluster.close()
    if not settings.get("without"):
        with opened(path, clock, name=cluster.settings.name) as desk:
            assert desk.advance(lambda: all(is_running(pod) for pod in desk.client.items("pods")), 60.0)
    return path


def copy(template: Path, path: Path) -> Path:
    """Copy a home that no process has open; a copy is as good as the original."""
    shutil.copytree(template, path)
    return path


def environment(home: Path | str, extra: Mapping[str, str] = {}) -> dict[str, str]:  # noqa: B006  (never changed)
    """Return the environment of a process that works in a home."""
    own = {"HOME": str(home), "KCTL_HOME": str(home), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    return {"PATH": os.environ["PATH"], **own, **extra}


def command(*words: str) -> list[str]:
    """Return the command line of a kctl process."""
    return [sys.executable, "-m", "minikube_py", *words]


def run(home: Path | str, *words: str, stdin: str | bytes = "", extra: Mapping[str, str] = {}, **options: Any) -> Result:  # noqa: B006  (never changed)
    """Run kctl as a process of its own."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(command(*words), input=given, capture_output=True, env=environment(home, extra), timeout=TIMEOUT, check=False, **options)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def start(home: Path | str, *words: str, extra: Mapping[str, str] = {}) -> "subprocess.Popen[bytes]":  # noqa: B006  (never changed)
    """Start kctl as a process of its own that reads nothing."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command(*words), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environment(home, extra))


def succeed(home: Path | str, *words: str, stdin: str = "") -> str:
    """Run kctl as a process of its own, which must not fail or complain; return what it printed."""
    result = run(home, *words, stdin=stdin)
    assert (result.code, result.err) == (0, ""), f"kctl {' '.join(words)}: exit code {result.code}\n{result.out}\n{result.err}"
    return result.out


class Desk:
    """A cluster that this process has open, with its clock."""

    def __init__(self, cluster: Cluster, clock: FakeClock, home: Path) -> None:
        self.cluster = cluster
        self.clock = clock
        self.home = home
        self.client: RestClient = cluster.client()

    def result(self, *words: str, stdin: str = "") -> Result:
        """Run one command line."""
        out, err = io.StringIO(), io.StringIO()
        code = main.run(words, streams=Streams(io.StringIO(stdin), out, err), environment=environment(self.home, {"KCTL_DEBUG": "1"}), cluster=self.cluster)
        return Result(code, out.getvalue(), err.getvalue())

    def __call__(self, *words: str, stdin: str = "") -> str:
        result = self.result(*words, stdin=stdin)
        assert (result.code, result.err) == (0, ""), f"kctl {' '.join(words)}: exit code {result.code}\n{result.out}\n{result.err}"
        return result.out

    def advance(self, done: Callable[[], bool], seconds: float) -> bool:
        """Let the clock run from timer to timer until `done()`; False where that takes longer than `seconds`."""
        end = self.clock.now() + seconds
        while True:
            self.cluster.settle()
            if done():
                return True
            due = Timers(self.cluster.backend).first()
            if due is None or due > end:
                return False
            self.clock.instant = max(due, self.clock.now())

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and everything happen that is due by then."""
        self.clock.advance(seconds)
        self.cluster.settle()


@contextmanager
def opened(home: Path, clock: FakeClock | None = None, *, name: str = NAME) -> Iterator[Desk]:
    """Open a home's cluster in this process, with a clock that stands still until it is moved."""
    clock = clock or FakeClock(time.time())
    where = Home(str(home))
    settings = Settings.read(where.cluster(name))
    plugins = clusters.plugin_manager(where)
    backend = clusters.open_backend(settings, where.cluster(name), plugins)
    cluster = Cluster(settings, backend, plugins, folder=where.cluster(name), clock=clock)
    try:
        yield Desk(cluster, clock, home)
    finally:
        cluster.close()


def is_running(pod: Object) -> bool:
    """Tell whether a pod runs with all its containers ready, or has done its work."""
    ready = meta.condition(pod, "Ready")
    return pod["status"].get("phase") == "Succeeded" or bool(ready and ready["status"] == "True" and pod["status"].get("phase") == "Running")


def everything(client: RestClient, *, without: Iterable[str] = ("events", "leases")) -> Dump:
    """Return every object of every kind by (resource, namespace, name), for comparing: without its version and times of changes."""
    found: Dump = {}
    for resource in client.resources():
        if resource.plural in without or "list" not in resource.verbs or resource in scheme.METRICS:  # those are never stored
            continue
        for item in client.items(resource):
            item["metadata"].pop("resourceVersion", None)
            for entry in item["metadata"].get("managedFields", ()):
                entry.pop("time", None)
            found[resource.qualified, meta.namespace(item), meta.name(item)] = item
    return found
