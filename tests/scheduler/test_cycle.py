from typing import Any

import pytest

from minikube_py.machinery.errors import KctlError
from minikube_py.scheduler import cycle, profiles, scoring
from minikube_py.scheduler.attempt import go_duration
from minikube_py.scheduler.framework import CycleState
from minikube_py.scheduler.nodeinfo import PodInfo
from minikube_py.scheduler.queue import MAX_ERROR_BACKOFF, backoff
from tests.scheduler.fakes import World, node, pod

DEFAULT = "scheduler configuration: profile default-scheduler"


@pytest.mark.parametrize(
    ("percentage", "total", "wanted"),
    [(0, 99, 99), (0, 100, 100), (0, 1000, 420), (0, 5000, 500), (0, 6000, 300), (40, 1000, 400), (5, 1000, 100), (100, 5000, 5000)],
)
def test_how_many_feasible_nodes_are_enough(percentage: int, total: int, wanted: int) -> None:
    assert cycle.feasible_to_find(percentage, total) == wanted


def test_the_search_among_many_nodes_goes_round() -> None:
    world = World({"percentageOfNodesToScore": 10})
    for number in range(250):
        world.client.create(node(f"n{number:03}"))
    world.client.create(pod("first"))
    world.settle()
    assert world.loop.snapshot.cursor == 100
    world.start()
    world.client.create(pod("second"))
    world.client.create(pod("third"))
    world.settle()
    assert world.loop.snapshot.cursor == 50
    assert world.node_of("first") < "n100"
    assert "n100" <= world.node_of("second") < "n200"


def test_ties_are_broken_by_the_generator() -> None:
    chosen = []
    for seed in range(20):
        world = World(seed=seed)
        for name in ("a", "b"):
            world.client.create(node(name))
        world.client.create(pod())
        world.settle()
        chosen.append(world.node_of())
    assert set(chosen) == {"a", "b"}


def test_weights_of_the_default_profile() -> None:
    world = World()
    framework = world.loop.frameworks()["default-scheduler"]
    assert {slot.name: slot.weight for slot in framework.points["score"]} == {
        "TaintToleration": 3, "NodeAffinity": 2, "NodeResourcesFit": 1, "PodTopologySpread": 2, "InterPodAffinity": 2,
        "NodeResourcesBalancedAllocation": 1, "ImageLocality": 1,
    }  # fmt: skip
    assert [slot.name for slot in framework.points["filter"]] == [
        "NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts", "NodeResourcesFit", "VolumeRestrictions",
        "VolumeBinding", "VolumeZone", "PodTopologySpread", "InterPodAffinity",
    ]  # fmt: skip


def test_several_profiles() -> None:
    packing = {"scoringStrategy": {"type": "MostAllocated"}}
    config = {"kind": "KubeSchedulerConfiguration", "profiles": [
        {"schedulerName": "default-scheduler"},
        {"schedulerName": "packing", "pluginConfig": [{"name": "NodeResourcesFit", "args": packing}],
         "plugins": {"score": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeResourcesFit", "weight": 7}]}}},
    ]}  # fmt: skip
    world = World(config)
    for name in ("a", "b"):
        world.client.create(node(name))
    world.client.create(pod("there", cpu="1", memory="1Gi", nodeName="b"))
    for number in range(3):
        world.client.create(pod(f"p{number}", cpu="500m", memory="100Mi", schedulerName="packing"))
    world.client.create(pod("spread", cpu="500m", memory="100Mi"))
    world.settle()
    assert [world.node_of(f"p{number}") for number in range(3)] == ["b", "b", "b"]
    assert world.node_of("spread") == "a"
    assert [(slot.name, slot.weight) for slot in world.loop.frameworks()["packing"].points["score"]] == [("NodeResourcesFit", 7)]


def test_order_of_plugins_as_multi_point_expands() -> None:
    points: dict[str, Any] = {"filter": {"enabled": [{"name": "C"}, {"name": "X"}], "disabled": [{"name": "A"}]}}
    profile = profiles.Profile("p", 0, (("A", 1), ("B", 2), ("C", 3)), points, {})
    assert profile.plugins_at("filter", ["A", "B", "C", "X"]) == [("C", 3), ("B", 2), ("X", 1)]
    with pytest.raises(KctlError, match='p: plugin "X" is enabled at filter but does not implement it'):
        profile.plugins_at("filter", ["A", "B", "C"])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"kind": "Pod"}, 'scheduler configuration: unknown kind "Pod"'),
        ({"profiles": [{}, {}]}, 'scheduler configuration: duplicate profile with scheduler name "default-scheduler"'),
        ({"profiles": [{"plugins": {"filters": {}}}]}, f'{DEFAULT}: unknown extension point "filters"'),
        ({"percentageOfNodesToScore": 101}, f"{DEFAULT}: percentageOfNodesToScore: 101: not in valid range [0-100]"),
    ],
)
def test_wrong_configurations(config: dict[str, Any], message: str) -> None:
    with pytest.raises(KctlError) as failure:
        profiles.load(config)
    assert str(failure.value) == message


def test_refusals_and_weighted_scores_of_nodes() -> None:
    world = World()
    world.client.create(node("a", cpu="1", taints=[{"key": "k", "effect": "NoSchedule"}]))
    world.client.create(node("b"))
    world.settle()
    framework, nodes, info = world.loop.frameworks()["default-scheduler"], world.loop.snapshot.nodes(), PodInfo(pod(cpu="2"))
    state = CycleState(info)
    framework.pre_filter(state, info.pod, nodes)
    refusals = {slot.name: framework.refusals(slot, state, info.pod, nodes) for slot in framework.points["filter"] if slot.name not in state.skip_filter}
    assert {name: {where: status.message() for where, status in found.items()} for name, found in refusals.items() if found} == {
        "TaintToleration": {"a": "node(s) had untolerated taint {k: }"},
        "NodeResourcesFit": {"a": "Insufficient cpu"},
    }
    # 2 of 4 CPUs and 200Mi of 8Gi, with defaults for memory: (50 + 97) / 2; balance 1 - |0.5 - 0| / 2.
    scores = framework.score(state, info.pod, nodes[1:])
    assert scores == {"TaintToleration": [300], "NodeResourcesFit": [73], "NodeResourcesBalancedAllocation": [75]}


def test_backoff_doubles() -> None:
    assert [backoff(attempts) for attempts in range(1, 7)] == [1, 2, 4, 8, 10, 10]
    assert backoff(99, MAX_ERROR_BACKOFF) == 300


def test_durations_as_go_prints_them() -> None:
    assert [go_duration(seconds) for seconds in (30, 1.5, 90, 600, 3600, 3661)] == ["30s", "1.5s", "1m30s", "10m0s", "1h0m0s", "1h1m1s"]


def test_broken_linear_function() -> None:
    shape = [(10, 0), (50, 100), (90, 20)]
    assert [scoring.broken_linear(shape, at) for at in (0, 10, 30, 50, 70, 90, 100)] == [0, 0, 50, 100, 60, 20, 20]
