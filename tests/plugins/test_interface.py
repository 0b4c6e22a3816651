"""The examples are what they promise: short, and made of the public interface only."""

import ast
import tomllib
from pathlib import Path

import pytest

from tests.plugins.conftest import PLUGINS, ROOT

PUBLIC = {"minikube_py.plugin", "minikube_py.plugin.admission", "minikube_py.plugin.auth", "minikube_py.plugin.reader", "minikube_py.plugin.registries",
          "minikube_py.scheduler.framework", "minikube_py.scheduler.nodeinfo", "minikube_py.client.loops", "minikube_py.kits.clock",
          "minikube_py.kubelet.runtime", "minikube_py.machinery.errors", "minikube_py.storage.api"}  # fmt: skip
EXAMPLES = sorted(path.parent for path in PLUGINS.glob("*/pyproject.toml"))


def module_of(folder: Path) -> Path:
    return folder / f"kctl_{folder.name.replace('-', '_')}.py"


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_there_is_an_admission_and_a_scheduler_plugin() -> None:
    hooks = {line.split("(")[0].removeprefix("def ") for folder in EXAMPLES for line in module_of(folder).read_text().splitlines() if line.startswith("def ")}
    assert {"kctl_register_admission_plugins", "kctl_register_scheduler_plugins"} <= hooks


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_example_is_short_and_uses_the_public_interface(folder: Path) -> None:
    module = module_of(folder)
    assert len(module.read_text().splitlines()) < 30
    assert {name for name in imported(module) if name.startswith("minikube_py")} <= PUBLIC
    assert not any(name.startswith((".", "_")) for name in imported(module))


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_example_is_a_distribution_of_its_own(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == f"kctl-{folder.name}"
    assert project["entry-points"]["kctl"] == {folder.name: module_of(folder).stem}
    assert [word.split(">")[0] for word in project["dependencies"]] == [tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]]
