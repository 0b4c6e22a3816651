"""Tables as kube-apiserver makes them (pkg/printers/internalversion): one a kind, grouped by API group.

Only the module of the kind that is asked for is loaded.
"""

from typing import Any

from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Column, Table

__all__ = ["Column", "Table", "find", "table"]

_GROUPS = {
    "": "core", "apps": "workloads", "batch": "batch", "autoscaling": "autoscaling", "policy": "policy", "networking.k8s.io": "networking",
    "discovery.k8s.io": "networking", "events.k8s.io": "events", "rbac.authorization.k8s.io": "rbac", "storage.k8s.io": "storage",
    "certificates.k8s.io": "certificates", "coordination.k8s.io": "coordination", "admissionregistration.k8s.io": "admission",
    "flowcontrol.apiserver.k8s.io": "flowcontrol", "scheduling.k8s.io": "scheduling", "node.k8s.io": "scheduling",
    "resource.k8s.io": "resource", "internal.apiserver.k8s.io": "apimachinery", "storagemigration.k8s.io": "apimachinery",
    "apiextensions.k8s.io": "apimachinery", "apiregistration.k8s.io": "apimachinery", "metrics.k8s.io": "metrics",
}  # fmt: skip

# The core group is large: what is asked for often has a module of its own.
_CORE = {
    "pods": "pods", "nodes": "nodes", "events": "events", "services": "services", "endpoints": "services", "persistentvolumes": "storage",
    "persistentvolumeclaims": "storage", "replicationcontrollers": "workloads", "podtemplates": "workloads",
}  # fmt: skip

_DEFAULT = Table((NAME, AGE), lambda obj, now: [obj["metadata"].get("name", ""), cells.age(obj, now)])


def find(group: str, plural: str) -> Table:
    """Return the table of a resource; name and age where it has none of its own."""
    module = _CORE.get(plural) if group == "" else None
    module = module or _GROUPS.get(group)
    if module is None:
        return _DEFAULT
    loaded: dict[str, Table] = getattr(__import__(f"{__name__}.{module}", fromlist=["TABLES"]), "TABLES")  # noqa: B009
    return loaded.get(plural, _DEFAULT)


def _ordered(kind: Table, objects: list[Object]) -> list[Object]:
    return sorted(objects, key=kind.order) if kind.order else objects


def table(objs: Object | list[Object], resource: Resource, now: float, include_object: str = "Metadata", *, kind: Table | None = None,
          metadata: Object | None = None) -> Object:  # fmt: skip
    """Return a meta.k8s.io/v1 Table of one object, of a list object, or of a plain list whose list metadata is `metadata`.

    `kind` is the table where it is not that of the resource, as of a scale; `include_object` is what each row carries of its object.
    """
    kind = kind or find(*resource.key)
    if isinstance(objs, list):
        items = objs
    elif "items" in objs and "name" not in (objs.get("metadata") or ()):
        metadata, items = objs.get("metadata"), objs["items"]
    else:
        version = objs["metadata"].get("resourceVersion")
        metadata, items = ({"resourceVersion": version} if version else {}), [objs]
    return {
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata or {},
        "columnDefinitions": [column._asdict() for column in kind.columns],
        "rows": [_row(kind, obj, resource, now, include_object) for obj in _ordered(kind, items)],
    }  # fmt: skip


def _row(kind: Table, obj: Object, resource: Resource, now: float, include_object: str) -> Object:
    row: Object = {"cells": kind.cells(obj, now)}
    conditions = kind.conditions(obj) if kind.conditions else None
    if conditions:
        row["conditions"] = conditions
    row["object"] = _carried(obj, resource, include_object)
    return row


def _carried(obj: Object, resource: Resource, include_object: str) -> Any:
    if include_object == "None":
        return None
    if include_object == "Object":
        return {"apiVersion": resource.api_version, "kind": resource.kind} | obj
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
