"""Plugins of third parties: what they can do, and what they can not break."""

import threading
from typing import Any

import pytest

from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.plugin import guard
from minikube_py.scheduler.framework import (
    SUCCESS,
    WAIT,
    ClusterEvent,
    PostFilterResult,
    PreFilterResult,
    SchedulerPlugin,
    Status,
    unschedulable,
)
from tests.scheduler.fakes import World, node, pod


class Cheapest(SchedulerPlugin):
    name = "Cheapest"
    weight = 10

    def score(self, state: Any, pod: Any, nodes: Any) -> Any:
        return [100 - int(node.labels["price"]) for node in nodes]


def world_of(*plugins: Any, config: dict[str, Any] | None = None) -> World:
    world = World(config, list(plugins))
    for name, price in (("a", "90"), ("b", "10"), ("c", "50")):
        world.client.create(node(name, labels={"price": price}))
    return world


def test_an_installed_plugin_decides() -> None:
    world = world_of(Cheapest)
    for number in range(3):
        world.client.create(pod(f"web-{number}"))
    world.settle()
    assert [world.node_of(f"web-{number}") for number in range(3)] == ["b", "b", "b"]


def test_a_profile_can_disable_it() -> None:
    config = {"profiles": [{"plugins": {"multiPoint": {"disabled": [{"name": "Cheapest"}]}}}]}
    world = world_of(Cheapest, config=config)
    for number in range(3):
        world.client.create(pod(f"web-{number}"))
    world.settle()
    assert sorted(world.node_of(f"web-{number}") for number in range(3)) == ["a", "b", "c"]


def plugin(**methods: Any) -> type[SchedulerPlugin]:
    return type("Odd", (SchedulerPlugin,), {"name": "Odd", **methods})


CRASH = 'Internal error occurred: plugin "Odd" failed: ZeroDivisionError: division by zero'
SCORES = 'running Score plugins: plugin "Odd" failed with: answered'


def raises(*_: Any) -> Any:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ({"filter": raises}, f'running "Odd" filter plugin: {CRASH}'),
        ({"filter": lambda *_: None}, 'running "Odd" filter plugin: answered None, want a mapping of node names to Status'),
        ({"filter": lambda *_: {"a": True}}, "running \"Odd\" filter plugin: answered {'a': True}, want given nodes' names, "
                                             "each with a Status that refuses"),
        ({"filter": lambda *_: {"zzz": unschedulable("no")}}, "running \"Odd\" filter plugin: answered {'zzz': Status(Unschedulable, 'no')}, "
                                                              "want given nodes' names, each with a Status that refuses"),
        ({"score": lambda *_: [1]}, f"{SCORES} [1], want 3 whole numbers"),
        ({"score": lambda *_: [True, 1, 1]}, f"{SCORES} [True, 1, 1], want 3 whole numbers"),
        ({"score": lambda *_: [0, 101, 0]},
         'plugin "Odd" returns an invalid score 101, it should in the range of [0, 100] after normalizing'),
        ({"pre_filter": lambda *_: "yes"}, "running PreFilter plugin \"Odd\": answered 'yes', want a Status or None"),
        ({"permit": lambda *_: True}, 'running Permit plugin "Odd": answered True, want a Status or None'),
        ({"reserve": raises}, f'running Reserve plugin "Odd": {CRASH}'),
        ({"pre_bind": raises}, f'running PreBind plugin "Odd": {CRASH}'),
    ],
)  # fmt: skip
def test_a_plugin_that_fails_binds_nothing(methods: dict[str, Any], message: str) -> None:
    world = world_of(plugin(**methods))
    world.client.create(pod(cpu="1"))
    world.settle()
    assert world.node_of() == ""
    condition = meta.condition(world.pod(), "PodScheduled")
    assert condition is not None
    assert (condition["reason"], condition["message"]) == ("SchedulerError", message)
    assert world.events() == [("Warning", "FailedScheduling", message)]
    assert [(info.cpu, info.pod_count) for info in world.loop.snapshot.nodes()] == [(0, 0)] * 3


def test_a_plugin_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "TIMEOUT", 0.05)
    asked: list[str] = []
    release = threading.Event()

    def hang(self: Any, state: Any, pod: Any, nodes: Any) -> Any:
        asked.append(meta.name(pod))
        release.wait(30)
        return {}

    world = world_of(plugin(filter=hang))
    world.client.create(pod("one"))
    world.client.create(pod("two"))
    world.settle()
    release.set()
    text = 'running "Odd" filter plugin: Internal error occurred: plugin "Odd" did not answer within 0.05s'
    assert (world.why("one"), world.why("two")) == (text, text)
    assert asked == ["one"]


def test_a_plugin_that_tells_of_something_else_that_hangs_is_asked_again() -> None:
    asked: list[str] = []

    def fail(self: Any, state: Any, pod: Any, nodes: Any) -> Any:
        asked.append(meta.name(pod))
        raise TimeoutError("the price list did not answer within 3s")

    world = world_of(plugin(filter=fail))
    world.client.create(pod("one"))
    world.client.create(pod("two"))
    world.settle()
    assert asked == ["one", "two"]


def test_errors_are_retried_with_growing_delays() -> None:
    world = world_of(plugin(filter=raises))
    world.client.create(pod())
    world.settle()
    delays = []
    for _ in range(10):
        delays.append(world.timers[0][0] - world.clock.time)
        world.advance(delays[-1])
    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]


def test_queueing_hints_say_what_wakes_a_pod() -> None:
    def hint(pod: Any, old: Any, new: Any) -> bool:
        return bool(new["metadata"]["labels"].get("ready") == "yes")

    def refuse(self: Any, state: Any, pod: Any, nodes: Any) -> Any:
        return {node.name: unschedulable("not ready") for node in nodes if node.labels.get("ready") != "yes"}

    odd = plugin(filter=refuse, events_to_register=lambda self: [ClusterEvent("Node", ("UpdateLabel",), hint)])
    world = world_of(odd)
    world.client.create(pod())
    world.settle()
    none = "preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."
    assert world.why() == f"0/3 nodes are available: 3 not ready. {none}"
    world.clock.time += 60
    labelled = world.client.get("nodes", "a")
    labelled["metadata"]["labels"]["ready"] = "no"
    world.client.update(labelled)
    world.settle()
    queued = world.loop.queue.get("default/web")
    assert queued is not None and queued.attempts == 1
    labelled["metadata"]["labels"]["ready"] = "yes"
    world.client.update(labelled)
    world.settle()
    assert world.node_of() == "a"


def test_permit_waits_in_place_and_is_asked_again() -> None:
    asked: list[str] = []

    def permit(self: Any, state: Any, pod: Any, node: str) -> Status | None:
        asked.append(node)
        return Status(WAIT, timeout=30) if len(asked) < 3 else None

    world = world_of(plugin(permit=permit))
    world.client.create(pod(cpu="1"))
    world.settle()
    assert world.node_of() == ""
    held = asked[0]
    assert sum(info.cpu for info in world.loop.snapshot.nodes()) == 1000
    world.start()
    world.client.create(node("another", labels={"price": "1"}))  # any event lets it be asked again
    world.settle()
    world.client.create(pod("gang", cpu="1", nodeName=held))
    world.settle()
    assert (world.node_of(), asked) == (held, [held] * 3)


def test_permit_that_waits_too_long_gives_the_room_back() -> None:
    given_back: list[str] = []
    odd = plugin(permit=lambda *_: Status(WAIT, timeout=30), unreserve=lambda self, state, pod, node: given_back.append(node))
    world = world_of(odd)
    world.client.create(pod(cpu="1"))
    world.settle()
    world.advance(30)
    assert world.why() == "0/1 nodes are available: 1 rejected due to timeout after waiting 30s at plugin Odd."
    assert len(given_back) == 1
    assert [info.cpu for info in world.loop.snapshot.nodes()] == [0, 0, 0]


def test_permit_that_refuses() -> None:
    world = world_of(plugin(permit=lambda *_: unschedulable("quota is used up")))
    world.client.create(pod(cpu="1"))
    world.settle()
    assert world.why() == "0/1 nodes are available: 1 quota is used up."
    assert [info.cpu for info in world.loop.snapshot.nodes()] == [0, 0, 0]


def test_a_waiting_pod_that_is_deleted_gives_the_room_back() -> None:
    world = world_of(plugin(permit=lambda *_: Status(WAIT, timeout=30)))
    world.client.create(pod(cpu="1"))
    world.settle()
    assert sum(info.cpu for info in world.loop.snapshot.nodes()) == 1000
    world.start()
    world.client.delete("pods", "web", "default")
    world.settle()
    assert [info.cpu for info in world.loop.snapshot.nodes()] == [0, 0, 0]


def test_every_extension_point_is_called_in_order() -> None:
    calls: list[str] = []

    def noted(point: str, answer: Any = None) -> Any:
        def method(*_: Any) -> Any:
            calls.append(point)
            return answer

        return method

    points = {point: noted(point) for point in ("pre_enqueue", "pre_filter", "pre_score", "reserve", "permit", "pre_bind", "post_bind")}
    points |= {"filter": noted("filter", {}), "score": noted("score", [0, 0, 0]), "normalize_score": noted("normalize_score", [0, 0, 0])}
    points |= {"pre_filter": noted("pre_filter", PreFilterResult(["a", "b", "c"]))}
    world = world_of(plugin(**points))
    world.client.create(pod())
    world.settle()
    assert calls == [
        "pre_enqueue", "pre_filter", "filter", "pre_score", "score", "normalize_score", "reserve", "permit", "pre_bind", "post_bind",
    ]  # fmt: skip


def test_post_filter_can_nominate() -> None:
    def refuse(self: Any, state: Any, pod: Any, nodes: Any) -> Any:
        return {node.name: unschedulable("closed") for node in nodes}

    odd = plugin(filter=refuse, post_filter=lambda *_: (PostFilterResult("b"), Status(SUCCESS)))
    config = {"profiles": [{"plugins": {"postFilter": {"disabled": [{"name": "DefaultPreemption"}]}}}]}
    world = world_of(odd, config=config)
    world.client.create(pod())
    world.settle()
    assert world.pod()["status"]["nominatedNodeName"] == "b"
    assert world.why() == "0/3 nodes are available: 3 closed."


def test_an_unknown_plugin_in_the_configuration_is_an_error() -> None:
    world = World({"profiles": [{"plugins": {"multiPoint": {"enabled": [{"name": "Nothing"}]}}}]})
    text = 'default-scheduler: scheduler plugin "Nothing" does not exist'
    with pytest.raises(KctlError, match=text):
        world.loop.frameworks()
    world.start()
    world.client.create(node())
    world.client.create(pod())
    world.settle()
    assert (world.node_of(), world.why()) == ("", text)
    assert world.events() == [("Warning", "FailedScheduling", text)]
    world.config["scheduler_configuration"] = None
    world.start()
    world.advance(1)
    assert world.node_of() == "minikube"


def test_a_plugin_that_can_not_be_made() -> None:
    world = world_of(plugin(__init__=raises))
    world.client.create(pod())
    world.settle()
    assert (world.node_of(), world.why()) == ("", f'initializing plugin "Odd": {CRASH}')


def test_a_queue_sort_that_fails_stops_nobody() -> None:
    config = {"profiles": [{"plugins": {"queueSort": {"disabled": [{"name": "*"}], "enabled": [{"name": "Odd"}]}}}]}
    world = world_of(plugin(sort_key=raises), config=config)
    world.client.patch("nodes", "a", "", {"spec": {"unschedulable": True}})
    world.client.patch("nodes", "b", "", {"spec": {"unschedulable": True}})
    world.client.create(pod("low", cpu="3", priority=1))
    world.client.create(pod("high", cpu="3", priority=2))
    world.settle()
    assert (world.node_of("low"), world.node_of("high")) == ("", "c")
