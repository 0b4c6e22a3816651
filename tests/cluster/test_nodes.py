"""The nodes of a new cluster."""

import platform

import pytest

from minikube_py.cluster import bootstrap, nodes
from minikube_py.cluster.cluster import Settings


def test_names_are_minikubes() -> None:
    assert bootstrap.node_names(Settings("a", nodes=1)) == ["a"]
    assert bootstrap.node_names(Settings("a", nodes=11))[::5] == ["a", "a-m06", "a-m11"]
    assert bootstrap.node_names(Settings("a", nodes=100))[-1] == "a-m100"


@pytest.mark.parametrize(
    ("number", "network"), [(1, "10.244.0.0/24"), (2, "10.244.1.0/24"), (256, "10.244.255.0/24"), (257, "10.245.0.0/24"), (2816, "10.254.255.0/24")]
)
def test_pod_networks(number: int, network: str) -> None:
    assert nodes.pod_cidr(number, Settings()) == network


def test_no_two_of_the_most_nodes_share_a_network() -> None:
    networks = {nodes.pod_cidr(number, Settings()) for number in range(1, 5001)}
    assert len(networks) == 5000
    assert all(0 <= int(part) <= 255 for network in networks for part in network.removesuffix("/24").split("."))


def test_a_cluster_on_an_engine_stays_in_its_range() -> None:
    settings = Settings(runtime="docker", pod_range="10.244.0.0/16")
    assert nodes.pod_cidr(256, settings) == "10.244.255.0/24"
    with pytest.raises(ValueError, match="no pod network is left for node 257"):
        nodes.pod_cidr(257, settings)


def test_the_first_nodes_are_the_control_plane() -> None:
    labels = [nodes.node(f"n{number}", number, Settings(nodes=3, control_planes=2))["metadata"]["labels"] for number in (1, 2, 3)]
    assert ["node-role.kubernetes.io/control-plane" in each for each in labels] == [True, True, False]
    assert [each["kubernetes.io/hostname"] for each in labels] == ["n1", "n2", "n3"]


@pytest.mark.parametrize(("machine", "spelled"), [("x86_64", "amd64"), ("aarch64", "arm64"), ("riscv64", "riscv64")])
def test_architectures_are_spelled_as_go_does(monkeypatch: pytest.MonkeyPatch, machine: str, spelled: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert nodes.architecture() == spelled
