"""Starting is most of the time that a command takes: what it loads is counted, as time would not be the same anywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = (
    "import sys\n"
    "from minikube_py import __main__\n"
    "from minikube_py.cli import main\n"  # not through __main__, which leaves without another word
    "main.run(sys.argv[1:])\n"
    "print(*sys.modules, file=sys.stderr)\n"
)  # fmt: skip
# How many modules a command loads, Python's own included. These numbers only ever fall.
BUDGETS = {"version --client": 76, "get pods": 128, "get nodes -o wide": 128}
# What costs milliseconds each and has no place on the way of a read.
HEAVY = ("typer", "pluggy", "ruamel", "jsonschema", "tabulate", "diskcache", "importlib.metadata", "inspect", "dataclasses", "asyncio", "logging",
         "subprocess", "tempfile", "urllib.request", "email", "ssl", "socket", "decimal", "fractions", "ipaddress", "zoneinfo",
         "calendar", "datetime", "locale", "random", "shutil", "platform", "_hashlib", "base64", "struct", "minikube_py.cluster.bootstrap",
         "minikube_py.cluster.settle", "minikube_py.registry.strategy", "minikube_py.printers.govalues", "minikube_py.kits.yaml")  # fmt: skip


def loaded(line: str, home: Path) -> list[str]:
    """Return the modules that a command has loaded when it ends."""
    environment = {"KCTL_HOME": str(home), "PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", PROGRAM, *line.split()], env=environment, capture_output=True, text=True, check=True)
    return done.stderr.splitlines()[-1].split()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster that is there and quiet."""
    folder = tmp_path_factory.mktemp("startup") / "home"
    loaded("get nodes", folder)
    return folder


@pytest.mark.parametrize("line", BUDGETS)
def test_command_loads_little(line: str, home: Path) -> None:
    modules = loaded(line, home)
    assert [name for name in HEAVY if name in modules] == []
    assert len([name for name in modules if not name.startswith("__")]) <= BUDGETS[line]


def test_a_heavy_module_would_be_seen(home: Path) -> None:
    assert {"typer", "inspect"} <= set(loaded("cluster list", home))
