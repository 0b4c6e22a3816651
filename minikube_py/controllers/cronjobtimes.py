"""When a CronJob was last due and when it is due next. Nothing here talks to the API (cronjob/utils.go)."""

from typing import NamedTuple

from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import cron, meta
from minikube_py.machinery.cron import Schedule
from minikube_py.machinery.meta import Object

MANY = 100  # missed times from which on something must be wrong


class NeverDue(ValueError):
    """The schedule names no instant: the 31st of February."""

    def __init__(self) -> None:
        super().__init__("time difference between two schedules is less than 1 second")


class Due(NamedTuple):
    """The instant to count from, the last due time since then that is not in the future (or None), and how many were missed."""

    earliest: float
    latest: float | None
    missed: int


def schedule_of(cron_job: Object) -> Schedule:
    """Return the schedule, in the CronJob's time zone; ValueError where it cannot be read."""
    found = cron.parse(cron_job["spec"]["schedule"])
    zone = cron_job["spec"].get("timeZone") or ""
    return found._replace(zone=zone) if zone else found


def last_due(cron_job: Object, schedule: Schedule, now: float, *, with_deadline: bool) -> Due:
    """Return the last due time; with spec.startingDeadlineSeconds none is sought that is longer ago than that. NeverDue where there can be none."""
    status, deadline = cron_job.get("status") or {}, cron_job["spec"].get("startingDeadlineSeconds")
    earliest = parse_rfc3339(status.get("lastScheduleTime") or cron_job["metadata"]["creationTimestamp"])
    if with_deadline and deadline is not None:
        earliest = max(earliest, now - deadline)
    first = schedule.next(earliest)
    if first is None:
        raise NeverDue
    if now < first:
        return Due(earliest, None, 0)
    second = schedule.next(first)
    if second is None or now < second:
        return Due(earliest, first, 0)
    interval = max(int(second - first), 1)
    missed = int(now - first) // interval + 1
    # Intervals may differ (30 6-16/4 * * 1-5): from a point surely early enough on the schedule itself is asked.
    latest, following = None, schedule.next(first + (missed - 2) * interval)
    while following is not None and following <= now:
        latest, following = following, schedule.next(following)
    return Due(earliest, latest, missed)


def seconds_to_next(cron_job: Object, schedule: Schedule, now: float) -> float | None:
    """Return the seconds until the CronJob is due again; None where it never is."""
    due = last_due(cron_job, schedule, now, with_deadline=False)
    since = due.latest if due.latest is not None else now if due.missed else due.earliest
    following = schedule.next(since)
    return None if following is None else max(following - now, 0.0)


def in_zone(instant: float, zone: str) -> str:
    """Return an instant as RFC 3339 spells it in a time zone: 2025-10-09T11:00:00+02:00."""
    import datetime

    place = cron.location(zone) if zone else datetime.UTC
    text = datetime.datetime.fromtimestamp(instant, place).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")


def job_name(cron_job: Object, due: float) -> str:
    """Return the name of the Job for a due time: the minutes since the epoch make it the only one."""
    return f"{meta.name(cron_job)}-{int(due) // 60}"


def http_date(instant: float) -> str:
    """Return an instant as time.RFC1123Z spells it: Thu, 09 Oct 2025 09:00:00 +0000."""
    import email.utils

    return email.utils.formatdate(instant)[:-5] + "+0000"
