"""Fixtures for all tests: `kctl`, the command line over a cluster in memory."""

import io
from collections.abc import Iterator

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.cluster import bootstrap
from minikube_py.cluster.cluster import Cluster, Settings
from minikube_py.plugin.manager import PluginManager
from minikube_py.storage.memory import MemoryBackend


class Kctl:
    """Runs command lines in this process: `kctl("get pods")` returns what was printed and fails the test on any error."""

    def __init__(self, cluster: Cluster, home: str) -> None:
        self.cluster = cluster
        self.environment = {"KCTL_HOME": home}

    def result(self, line: str | list[str], stdin: str = "") -> tuple[int, str, str]:
        """Run one command line; return exit code, standard output and standard error. A text is split as a shell does."""
        import shlex

        words = shlex.split(line) if isinstance(line, str) else line
        out, err = io.StringIO(), io.StringIO()
        code = main.run(words, streams=Streams(io.StringIO(stdin), out, err), environment=self.environment, cluster=self.cluster)
        return code, out.getvalue(), err.getvalue()

    def __call__(self, line: str | list[str], stdin: str = "") -> str:
        code, out, err = self.result(line, stdin)
        assert (code, err) == (0, ""), f"kctl {line}: exit code {code}, standard error:\n{err}"
        return out


@pytest.fixture
def kctl(tmp_path) -> Iterator[Kctl]:
    cluster = Cluster(Settings(), MemoryBackend(), PluginManager())
    bootstrap.populate(cluster)
    yield Kctl(cluster, str(tmp_path / "home"))
    cluster.close()
