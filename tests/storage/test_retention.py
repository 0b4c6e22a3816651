"""How much history stays."""

import pytest

from minikube_py.storage import retention
from minikube_py.storage.api import Backend, Put


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make two revisions worth a compaction."""
    monkeypatch.setattr(retention, "WORTHWHILE", 2)


def write(backend: Backend, number: int) -> None:
    """Write so many revisions."""
    for _ in range(number):
        backend.txn([], [Put("/a", b"")])


def test_what_is_older_than_five_minutes_goes(backend: Backend) -> None:
    write(backend, 9)
    assert retention.retain(backend, 1000.0) == 0
    write(backend, 10)
    assert retention.retain(backend, 1200.0) == 0
    write(backend, 10)
    assert retention.retain(backend, 1299.9) == 0
    assert retention.retain(backend, 1300.0) == 10
    assert (backend.compact_revision(), backend.revision()) == (10, 30)
    assert retention.retain(backend, 1500.0) == 20
    assert [int(value) for _, value in backend.state_range("storage/marks/")] == [30, 30]


def test_history_is_bounded_however_young(backend: Backend) -> None:
    write(backend, 29)
    assert retention.retain(backend, 1000.0, revisions=12) == 18


def test_what_a_loop_has_not_seen_stays(backend: Backend) -> None:
    write(backend, 29)
    retention.retain(backend, 1000.0)
    assert retention.retain(backend, 1400.0, needed=7) == 7
    assert retention.retain(backend, 1400.0, needed=8) == 7


def test_few_revisions_are_not_worth_it(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "WORTHWHILE", 31)
    write(backend, 29)
    retention.retain(backend, 1000.0)
    assert retention.retain(backend, 1400.0) == 0
    write(backend, 1)
    assert retention.retain(backend, 1431.0) == 0
    assert retention.retain(backend, 1731.0) == 31


def test_marks_are_few_and_follow_a_clock_that_is_set_back(backend: Backend) -> None:
    write(backend, 9)
    for now in range(1000, 1061):
        retention.retain(backend, float(now))
    marks = [key.rsplit("/", 1)[1] for key, _ in backend.state_range("storage/marks/")]
    assert marks == ["0000000001000.000000", "0000000001030.000000", "0000000001060.000000"]
    retention.retain(backend, 1010.0)
    assert [key.rsplit("/", 1)[1] for key, _ in backend.state_range("storage/marks/")] == ["0000000001000.000000", "0000000001010.000000"]
