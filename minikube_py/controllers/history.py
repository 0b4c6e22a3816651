"""ControllerRevisions: the snapshots of a template that StatefulSets and DaemonSets roll out and roll back to (pkg/controller/history)."""

from collections.abc import Container, Sequence
from typing import Any

from minikube_py.client.api import Client
from minikube_py.controllers import podcontrol
from minikube_py.machinery import errors, meta, selectors
from minikube_py.machinery.meta import Object

REVISIONS = "controllerrevisions.apps"
POD_HASH = "controller-revision-hash"  # names a pod's revision; labels the revisions of DaemonSets too
HASH = "controller.kubernetes.io/hash"  # labels the revisions of StatefulSets
_LONGEST_PREFIX = 223  # so that dash, hash and a template's name still fit


def claim(client: Client, owner: Object, selector: selectors.Selector) -> list[Object]:
    """Return the revisions of an owner, oldest first; where it has none, orphans that its selector matches are adopted."""
    space = meta.namespace(owner)
    found = [item for item in client.items(REVISIONS, space, index=("owner", meta.uid(owner))) if meta.is_controlled_by(item, owner)]
    if not found and not meta.is_deleting(owner):
        for orphan in client.items(REVISIONS, space, label_selector=str(selector)):
            if meta.controller_of(orphan) is None and not meta.is_deleting(orphan):
                patch = {"metadata": {"uid": meta.uid(orphan), "ownerReferences": [meta.controller_reference(owner)]}}
                found.append(client.patch(REVISIONS, meta.name(orphan), space, patch))
    return in_order(found)


def in_order(revisions: Sequence[Object]) -> list[Object]:
    """Return revisions from the oldest to the newest."""
    return sorted(revisions, key=lambda item: (item["revision"], item["metadata"].get("creationTimestamp", ""), meta.name(item)))


def snapshot(template: dict[str, Any]) -> dict[str, Any]:
    """Return a revision's data: a strategic merge patch that brings a template back.

    Its keys are sorted, as Go writes maps: kubectl compares the bytes to see whether a revision is the present one.
    """
    return {"spec": {"template": _in_order({**template, "$patch": "replace"})}}


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def template_of(revision: Object) -> dict[str, Any]:
    """Return the template that a revision remembers."""
    kept: dict[str, Any] = revision["data"]["spec"]["template"]
    return {field: value for field, value in kept.items() if field != "$patch"}


def latest(client: Client, owner: Object, revisions: list[Object], label: str, collisions: int) -> tuple[Object, int]:
    """Return the revision of the owner's present template, and the number of hash collisions so far.

    It is made where there is none; an old one that is equal becomes the newest. `revisions` (in order) is brought up to date.
    """
    data = snapshot(owner["spec"]["template"])
    number = 1 + (revisions[-1]["revision"] if revisions else 0)
    equal = [item for item in revisions if item["data"] == data]
    if equal and equal[-1] is revisions[-1]:
        return equal[-1], collisions
    if equal:
        renewed = client.update({**equal[-1], "revision": number})
        revisions.remove(equal[-1])
    else:
        renewed, collisions = _create(client, owner, data, number, label, collisions)
    revisions.append(renewed)
    return renewed, collisions


def _create(client: Client, owner: Object, data: dict[str, Any], number: int, label: str, collisions: int) -> tuple[Object, int]:
    template = owner["spec"]["template"]
    while True:
        hashed = podcontrol.template_hash(template, collisions)
        name = f"{meta.name(owner)[:_LONGEST_PREFIX]}-{hashed}"
        labels = {**((template.get("metadata") or {}).get("labels") or {}), label: hashed}
        revision = {
            "apiVersion": "apps/v1", "kind": "ControllerRevision",
            "metadata": {"name": name, "namespace": meta.namespace(owner), "labels": labels, "annotations": dict(meta.annotations(owner)),
                         "ownerReferences": [meta.controller_reference(owner)]},
            "data": data, "revision": number,
        }  # fmt: skip
        try:
            return client.create(revision), collisions
        except errors.AlreadyExists:
            taken = client.find(REVISIONS, name, meta.namespace(owner))
            if taken is not None and taken["data"] == data and meta.is_controlled_by(taken, owner):
                return taken, collisions
            collisions += 1


def truncate(client: Client, revisions: Sequence[Object], live: Container[str], limit: int) -> None:
    """Delete the oldest revisions beyond `limit`, of those whose names are not in `live`."""
    spare = [item for item in revisions if meta.name(item) not in live]
    for item in spare[: max(len(spare) - limit, 0)]:
        try:
            client.delete(REVISIONS, meta.name(item), meta.namespace(item), uid=meta.uid(item))
        except errors.NotFound:
            continue
