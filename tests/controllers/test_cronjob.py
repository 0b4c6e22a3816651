"""CronJobs in time that passes."""

from typing import Any

import pytest

from minikube_py.controllers import cronjobtimes
from minikube_py.kits.clock import parse_rfc3339
from tests.controllers.world import World, template

LONG = {"kctl.dev/dryrun-run-for": "7m"}


@pytest.fixture
def world() -> World:
    return World()


def cron_job(name: str = "tick", *, notes: dict[str, str] | None = None, job: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    pod = template(name, notes, restartPolicy="Never")
    spec = {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": pod, **(job or {})}}, **spec}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def told(world: World) -> list[tuple[str, str, str]]:
    return world.events(kind="CronJob")


def test_an_hour_gone_by_makes_twelve_jobs_each_at_its_time(world: World) -> None:
    world.apply(cron_job(successfulJobsHistoryLimit=20))
    world.later(3600)
    jobs = world.client.items("jobs.batch", "default")
    minutes = [f"2025-10-09T09:{minute:02}:00Z" for minute in range(5, 60, 5)] + ["2025-10-09T10:00:00Z"]
    assert [job["metadata"]["creationTimestamp"] for job in jobs] == minutes
    assert [job["metadata"]["name"] for job in jobs] == [f"tick-{int(parse_rfc3339(minute)) // 60}" for minute in minutes]
    assert [job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] for job in jobs] == minutes
    assert [job["status"]["completionTime"] for job in jobs] == minutes
    assert {pod["metadata"]["creationTimestamp"] for pod in world.pods()} == set(minutes)
    assert world.get("cronjobs.batch", "tick")["status"] == {"lastScheduleTime": minutes[-1], "lastSuccessfulTime": minutes[-1]}


def test_the_history_is_cut_and_events_tell(world: World) -> None:
    world.apply(cron_job(successfulJobsHistoryLimit=1))
    world.later(600)
    assert world.names("jobs.batch") == ["tick-29333350"]
    assert len(world.pods()) == 1
    assert told(world) == [
        ("Normal", "SuccessfulCreate", "Created job tick-29333345"),
        ("Normal", "SawCompletedJob", "Saw completed job: tick-29333345, condition: Complete"),
        ("Normal", "SuccessfulCreate", "Created job tick-29333350"),
        ("Normal", "SawCompletedJob", "Saw completed job: tick-29333350, condition: Complete"),
        ("Normal", "SuccessfulDelete", "Deleted job tick-29333345"),
    ]  # fmt: skip


def test_failed_jobs_have_a_limit_of_their_own(world: World) -> None:
    world.apply(cron_job(notes={"kctl.dev/dryrun-exit-code": "web=1"}, job={"backoffLimit": 0}))
    world.later(1200)
    assert world.names("jobs.batch") == ["tick-29333360"]
    assert ("Normal", "SawCompletedJob", "Saw completed job: tick-29333345, condition: Failed") in told(world)
    assert "lastSuccessfulTime" not in world.get("cronjobs.batch", "tick")["status"]


def test_allow_runs_side_by_side(world: World) -> None:
    world.apply(cron_job(notes=LONG))
    world.later(600)
    active = world.get("cronjobs.batch", "tick")["status"]["active"]
    assert [(item["kind"], item["apiVersion"], item["name"]) for item in active] == [("Job", "batch/v1", "tick-29333345"), ("Job", "batch/v1", "tick-29333350")]


def test_forbid_leaves_one_out(world: World) -> None:
    world.apply(cron_job(notes=LONG, concurrencyPolicy="Forbid"))
    world.later(660)
    assert world.names("jobs.batch") == ["tick-29333345"]
    text = "Not starting job because prior execution is running and concurrency policy is Forbid"
    assert ("Normal", "JobAlreadyActive", text) in told(world)
    world.later(60)
    assert world.names("jobs.batch") == ["tick-29333345", "tick-29333350"]


def test_replace_deletes_the_one_that_runs(world: World) -> None:
    world.apply(cron_job(notes=LONG, concurrencyPolicy="Replace"))
    world.later(600)
    assert world.names("jobs.batch") == ["tick-29333350"]
    assert ("Normal", "SuccessfulDelete", "Deleted job tick-29333345") in told(world)
    assert [item["name"] for item in world.get("cronjobs.batch", "tick")["status"]["active"]] == ["tick-29333350"]


def test_suspended_nothing_happens_and_then_the_last_one_missed(world: World) -> None:
    world.apply(cron_job(suspend=True))
    world.later(1000)
    assert world.names("jobs.batch") == []
    world.patch("cronjobs.batch", "tick", {"spec": {"suspend": False}})
    assert world.names("jobs.batch") == ["tick-29333355"]
    world.later(200)
    assert world.names("jobs.batch") == ["tick-29333355", "tick-29333360"]


def test_too_late_is_too_late(world: World) -> None:
    world.apply(cron_job(suspend=True, startingDeadlineSeconds=60))
    world.later(400)
    world.patch("cronjobs.batch", "tick", {"spec": {"suspend": False}})
    assert world.names("jobs.batch") == []
    world.later(200)
    assert world.names("jobs.batch") == ["tick-29333350"]


def test_too_many_missed_times_are_told(world: World) -> None:
    world.apply(cron_job(schedule="* * * * *", suspend=True))
    world.later(60 * 150)
    world.patch("cronjobs.batch", "tick", {"spec": {"suspend": False}})
    text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
    assert ("Warning", "TooManyMissedTimes", text) in told(world)
    assert world.names("jobs.batch") == [f"tick-{29333340 + 150}"]


def test_time_zones(world: World) -> None:
    world.apply(cron_job(schedule="30 11 * * *", timeZone="Europe/Berlin"))
    world.later(1800)
    (made,) = world.client.items("jobs.batch", "default")
    assert made["metadata"]["creationTimestamp"] == "2025-10-09T09:30:00Z"
    assert made["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2025-10-09T11:30:00+02:00"


def test_a_changed_schedule_takes_effect(world: World) -> None:
    world.apply(cron_job(schedule="0 0 1 1 *"))
    world.later(60)
    world.patch("cronjobs.batch", "tick", {"spec": {"schedule": "*/2 * * * *"}})
    world.later(60)
    assert world.names("jobs.batch") == ["tick-29333342"]


def test_a_job_that_was_deleted_goes_missing(world: World) -> None:
    world.apply(cron_job(notes=LONG))
    world.later(300)
    world.delete("jobs.batch", "tick-29333345", propagation_policy="Background")
    assert ("Normal", "MissingJob", "Active job went missing: tick-29333345") in told(world)
    assert "active" not in world.get("cronjobs.batch", "tick")["status"]
    assert world.names("jobs.batch") == []


def test_deleting_it_leaves_nothing(world: World) -> None:
    world.apply(cron_job(notes=LONG))
    world.later(300)
    world.delete("cronjobs.batch", "tick", propagation_policy="Background")
    assert (world.names("jobs.batch"), world.names()) == ([], [])


def test_settling_again_makes_no_second_job(world: World) -> None:
    world.apply(cron_job())
    world.later(300)
    before = world.cluster.backend.revision()
    world.replay()
    assert world.cluster.backend.revision() == before
    assert world.failures == []


def test_a_job_made_before_a_crash_is_taken_over(world: World) -> None:
    world.apply(cron_job(notes=LONG))
    world.later(300)
    found = world.get("cronjobs.batch", "tick")
    world.client.update_status({**found, "status": {}})
    world.settle()
    assert [item["name"] for item in world.get("cronjobs.batch", "tick")["status"]["active"]] == ["tick-29333345"]
    assert world.names("jobs.batch") == ["tick-29333345"]


def due(schedule: str, now: str, last: str = "2025-10-09T09:00:00Z") -> tuple[float | None, int]:
    found = cron_job(schedule=schedule)
    found["status"] = {"lastScheduleTime": last}
    result = cronjobtimes.last_due(found, cronjobtimes.schedule_of(found), parse_rfc3339(now), with_deadline=True)
    return result.latest, result.missed


def test_the_last_due_time_of_an_irregular_schedule() -> None:
    # Monday 2025-10-13 06:30 after Thursday 09:00: Thursday 10:30, 14:30, Friday 06:30 ... were missed.
    latest, missed = due("30 6-16/4 * * 1-5", "2025-10-13T06:31:00Z")
    assert latest == parse_rfc3339("2025-10-13T06:30:00Z") and missed > 0


def test_a_schedule_that_is_never_due() -> None:
    with pytest.raises(cronjobtimes.NeverDue):
        due("59 23 31 2 *", "2035-01-01T00:00:00Z")


def test_a_schedule_that_is_never_due_is_told(world: World) -> None:
    world.apply(cron_job(schedule="59 23 31 2 *"))
    text = "invalid schedule: 59 23 31 2 * : time difference between two schedules is less than 1 second"
    assert told(world) == [("Warning", "InvalidSchedule", text)]
    world.later(86400)
    assert world.names("jobs.batch") == []
