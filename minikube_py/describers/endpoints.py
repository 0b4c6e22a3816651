"""kubectl describe endpoints, and endpointslice."""

from typing import Any

from minikube_py.describers import events, golang, multiline
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery.meta import Object


def describe(obj: Object, w: Writer, context: Context) -> None:
    """Write an Endpoints object."""
    multiline.named(w, obj)
    w.line("Subsets:")
    for subset in obj.get("subsets") or ():
        for label, field in (("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")):
            w.field(label, ",".join(address.get("ip") or "" for address in subset.get(field) or ()) or "<none>", 1)
        if subset.get("ports"):
            w.write(1, "Ports:\n")
            w.header(2, "Name", "Port", "Protocol")
            for port in subset["ports"]:
                w.row(2, port.get("name") or "<unset>", port.get("port") or 0, port.get("protocol") or "")
        w.line("")
    events.section(w, obj, context)


def describe_slice(obj: Object, w: Writer, context: Context) -> None:
    """Write an EndpointSlice object."""
    multiline.named(w, obj)
    w.field("AddressType", obj.get("addressType") or "")
    ports, endpoints = obj.get("ports") or (), obj.get("endpoints") or ()
    w.line("Ports:" if ports else "Ports: <unset>")
    if ports:
        w.header(1, "Name", "Port", "Protocol")
    for port in ports:
        w.row(1, port.get("name") or "<unset>", golang.at(port, "port", "<unset>"), port.get("protocol") or "")
    w.line("Endpoints:" if endpoints else "Endpoints: <none>")
    for endpoint in endpoints:
        _endpoint(w, endpoint)
    events.section(w, obj, context)


def _endpoint(w: Writer, endpoint: dict[str, Any]) -> None:
    w.field("- Addresses", ", ".join(endpoint.get("addresses") or ()) or "<none>", 1)
    w.write(2, "Conditions:\n")
    ready = golang.at(endpoint, "conditions.ready")
    w.field("Ready", "<unset>" if ready is None else golang.boolean(ready), 3)
    w.field("Hostname", golang.at(endpoint, "hostname", "<unset>"), 2)
    target = endpoint.get("targetRef")
    if target is not None:
        w.field("TargetRef", f"{target.get('kind') or ''}/{target.get('name') or ''}", 2)
    w.field("NodeName", golang.at(endpoint, "nodeName", "<unset>"), 2)
    w.field("Zone", golang.at(endpoint, "zone", "<unset>"), 2)
