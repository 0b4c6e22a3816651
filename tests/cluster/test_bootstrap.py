"""Making, opening and deleting clusters on disk; tests/cluster/test_nodes.py has their nodes."""

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minikube_py.cluster import bootstrap, kubeconfig
from minikube_py.cluster.cluster import Settings, open_cluster
from minikube_py.cluster.home import Home
from minikube_py.machinery.errors import KctlError


class Killing:
    """A function that works once, and then ends everything."""

    def __init__(self, name: str) -> None:
        module, _, attribute = name.rpartition(".")
        self._function = getattr(importlib.import_module(module), attribute)
        self._left = 1 if name == "os.unlink" else 0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if self._left:
            self._left -= 1
            return self._function(*arguments, **named)
        raise KeyboardInterrupt


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(str(tmp_path / "home"))


def test_the_default_cluster_is_made_at_first_use(home: Home) -> None:
    first = bootstrap.open_or_create(home, "minikube")
    uid = first.client().get("namespaces", "kube-system")["metadata"]["uid"]
    assert first.is_quiet()
    first.close()
    assert (home.clusters(), kubeconfig.load(home)["current-context"]) == (["minikube"], "minikube")
    again = bootstrap.open_or_create(home, "minikube")
    assert again.client().get("namespaces", "kube-system")["metadata"]["uid"] == uid
    again.close()


def test_what_a_new_cluster_holds(home: Home) -> None:
    cluster = bootstrap.create(home, Settings("two", nodes=2))
    client = cluster.client()
    names = [item["metadata"]["name"] for item in client.items("namespaces")]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system"]
    assert [item["metadata"]["name"] for item in client.items("nodes")] == ["two", "two-m02"]
    assert client.get("services", "kubernetes", "default")["spec"]["clusterIP"] == "10.96.0.1"
    phases = {pod["metadata"]["name"]: pod["status"]["phase"] for pod in client.items("pods", "kube-system")}
    assert set(phases.values()) == {"Running"}
    assert {f"{part}-two" for part in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")} <= set(phases)
    cluster.close()


def test_a_configuration_made_before_is_kept(home: Home) -> None:
    content = kubeconfig.load(home)
    content["contexts"][0]["context"]["namespace"] = "web"
    kubeconfig.save(home, content)
    bootstrap.open_or_create(home, "minikube").close()
    assert kubeconfig.current(home).namespace == "web"


def test_only_the_default_one_is_made_by_itself(home: Home) -> None:
    with pytest.raises(KctlError, match='cluster "other" does not exist: create it with "kctl cluster create other"'):
        bootstrap.open_or_create(home, "other")


def test_what_a_killed_creation_left_is_made_anew(home: Home) -> None:
    folder = Path(home.make("clusters", "minikube"))
    (folder / "store.db").write_text("half")
    cluster = bootstrap.open_or_create(home, "minikube")
    assert cluster.client().find("namespaces", "default") is not None
    cluster.close()


def test_an_existing_cluster_is_not_made_again(home: Home) -> None:
    bootstrap.create(home, Settings("a")).close()
    with pytest.raises(KctlError, match='cluster "a" already exists'):
        bootstrap.create(home, Settings("a"))
    open_cluster(home, "a").close()


def test_deletion(home: Home) -> None:
    bootstrap.create(home, Settings("a")).close()
    bootstrap.delete(home, "a")
    assert (home.clusters(), os.listdir(home.join("clusters")), kubeconfig.load(home)["current-context"]) == ([], [], "")
    with pytest.raises(KctlError, match='cluster "a" does not exist'):
        bootstrap.delete(home, "a")


@pytest.mark.parametrize("step", ["os.unlink", "shutil.rmtree", "minikube_py.cluster.kubeconfig.save"])
def test_a_deletion_that_was_killed_is_taken_up_again(home: Home, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.create(home, Settings("a")).close()
    Path(home.make("clusters", "a", "pki"), "ca.key").write_text("secret")
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(step, Killing(step))
        bootstrap.delete(home, "a")
    bootstrap.delete(home, "a")
    assert (os.listdir(home.join("clusters")), kubeconfig.load(home)["contexts"], kubeconfig.load(home)["current-context"]) == ([], [], "")


def test_what_a_killed_creation_left_can_be_deleted(home: Home) -> None:
    bootstrap.create(home, Settings("b")).close()
    Path(home.make("clusters", "a"), "store.db").write_text("half")
    bootstrap.delete(home, "a")
    assert (home.clusters(), os.listdir(home.join("clusters")), kubeconfig.load(home)["current-context"]) == (["b"], ["b"], "b")


@pytest.mark.parametrize("use", [lambda home: bootstrap.delete(home, "a"), lambda home: bootstrap.create(home, Settings("a")).close()])
def test_what_a_killed_creation_left_on_an_engine_goes(home: Home, use: Callable[[Home], None], monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned: list[tuple[str, bool]] = []
    monkeypatch.setattr("minikube_py.cluster.engines.clean", lambda folder, force=False: cleaned.append((folder, os.path.isdir(folder))))
    home.make("clusters", "a")
    use(home)
    assert cleaned == [(home.join("clusters", "a"), True)]


def test_settings_that_nobody_provides(home: Home) -> None:
    bootstrap.check(home, Settings(without=("scheduler", "controllers")))
    with pytest.raises(KctlError, match='there is no loop "nope" to leave out; there are: '):
        bootstrap.check(home, Settings(without=("nope",)))
    with pytest.raises(KctlError, match='no plugin provides the runtime "nope"; there are: dryrun'):
        bootstrap.check(home, Settings(runtime="nope"))
    assert not os.path.exists(home.join("clusters"))


def test_a_cluster_without_kubelets_has_no_nodes_and_no_pods(home: Home) -> None:
    cluster = bootstrap.create(home, Settings("api", without=("kubelet",)))
    assert cluster.client().items("nodes") == cluster.client().items("pods") == []
    cluster.close()


def test_each_version_that_is_served_has_its_apiservice(home: Home) -> None:
    cluster = bootstrap.open_or_create(home, "minikube")
    client, known = cluster.client(), cluster.scheme
    found = {item["metadata"]["name"]: item for item in client.items("apiservices.apiregistration.k8s.io")}
    served = {f"{version}.{group}" for group in known.groups() for version in known.versions(group)}
    assert set(found) == served - {"v1.apiregistration.k8s.io", "v1beta1.metrics.k8s.io"}
    assert {item["status"]["conditions"][0]["reason"] for item in found.values()} == {"Local"}
    priorities = [(-item["spec"]["groupPriorityMinimum"], -item["spec"]["versionPriority"], name) for name, item in found.items()]
    order = [name.partition(".")[2] for _, _, name in sorted(priorities)]
    assert order[:2] == ["", "apps"]
    cluster.close()
