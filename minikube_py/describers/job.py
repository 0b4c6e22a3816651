"""kubectl describe job."""

from typing import Any

from minikube_py.describers import events, golang, multiline, selecting, template
from minikube_py.describers.context import Context
from minikube_py.describers.pod import controller
from minikube_py.describers.writer import Writer
from minikube_py.kits import clock
from minikube_py.machinery import durations, meta
from minikube_py.machinery.meta import Object

_SHOWN_INDEXES = 50  # characters of status.completedIndexes, up to the next comma
_SETTINGS = (
    ("Completion Mode", "completionMode"),
    ("Suspend", "suspend"),
    ("Backoff Limit", "backoffLimit"),
    ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
)


def describe(job: Object, w: Writer, context: Context) -> None:
    """Write a job."""
    spec, status = job.get("spec") or {}, job.get("status") or {}
    w.field("Name", meta.name(job))
    w.field("Namespace", meta.namespace(job))
    w.field("Selector", selecting.expression(spec.get("selector")))
    multiline.metadata(w, job)
    owner = controller(job)
    if owner:
        w.field("Controlled By", owner)
    if spec.get("parallelism") is not None:
        w.field("Parallelism", spec["parallelism"])
    w.field("Completions", golang.at(spec, "completions", "<unset>"))
    for label, field in _SETTINGS:
        if spec.get(field) is not None:
            w.field(label, golang.show(spec[field]))
    _times(w, status)
    if spec.get("activeDeadlineSeconds") is not None:
        w.field("Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")
    _pods(w, status)
    if spec.get("completionMode") == "Indexed":
        w.field("Completed Indexes", capped_indexes(status.get("completedIndexes") or ""))
    template.section(w, spec.get("template") or {})
    events.section(w, job, context)


def _times(w: Writer, status: dict[str, Any]) -> None:
    start, completion = status.get("startTime"), status.get("completionTime")
    if start:
        w.field("Start Time", golang.rfc1123z(start))
    if completion:
        w.field("Completed At", golang.rfc1123z(completion))
    if start and completion:
        w.field("Duration", durations.human(clock.parse_rfc3339(completion) - clock.parse_rfc3339(start)))


def _pods(w: Writer, status: dict[str, Any]) -> None:
    active, succeeded, failed = (status.get(field) or 0 for field in ("active", "succeeded", "failed"))
    ready = "" if status.get("ready") is None else f" ({status['ready']} Ready)"
    w.field("Pods Statuses", f"{active} Active{ready} / {succeeded} Succeeded / {failed} Failed")


def capped_indexes(indexes: str) -> str:
    """Return a list of indexes such as 0-2,5, cut after some fifty characters."""
    comma = indexes.find(",", _SHOWN_INDEXES)
    return f"{indexes[: comma + 1]}..." if comma >= 0 else indexes or "<none>"
