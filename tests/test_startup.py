"""Starting is most of the time that a command takes: what it loads is counted, as time would not be the same anywhere."""

import functools
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
BUDGETS = {"version --client": 73, "--help": 73, "get --help": 96, "get pods": 127, "get nodes -o wide": 127, "get nodes -o yaml": 138,
           "describe node minikube": 171, "explain pod.spec": 136, "logs none": 119,
           "apply -f {same}": 159, "diff -f {other}": 219, "apply -f {new}": 238}  # fmt: skip
# What of the heavy ones below a command needs for what it does.
NEEDED = {"get nodes -o yaml": "struct minikube_py.kits.yaml", "describe node minikube": "struct minikube_py.registry.strategy",
          "explain pod.spec": "struct minikube_py.printers.govalues", "apply -f {same}": "struct minikube_py.kits.yaml",
          "diff -f {other}": "struct base64 subprocess tempfile locale random shutil minikube_py.registry.strategy minikube_py.kits.yaml",
          "apply -f {new}": "struct random base64 minikube_py.cluster.settle minikube_py.registry.strategy minikube_py.kits.yaml"}  # fmt: skip
# What costs milliseconds each and has no place on the way of a read.
HEAVY = ("typer", "pluggy", "ruamel", "jsonschema", "tabulate", "diskcache", "importlib.metadata", "inspect", "dataclasses", "asyncio", "logging",
         "subprocess", "tempfile", "urllib.request", "email", "ssl", "socket", "decimal", "fractions", "ipaddress", "zoneinfo",
         "calendar", "datetime", "locale", "random", "shutil", "platform", "_hashlib", "base64", "struct", "urllib3", "http.client", "sqlite3", "uuid",
         "minikube_py.cluster.bootstrap",
         "minikube_py.cluster.settle", "minikube_py.registry.strategy", "minikube_py.printers.govalues", "minikube_py.kits.yaml")  # fmt: skip


MANIFESTS = {name: f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {of}\ndata:\n  a: {value}\n"
             for name, of, value in (("same", "one", "x"), ("other", "one", "z"), ("new", "two", "x"))}  # fmt: skip


@functools.cache
def of_the_machine() -> frozenset[str]:
    """Return what this Python loads at each start that is not its own, as its distributor or whoever set it up has it do."""
    done = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True)
    return frozenset(name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names)


def loaded(line: str, home: Path) -> list[str]:
    """Return the modules that a command has loaded when it ends."""
    environment = {"KCTL_HOME": str(home), "PYTHONPATH": str(ROOT), "PATH": ""}
    files = {name: str(home.parent / f"{name}.yaml") for name in MANIFESTS}
    words = [word.format(**files) for word in line.split()]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], env=environment, capture_output=True, text=True, check=True)
    return done.stderr.splitlines()[-1].split()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster that is there and quiet."""
    folder = tmp_path_factory.mktemp("startup") / "home"
    for name, text in MANIFESTS.items():
        (folder.parent / f"{name}.yaml").write_text(text)
    loaded("apply -f {same}", folder)
    return folder


@pytest.mark.parametrize("line", BUDGETS)
def test_command_loads_little(line: str, home: Path) -> None:
    modules = loaded(line, home)
    assert [name for name in HEAVY if name in modules and name not in NEEDED.get(line, "").split()] == []
    assert len([name for name in modules if not name.startswith("__") and name not in of_the_machine()]) <= BUDGETS[line]


def test_a_heavy_module_would_be_seen(home: Path) -> None:
    assert {"typer", "inspect"} <= set(loaded("cluster list", home))
