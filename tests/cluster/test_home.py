"""Files and folders of $KCTL_HOME."""

import json
import os
from pathlib import Path

import pytest

from minikube_py.cluster.home import Home, check_name, check_types, read_json, write_json
from minikube_py.machinery.errors import KctlError


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"KCTL_HOME": "/k", "XDG_DATA_HOME": "/x", "HOME": "/h"}, "/k"),
        ({"XDG_DATA_HOME": "/x", "HOME": "/h"}, "/x/kctl"),
        ({"HOME": "/h"}, "/h/.local/share/kctl"),
        ({"KCTL_HOME": "", "HOME": "/h"}, "/h/.local/share/kctl"),
    ],
)
def test_where_it_is(environment: dict[str, str], path: str) -> None:
    home = Home.of(environment)
    assert (home.path, home.kubeconfig, home.cluster("a")) == (path, f"{path}/config", f"{path}/clusters/a")


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Home.of({"KCTL_HOME": "k"}).path == str(tmp_path / "k")


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a-", "a_b", "a" * 64, "a\n", "ä", "a.b"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(KctlError, match="is no name for a cluster: lower case letters, digits"):
        check_name(name)


@pytest.mark.parametrize("name", ["a", "0", "minikube", "a-b", "a" * 63])
def test_names(name: str) -> None:
    assert check_name(name) == name


def test_folders_and_files_are_the_users_only(tmp_path: Path) -> None:
    home = Home(str(tmp_path / "home"))
    assert home.make("clusters", "a") == str(tmp_path / "home" / "clusters" / "a")
    write_json(home.join("clusters", "a", "cluster.json"), {"b": 1})
    modes = [(tmp_path / part).stat().st_mode & 0o777 for part in ("home", "home/clusters", "home/clusters/a", "home/clusters/a/cluster.json")]
    assert modes == [0o700, 0o700, 0o700, 0o600]
    assert (home.has("a"), home.has("b")) == (True, False)


def test_clusters_are_those_that_are_complete(tmp_path: Path) -> None:
    home = Home(str(tmp_path))
    assert home.clusters() == []
    for name in ("b", "a", "broken"):
        home.make("clusters", name)
    for name in ("b", "a"):
        write_json(home.join("clusters", name, "cluster.json"), {})
    assert home.clusters() == ["a", "b"]


def test_reading(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert read_json(str(path)) is None
    for text, value in (('{"a": 1}', {"a": 1}), ("a: [1, x]\n", {"a": [1, "x"]}), ("", {}), ("---\n", {})):
        path.write_text(text)
        assert read_json(str(path)) == value
    damaged = ((b"[1]", "it holds no object"), (b"\xff", "'utf-8' codec can't decode byte 0xff"), (b"a: [", "error converting YAML to JSON: yaml: line 1: "))
    for content, problem in damaged:
        path.write_bytes(content)
        with pytest.raises(KctlError) as caught:
            read_json(str(path))
        assert str(caught.value).startswith(f"cannot read {path}: {problem}")


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_json(str(path), {"a": 1})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KctlError, match=f"cannot write {path}: No space left on device"):
        write_json(str(path), {"a": 2})
    assert (json.loads(path.read_text()), os.listdir(tmp_path)) == ({"a": 1}, ["file"])


def test_a_link_in_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    (tmp_path / f"file.{os.getpid()}.tmp").symlink_to(victim)
    with pytest.raises(KctlError, match="cannot write"):
        write_json(str(tmp_path / "file"), {})
    assert victim.read_text() == "x"


def test_types() -> None:
    expected = {"a": str, "b": int, "c": float, "d": list, "e": dict}
    check_types({"a": "", "b": 1, "c": 1, "d": [], "e": None, "f": object()}, "file", expected)
    for field, value, noun in (("a", 1, "string"), ("b", True, "whole number"), ("b", 1.5, "whole number"), ("c", "1", "number"), ("d", {}, "list")):
        with pytest.raises(KctlError, match=f"cannot read file: {field} must be a {noun}"):
            check_types({field: value}, "file", expected)
