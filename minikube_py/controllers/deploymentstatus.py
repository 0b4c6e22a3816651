"""A Deployment's status: counts, and the conditions Available, Progressing and ReplicaFailure (deployment/progress.go)."""

from typing import Any, NamedTuple

from minikube_py.client.api import Client
from minikube_py.controllers import rollout
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_NO_DEADLINE = 2**31 - 1
_PROGRESSING, _DONE, _TIMED_OUT = "Progressing", "NewReplicaSetAvailable", "ProgressDeadlineExceeded"
_PAUSED = "DeploymentPaused"

Conditions = dict[str, dict[str, Any]]


class Stored(NamedTuple):
    """What the store has of what this controller writes."""

    status: dict[str, Any]
    annotations: dict[str, str]


def stored(deployment: Object) -> Stored:
    """Return what a Deployment that was just read holds."""
    return Stored(deployment.get("status") or {}, meta.annotations(deployment))


def _counts(deployment: Object, sets: list[Object]) -> dict[str, int]:
    new = rollout.find_new(deployment, sets)
    statuses = [item.get("status") or {} for item in sets]
    available = sum(status.get("availableReplicas", 0) for status in statuses)
    return {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": sum(status.get("replicas", 0) for status in statuses),
        "updatedReplicas": ((new or {}).get("status") or {}).get("replicas", 0),
        "readyReplicas": sum(status.get("readyReplicas", 0) for status in statuses),
        "availableReplicas": available,
        "unavailableReplicas": max(sum(item["spec"].get("replicas", 0) for item in sets) - available, 0),
    }


def is_complete(deployment: Object, sets: list[Object]) -> bool:
    """Tell whether all pods are of the new template and available, and none of an old one is left."""
    return _is_complete(deployment, _counts(deployment, sets))


def _is_complete(deployment: Object, counts: dict[str, int]) -> bool:
    return counts["updatedReplicas"] == counts["replicas"] == counts["availableReplicas"] == rollout.replicas(deployment)


def report(client: Client, deployment: Object, former: Stored, sets: list[Object], now: float, *, rolling: bool) -> float | None:
    """Store status and annotations where they differ from what is stored; return the seconds until the progress deadline.

    `rolling` tells whether this was a step of a rollout, whose progress is to be judged; otherwise conditions that are noted stay.
    """
    noted = deployment.get("status") or {}
    counts = _counts(deployment, sets)
    conditions = _conditions(noted)
    _available(conditions, deployment, counts, now)
    again = None
    if rolling:
        again = _progress(conditions, deployment, sets, counts, now)
        _failure(conditions, deployment, sets, now)
    status: dict[str, Any] = {field: value for field, value in counts.items() if value}
    if noted.get("collisionCount"):
        status["collisionCount"] = noted["collisionCount"]
    status["conditions"] = list(conditions.values())
    if Stored(status, meta.annotations(deployment)) != former:
        client.update_status({**deployment, "status": status})
    return again


def _conditions(status: dict[str, Any]) -> Conditions:
    return {condition["type"]: condition for condition in status.get("conditions") or ()}


def _set(conditions: Conditions, kind: str, status: str, reason: str, message: str, now: float, *, touch: bool = False) -> None:
    """Set a condition; the same status and reason again change nothing, unless it is to be touched."""
    known = conditions.get(kind)
    if known is not None and (known["status"], known["reason"]) == (status, reason) and not touch:
        return
    since = known["lastTransitionTime"] if known is not None and known["status"] == status else rfc3339(now)
    conditions.pop(kind, None)  # what changed last comes last
    conditions[kind] = {"type": kind, "status": status, "lastUpdateTime": rfc3339(now), "lastTransitionTime": since, "reason": reason, "message": message}


def _available(conditions: Conditions, deployment: Object, counts: dict[str, int], now: float) -> None:
    if counts["availableReplicas"] >= rollout.replicas(deployment) - rollout.max_unavailable(deployment):
        _set(conditions, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
    else:
        _set(conditions, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now)


def _failure(conditions: Conditions, deployment: Object, sets: list[Object], now: float) -> None:
    new = rollout.find_new(deployment, sets)
    for item in sorted(sets, key=lambda item: item is not new):
        failed = meta.condition(item, "ReplicaFailure")
        if failed is not None:
            _set(conditions, "ReplicaFailure", failed["status"], failed.get("reason", ""), failed.get("message", ""), now)
            return
    conditions.pop("ReplicaFailure", None)


def has_deadline(deployment: Object) -> bool:
    """Tell whether a rollout can take too long."""
    return bool(deployment["spec"].get("progressDeadlineSeconds", 600) != _NO_DEADLINE)


def note_pause(deployment: Object, now: float) -> None:
    """Note in the Deployment, which is changed, that it was paused or resumed: that time does not count."""
    known = meta.condition(deployment, _PROGRESSING)
    if not has_deadline(deployment) or known is not None and known["reason"] == _TIMED_OUT:
        return
    was_paused = known is not None and known["reason"] == _PAUSED
    if deployment["spec"].get("paused") and not was_paused:
        _note(deployment, "Unknown", _PAUSED, "Deployment is paused", now)
    elif was_paused and not deployment["spec"].get("paused"):
        _note(deployment, "Unknown", "DeploymentResumed", "Deployment is resumed", now)


def note_set(deployment: Object, new: Object, now: float, *, created: bool) -> None:
    """Note in the Deployment, which is changed, that its rollout has a ReplicaSet."""
    if not has_deadline(deployment):
        return
    if created:
        _note(deployment, "True", "NewReplicaSetCreated", f'Created new replica set "{meta.name(new)}"', now)
    elif meta.condition(deployment, _PROGRESSING) is None:
        _note(deployment, "True", "FoundNewReplicaSet", f'Found new replica set "{meta.name(new)}"', now)


def _note(deployment: Object, status: str, reason: str, message: str, now: float) -> None:
    former = deployment.get("status") or {}
    conditions = _conditions(former)
    _set(conditions, _PROGRESSING, status, reason, message, now)
    deployment["status"] = {**former, "conditions": list(conditions.values())}


def _progress(conditions: Conditions, deployment: Object, sets: list[Object], counts: dict[str, int], now: float) -> float | None:
    if not has_deadline(deployment):
        conditions.pop(_PROGRESSING, None)
        return None
    known, former = conditions.get(_PROGRESSING), deployment.get("status") or {}
    if known is not None and known["reason"] == _DONE and counts["replicas"] == counts["updatedReplicas"]:
        return None  # no rollout is under way: a pod that goes away later is none
    new = rollout.find_new(deployment, sets)
    name = f'ReplicaSet "{meta.name(new)}"' if new is not None else f'Deployment "{meta.name(deployment)}"'
    if _is_complete(deployment, counts):
        _set(conditions, _PROGRESSING, "True", _DONE, f"{name} has successfully progressed.", now)
        return None
    if _moved(former, counts):
        _set(conditions, _PROGRESSING, "True", "ReplicaSetUpdated", f"{name} is progressing.", now, touch=True)
    return _deadline(conditions, deployment, name, now)


def _moved(former: dict[str, Any], counts: dict[str, int]) -> bool:
    """Tell whether the rollout came further: more new pods, fewer old ones, more ready or available ones."""
    old_before = former.get("replicas", 0) - former.get("updatedReplicas", 0)
    old_now = counts["replicas"] - counts["updatedReplicas"]
    fields = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return bool(old_now < old_before) or any(counts[field] > former.get(field, 0) for field in fields)


def _deadline(conditions: Conditions, deployment: Object, name: str, now: float) -> float | None:
    """Return the seconds that are left for progress; note where there are none."""
    known = conditions.get(_PROGRESSING)
    if known is None or known["reason"] in (_DONE, _TIMED_OUT):
        return None
    left = parse_rfc3339(known["lastUpdateTime"]) + float(deployment["spec"].get("progressDeadlineSeconds", 600)) - now
    if left > 0:
        return left
    _set(conditions, _PROGRESSING, "False", _TIMED_OUT, f"{name} has timed out progressing.", now)
    return None


def report_failure(client: Client, deployment: Object, name: str, error: errors.StatusError, now: float) -> None:
    """Note that the new ReplicaSet could not be made."""
    if has_deadline(deployment):
        _note(deployment, "False", "ReplicaSetCreateError", f'Failed to create new replica set "{name}": {error}', now)
        client.update_status(deployment)
