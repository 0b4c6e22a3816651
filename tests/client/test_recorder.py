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


def test_an_event_that_is_gone_is_written_anew_with_its_count(world: World) -> None:
    made = world.client().create(pod())
    recorder = EventRecorder(world.client(), "kubelet", world.clock)
    recorder.event(made, "Normal", "Started", "x")
    world.client().delete_collection("events", "default")
    world.clock.instant += 60
    recorder.event(made, "Normal", "Started", "x")
    assert [(item["count"], item["firstTimestamp"], item["lastTimestamp"]) for item in world.client().items("events")] == [
        (2, "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z")]


def test_another_process_counts_on(world: World) -> None:
    made = world.client().create(pod())
    for _ in range(3):
        world.clock.instant += 10
        EventRecorder(world.client(), "kubelet", world.clock, "n1", world.client()).event(made, "Warning", "Failed", "no such image")
        EventRecorder(world.client(), "kubelet", world.clock, "n2", world.client()).event(made, "Warning", "Failed", "no such image")
    assert [(item["source"]["host"], item["count"], item["firstTimestamp"], item["lastTimestamp"]) for item in world.client().items("events")] == [
        (host, 3, "2026-01-01T00:00:10Z", "2026-01-01T00:00:30Z") for host in ("n1", "n2")]


@pytest.mark.parametrize("processes", [1, 40])
def test_similar_events_are_combined_and_rationed(world: World, processes: int) -> None:
    made = world.client().create(pod())
    world.clock.instant += 1
    recorders = [EventRecorder(world.client(), "replicaset-controller", world.clock, memory=world.client()) for _ in range(processes)]
    for number in range(40):
        recorders[number % processes].event(made, "Normal", "SuccessfulCreate", f"Created pod: web-{number}")
    found = [(item["message"], item["count"]) for item in world.client().items("events")]
    assert found == [(f"Created pod: web-{number}", 1) for number in range(9)] + [("(combined from similar events): Created pod: web-24", 16)]


def test_which_message_is_forgotten_does_not_depend_on_chance(world: World) -> None:
    made = world.client().create(pod())
    recorder = EventRecorder(world.client(), "x", world.clock)
    for message in [*map(str, range(10)), "9", "1", "0"]:  # the tenth takes the place of the first, which then comes as a new one
        recorder.event(made, "Normal", "Tick", message)
    found = {item["message"]: item["count"] for item in world.client().items("events")}
    assert found == {str(number): 1 for number in range(10)} | {"1": 2, "(combined from similar events): 0": 2}


def test_what_was_not_written_is_counted(world: World) -> None:
    made = world.client().create(pod())
    recorder = EventRecorder(world.client(), "kubelet", world.clock)
    for _ in range(31):
        recorder.event(made, "Warning", "BackOff", "again")
        world.clock.instant += 10
    assert [item["count"] for item in world.client().items("events")] == [31]
    recorder.event(made, "Warning", "BackOff", "again")
    assert [item["count"] for item in world.client().items("events")] == [31]


def test_similar_events_long_ago_do_not_count(world: World) -> None:
    made = world.client().create(pod())
    recorder = EventRecorder(world.client(), "x", world.clock)
    for number in range(12):
        recorder.event(made, "Normal", "Tick", str(number))
        world.clock.instant += 700 if number == 6 else 1
    assert sorted(item["message"] for item in world.client().items("events")) == sorted(str(number) for number in range(12))


def test_two_recorders_at_one_instant(world: World) -> None:
    made = world.client().create(pod())
    for component in ("one", "two"):
        EventRecorder(world.client(), component, world.clock).event(made, "Normal", "Started", component)
    assert len({item["metadata"]["name"] for item in world.client().items("events")}) == 2


def test_what_the_server_refuses_is_dropped(world: World) -> None:
    made = world.client().create(configmap())
    EventRecorder(world.client("nobody"), "x", world.clock).event(made, "Normal", "Started", "x")
    assert world.client().items("events") == []
