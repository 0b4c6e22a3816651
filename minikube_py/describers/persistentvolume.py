"""kubectl describe persistentvolume."""

from collections.abc import Iterable
from typing import Any

from minikube_py.describers import events, golang, multiline, volumes, volumesources
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery import meta, persistentvolumes, quantity
from minikube_py.machinery.meta import Object


def describe(volume: Object, w: Writer, context: Context) -> None:
    """Write a persistent volume."""
    spec = volume.get("spec") or {}
    multiline.named(w, volume, namespaced=False)
    w.field("Finalizers", golang.listing(volume["metadata"].get("finalizers")))
    w.field("StorageClass", persistentvolumes.class_of(volume))
    w.field("Status", phase(volume, context))
    claim = spec.get("claimRef")
    w.field("Claim", "" if claim is None else f"{claim.get('namespace') or ''}/{claim.get('name') or ''}")
    w.field("Reclaim Policy", spec.get("persistentVolumeReclaimPolicy") or "")
    w.field("Access Modes", persistentvolumes.access_modes(spec.get("accessModes")))
    if spec.get("volumeMode") is not None:
        w.field("VolumeMode", spec["volumeMode"])
    w.field("Capacity", quantity.parse((spec.get("capacity") or {}).get("storage", "0")))
    _affinity(w, golang.at(spec, "nodeAffinity.required"))
    w.field("Message", golang.at(volume, "status.message", ""))
    w.line("Source:")
    volumes.source(w, spec, volumesources.PERSISTENT)
    events.section(w, volume, context)


def phase(obj: Object, context: Context) -> str:
    """Return the phase of a volume or a claim, or since when it is being deleted."""
    if meta.is_deleting(obj):
        return f"Terminating (lasts {context.age(obj['metadata']['deletionTimestamp'])})"
    return golang.at(obj, "status.phase", "")  # type: ignore[no-any-return]


def _affinity(w: Writer, required: dict[str, Any] | None) -> None:
    w.field("Node Affinity", "<none>" if required is None else "")
    if required is None:
        return
    terms = required.get("nodeSelectorTerms") or ()
    w.field("Required Terms", "" if terms else "<none>", 1)
    for index, term in enumerate(terms):
        selector_term(w, 2, f"Term {index}", map(_expression, term.get("matchExpressions") or ()))


def selector_term(w: Writer, level: int, title: str, expressions: Iterable[str]) -> None:
    """Write the expressions of one term, one a line."""
    w.write(level, f"{title}:\t")
    count = 0
    for expression in expressions:
        if count:
            w.write(level, "\t")
        w.write(0, f"{expression}\n")
        count += 1
    if not count:
        w.line("<none>")


def _expression(requirement: dict[str, Any]) -> str:
    text = f"{requirement.get('key') or ''} {(requirement.get('operator') or '').lower()}"
    values = requirement.get("values")
    return f"{text} [{', '.join(values)}]" if values else text
