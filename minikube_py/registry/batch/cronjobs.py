"""CronJobs."""

import re
from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import cron, fielderrors
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry import objectmeta
from minikube_py.registry.batch import jobs, jobspecs
from minikube_py.registry.pod import defaults, rules, warnings, workload
from minikube_py.registry.strategy import WRITTEN, Context, Strategy

_ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}")
_ZONE_WARNING = (
    "spec.schedule: CRON_TZ or TZ used in spec.schedule is not officially supported, "
    "see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
)
_POLICIES = ("Allow", "Forbid", "Replace")


class CronJobs(Strategy):
    """CronJobs of batch/v1."""

    status_metadata = WRITTEN
    has_status = True

    def default(self, obj: Object) -> None:
        """Fill in policy, suspension, history and template; the job's own defaults come when it is made."""
        spec = obj.setdefault("spec", {})
        for field, value in (("concurrencyPolicy", "Allow"), ("suspend", False), ("successfulJobsHistoryLimit", 3), ("failedJobsHistoryLimit", 1)):
            if spec.get(field) in (None, ""):
                spec[field] = value
        template = spec.setdefault("jobTemplate", {})
        template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
        job = template.setdefault("spec", {})
        jobspecs.write_failure_policy(job)
        defaults.template_of(obj, job.setdefault("template", {}))

    def prepare_create(self, obj: Object, context: Context) -> None:
        """Reset the status."""
        super().prepare_create(obj, context)
        obj["status"] = {}

    def validate(self, obj: Object) -> list[FieldError]:
        """Check a new CronJob: its name must leave room for the time in the names of its jobs."""
        found = objectmeta.validate(obj["metadata"]) + _spec(obj["spec"], None)
        name = obj["metadata"].get("name", "")
        if len(name) > 52:
            found.append(fielderrors.invalid("metadata.name", name, "must be no more than 52 characters"))
        return found

    def validate_update(self, obj: Object, old: Object) -> list[FieldError]:
        """Check a change."""
        found = objectmeta.update(obj, old)
        return found if obj["spec"] == old["spec"] else found + _spec(obj["spec"], old["spec"])

    def validate_subresource(self, subresource: str, obj: Object, old: Object) -> list[FieldError]:
        """Check an update of the status: of its metadata."""
        return objectmeta.update(obj, old)

    def warnings(self, obj: Object, old: Object | None) -> list[str]:
        """Warn about name, template and a time zone inside the schedule."""
        found = warnings.for_name(obj["metadata"].get("name", ""), workload.NAMES) if old is None else []
        before = None if old is None else ((old["spec"].get("jobTemplate") or {}).get("spec") or {})
        found += jobs.spec_warnings((obj["spec"].get("jobTemplate") or {}).get("spec") or {}, before, "spec.jobTemplate.spec")
        if "TZ" in obj["spec"].get("schedule", ""):
            found.append(_ZONE_WARNING)
        return found


def _spec(spec: Mapping[str, Any], old: Mapping[str, Any] | None) -> list[FieldError]:
    found: list[FieldError] = []
    schedule = spec.get("schedule", "")
    if not schedule:
        found.append(fielderrors.required("spec.schedule"))
    else:
        found += _schedule(schedule, spec.get("timeZone"), old is not None and "TZ" in old.get("schedule", ""))
    found += rules.nonnegative(spec, ("startingDeadlineSeconds",), "spec")
    if old is None or old.get("timeZone") != spec.get("timeZone"):
        found += _zone(spec.get("timeZone"), "spec.timeZone")
    found += rules.one_of("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), _POLICIES)
    before = None if old is None else ((old.get("jobTemplate") or {}).get("spec") or {})
    found += jobspecs.template(spec.get("jobTemplate") or {}, "spec.jobTemplate", before)
    return found + rules.nonnegative(spec, ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"), "spec")


def _schedule(schedule: str, zone: str | None, zone_in_schedule: bool) -> list[FieldError]:
    found = []
    try:
        cron.parse(schedule)
    except ValueError as error:
        found.append(fielderrors.invalid("spec.schedule", schedule, str(error)))
    if "TZ" not in schedule:
        return found
    if not zone_in_schedule:
        text = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        found.append(fielderrors.invalid("spec.schedule", schedule, text))
    elif zone is not None:
        text = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
        found.append(fielderrors.invalid("spec.schedule", schedule, text))
    return found


def _zone(zone: str | None, path: str) -> list[FieldError]:
    if zone is None:
        return []
    if not zone:
        return [fielderrors.invalid(path, zone, "timeZone must be nil or non-empty string")]
    parts = zone.split("/")
    if any(part in (".", "..") or part.startswith("-") or not _ZONE_PART.fullmatch(part) for part in parts):
        return [fielderrors.invalid(path, zone, f"unknown time zone {zone}")]
    if zone.lower() == "local":
        text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        return [fielderrors.invalid(path, zone, text)]
    try:
        cron.location(zone)
    except KeyError:
        return [fielderrors.invalid(path, zone, f"unknown time zone {zone}")]
    return []


STRATEGY = CronJobs()
