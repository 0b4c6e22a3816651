"""Homes that cannot be used, damaged files, full disks, readers that go away: one line, exit code 1, no traceback."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def kctl(home: str | Path, *line: str, limit: int | None = None, out: int = subprocess.PIPE) -> tuple[int, str, str]:
    """Run kctl in a process of its own, which may write files of `limit` bytes only."""

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    environment = {"KCTL_HOME": str(home), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-m", "minikube_py", *line], env=environment, stdout=out, stderr=subprocess.PIPE, text=True,
                          preexec_fn=limited, check=False, timeout=60)  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    return done.returncode, done.stdout or "", done.stderr


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a cluster in it, to be copied."""
    home = tmp_path_factory.mktemp("bad") / "home"
    assert kctl(home, "get", "nodes", "-o", "name") == (0, "node/minikube\n", "")
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """Return a home with a cluster in it, to be damaged."""
    import shutil

    return Path(shutil.copytree(template, tmp_path / "home"))


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    config = tmp_path / "home" / "config"
    assert kctl(tmp_path / "home", "get", "pods") == (1, "", f'error: error loading config file "{config}": open {config}: not a directory\n')


def test_a_home_that_cannot_be_made() -> None:
    assert kctl("/proc/kctl", "get", "pods") == (1, "", "error: cannot create /proc/kctl/clusters: No such file or directory\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert kctl(tmp_path / "home", "get", "pods") == (1, "", f"error: cannot create {tmp_path}/home/clusters: Permission denied\n")


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config", '{"a": ', 'error loading config file "FILE": yaml: line 1: did not find expected node content'),
        ("config", "\xff\x00", 'error loading config file "FILE": '),
        ("kctl.json", '{"plugins": 3}', "cannot read FILE: plugins must be a map"),
        ("kctl.json", '{"plugins": {"directory": 3}}', "cannot read FILE: directory must be a string"),
        ("kctl.json", '{"plugins": {"disabled": "x"}}', "cannot read FILE: disabled must be a list"),
        ("clusters/minikube/cluster.json", '{"na', "cannot read FILE: "),
        ("clusters/minikube/cluster.json", '{"nodes": "x"}', "cannot read FILE: nodes must be a whole number"),
        ("clusters/minikube/cluster.json", '{"without": "scheduler"}', "cannot read FILE: without must be a list"),
        ("clusters/minikube/store.db", "no database", "the cluster's store is damaged: FILE: file is not a database"),
        ("clusters/minikube/store.db", "", "the cluster's store is damaged: FILE is empty"),
        ("clusters/minikube/store.db", None, "the cluster's store is damaged: FILE is missing"),
    ],
)
def test_damaged_files(home: Path, file: str, content: str | None, message: str) -> None:
    for leftover in (home / "clusters" / "minikube").glob("store.db-*"):
        leftover.unlink()
    if content is None:
        (home / file).unlink()
    else:
        (home / file).write_bytes(content.encode("latin-1"))
    code, out, err = kctl(home, "get", "svc")
    assert (code, out) == (1, "")
    assert err.startswith("error: " + message.replace("FILE", str(home / file)))
    assert err.count("\n") == 1


def test_a_disk_that_is_full_while_a_cluster_is_made(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code, out, err = kctl(home, "get", "nodes", limit=8192)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"error: cannot use {home}/clusters/minikube/store.db")
    assert kctl(home, "get", "nodes", "-o", "name") == (0, "node/minikube\n", "")


def test_a_disk_that_is_full_while_something_is_made(home: Path) -> None:
    size = (home / "clusters" / "minikube" / "store.db").stat().st_size
    before = kctl(home, "get", "configmaps", "-o", "name")
    code, out, err = kctl(home, "create", "configmap", "big", f"--from-literal=key={'x' * 100_000}", limit=min(size, 60_000))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert kctl(home, "get", "configmaps", "-o", "name") == before


def test_a_disk_that_is_full_while_the_configuration_is_changed(home: Path) -> None:
    before = (home / "config").read_text()
    code, out, err = kctl(home, "config", "set-context", "--current", "--namespace=x", limit=0)
    assert (code, out, err) == (1, "", f"error: cannot write {home}/config: File too large\n")
    assert (home / "config").read_text() == before
    assert list(home.glob("*.tmp")) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_standard_output_on_a_full_disk(home: Path) -> None:
    with open("/dev/full", "w") as full:
        assert kctl(home, "get", "svc", out=full.fileno()) == (1, "", "error: cannot write standard output: No space left on device\n")


def test_a_reader_that_goes_away(home: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert kctl(home, "get", "svc", out=writer) == (1, "", "")
    finally:
        os.close(writer)


def test_closed_streams(home: Path) -> None:
    environment = {"KCTL_HOME": str(home), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    for line, code in (("get svc >&-", 0), ("get svc nope 2>&-", 1), ("get svc <&- >/dev/null", 0)):
        done = subprocess.run(f"{sys.executable} -m minikube_py {line}", shell=True, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_ctrl_c(home: Path) -> None:
    environment = {"KCTL_HOME": str(home), "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    watching = subprocess.Popen([sys.executable, "-m", "minikube_py", "get", "nodes", "-w"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), text=True)  # fmt: skip
    assert watching.stdout is not None
    assert watching.stdout.readline() == "NAME       STATUS   ROLES           AGE   VERSION\n"
    assert watching.stdout.readline().startswith("minikube   Ready    control-plane")
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=60)
    assert (watching.returncode, out, err) == (130, "", "")
