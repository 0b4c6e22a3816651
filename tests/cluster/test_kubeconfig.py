"""kctl's own kubeconfig."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from minikube_py.cluster import kubeconfig
from minikube_py.cluster.home import Home
from minikube_py.kits import yaml
from minikube_py.machinery.errors import KctlError

MINIKUBE = kubeconfig.with_cluster(dict(kubeconfig.EMPTY), "minikube")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"))


def test_a_cluster_comes_with_user_and_context() -> None:
    two = kubeconfig.with_cluster(MINIKUBE, "two")
    assert two["current-context"] == "two"
    for field in ("clusters", "users", "contexts"):
        assert [entry["name"] for entry in two[field]] == ["minikube", "two"]
    assert kubeconfig.entry(two, "clusters", "two") == {"server": "kctl://two"}
    assert kubeconfig.entry(two, "contexts", "two") == {"cluster": "two", "namespace": "default", "user": "two"}
    assert kubeconfig.entry(two, "users", "two") == {}
    assert kubeconfig.entry(two, "users", "three") is None
    assert kubeconfig.without_cluster(two, "two") == {**MINIKUBE, "current-context": ""}
    assert kubeconfig.without_cluster(two, "minikube")["current-context"] == "two"


def test_loading_and_saving(home: Home) -> None:
    assert kubeconfig.load(home) == MINIKUBE
    assert kubeconfig.load(home, home.join("other")) == kubeconfig.EMPTY
    kubeconfig.save(home, {**MINIKUBE, "current-context": "x"})
    assert kubeconfig.load(home)["current-context"] == "x"
    kubeconfig.save(home, MINIKUBE, home.join("deep", "other"))
    assert yaml.load(Path(home.join("deep", "other")).read_text()) == MINIKUBE
    Path(home.kubeconfig).write_text("clusters: null\n")
    assert kubeconfig.load(home) == kubeconfig.EMPTY


@pytest.mark.parametrize(
    ("content", "flags", "expected"),
    [
        (MINIKUBE, {}, ("minikube", "default")),
        (kubeconfig.EMPTY, {}, ("minikube", "")),
        (kubeconfig.with_cluster(MINIKUBE, "two"), {}, ("two", "default")),
        (kubeconfig.with_cluster(MINIKUBE, "two"), {"context": "minikube"}, ("minikube", "default")),
        (kubeconfig.with_cluster(MINIKUBE, "two"), {"cluster": "minikube", "user": "two"}, ("minikube", "default")),
        ({**MINIKUBE, "contexts": [{"name": "minikube", "context": {"namespace": "web"}}]}, {}, ("minikube", "web")),
    ],
)
def test_what_is_in_force(home: Home, content: dict[str, Any], flags: dict[str, str], expected: tuple[str, str]) -> None:
    kubeconfig.save(home, content)
    found = kubeconfig.current(home, **flags)
    assert (found.cluster, found.namespace, found.user) == (*expected, kubeconfig.ADMIN)


@pytest.mark.parametrize(
    ("content", "flags", "message"),
    [
        (MINIKUBE, {"context": "x"}, "Error in configuration: context was not found for specified context: x"),
        ({**MINIKUBE, "current-context": "x"}, {}, "Error in configuration: context was not found for specified context: x"),
        (MINIKUBE, {"cluster": "x"}, 'no server found for cluster "x"'),
        (MINIKUBE, {"user": "x"}, 'auth info "x" does not exist'),
    ],
)
def test_refusals(home: Home, content: dict[str, Any], flags: dict[str, str], message: str) -> None:
    kubeconfig.save(home, content)
    with pytest.raises(KctlError) as caught:
        kubeconfig.current(home, **flags)
    assert str(caught.value) == message


SERVER = {
    "clusters": [{"name": "real", "cluster": {"server": "https://real", "tls-server-name": "x"}}],
    "users": [{"name": "me", "user": {"token": "t"}}],
    "contexts": [{"name": "far", "context": {"cluster": "real", "user": "me", "namespace": "web"}}, {"name": "bare", "context": {}}],
    "current-context": "far",
}


def test_context_of_a_server(home: Home) -> None:
    kubeconfig.save(home, {**kubeconfig.EMPTY, **SERVER})
    assert kubeconfig.current(home) == kubeconfig.Context(
        "real", kubeconfig.ADMIN, "web", "https://real", "me", {"server": "https://real", "tls-server-name": "x"}, {"token": "t"},
    )  # fmt: skip
    assert kubeconfig.current(home, server="https://other").server == "https://other"


def test_another_file(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(json.dumps(SERVER))
    assert kubeconfig.current(home, path=str(path)).server == "https://real"
    assert kubeconfig.current(home, path=str(path), context="bare") == kubeconfig.Context("", kubeconfig.ADMIN, "", "http://localhost:8080")
    path.write_text(json.dumps(MINIKUBE))
    assert kubeconfig.current(home, path=str(path)) == kubeconfig.Context("minikube", kubeconfig.ADMIN, "default", user_name="minikube")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"path": "/nowhere"}, "stat /nowhere: no such file or directory"),
        ({"context": "x"}, "Error in configuration: context was not found for specified context: x"),
        ({"cluster": "x"}, 'no server found for cluster "x"'),
        ({"user": "x"}, 'auth info "x" does not exist'),
    ],
)
def test_refusals_of_another_file(home: Home, tmp_path: Path, flags: dict[str, str], message: str) -> None:
    path = tmp_path / "config"
    path.write_text(json.dumps(SERVER))
    with pytest.raises(KctlError) as caught:
        kubeconfig.current(home, **{"path": str(path), **flags})
    assert str(caught.value) == message


def test_a_link_stays_and_what_it_leads_to_is_replaced(home: Home, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "config", tmp_path / "link"
    link.symlink_to(target)
    kubeconfig.save(home, kubeconfig.EMPTY, str(link))
    target.chmod(0o640)
    kubeconfig.save(home, MINIKUBE, str(link))
    assert link.is_symlink() and kubeconfig.load(home, str(target)) == MINIKUBE
    assert target.stat().st_mode & 0o777 == 0o640
    assert list((tmp_path / "real").iterdir()) == [target]


def test_a_new_one_is_for_its_owner_only(home: Home) -> None:
    kubeconfig.save(home, MINIKUBE)
    assert Path(home.kubeconfig).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays_the_owner(home: Home) -> None:
    kubeconfig.save(home, MINIKUBE)
    os.chown(home.kubeconfig, 65534, 65533)
    kubeconfig.save(home, kubeconfig.EMPTY)
    there = Path(home.kubeconfig).stat()
    assert (there.st_uid, there.st_gid, there.st_mode & 0o777) == (65534, 65533, 0o600)


@pytest.mark.parametrize("path", ["", "deep/er/config"])
def test_who_changes_it_waits_for_who_does(home: Home, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(tmp_path / path) if path else ""
    waits, pause = threading.Event(), time.sleep

    def wait(seconds: float) -> None:
        waits.set()
        pause(seconds)

    def add(name: str) -> None:
        content = kubeconfig.load(home, file)
        if name == "first":
            second.start()
            assert waits.wait(30.0)
        kubeconfig.save(home, kubeconfig.with_cluster(content, name), file)

    def alone(name: str) -> None:
        with kubeconfig.changing(home, file):
            add(name)

    monkeypatch.setattr("minikube_py.kits.filelock.time.sleep", wait)
    second = threading.Thread(target=alone, args=("second",))
    alone("first")
    second.join()
    names = [entry["name"] for entry in kubeconfig.load(home, file)["contexts"]]
    assert names == [*([] if path else ["minikube"]), "first", "second"]


def test_what_killed_commands_left_is_cleared_up(home: Home) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    kubeconfig.save(home, MINIKUBE)
    there = [f"config.{ended.pid}.tmp", f"config.{'9' * 30}.tmp", f"config.{os.getppid()}.tmp", "config.x.tmp", f"other.{ended.pid}.tmp", "config..tmp"]
    for name in there:
        Path(home.join(name)).write_text("secret")
    kubeconfig.save(home, kubeconfig.EMPTY)
    assert sorted(os.listdir(home.path)) == sorted(["config", *there[2:]])
