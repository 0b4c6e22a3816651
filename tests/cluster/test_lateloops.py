"""Loops that are made once there is something for them are the same loops."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from minikube_py.client.loops import Change, Loop
from minikube_py.cluster import loops
from minikube_py.cluster.lateloops import LateLoop
from minikube_py.plugin import late
from minikube_py.plugin.manager import PluginManager
from minikube_py.testing import new_cluster

FACTORIES = list(PluginManager(given=()).registry("controllers"))
LATE = [entry.name for entry in FACTORIES if isinstance(entry.value, late.Factory) and entry.value.watched]


@pytest.mark.parametrize("name", LATE)
def test_table_says_what_loops_watch(name: str) -> None:
    cluster = new_cluster()
    stand_in = next(loop for loop in loops.build(cluster) if loop.name == name)
    assert isinstance(stand_in, LateLoop)
    real = stand_in._loop()
    assert real.name == name and sorted(stand_in.watches()) == sorted(real.watches())
    assert real.outside is None


def test_most_loops_are_late() -> None:
    assert [entry.name for entry in FACTORIES if entry.name not in LATE] == ["namespace-controller", "resourcequota-controller", "generic-garbage-collector"]


def test_loops_take_their_turns_from_the_bottom_up() -> None:
    wanted = ["service-account-controller", "persistent-volume-binder", "scheduler", "kubelet", "endpointslice-controller", "replicaset-controller",
              "job-controller", "cronjob-controller", "deployment-controller"]  # fmt: skip
    assert [loop.name for loop in loops.build(new_cluster()) if loop.name in wanted] == wanted


class Counter(Loop):
    """Notes what it is asked."""

    name = "counter"
    made = 0
    flushed = 0
    extra = "its own"

    def __init__(self) -> None:
        Counter.made += 1

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        return {"pods": lambda change: (change.object["metadata"]["name"],)}

    def reconcile(self, key: str) -> float | None:
        return float(key)

    def order(self, keys: list[str]) -> list[str]:
        return keys[::-1]

    def flush(self) -> None:
        Counter.flushed += 1


def test_a_loop_is_made_once_and_when_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counter, "made", 0)
    monkeypatch.setattr(Counter, "flushed", 0)
    loop = LateLoop("counter", ["pods"], Counter)
    handler = loop.watches()["pods"]
    loop.flush()
    assert loop.order([]) == [] and (Counter.made, Counter.flushed) == (0, 0)
    assert handler(Change("ADDED", {"metadata": {"name": "5"}}, None, 1)) == ("5",)
    assert loop.reconcile("5") == 5.0 and loop.order(["1", "2"]) == ["2", "1"]
    loop.flush()
    assert (Counter.made, Counter.flushed) == (1, 1)
    assert loop.extra == "its own"
    with pytest.raises(AttributeError, match="'Counter' object has no attribute 'other'"):
        _ = loop.other


def test_what_could_fail_is_made_at_once() -> None:
    cluster = new_cluster()
    cluster.settings = cluster.settings._replace(scheduler={"profiles": []})
    assert not [loop for loop in loops.build(cluster) if isinstance(loop, LateLoop)]


def test_where_pods_really_run_the_kubelet_alone_is_made_at_once(tmp_path: Path) -> None:
    cluster = new_cluster()
    cluster.settings = cluster.settings._replace(runtime="podman", id="ab12", engine={"CONTAINER_HOST": f"unix://{tmp_path}/none.sock"})
    cluster.folder = str(tmp_path)
    made = {loop.name for loop in loops.build(cluster) if not isinstance(loop, LateLoop)}
    assert made & set(LATE) == {"kubelet"}


def pod(kind: str = "", finalizer: str = "") -> dict[str, object]:
    """Return a pod that a controller of that kind has."""
    metadata: dict[str, object] = {"name": "5"}
    if kind:
        metadata["ownerReferences"] = [{"kind": kind, "controller": True}]
    if finalizer:
        metadata["finalizers"] = [finalizer]
    return {"metadata": metadata}


@pytest.mark.parametrize(("new", "old", "made"), [
    (pod("Job"), None, 0), (pod("Job"), pod("Job"), 0), (pod("ReplicaSet"), None, 1), (pod(), None, 1), (pod("Job"), pod(), 1),
    (pod("Job"), pod("ReplicaSet"), 1), (pod("Job", "a/b"), None, 1),
])  # fmt: skip
def test_pods_of_others_make_no_loop(new: dict[str, object], old: dict[str, object] | None, made: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counter, "made", 0)
    loop = LateLoop("counter", ["pods/ReplicaSet"], Counter)
    assert loop.watches()["pods"](Change("MODIFIED", new, old, 1)) == (("5",) if made else ())
    assert Counter.made == made


@pytest.mark.parametrize(("new", "old", "made"), [([], None, 0), (["configMap"], ["configMap"], 0), (["configMap", "nfs"], None, 1), ([], ["nfs"], 1)])
def test_pods_without_such_volumes_make_no_loop(new: list[str], old: list[str] | None, made: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counter, "made", 0)
    loop = LateLoop("counter", ["pods:ephemeral:nfs"], Counter)
    after, before = ({**pod(), "spec": {"volumes": [{"name": name, name: {"a": "b"}} for name in names or ()]}} for names in (new, old))
    assert loop.watches()["pods"](Change("MODIFIED", after, None if old is None else before, 1)) == (("5",) if made else ())
    assert Counter.made == made


def test_without_its_own_kind_a_loop_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counter, "made", 0)
    monkeypatch.setattr(Counter, "watches", lambda self: dict.fromkeys(("pods", "sets"), lambda change: (change.object["metadata"]["name"],)))
    asked: list[str] = []
    there: list[str] = []
    loop = LateLoop("counter", ["pods", "sets!"], Counter, lambda resource: bool(asked.append(resource) or there))
    handlers, change = loop.watches(), Change("ADDED", pod(), None, 1)
    assert (handlers["pods"](change), handlers["pods"](change), Counter.made, asked) == ((), (), 0, ["sets"])
    assert (handlers["sets"](change), handlers["pods"](change), Counter.made) == (("5",), ("5",), 1)
    there.append("one")
    loop = LateLoop("counter", ["pods", "sets!"], Counter, lambda resource: bool(there))
    assert loop.watches()["pods"](change) == ("5",)
