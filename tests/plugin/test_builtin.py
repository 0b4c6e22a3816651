"""The list of built-in plugins says what there is."""

import importlib
import pkgutil
import subprocess
import sys

import minikube_py
from minikube_py.plugin.builtin import BUILTIN
from minikube_py.plugin.manager import PluginManager

HOOK = "kctl_register_"


def test_each_hook_of_a_built_in_plugin_is_listed() -> None:
    names = [f"minikube_py.{package.name}.plugins" for package in pkgutil.iter_modules(minikube_py.__path__) if package.ispkg]
    modules = [importlib.import_module(name) for name in names if importlib.util.find_spec(name)]
    found = {(hook[len(HOOK):], module.__name__) for module in modules for hook in vars(module) if hook.startswith(HOOK)}
    assert found == {(what, module) for what, listed in BUILTIN.items() for module in listed}
    assert len(found) > 5


def test_built_in_plugins_need_no_pluggy() -> None:
    program = f"import sys\nfrom {PluginManager.__module__} import PluginManager\nm = PluginManager(given=())\n" + "".join(
        f"assert m.registry('{what}').names()\n" for what in BUILTIN) + "print('pluggy' in sys.modules)"  # fmt: skip
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
