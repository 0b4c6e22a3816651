"""What is built: the source distribution, the wheel made from it, and kctl installed from that wheel."""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import minikube_py

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAME = f"minikube_py-{minikube_py.__version__}"
IMPORTED_AS = {"ruamel.yaml.clib": "ruamel.yaml"}  # the C half is imported by the other
DATA = ("schemas", "manifests")


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # it may name the checkout
    environment["KCTL_HOME"] = str(cwd / "home")
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that was built from it alone."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
    source = folder / f"{NAME}.tar.gz"
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, source, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path) -> Path:
    """The folder of programs of a new environment that holds the wheel; what it depends on is borrowed from this one."""
    place = built / "venv"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    wheel = built / f"{NAME}-py3-none-any.whl"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=built)
    borrowed = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=built).strip()) / "borrowed.pth"
    borrowed.write_text("\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    return place / "bin"


def shipped() -> Iterator[str]:
    """All data files of the checkout."""
    for folder in DATA:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                yield str(path.relative_to(ROOT))


def test_wheel_holds_package_and_data(built: Path) -> None:
    with zipfile.ZipFile(built / f"{NAME}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(f"{NAME}.dist-info/METADATA").decode()
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "minikube_py").rglob("*.py")}
    assert modules <= names
    assert {f"minikube_py/_data/{name}" for name in shipped()} <= names
    assert {"minikube_py/py.typed", f"{NAME}.dist-info/licenses/LICENSE"} <= names
    assert {name.split("/")[0] for name in names} == {"minikube_py", f"{NAME}.dist-info"}
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.11" in metadata


def test_data_in_the_wheel_are_no_programs(built: Path) -> None:
    with zipfile.ZipFile(built / f"{NAME}-py3-none-any.whl") as wheel:
        assert [name for name in wheel.namelist() if name.startswith("minikube_py/_data/") and name.endswith((".py", ".pyc"))] == []


def test_source_distribution_can_be_tested(built: Path) -> None:
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        names = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    for wanted in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml", ".ci/run", "schemas/generate.py",
                   "tests/test_packaging.py", "plugins/require-team/pyproject.toml", "docs/architecture.md"):  # fmt: skip
        assert wanted in names
    assert [name for name in names if "__pycache__" in name or name.startswith(".venv")] == []


def test_command_from_the_wheel_makes_a_cluster(installed: Path, tmp_path: Path) -> None:
    out = run(installed / "kctl", "get", "nodes", "--no-headers", cwd=tmp_path)
    assert re.fullmatch(rf"minikube +Ready +control-plane +\d+s +{minikube_py.KUBERNETES_VERSION}\n", out)


def test_command_from_the_wheel_uses_nothing_of_the_checkout(installed: Path, tmp_path: Path) -> None:
    program = "import minikube_py; from minikube_py.kits import datafiles; print(minikube_py.__file__, datafiles.path('schemas'))"
    told = run(installed / "python", "-c", program, cwd=tmp_path)
    for path in told.split():
        assert Path(path).is_relative_to(installed.parent)


def test_module_runs_as_the_command_does(installed: Path, tmp_path: Path) -> None:
    words = ("get", "nodes", "-o", "name")
    assert run(installed / "python", "-m", "minikube_py", *words, cwd=tmp_path) == "node/minikube\n"
    assert run(installed / "kctl", *words, cwd=tmp_path) == "node/minikube\n"


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_dependency_is_bounded_and_imported(requirement: str) -> None:
    name = re.match(r"[\w.]+", requirement)
    assert name and re.fullmatch(r"[\w.]+>=[\d.]+,<[\d.]+", requirement)
    module = IMPORTED_AS.get(name[0], name[0])
    pattern = re.compile(rf"^\s*(import|from) {re.escape(module)}\b", re.MULTILINE)
    assert any(pattern.search(path.read_text()) for path in (ROOT / "minikube_py").rglob("*.py"))
