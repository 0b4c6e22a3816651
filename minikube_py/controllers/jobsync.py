"""One sync of one Job: count what has ended, decide whether the Job is over, make or delete pods (syncJob)."""

from collections.abc import Sequence
from typing import Any

from minikube_py.client.api import Client
from minikube_py.client.loops import State
from minikube_py.client.recorder import EventRecorder
from minikube_py.controllers import jobindexes, jobpods, jobpolicies, podcontrol
from minikube_py.controllers.jobtracking import Tracking
from minikube_py.controllers.podcontrol import PodControl
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

BURST = 500  # pods made or deleted in one sync
_REACHED = ("CompletionsReached", "Reached expected number of succeeded pods")


class JobSync:
    """Make one, and call run()."""

    def __init__(self, client: Client, recorder: EventRecorder, control: PodControl, state: State, job: Object, pods: Sequence[Object],
                 now: float) -> None:  # fmt: skip
        self._recorder = recorder
        self._control = control
        self._state = state
        self._job = job
        self._spec: dict[str, Any] = job["spec"]
        self._now = now
        self._tracking = Tracking(client, recorder, control, job, pods, now)
        self._again: float | None = None
        self._failure: errors.StatusError | None = None

    def run(self) -> float | None:
        """Take the Job one step further; return the seconds until something is due. A StatusError of a pod's creation is raised at the end."""
        tracking, status = self._tracking, self._tracking.status
        if not status.get("startTime") and not self._spec.get("suspend"):
            status["startTime"] = rfc3339(self._now)
        backoff = self._backoff()
        tracking.verdict = self._verdict()
        if tracking.verdict is not None:
            for pod in tracking.active:
                self._delete(pod)
            tracking.active = []
        else:
            if not meta.is_deleting(self._job):
                self._manage(backoff)
            if self._is_complete():
                tracking.verdict = tracking.condition("SuccessCriteriaMet", *_REACHED)
            elif not meta.is_deleting(self._job):
                self._note_suspension()
        tracking.finish()
        if self._failure is not None:
            raise self._failure
        return self._again

    def _backoff(self) -> float:
        """Return the seconds until the next pod may be made, from the failures since the last success."""
        key = f"backoff/{meta.uid(self._job)}"
        failed, last = self._state.get(key) or (0, 0.0)
        ends = sorted([(jobpods.finished_at(pod), False) for pod in self._tracking.newly_failed]
                      + [(jobpods.finished_at(pod), True) for pod in self._tracking.newly_succeeded])  # fmt: skip
        for moment, good in ends:
            failed, last = (0, 0.0) if good else (failed + 1, max(moment, last))
        if ends:
            self._state.put(key, [failed, last])
        return jobpods.pause(failed, last, self._now)

    def _verdict(self) -> dict[str, Any] | None:
        """Return the condition that ends the Job, where something says so by now."""
        job, tracking = self._job, self._tracking
        known = meta.condition(job, "SuccessCriteriaMet")
        if known is not None and known["status"] == "True":
            return known
        known = meta.condition(job, "FailureTarget")
        if known is not None and known["status"] == "True":
            return tracking.condition("Failed", known["reason"], known["message"])
        found = self._failed()
        if found is None and jobpods.is_indexed(job):
            message = jobpolicies.success(job, tracking.succeeded_indexes)
            found = ("SuccessCriteriaMet", "SuccessPolicy", message) if message else None
        return None if found is None else tracking.condition(*found)

    def _failed(self) -> tuple[str, str, str] | None:
        """Return type, reason and message of the condition of a Job that has failed."""
        job, tracking = self._job, self._tracking
        message = jobpolicies.job_failure(job, [pod for pod in tracking.pods if jobpods.is_failed(job, pod)])
        if message:
            return "FailureTarget", "PodFailurePolicy", message
        if tracking.failed > self._spec.get("backoffLimit", 6) or self._restarted_too_often():
            return "FailureTarget", "BackoffLimitExceeded", "Job has reached the specified backoff limit"
        if self._is_past_deadline():
            return "FailureTarget", "DeadlineExceeded", "Job was active longer than specified deadline"
        if self._spec.get("backoffLimitPerIndex") is None:
            return None
        most, failed = self._spec.get("maxFailedIndexes"), len(tracking.failed_indexes)
        if most is not None and failed > most:
            return "FailureTarget", "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes"
        if failed and failed + len(tracking.succeeded_indexes) >= self._spec["completions"]:
            return "FailureTarget", "FailedIndexes", "Job has failed indexes"
        return None

    def _restarted_too_often(self) -> bool:
        if self._spec["template"]["spec"].get("restartPolicy") != "OnFailure":
            return False
        return bool(jobpods.restarts(self._tracking.pods) >= max(self._spec.get("backoffLimit", 6), 1))

    def _is_past_deadline(self) -> bool:
        limit, begun = self._spec.get("activeDeadlineSeconds"), self._tracking.status.get("startTime")
        if limit is None or not begun or self._spec.get("suspend"):
            return False
        left = parse_rfc3339(begun) + limit - self._now
        if left > 0:
            self._soon(left)
        return bool(left <= 0)

    def _is_complete(self) -> bool:
        tracking, completions = self._tracking, self._spec.get("completions")
        if tracking.active:
            return False
        return bool(tracking.succeeded > 0 if completions is None else tracking.succeeded >= completions)

    def _manage(self, backoff: float) -> None:
        """Delete the pods that are too many, or else make those that are missing."""
        active = self._tracking.active
        if self._spec.get("suspend"):
            self._remove(list(active))
            return
        wanted = self._wanted_active()
        excess = jobpods.surplus(self._job, active, max(len(active) - wanted, 0), self._now)[:BURST]
        if excess:
            self._remove(excess)
            return
        missing = wanted - len(active) - (self._tracking.terminating if jobpods.waits_for_end(self._job) else 0)
        if missing <= 0:
            return
        if backoff and self._spec.get("backoffLimitPerIndex") is None:
            self._soon(backoff)
            return
        self._create(min(missing, BURST))

    def _wanted_active(self) -> int:
        parallelism: int = self._spec.get("parallelism", 1)
        completions: int | None = self._spec.get("completions")
        if completions is None:
            return len(self._tracking.active) if self._tracking.succeeded else parallelism
        return max(min(completions - int(self._tracking.succeeded), parallelism), 0)

    def _create(self, count: int) -> None:
        for index in self._indexes(count):
            wanted = jobpods.make(self._job, index, self._tracking.delayed.get(index))
            try:
                self._tracking.active.append(self._control.create(self._job, **wanted))
            except errors.StatusError as error:
                if not podcontrol.is_terminating(error):
                    self._failure = error
                return

    def _indexes(self, count: int) -> list[int]:
        """Return the indexes of the pods to make now; -1 for each where the Job is not indexed."""
        if not jobpods.is_indexed(self._job):
            return [-1] * count
        tracking = self._tracking
        taken = tracking.succeeded_indexes | tracking.failed_indexes | {jobpods.index_of(pod) for pod in tracking.active}
        if jobpods.waits_for_end(self._job):
            taken |= {jobpods.index_of(pod) for pod in tracking.pods if jobpods.is_terminating(pod)}
        found = jobindexes.pending(count, self._spec["completions"], taken)
        if self._spec.get("backoffLimitPerIndex") is None:
            return found
        pauses = {index: self._pause(index) for index in found}
        if pauses and all(pauses.values()):
            self._soon(min(pauses.values()))
        return [index for index in found if not pauses[index]]

    def _pause(self, index: int) -> float:
        replaced = self._tracking.delayed.get(index)
        return 0.0 if replaced is None else jobpods.pause(jobpods.attempts(replaced) + 1, jobpods.finished_at(replaced), self._now)

    def _remove(self, pods: Sequence[Object]) -> None:
        """Delete pods that nobody is to count."""
        gone = {meta.uid(pod) for pod in pods}
        for pod in pods:
            self._tracking.release(pod)
            self._delete(pod)
        self._tracking.active = [pod for pod in self._tracking.active if meta.uid(pod) not in gone]

    def _delete(self, pod: Object) -> None:
        self._control.delete(self._job, pod)
        self._tracking.terminating += 1

    def _note_suspension(self) -> None:
        if self._spec.get("suspend"):
            if self._tracking.set_condition("Suspended", "True", "JobSuspended", "Job suspended"):
                self._recorder.event(self._job, "Normal", "Suspended", "Job suspended")
        elif self._tracking.set_condition("Suspended", "False", "JobResumed", "Job resumed"):
            self._recorder.event(self._job, "Normal", "Resumed", "Job resumed")
            self._tracking.status["startTime"] = rfc3339(self._now)  # the time that it was suspended is not to count
            if self._spec.get("activeDeadlineSeconds") is not None:
                self._soon(float(self._spec["activeDeadlineSeconds"]))

    def _soon(self, seconds: float) -> None:
        self._again = seconds if self._again is None else min(self._again, seconds)
