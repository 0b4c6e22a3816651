"""Filters and scores of the built-in plugins, by what becomes of pods."""

from typing import Any

import pytest

from minikube_py.machinery import labelmatch, podresources
from minikube_py.machinery.meta import Object
from minikube_py.scheduler.framework import CycleState
from minikube_py.scheduler.nodeinfo import NodeInfo, PodInfo
from minikube_py.scheduler.plugins import allocation
from minikube_py.scheduler.plugins.node_resources_fit import NodeResourcesFit
from tests.scheduler.fakes import World, node, pod


def refused(nodes: list[Object], wanted: Object, *others: Object) -> str:
    """Return why a pod found no node; empty where it did, without the part about preemption."""
    world = World()
    for obj in (*nodes, *others, wanted):
        world.client.create(obj)
    world.settle()
    why = world.why(wanted["metadata"]["name"])
    assert bool(why) != bool(world.node_of(wanted["metadata"]["name"]))
    return why.partition(" preemption:")[0]


def placed(nodes: list[Object], wanted: Object, *others: Object, config: dict[str, Any] | None = None) -> str:
    world = World(config)
    for obj in (*nodes, *others, wanted):
        world.client.create(obj)
    world.settle()
    return world.node_of(wanted["metadata"]["name"])


def node_affinity(*terms: Object, preferred: list[Object] | None = None) -> Object:
    affinity: Object = {}
    if terms:
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": list(terms)}
    if preferred:
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = preferred
    return {"nodeAffinity": affinity}


def test_taints_and_tolerations() -> None:
    taint = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}
    assert refused([node(taints=[taint])], pod()) == "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: db}."
    for toleration in (
        {"key": "dedicated", "value": "db"},
        {"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"},
        {"operator": "Exists"},
    ):
        assert refused([node(taints=[taint])], pod(tolerations=[toleration])) == ""
    for toleration in ({"key": "dedicated", "value": "web"}, {"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}):
        assert refused([node(taints=[taint])], pod(tolerations=[toleration])) != ""


def test_soft_taints_are_avoided() -> None:
    soft = {"key": "slow", "effect": "PreferNoSchedule"}
    assert placed([node("a", taints=[soft]), node("b", cpu="2")], pod(cpu="1")) == "b"


def test_cordoned_nodes() -> None:
    assert refused([node(unschedulable=True)], pod()) == "0/1 nodes are available: 1 node(s) were unschedulable."
    tolerant = pod(tolerations=[{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}])
    assert refused([node(unschedulable=True)], tolerant) == ""


def test_node_selector_and_affinity() -> None:
    text = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
    assert refused([node(labels={"disk": "hdd"})], pod(nodeSelector={"disk": "ssd"})) == text
    expression = {"matchExpressions": [{"key": "disk", "operator": "NotIn", "values": ["hdd"]}]}
    assert refused([node(labels={"disk": "hdd"})], pod(affinity=node_affinity(expression))) == text
    number = {"matchExpressions": [{"key": "cores", "operator": "Gt", "values": ["8"]}]}
    assert placed([node("a", labels={"cores": "8"}), node("b", labels={"cores": "16"})], pod(affinity=node_affinity(number))) == "b"


def test_a_daemon_pods_node_is_the_only_one_looked_at() -> None:
    field = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["b"]}]}
    nodes = [node("a"), node("b", cpu="1"), node("c")]
    assert placed(nodes, pod(affinity=node_affinity(field))) == "b"
    text = "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    assert refused(nodes, pod(cpu="2", affinity=node_affinity(field))) == text


def test_preferred_node_affinity() -> None:
    preferred = [{"weight": 50, "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}}]
    nodes = [node("a"), node("b", labels={"disk": "ssd"}), node("c")]
    assert placed(nodes, pod(affinity=node_affinity(preferred=preferred))) == "b"


def test_added_affinity_of_the_configuration() -> None:
    required = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "pool", "operator": "Exists"}]}]}
    added = {"addedAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    config = {"profiles": [{"pluginConfig": [{"name": "NodeAffinity", "args": added}]}]}
    assert placed([node("a"), node("b", labels={"pool": "x"})], pod(), config=config) == "b"
    world = World(config)
    world.client.create(node())
    world.client.create(pod())
    world.settle()
    assert world.why().startswith("0/1 nodes are available: 1 node(s) didn't match scheduler-enforced node affinity.")


def with_port(name: str, port: int, **more: Any) -> Object:
    made = pod(name)
    made["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": port, **more}]
    return made


def test_host_ports() -> None:
    text = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."
    assert refused([node()], with_port("web", 8080), with_port("other", 8080)) == text
    assert refused([node()], with_port("web", 8080, protocol="UDP"), with_port("other", 8080)) == ""
    assert refused([node()], with_port("web", 8080, hostIP="10.0.0.1"), with_port("other", 8080, hostIP="10.0.0.2")) == ""
    assert refused([node()], with_port("web", 8080, hostIP="10.0.0.1"), with_port("other", 8080)) == text


def test_each_shortage_is_named() -> None:
    wanted = pod(cpu="2", memory="10Gi")
    wanted["spec"]["containers"][0]["resources"]["requests"]["nvidia.com/gpu"] = "1"
    text = "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Insufficient nvidia.com/gpu."
    assert refused([node(cpu="1")], wanted) == text
    assert refused([node(pods="1")], pod(), pod("other", nodeName="minikube")) == "0/1 nodes are available: 1 Too many pods."


def test_requests_of_a_pod_with_init_containers_sidecars_and_overhead() -> None:
    made = pod(cpu="100m", memory="100Mi")
    made["spec"]["initContainers"] = [
        {"name": "sidecar", "restartPolicy": "Always", "resources": {"requests": {"cpu": "50m"}}},
        {"name": "big", "resources": {"requests": {"cpu": "300m"}}},
    ]
    made["spec"]["overhead"] = {"cpu": "10m"}
    assert podresources.pod_requests(made)[:2] == (360, 104857600)
    made["spec"]["initContainers"].reverse()
    assert podresources.pod_requests(made)[:2] == (310, 104857600)


def test_requests_while_a_resize_is_carried_out() -> None:
    made = pod(cpu="100m")
    made["status"]["containerStatuses"] = [{"name": "c", "resources": {"requests": {"cpu": "400m"}}}]
    assert podresources.pod_requests(made).cpu == 400
    made["status"]["containerStatuses"][0]["allocatedResources"] = {"cpu": "500m", "memory": "1Mi"}
    assert podresources.pod_requests(made)[:2] == (500, 1048576)
    made["spec"]["containers"][0]["resources"]["requests"]["cpu"] = "2"
    assert podresources.pod_requests(made).cpu == 2000
    made["status"]["conditions"] = [{"type": "PodResizePending", "status": "True", "reason": "Infeasible"}]
    assert podresources.pod_requests(made).cpu == 500
    made["status"]["conditions"][0]["reason"] = "Deferred"
    assert podresources.pod_requests(made).cpu == 2000
    made["status"]["containerStatuses"][0].pop("resources")
    assert podresources.pod_requests(made)[:2] == (2000, 0)


@pytest.mark.parametrize(("restart", "cpu"), [("Always", 500), (None, 200)])
def test_of_init_containers_only_sidecars_are_resized(restart: str | None, cpu: int) -> None:
    made = pod(cpu="100m")
    made["spec"]["initContainers"] = [{"name": "i", "resources": {"requests": {"cpu": "200m"}}} | ({"restartPolicy": restart} if restart else {})]
    made["status"]["initContainerStatuses"] = [{"name": "i", "resources": {"requests": {"cpu": "400m"}}}]
    assert podresources.pod_requests(made).cpu == cpu


def score(args: Object, cpu: str, memory: str) -> list[int]:
    full = NodeInfo("full", node("full", cpu="4", memory="10Gi"))
    full.add("u", PodInfo(pod(cpu="3", memory="5Gi")).share())
    nodes = [NodeInfo("empty", node("empty", cpu="4", memory="10Gi")), full]
    info = PodInfo(pod(cpu=cpu, memory=memory))
    return list(NodeResourcesFit(args).score(CycleState(info), info.pod, nodes))


def test_strategies_of_node_resources_fit() -> None:
    # empty: cpu 3/4 free, memory 5/10 free; full: nothing free of both.
    assert score({}, "1", "5Gi") == [(75 + 50) // 2, 0]
    most = {"scoringStrategy": {"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 3}, {"name": "memory", "weight": 1}]}}
    assert score(most, "1", "5Gi") == [(3 * 25 + 50) // 4, 100]
    shape = [{"utilization": 0, "score": 0}, {"utilization": 100, "score": 10}]
    ratio = {"scoringStrategy": {"type": "RequestedToCapacityRatio", "requestedToCapacityRatio": {"shape": shape}}}
    assert score(ratio, "1", "5Gi") == [38, 100]


def test_the_fast_sums_equal_the_general_ones() -> None:
    nodes = [NodeInfo(str(number), node(cpu=f"{number}", memory=f"{number * 3 % 7}Gi")) for number in range(12)]
    for number, info in enumerate(nodes):
        info.add("u", PodInfo(pod(cpu=f"{number * 37 % 900}m", memory=f"{number * 211 % 900}Mi")).share())
    asked = podresources.pod_requests(pod(cpu="300m", memory="700Mi"))
    general = allocation.weighted(asked, nodes, allocation.DEFAULT_WEIGHTS, allocation.least)
    assert allocation.least_allocated_default(asked.nz_cpu, asked.nz_memory, nodes) == general
    both = [("cpu", 1), ("memory", 1)]
    assert allocation.balanced(asked, nodes, both) == [
        allocation.balanced(asked, [info], [*both, ("none.example/x", 1)])[0] for info in nodes
    ]


def test_a_node_with_the_image_is_preferred() -> None:
    world = World()
    for name in ("a", "b"):
        made = node(name)
        if name == "b":
            made["status"]["images"] = [{"names": ["nginx:latest"], "sizeBytes": 900 * 1024 * 1024}]
        world.client.create(made)
    world.client.create(pod())
    world.settle()
    assert world.node_of() == "b"


def near(kind: str, app: str, key: str = "kubernetes.io/hostname", weight: int = 0) -> Object:
    term = {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key}
    if weight:
        return {kind: {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": weight, "podAffinityTerm": term}]}}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def test_pods_that_keep_apart() -> None:
    world = World()
    for name in ("a", "b"):
        world.client.create(node(name))
    for number in range(3):
        world.client.create(pod(f"zk-{number}", labels={"app": "zk"}, affinity=near("podAntiAffinity", "zk")))
    world.settle()
    assert sorted(world.node_of(f"zk-{number}") for number in range(2)) == ["a", "b"]
    text = "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules."
    assert world.why("zk-2").partition(" preemption")[0] == text
    world.start()
    world.client.create(node("c"))
    world.settle()
    world.advance(1)
    assert world.node_of("zk-2") == "c"


def test_pods_that_are_there_keep_others_away() -> None:
    text = "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules."
    shy = pod("shy", affinity=near("podAntiAffinity", "web"))
    assert refused([node()], pod("web", labels={"app": "web"}), shy) == text


def test_pods_that_keep_together() -> None:
    text = "0/1 nodes are available: 1 node(s) didn't match pod affinity rules."
    assert refused([node()], pod(affinity=near("podAffinity", "db"))) == text
    zones = [node("a", labels={"zone": "1"}), node("b", labels={"zone": "2"}), node("c", labels={"zone": "2"}, cpu="64", memory="64Gi")]
    db = pod("db", labels={"app": "db"}, nodeName="b")
    assert placed(zones[:2], pod(affinity=near("podAffinity", "db", "zone")), db) == "b"
    first = pod(labels={"app": "web"}, affinity=near("podAffinity", "web", "zone"))
    assert placed(zones, first) == "c"


def test_preferred_pod_affinity() -> None:
    nodes = [node("a"), node("b"), node("c")]
    db = pod("db", labels={"app": "db"}, nodeName="b")
    assert placed(nodes, pod(affinity=near("podAffinity", "db", weight=100)), db) == "b"
    others = [pod(f"o-{name}", labels={"app": "o"}, nodeName=name) for name in ("a", "c")]
    apart = pod(cpu="1", affinity=near("podAntiAffinity", "o", weight=100))
    assert placed(nodes, apart, pod("full", cpu="1", nodeName="b"), *others) == "b"


def spread(when: str, key: str = "zone", **more: Any) -> list[Object]:
    return [{"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": when, "labelSelector": {"matchLabels": {"app": "web"}}, **more}]


def test_hard_topology_spread() -> None:
    world = World()
    for name, zone in (("a", "1"), ("b", "1"), ("c", "2")):
        world.client.create(node(name, labels={"zone": zone}))
    world.client.create(node("d"))
    for number in range(4):
        world.client.create(pod(f"web-{number}", labels={"app": "web"}, topologySpreadConstraints=spread("DoNotSchedule")))
    world.settle()
    assert sorted(world.node_of(f"web-{number}") for number in range(4)).count("c") == 2
    world.client.patch("nodes", "c", "", {"spec": {"unschedulable": True}})
    for number in range(4, 6):
        world.client.create(pod(f"web-{number}", labels={"app": "web"}, topologySpreadConstraints=spread("DoNotSchedule")))
    world.settle()
    assert world.node_of("web-4") in ("a", "b")
    assert world.why("web-5").partition(" preemption")[0] == (
        "0/4 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label), "
        "1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints."
    )


def test_min_domains() -> None:
    wanted = pod(labels={"app": "web"}, topologySpreadConstraints=spread("DoNotSchedule", minDomains=2))
    other = pod("other", labels={"app": "web"}, nodeName="a")
    text = "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints."
    assert refused([node("a", labels={"zone": "1"})], wanted, other) == text


def test_soft_topology_spread() -> None:
    nodes = [node("a", labels={"zone": "1"}), node("b", labels={"zone": "2"}, cpu="3", memory="6Gi")]
    other = pod("other", labels={"app": "web"}, nodeName="a")
    wanted = pod(labels={"app": "web"}, topologySpreadConstraints=spread("ScheduleAnyway"))
    assert placed(nodes, wanted, other) == "b"


def test_a_constraint_without_requirements_counts_nobody() -> None:
    nodes = [node("a", labels={"zone": "1"})]
    others = [pod(f"other-{number}", nodeName="a") for number in range(3)]
    hard = spread("DoNotSchedule", labelSelector={}, minDomains=2)
    assert refused(nodes, pod(topologySpreadConstraints=hard), *others) == ""
    assert refused(nodes, pod(topologySpreadConstraints=spread("DoNotSchedule", labelSelector={"matchExpressions": [
        {"key": "app", "operator": "DoesNotExist"}]}, minDomains=2)), *others) != ""  # fmt: skip


def test_pods_on_nodes_that_lack_another_constraints_label_do_not_count() -> None:
    both = [node("a", labels={"zone": "1", "rack": "1"}), node("b", labels={"zone": "2", "rack": "1"}, cpu="3", memory="6Gi")]
    rackless = node("c", labels={"zone": "1"}, unschedulable=True)
    other = pod("other", labels={"app": "web"}, nodeName="c")
    rack = {"maxSkew": 1, "topologyKey": "rack", "whenUnsatisfiable": "ScheduleAnyway"}
    assert placed([*both, rackless], pod(labels={"app": "web"}, topologySpreadConstraints=spread("ScheduleAnyway")), other) == "b"
    assert placed([*both, rackless], pod(labels={"app": "web"}, topologySpreadConstraints=[*spread("ScheduleAnyway"), rack]), other) == "a"


def owned(name: str, **more: Any) -> Object:
    made = pod(name, labels={"app": "web", "pod-template-hash": "1"}, **more)
    made["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "web-1", "uid": "rs", "controller": True}]
    return made


REPLICA_SET: Object = {
    "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-1", "namespace": "default", "uid": "rs"},
    "spec": {"selector": {"matchLabels": {"app": "web", "pod-template-hash": "1"}}},
}  # fmt: skip


def test_pods_of_one_replica_set_spread_though_another_node_is_emptier() -> None:
    nodes = [node("a", cpu="64", memory="256Gi"), node("b", cpu="60", memory="240Gi")]
    assert placed(nodes, owned("second"), owned("first", nodeName="a"), REPLICA_SET) == "b"
    assert placed(nodes, pod("second"), pod("first", nodeName="a"), REPLICA_SET) == "a"
    by_list = {"profiles": [{"pluginConfig": [{"name": "PodTopologySpread", "args": {"defaultingType": "List"}}]}]}
    assert placed(nodes, owned("second"), owned("first", nodeName="a"), REPLICA_SET, config=by_list) == "a"


def test_a_service_and_an_owner_that_contradict_each_other_select_nobody() -> None:
    nodes = [node("a", cpu="64", memory="256Gi"), node("b", cpu="60", memory="240Gi")]
    service: Object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
                       "spec": {"selector": {"pod-template-hash": "2"}}}  # fmt: skip
    second = owned("second")
    second["metadata"]["labels"]["pod-template-hash"] = "2"
    assert placed(nodes, second, owned("first", nodeName="a"), REPLICA_SET) == "b"
    assert placed(nodes, second, owned("first", nodeName="a"), REPLICA_SET, service) == "a"


def test_pods_of_one_service_spread_over_zones() -> None:
    service: Object = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
                       "spec": {"selector": {"app": "web"}}}  # fmt: skip
    zone = "topology.kubernetes.io/zone"
    nodes = [node("a", labels={zone: "1"}), node("b", labels={zone: "1"}), node("c", labels={zone: "2"}, cpu="3", memory="6Gi")]
    app = {"app": "web"}
    assert placed(nodes, pod(labels=app), service, pod("first", labels=app, nodeName="a")) == "c"


@pytest.mark.parametrize(
    ("selector", "labels", "answer"),
    [
        (None, {"a": "1"}, False),
        ({}, {"a": "1"}, True),
        ({"matchLabels": {"a": "1"}}, {"a": "1", "b": "2"}, True),
        ({"matchLabels": {"a": "1"}}, {"a": "2"}, False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, {}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {}, False),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {}, True),
    ],
)
def test_label_selectors(selector: Any, labels: dict[str, str], answer: bool) -> None:
    assert labelmatch.matches(selector, labels) is answer


def test_a_node_selector_term_without_requirements_selects_nothing() -> None:
    assert labelmatch.node_terms([{}], {"a": "1"}, "n") is False
    assert labelmatch.node_terms([{}, {"matchExpressions": [{"key": "a", "operator": "Exists"}]}], {"a": "1"}, "n") is True
