"""When probes are due, what follows from them, and that it is kept between two commands."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from minikube_py.kubelet import handlers
from minikube_py.kubelet.handlers import Outcome, Where
from minikube_py.kubelet.jobs import Jobs
from minikube_py.kubelet.prober import Prober, Verdict
from minikube_py.kubelet.runtime import RUNNING, ContainerStatus

START = 1000.0
PROBE = {"exec": {"command": ["true"]}, "periodSeconds": 10}


class State:
    """The loop's state, in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.rows.get(key)

    def put(self, key: str, value: Any) -> None:
        self.rows[key] = value

    def delete(self, key: str) -> None:
        self.rows.pop(key, None)

    def items(self, prefix: str = "") -> list[tuple[str, Any]]:
        return sorted(self.rows.items())


class Bench:
    """One container, probed at chosen moments by one process after another."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state, self.told = State(), list[str]()
        self.outcomes: list[Outcome] = []
        self.asked = 0
        monkeypatch.setattr(handlers, "probe", self._probe)

    def _probe(self, spec: Mapping[str, Any], where: Where) -> Outcome:
        self.asked += 1
        return self.outcomes.pop(0) if self.outcomes else Outcome(True)

    def _tell(self, reason: str, text: str, name: str) -> None:
        self.told.append(f"{name}: {text}" if reason == "Unhealthy" else f"{reason} {name}: {text}")

    def look(self, after: float, restarts: int = 0, **probes: Any) -> Verdict:
        return self._asked(Prober.look, after, restarts, probes)

    def ready(self, after: float, **probes: Any) -> Verdict:
        return self._asked(Prober.readiness, after, 0, probes)

    def _asked(self, look: Callable[..., Verdict], after: float, restarts: int, probes: dict[str, Any]) -> Verdict:
        found = ContainerStatus("abc", "web", 0, RUNNING, "image", "", START, START, restarts=restarts)
        prober = Prober(self.state, "u-1", Jobs(None), "pod/default/web", START + after, self._tell)
        verdict = look(prober, {"name": "web", **probes}, found, lambda: Where(None, "", {}))  # type: ignore[arg-type]
        prober.save()
        return verdict


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def bad(text: str = "no") -> Outcome:
    return Outcome(False, text)


def test_without_probes_a_running_container_is_ready(bench: Bench) -> None:
    assert bench.look(0) == Verdict(True, True, "", None)
    assert bench.state.rows == {}


def test_readiness_waits_for_its_delay_and_comes_again_after_its_period(bench: Bench) -> None:
    probe = {**PROBE, "initialDelaySeconds": 5}
    assert bench.look(1, readinessProbe=probe) == Verdict(True, False, "", 4.0)
    assert bench.look(5, readinessProbe=probe) == Verdict(True, True, "", 10.0)
    assert bench.look(9, readinessProbe=probe) == Verdict(True, True, "", 6.0)
    assert bench.asked == 1


def test_thresholds_count_outcomes_in_a_row(bench: Bench) -> None:
    probe = {**PROBE, "successThreshold": 2, "failureThreshold": 2}
    bench.outcomes = [Outcome(True), bad(), Outcome(True), Outcome(True), bad(), Outcome(True), bad(), bad()]
    seen = [bench.look(10.0 * number, readinessProbe=probe).ready for number in range(8)]
    assert seen == [False, False, False, True, True, True, True, False]
    assert bench.told == ["web: Readiness probe failed: no"] * 4


def test_what_cannot_be_found_out_changes_nothing(bench: Bench) -> None:
    bench.outcomes = [Outcome(True), Outcome(False, "the engine is away", known=False)]
    assert bench.look(0, readinessProbe={**PROBE, "failureThreshold": 1}).ready
    assert bench.look(10, readinessProbe={**PROBE, "failureThreshold": 1}).ready
    assert bench.told == ["web: Readiness probe errored and resulted in unknown state: the engine is away"]


def test_liveness_asks_for_a_restart_once_and_begins_anew_after_it(bench: Bench) -> None:
    probe = {**PROBE, "failureThreshold": 2}
    bench.outcomes = [bad(), bad()]
    assert [bench.look(10.0 * number, livenessProbe=probe).failed for number in range(3)] == ["", "liveness", "liveness"]
    assert bench.asked == 2  # a container that is to go is not asked any more
    assert bench.look(40, restarts=1, livenessProbe=probe) == Verdict(True, True, "", 10.0)


def test_other_probes_wait_until_the_container_has_started(bench: Bench) -> None:
    probes = {"startupProbe": {**PROBE, "failureThreshold": 3}, "readinessProbe": PROBE, "livenessProbe": PROBE}
    bench.outcomes = [bad("not yet")]
    assert bench.look(0, **probes) == Verdict(False, False, "", 10.0)
    assert bench.look(10, **probes) == Verdict(True, True, "", 10.0)
    assert bench.asked == 4  # startup twice, then all
    assert bench.told == ["web: Startup probe failed: not yet"]


def test_a_container_that_does_not_start_is_started_again(bench: Bench) -> None:
    bench.outcomes = [bad(), bad()]
    probe = {**PROBE, "failureThreshold": 2}
    assert [bench.look(10.0 * number, startupProbe=probe).failed for number in range(3)] == ["", "startup", "startup"]


def test_what_is_well_with_a_warning_is_told(bench: Bench) -> None:
    bench.outcomes = [Outcome(True, "Probe terminated redirects, Response body: ", warns=True)]
    assert bench.look(0, readinessProbe=PROBE).ready
    assert bench.told == ["ProbeWarning web: Readiness probe warning: Probe terminated redirects, Response body: "]


def test_of_what_is_being_stopped_only_readiness_is_asked(bench: Bench) -> None:
    probes = {"startupProbe": PROBE, "readinessProbe": PROBE, "livenessProbe": PROBE}
    assert bench.ready(5, **probes) == Verdict(False, False)
    assert bench.asked == 0
    bench.look(5, **probes)  # it has started, and is ready
    bench.asked, bench.outcomes = 0, [Outcome(False, "no")] * 3
    assert [bench.ready(each, **probes) for each in (20, 35, 50)] == [Verdict(True, True, "", 10.0)] * 2 + [Verdict(True, False, "", 10.0)]
    assert (bench.asked, bench.told) == (3, ["web: Readiness probe failed: no"] * 3)
