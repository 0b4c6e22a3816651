"""Where the pods of a service are, in both kinds."""

from typing import Any

import pytest

from minikube_py.machinery import meta
from tests.controllers import fakes

WEB = {"app": "web"}
PORTS = [{"name": "http", "port": 80, "targetPort": "web"}, {"name": "raw", "port": 81, "targetPort": 9000}]


@pytest.fixture
def world() -> fakes.World:
    return fakes.World()


def pod(world: fakes.World, name: str, labels: dict[str, str] | None = None, **fields: Any) -> Any:
    container = {"name": "main", "image": "busybox", "ports": [{"name": "web", "containerPort": 8080}]}
    world.add("Pod", name, {"containers": [container], **fields}, labels=WEB if labels is None else labels)
    return world.get("pods", name)


def slices(world: fakes.World, service: str = "web") -> Any:
    return world.client.items("endpointslices.discovery.k8s.io", "default", label_selector=f"kubernetes.io/service-name={service}")


def test_ready_pods_are_addresses_with_the_numbers_of_their_named_ports(world: fakes.World) -> None:
    made = pod(world, "a")
    world.add("Service", "web", {"selector": WEB, "ports": PORTS}, labels={"tier": "front"})
    found = world.get("endpoints", "web")
    target = {"kind": "Pod", "name": "a", "namespace": "default", "uid": made["metadata"]["uid"]}
    ip = made["status"]["podIP"]
    assert found["subsets"] == [
        {
            "addresses": [{"ip": ip, "nodeName": "minikube", "targetRef": target}],
            "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}, {"name": "raw", "port": 9000, "protocol": "TCP"}],
        }
    ]
    assert found["metadata"]["labels"] == {"tier": "front", "endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    assert found["metadata"]["annotations"] == {"endpoints.kubernetes.io/last-change-trigger-time": "2027-01-15T08:00:00Z"}
    (item,) = slices(world)
    assert item["metadata"]["name"].startswith("web-")
    assert item["metadata"]["labels"] == {
        "tier": "front", "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }  # fmt: skip
    assert item["endpoints"] == [
        {"addresses": [ip], "conditions": {"ready": True, "serving": True, "terminating": False}, "nodeName": "minikube", "targetRef": target}
    ]
    assert [port["port"] for port in item["ports"]] == [8080, 9000]
    assert world.again("endpoint-controller", "default/web")
    assert world.again("endpointslice-controller", "default/web")


def unready(world: fakes.World, name: str) -> None:
    found = world.get("pods", name)
    for condition in found["status"]["conditions"]:
        if condition["type"] == "Ready":
            condition["status"] = "False"
    world.client.update_status(found)


@pytest.mark.parametrize(("publish", "field", "ready"), [(False, "notReadyAddresses", False), (True, "addresses", True)])
def test_pods_that_are_not_ready(world: fakes.World, publish: bool, field: str, ready: bool) -> None:
    pod(world, "a")
    world.add("Service", "web", {"selector": WEB, "ports": PORTS, "publishNotReadyAddresses": publish}, settle=False)
    unready(world, "a")
    world.cluster.loop("endpoint-controller").reconcile("default/web")  # type: ignore[union-attr]
    world.cluster.loop("endpointslice-controller").reconcile("default/web")  # type: ignore[union-attr]
    assert list(world.get("endpoints", "web")["subsets"][0]) == [field, "ports"]
    assert slices(world)[0]["endpoints"][0]["conditions"] == {"ready": ready, "serving": False, "terminating": False}


def test_a_pod_that_is_deleted_leaves_endpoints_at_once(world: fakes.World) -> None:
    world.add("Service", "web", {"selector": WEB, "ports": PORTS})
    pod(world, "a")
    assert len(world.get("endpoints", "web")["subsets"]) == 1
    world.client.delete("pods", "a", "default")
    world.settle()
    assert "subsets" not in world.get("endpoints", "web")
    (item,) = slices(world)
    assert not item.get("endpoints")


def test_labels_move_a_pod_from_service_to_service(world: fakes.World) -> None:
    world.add("Service", "web", {"selector": WEB, "ports": PORTS})
    world.add("Service", "api", {"selector": {"app": "api"}, "ports": PORTS})
    pod(world, "a")
    world.client.patch("pods", "a", "default", {"metadata": {"labels": {"app": "api"}}})
    world.settle()
    assert "subsets" not in world.get("endpoints", "web")
    assert len(world.get("endpoints", "api")["subsets"][0]["addresses"]) == 1
    world.client.patch("services", "web", "default", {"spec": {"selector": {"app": "api"}}})
    world.settle()
    assert len(world.get("endpoints", "web")["subsets"][0]["addresses"]) == 1


def test_headless_services_know_the_names_of_their_pods(world: fakes.World) -> None:
    pod(world, "a", hostname="first", subdomain="web")
    world.add("Service", "web", {"selector": WEB, "clusterIP": "None"})
    found = world.get("endpoints", "web")
    assert found["metadata"]["labels"]["service.kubernetes.io/headless"] == ""
    assert found["subsets"][0]["addresses"][0]["hostname"] == "first"
    assert "ports" not in found["subsets"][0]
    assert slices(world)[0]["endpoints"][0]["hostname"] == "first"


def test_services_without_a_selector_are_left_alone(world: fakes.World) -> None:
    world.add("Endpoints", "manual", subsets=[{"addresses": [{"ip": "192.0.2.1"}]}])
    world.add("Service", "manual", {"ports": [{"port": 80}]})
    assert world.get("endpoints", "manual")["subsets"] == [{"addresses": [{"ip": "192.0.2.1"}]}]
    world.client.delete("services", "manual", "default")
    world.settle()
    assert world.client.find("endpoints", "manual", "default") is None


def test_what_is_deleted_by_hand_comes_back_and_goes_with_the_service(world: fakes.World) -> None:
    world.add("Service", "web", {"selector": WEB, "ports": PORTS})
    world.client.delete("endpoints", "web", "default")
    world.client.delete("endpointslices.discovery.k8s.io", slices(world)[0]["metadata"]["name"], "default")
    world.settle()
    assert "web" in world.names("endpoints")
    assert len(slices(world)) == 1
    world.client.delete("services", "web", "default")
    world.settle()
    assert "web" not in world.names("endpoints")
    assert slices(world) == []


def test_a_slice_holds_a_hundred(world: fakes.World) -> None:
    for number in range(103):
        world.add("Pod", f"p{number}", fakes.pod_spec(), labels=WEB, settle=False)
    world.add("Service", "web", {"selector": WEB, "ports": [{"port": 80}]})
    assert sorted(len(item["endpoints"]) for item in slices(world)) == [3, 100]
    for number in range(5):
        world.client.delete("pods", f"p{number}", "default")
    world.settle()
    assert sum(len(item["endpoints"]) for item in slices(world)) == 98
    assert world.again("endpointslice-controller", "default/web")


def test_zones_come_from_nodes(world: fakes.World) -> None:
    world.add("Service", "web", {"selector": WEB, "ports": PORTS})
    pod(world, "a")
    world.client.patch("nodes", "minikube", "", {"metadata": {"labels": {"topology.kubernetes.io/zone": "z1"}}})
    world.settle()
    assert slices(world)[0]["endpoints"][0]["zone"] == "z1"
    assert "hints" not in slices(world)[0]["endpoints"][0]
    world.client.patch("services", "web", "default", {"spec": {"trafficDistribution": "PreferClose"}})
    world.settle()
    assert slices(world)[0]["endpoints"][0]["hints"] == {"forZones": [{"name": "z1"}]}
    world.client.patch("services", "web", "default", {"metadata": {"annotations": {"service.kubernetes.io/topology-mode": "Auto"}}})
    world.settle()
    assert "hints" not in slices(world)[0]["endpoints"][0]


def test_the_kubernetes_service_leads_to_the_control_plane(world: fakes.World) -> None:
    found = world.get("endpoints", "kubernetes")
    assert found["subsets"] == [{"addresses": [{"ip": "192.168.49.2"}], "ports": [{"name": "https", "port": 8443, "protocol": "TCP"}]}]
    item = world.get("endpointslices.discovery.k8s.io", "kubernetes")
    assert item["endpoints"] == [{"addresses": ["192.168.49.2"], "conditions": {"ready": True}}]
    world.client.delete("endpoints", "kubernetes", "default")
    world.settle()
    assert world.get("endpoints", "kubernetes")["subsets"] == found["subsets"]
    assert world.again("kubernetes-service", "kubernetes")


def test_endpoints_by_hand_are_mirrored(world: fakes.World) -> None:
    world.add("Service", "db", {"ports": [{"port": 5432}]})
    subset = {"addresses": [{"ip": "192.0.2.1"}], "notReadyAddresses": [{"ip": "192.0.2.2"}], "ports": [{"port": 5432}]}
    world.add("Endpoints", "db", subsets=[subset], labels={"by": "hand"})
    (item,) = slices(world, "db")
    assert item["metadata"]["labels"] == {
        "by": "hand", "kubernetes.io/service-name": "db", "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    }  # fmt: skip
    assert item["endpoints"] == [
        {"addresses": ["192.0.2.1"], "conditions": {"ready": True}}, {"addresses": ["192.0.2.2"], "conditions": {"ready": False}},
    ]  # fmt: skip
    assert item["ports"] == [{"name": "", "port": 5432, "protocol": "TCP"}]
    assert world.again("endpointslice-mirroring-controller", "default/db")
    world.client.patch("endpoints", "db", "default", {"subsets": [{**subset, "notReadyAddresses": None}]})
    world.settle()
    (same,) = slices(world, "db")
    assert (same["metadata"]["name"], len(same["endpoints"])) == (item["metadata"]["name"], 1)
    world.client.patch("services", "db", "default", {"spec": {"selector": {"app": "db"}}})
    world.settle()
    assert [found["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] for found in slices(world, "db")] == ["endpointslice-controller.k8s.io"]


def test_nothing_is_made_in_a_namespace_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fakes.World(without=("namespace-controller",))  # it would be gone at once
    failures: list[tuple[str, BaseException]] = []
    monkeypatch.setattr(world.cluster.engine, "_report", lambda what, error: failures.append((what, error)))
    world.add("Namespace", "ending", space="")
    world.add("Service", "web", {"selector": WEB, "ports": PORTS}, space="ending", settle=False)
    world.add("Service", "own", {"ports": PORTS[:1]}, space="ending", settle=False)
    world.add("Endpoints", "own", space="ending", settle=False, subsets=[{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}])
    world.client.delete("namespaces", "ending")
    world.settle()
    assert [meta.name(item) for item in world.client.items("endpoints", "ending")] == ["own"]
    assert world.client.items("endpointslices.discovery.k8s.io", "ending") == []
    assert failures == []
