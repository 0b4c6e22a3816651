"""plugins/spread-over-racks: of two racks, one with one node and one with three, each gets half of the pods."""

from collections import Counter

from tests.plugins.conftest import Machine

RACKS = {"lab": "a", "lab-m02": "b", "lab-m03": "b", "lab-m04": "b"}


def placed(machine: Machine) -> Counter[str]:
    """Make a cluster of two racks, run four pods, and count them by rack."""
    machine.kctl("cluster", "create", "lab", "--nodes", "4")
    for node, rack in RACKS.items():
        machine.kctl("label", "node", node, f"rack={rack}")
    machine.kctl("create", "deployment", "web", "--image=nginx", "--replicas=4")
    nodes = machine.kctl("get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}").split()
    assert len(nodes) == 4
    return Counter(RACKS[node] for node in nodes)


def test_pods_spread_over_nodes_by_default(machine: Machine) -> None:
    assert placed(machine) == {"a": 1, "b": 3}


def test_pods_spread_over_racks_with_the_plugin(machine: Machine) -> None:
    machine.install("spread-over-racks")
    assert placed(machine) == {"a": 2, "b": 2}


def test_once_it_is_removed_new_pods_spread_over_nodes_again(machine: Machine) -> None:
    machine.install("spread-over-racks")
    placed(machine)
    machine.uninstall("kctl_spread_over_racks")
    machine.kctl("create", "deployment", "api", "--image=nginx", "--replicas=4")
    nodes = machine.kctl("get", "pods", "-l", "app=api", "-o", "jsonpath={.items[*].spec.nodeName}").split()
    assert sorted(nodes) == sorted(RACKS)
