"""What spec.podFailurePolicy and spec.successPolicy of a Job say. Nothing here talks to the API."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from minikube_py.controllers import jobindexes
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object


class Match(NamedTuple):
    """What the policy makes of one failed pod: the rule's action, whether it counts as a failure, and why the whole Job fails."""

    action: str
    counts: bool
    message: str


_NO_RULE = Match("", True, "")


def failure(job: Object, pod: Object) -> Match:
    """Return what the first matching rule of spec.podFailurePolicy says; without one the pod just counts."""
    for index, rule in enumerate((job["spec"].get("podFailurePolicy") or {}).get("rules") or ()):
        why = _why(rule, pod)
        if not why:
            continue
        action = rule["action"]
        if action == "FailIndex" and job["spec"].get("backoffLimitPerIndex") is None:
            continue
        message = f"{why} matching {action} rule at index {index}" if action == "FailJob" else ""
        return Match(action, action != "Ignore", message)
    return _NO_RULE


def _why(rule: Mapping[str, Any], pod: Object) -> str:
    """Return how a rule matches; empty where it does not."""
    if rule.get("onExitCodes"):
        for name, code in _exit_codes(pod, rule["onExitCodes"].get("containerName")):
            if (code in rule["onExitCodes"]["values"]) == (rule["onExitCodes"]["operator"] == "In"):
                return f"Container {name} for pod {meta.key(pod)} failed with exit code {code}"
        return ""
    wanted = {(pattern["type"], pattern.get("status", "True")) for pattern in rule.get("onPodConditions") or ()}
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if (condition["type"], condition["status"]) in wanted:
            return f"Pod {meta.key(pod)} has condition {condition['type']}"
    return ""


def _exit_codes(pod: Object, wanted: str | None) -> Iterator[tuple[str, int]]:
    """Yield the containers that failed, and how."""
    status = pod.get("status") or {}
    for container in (*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())):
        ended = (container.get("state") or {}).get("terminated")
        if ended and ended["exitCode"] and wanted in (None, container["name"]):
            yield container["name"], ended["exitCode"]


def job_failure(job: Object, pods: Sequence[Object]) -> str:
    """Return why failed pods make the whole Job fail; empty where they do not."""
    if not job["spec"].get("podFailurePolicy"):
        return ""
    return next((found.message for found in (failure(job, pod) for pod in pods) if found.message), "")


def success(job: Object, succeeded: set[int]) -> str:
    """Return which rule of spec.successPolicy is met; empty where none is."""
    for index, rule in enumerate((job["spec"].get("successPolicy") or {}).get("rules") or ()):
        reached = succeeded
        if rule.get("succeededIndexes") is not None:
            wanted = jobindexes.parse(rule["succeededIndexes"], job["spec"]["completions"])
            reached = succeeded & wanted
            least = rule.get("succeededCount", len(wanted))
        else:
            least = rule.get("succeededCount", 0)
        if len(reached) >= least:
            return f"Matched rules at index {index}"
    return ""
