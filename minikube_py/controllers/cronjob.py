"""CronJobs: a Job whenever the schedule says so (pkg/controller/cronjob)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from minikube_py.client.loops import Change, Loop, controller_key, object_key
from minikube_py.controllers import cronjobtimes
from minikube_py.kits.clock import parse_rfc3339, rfc3339
from minikube_py.machinery import cron, errors, meta
from minikube_py.machinery.meta import Object

_CRON_JOBS, _JOBS = "cronjobs.batch", "jobs.batch"
_SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"


class CronJobController(Loop):
    """Keys are namespace/name of a CronJob."""

    name = "cronjob-controller"
    user = "system:serviceaccount:kube-system:cronjob-controller"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what wakes which CronJob."""
        return {_CRON_JOBS: object_key, _JOBS: controller_key("CronJob")}

    def reconcile(self, key: str) -> float | None:
        """Look after the Jobs that there are, and make one where it is time."""
        space, name = meta.split_key(key)
        cron_job = self.client.find(_CRON_JOBS, name, space)
        if cron_job is None:
            return None
        owned = self.client.items(_JOBS, space, index=("owner", meta.uid(cron_job)))
        jobs = [job for job in owned if meta.is_controlled_by(job, cron_job)]
        status = cron_job["status"] = meta.clone(cron_job.get("status") or {})
        former = meta.clone(status)
        self._look_after(cron_job, jobs)
        try:
            again = None if meta.is_deleting(cron_job) else self._schedule(cron_job)
            self._clean_up(cron_job, jobs)
        finally:
            if not status.get("active"):
                status.pop("active", None)
            if status != former:
                self.client.update_status(cron_job)
        return again

    def _look_after(self, cron_job: Object, jobs: Sequence[Object]) -> None:
        """Bring status.active and status.lastSuccessfulTime up to date."""
        status = cron_job["status"]
        active = {item.get("uid") for item in status.get("active") or ()}
        for job in jobs:
            ended = _ended(job)
            if meta.uid(job) not in active and not ended:
                self._event(cron_job, "Warning", "UnexpectedJob", f"Saw a job that the controller did not create or forgot: {meta.name(job)}")
            elif meta.uid(job) in active and ended:
                _forget(status, meta.uid(job))
                self._event(cron_job, "Normal", "SawCompletedJob", f"Saw completed job: {meta.name(job)}, condition: {ended}")
            done = (job.get("status") or {}).get("completionTime")
            if ended == "Complete" and done and parse_rfc3339(done) > parse_rfc3339(status.get("lastSuccessfulTime") or "1970-01-01T00:00:00Z"):
                status["lastSuccessfulTime"] = done
        there = {meta.uid(job) for job in jobs}
        for item in [item for item in status.get("active") or () if item.get("uid") not in there]:
            self._event(cron_job, "Normal", "MissingJob", f"Active job went missing: {item.get('name', '')}")
            _forget(status, item.get("uid"))

    def _schedule(self, cron_job: Object) -> float | None:
        """Make the Job that is due, if any; return the seconds until the next one is."""
        spec, now = cron_job["spec"], self.clock.now()
        try:
            if spec.get("timeZone"):
                cron.location(spec["timeZone"])
        except KeyError:
            text = f'invalid timeZone: "{spec["timeZone"]}": unknown time zone {spec["timeZone"]}'
            self._event(cron_job, "Warning", "UnknownTimeZone", text)
            return None
        if spec.get("suspend"):
            return None
        try:
            schedule = cronjobtimes.schedule_of(cron_job)
        except ValueError as error:
            self._event(cron_job, "Warning", "UnparseableSchedule", f'unparseable schedule: "{spec["schedule"]}" : {error}')
            return None
        try:
            due = cronjobtimes.last_due(cron_job, schedule, now, with_deadline=True)
        except cronjobtimes.NeverDue as error:
            self._event(cron_job, "Warning", "InvalidSchedule", f"invalid schedule: {spec['schedule']} : {error}")
            return None
        if due.latest is not None:
            if due.missed > cronjobtimes.MANY:
                text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
                self._event(cron_job, "Warning", "TooManyMissedTimes", text)
            self._start(cron_job, due.latest, now)
        return cronjobtimes.seconds_to_next(cron_job, schedule, now)

    def _start(self, cron_job: Object, due: float, now: float) -> None:
        """Make the Job of a due time, unless it is too late, made already, or the former one is in the way."""
        spec, status = cron_job["spec"], cron_job["status"]
        name = cronjobtimes.job_name(cron_job, due)
        active = status.get("active") or []
        if spec.get("startingDeadlineSeconds") is not None and due + spec["startingDeadlineSeconds"] < now:
            self._event(cron_job, "Warning", "MissSchedule", f"Missed scheduled time to start a job: {cronjobtimes.http_date(due)}")
            return
        if status.get("lastScheduleTime") == rfc3339(due) or any(item.get("name") == name for item in active):
            return
        policy = spec.get("concurrencyPolicy", "Allow")
        if policy == "Forbid" and active:
            text = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._event(cron_job, "Normal", "JobAlreadyActive", text)
            return
        if policy == "Replace":
            for item in list(active):
                self._delete(cron_job, item.get("name", ""), item.get("uid", ""))
        job = self._create(cron_job, name, due)
        if job is not None:
            status["active"] = [*(status.get("active") or ()), meta.object_reference(job)]
            status["lastScheduleTime"] = rfc3339(due)

    def _create(self, cron_job: Object, name: str, due: float) -> Object | None:
        """Make a Job; None where somebody else has made one of that name."""
        template = meta.clone(cron_job["spec"]["jobTemplate"])
        source = template.get("metadata") or {}
        notes = {**(source.get("annotations") or {}), _SCHEDULED: cronjobtimes.in_zone(due, cron_job["spec"].get("timeZone") or "")}
        metadata: dict[str, Any] = {"name": name, "namespace": meta.namespace(cron_job), "annotations": notes,
                                    "ownerReferences": [meta.controller_reference(cron_job)]}  # fmt: skip
        if source.get("labels"):
            metadata["labels"] = source["labels"]
        try:
            job = self.client.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]})
        except errors.AlreadyExists:
            there = self.client.find(_JOBS, name, meta.namespace(cron_job))
            return there if there is not None and meta.is_controlled_by(there, cron_job) else None
        except errors.StatusError as error:
            self._event(cron_job, "Warning", "FailedCreate", f"Error creating job: {error}")
            raise
        self._event(cron_job, "Normal", "SuccessfulCreate", f"Created job {name}")
        return job

    def _clean_up(self, cron_job: Object, jobs: Sequence[Object]) -> None:
        """Delete the oldest Jobs that have ended, beyond what the history limits keep."""
        for kind, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            limit = cron_job["spec"].get(field)
            ended = [job for job in jobs if _ended(job) == kind and not meta.is_deleting(job)]
            if limit is None or len(ended) <= limit:
                continue
            ended.sort(key=lambda job: ((job.get("status") or {}).get("startTime", "~"), meta.name(job)))
            for job in ended[: len(ended) - limit]:
                self._delete(cron_job, meta.name(job), meta.uid(job))

    def _delete(self, cron_job: Object, name: str, uid: str) -> None:
        try:
            self.client.delete(_JOBS, name, meta.namespace(cron_job), propagation_policy="Background", uid=uid)
        except errors.StatusError as error:
            self._event(cron_job, "Warning", "FailedDelete", f"Deleted job: {error}")
            raise
        _forget(cron_job["status"], uid)
        self._event(cron_job, "Normal", "SuccessfulDelete", f"Deleted job {name}")

    def _event(self, cron_job: Object, kind: str, reason: str, message: str) -> None:
        self.recorder.event(cron_job, kind, reason, message)


def _ended(job: Object) -> str:
    """Return Complete or Failed, or nothing where a Job is not over."""
    return next((kind for kind in ("Complete", "Failed") if (meta.condition(job, kind) or {}).get("status") == "True"), "")


def _forget(status: dict[str, Any], uid: str) -> None:
    status["active"] = [item for item in status.get("active") or () if item.get("uid") != uid]
