"""The arithmetic of a Deployment's rollout: which set is new, and how many replicas each gets. Nothing here talks to the API."""

from collections.abc import Iterator
from typing import Any

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX = "deployment.kubernetes.io/max-replicas"
_HISTORY = "deployment.kubernetes.io/revision-history"
_LONGEST_HISTORY = 2000  # characters
HASH = "pod-template-hash"
_NOT_COPIED = (REVISION, DESIRED, MAX, _HISTORY, "kubectl.kubernetes.io/last-applied-configuration", "deprecated.deployment.rollback.to")


def find_new(deployment: Object, sets: list[Object]) -> Object | None:
    """Return the oldest set that has the Deployment's present template."""
    wanted = _without_hash(deployment["spec"]["template"])
    for item in sorted(sets, key=lambda item: (item["metadata"]["creationTimestamp"], meta.name(item))):
        if _without_hash(item["spec"]["template"]) == wanted:
            return item
    return None


def _without_hash(template: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in (template.get("metadata") or {}).items() if key != "creationTimestamp"}
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != HASH}
    # An empty map is the same as none.
    return {**template, "metadata": {key: value for key, value in {**metadata, "labels": labels}.items() if value}}


def revision_of(item: Object) -> int:
    """Return a set's revision, 0 where it has none."""
    text = meta.annotations(item).get(REVISION, "0")
    return int(text) if text.isdecimal() else 0


def next_revision(sets: list[Object], new: Object | None) -> int:
    """Return the revision of the new set: one more than any other's."""
    return 1 + max((revision_of(item) for item in sets if new is None or meta.uid(item) != meta.uid(new)), default=0)


def max_replicas(deployment: Object) -> int:
    """Return how many pods there may be at most during a rollout."""
    return replicas(deployment) + surge(deployment)


def replicas(deployment: Object) -> int:
    """Return spec.replicas."""
    return int(deployment["spec"].get("replicas", 1))


def surge(deployment: Object) -> int:
    """Return maxSurge in pods; 0 for Recreate."""
    return _bounds(deployment)[0]


def max_unavailable(deployment: Object) -> int:
    """Return maxUnavailable in pods; 0 for Recreate."""
    return _bounds(deployment)[1]


def _bounds(deployment: Object) -> tuple[int, int]:
    strategy = deployment["spec"].get("strategy") or {}
    wanted = replicas(deployment)
    if strategy.get("type") == "Recreate":
        return 0, 0
    rolling = strategy.get("rollingUpdate") or {}
    up, down = scaled_value(rolling.get("maxSurge", "25%"), wanted, up=True), scaled_value(rolling.get("maxUnavailable", "25%"), wanted, up=False)
    if up == 0 and down == 0:
        down = 1  # both round to nothing: one has to give way
    return up, min(down, wanted)


def scaled_value(value: int | str, total: int, *, up: bool) -> int:
    """Return an IntOrString as a number; percentages are of `total`, rounded up or down."""
    if isinstance(value, int):
        return value
    percent = int(value.rstrip("%"))
    return -(-percent * total // 100) if up else percent * total // 100


def replicas_of_new(deployment: Object, others: int, current: int) -> int:
    """Return how many replicas the new set may have now, beside `others` of old sets."""
    if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
        return replicas(deployment)
    if current > replicas(deployment):
        return replicas(deployment)
    room = max_replicas(deployment) - others - current
    if room <= 0:
        return current
    return current + min(room, replicas(deployment) - current)


def scale_notes(deployment: Object) -> dict[str, str]:
    """Return the annotations that remember for which size a set was scaled."""
    return {DESIRED: str(replicas(deployment)), MAX: str(max_replicas(deployment))}


def new_set(deployment: Object, hashed: str, revision: int, count: int) -> Object:
    """Return the ReplicaSet for the present template."""
    template = meta.clone(deployment["spec"]["template"])
    metadata = template.setdefault("metadata", {})
    metadata["labels"] = {**(metadata.get("labels") or {}), HASH: hashed}
    selector = meta.clone(deployment["spec"]["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH: hashed}
    notes = {key: value for key, value in meta.annotations(deployment).items() if key not in _NOT_COPIED}
    spec = {"replicas": count, "minReadySeconds": deployment["spec"].get("minReadySeconds"), "selector": selector, "template": template}
    return {
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta.name(deployment)}-{hashed}", "namespace": meta.namespace(deployment), "labels": dict(metadata["labels"]),
            "annotations": {**notes, **scale_notes(deployment), REVISION: str(revision)},
            "ownerReferences": [meta.controller_reference(deployment)],
        },
        "spec": {field: value for field, value in spec.items() if value is not None},
    }  # fmt: skip


def annotated(item: Object, deployment: Object, revision: int) -> Object | None:
    """Return the new set with its revision (and minReadySeconds) brought up to date; None where nothing changes."""
    notes = dict(meta.annotations(item))
    former = revision_of(item)
    if former < revision:
        if former:
            notes[_HISTORY] = _remembered(notes.get(_HISTORY, ""), str(former))
        notes[REVISION] = str(revision)
    for key, value in meta.annotations(deployment).items():
        if key not in _NOT_COPIED:
            notes[key] = value
    wait = deployment["spec"].get("minReadySeconds", 0)
    if notes == meta.annotations(item) and item["spec"].get("minReadySeconds", 0) == wait:
        return None
    changed = meta.clone(item)
    changed["metadata"]["annotations"] = notes
    changed["spec"].pop("minReadySeconds", None)
    if wait:
        changed["spec"]["minReadySeconds"] = wait
    return changed


def _remembered(history: str, revision: str) -> str:
    """Return a set's former revisions with one more; the oldest go where they are too many."""
    parts = [*(part for part in history.split(",") if part), revision]
    while len(",".join(parts)) > _LONGEST_HISTORY:
        del parts[0]
    return ",".join(parts)


def shrunk(deployment: Object, sets: list[Object], new: Object) -> Iterator[tuple[Object, int]]:
    """Yield how far old sets can be scaled down now: pods that are not available first."""
    old = [item for item in sets if meta.uid(item) != meta.uid(new) and item["spec"].get("replicas", 0)]
    if not old:
        return
    total = sum(item["spec"].get("replicas", 0) for item in sets)
    least = replicas(deployment) - max_unavailable(deployment)
    missing_in_new = new["spec"].get("replicas", 0) - _available(new)
    spare = total - least - missing_in_new
    if spare <= 0:
        return
    old.sort(key=lambda item: item["metadata"]["creationTimestamp"])
    targets = {meta.uid(item): item["spec"].get("replicas", 0) for item in old}
    for item in old:  # unhealthy pods serve nobody: they go first
        unhealthy = min(max(targets[meta.uid(item)] - _available(item), 0), spare)
        targets[meta.uid(item)] -= unhealthy
        spare -= unhealthy
    spare = min(spare, sum(_available(item) for item in sets) - least)
    for item in old:
        if spare <= 0:
            break
        step = min(targets[meta.uid(item)], spare)
        targets[meta.uid(item)] -= step
        spare -= step
    for item in old:
        if targets[meta.uid(item)] != item["spec"].get("replicas", 0):
            yield item, targets[meta.uid(item)]


def _available(item: Object) -> int:
    return int((item.get("status") or {}).get("availableReplicas", 0))


def scaled(deployment: Object, sets: list[Object], new: Object | None) -> Iterator[tuple[Object, int]]:
    """Yield what each set gets when spec.replicas changed: one active set all, several their share."""
    active = [item for item in sets if item["spec"].get("replicas", 0)]
    if len(active) <= 1:
        only = active[0] if active else new or max(sets, key=lambda item: item["metadata"]["creationTimestamp"], default=None)
        if only is not None:
            yield only, replicas(deployment)
        return
    if new is not None and _is_saturated(deployment, new):
        for item in active:
            if meta.uid(item) != meta.uid(new):
                yield item, 0
        return
    if (deployment["spec"].get("strategy") or {}).get("type") != "Recreate":
        yield from _shares(deployment, active)


def _is_saturated(deployment: Object, new: Object) -> bool:
    """Tell whether the new set was scaled for the present size, and has all of its pods available."""
    wanted = replicas(deployment)
    return meta.annotations(new).get(DESIRED) == str(wanted) and new["spec"].get("replicas", 0) == wanted == _available(new)


def _shares(deployment: Object, active: list[Object]) -> Iterator[tuple[Object, int]]:
    allowed = max_replicas(deployment) if replicas(deployment) else 0
    total = sum(item["spec"]["replicas"] for item in active)
    left = allowed - total
    # The largest set first, so that it takes what rounding leaves over; of equals the newest when growing, the oldest when shrinking.
    active = sorted(active, key=lambda item: item["metadata"]["creationTimestamp"], reverse=left > 0)
    active.sort(key=lambda item: item["spec"]["replicas"], reverse=True)
    targets = {}
    for item in active:
        size = item["spec"]["replicas"]
        share = _share(deployment, item, allowed) if left else 0
        share = min(share, left) if left > 0 else max(share, left)
        targets[meta.uid(item)] = max(size + share, 0)
        left -= share
    first = meta.uid(active[0])
    targets[first] = max(targets[first] + left, 0)
    for item in active:
        yield item, targets[meta.uid(item)]


def _share(deployment: Object, item: Object, allowed: int) -> int:
    """Return by how much a set grows (or shrinks) in proportion to its part of the former whole."""
    size = item["spec"]["replicas"]
    if not replicas(deployment):
        return -int(size)
    former = meta.annotations(item).get(MAX, "")
    whole = int(former) if former.isdecimal() and int(former) else int((deployment.get("status") or {}).get("replicas", 0)) or size
    return int(size * allowed / whole + 0.5) - int(size)
