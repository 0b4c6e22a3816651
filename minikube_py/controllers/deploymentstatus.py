"""A Deployment's status: counts, and the conditions Available, Progressing and ReplicaFailure."""

from typing import Any

from minikube_py.client.api import Client
from minikube_py.client.recorder import EventRecorder
from minikube_py.controllers import rollout
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_NO_DEADLINE = 2**31 - 1


def _counts(deployment: Object, sets: list[Object]) -> dict[str, int]:
    new = rollout.find_new(deployment, sets)
    statuses = [item.get("status") or {} for item in sets]
    total = sum(status.get("replicas", 0) for status in statuses)
    available = sum(status.get("availableReplicas", 0) for status in statuses)
    return {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": total,
        "updatedReplicas": ((new or {}).get("status") or {}).get("replicas", 0),
        "readyReplicas": sum(status.get("readyReplicas", 0) for status in statuses),
        "availableReplicas": available,
        "unavailableReplicas": max(total - available, 0) if not _short(sets, available) else _short(sets, available),
    }


def _short(sets: list[Object], available: int) -> int:
    """Return how many of the pods that the sets are to have are not available."""
    return max(sum(item["spec"].get("replicas", 0) for item in sets) - available, 0)


def is_complete(deployment: Object, sets: list[Object]) -> bool:
    """Tell whether all pods are of the new template and available, and none of an old one is left."""
    counts, wanted = _counts(deployment, sets), rollout.replicas(deployment)
    return bool(counts["updatedReplicas"] == counts["replicas"] == counts["availableReplicas"] == wanted)


def report(client: Client, recorder: EventRecorder, deployment: Object, sets: list[Object], now: float) -> float | None:
    """Store the status; return the seconds until the progress deadline, where the rollout is under way."""
    former = deployment.get("status") or {}
    counts = _counts(deployment, sets)
    status: dict[str, Any] = {field: value for field, value in counts.items() if value}
    if former.get("collisionCount"):
        status["collisionCount"] = former["collisionCount"]
    conditions = {condition["type"]: condition for condition in former.get("conditions") or ()}
    _available(conditions, deployment, counts, now)
    _failure(conditions, sets, now)
    again = _progressing(conditions, recorder, deployment, sets, counts, now)
    status["conditions"] = list(conditions.values())
    if status != former:
        client.update_status({**deployment, "status": status})
    return again


def _set(conditions: dict[str, dict[str, Any]], kind: str, truth: bool | None, reason: str, message: str, now: float, *, touch: bool = False) -> None:
    status = {True: "True", False: "False", None: "Unknown"}[truth]
    known = conditions.get(kind)
    if known is not None and (known["status"], known["reason"]) == (status, reason) and not touch:
        return
    since = known["lastTransitionTime"] if known is not None and known["status"] == status else rfc3339(now)
    conditions[kind] = {"type": kind, "status": status, "lastUpdateTime": rfc3339(now), "lastTransitionTime": since, "reason": reason, "message": message}


def _available(conditions: dict[str, dict[str, Any]], deployment: Object, counts: dict[str, int], now: float) -> None:
    if counts["availableReplicas"] >= rollout.replicas(deployment) - rollout.max_unavailable(deployment):
        _set(conditions, "Available", True, "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
    else:
        _set(conditions, "Available", False, "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now)


def _failure(conditions: dict[str, dict[str, Any]], sets: list[Object], now: float) -> None:
    for item in sets:
        failed = meta.condition(item, "ReplicaFailure")
        if failed is not None and item["spec"].get("replicas", 0):
            _set(conditions, "ReplicaFailure", True, failed.get("reason", ""), failed.get("message", ""), now)
            return
    conditions.pop("ReplicaFailure", None)


def _progressing(conditions: dict[str, dict[str, Any]], recorder: EventRecorder, deployment: Object, sets: list[Object], counts: dict[str, int],
                 now: float) -> float | None:  # fmt: skip
    deadline = deployment["spec"].get("progressDeadlineSeconds", 600)
    if deadline == _NO_DEADLINE:
        conditions.pop("Progressing", None)
        return None
    known, former = conditions.get("Progressing"), deployment.get("status") or {}
    new = rollout.find_new(deployment, sets)
    name = f'ReplicaSet "{meta.name(new)}"' if new is not None else f'Deployment "{meta.name(deployment)}"'
    if deployment["spec"].get("paused"):
        if known is None or known["reason"] != "DeploymentPaused":
            _set(conditions, "Progressing", None, "DeploymentPaused", "Deployment is paused", now)
        return None
    if known is not None and known["reason"] == "DeploymentPaused":
        _set(conditions, "Progressing", None, "DeploymentResumed", "Deployment is resumed", now)
    if is_complete(deployment, sets):
        _set(conditions, "Progressing", True, "NewReplicaSetAvailable", f"{name} has successfully progressed.", now)
        return None
    if known is not None and known["reason"] == "NewReplicaSetAvailable" and counts["updatedReplicas"] == former.get("updatedReplicas", 0) and _same_rollout(
        known, name
    ):
        return None  # a pod went away after the rollout was done: that is no rollout
    if known is None or _moved(former, counts) or known["reason"] == "NewReplicaSetAvailable":
        reason = "NewReplicaSetCreated" if known is None else "ReplicaSetUpdated"
        text = f"Created new replica set {name.partition(' ')[2]}" if known is None else f"{name} is progressing."
        _set(conditions, "Progressing", True, reason, text, now, touch=True)
        return float(deadline)
    return _deadline(conditions, recorder, deployment, name, deadline, now)


def _same_rollout(known: dict[str, Any], name: str) -> bool:
    return str(known.get("message", "")).startswith(name)


def _moved(former: dict[str, Any], counts: dict[str, int]) -> bool:
    """Tell whether the rollout came further: more new pods, fewer old ones, more ready or available ones."""
    old_before = former.get("replicas", 0) - former.get("updatedReplicas", 0)
    old_now = counts["replicas"] - counts["updatedReplicas"]
    return (counts["updatedReplicas"] > former.get("updatedReplicas", 0) or old_now < old_before
            or counts["readyReplicas"] > former.get("readyReplicas", 0) or counts["availableReplicas"] > former.get("availableReplicas", 0))  # fmt: skip


def _deadline(conditions: dict[str, dict[str, Any]], recorder: EventRecorder, deployment: Object, name: str, deadline: int, now: float) -> float | None:
    known = conditions["Progressing"]
    if known["reason"] == "ProgressDeadlineExceeded":
        return None
    left = parse_rfc3339(known["lastUpdateTime"]) + deadline - now
    if left > 0:
        return left
    _set(conditions, "Progressing", False, "ProgressDeadlineExceeded", f"{name} has timed out progressing.", now)
    return None


def report_failure(client: Client, deployment: Object, error: errors.StatusError, now: float) -> None:
    """Note that the new ReplicaSet could not be made."""
    status = {**(deployment.get("status") or {})}
    conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
    _set(conditions, "Progressing", False, "ReplicaSetCreateError", f"Failed to create new replica set: {error}", now)
    status |= {"conditions": list(conditions.values()), "observedGeneration": deployment["metadata"].get("generation", 0)}
    client.update_status({**deployment, "status": status})
