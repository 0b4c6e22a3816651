"""Names of pods by their services' endpoint slices, and the variables that tell of services."""

from typing import Any

from minikube_py.client.loops import Change
from minikube_py.kubelet import servicenames

POD = {"metadata": {"name": "web-0", "namespace": "shop", "uid": "u-0"}, "spec": {}}


def piece(service: str, *endpoints: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": f"{service}-x", "namespace": "shop", "labels": {"kubernetes.io/service-name": service}}, "endpoints": list(endpoints)}


def endpoint(name: str, *, ready: bool = True, hostname: str = "") -> dict[str, Any]:
    target = {"kind": "Pod", "namespace": "shop", "name": name, "uid": f"u-{name[-1]}"}
    return {"addresses": ["10.0.0.1"], "conditions": {"ready": ready}, "targetRef": target, **({"hostname": hostname} if hostname else {})}


class Services:
    """A client that knows services and slices."""

    def __init__(self, **known: list[dict[str, Any]]) -> None:
        self.known = known

    def items(self, resource: str, namespace: str) -> list[dict[str, Any]]:
        return [item for item in self.known.get(resource.partition(".")[0], ()) if item["metadata"]["namespace"] == namespace]


def test_a_ready_pod_has_the_names_of_its_services() -> None:
    client: Any = Services(endpointslices=[piece("web", endpoint("web-0"), endpoint("web-1")), piece("other", endpoint("web-1"))])
    assert servicenames.names(POD, client) == ("web.shop", "web.shop.svc", "web.shop.svc.cluster.local")


def test_a_pod_that_is_not_ready_has_none() -> None:
    client: Any = Services(endpointslices=[piece("web", endpoint("web-0", ready=False))])
    assert servicenames.names(POD, client) == ()


def test_a_pod_that_ends_keeps_the_names_of_services_that_lead_to_all_pods() -> None:
    ending = {**POD, "metadata": {**POD["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    known = [service("web", "shop"), service("db", "shop")]
    known[1]["spec"]["publishNotReadyAddresses"] = True
    client: Any = Services(services=known, endpointslices=[piece(name, endpoint("web-0")) for name in ("web", "db", "gone")])
    assert servicenames.names(ending, client) == ("db.shop", "db.shop.svc", "db.shop.svc.cluster.local")


def test_a_pod_with_a_hostname_has_one_of_its_own() -> None:
    client: Any = Services(endpointslices=[piece("db", endpoint("web-0", hostname="web-0"))])
    assert servicenames.names(POD, client) == ("db.shop", "db.shop.svc", "db.shop.svc.cluster.local", "web-0.db.shop.svc.cluster.local")


def test_a_slice_wakes_the_pods_whose_names_change() -> None:
    before, now = piece("web", endpoint("web-0"), endpoint("web-1")), piece("web", endpoint("web-0"), endpoint("web-1", ready=False), endpoint("web-2"))
    assert list(servicenames.concerned(Change("MODIFIED", now, before, 1))) == ["shop/web-1", "shop/web-2"]
    assert list(servicenames.concerned(Change("DELETED", before, before, 1))) == ["shop/web-0", "shop/web-1"]


def service(name: str, namespace: str, cluster_ip: str = "10.96.0.9", *ports: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"clusterIP": cluster_ip, "ports": list(ports) or [{"port": 80}]}}


def test_variables_tell_of_services_by_name() -> None:
    known = [service("kubernetes", "default", "10.96.0.1", {"name": "https", "port": 443}), service("my-db", "shop", "10.96.0.9", {"port": 5432}),
             service("quiet", "shop", "None"), service("far", "elsewhere")]  # fmt: skip
    client: Any = Services(services=known)
    found = servicenames.variables(POD, client)
    assert found["KUBERNETES_SERVICE_HOST"] == "kubernetes.default.svc.cluster.local" and found["KUBERNETES_SERVICE_PORT_HTTPS"] == "443"
    mine = {name: value for name, value in found.items() if name.startswith("MY_DB")}
    assert mine == {
        "MY_DB_SERVICE_HOST": "my-db.shop.svc.cluster.local", "MY_DB_SERVICE_PORT": "5432", "MY_DB_PORT": "tcp://my-db.shop.svc.cluster.local:5432",
        "MY_DB_PORT_5432_TCP": "tcp://my-db.shop.svc.cluster.local:5432", "MY_DB_PORT_5432_TCP_PROTO": "tcp",
        "MY_DB_PORT_5432_TCP_PORT": "5432", "MY_DB_PORT_5432_TCP_ADDR": "my-db.shop.svc.cluster.local",
    }  # fmt: skip
    assert not [name for name in found if name.startswith(("QUIET", "FAR"))]
    quiet = servicenames.variables({**POD, "spec": {"enableServiceLinks": False}}, client)
    assert {name.partition("_")[0] for name in quiet} == {"KUBERNETES"}


def test_a_service_of_the_namespace_stands_for_the_api() -> None:
    known = [service("kubernetes", "default", "10.96.0.1", {"name": "https", "port": 443}), service("kubernetes", "shop")]
    client: Any = Services(services=known)
    found = servicenames.variables(POD, client)
    assert found["KUBERNETES_SERVICE_HOST"] == "kubernetes.shop.svc.cluster.local"
    assert not [name for name in found if "443" in name or "HTTPS" in name]
    assert servicenames.variables(POD, Services(services=[known[0], service("kubernetes", "shop", "None")]))["KUBERNETES_SERVICE_PORT"] == "443"  # type: ignore[arg-type]
