"""Which process serves a cluster."""

import os
from pathlib import Path

import pytest

from minikube_py.cluster import served
from minikube_py.cluster.home import Home
from minikube_py.machinery.errors import KctlError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "clusters" / "c").mkdir(parents=True)
    return Home(str(tmp_path))


def test_a_server_is_there_as_long_as_it_runs(home: Home) -> None:
    assert served.find(home, "c") is None
    with served.alone(home, "c"):
        assert served.find(home, "c") is None  # it does not listen yet
        served.note(home, "c", "https://127.0.0.1:1")
        assert served.find(home, "c") == served.Served(os.getpid(), "https://127.0.0.1:1")
        assert os.stat(home.join("clusters", "c", "serve.json")).st_mode & 0o777 == 0o600
        with pytest.raises(KctlError, match=r'cluster "c" is served already at https://127\.0\.0\.1:1 \(process \d+\); "kctl serve stop" ends that'), \
                served.alone(home, "c"):  # fmt: skip
            raise AssertionError("two servers of one cluster")
        with pytest.raises(KctlError, match='cluster "c" is served at https://127'):
            served.refuse(home, "c")
    assert served.find(home, "c") is None
    assert served.stop(home, "c") is None
    served.refuse(home, "c")


def test_what_a_killed_server_left_behind_counts_for_nothing(home: Home) -> None:
    served.note(home, "c", "https://127.0.0.1:1")
    (Path(home.path) / "clusters" / "c" / "serve.lock").touch()
    assert served.find(home, "c") is None


def test_a_file_that_is_damaged(home: Home) -> None:
    with served.alone(home, "c"):
        (Path(home.path) / "clusters" / "c" / "serve.json").write_text('{"pid": 1}')
        with pytest.raises(KctlError, match="pid and address are missing"):
            served.find(home, "c")


def test_what_a_killed_server_left_behind_is_gone_before_the_next_one_listens(home: Home) -> None:
    (Path(home.path) / "clusters" / "c" / "serve.json").write_text("no JSON")
    with served.alone(home, "c"):
        assert served.find(home, "c") is None
