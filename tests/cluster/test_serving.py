"""When the loops of a served cluster work: between requests, but not for ever behind them."""

from collections.abc import Callable
from typing import Any

import pytest

from minikube_py.cluster import serving
from minikube_py.cluster.serving import Place


class Clock:
    """A time that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Loops:
    """Loops that work until they are interrupted, a millisecond at a time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.slices: list[float] = []

    def settle_some(self, budget: float, interrupted: Callable[[], bool]) -> bool:
        begun = self.clock.now
        while round(self.clock.now - begun, 6) < budget and not interrupted():
            self.clock.now += 0.001
        self.slices.append(round(self.clock.now - begun, 4))
        return True


class Hub:
    def pump(self) -> bool:
        return False


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = Clock()
    monkeypatch.setattr(serving, "time", clock)
    made: Any = Place.__new__(Place)
    made.cluster, made.hub, made._rest_until, made._worked = Loops(clock), Hub(), 0.0, clock.now
    return made


def test_loops_work_a_whole_slice_where_nobody_waits(place: Any) -> None:
    assert place.turn(1.0, lambda: False) == 0.0
    assert place.cluster.slices == [serving.SLICE]


def test_loops_let_the_next_request_come_first(place: Any) -> None:
    for idle, waits in ((0.0, False), (serving._GRACE / 2, False), (1.0, True)):
        assert place.turn(idle, lambda waits=waits: waits) == serving._GRACE
    assert place.cluster.slices == []


def test_loops_are_not_kept_from_working_for_ever(place: Any) -> None:
    clock, begun = place.cluster.clock, place.cluster.clock.now
    while clock.now - begun < 1.0:  # requests come without a pause
        clock.now += 0.003
        place.turn(0.0, lambda: True)
    assert set(place.cluster.slices) <= {serving._LEAST, round(serving._LEAST + 0.001, 4)}
    assert 25 <= len(place.cluster.slices) <= 30
