"""Fixtures with real engines: a dockerd and a Podman service that all workers of a test run share, each in a folder of its own.

    pytest_plugins = ["tests.engines.daemons"]        # or: from tests.engines.daemons import *  in a conftest

`engine` is an adapter, once for each engine; `engine_daemon` the daemon behind it. `private_daemon(kind)` is one that a test may restart or kill.
"""

import contextlib
import fcntl
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from minikube_py.kubelet.engines import api, find

IMAGE = "kctl.test/busybox:1"
KINDS = ("docker", "podman")
NEEDED = {"docker": ("dockerd", "containerd", "runc", "iptables"), "podman": ("podman", "conmon", "runc", "unshare", "nsenter")}
_BUSYBOX = "/bin/busybox"


class Daemon(NamedTuple):
    """An engine that runs for tests."""

    kind: str
    shared: Path

    @property
    def state(self) -> dict[str, Any]:
        """Return what its keeper says of it."""
        found: dict[str, Any] = json.loads((self.shared / f"{self.kind}.json").read_text())
        return found

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"unix://{self.state['socket']}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables by which kctl and the engine's own tool find it."""
        return {"docker": {"DOCKER_HOST": self.url}, "podman": {"CONTAINER_HOST": self.url}}[self.kind]

    def open(self) -> api.Engine:
        """Return a new adapter."""
        return find.open_engine(self.kind, self.environment)

    def restart(self, *, hard: bool = False) -> None:
        """Stop it (or kill it) and start it again. Only for one that no other test uses."""
        before = self.state
        os.kill(before["keeper"], signal.SIGUSR1 if hard else signal.SIGHUP)
        _wait(lambda: self.state["starts"] > before["starts"], "the engine does not start again")


def missing(kind: str) -> str:
    """Return why this engine cannot run here; empty if it can."""
    absent = [name for name in NEEDED[kind] if shutil.which(name) is None]
    if absent:
        return f"{kind} cannot be tested: {', '.join(absent)} not installed"
    if os.geteuid() != 0:
        return f"{kind} cannot be tested: only root can start it"
    if not os.path.exists(_BUSYBOX):
        return f"{kind} cannot be tested: {_BUSYBOX} (static) not installed"
    return ""


def archive(files: dict[str, bytes] | None = None) -> bytes:
    """Return a root file system: busybox under all its names, and these files."""
    names = subprocess.run([_BUSYBOX, "--list"], stdout=subprocess.PIPE, check=True).stdout.decode().split()
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for folder, mode in (("bin", 0o755), ("tmp", 0o1777), ("etc", 0o755), ("root", 0o700), ("data", 0o755)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        etc = {"etc/passwd": b"root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n", "etc/group": b"root:x:0:\nnogroup:x:65534:\n"}
        for name, content in {"bin/busybox": Path(_BUSYBOX).read_bytes(), **etc, **(files or {})}.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755 if name.startswith("bin/") else 0o644
            tar.addfile(entry, io.BytesIO(content))
        for name in sorted(set(names) - {"busybox"}):
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    return data.getvalue()


@contextlib.contextmanager
def running(kind: str, shared: Path) -> Iterator[Daemon]:
    """Yield an engine of which all users of a shared folder have one; it goes with the last of them."""
    daemon = Daemon(kind, shared)
    with open(shared / f"{kind}.lease", "a") as lease, open(shared / f"{kind}.starting", "a") as starting:
        fcntl.flock(lease, fcntl.LOCK_SH)
        with _locked(starting.fileno()):
            if not (shared / f"{kind}.json").exists():
                _start(kind, shared)
            engine = daemon.open()
            try:
                engine.image(IMAGE)
            except api.NotFound:
                engine.import_image(IMAGE, archive(), ["/bin/sh"])
        yield daemon


def _start(kind: str, shared: Path) -> None:
    log = shared / f"{kind}.log"
    with open(log, "ab") as output:
        keeper = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("keeper.py")), kind, str(shared)],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(lambda: (shared / f"{kind}.json").exists() or keeper.poll() is not None, f"{kind} does not start", 120)
    finally:
        keeper.returncode = 0 if keeper.poll() is None else keeper.returncode  # it outlives this process on purpose
    if not (shared / f"{kind}.json").exists():
        raise RuntimeError(log.read_text(errors="replace"))


@contextlib.contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _wait(condition: Any, message: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(message)
        time.sleep(0.05)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all workers of this test run have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "engines"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session", params=KINDS)
def engine_daemon(request: pytest.FixtureRequest, shared_folder: Path) -> Iterator[Daemon]:
    """Yield each engine that can run here."""
    if why := missing(request.param):
        pytest.skip(why)
    with running(request.param, shared_folder) as daemon:
        yield daemon


@pytest.fixture(scope="session")
def engine(engine_daemon: Daemon) -> api.Engine:
    """Return an adapter to each engine."""
    return engine_daemon.open()


@pytest.fixture
def private_daemon(tmp_path: Path) -> Iterator[Any]:
    """Return what starts an engine that this test may restart and kill; it ends with the test."""
    with contextlib.ExitStack() as stack:

        def start(kind: str) -> Daemon:
            if why := missing(kind):
                pytest.skip(why)
            return stack.enter_context(running(kind, tmp_path))

        yield start
