"""How far and how soon an autoscaler may go."""

from typing import Any

import pytest

from minikube_py.controllers import autoscalerlimits
from minikube_py.controllers.autoscalerlimits import History

BOUNDS = {"minReplicas": 1, "maxReplicas": 20}


def decide(current: int, wanted: int, history: History, now: float, **behavior: Any) -> tuple[int, str, str, float | None]:
    spec = {**BOUNDS, "behavior": behavior} if behavior else BOUNDS
    history.recommend(wanted, current, now)
    found = autoscalerlimits.decide(spec, current, wanted, history, now)
    return found.size, found.able[0], found.limited[0], found.again


def test_going_down_waits_for_five_minutes() -> None:
    history = History(None)
    assert decide(5, 2, history, 100.0) == (5, "ScaleDownStabilized", "DesiredWithinRange", 300.0)
    assert decide(5, 3, history, 200.0) == (5, "ScaleDownStabilized", "DesiredWithinRange", 200.0)
    assert decide(5, 2, history, 399.0) == (5, "ScaleDownStabilized", "DesiredWithinRange", 1.0)
    assert decide(5, 2, history, 400.0)[:2] == (3, "ScaleDownStabilized")  # it was recommended until 399
    assert decide(3, 2, history, 700.0) == (2, "ReadyForNewScale", "DesiredWithinRange", None)


def test_a_history_survives_as_json() -> None:
    history = History(None)
    decide(5, 2, history, 100.0)
    history.scale(-3, 100.0)
    again = History(history.raw())
    assert (again.recommended, again.scaled, again.is_open) == ([[100.0, 5], [100.0, 2]], [[100.0, -3]], True)
    assert again.base(2, 60, 150.0) == 5
    assert again.base(2, 60, 160.0) == 2


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        (1, 9, (4, "ScaleUpLimit")), (4, 9, (8, "ScaleUpLimit")), (15, 30, (20, "TooManyReplicas")), (1, 0, (1, "TooFewReplicas")),
        (3, 5, (5, "DesiredWithinRange")),
    ],
)  # fmt: skip
def test_bounds(current: int, wanted: int, expected: tuple[int, str]) -> None:
    found = decide(current, wanted, History({"recommended": [[0.0, 0]]}), 1000.0)
    assert (found[0], found[2]) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}, (8, "ScaleDownLimit", 15.0)),
        ({"policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}]}, (5, "ScaleDownLimit", 15.0)),
        ({"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}, {"type": "Percent", "value": 50, "periodSeconds": 60}]}, (5, "ScaleDownLimit", 15.0)),
        ({"selectPolicy": "Min", "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}, {"type": "Percent", "value": 50, "periodSeconds": 60}]},
         (8, "ScaleDownLimit", 15.0)),
        ({"selectPolicy": "Disabled"}, (10, "ScaleDownLimit", None)),
        ({"policies": [{"type": "Percent", "value": 100, "periodSeconds": 60}]}, (2, "DesiredWithinRange", None)),
    ],
)  # fmt: skip
def test_rates_of_going_down(rules: Any, expected: tuple[int, str, float | None]) -> None:
    found = decide(10, 2, History(None), 1000.0, scaleDown={"stabilizationWindowSeconds": 0, **rules})
    assert (found[0], found[2], found[3]) == expected


def test_rates_count_what_was_done_before() -> None:
    history = History(None)
    history.scale(3, 980.0)
    rules = {"policies": [{"type": "Pods", "value": 4, "periodSeconds": 60}]}
    assert decide(10, 20, history, 1000.0, scaleUp=rules)[:3] == (11, "ReadyForNewScale", "ScaleUpLimit")
    assert decide(11, 20, history, 1050.0, scaleUp=rules)[:3] == (15, "ReadyForNewScale", "ScaleUpLimit")


def test_going_up_may_wait_too() -> None:
    history = History(None)
    assert decide(2, 8, history, 0.0, scaleUp={"stabilizationWindowSeconds": 60})[:2] == (2, "ScaleUpStabilized")
    every = {"policies": [{"type": "Percent", "value": 900, "periodSeconds": 15}]}
    assert decide(2, 8, history, 61.0, scaleUp={"stabilizationWindowSeconds": 60, **every})[:2] == (8, "ReadyForNewScale")
