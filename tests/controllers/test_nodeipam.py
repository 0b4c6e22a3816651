"""Pod networks of nodes that come without one."""

from typing import Any

import pytest

from minikube_py.cluster import nodes
from tests.controllers import fakes


@pytest.fixture
def world() -> fakes.World:
    return fakes.World(nodes=2)


def node(name: str, *networks: str) -> dict[str, Any]:
    spec = {"podCIDR": networks[0], "podCIDRs": list(networks)} if networks else {}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}


def networks(world: fakes.World) -> dict[str, Any]:
    return {item["metadata"]["name"]: (item["spec"].get("podCIDR"), item["spec"].get("podCIDRs")) for item in world.client.items("nodes")}


def test_a_node_that_comes_without_one_gets_the_next(world: fakes.World) -> None:
    world.apply(node("own", "10.244.2.0/24"), node("a"), node("b"))
    assert networks(world) == {
        "minikube": ("10.244.0.0/24", ["10.244.0.0/24"]), "minikube-m02": ("10.244.1.0/24", ["10.244.1.0/24"]),
        "own": ("10.244.2.0/24", ["10.244.2.0/24"]), "a": ("10.244.3.0/24", ["10.244.3.0/24"]), "b": ("10.244.4.0/24", ["10.244.4.0/24"]),
    }  # fmt: skip
    assert world.again("node-ipam-controller", "a")
    world.add("Pod", "web", fakes.pod_spec(nodeName="a"))
    assert world.get("pods", "web")["status"]["podIP"] == "10.244.3.2"


def test_another_process_knows_what_is_given(world: fakes.World) -> None:
    world.apply(node("a"))
    world.restart()
    world.apply(node("b"))
    assert [networks(world)[name][0] for name in "ab"] == ["10.244.2.0/24", "10.244.3.0/24"]


def test_what_a_node_gave_back_comes_last(world: fakes.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "_BLOCKS", (244,))
    world.apply(*[node(f"n{number:03}") for number in range(3, 256)])
    world.client.delete("nodes", "n100")
    world.apply(node("last"), node("free"), node("none"))
    found = networks(world)
    assert [found[name][0] for name in ("n255", "last", "free", "none")] == ["10.244.254.0/24", "10.244.255.0/24", "10.244.99.0/24", None]
    events = [item for item in world.client.items("events", "default") if item["reason"] == "CIDRNotAvailable"]
    told = [(item["type"], item["message"], item["source"]["component"]) for item in events]
    assert told == [("Normal", "Node none status is now: CIDRNotAvailable", "cidrAllocator")]
    world.client.delete("nodes", "n200")
    world.later(60)
    assert networks(world)["none"][0] == "10.244.199.0/24"
