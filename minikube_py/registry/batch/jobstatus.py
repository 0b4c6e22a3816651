"""The status of a Job: what may follow on what (validateJobStatus, ValidateJobStatusUpdate).

Most rules hold only where what they look at changes, so that other changes of a status that is wrong already get through.
"""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors, meta
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry.batch import jobspecs
from minikube_py.registry.pod import gotext, rules

_COUNTS = ("active", "succeeded", "failed", "ready", "terminating")


class _Change:
    """A change of a Job's status: which conditions are true afterwards, and what was changed."""

    def __init__(self, obj: Object, old: Object) -> None:
        self.spec, self.old_job = obj["spec"], old
        self.status: Mapping[str, Any] = obj.get("status") or {}
        self.before: Mapping[str, Any] = old.get("status") or {}
        self.complete, self.failed, self.target, self.met = (
            _is_true(obj, kind) for kind in ("Complete", "Failed", "FailureTarget", "SuccessCriteriaMet")
        )
        self.finished = self.complete or self.failed
        self.indexed = self.spec.get("completionMode") == "Indexed"
        was_complete, was_failed = _is_true(old, "Complete"), _is_true(old, "Failed")
        self.completes, self.fails = self.complete != was_complete, self.failed != was_failed
        self.finishes = self.finished != (was_complete or was_failed)

    def of(self, *fields: str) -> bool:
        """Tell whether one of these fields is another one than before."""
        return any((self.status.get(field) or None) != (self.before.get(field) or None) for field in fields)

    def of_condition(self, kind: str, now: bool) -> bool:
        """Tell whether a condition was the other way before."""
        return now != _is_true(self.old_job, kind)


def validate(obj: Object, old: Object) -> list[FieldError]:
    """Return what is wrong with a change of status."""
    change = _Change(obj, old)
    found = rules.nonnegative(change.status, _COUNTS, "status") + _uncounted(change.status)
    found += _completion(change) + _outcome(change) + _finished(change) + _indexes(change)
    if change.finished and (change.status.get("terminating") or 0) > 0 and (change.finishes or change.of("terminating")):
        found.append(fielderrors.invalid("status.terminating", change.status["terminating"], "terminating>0 is invalid for finished job"))
    ready = change.status.get("ready")
    if ready is not None and ready > (change.status.get("active") or 0) and change.of("ready", "active"):
        found.append(fielderrors.invalid("status.ready", ready, "cannot set more ready pods than active"))
    return found + _success(change) + _steps(change)


def _uncounted(status: Mapping[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    seen: set[str] = set()
    for field in ("succeeded", "failed"):
        for index, uid in enumerate((status.get("uncountedTerminatedPods") or {}).get(field) or ()):
            path = f"status.uncountedTerminatedPods.{field}[{index}]"
            if not uid:
                found.append(fielderrors.invalid(path, uid, "must not be empty"))
            elif uid in seen:
                found.append(fielderrors.duplicate(path, uid))
            seen.add(uid)
    return found


def _is_true(obj: Object, kind: str) -> bool:
    return (meta.condition(obj, kind) or {}).get("status") == "True"


def _conditions(text: str) -> FieldError:
    return fielderrors.invalid("status.conditions", fielderrors.OMITTED, text)


def _time(field: str, value: str, text: str) -> FieldError:
    return fielderrors.invalid(f"status.{field}", fielderrors.GoText(value.replace("T", " ").replace("Z", " +0000 UTC")), text)


def _completion(change: _Change) -> list[FieldError]:
    """Check the time of the end against conditions and start."""
    found: list[FieldError] = []
    ended, started = change.status.get("completionTime"), change.status.get("startTime")
    if change.complete and change.failed and (change.completes or change.fails):
        found.append(_conditions("cannot set Complete=True and Failed=true conditions"))
    if change.complete and change.target and (change.completes or change.of_condition("FailureTarget", change.target)):
        found.append(_conditions("cannot set Complete=True and FailureTarget=true conditions"))
    if change.completes or change.of("completionTime"):
        if ended and not change.complete:
            found.append(_time("completionTime", ended, "cannot set completionTime when there is no Complete=True condition"))
        if change.complete and not ended:
            found.append(fielderrors.required("status.completionTime", "completionTime is required for Complete jobs"))
    if started and ended and ended < started and change.of("startTime", "completionTime"):
        found.append(_time("completionTime", ended, "completionTime cannot be set before startTime"))
    return found


def _outcome(change: _Change) -> list[FieldError]:
    """Check that what leads to an end was told before the end."""
    found: list[FieldError] = []
    if change.failed and not change.target and (change.fails or change.of("failedIndexes")):
        found.append(_conditions("cannot set Failed=True condition without the FailureTarget=true condition"))
    if change.complete and not change.met and (change.completes or change.of_condition("SuccessCriteriaMet", change.met)):
        found.append(_conditions("cannot set Complete=True condition without the SuccessCriteriaMet=true condition"))
    return found


def _finished(change: _Change) -> list[FieldError]:
    """Check what a job that is over must and must not have."""
    if not change.finished:
        return []
    found: list[FieldError] = []
    active, uncounted = change.status.get("active") or 0, change.status.get("uncountedTerminatedPods") or {}
    if active > 0 and (change.finishes or change.of("active")):
        found.append(fielderrors.invalid("status.active", active, "active>0 is invalid for finished job"))
    nothing = bool(change.spec.get("suspend")) and change.spec.get("completions") == 0
    if not change.status.get("startTime") and (change.finishes or change.of("startTime")) and not nothing:
        found.append(fielderrors.required("status.startTime", "startTime is required for finished job"))
    if any(uncounted.values()) and (change.finishes or change.of("uncountedTerminatedPods")):
        shown = gotext.struct("batch.UncountedTerminatedPods", uncounted)
        text = "uncountedTerminatedPods needs to be empty for finished job"
        found.append(fielderrors.invalid("status.uncountedTerminatedPods", shown, text))
    return found


def _indexes(change: _Change) -> list[FieldError]:
    """Check the lists of indexes against the spec and each other."""
    found: list[FieldError] = []
    completions, limit = change.spec.get("completions"), change.spec.get("backoffLimitPerIndex")
    completed, failed = change.status.get("completedIndexes") or "", change.status.get("failedIndexes")
    if completions is not None:
        for field, text, counts in (("completedIndexes", completed, True), ("failedIndexes", failed, limit is not None)):
            if counts and text and change.of(field):
                found += _listed(field, text, completions)
    if completed and not change.indexed and change.of("completedIndexes"):
        text = "cannot set non-empty completedIndexes when non-indexed completion mode"
        found.append(fielderrors.invalid("status.completedIndexes", completed, text))
    if failed is not None and limit is None and failed != change.before.get("failedIndexes"):
        text = "cannot set non-null failedIndexes when backoffLimitPerIndex is null"
        found.append(fielderrors.invalid("status.failedIndexes", failed, text))
    if completions is not None and completed and failed and change.of("completedIndexes", "failedIndexes"):
        twice = _overlap(completed, failed, completions)
        if twice is not None:
            text = f"failedIndexes and completedIndexes overlap at index: {twice}"
            found.append(fielderrors.invalid("status.failedIndexes", failed, text))
    return found


def _listed(field: str, text: str, completions: int) -> list[FieldError]:
    try:
        jobspecs.index_count(text, completions)
    except ValueError as error:
        return [fielderrors.invalid(f"status.{field}", text, f"error parsing {field}: {error}")]
    return []


def _overlap(completed: str, failed: str, completions: int) -> int | None:
    """Return the first index that is in both lists; intervals that cannot be read are told of elsewhere."""
    good, bad = (_intervals(text, completions) for text in (completed, failed))
    while good and bad:
        (first, last), (failed_first, failed_last) = good[0], bad[0]
        if first <= failed_last and failed_first <= last:
            return max(first, failed_first)
        (good if first <= failed_first else bad).pop(0)
    return None


def _intervals(text: str, completions: int) -> list[tuple[int, int]]:
    found = []
    for part in text.split(","):
        try:
            found.append(jobspecs.interval(part, completions))
        except ValueError:
            continue
    return found


def _success(change: _Change) -> list[FieldError]:
    """Check SuccessCriteriaMet against the other conditions."""
    found: list[FieldError] = []
    if change.met and change.failed:
        found.append(_conditions("cannot set SuccessCriteriaMet=True and Failed=true conditions"))
    if change.met and change.target:
        found.append(_conditions("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"))
    if change.spec.get("successPolicy") is not None and change.complete and not change.met:
        found.append(_conditions("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"))
    return found


def _steps(change: _Change) -> list[FieldError]:
    """Check that nothing goes back."""
    found: list[FieldError] = []
    new, before, old = change.status, change.before, change.old_job
    for kind, now in (("Failed", change.failed), ("Complete", change.complete), ("FailureTarget", change.target)):
        if _is_true(old, kind) and not now:
            found.append(_conditions(f"cannot disable the terminal {kind}=True condition"))
    # Where pods and completions go up and down together, fewer can have succeeded than before.
    scaled = change.indexed and change.spec.get("completions") == change.spec.get("parallelism")
    for field in ("failed",) if scaled else ("failed", "succeeded"):
        if (new.get(field) or 0) < (before.get(field) or 0):
            found.append(fielderrors.invalid(f"status.{field}", new.get(field) or 0, f"cannot decrease the {field} counter"))
    ended = new.get("completionTime")
    if ended and before.get("completionTime") and change.of("completionTime"):
        found.append(_time("completionTime", ended, "completionTime cannot be mutated"))
    if before.get("startTime") and change.of("startTime") and not change.spec.get("suspend") and not _resumes(change):
        found.append(fielderrors.required("status.startTime", "startTime cannot be removed for unsuspended job"))
    was_met = _is_true(old, "SuccessCriteriaMet")
    if was_met and not change.met:
        found.append(_conditions("cannot disable the SuccessCriteriaMet=True condition"))
    if _is_true(old, "Complete") and not was_met and change.met:
        found.append(_conditions("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"))
    return found


def _resumes(change: _Change) -> bool:
    suspended: Mapping[str, Any] = next((item for item in change.status.get("conditions") or () if item.get("type") == "Suspended"), {})
    return _is_true(change.old_job, "Suspended") and suspended.get("status") == "False"
