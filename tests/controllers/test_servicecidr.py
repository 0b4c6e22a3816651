"""Ranges of cluster IPs, and the IPAddresses of those that are taken."""

from typing import Any

import pytest

from minikube_py.machinery import errors
from tests.controllers import fakes

RANGES, ADDRESSES = "servicecidrs.networking.k8s.io", "ipaddresses.networking.k8s.io"
API = "networking.k8s.io/v1"
PORTS = [{"port": 80}]


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def ready(world: fakes.World, name: str) -> Any:
    (condition,) = world.get(RANGES, name, "")["status"]["conditions"]
    return condition["status"], condition["reason"], condition["message"]


def test_a_new_cluster_has_one(world: fakes.World) -> None:
    found = world.get(RANGES, "kubernetes", "")
    assert found["spec"] == {"cidrs": ["10.96.0.0/12"]}
    assert found["metadata"]["finalizers"] == ["networking.k8s.io/service-cidr-finalizer"]
    assert ready(world, "kubernetes") == ("True", "", "Kubernetes default Service CIDR is ready")
    assert world.again("service-cidr-controller", "kubernetes")


def test_addresses_follow_services(world: fakes.World) -> None:
    assert world.names(ADDRESSES, "") == ["10.96.0.1", "10.96.0.10"]
    world.add("Service", "web", {"ports": PORTS, "clusterIP": "10.96.0.77"})
    made = world.get(ADDRESSES, "10.96.0.77", "")
    assert made["spec"] == {"parentRef": {"group": "", "resource": "services", "namespace": "default", "name": "web"}}
    assert made["metadata"]["labels"] == {"ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"}
    world.add("Service", "headless", {"ports": PORTS, "clusterIP": "None"})
    assert world.names(ADDRESSES, "") == ["10.96.0.1", "10.96.0.10", "10.96.0.77"]
    changed = {**world.get("services", "web"), "spec": {"type": "ExternalName", "externalName": "example.com"}}
    world.client.update(changed)
    assert world.names(ADDRESSES, "") == ["10.96.0.1", "10.96.0.10"]
    back = {"type": "ClusterIP", "externalName": None, "ports": PORTS, "clusterIP": "10.96.0.78"}
    world.client.patch("services", "web", "default", {"spec": back})
    assert world.names(ADDRESSES, "")[-1] == "10.96.0.78"
    world.client.delete("services", "web", "default")
    assert world.names(ADDRESSES, "") == ["10.96.0.1", "10.96.0.10"]


def test_whoever_has_an_address_keeps_it(world: fakes.World) -> None:
    parent = {"group": "example.com", "resource": "things", "name": "one"}
    world.add("IPAddress", "10.96.0.99", {"parentRef": parent}, api=API, space="")
    with pytest.raises(errors.Invalid, match="failed to allocate IP 10.96.0.99: provided IP is already allocated"):
        world.add("Service", "web", {"ports": PORTS, "clusterIP": "10.96.0.99"})


def test_a_range_more(world: fakes.World) -> None:
    with pytest.raises(errors.Invalid, match="the provided network does not match the current range"):
        world.add("Service", "web", {"ports": PORTS, "clusterIP": "10.200.0.5"})
    world.add("ServiceCIDR", "more", {"cidrs": ["10.200.0.0/24"]}, api=API, space="")
    assert ready(world, "more") == ("True", "", "Kubernetes Service CIDR is ready")
    world.add("Service", "web", {"ports": PORTS, "clusterIP": "10.200.0.5"})
    world.client.delete(RANGES, "more")
    world.settle()
    in_use = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR"
    assert ready(world, "more") == ("False", "Terminating", in_use)
    world.client.delete("services", "web", "default")
    world.settle()
    assert world.names(RANGES, "") == ["kubernetes"]
