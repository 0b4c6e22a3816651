"""kubectl describe service."""

from typing import Any

from minikube_py.describers import backends, events, golang, multiline, selecting
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta
from minikube_py.machinery.errors import StatusError
from minikube_py.machinery.meta import Object


def describe(service: Object, w: Writer, context: Context) -> None:
    """Write a service."""
    spec = service.get("spec") or {}
    multiline.named(w, service)
    w.field("Selector", selecting.pairs(spec.get("selector")))
    w.field("Type", spec.get("type") or "")
    if spec.get("ipFamilyPolicy") is not None:
        w.field("IP Family Policy", spec["ipFamilyPolicy"])
    w.field("IP Families", ",".join(spec.get("ipFamilies") or ()) or "<none>")
    w.field("IP", spec.get("clusterIP") or "")
    w.field("IPs", ",".join(spec.get("clusterIPs") or ()) or "<none>")
    if spec.get("externalIPs"):
        w.field("External IPs", ",".join(spec["externalIPs"]))
    for label, field in (("Desired LoadBalancer IP", "loadBalancerIP"), ("External Name", "externalName")):
        if spec.get(field):
            w.field(label, spec[field])
    entries = golang.at(service, "status.loadBalancer.ingress")
    if entries:
        w.field("LoadBalancer Ingress", ", ".join(map(_load_balancer, entries)))
    _ports(w, service, spec.get("ports") or (), context)
    _policies(w, spec)
    events.section(w, service, context)


def _load_balancer(entry: dict[str, Any]) -> str:
    if not entry.get("ip"):
        return entry.get("hostname") or ""
    return entry["ip"] if entry.get("ipMode") is None else f"{entry['ip']} ({entry['ipMode']})"


def _ports(w: Writer, service: Object, ports: Any, context: Context) -> None:
    try:
        found = backends.slices(context.client, meta.namespace(service), meta.name(service))
    except StatusError:
        found = []
    for port in ports:
        name, protocol = port.get("name") or "<unset>", port.get("protocol") or ""
        w.row(0, "Port:", name, f"{port.get('port') or 0}/{protocol}")
        w.field("TargetPort", f"{golang.at(port, 'targetPort', 0)}/{protocol}")
        if port.get("nodePort"):
            w.row(0, "NodePort:", name, f"{port['nodePort']}/{protocol}")
        w.field("Endpoints", backends.text(found, port.get("name") or ""))


def _policies(w: Writer, spec: dict[str, Any]) -> None:
    w.field("Session Affinity", spec.get("sessionAffinity") or "")
    if spec.get("externalTrafficPolicy"):
        w.field("External Traffic Policy", spec["externalTrafficPolicy"])
    if spec.get("internalTrafficPolicy") is not None:
        w.field("Internal Traffic Policy", spec["internalTrafficPolicy"])
    if spec.get("healthCheckNodePort"):
        w.field("HealthCheck NodePort", spec["healthCheckNodePort"])
    if spec.get("loadBalancerSourceRanges"):
        w.field("LoadBalancer Source Ranges", ",".join(spec["loadBalancerSourceRanges"]))
