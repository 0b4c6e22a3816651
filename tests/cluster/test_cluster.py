"""A cluster of several processes: one settles at a time, what is undone is forgotten, old history goes."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from minikube_py import testing
from minikube_py.client.loops import Loop, LoopContext, object_key
from minikube_py.cluster import cluster as clusters
from minikube_py.cluster.cluster import Cluster, Settings
from minikube_py.kits import filelock
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin import hookimpl
from minikube_py.plugin.manager import PluginManager
from minikube_py.storage import retention, sqlite
from tests.cluster.toys import configmap

ALL = ("controllers", "scheduler", "kubelet")


class Counting(Loop):
    """Counts its reconciles, over all clusters of a test."""

    name, user, groups = "counting", "system:counting", ("system:masters",)
    made: list[str] = []  # noqa: RUF012  (emptied by each test)
    seen: list[str] = []  # noqa: RUF012
    fail: list[BaseException] = []  # noqa: RUF012

    def __init__(self, context: LoopContext) -> None:
        super().__init__(context)
        self.made.append("made")

    def watches(self) -> Any:
        return {"configmaps": object_key}

    def reconcile(self, key: str) -> None:
        self.seen.append(key)
        if self.fail:
            self.client.create(configmap("undone"))
            raise self.fail.pop()


class Plugin:
    """Registers the loop."""

    @hookimpl
    def kctl_register_controllers(self, registry: Any) -> None:
        registry.add(Counting.name, Counting)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    for kept in (Counting.made, Counting.seen, Counting.fail):
        kept.clear()


def _open(folder: Path, clock: testing.FakeClock | None = None) -> Cluster:
    backend = sqlite.open_store(str(folder / "store.db"))
    return Cluster(Settings(without=ALL), backend, PluginManager(given=(Plugin(),)), folder=str(folder), clock=clock or testing.FakeClock(),
                   rng=random.Random(1))  # fmt: skip


@pytest.fixture
def one(tmp_path: Path) -> Any:
    cluster = _open(tmp_path)
    cluster.client().create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    cluster.settle()
    yield cluster
    cluster.close()


def test_a_quiet_read_makes_no_loop(one: Cluster, tmp_path: Path) -> None:
    one.client().create(configmap("a"))
    one.settle()
    assert (Counting.seen, Counting.made) == (["default/a"], ["made"])
    reader = _open(tmp_path)
    assert reader.catch_up() == ""
    reader.settle()
    assert reader.client().items("configmaps")[0]["metadata"]["name"] == "a"
    assert (Counting.seen, Counting.made) == (["default/a"], ["made"])
    reader.close()


def test_loops_that_missed_what_others_saw_are_made_anew(one: Cluster, tmp_path: Path) -> None:
    one.settle()
    two = _open(tmp_path)
    two.client().create(configmap("a"))
    two.settle()
    two.close()
    one.client().create(configmap("b"))
    one.settle()
    assert (Counting.seen, len(Counting.made)) == (["default/a", "default/b"], 3)
    one.client().create(configmap("c"))
    one.settle()
    assert len(Counting.made) == 3  # nobody came in between


def test_one_process_settles_at_a_time(one: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_LOCK_TIMEOUT", 0.05)
    one.client().create(configmap("a"))
    with filelock.hold(str(tmp_path / "settle.lock"), 1.0):
        assert one.catch_up() == ""  # a reader waits for nobody
        with pytest.raises(KctlError, match='^another process has been working on cluster "minikube" for 0.05 seconds; try again later$'):
            one.settle()
    assert Counting.seen == []
    one.settle()
    assert Counting.seen == ["default/a"]


def test_what_another_process_settles_meanwhile_is_done(one: Cluster, tmp_path: Path) -> None:
    one.client().create(configmap("a"))
    two = _open(tmp_path)
    two.settle()
    one.settle()
    assert Counting.seen == ["default/a"]
    two.close()


def test_an_interrupt_undoes_all_and_forgets_it(one: Cluster) -> None:
    one.client().create(configmap("a"))
    before, state = one.backend.revision(), one.backend.state_range("settle/")
    version = one.server.reader.version_of("configmaps")
    Counting.fail.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        one.settle()
    assert (one.backend.revision(), one.backend.state_range("settle/"), one.backend.verify()) == (before, state, [])
    assert one.client().find("configmaps", "undone", "default") is None
    assert one.server.reader.version_of("configmaps")[0] == version[0] + 1
    one.settle()
    assert (Counting.seen, one.is_quiet()) == (["default/a", "default/a"], True)


def test_old_history_goes_and_only_what_was_seen(tmp_path: Path) -> None:
    clock = testing.FakeClock()
    cluster = _open(tmp_path, clock)
    client = cluster.client()
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    client.create(configmap("a"))
    with cluster.backend.batch():
        for number in range(retention.WORTHWHILE + 100):
            client.patch("configmaps", "a", "default", {"data": {"number": str(number)}})
    cluster.settle()
    assert cluster.backend.compact_revision() == 0  # too young
    clock.advance(retention.SECONDS + 1)
    seen = cluster.backend.revision()
    client.create(configmap("b"))
    cluster.settle()
    assert cluster.backend.compact_revision() == seen
    assert client.get("configmaps", "a", "default")["data"] == {"number": str(retention.WORTHWHILE + 99)}
    assert cluster.is_quiet()
    cluster.close()


@pytest.mark.parametrize(("controller", "message"), [
    (type("Nobody", (Loop,), {"name": "bad"}), 'the controller "bad" does not say as which user it acts'),
    (type("Other", (Loop,), {"name": "other", "user": "x"}), 'the controller registered as "bad" is no Loop of that name'),
    (type("Broken", (Loop,), {"name": "bad", "user": "x", "__init__": lambda self, context: 1 / 0}),
     'the controller "bad" cannot be made: ZeroDivisionError: division by zero'),
    (type("Astray", (Loop,), {"name": "bad", "user": "x", "watches": lambda self: {"shelves": object_key}}),
     'the controller "bad" watches "shelves", which no one serves'),
])  # fmt: skip
def test_controllers_that_cannot_be_made(controller: Any, message: str) -> None:
    class Bad:
        @hookimpl
        def kctl_register_controllers(self, registry: Any) -> None:
            registry.add("bad", controller)

    with pytest.raises(KctlError) as refused:
        testing.new_cluster(plugins=(Bad(),), without=ALL)
    assert str(refused.value) == message


def test_storage_backends_that_cannot_be_opened() -> None:
    class Bad:
        @hookimpl
        def kctl_register_storage_backends(self, registry: Any) -> None:
            registry.add("bad", lambda config: 1 / 0)

    with pytest.raises(KctlError, match='^the storage backend "bad" cannot be opened: ZeroDivisionError: division by zero$'):
        clusters.open_backend(Settings(storage="bad"), "", PluginManager(given=(Bad(),)))
    with pytest.raises(KctlError, match='^no plugin provides the storage backend "none"$'):
        clusters.open_backend(Settings(storage="none"), "", PluginManager(given=()))


def test_a_command_in_a_test_finds_what_time_has_brought(kctl: testing.Kctl, kctl_clock: testing.FakeClock) -> None:
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}
    template = {"metadata": {"annotations": {"kctl.dev/dryrun-run-for": "10s"}}, "spec": pod}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "short"}, "spec": {"template": template}}
    kctl("create -f -", stdin=json.dumps(job))
    assert kctl("get job short -o jsonpath={.status.active}") == "1"
    kctl_clock.advance(11)
    assert kctl("get job short -o jsonpath={.status.succeeded}") == "1"
