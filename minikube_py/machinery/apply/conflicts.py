"""Fields that an apply would take from others, told in kube-apiserver's words."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from minikube_py.machinery import errors
from minikube_py.machinery.apply import entries, fieldset
from minikube_py.machinery.apply.entries import Entry
from minikube_py.machinery.apply.fieldset import FieldSet, Path


class Conflict(NamedTuple):
    """One field of one other manager."""

    entry: Entry
    path: Path


def found(managed: Sequence[Entry], changed: FieldSet) -> list[Conflict]:
    """Return the conflicts of a change with the entries of others, by manager and path."""
    ordered = sorted(managed, key=entries.identifier)
    return [Conflict(entry, path) for entry in ordered for path in fieldset.paths(fieldset.intersection(entry["fieldsV1"], changed))]


def _manager(entry: Entry) -> str:
    text = json.dumps(entry.get("manager", ""), ensure_ascii=False)
    if entry.get("subresource"):
        text += f' with subresource "{entry["subresource"]}"'
    return f"{text} using {entry['apiVersion']}" if entry["operation"] == entries.UPDATE else text


def error(conflicts: Sequence[Conflict]) -> errors.ApplyConflict:
    """Return the 409 that lists the conflicts."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {_manager(entry)}", "field": fieldset.text(path)}
        for entry, path in conflicts
    ]
    if len(conflicts) == 1:
        return errors.ApplyConflict(f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}", causes)
    lines: dict[str, list[str]] = {}
    for entry, path in conflicts:
        lines.setdefault(f"conflicts with {_manager(entry)}:", []).append(f"- {fieldset.text(path)}")
    listed = "\n".join(line for title, fields in lines.items() for line in (title, *fields))
    return errors.ApplyConflict(f"Apply failed with {len(conflicts)} conflicts: {listed}", causes)
