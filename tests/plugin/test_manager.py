"""Finding plugins: entry points, the plugins directory, and what is refused in one line."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from minikube_py.cluster.cluster import plugin_manager
from minikube_py.cluster.home import Home
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin.manager import PluginManager

GOOD = """
from minikube_py.plugin import hookimpl

@hookimpl
def kctl_register_storage_backends(registry):
    registry.add("{name}", lambda config: None)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


def _names(manager: PluginManager) -> list[str]:
    return manager.registry("storage_backends").names()


def test_files_of_the_directory_in_order(folder: Path) -> None:
    for name in ("b", "a", "_hidden"):
        (folder / f"{name}.py").write_text(GOOD.format(name=name))
    (folder / "notes.txt").write_text("no plugin")
    assert _names(PluginManager(directory=str(folder))) == ["a", "b"]
    assert _names(PluginManager(directory=str(folder), disabled=("a",))) == ["b"]


def test_dataclasses_work_in_files(folder: Path) -> None:
    (folder / "a.py").write_text("from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n" + GOOD)
    assert len(_names(PluginManager(directory=str(folder)))) == 1


@pytest.mark.parametrize(("text", "message"), [
    ("import none_such", "plugin bad.py cannot be loaded: ModuleNotFoundError: No module named 'none_such'"),
    ("1 +", "plugin bad.py cannot be loaded: SyntaxError: invalid syntax (bad.py, line 1)"),
    ("raise SystemExit(0)", "plugin bad.py cannot be loaded: SystemExit: 0"),
    ("x = 1", "plugin bad implements no hook of kctl"),
    ("def kctl_register_storage_backends(registry): pass", "plugin bad: kctl_register_storage_backends lacks @hookimpl, so that nobody would call it"),
    (GOOD.replace("storage_backends", "shelves"), "plugin bad: unknown hook 'kctl_register_shelves' in plugin"),
    (GOOD.replace("(registry)", "(shelf)"), "plugin bad: Plugin 'bad' for hook 'kctl_register_storage_backends' hookimpl definition: "
                                            "kctl_register_storage_backends(shelf) Argument(s) {'shelf'} are declared in the hookimpl but can not be "
                                            "found in the hookspec"),
    (GOOD.replace("registry.add", "1 / 0; registry.add"), "plugin bad: kctl_register_storage_backends: ZeroDivisionError: division by zero"),
    (GOOD.replace("registry.add", "raise SystemExit; registry.add"), "plugin bad: kctl_register_storage_backends: SystemExit: "),
    (GOOD.replace("{name}", ""), "plugin bad: kctl_register_storage_backends: a storage backend was registered without a name"),
    (GOOD.replace("{name}", "x").replace("lambda config: None)", 'None); registry.add("x", None)'),
     'plugin bad: kctl_register_storage_backends: two plugins register a storage backend named "x"'),
])  # fmt: skip
def test_broken_plugins_say_so_in_one_line(folder: Path, text: str, message: str) -> None:
    (folder / "bad.py").write_text(text)
    with pytest.raises(KctlError) as refused:
        _names(PluginManager(directory=str(folder)))
    assert str(refused.value).startswith(message) and "\n" not in str(refused.value)


def test_directories_that_are_none_or_not_safe(folder: Path) -> None:
    with pytest.raises(KctlError, match="none: No such file or directory$"):
        _names(PluginManager(directory=str(folder / "none")))
    folder.chmod(0o777)
    with pytest.raises(KctlError, match="everybody may write there, so nothing is loaded from it$"):
        _names(PluginManager(directory=str(folder)))


class _Point:
    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value


def _installed(monkeypatch: pytest.MonkeyPatch, *points: _Point) -> list[str]:
    import importlib.metadata

    asked: list[str] = []

    def entry_points(group: str) -> tuple[_Point, ...]:
        asked.append(group)
        return points

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    return asked


def _package(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (folder / f"{name}.py").write_text(GOOD.format(name=name))
    monkeypatch.syspath_prepend(str(folder))


def test_entry_points(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "packages").mkdir()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a cache of bytecode changes the folder
    _package(folder / "packages", monkeypatch, "kctl_test_one")
    asked = _installed(monkeypatch, _Point("one", "kctl_test_one"))
    cache = str(folder / "cache.json")
    assert _names(PluginManager(cache=cache)) == ["kctl_test_one"]
    assert _names(PluginManager(cache=cache)) == ["kctl_test_one"]
    assert asked == ["kctl"]  # the second time from the cache
    assert _names(PluginManager(cache=cache, disabled=("one",))) == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"stamp": 1, "plugins": 5}', '{"plugins": [["a"]]}'])
def test_a_damaged_cache_is_looked_past(folder: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    _package(folder, monkeypatch, "kctl_test_two")
    _installed(monkeypatch, _Point("two", "kctl_test_two"))
    (folder / "cache.json").write_text(content)
    assert _names(PluginManager(cache=str(folder / "cache.json"))) == ["kctl_test_two"]


@pytest.mark.parametrize(("target", "message"), [
    ("none_such", "plugin one (none_such) cannot be loaded: ModuleNotFoundError: No module named 'none_such'"),
    ("json:none", "plugin one (json:none) cannot be loaded: AttributeError: module 'json' has no attribute 'none'"),
])  # fmt: skip
def test_entry_points_that_lead_nowhere(monkeypatch: pytest.MonkeyPatch, target: str, message: str) -> None:
    _installed(monkeypatch, _Point("one", target))
    with pytest.raises(KctlError) as refused:
        _names(PluginManager())
    assert str(refused.value) == message


def test_two_entry_points_of_one_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _package(folder, monkeypatch, "kctl_test_three")
    _package(folder, monkeypatch, "kctl_test_four")
    _installed(monkeypatch, _Point("same", "kctl_test_three"), _Point("same", "kctl_test_four"))
    with pytest.raises(KctlError, match="^plugin same: "):
        _names(PluginManager())


def test_the_users_configuration(folder: Path) -> None:
    (folder / "mine").mkdir(mode=0o700)
    (folder / "mine" / "a.py").write_text(GOOD.format(name="a"))
    (folder / "mine" / "b.py").write_text(GOOD.format(name="b"))
    (folder / "kctl.json").write_text(json.dumps({"plugins": {"directory": "mine", "disabled": ["b"]}}))
    assert "a" in _names(plugin_manager(Home(str(folder)))) and "b" not in _names(plugin_manager(Home(str(folder))))


@pytest.mark.parametrize("wanted", [[], 5, {"directory": 5}, {"disabled": "abc"}, {"disabled": [5]}])
def test_configurations_that_make_no_sense(folder: Path, wanted: Any) -> None:
    (folder / "kctl.json").write_text(json.dumps({"plugins": wanted}))
    with pytest.raises(KctlError, match=r"kctl\.json: "):
        plugin_manager(Home(str(folder)))


def test_a_cache_that_cannot_be_written_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _package(folder, monkeypatch, "kctl_test_three")
    _installed(monkeypatch, _Point("three", "kctl_test_three"))
    caches = folder / "caches"
    (caches / "cache.json").mkdir(parents=True)  # in whose place no file can be put
    assert _names(PluginManager(cache=str(caches / "cache.json"))) == ["kctl_test_three"]
    assert list(caches.iterdir()) == [caches / "cache.json"]
