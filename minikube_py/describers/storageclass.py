"""kubectl describe storageclass, volumeattributesclass and csinode."""

from typing import Any

from minikube_py.describers import events, golang, multiline, persistentvolume, selecting
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta, persistentvolumes
from minikube_py.machinery.meta import Object


def describe(storage_class: Object, w: Writer, context: Context) -> None:
    """Write a storage class."""
    marks = meta.annotations(storage_class)
    w.field("Name", meta.name(storage_class))
    w.field("IsDefaultClass", "Yes" if persistentvolumes.is_default(storage_class) else "No")
    w.field("Annotations", selecting.pairs(marks))
    w.field("Provisioner", storage_class.get("provisioner") or "")
    w.field("Parameters", selecting.pairs(storage_class.get("parameters")))
    w.field("AllowVolumeExpansion", {None: "<unset>", True: "True", False: "False"}[storage_class.get("allowVolumeExpansion")])
    options = storage_class.get("mountOptions") or ()
    w.write(0, "MountOptions:\n" if options else "MountOptions:\t<none>\n")
    for option in options:
        w.write(1, f"{option}\n")
    for label, field in (("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")):
        if storage_class.get(field) is not None:
            w.field(label, storage_class[field])
    _topologies(w, storage_class.get("allowedTopologies"))
    events.section(w, storage_class, context)


def _topologies(w: Writer, topologies: list[dict[str, Any]] | None) -> None:
    if topologies is None:
        return
    w.field("AllowedTopologies", "" if topologies else "<none>")
    for index, term in enumerate(topologies):
        persistentvolume.selector_term(w, 1, f"Term {index}", map(_expression, term.get("matchLabelExpressions") or ()))


def _expression(requirement: dict[str, Any]) -> str:
    values = requirement.get("values")
    return f"{requirement.get('key') or ''} in" + (f" [{', '.join(values)}]" if values else "")


def describe_attributes_class(attributes_class: Object, w: Writer, context: Context) -> None:
    """Write a volume attributes class."""
    w.field("Name", meta.name(attributes_class))
    w.field("Annotations", selecting.pairs(meta.annotations(attributes_class)))
    w.field("DriverName", attributes_class.get("driverName") or "")
    w.field("Parameters", selecting.pairs(attributes_class.get("parameters")))
    events.section(w, attributes_class, context)


def describe_csi_node(node: Object, w: Writer, context: Context) -> None:
    """Write which storage drivers a node has."""
    multiline.named(w, node, namespaced=False)
    w.field("CreationTimestamp", golang.rfc1123z(node["metadata"].get("creationTimestamp")))
    w.line("Spec:")
    drivers = golang.at(node, "spec.drivers")
    if drivers is not None:
        w.write(1, "Drivers:\n")
    for driver in drivers or ():
        w.write(2, f"{driver['name']}:\n")
        w.field("Node ID", driver.get("nodeID") or "", 3)
        count = golang.at(driver, "allocatable.count")
        if count is not None:
            w.write(3, "Allocatables:\n")
            w.field("Count", count, 4)
        if driver.get("topologyKeys") is not None:
            w.field("Topology Keys", golang.listing(driver["topologyKeys"]), 3)
    events.section(w, node, context)
