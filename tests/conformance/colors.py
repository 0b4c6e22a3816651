"""An operator for kopf, run by test_clients_kopf.py: it notes each ConfigMap of a label that comes, changes and goes."""

import os
from typing import Any

import kopf

WATCHED = {"watched": "yes"}


def note(word: str, name: str | None, namespace: str | None) -> None:
    """Add a line to the notes that the test reads."""
    with open(os.environ["NOTES"], "a", encoding="utf-8") as notes:
        notes.write(f"{word} {namespace}/{name}\n")


@kopf.on.create("v1", "configmaps", labels=WATCHED)
def created(name: str | None, namespace: str | None, patch: kopf.Patch, **_: Any) -> None:
    """Note it, and write something into the object, as operators do."""
    note("created", name, namespace)
    patch.metadata.labels["seen"] = "true"


@kopf.on.update("v1", "configmaps", labels=WATCHED, field="data")
def updated(name: str | None, namespace: str | None, old: Any, new: Any, **_: Any) -> None:
    """Note what has become of what."""
    note(f"updated {old['color']} to {new['color']}", name, namespace)


@kopf.on.delete("v1", "configmaps", labels=WATCHED)
def deleted(name: str | None, namespace: str | None, **_: Any) -> None:
    """Note it; only then the finalizer goes."""
    note("deleted", name, namespace)
