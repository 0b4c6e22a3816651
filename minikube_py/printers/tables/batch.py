"""Tables of Jobs and CronJobs."""

from minikube_py.kits import clock
from minikube_py.machinery import durations
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.cells import number
from minikube_py.printers.tables.columns import AGE, CONTAINERS, IMAGES, NAME, SELECTOR, Cells, Table, text


def _completions(job: Object) -> str:
    spec, succeeded = cells.spec(job), number(cells.status(job), "succeeded")
    if spec.get("completions") is not None:
        return f"{succeeded}/{spec['completions']}"
    parallelism = number(spec, "parallelism")
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _duration(job: Object, now: float) -> str:
    status = cells.status(job)
    if not status.get("startTime"):
        return ""
    end = clock.parse_rfc3339(status["completionTime"]) if status.get("completionTime") else now
    return durations.human(end - clock.parse_rfc3339(status["startTime"]))


def status_text(job: Object) -> str:
    """Return what `kubectl get jobs` shows under STATUS."""
    true = {kind for kind in ("Complete", "Failed", "Suspended", "FailureTarget") if cells.condition_status(job, kind) == "True"}
    if job["metadata"].get("deletionTimestamp"):
        true.add("Terminating")
    return next((word for word in ("Complete", "Failed", "Terminating", "Suspended", "FailureTarget") if word in true), "Running")


def _job(job: Object, now: float) -> Cells:
    spec = cells.spec(job)
    return [
        job["metadata"]["name"], status_text(job), _completions(job), _duration(job, now), cells.age(job, now),
        *cells.containers(cells.template_spec(spec)), cells.selector(spec.get("selector")),
    ]  # fmt: skip


def _cron_job(obj: Object, now: float) -> Cells:
    spec, status = cells.spec(obj), cells.status(obj)
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    last = durations.since(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else cells.NONE
    suspend = cells.UNSET if spec.get("suspend") is None else str(spec["suspend"])
    zone = cells.NONE if spec.get("timeZone") is None else spec["timeZone"]
    return [
        obj["metadata"]["name"], spec.get("schedule", ""), zone, suspend, len(status.get("active") or ()), last, cells.age(obj, now),
        *cells.containers(cells.template_spec(job)), cells.selector(job.get("selector")),
    ]  # fmt: skip


TABLES = {
    "jobs": Table(
        (
            NAME,
            text("Status", "How the job is doing."),
            text("Completions", "Pods that succeeded of those that must."),
            text("Duration", "How long the job ran or has been running."),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ),
        _job,
    ),
    "cronjobs": Table(
        (
            NAME,
            text("Schedule", "When jobs start, in cron's format."),
            text("Timezone", "Zone of the schedule."),
            text("Suspend", "Whether no jobs are started.", "boolean"),
            text("Active", "Number of running jobs.", "integer"),
            text("Last Schedule", "Time since a job was last started."),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ),
        _cron_job,
    ),
}
