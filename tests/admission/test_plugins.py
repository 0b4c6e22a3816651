"""What is told of a plugin before it is imported is what it says itself."""

import subprocess
import sys

import pytest

from minikube_py import kits
from minikube_py.admission import plugins
from minikube_py.plugin.admission import AdmissionPlugin
from minikube_py.plugin.registries import Registry


@pytest.mark.parametrize(("module", "kind", "operations", "resources"), plugins.ORDER)
def test_the_table_says_what_the_classes_say(module: str, kind: str, operations: str, resources: str) -> None:
    found = getattr(kits.imported(f"minikube_py.admission.{module}"), kind)
    assert issubclass(found, AdmissionPlugin) and found.name == kind
    if resources:
        assert (" ".join(found.operations), " ".join(found.resources)) == (operations, resources)
    else:
        assert "*" in found.resources


def test_each_is_there_once_it_is_asked() -> None:
    registry: Registry[AdmissionPlugin] = Registry("admission plugin")
    plugins.kctl_register_admission_plugins(registry)
    assert registry.names() == [kind for _, kind, _, _ in plugins.ORDER]
    for entry in registry:
        assert entry.value.admit.__self__.__class__.__name__ == entry.name  # type: ignore[attr-defined]
        assert entry.value.admit.__self__ is entry.value.validate.__self__  # type: ignore[attr-defined]


def test_only_those_for_everything_are_imported_at_once() -> None:
    program = (
        "import sys\n"
        "from minikube_py.plugin.manager import PluginManager\n"
        "found = PluginManager(given=()).registry('admission_plugins')\n"
        "print([entry.name for entry in found if 'UPDATE' in entry.value.operations and 'deployments.apps' in entry.value.resources])\n"
        "print(sorted(name for name in sys.modules if name.startswith('minikube_py.admission.')))\n"
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    names = [f"minikube_py.admission.{name}" for name in ("namespacelifecycle", "plugins", "resourcequota")]
    assert done.stdout == f"['PodSecurity']\n{names}\n"
