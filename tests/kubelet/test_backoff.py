"""Pauses after failures."""

from minikube_py.kubelet import backoff
from minikube_py.kubelet.backoff import Backoff
from tests.kubelet.test_ipam import Notes


def test_pauses_double_up_to_five_minutes() -> None:
    pauses = Backoff(Notes(), "u", 100.0)
    assert [pauses.note("pull/web") for _ in range(7)] == [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]


def test_pauses_are_remembered_until_forgotten() -> None:
    notes = Notes()
    Backoff(notes, "u", 100.0).note("pull/web")
    later = Backoff(notes, "u", 104.0)
    assert (later.left("pull/web"), later.pause("pull/web"), later.left("pull/other")) == (6.0, 10.0, 0.0)
    assert Backoff(notes, "u", 110.0).left("pull/web") == 0.0
    backoff.forget(notes, "u")
    assert notes.values == {}


def test_success_ends_them() -> None:
    pauses = Backoff(Notes(), "u", 100.0)
    pauses.note("restart/web")
    pauses.clear("restart/web")
    assert (pauses.pause("restart/web"), pauses.note("restart/web")) == (0.0, 10.0)


def test_who_never_fails_leaves_no_trace() -> None:
    notes = Notes()
    Backoff(notes, "u", 100.0).clear("pull/web")
    assert notes.values == {}
