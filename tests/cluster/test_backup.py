"""Snapshots and restores of clusters beside other commands, and what those leave that are killed."""

import os
from pathlib import Path

import pytest

from minikube_py.cluster import backup, bootstrap, cluster
from minikube_py.cluster.cluster import STORE, Settings, open_cluster, settle_lock
from minikube_py.cluster.home import Home
from minikube_py.machinery.errors import KctlError
from minikube_py.storage import files


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a cluster of which there is a snapshot, without an account that the cluster has by now."""
    found = Home(str(tmp_path / "home"))
    bootstrap.create(found, Settings("c")).close()
    backup.snapshot(found, "c", str(tmp_path / "snapshot.db"))
    change(found, "later")
    return found


def change(home: Home, account: str) -> None:
    there = open_cluster(home, "c")
    there.client().create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": "default"}})
    there.settle()
    there.close()


def accounts(home: Home) -> list[str]:
    there = open_cluster(home, "c")
    names = [item["metadata"]["name"] for item in there.client().items("serviceaccounts", "default")]
    there.close()
    return names


def test_the_next_command_that_settles_clears_what_a_killed_restore_left(home: Home) -> None:
    store = os.path.join(home.cluster("c"), STORE)
    for name in (files.marker(store), files.marker(store) + "-journal"):
        Path(name).write_bytes(b"half of a copy")
    change(home, "another")
    assert not [name for name in os.listdir(home.cluster("c")) if "restoring" in name]
    assert accounts(home) == ["another", "default", "later"]


def test_a_restore_waits_for_who_settles(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(tmp_path / "snapshot.db")
    with settle_lock(home.cluster("c")), monkeypatch.context() as hurried:
        hurried.setattr(cluster.settle_lock.__wrapped__, "__defaults__", (0.0,))
        with pytest.raises(KctlError, match=r'^another process has been working on cluster "c" for 120 seconds; try again later$'):
            backup.restore(home, "c", file)
    assert accounts(home) == ["default", "later"]
    backup.restore(home, "c", file)
    assert accounts(home) == ["default"]
