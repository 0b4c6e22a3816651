"""Loops that work in bounded slices, as a server lets them, while other processes wait for them to be done."""

import threading
import time
from pathlib import Path

from minikube_py import testing
from minikube_py.cluster import bootstrap, cluster
from minikube_py.cluster.cluster import Settings
from minikube_py.cluster.home import Home

DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
    "spec": {"replicas": 20, "selector": {"matchLabels": {"app": "web"}},
             "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}},
}  # fmt: skip


class Ticking(testing.FakeClock):
    """A clock on which each look takes a millisecond."""

    def now(self) -> float:
        self.instant += 0.001
        return self.instant


def test_slices_end_where_one_settle_ends() -> None:
    world = testing.new_cluster(clock=Ticking())
    world.client().create(DEPLOYMENT)
    slices = 1
    while world.settle_some(0.01):
        slices += 1
    assert slices > 3
    assert [pod["status"]["phase"] for pod in world.client().items("pods", "default")] == ["Running"] * 20


def test_nothing_to_do_is_nothing_left(kctl_cluster: cluster.Cluster) -> None:
    assert kctl_cluster.settle_some(1.0) is False


def test_a_command_waits_for_the_owner_of_the_loops_to_be_done(tmp_path: Path) -> None:
    home = Home(str(tmp_path))
    bootstrap.create(home, Settings("c", nodes=1)).close()
    owner = cluster.open_cluster(home, "c")
    with owner.own_loops():
        command = cluster.open_cluster(home, "c")
        command.client().create(DEPLOYMENT)
        finished = threading.Event()
        waiter = threading.Thread(target=_settle_elsewhere, args=(home, finished))
        waiter.start()
        time.sleep(0.05)
        assert not finished.is_set()  # it waits, and does not take the loops away
        while owner.settle_some(0.05):
            pass
        waiter.join(20)
        assert finished.is_set()
        assert {pod["status"]["phase"] for pod in command.client().items("pods", "default")} == {"Running"}
        command.close()
    owner.close()


def _settle_elsewhere(home: Home, finished: threading.Event) -> None:
    mine = cluster.open_cluster(home, "c")
    mine.settle()
    finished.set()
    mine.close()
