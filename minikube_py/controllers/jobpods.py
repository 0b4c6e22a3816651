"""A Job's pods: how they are made, and what is to be read from them. Nothing here talks to the API."""

from collections.abc import Iterable, Sequence
from typing import Any

from minikube_py.controllers import jobpolicies, podcontrol
from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

FINALIZER = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"
_VARIABLE = "JOB_COMPLETION_INDEX"
_LONGEST_PREFIX = 58  # of a generated name
_BACKOFF = (10.0, 600.0)  # seconds between a failure and the next pod: first and longest


def is_indexed(job: Object) -> bool:
    """Tell whether each pod has its completion index."""
    return bool(job["spec"].get("completionMode") == "Indexed")


def waits_for_end(job: Object) -> bool:
    """Tell whether a pod is replaced only once it has ended, not when it is being deleted."""
    return job["spec"].get("podReplacementPolicy") == "Failed" or bool(job["spec"].get("podFailurePolicy"))


def is_tracked(pod: Object) -> bool:
    """Tell whether a pod has not been counted yet."""
    return FINALIZER in (pod["metadata"].get("finalizers") or ())


def is_terminating(pod: Object) -> bool:
    """Tell whether a pod is being deleted and has not ended yet."""
    return meta.is_deleting(pod) and not meta.is_over(pod)


def is_failed(job: Object, pod: Object) -> bool:
    """Tell whether a pod counts as failed: one that is deleted does too, as it may never get to say how it ended."""
    if meta.phase(pod) == "Failed":
        return True
    return not waits_for_end(job) and meta.is_deleting(pod) and meta.phase(pod) != "Succeeded"


def index_of(pod: Object) -> int:
    """Return a pod's completion index, -1 where it has none."""
    text = meta.annotations(pod).get(INDEX, "")
    return int(text) if text.isdecimal() else -1


def in_range(job: Object, pod: Object) -> bool:
    """Tell whether a pod counts at all: in an Indexed Job its index must be below spec.completions."""
    return not is_indexed(job) or 0 <= index_of(pod) < job["spec"]["completions"]


def failures(pod: Object) -> int:
    """Return how often the pod's index failed before it."""
    text = meta.annotations(pod).get(FAILURES, "")
    return int(text) if text.isdecimal() else 0


def _ignored(pod: Object) -> int:
    text = meta.annotations(pod).get(IGNORED, "")
    return int(text) if text.isdecimal() else 0


def attempts(pod: Object) -> int:
    """Return how many pods of the index there were before this one."""
    return failures(pod) + _ignored(pod)


def finished_at(pod: Object) -> float:
    """Return when a pod ended: its last container's end, else the beginning of its deletion."""
    status = pod.get("status") or {}
    ends = [container["state"]["terminated"]["finishedAt"] for container in status.get("containerStatuses") or ()
            if (container.get("state") or {}).get("terminated", {}).get("finishedAt")]  # fmt: skip
    if ends:
        return max(map(parse_rfc3339, ends))
    if meta.is_deleting(pod):
        return parse_rfc3339(pod["metadata"]["deletionTimestamp"]) - float(pod["metadata"].get("deletionGracePeriodSeconds", 0))
    ready = meta.condition(pod, "Ready")
    if ready is not None and ready.get("lastTransitionTime"):
        return parse_rfc3339(ready["lastTransitionTime"])
    return parse_rfc3339(pod["metadata"]["creationTimestamp"])


def pause(failed: int, last: float, now: float) -> float:
    """Return the seconds until the next pod may be made, after so many failures in a row."""
    if not failed:
        return 0.0
    first, longest = _BACKOFF
    return max(last + min(first * 2.0 ** min(failed - 1, 10), longest) - now, 0.0)


def surplus(job: Object, pods: Sequence[Object], least: int, now: float) -> list[Object]:
    """Return the active pods to delete: those of a double or impossible index, and then what is too many."""
    excess: list[Object] = []
    left = list(pods)
    if is_indexed(job):
        left, seen = [], set()
        for pod in reversed(podcontrol.deletion_order(pods, now=now)):
            index = index_of(pod)
            fits = in_range(job, pod) and index not in seen
            seen.add(index)
            (left if fits else excess).append(pod)
    return excess + podcontrol.deletion_order(left, now=now)[: max(least - len(excess), 0)]


def make(job: Object, index: int, replaced: Object | None) -> dict[str, Any]:
    """Return what PodControl.create is to be told of the pod of an index; -1 where the Job is not indexed."""
    if index < 0:
        return {"template": job["spec"]["template"], "finalizers": (FINALIZER,)}
    template = meta.clone(job["spec"]["template"])
    spec = template["spec"]
    spec["hostname"] = f"{meta.name(job)}-{index}"
    for container in meta.containers(spec):
        _add_variable(container)
    notes = {INDEX: str(index)}
    if job["spec"].get("backoffLimitPerIndex") is not None:
        notes |= _failure_notes(job, replaced)
    tail = f"-{index}-"
    return {"template": template, "finalizers": (FINALIZER,), "labels": {INDEX: str(index)}, "annotations": notes,
            "generate_name": meta.name(job)[: _LONGEST_PREFIX - len(tail)] + tail}  # fmt: skip


def _add_variable(container: dict[str, Any]) -> None:
    if not any(item["name"] == _VARIABLE for item in container.get("env") or ()):
        path = f"metadata.labels['{INDEX}']"
        container.setdefault("env", []).append({"name": _VARIABLE, "valueFrom": {"fieldRef": {"fieldPath": path}}})


def _failure_notes(job: Object, replaced: Object | None) -> dict[str, str]:
    """Return the annotations that count how often an index failed, for the pod that replaces `replaced`."""
    failed, ignored = 0, 0
    if replaced is not None:
        counted = jobpolicies.failure(job, replaced).counts
        failed, ignored = failures(replaced) + counted, _ignored(replaced) + (not counted)
    return {FAILURES: str(failed)} | ({IGNORED: str(ignored)} if ignored else {})


def restarts(pods: Iterable[Object]) -> int:
    """Return how often containers of pods that have not ended were restarted."""
    count = 0
    for pod in pods:
        if meta.phase(pod) in ("Running", "Pending"):
            status = pod.get("status") or {}
            count += sum(item.get("restartCount", 0) for field in ("initContainerStatuses", "containerStatuses") for item in status.get(field) or ())
    return count
