"""Who owns the replicas of a workload, as its Scale tells it, and back (apimachinery util/managedfields ScaleHandler)."""

from typing import Any

from minikube_py.machinery.apply import entries, fieldset
from minikube_py.machinery.apply.entries import Entry
from minikube_py.machinery.apply.fieldset import FieldSet

_PATH = ("f:spec", "f:replicas")
_REPLICAS: FieldSet = {_PATH[0]: {_PATH[1]: {}}}


def of_scale(listed: Any, api_version: str) -> list[Entry]:
    """Return the managedFields of a Scale in a version of its own: those of its workload who own the replicas."""
    return [{**entry, "apiVersion": api_version, "fieldsV1": _REPLICAS} for entry in listed or () if _owns(entry)]


def of_parent(listed: Any, scaled: Any, api_version: str) -> list[Entry]:
    """Return the managedFields of a workload after its Scale was applied: who owns the replicas no longer has lost them."""
    owners = {_manager(entry): entry for entry in scaled or () if _owns(entry)}
    found: list[Entry] = []
    for entry in listed or ():
        if not _owns(entry):
            found.append(entry)
            continue
        kept = owners.pop(_manager(entry), None)
        rest = entry["fieldsV1"] if kept is not None else fieldset.difference(entry["fieldsV1"], _REPLICAS)
        if rest:
            found.append(entry if kept is not None else entries.with_fields(entry, rest))
    return entries.arranged([*found, *({**entry, "apiVersion": api_version, "fieldsV1": _REPLICAS} for entry in owners.values())])


def _owns(entry: Entry) -> bool:
    return _PATH[1] in (entry.get("fieldsV1") or {}).get(_PATH[0], ())


def _manager(entry: Entry) -> tuple[Any, ...]:
    return entry.get("manager"), entry.get("operation"), entry.get("subresource")
