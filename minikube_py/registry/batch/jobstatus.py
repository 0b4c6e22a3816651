"""The status of a Job: what may follow on what (validateJobStatus, ValidateJobStatusUpdate)."""

from collections.abc import Mapping
from typing import Any

from minikube_py.machinery import fielderrors, meta
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.machinery.meta import Object
from minikube_py.registry.batch import jobspecs
from minikube_py.registry.pod import rules

_COUNTS = ("active", "succeeded", "failed", "ready", "terminating")
_LATCHED = ("Complete", "Failed", "SuccessCriteriaMet", "FailureTarget")


def validate(obj: Object, old: Object) -> list[FieldError]:
    """Return what is wrong with a change of status."""
    new, before = obj.get("status") or {}, old.get("status") or {}
    found = rules.nonnegative(new, _COUNTS, "status") + _uncounted(new)
    for field, spec_field in (("completedIndexes", "completions"), ("failedIndexes", "completions")):
        text = new.get(field)
        if text and text != before.get(field):
            try:
                jobspecs.index_count(text, obj["spec"].get(spec_field))
            except ValueError as error:
                found.append(fielderrors.invalid(f"status.{field}", text, f"error parsing {field}: {error}"))
    return found + _finished(obj, new) + _changes(obj, old, new, before)


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


def _finished(obj: Object, status: Mapping[str, Any]) -> list[FieldError]:
    """Check what a job that is over must and must not have."""
    complete, failed = _is_true(obj, "Complete"), _is_true(obj, "Failed")
    found: list[FieldError] = []
    if complete and failed:
        text = "cannot set Complete=True and Failed=true conditions"
        found.append(fielderrors.invalid("status.conditions", fielderrors.OMITTED, text))
    if (complete or failed) and (status.get("active") or 0) > 0:
        found.append(fielderrors.invalid("status.active", status["active"], "active>0 is invalid for finished job"))
    if complete and not status.get("completionTime"):
        found.append(fielderrors.required("status.completionTime", "completionTime is required for Complete jobs"))
    if not complete and status.get("completionTime"):
        text = "cannot set completionTime when there is no Complete=True condition"
        shown = fielderrors.GoText(status["completionTime"].replace("T", " ").replace("Z", " +0000 UTC"))
        found.append(fielderrors.invalid("status.completionTime", shown, text))
    return found


def _changes(obj: Object, old: Object, new: Mapping[str, Any], before: Mapping[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    for kind in _LATCHED:
        if _is_true(old, kind) and not _is_true(obj, kind):
            text = f"cannot disable the terminal {kind}=True condition" if kind in ("Complete", "Failed") else f"cannot disable the {kind}=True condition"
            found.append(fielderrors.invalid("status.conditions", fielderrors.OMITTED, text))
    if before.get("startTime") and not new.get("startTime") and not obj["spec"].get("suspend"):
        found.append(fielderrors.required("status.startTime", "startTime cannot be removed for unsuspended job"))
    for field in ("succeeded", "failed"):
        if (new.get(field) or 0) < (before.get(field) or 0):
            text = f"cannot decrease the {field} counter"
            found.append(fielderrors.invalid(f"status.{field}", new.get(field) or 0, text))
    return found
