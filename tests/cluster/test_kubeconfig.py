"""kctl's own kubeconfig."""

import json
from pathlib import Path
from typing import Any

import pytest

from minikube_py.cluster import kubeconfig
from minikube_py.cluster.home import Home
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
    assert json.loads(Path(home.join("deep", "other")).read_text()) == MINIKUBE
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
        (MINIKUBE, {"context": "x"}, 'context "x" does not exist'),
        ({**MINIKUBE, "current-context": "x"}, {}, "Error in configuration: context was not found for specified context: x"),
        (MINIKUBE, {"cluster": "x"}, 'cluster "x" does not exist'),
        (MINIKUBE, {"user": "x"}, 'auth info "x" does not exist'),
        ({**MINIKUBE, "clusters": [{"name": "minikube", "cluster": {"server": "https://real"}}]}, {},
         'the cluster "minikube" is a server (https://real): servers over HTTPS are not supported by this version of kctl'),
    ],
)  # fmt: skip
def test_refusals(home: Home, content: dict[str, Any], flags: dict[str, str], message: str) -> None:
    kubeconfig.save(home, content)
    with pytest.raises(KctlError) as caught:
        kubeconfig.current(home, **flags)
    assert str(caught.value) == message
