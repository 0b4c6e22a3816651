"""Tables of services and endpoints."""

from typing import Any

from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text, wide


def external_ip(service: Object) -> str:
    """Return what `kubectl get services` shows under EXTERNAL-IP."""
    spec = cells.spec(service)
    kind, given = spec.get("type", ""), spec.get("externalIPs") or []
    if kind == "ExternalName":
        return spec.get("externalName", "")  # type: ignore[no-any-return]
    if kind in ("ClusterIP", "NodePort"):
        return ",".join(given) or cells.NONE
    if kind != "LoadBalancer":
        return "<unknown>"
    balancer = cells.load_balancer(cells.status(service))
    return ",".join(filter(None, (balancer, *given))) or "<pending>"


def _port(port: dict[str, Any]) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node_port}/{port.get('protocol', 'TCP')}"


def _service(service: Object, now: float) -> Cells:
    spec = cells.spec(service)
    internal = (spec.get("clusterIPs") or [spec.get("clusterIP") or cells.NONE])[0]
    ports = ",".join(map(_port, spec.get("ports") or ())) or cells.NONE
    return [
        service["metadata"]["name"], spec.get("type", ""), internal, external_ip(service), ports, cells.age(service, now),
        cells.labels(spec.get("selector")),
    ]  # fmt: skip


def endpoints_text(endpoints: Object) -> str:
    """Return the first three addresses with their ports, and how many more there are."""
    if not endpoints.get("subsets"):
        return cells.NONE
    shown: list[str] = []
    for subset in endpoints["subsets"]:
        addresses = [address.get("ip", "") for address in subset.get("addresses") or ()]
        if not subset.get("ports"):
            shown += addresses
        for port in subset.get("ports") or ():
            shown += [cells.host_port(address, port["port"]) for address in addresses]
    return cells.cut(shown, len(shown))


def _endpoints(endpoints: Object, now: float) -> Cells:
    return [endpoints["metadata"]["name"], endpoints_text(endpoints), cells.age(endpoints, now)]


TABLES = {
    "services": Table(
        (
            NAME,
            text("Type", "How the service is exposed."),
            text("Cluster-IP", "Address inside the cluster."),
            text("External-IP", "Addresses outside the cluster."),
            text("Port(s)", "Ports, with the port of the nodes where there is one."),
            AGE,
            wide("Selector", "Labels by which pods are selected."),
        ),
        _service,
    ),
    "endpoints": Table((NAME, text("Endpoints", "Addresses and ports."), AGE), _endpoints),
}
