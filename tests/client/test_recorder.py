"""Events: one each, counted up where they come again."""

import pytest

from minikube_py.client.recorder import EventRecorder
from tests.apiserver.world import World, configmap, pod


@pytest.fixture
def world() -> World:
    return World()


def test_a_repeated_event_counts_up(world: World) -> None:
    made = world.client().create(pod())
    recorder = EventRecorder(world.client(user_agent="kubelet"), "kubelet", world.clock, "n1")
    recorder.event(made, "Warning", "BackOff", "again", field_path="spec.containers{main}")
    world.clock.instant += 10
    recorder.event(made, "Warning", "BackOff", "again", field_path="spec.containers{main}")
    recorder.event(made, "Warning", "BackOff", "otherwise")
    first, second = sorted(world.client().items("events"), key=lambda item: item["message"])
    assert (first["count"], first["firstTimestamp"], first["lastTimestamp"]) == (2, "2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z")
    assert first["source"] == {"component": "kubelet", "host": "n1"} and first["involvedObject"]["fieldPath"] == "spec.containers{main}"
    assert (second["count"], second["metadata"]["name"].startswith("web.")) == (1, True)


def test_an_event_that_is_gone_is_written_anew(world: World) -> None:
    made = world.client().create(pod())
    recorder = EventRecorder(world.client(), "kubelet", world.clock)
    recorder.event(made, "Normal", "Started", "x")
    world.client().delete_collection("events", "default")
    recorder.event(made, "Normal", "Started", "x")
    assert [item["count"] for item in world.client().items("events")] == [1]


def test_two_recorders_at_one_instant(world: World) -> None:
    made = world.client().create(pod())
    for component in ("one", "two"):
        EventRecorder(world.client(), component, world.clock).event(made, "Normal", "Started", component)
    assert len({item["metadata"]["name"] for item in world.client().items("events")}) == 2


def test_what_the_server_refuses_is_dropped(world: World) -> None:
    made = world.client().create(configmap())
    EventRecorder(world.client("nobody"), "x", world.clock).event(made, "Normal", "Started", "x")
    assert world.client().items("events") == []
