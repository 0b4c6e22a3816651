"""kubectl describe node."""

from typing import Any

from minikube_py.describers import conditions, events, golang, multiline, noderesources
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import errors, meta, quantity
from minikube_py.machinery.meta import Object

_LEASES = "kube-node-lease"
_LIVE_PODS = "spec.nodeName={name},status.phase!=Failed,status.phase!=Succeeded"
_SYSTEM_INFO = (
    ("Machine ID", "machineID"), ("System UUID", "systemUUID"), ("Boot ID", "bootID"), ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"), ("Operating System", "operatingSystem"), ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"), ("Kubelet Version", "kubeletVersion"),
    ("Kube-Proxy Version", "kubeProxyVersion"),
)  # fmt: skip


def describe(node: Object, w: Writer, context: Context) -> None:
    """Write a node."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    w.field("Name", meta.name(node))
    w.field("Roles", ",".join(meta.node_roles(node)) or "<none>")
    multiline.metadata(w, node)
    w.field("CreationTimestamp", golang.rfc1123z(node["metadata"].get("creationTimestamp")))
    multiline.taints(w, spec.get("taints"))
    w.field("Unschedulable", golang.boolean(spec.get("unschedulable")))
    _lease(w, node, context)
    conditions.stamped(w, status.get("conditions"), "LastHeartbeatTime")
    w.line("Addresses:")
    for address in status.get("addresses") or ():
        w.field(address.get("type") or "", address.get("address") or "", 1)
    for title, field in (("Capacity", "capacity"), ("Allocatable", "allocatable")):
        _amounts(w, title, status.get(field))
    _system(w, spec, status.get("nodeInfo") or {})
    _pods(w, node, context)
    _events(w, node, context)


def _lease(w: Writer, node: Object, context: Context) -> None:
    try:
        lease = context.client.get("leases.coordination.k8s.io", meta.name(node), _LEASES)
    except errors.StatusError as error:
        w.field("Lease", f"Failed to get lease: {error}")
        return
    w.line("Lease:")
    w.field("HolderIdentity", golang.at(lease, "spec.holderIdentity", "<unset>"), 1)
    for label, field in (("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")):
        stamp = golang.at(lease, f"spec.{field}")
        w.field(label, golang.rfc1123z(stamp) if stamp else "<unset>", 1)


def _amounts(w: Writer, title: str, amounts: dict[str, Any] | None) -> None:
    if not amounts:
        return
    w.line(f"{title}:")
    for name in sorted(amounts):
        w.field(name, quantity.parse(amounts[name]), 1)


def _system(w: Writer, spec: dict[str, Any], info: dict[str, Any]) -> None:
    w.line("System Info:")
    for label, field in _SYSTEM_INFO:
        w.field(label, info.get(field) or "", 1)
    if spec.get("podCIDR"):
        w.field("PodCIDR", spec["podCIDR"])
    if spec.get("podCIDRs"):
        w.field("PodCIDRs", ",".join(spec["podCIDRs"]))
    if spec.get("providerID"):
        w.field("ProviderID", spec["providerID"])


def _pods(w: Writer, node: Object, context: Context) -> None:
    name = meta.name(node)
    try:
        pods = context.items("pods", field_selector=_LIVE_PODS.format(name=name), index=("node", name))
    except errors.Forbidden:
        w.field("Pods", "not authorized")
        return
    noderesources.section(w, node, pods, context)


def _events(w: Writer, node: Object, context: Context) -> None:
    """Write the events of both spellings: the node controller puts the node's uid in them, the kubelet its name."""
    if context.show_events:
        found = events.search(context, node)
        found += events.search(context, node, uid=meta.name(node))
        events.table(w, found, context)
