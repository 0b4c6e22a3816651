"""Finds plugins (built in, installed under the entry point group `kctl`, files of a plugins directory) and calls their hooks."""

import json
import os
import stat
import sys
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

from minikube_py import kits
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin import PROJECT

if TYPE_CHECKING:
    from minikube_py.plugin.registries import Registry

ENTRY_POINT_GROUP = "kctl"
_HOOKS = {
    "commands": "command",
    "storage_backends": "storage backend",
    "authenticators": "authenticator",
    "authorizers": "authorizer",
    "admission_plugins": "admission plugin",
    "controllers": "controller",
    "scheduler_plugins": "scheduler plugin",
    "runtimes": "runtime",
}


class PluginError(KctlError):
    """A plugin that cannot be loaded or breaks while it registers: policy might be missing, so nothing goes on."""


class PluginManager:
    """All plugins of one process. Nothing is imported before the first registry is asked for.

    `directory` is the plugins directory that the user's own configuration names; `disabled` are entry points not to load.
    `cache` is a file that remembers which entry points there are, as looking through all installed packages costs 20 ms.
    `given` are plugins that the caller has at hand (tests); then no others are looked for.
    """

    def __init__(self, *, directory: str = "", disabled: tuple[str, ...] = (), cache: str = "", given: tuple[Any, ...] | None = None) -> None:
        self._given = given
        self._directory = directory
        self._disabled = frozenset(disabled)
        self._cache = cache
        self._registries: dict[str, Registry[Any]] = {}
        self._manager: Any = None  # pluggy's, where there are strangers
        self._strangers: list[tuple[str, Any]] | None = None

    def registry(self, what: str) -> "Registry[Any]":
        """Return the filled registry of `admission_plugins`, `controllers` ... (see specs.py)."""
        if what not in self._registries:
            self._registries[what] = self._fill(what)
        return self._registries[what]

    def third_party(self) -> list[str]:
        """Return the names of the plugins that are not built in."""
        return [name for name, _ in self._others()]

    def _fill(self, what: str) -> "Registry[Any]":
        from minikube_py.plugin import builtin
        from minikube_py.plugin.registries import Registry

        strangers = self._others()
        registry: Registry[Any] = Registry(_HOOKS[what])
        hook = f"{PROJECT}_register_{what}"
        for module in builtin.BUILTIN.get(what, ()):  # theirs are functions that we know: nothing has to be looked up for them
            _called(hook, getattr(kits.imported(module), hook), registry, "built in")
        registry.trusted = False
        for name, plugin in strangers:
            others = [other for other in self._manager.get_plugins() if other is not plugin]
            _called(hook, self._manager.subset_hook_caller(hook, others), registry, name)
        return registry

    def _others(self) -> list[tuple[str, Any]]:
        """Return the plugins that are not built in; they are loaded when first asked for."""
        if self._strangers is None:
            found = self._find_strangers()
            if found:
                self._manager = self._introduced(found)
            self._strangers = found
        return self._strangers

    def _introduced(self, strangers: list[tuple[str, Any]]) -> Any:
        """Return a pluggy.PluginManager that has looked at the hooks of strangers."""
        import pluggy

        from minikube_py.plugin import specs

        manager = pluggy.PluginManager(PROJECT)
        marker = pluggy.HookspecMarker(PROJECT)
        for what in _HOOKS:
            marker(getattr(specs, f"{PROJECT}_register_{what}"))
        manager.add_hookspecs(specs)
        for name, plugin in strangers:
            self._register(manager, name, plugin)
        return manager

    @staticmethod
    def _register(manager: Any, name: str, plugin: Any) -> None:
        unmarked = [hook for hook in dir(plugin) if hook.startswith(f"{PROJECT}_") and not hasattr(getattr(plugin, hook), f"{PROJECT}_impl")]
        if unmarked:
            raise PluginError(f"plugin {name}: {unmarked[0]} lacks @hookimpl, so that nobody would call it")
        try:
            manager.register(plugin, name=name)
            manager.check_pending()
        except Exception as error:
            raise PluginError(f"plugin {name}: {' '.join(str(error).split())}") from error
        if not manager.get_hookcallers(plugin):
            raise PluginError(f"plugin {name} implements no hook of kctl")

    def _find_strangers(self) -> list[tuple[str, Any]]:
        if self._given is not None:
            return [(getattr(plugin, "__name__", type(plugin).__name__), plugin) for plugin in self._given]
        found: list[tuple[str, Any]] = []
        for name, target in self._entry_points():
            if name not in self._disabled:
                found.append((name, _import(name, target)))
        if self._directory:
            found.extend(_from_directory(self._directory, self._disabled))
        return found

    def _entry_points(self) -> list[tuple[str, str]]:
        stamp = _path_stamp()
        remembered = _read_cache(self._cache)
        if remembered.get("stamp") == stamp:
            known: list[tuple[str, str]] = [(name, target) for name, target in remembered["plugins"]]
            return known
        import importlib.metadata

        found = sorted((point.name, point.value) for point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP))
        _write_cache(self._cache, {"stamp": stamp, "plugins": found})
        return found


def _called(hook: str, function: Any, registry: "Registry[Any]", whose: str) -> None:
    try:
        function(registry=registry)
    except (Exception, SystemExit) as error:
        raise PluginError(f"plugin {whose}: {hook}: {_told(error)}") from error


def _path_stamp() -> list[list[Any]]:
    """Return what changes when a package is installed or removed: the folders of sys.path and their times."""
    stamp = []
    for folder in sys.path:
        try:
            stamp.append([folder, os.stat(folder or ".").st_mtime_ns])
        except OSError:
            continue
    return stamp


def _read_cache(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            cached = json.load(file)
    except (OSError, ValueError):
        return {}
    plugins = cached.get("plugins") if isinstance(cached, dict) else None
    whole = isinstance(plugins, list) and all(isinstance(pair, list) and len(pair) == 2 and set(map(type, pair)) == {str} for pair in plugins)
    return cached if whole else {}


def _write_cache(path: str, content: dict[str, Any]) -> None:
    if not path:
        return
    temporary = f"{path}.{os.getpid()}"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.replace(temporary, path)
    except OSError:  # Only a cache: the next command looks again.
        with suppress(OSError):
            os.unlink(temporary)


def _import(name: str, target: str) -> Any:
    module_name, _, attribute = target.partition(":")
    try:
        module = kits.imported(module_name)
        return getattr(module, attribute) if attribute else module
    except (Exception, SystemExit) as error:
        raise PluginError(f"plugin {name} ({target}) cannot be loaded: {_told(error)}") from error


def _told(error: BaseException) -> str:
    return str(error) if isinstance(error, KctlError) else f"{type(error).__name__}: {error}"


def _from_directory(directory: str, disabled: frozenset[str]) -> list[tuple[str, ModuleType]]:
    try:
        if os.stat(directory).st_mode & stat.S_IWOTH:
            raise PluginError(f"plugins directory {directory}: everybody may write there, so nothing is loaded from it")
        files = sorted(entry for entry in os.listdir(directory) if entry.endswith(".py") and not entry.startswith("_"))
    except OSError as error:
        raise PluginError(f"plugins directory {directory}: {error.strerror}") from error
    return [(file[:-3], _from_file(directory, file)) for file in files if file[:-3] not in disabled]


def _from_file(directory: str, file: str) -> ModuleType:
    import importlib.util

    name = f"kctl_plugin_{file[:-3]}"
    spec = importlib.util.spec_from_file_location(name, os.path.join(directory, file))
    if spec is None or spec.loader is None:
        raise PluginError(f"plugin {file} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # as an import does: dataclasses, among others, look there
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise PluginError(f"plugin {file} cannot be loaded: {_told(error)}") from error
    return module
