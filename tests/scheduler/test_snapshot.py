"""The sums of the nodes are exact, whatever is seen twice and wherever the process ends."""

import random
from typing import Any

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.scheduler import nodeinfo
from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo
from tests.scheduler.fakes import FakeState, World, node, pod


def counted(world: World) -> dict[str, Any]:
    return {info.name: info.record() for info in world.loop.snapshot.nodes()}


def from_scratch(world: World) -> dict[str, Any]:
    infos = {obj["metadata"]["name"]: NodeInfo(obj["metadata"]["name"], nodeinfo.trimmed(obj)) for obj in world.client.items("nodes")}
    for obj in world.client.items("pods"):
        name = nodeinfo.node_name(obj)
        if name in infos and not meta.is_over(obj):
            infos[name].add(obj["metadata"]["uid"], PodInfo(obj).share())
    return {name: info.record() for name, info in infos.items()}


def comparable(records: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, record in records.items():
        scalars = {resource: amount for resource, amount in record["scalars"].items() if amount}
        lists = [sorted(record["ports"]), sorted(record["affine"]), sorted(map(list, record["priorities"]))]
        found[name] = (record["node"], record["sums"], scalars, *lists)
    return found


def random_pod(rng: random.Random, number: int) -> Object:
    made = pod(f"p{number}", cpu=f"{rng.randrange(1, 9)}00m", memory=f"{rng.randrange(1, 9)}0Mi", priority=rng.randrange(3))
    if rng.random() < 0.3:
        made["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": rng.randrange(8000, 8010)}]
    if rng.random() < 0.3:
        made["spec"]["containers"][0]["resources"]["requests"]["example.com/gpu"] = "1"
    if rng.random() < 0.5:
        made["metadata"]["labels"]["x"] = "y"
    if rng.random() < 0.3:
        term = {"labelSelector": {"matchLabels": {"x": "y"}}, "topologyKey": "kubernetes.io/hostname"}
        made["spec"]["affinity"] = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    return made


def selected(world: World) -> dict[str, str]:
    """Return the bound pods that the index says a selector selects."""
    return {uid: place[0] for uid, place in world.loop.pods.match(["default"], {"matchLabels": {"x": "y"}}).pods.items()}


def selected_from_scratch(world: World) -> dict[str, str]:
    return {
        obj["metadata"]["uid"]: nodeinfo.node_name(obj)
        for obj in world.client.items("pods")
        if nodeinfo.node_name(obj) and not meta.is_over(obj) and obj["metadata"]["labels"].get("x") == "y"
    }


def orphans(world: World) -> set[str]:
    """Return the pods with terms whose node is gone."""
    infos = world.loop.snapshot._infos.values()
    return {uid for info in infos if not info.node for uid in info.affine}


def terms_that_stand(world: World) -> set[str]:
    return {standing.uid for standing in world.loop.snapshot.affine().concerning({"x": "y"})}


def act(world: World, rng: random.Random, number: int) -> None:
    pods = world.client.items("pods")
    choice = rng.random()
    if choice < 0.5 or not pods:
        world.client.create(random_pod(rng, number))
    elif choice < 0.65:
        victim = rng.choice(pods)
        world.client.delete("pods", victim["metadata"]["name"], "default")
    elif choice < 0.8:
        ended = rng.choice(pods)
        world.client.patch("pods", ended["metadata"]["name"], "default", {"status": {"phase": rng.choice(["Running", "Succeeded"])}})
    elif choice < 0.9:
        name = f"n{rng.randrange(4)}"
        if world.client.find("nodes", name) is None:
            world.client.create(node(name, cpu="8"))
        else:
            world.client.delete("nodes", name)
    else:
        world.client.patch("nodes", "n9", "", {"metadata": {"labels": {"turn": str(number)}}})


def test_random_histories_with_kills_count_exactly() -> None:
    for seed in range(12):
        rng = random.Random(seed)
        world = World(seed=seed)
        world.client.create(node("n9", cpu="16"))
        kept, seen, timers = FakeState(), 0, list(world.timers)
        for number in range(60):
            act(world, rng, number)
            if rng.random() < 0.5:
                world.clock.time += rng.randrange(5)
                world.settle()
                assert selected(world) == selected_from_scratch(world)
                assert terms_that_stand(world) == {uid for record in counted(world).values() for uid in record["affine"]} | orphans(world)
                if rng.random() < 0.5:  # checkpoint
                    kept, seen, timers = FakeState(world.state.kept), world.seen, list(world.timers)
                elif rng.random() < 0.5:  # kill: state goes back to the checkpoint, what was written through the API stays
                    world.state, world.seen, world.timers = FakeState(kept.kept), seen, list(timers)
                    world.start()
        world.settle()
        world.start()
        assert comparable(counted(world)) == comparable(from_scratch(world)), f"seed {seed}"


def test_a_heartbeat_writes_nothing() -> None:
    world = World()
    world.client.create(node())
    world.settle()
    before = dict(world.state.kept)
    world.client.patch("nodes", "minikube", "", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    world.settle()
    assert world.state.kept == before


def test_nodes_of_several_zones_take_turns() -> None:
    world = World()
    for number, zone in enumerate("aaabbc"):
        world.client.create(node(f"n{number}", labels={"topology.kubernetes.io/zone": zone}))
    world.settle()
    assert [info.name for info in world.loop.snapshot.nodes()] == ["n0", "n3", "n5", "n1", "n4", "n2"]


def test_a_pod_that_finished_frees_its_node() -> None:
    world = World()
    world.client.create(node(cpu="1"))
    world.client.create(pod("job", cpu="1"))
    world.client.create(pod("next", cpu="1"))
    world.settle()
    assert world.node_of("next") == ""
    world.clock.time += 5
    world.client.patch("pods", "job", "default", {"status": {"phase": "Succeeded"}})
    world.settle()
    assert world.node_of("next") == "minikube"
