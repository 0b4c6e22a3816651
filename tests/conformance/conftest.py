"""A served cluster in a process of its own, and every kubectl that is found beside the one on PATH."""

import gc
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

VERSIONS = ("1.27", "1.28", "1.29", "1.30", "1.31", "1.32", "1.33")
# A command of some 50 ms ends before Go's garbage collector is of use: without it kubectl takes half as much of the processor.
HASTE = {"GOGC": "off", "GOMEMLIMIT": "512MiB"}
# What kubectl says of itself, whatever the server is.
_OWN_NOTES = re.compile(r"^(WARNING: (This version information is deprecated|version difference between client).*|"
                        r"Warning: Use tokens from the TokenRequest API.*)\n", re.MULTILINE)  # fmt: skip


class Result(NamedTuple):
    """What a command gave."""

    code: int
    out: str
    err: str


class Served:
    """A server in a process of its own."""

    def __init__(self, home: Path, port: int = 0, **environment: str) -> None:
        self.home = home
        self.kubeconfig = str(home / "kubeconfig")
        self.environment = {"KCTL_HOME": str(home / "kctl"), "HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path),
                            **environment}  # fmt: skip
        self.process = self._start(str(port))

    def _start(self, port: str) -> "subprocess.Popen[str]":
        line = [sys.executable, "-m", "minikube_py", "serve", "--port", port, "--write-kubeconfig", self.kubeconfig]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        assert process.stdout is not None and process.stderr is not None
        first = process.stdout.readline()
        found = re.fullmatch(r'Serving cluster "minikube" at https://127\.0\.0\.1:(\d+)\n', first)
        assert found, first + process.stderr.read()
        self.port = found.group(1)
        process.stdout.readline()  # the kubeconfig is written
        return process

    def restart(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the server by a signal, and start it again on the same port."""
        self.stop(number)
        self.process = self._start(self.port)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End the server by a signal; return its exit code and what it had to complain of."""
        self.process.send_signal(number)
        _, complaints = self.process.communicate(timeout=60)
        return self.process.returncode, complaints

    def kctl(self, *words: str, stdin: str = "") -> Result:
        """Run kctl on the same cluster, through its store."""
        return run([sys.executable, "-m", "minikube_py", *words], self.environment, stdin)


class Kubectl:
    """One version of kubectl on a server."""

    def __init__(self, path: str, version: str, served: Served, home: Path) -> None:
        self.version = version
        self._path = path
        self.environment = {**served.environment, **HASTE, "KUBECONFIG": served.kubeconfig, "HOME": str(home)}

    def __call__(self, *words: str, stdin: str = "") -> Result:
        """Run a command."""
        return self.run(words, self.environment, stdin)

    def run(self, words: Sequence[str], environment: dict[str, str], stdin: str = "", folder: Path | None = None) -> Result:
        """Run a command in an environment and a folder of its own."""
        found = run([self._path, *words], environment, stdin, folder)
        return found._replace(err=_OWN_NOTES.sub("", found.err))

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command, and let it run."""
        return subprocess.Popen([self._path, *words], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def good(self, *words: str, stdin: str = "") -> str:
        """Run a command that must go well and complain of nothing; return what it prints."""
        found = self(*words, stdin=stdin)
        assert (found.code, found.err) == (0, ""), (words, found)
        return found.out


def run(line: list[str], environment: dict[str, str], stdin: str = "", folder: Path | None = None) -> Result:
    """Run a program."""
    done = subprocess.run(line, env=environment, input=stdin, capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    return Result(done.returncode, done.stdout, done.stderr)


def binary(version: str) -> str:
    """Return the path of a kubectl beside the one on PATH; skip the test where there is none."""
    found = shutil.which("kubectl")
    path = os.path.join(os.path.dirname(os.path.realpath(found)), f"kubectl.{version}") if found else ""
    if not os.path.exists(path):
        pytest.skip(f"there is no kubectl.{version} beside the kubectl on PATH")
    return path


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served cluster of one node."""
    server = Served(tmp_path_factory.mktemp("served"))
    yield server
    code, complaints = server.stop()
    assert (code, complaints) == (0, "")


@pytest.fixture(params=VERSIONS)
def kubectl(request: pytest.FixtureRequest, served: Served, tmp_path: Path) -> Kubectl:
    """Each version of kubectl in turn."""
    return Kubectl(binary(request.param), request.param, served, tmp_path)


@pytest.fixture
def newest(served: Served, tmp_path: Path) -> Kubectl:
    """The newest kubectl."""
    return Kubectl(binary(VERSIONS[-1]), VERSIONS[-1], served, tmp_path)


@pytest.fixture
def space(kubectl: Kubectl) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"test-{kubectl.version.replace('.', '-')}"
    kubectl.good("create", "namespace", name)
    yield name
    kubectl.good("delete", "namespace", name)


@pytest.fixture
def collected() -> Iterator[None]:
    """Let what a client library leaves of connections that were cut under it go within the test that cut them (see CUTS)."""
    yield
    gc.collect()


# For modules that cut connections under aiohttp or httpx: both leave the transport to the garbage collector then, which warns of it.
CUTS = [pytest.mark.filterwarnings("ignore::ResourceWarning"), pytest.mark.usefixtures("collected")]
