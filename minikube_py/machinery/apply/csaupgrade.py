"""The move of an object from client-side to server-side apply (client-go util/csaupgrade): kubectl apply --server-side sends it first."""

from collections.abc import Collection
from typing import Any

from minikube_py.machinery.apply import fieldset
from minikube_py.machinery.apply.entries import APPLY, UPDATE, Entry
from minikube_py.machinery.meta import Object


def upgraded(listed: list[Entry], csa_managers: Collection[str], ssa_manager: str) -> list[Entry]:
    """Return the entries with those of client-side appliers turned into, or joined to, that of the server-side one."""
    for name in sorted(csa_managers):
        listed = _upgraded(listed, name, ssa_manager)
    return listed


def _is(entry: Entry, manager: str, operation: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == operation and not entry.get("subresource")


def _upgraded(listed: list[Entry], csa_manager: str, ssa_manager: str) -> list[Entry]:
    listed = list(listed)
    target = next((index for index, entry in enumerate(listed) if _is(entry, ssa_manager, APPLY)), None)
    if target is None:
        target = next((index for index, entry in enumerate(listed) if _is(entry, csa_manager, UPDATE)), None)
        if target is None:
            return listed
        listed[target] = {**listed[target], "operation": APPLY, "manager": ssa_manager}
    own = listed[target]
    for entry in listed:
        if _is(entry, csa_manager, UPDATE) and entry.get("apiVersion") == own.get("apiVersion"):
            listed[target] = {**own, "fieldsV1": fieldset.union(own.get("fieldsV1") or {}, entry.get("fieldsV1") or {})}
            break
    return [entry for entry in listed if not _is(entry, csa_manager, UPDATE)]


def patch(obj: Object, csa_managers: Collection[str], ssa_manager: str) -> list[dict[str, Any]]:
    """Return the JSON patch that moves a live object; empty where there is nothing to move."""
    metadata = obj["metadata"]
    listed = metadata.get("managedFields") or []
    after = upgraded(listed, csa_managers, ssa_manager)
    if after == listed:
        return []
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": after},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata.get("resourceVersion", "")},
    ]
