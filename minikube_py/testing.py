"""For tests of plugins, policies and manifests: a whole cluster in memory, its clock in your hand. Needs pytest.

In conftest.py: `pytest_plugins = ["minikube_py.testing"]`; then use the fixtures kctl_clock, kctl_cluster and kctl, or the
functions: `cluster = testing.new_cluster(plugins=(mine,))`, `testing.run(cluster, "get pods")`.
"""

import io
import random
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.cluster import bootstrap
from minikube_py.cluster.cluster import Cluster, Settings
from minikube_py.plugin.manager import PluginManager
from minikube_py.storage.memory import MemoryBackend

START = 1767225600.0  # 2026-01-01T00:00:00Z


class FakeClock:
    """A clock that stands still until it is moved."""

    def __init__(self, instant: float = START) -> None:
        self.instant = instant

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self.instant

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.instant += seconds


class Result(NamedTuple):
    """What a command line gave."""

    code: int
    out: str
    err: str


def new_cluster(*, nodes: int = 1, without: tuple[str, ...] = (), plugins: tuple[Any, ...] = (), clock: FakeClock | None = None, seed: int = 0,
                populated: bool = True, **settings: Any) -> Cluster:  # fmt: skip
    """Return a new cluster in memory. `plugins` are modules or objects with hooks, registered beside the built-in ones; no others are loaded."""
    wanted = Settings(nodes=nodes, without=without, **settings)
    cluster = Cluster(wanted, MemoryBackend(), PluginManager(given=plugins), clock=clock or FakeClock(), rng=random.Random(seed))
    if populated:
        bootstrap.populate(cluster)
    return cluster


def run(cluster: Cluster, line: str | Sequence[str], *, stdin: str = "", environment: Mapping[str, str] | None = None) -> Result:
    """Run one kctl command line on a cluster, caught up with its clock; a text is split as a shell does."""
    cluster.catch_up()
    words = shlex.split(line) if isinstance(line, str) else list(line)
    out, err = io.StringIO(), io.StringIO()
    code = main.run(words, streams=Streams(io.StringIO(stdin), out, err), environment=environment or {}, cluster=cluster)
    return Result(code, out.getvalue(), err.getvalue())


class Kctl:
    """Command lines on one cluster: kctl("get pods") returns what is printed, and fails where the command fails or complains."""

    def __init__(self, cluster: Cluster, home: str = "") -> None:
        self.cluster = cluster
        self.environment = {"KCTL_HOME": home} if home else {}

    def __call__(self, line: str | Sequence[str], stdin: str = "") -> str:
        result = self.result(line, stdin)
        if result.code or result.err:
            raise AssertionError(f"kctl {line}: exit code {result.code}, standard error:\n{result.err}")
        return result.out

    def result(self, line: str | Sequence[str], stdin: str = "") -> Result:
        """Return exit code, output and error output."""
        return run(self.cluster, line, stdin=stdin, environment=self.environment)


@pytest.fixture
def kctl_clock() -> FakeClock:
    """A clock that stands still until advance() is called."""
    return FakeClock()


@pytest.fixture
def kctl_cluster(kctl_clock: FakeClock) -> Iterator[Cluster]:
    """A bootstrapped cluster of one node in memory."""
    cluster = new_cluster(clock=kctl_clock)
    yield cluster
    cluster.close()


@pytest.fixture
def kctl(kctl_cluster: Cluster, tmp_path: Path) -> Kctl:
    """Runs command lines on kctl_cluster, with a home of its own."""
    return Kctl(kctl_cluster, str(tmp_path / "home"))
