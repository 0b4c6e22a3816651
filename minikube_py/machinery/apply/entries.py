"""The entries of metadata.managedFields: who they belong to, their order, and how many there may be."""

import json
from typing import Any

from minikube_py.machinery.apply import fieldset
from minikube_py.machinery.apply.fieldset import FieldSet
from minikube_py.machinery.apply.pathelement import PathError

Entry = dict[str, Any]
APPLY, UPDATE = "Apply", "Update"
MAX_UPDATERS = 10
OLDEST = "ancient-changes"


def new(manager: str, operation: str, api_version: str, subresource: str, fields: FieldSet, time: str | None) -> Entry:
    """Return an entry in the order of fields that kube-apiserver writes."""
    entry: Entry = {"manager": manager, "operation": operation, "apiVersion": api_version}
    if time is not None:
        entry["time"] = time
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": fields}
    if subresource:
        entry["subresource"] = subresource
    return entry


def belongs(entry: Entry, manager: str, operation: str, api_version: str, subresource: str) -> bool:
    """Tell whether an entry is the manager's for an operation; appliers have one entry for all versions."""
    return (
        entry.get("manager", "") == manager
        and entry["operation"] == operation
        and (operation == APPLY or entry["apiVersion"] == api_version)
        and (entry.get("subresource") or "") == subresource
    )


def with_fields(entry: Entry, fields: FieldSet) -> Entry:
    """Return the entry with other fields; itself where they are the same."""
    return entry if entry["fieldsV1"] is fields else {**entry, "fieldsV1": fields}


def is_reset(listed: Any) -> bool:
    """Tell whether a client asks to forget all ownership: `[]`, or one empty entry."""
    return isinstance(listed, list) and (not listed or listed in ([{}], [None]))


def decoded(listed: Any) -> list[Entry]:
    """Return checked entries; PathError where kube-apiserver would not be able to read them."""
    out: list[Entry] = []
    for index, entry in enumerate(listed or ()):
        if not isinstance(entry, dict) or entry.get("operation") not in (APPLY, UPDATE):
            raise PathError("operation must be `Apply` or `Update`")
        if not entry.get("apiVersion"):
            raise PathError("apiVersion must not be empty")
        kind = entry.get("fieldsType")
        if kind != "FieldsV1":
            complaint = f'invalid fieldsType "{kind}"' if kind else "missing fieldsType"
            raise PathError(f"{complaint} in managed fields entry {index}")
        out.append({**entry, "fieldsV1": fieldset.loads(entry.get("fieldsV1") or {})})
    return out


def _order(entry: Entry) -> tuple[str, ...]:
    time = entry.get("time") or ""
    return entry["operation"], time, entry.get("manager", ""), entry["apiVersion"], entry.get("subresource") or ""


def arranged(listed: list[Entry]) -> list[Entry]:
    """Return entries as kube-apiserver sorts them: appliers first, then by time, manager, version and subresource."""
    return sorted(listed, key=_order) if len(listed) > 1 else listed


def identifier(entry: Entry) -> str:
    """Return the manager identifier of structured-merge-diff: by it ties are sorted."""
    parts = {"manager": entry.get("manager"), "operation": entry["operation"]}
    if entry["operation"] == UPDATE:
        parts["apiVersion"] = entry["apiVersion"]
    if entry.get("subresource"):
        parts["subresource"] = entry["subresource"]
    return json.dumps({name: value for name, value in parts.items() if value}, separators=(",", ":"), ensure_ascii=False)


def capped(listed: list[Entry]) -> list[Entry]:
    """Merge the oldest updaters of a version into one entry, until no more than ten are left."""
    updaters = [entry for entry in listed if entry["operation"] == UPDATE]
    excess = len(updaters) - MAX_UPDATERS
    if excess <= 0:
        return listed
    updaters.sort(key=lambda entry: (entry.get("time") or "", identifier(entry)))
    kept = {identifier(entry): entry for entry in listed}
    first: dict[str, Entry] = {}
    for entry in updaters:
        if excess <= 0:
            break
        version = entry["apiVersion"]
        if version not in first:
            first[version] = entry
            continue
        bucket = identifier(new(OLDEST, UPDATE, version, "", {}, None))
        if bucket not in kept:
            kept[bucket] = kept.pop(identifier(first[version]))
        # The time of what is merged in, since it is more recent.
        fields = fieldset.union(entry["fieldsV1"], kept[bucket]["fieldsV1"])
        kept[bucket] = new(OLDEST, UPDATE, version, "", fields, entry.get("time"))
        del kept[identifier(entry)]
        excess -= 1
    return list(kept.values())
