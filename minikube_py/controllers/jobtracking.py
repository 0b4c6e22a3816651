"""Counts a Job's pods, each once: a pod keeps its finalizer until it is counted (trackJobStatusAndRemoveFinalizers).

First the uids of pods that have ended go into status.uncountedTerminatedPods, then their finalizers go, then they are counted.
"""

from collections.abc import Sequence
from typing import Any

from minikube_py.client.api import Client
from minikube_py.client.recorder import EventRecorder
from minikube_py.controllers import jobindexes, jobpods, jobpolicies, podcontrol
from minikube_py.controllers.podcontrol import PodControl
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

MOST_UNCOUNTED = 500  # pods counted in one sync, so that the status stays small


def release(control: PodControl, pod: Object) -> None:
    """Take the tracking finalizer off a pod, if it has it."""
    if not jobpods.is_tracked(pod):
        return
    patch = {"metadata": {"uid": meta.uid(pod), "$deleteFromPrimitiveList/finalizers": [jobpods.FINALIZER]}}
    try:
        control.patch(pod, patch)
    except (errors.NotFound, errors.Conflict):
        return  # gone, or another one of that name


class Tracking:
    """The pods and the new status of one Job in one sync.

    `succeeded` and `failed` count what has been seen so far, counted or not; `verdict` is the condition that ends the Job.
    """

    def __init__(self, client: Client, recorder: EventRecorder, control: PodControl, job: Object, pods: Sequence[Object], now: float) -> None:
        self._client = client
        self._recorder = recorder
        self._control = control
        self._now = now
        self.job = job
        self._stored: dict[str, Any] = job.get("status") or {}
        self.status: dict[str, Any] = meta.clone(self._stored)
        uncounted = self.status.get("uncountedTerminatedPods") or {}
        self._uncounted: dict[str, list[str]] = {field: list(uncounted.get(field) or ()) for field in ("succeeded", "failed")}
        self._tracked = {meta.uid(pod) for pod in pods if jobpods.is_tracked(pod)}
        self.pods = sorted(pods, key=jobpods.index_of) if jobpods.is_indexed(job) else list(pods)
        self.active = [pod for pod in self.pods if podcontrol.is_active(pod)]
        self.terminating = sum(map(jobpods.is_terminating, self.pods))
        self.newly_succeeded = [pod for pod in self.pods if meta.phase(pod) == "Succeeded" and self._is_new(pod, "succeeded")]
        self.newly_failed = [pod for pod in self.pods if jobpods.is_failed(job, pod) and self._is_new(pod, "failed")]
        self.verdict: dict[str, Any] | None = None
        self._count()

    def _is_new(self, pod: Object, field: str) -> bool:
        return jobpods.is_tracked(pod) and meta.uid(pod) not in self._uncounted[field] and jobpods.in_range(self.job, pod)

    def _count(self) -> None:
        job, status = self.job, self.status
        counted = [pod for pod in self.newly_failed if jobpolicies.failure(job, pod).counts]
        self.failed = status.get("failed", 0) + len(counted) + len(self._uncounted["failed"])
        self.succeeded = status.get("succeeded", 0) + len(self.newly_succeeded) + len(self._uncounted["succeeded"])
        self.succeeded_indexes: set[int] = set()
        self.failed_indexes: set[int] = set()
        self.delayed: dict[int, Object] = {}
        if not jobpods.is_indexed(job):
            return
        completions = job["spec"]["completions"]
        self._known_indexes = jobindexes.parse(status.get("completedIndexes", ""), completions)
        self.succeeded_indexes = self._known_indexes | {jobpods.index_of(pod) for pod in self.newly_succeeded}
        self.succeeded = len(self.succeeded_indexes)
        if job["spec"].get("backoffLimitPerIndex") is not None:
            failed = {jobpods.index_of(pod) for pod in self.newly_failed if self._fails_index(pod)}
            self.failed_indexes = jobindexes.parse(status.get("failedIndexes") or "", completions) | failed
            self._delay()

    def _fails_index(self, pod: Object) -> bool:
        found = jobpolicies.failure(self.job, pod)
        return found.action == "FailIndex" or found.counts and jobpods.failures(pod) >= self.job["spec"]["backoffLimitPerIndex"]

    def _delay(self) -> None:
        """Note, for each index that is to be tried again, the failed pod that stays until its replacement knows the number of failures."""
        settled = self.succeeded_indexes | self.failed_indexes | {jobpods.index_of(pod) for pod in self.active}
        for pod in self.pods:
            index = jobpods.index_of(pod)
            if not jobpods.is_tracked(pod) or not jobpods.in_range(self.job, pod) or index in settled or not jobpods.is_failed(self.job, pod):
                continue
            former = self.delayed.get(index)
            if former is None or (jobpods.attempts(former), jobpods.finished_at(former)) <= (jobpods.attempts(pod), jobpods.finished_at(pod)):
                self.delayed[index] = pod

    def condition(self, kind: str, reason: str, message: str, status: str = "True") -> dict[str, Any]:
        """Return a condition as of now."""
        now = rfc3339(self._now)
        return {"type": kind, "status": status, "lastProbeTime": now, "lastTransitionTime": now, "reason": reason, "message": message}

    def set_condition(self, kind: str, status: str, reason: str, message: str) -> bool:
        """Set a condition and tell whether that changed anything; one that was never there is not set to False."""
        conditions = list(self.status.get("conditions") or ())
        known = next((item for item in conditions if item["type"] == kind), None)
        if known is None and status == "False":
            return False
        if known is not None and (known["status"], known["reason"], known["message"]) == (status, reason, message):
            return False
        new = self.condition(kind, reason, message, status)
        self.status["conditions"] = [new if item is known else item for item in conditions] + ([] if known is not None else [new])
        return True

    def release(self, pod: Object) -> None:
        """Take the finalizer off a pod."""
        release(self._control, pod)
        self._tracked.discard(meta.uid(pod))

    def finish(self) -> None:
        """Store what is new, in the order that loses nothing, and end the Job where it is over."""
        self.status["active"] = len(self.active)
        self.status["ready"] = sum(map(podcontrol.is_ready, self.active))
        self.status["terminating"] = self.terminating
        self._take_counted()
        ended, all_seen = self._end_pods()
        self._announce()
        self._store()
        for pod in ended:
            self.release(pod)
        self._take_counted()
        over = all_seen and self._is_over()
        self._store()
        if over:
            self._record_end()

    def _end_pods(self) -> tuple[list[Object], bool]:
        """Note the pods that are to be counted; return those whose finalizers may go, and whether all were looked at."""
        ended: list[Object] = []
        indexes: set[int] = set()
        for pod in self.pods:
            if meta.uid(pod) not in self._tracked or not self._may_go(pod):
                continue
            ended.append(pod)
            if meta.phase(pod) == "Succeeded" and meta.uid(pod) not in self._uncounted["failed"]:
                if not jobpods.is_indexed(self.job):
                    self._note(pod, "succeeded")
                elif jobpods.in_range(self.job, pod):
                    indexes.add(jobpods.index_of(pod))
            elif self._counts_as_failed(pod):
                self._note(pod, "failed")
            if len(indexes) + sum(map(len, self._uncounted.values())) >= MOST_UNCOUNTED:
                break
        if jobpods.is_indexed(self.job):
            self._spell_indexes(indexes)
        return ended, len(indexes) + sum(map(len, self._uncounted.values())) < MOST_UNCOUNTED

    def _note(self, pod: Object, field: str) -> None:
        if meta.uid(pod) not in self._uncounted[field]:
            self._uncounted[field].append(meta.uid(pod))

    def _counts_as_failed(self, pod: Object) -> bool:
        """Tell whether a pod is a failure; once the Job has failed, all that were still running are."""
        over = self.verdict is not None and self.verdict["type"] in ("FailureTarget", "Failed")
        if not over and not jobpods.is_failed(self.job, pod):
            return False
        return jobpods.in_range(self.job, pod) and jobpolicies.failure(self.job, pod).counts

    def _may_go(self, pod: Object) -> bool:
        """Tell whether a pod's finalizer may go."""
        if meta.is_deleting(self.job) or self.verdict is not None or meta.phase(pod) == "Succeeded":
            return True
        if not jobpods.is_failed(self.job, pod):
            return False
        delayed = self.delayed.get(jobpods.index_of(pod))
        if delayed is None or meta.uid(delayed) != meta.uid(pod):
            return True
        return any(jobpods.index_of(other) == jobpods.index_of(pod) for other in self.active)  # its replacement was made just now

    def _spell_indexes(self, new: set[int]) -> None:
        found = self._known_indexes | new
        self.status["succeeded"] = len(found)
        self.status["completedIndexes"] = jobindexes.spell(found)
        if self.job["spec"].get("backoffLimitPerIndex") is not None:
            self.status["failedIndexes"] = jobindexes.spell(self.failed_indexes)

    def _take_counted(self) -> None:
        """Count the noted pods that have no finalizer any more."""
        for field, uids in self._uncounted.items():
            left = [uid for uid in uids if uid in self._tracked]
            if field == "failed" or not jobpods.is_indexed(self.job):
                self.status[field] = self.status.get(field, 0) + len(uids) - len(left)
            self._uncounted[field] = left

    def _announce(self) -> None:
        """Set the condition that says how the Job is going to end, and turn the verdict into the final one."""
        if self.verdict is None:
            return
        kind, reason, message = self.verdict["type"], self.verdict["reason"], self.verdict["message"]
        if kind == "FailureTarget":
            self.set_condition(kind, "True", reason, message)
            self.verdict = self.condition("Failed", reason, message)
        elif kind == "SuccessCriteriaMet":
            self.set_condition(kind, "True", reason, message)
            self.verdict = self.condition("Complete", reason, message)

    def _is_over(self) -> bool:
        """Set the final condition where no pod is left to wait for."""
        if self.verdict is None or self.terminating or any(self._uncounted.values()):
            return False
        self.set_condition(self.verdict["type"], "True", self.verdict["reason"], self.verdict["message"])
        if self.verdict["type"] == "Complete":
            self.status["completionTime"] = rfc3339(self._now)
        return True

    def _store(self) -> None:
        shown = {field: value for field, value in self.status.items() if value or field in ("ready", "terminating", "failedIndexes")}
        shown["uncountedTerminatedPods"] = {field: uids for field, uids in self._uncounted.items() if uids}
        if shown != self._stored:
            self.job = self._client.update_status({**self.job, "status": shown})
            self._stored = self.job["status"]

    def _record_end(self) -> None:
        verdict, completions = self.verdict or {}, self.job["spec"].get("completions")
        if verdict["type"] == "Failed":
            self._recorder.event(self.job, "Warning", verdict["reason"], verdict["message"])
            return
        if completions is not None and self.status.get("succeeded", 0) > completions:
            self._recorder.event(self.job, "Warning", "TooManySucceededPods", "Too many succeeded pods running after completion count reached")
        self._recorder.event(self.job, "Normal", "Completed", "Job completed")
