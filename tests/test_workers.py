"""Which worker runs what: tests on one kind of engine stay together, however pytest and its plugins keep the names of tests."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests import conftest

ROOT = Path(__file__).parent.parent
PROBE = """
def pytest_runtest_logreport(report):
    if report.when == "call" and hasattr(report, "node"):
        print(f"\\nran {report.node.gateway.id} {report.nodeid}")
"""


def test_names_tell_the_kind() -> None:
    assert conftest.engine_of("tests/engines/test_streams.py::test_signals[docker]") == "docker"
    assert conftest.engine_of("tests/crash/test_engine_kills.py::test_kills[podman-4]") == "podman"
    assert conftest.engine_of("tests/behaviour/test_beside_kube_play.py::test_replicas") == "podman"
    assert conftest.engine_of("tests/behaviour/test_rbac.py::test_roles") == ""
    assert conftest.engine_of("tests/cli/test_run.py::test_images[docker.io/x]") == ""


def test_one_worker_has_all_of_a_kind(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(PROBE)
    places = ("tests/kubelet/runtimes/test_translate.py", "tests/engines/test_specs.py")
    line = [sys.executable, "-m", "pytest", "-p", "probe", "-p", "no:cacheprovider", "-n", "3", "--dist", "loadgroup", *places]
    done = subprocess.run(line, cwd=ROOT, env={"PATH": "", "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    workers = defaultdict(set)
    for ran in (row.split(" ", 2) for row in done.stdout.splitlines() if row.startswith("ran ")):
        workers[conftest.engine_of(ran[2])].add(ran[1])
    assert (len(workers["docker"]), len(workers["podman"]) <= 1, len(workers[""]) > 1) == (1, True, True), done.stdout
