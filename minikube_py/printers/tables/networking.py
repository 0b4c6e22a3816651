"""Tables of networking.k8s.io and discovery.k8s.io."""

from typing import Any

from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text


def _hosts(rules: list[dict[str, Any]]) -> str:
    shown: list[str] = []
    more = False
    for rule in rules:
        more = more or len(shown) == 3
        if not more and rule.get("host"):
            shown.append(rule["host"])
    if not shown:
        return "*"
    return ",".join(shown) + (f" + {len(rules) - 3} more..." if more else "")


def _ingress(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    kind = cells.NONE if spec.get("ingressClassName") is None else spec["ingressClassName"]
    ports = "80, 443" if spec.get("tls") else "80"
    address = cells.load_balancer(cells.status(obj))
    return [obj["metadata"]["name"], kind, _hosts(spec.get("rules") or []), address, ports, cells.age(obj, now)]


def _ingress_class(obj: Object, now: float) -> Cells:
    spec = cells.spec(obj)
    reference = spec.get("parameters")
    shown = cells.NONE
    if reference is not None:
        group = f".{reference['apiGroup']}" if reference.get("apiGroup") is not None else ""
        shown = f"{reference.get('kind', '')}{group}/{reference.get('name', '')}"
    return [obj["metadata"]["name"], spec.get("controller", ""), shown, cells.age(obj, now)]


def _network_policy(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], cells.selector(cells.spec(obj).get("podSelector") or {}), cells.age(obj, now)]


def _service_cidr(obj: Object, now: float) -> Cells:
    return [obj["metadata"]["name"], ",".join(cells.spec(obj).get("cidrs") or ()), cells.age(obj, now)]


def _ip_address(obj: Object, now: float) -> Cells:
    parent = cells.spec(obj).get("parentRef")
    if parent is None:
        return [obj["metadata"]["name"], cells.NONE]
    resource = ".".join(filter(None, (parent.get("resource"), parent.get("group")))).lower()
    return [obj["metadata"]["name"], "/".join(filter(None, (resource, parent.get("namespace"), parent.get("name"))))]


def _slice_port(port: dict[str, Any]) -> str:
    if port.get("port") is not None:
        return str(port["port"])
    return "*" if port.get("name") is None else port["name"]


def _endpoint_slice(obj: Object, now: float) -> Cells:
    addresses = (address for endpoint in obj.get("endpoints") or () for address in endpoint.get("addresses") or ())
    ports = cells.cut_or_unset(map(_slice_port, obj.get("ports") or ()))
    return [obj["metadata"]["name"], obj.get("addressType", ""), ports, cells.cut_or_unset(addresses), cells.age(obj, now)]


TABLES = {
    "ingresses": Table(
        (
            NAME,
            text("Class", "Class of the ingress, which says who serves it."),
            text("Hosts", "Hosts that requests are for."),
            text("Address", "Addresses of the load balancer."),
            text("Ports", "Ports that are open."),
            AGE,
        ),
        _ingress,
    ),
    "ingressclasses": Table((NAME, text("Controller", "Who serves the class."), text("Parameters", "Where more parameters are."), AGE), _ingress_class),
    "networkpolicies": Table((NAME, text("Pod-Selector", "Pods that the policy is for."), AGE), _network_policy),
    "servicecidrs": Table((NAME, text("CIDRs", "Ranges of service addresses."), AGE), _service_cidr),
    "ipaddresses": Table((NAME, text("ParentRef", "Whose address it is.")), _ip_address),
    "endpointslices": Table(
        (
            NAME,
            text("AddressType", "IPv4, IPv6 or FQDN."),
            text("Ports", "Ports of every endpoint."),
            text("Endpoints", "Addresses."),
            AGE,
        ),
        _endpoint_slice,
    ),
}
