"""Which pods wait, what wakes them, and what of that the next process knows."""

from typing import Any

import pytest

from minikube_py.scheduler import queue
from minikube_py.scheduler.queue import QueuedPod, SchedulingQueue
from tests.scheduler.fakes import FakeState

NOW = 100.0


def pod(uid: str = "u") -> dict[str, Any]:
    return {"metadata": {"name": "a", "namespace": "default", "uid": uid}}


def tried(waiting: SchedulingQueue, key: str = "default/a", attempts: int = 1) -> QueuedPod:
    queued = waiting.add(key, pod(), NOW)
    queued.attempts = attempts
    return queued


def restarted(state: FakeState) -> SchedulingQueue:
    return SchedulingQueue(FakeState(state.kept))


def test_a_pod_that_was_never_tried_is_not_kept() -> None:
    state = FakeState()
    waiting = SchedulingQueue(state)
    queued = waiting.add("default/a", pod(), NOW)
    waiting.flush()
    assert (queued.place, queued.timestamp, waiting.get("default/a"), waiting.asleep(), state.kept) == (queue.ACTIVE, NOW, queued, [], {})


def test_a_newer_object_of_a_pod_keeps_its_place_and_another_pod_of_its_name_does_not() -> None:
    waiting = SchedulingQueue(FakeState())
    queued = tried(waiting)
    waiting.refused(queued, ["Fit"], NOW)
    newer = pod()
    assert waiting.add("default/a", newer, NOW + 1) is queued and queued.pod is newer and queued.place == queue.UNSCHEDULABLE
    other = waiting.add("default/a", pod("v"), NOW + 2)
    assert (other.uid, other.place, other.attempts, other.timestamp, waiting.asleep()) == ("v", queue.ACTIVE, 0, NOW + 2, [])


def test_what_was_refused_is_known_to_the_next_process_until_it_is_forgotten() -> None:
    state = FakeState()
    waiting = SchedulingQueue(state)
    queued = tried(waiting, attempts=3)
    waiting.refused(queued, ["Fit", "Affinity", "Fit"], NOW, "n1")
    assert (queued.due, queued.rejectors, queued.node, waiting.nominated()) == (NOW + 4, ["Affinity", "Fit"], "n1", [queued])
    waiting.flush()
    kept = FakeState(state.kept)
    later = SchedulingQueue(kept)
    (found,) = later.asleep()
    assert (found.key, found.pod, found.record()) == ("default/a", None, queued.record())
    assert [item.key for item in later.nominated()] == ["default/a"]
    assert restarted(state).forget("default/a") is not None
    assert later.forget("default/a") is found and later.get("default/a") is None and later.asleep() == []
    later.flush()
    assert kept.items() == []


def test_a_refusal_without_a_nomination_leaves_the_one_before() -> None:
    waiting = SchedulingQueue(FakeState())
    queued = tried(waiting)
    waiting.refused(queued, [], NOW, "n1")
    waiting.refused(queued, [], NOW)
    assert queued.node == "n1"
    waiting.refused(queued, [], NOW, "")
    assert queued.node == ""


def test_waiting_pods_have_a_node_that_is_no_nomination_and_lose_it_when_refused() -> None:
    state = FakeState()
    waiting = SchedulingQueue(state)
    queued = tried(waiting)
    waiting.wait(queued, "n1", NOW + 30, ["permit", 30, ["mine"]])
    waiting.flush()
    (found,) = restarted(state).asleep()
    assert (found.place, found.node, found.deadline, found.held) == (queue.WAITING, "n1", NOW + 30, ["permit", 30, ["mine"]])
    assert waiting.nominated() == []
    assert waiting.wake(queued) == "default/a" and queued.place == queue.WAITING
    waiting.refused(queued, ["mine"], NOW)
    assert (queued.node, queued.place) == ("", queue.UNSCHEDULABLE)
    waiting.wait(queued, "n1", NOW + 30, [])
    waiting.failed(queued, NOW)
    assert (queued.node, queued.place) == ("", queue.ACTIVE)


def test_an_error_is_tried_again_later_and_later() -> None:
    waiting = SchedulingQueue(FakeState())
    queued = tried(waiting)
    waiting.refused(queued, ["Fit"], NOW)
    delays = []
    for queued.attempts in (1, 4, 6, 40):
        delays.append(waiting.failed(queued, NOW))
        assert (queued.place, queued.rejectors, queued.due) == (queue.ACTIVE, [], NOW + delays[-1])
    assert delays == [1.0, 8.0, 32.0, 300.0] and waiting.asleep() == []


def test_who_was_held_at_the_gate_need_not_back_off() -> None:
    state = FakeState()
    waiting = SchedulingQueue(state)
    queued = tried(waiting, attempts=0)
    waiting.gate(queued, "SchedulingGates")
    waiting.flush()
    assert [(item.place, item.rejectors) for item in restarted(state).asleep()] == [(queue.GATED, ["SchedulingGates"])]
    queued.due = NOW + 9
    assert waiting.wake(queued) == "default/a" and (queued.place, queued.due, waiting.asleep()) == (queue.ACTIVE, 0.0, [])
    waiting.flush()
    assert state.kept == {}


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (10**6, 10)])
def test_backoff(attempts: int, seconds: float) -> None:
    assert queue.backoff(attempts) == seconds
