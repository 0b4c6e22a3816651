"""A place for pip to install plugins into, and kctl as a process of its own that finds them there."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent.parent
PLUGINS = ROOT / "plugins"


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Machine:
    """One user's machine: a KCTL_HOME, and a folder of installed plugins on Python's path."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("KCTL_", "PYTHON"))}
        self.environment |= {"KCTL_HOME": str(folder / "home"), "PYTHONPATH": f"{self.site}{os.pathsep}{ROOT}"}

    def install(self, name: str) -> None:
        """Do what `pip install ./plugins/NAME` does, in this machine's folder and without asking an index."""
        options = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(self.site))
        line = [sys.executable, "-m", "pip", "install", *options, str(PLUGINS / name)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def uninstall(self, module: str) -> None:
        """Remove a plugin's module and its metadata."""
        for path in self.site.glob(f"{module}*"):
            if path.is_dir():
                for file in path.iterdir():
                    file.unlink()
                path.rmdir()
            else:
                path.unlink()

    def result(self, *words: str, stdin: str = "") -> Outcome:
        """Run kctl."""
        line = [sys.executable, "-m", "minikube_py", *words]
        done = subprocess.run(line, cwd=self.site.parent, env=self.environment, input=stdin, capture_output=True, text=True, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def kctl(self, *words: str, stdin: str = "") -> str:
        """Run kctl and return its output; fail where it fails."""
        outcome = self.result(*words, stdin=stdin)
        assert outcome.code == 0, outcome.err
        return outcome.out


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without plugins and without a cluster."""
    return Machine(tmp_path)


@pytest.fixture
def installed(machine: Machine) -> Callable[[str], Machine]:
    """Return a function that installs a plugin and returns the machine."""

    def install(name: str) -> Machine:
        machine.install(name)
        return machine

    return install
