"""Loops that are made once there is something for them are the same loops."""

from collections.abc import Callable, Iterable, Mapping

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
    assert [entry.name for entry in FACTORIES if entry.name not in LATE] == ["namespace-controller", "storage-provisioner", "resourcequota-controller",
                                                                         "generic-garbage-collector"]  # fmt: skip


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
