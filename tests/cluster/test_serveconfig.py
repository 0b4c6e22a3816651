"""Kubeconfigs for clients of a served cluster."""

import base64
from pathlib import Path

import pytest

from minikube_py.cluster import serveconfig
from minikube_py.cluster.pki import Keys
from minikube_py.kits import yaml
from minikube_py.kits.clock import SystemClock
from minikube_py.machinery.errors import KctlError

MINE = "# mine\nclusters: [{name: c, cluster: {server: 'https://192.0.2.1', proxy-url: p}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n" \
       "users: [{name: u, user: {token: t}}]\ncurrent-context: x\n"  # fmt: skip


@pytest.fixture
def wanted() -> dict[str, object]:
    return serveconfig.content("c", "https://127.0.0.1:1", Keys("", SystemClock()))


def test_everything_is_in_it(tmp_path: Path, wanted: dict[str, object]) -> None:
    path = tmp_path / "new" / "kubeconfig"
    serveconfig.write(str(path), wanted)
    assert path.stat().st_mode & 0o777 == 0o600
    found = yaml.load(path.read_text())
    assert found["current-context"] == found["clusters"][0]["name"] == "kctl-c"
    user = found["users"][0]["user"]
    for data in (found["clusters"][0]["cluster"]["certificate-authority-data"], user["client-certificate-data"], user["client-key-data"]):
        assert base64.b64decode(data).startswith(b"-----BEGIN ")


def test_what_is_there_stays(tmp_path: Path, wanted: dict[str, object]) -> None:
    path = tmp_path / "config"
    path.write_text(MINE)
    for _ in range(2):
        serveconfig.merge(str(path), wanted)
    found = yaml.load(path.read_text())
    assert [entry["name"] for entry in found["contexts"]] == ["x", "kctl-c"]
    assert found["clusters"][0] == {"name": "c", "cluster": {"server": "https://192.0.2.1", "proxy-url": "p"}}
    assert found["current-context"] == "x"


def test_a_file_that_is_not_there_yet(tmp_path: Path, wanted: dict[str, object]) -> None:
    path = tmp_path / ".kube" / "config"
    serveconfig.merge(str(path), wanted)
    assert yaml.load(path.read_text()) == wanted


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, wanted: dict[str, object]) -> None:
    path = tmp_path / "config"
    path.write_text("clusters: {")
    with pytest.raises(KctlError, match="error loading config file"):
        serveconfig.merge(str(path), wanted)
    assert path.read_text() == "clusters: {"


def test_a_link_stays_a_link(tmp_path: Path, wanted: dict[str, object]) -> None:
    (tmp_path / "real").write_text(MINE)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    serveconfig.merge(str(tmp_path / "link"), wanted)
    assert (tmp_path / "link").is_symlink()
    assert "kctl-c" in (tmp_path / "real").read_text()


def test_the_user_s_own_file(tmp_path: Path) -> None:
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert serveconfig.users_own({"HOME": "/h"}) == "/h/.kube/config"
    assert serveconfig.users_own({"KUBECONFIG": f"{one}:{two}"}) == two
    Path(one).touch()
    assert serveconfig.users_own({"KUBECONFIG": f"{one}:{two}"}) == one


def test_places_that_cannot_be_written_are_told_before(tmp_path: Path) -> None:
    serveconfig.check(str(tmp_path / "new" / "deep" / "kubeconfig"))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "file" / "kubeconfig", "Not a directory")):
        with pytest.raises(KctlError, match=f"cannot write {path}: {reason}"):
            serveconfig.check(str(path))
    (tmp_path / "file").write_text("clusters: {")
    with pytest.raises(KctlError, match="error loading config file"):
        serveconfig.check_merge(str(tmp_path / "file"))
    serveconfig.check_merge(str(tmp_path / "other"))
