"""kubectl describe cronjob."""

from typing import Any

from minikube_py.describers import events, golang, multiline, selecting, template
from minikube_py.describers.context import Context
from minikube_py.describers.writer import Writer
from minikube_py.machinery.meta import Object


def describe(cron_job: Object, w: Writer, context: Context) -> None:
    """Write a cron job."""
    spec, status = cron_job.get("spec") or {}, cron_job.get("status") or {}
    multiline.named(w, cron_job)
    w.field("Schedule", spec.get("schedule") or "")
    w.field("Concurrency Policy", spec.get("concurrencyPolicy") or "")
    w.field("Suspend", {None: "<unset>", True: "True", False: "False"}[spec.get("suspend")])
    w.field("Successful Job History Limit", golang.at(spec, "successfulJobsHistoryLimit", "<unset>"))
    w.field("Failed Job History Limit", golang.at(spec, "failedJobsHistoryLimit", "<unset>"))
    deadline = spec.get("startingDeadlineSeconds")
    w.field("Starting Deadline Seconds", "<unset>" if deadline is None else f"{deadline}s")
    _job_template(w, golang.at(spec, "jobTemplate.spec", {}))
    last = status.get("lastScheduleTime")
    w.field("Last Schedule Time", golang.rfc1123z(last) if last else "<unset>")
    w.field("Active Jobs", ", ".join(reference.get("name") or "" for reference in status.get("active") or ()) or "<none>")
    events.section(w, cron_job, context)


def _job_template(w: Writer, spec: dict[str, Any]) -> None:
    selector = spec.get("selector")
    w.field("Selector", "<unset>" if selector is None else selecting.expression(selector))
    w.field("Parallelism", golang.at(spec, "parallelism", "<unset>"))
    w.field("Completions", golang.at(spec, "completions", "<unset>"))
    if spec.get("activeDeadlineSeconds") is not None:
        w.field("Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")
    template.section(w, spec.get("template") or {})
