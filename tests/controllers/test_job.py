"""Jobs: counting, failing, ending."""

from typing import Any

import pytest

from minikube_py.controllers import jobpolicies
from tests.controllers.world import World, template

NEVER = {"kctl.dev/dryrun-run-for": "1h"}
REACHED = ("CompletionsReached", "Reached expected number of succeeded pods")
LIMIT = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")


@pytest.fixture
def world() -> World:
    return World()


def job(name: str = "pi", *, notes: dict[str, str] | None = None, restart: str = "Never", **spec: Any) -> dict[str, Any]:
    pod = template(name, notes, restartPolicy=restart)
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": "default"}, "spec": {"template": pod, **spec}}


def failing(code: int = 1) -> dict[str, str]:
    return {"kctl.dev/dryrun-exit-code": f"web={code}"}


def conditions(obj: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(item["type"], item["status"], item["reason"], item["message"]) for item in obj["status"].get("conditions", ())]


def both(first: str, last: str, why: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    return [(first, "True", *why), (last, "True", *why)]


def job_events(world: World) -> list[tuple[str, str, str]]:
    return [event for event in world.events(kind="Job") if event[1] != "SuccessfulCreate"]


def fail(world: World, pod: dict[str, Any], **status: Any) -> None:
    world.client.update_status({**pod, "status": {**pod["status"], "phase": "Failed", **status}})
    world.settle()


def test_a_job_completes(world: World) -> None:
    done = world.apply(job())
    assert conditions(done) == both("SuccessCriteriaMet", "Complete", REACHED)
    status = {field: value for field, value in done["status"].items() if field != "conditions"}
    assert status == {"startTime": "2025-10-09T09:00:00Z", "completionTime": "2025-10-09T09:00:00Z", "succeeded": 1, "ready": 0,
                      "terminating": 0, "uncountedTerminatedPods": {}}  # fmt: skip
    (pod,) = world.pods()
    assert pod["status"]["phase"] == "Succeeded" and not pod["metadata"].get("finalizers")
    assert pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] == "pi"
    assert world.events(kind="Job") == [("Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}"), ("Normal", "Completed", "Job completed")]


def test_parallelism_bounds_what_runs_at_once(world: World) -> None:
    running = world.apply(job(completions=5, parallelism=2, notes={"kctl.dev/dryrun-run-for": "10s"}))
    assert (running["status"]["active"], running["status"]["ready"]) == (2, 2)
    world.later(10)
    assert world.get("jobs.batch", "pi")["status"]["succeeded"] == 2
    world.later(20)
    done = world.get("jobs.batch", "pi")
    assert (done["status"]["succeeded"], done["status"]["completionTime"]) == (5, "2025-10-09T09:00:30Z")
    assert len(world.pods()) == 5


def test_without_completions_one_success_is_enough(world: World) -> None:
    done = world.apply(job(parallelism=3))
    assert done["status"]["succeeded"] == 3
    assert conditions(done) == both("SuccessCriteriaMet", "Complete", REACHED)


def test_indexed_pods_know_their_index(world: World) -> None:
    done = world.apply(job(completions=3, parallelism=3, completionMode="Indexed"))
    assert (done["status"]["completedIndexes"], done["status"]["succeeded"]) == ("0-2", 3)
    pod = next(pod for pod in world.pods() if pod["metadata"]["name"].startswith("pi-1-"))
    assert pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] == "1"
    assert pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] == "1"
    assert pod["spec"]["hostname"] == "pi-1"
    path = "metadata.labels['batch.kubernetes.io/job-completion-index']"
    assert pod["spec"]["containers"][0]["env"] == [{"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}]


def test_failures_are_tried_again_ever_later(world: World) -> None:
    world.apply(job(notes=failing(), backoffLimit=3))
    moments = []
    for _ in range(80):
        world.later(1)
        moments.append(len(world.pods()))
    assert [moments.index(count) + 1 for count in (2, 3, 4)] == [10, 30, 70]
    done = world.get("jobs.batch", "pi")
    assert (done["status"]["failed"], conditions(done)) == (4, both("FailureTarget", "Failed", LIMIT))
    assert job_events(world) == [("Warning", *LIMIT)]


def test_restarts_count_where_pods_restart_on_failure(world: World) -> None:
    world.apply(job(notes=failing(), backoffLimit=2, restart="OnFailure"))
    world.later(30)
    done = world.get("jobs.batch", "pi")
    assert conditions(done) == both("FailureTarget", "Failed", LIMIT)
    assert world.pods() == []
    assert [event[1] for event in job_events(world)] == ["SuccessfulDelete", "BackoffLimitExceeded"]


def test_the_deadline_ends_a_job(world: World) -> None:
    world.apply(job(notes=NEVER, activeDeadlineSeconds=60))
    world.later(59)
    assert world.get("jobs.batch", "pi")["status"]["active"] == 1
    world.later(1)
    done = world.get("jobs.batch", "pi")
    assert conditions(done) == both("FailureTarget", "Failed", ("DeadlineExceeded", "Job was active longer than specified deadline"))
    assert "active" not in done["status"] and world.pods() == []


def test_suspending_deletes_the_pods_and_resuming_starts_anew(world: World) -> None:
    world.apply(job(notes={"kctl.dev/dryrun-run-for": "10s"}, suspend=True))
    assert world.names() == [] and "startTime" not in world.get("jobs.batch", "pi")["status"]
    assert conditions(world.get("jobs.batch", "pi")) == [("Suspended", "True", "JobSuspended", "Job suspended")]
    world.later(5)
    resumed = world.patch("jobs.batch", "pi", {"spec": {"suspend": False}})
    assert conditions(resumed) == [("Suspended", "False", "JobResumed", "Job resumed")]
    assert resumed["status"]["startTime"] == "2025-10-09T09:00:05Z" and resumed["status"]["active"] == 1
    halted = world.patch("jobs.batch", "pi", {"spec": {"suspend": True}})
    assert world.names() == [] and "failed" not in halted["status"]
    world.patch("jobs.batch", "pi", {"spec": {"suspend": False}})
    world.later(10)
    assert conditions(world.get("jobs.batch", "pi"))[1:] == both("SuccessCriteriaMet", "Complete", REACHED)
    assert [event[1] for event in job_events(world)] == ["Suspended", "Resumed", "SuccessfulDelete", "Completed"]


def test_parallelism_can_be_changed(world: World) -> None:
    world.apply(job(notes=NEVER, parallelism=3, completions=5))
    assert world.patch("jobs.batch", "pi", {"spec": {"parallelism": 1}})["status"]["active"] == 1
    assert len(world.pods()) == 1 and "failed" not in world.get("jobs.batch", "pi")["status"]
    assert world.patch("jobs.batch", "pi", {"spec": {"parallelism": 2}})["status"]["active"] == 2


def test_a_deleted_pod_counts_as_failed_and_is_replaced(world: World) -> None:
    world.apply(job(notes=NEVER))
    (first,) = world.names()
    world.delete("pods", first)
    assert world.names() == []
    world.later(10)
    status = world.get("jobs.batch", "pi")["status"]
    assert (status["failed"], status["active"], status["terminating"]) == (1, 1, 0)
    assert world.names() != [first]


def test_limits_for_each_index(world: World) -> None:
    world.apply(job(notes=failing(), completions=2, parallelism=2, completionMode="Indexed", backoffLimitPerIndex=1))
    pods = {pod["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"] for pod in world.pods()}
    assert pods == {"0"} and world.get("jobs.batch", "pi")["status"].get("failedIndexes") == ""
    world.later(10)
    done = world.get("jobs.batch", "pi")
    assert (done["status"]["failedIndexes"], done["status"]["failed"]) == ("0,1", 4)
    assert conditions(done) == both("FailureTarget", "Failed", ("FailedIndexes", "Job has failed indexes"))
    assert sorted(pod["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"] for pod in world.pods()) == ["0", "0", "1", "1"]
    assert not any(pod["metadata"].get("finalizers") for pod in world.pods())


def test_too_many_failed_indexes(world: World) -> None:
    why = ("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes")
    done = world.apply(job(notes=failing(), completions=4, parallelism=2, completionMode="Indexed", backoffLimitPerIndex=0, maxFailedIndexes=1))
    assert conditions(done) == both("FailureTarget", "Failed", why)


def policy(action: str, **rule: Any) -> dict[str, Any]:
    return {"rules": [{"action": action, **rule}]}


def test_a_failure_policy_fails_the_job_at_once(world: World) -> None:
    rule = policy("FailJob", onExitCodes={"containerName": "web", "operator": "In", "values": [42]})
    done = world.apply(job(notes=failing(42), podFailurePolicy=rule))
    (pod,) = world.names()
    text = f"Container web for pod default/{pod} failed with exit code 42 matching FailJob rule at index 0"
    assert conditions(done) == both("FailureTarget", "Failed", ("PodFailurePolicy", text))
    assert done["status"]["failed"] == 1


def test_a_failure_policy_ignores_disruptions(world: World) -> None:
    rule = policy("Ignore", onPodConditions=[{"type": "DisruptionTarget", "status": "True"}])
    world.apply(job(notes=NEVER, backoffLimit=0, podFailurePolicy=rule))
    (pod,) = world.pods()
    fail(world, pod, conditions=[{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}])
    world.later(10)
    status = world.get("jobs.batch", "pi")["status"]
    assert status.get("failed", 0) == 0 and status["active"] == 1


def test_a_failure_policy_tells_of_the_first_condition_of_the_pod() -> None:
    rule = policy("FailJob", onPodConditions=[{"type": "ConfigIssue", "status": "True"}, {"type": "DisruptionTarget", "status": "True"}])
    conditions = [{"type": "DisruptionTarget", "status": "True"}, {"type": "ConfigIssue", "status": "True"}]
    failed = {"metadata": {"name": "p", "namespace": "default"}, "status": {"phase": "Failed", "conditions": conditions}}
    found = jobpolicies.failure({"spec": {"podFailurePolicy": rule}}, failed)
    assert found == ("FailJob", True, "Pod default/p has condition DisruptionTarget matching FailJob rule at index 0")


def test_a_failure_policy_fails_an_index(world: World) -> None:
    rule = policy("FailIndex", onExitCodes={"operator": "In", "values": [3]})
    done = world.apply(job(notes=failing(3), completions=1, completionMode="Indexed", backoffLimitPerIndex=5, podFailurePolicy=rule))
    assert done["status"]["failedIndexes"] == "0"
    assert conditions(done)[-1][2] == "FailedIndexes"


def test_a_success_policy_ends_the_job_and_its_other_pods(world: World) -> None:
    spec: dict[str, Any] = {"completions": 3, "parallelism": 3, "completionMode": "Indexed", "successPolicy": {"rules": [{"succeededIndexes": "0"}]}}
    world.apply(job(notes=NEVER, **spec))
    leader = next(pod for pod in world.pods() if pod["metadata"]["name"].startswith("pi-0-"))
    world.client.update_status({**leader, "status": {**leader["status"], "phase": "Succeeded"}})
    world.settle()
    done = world.get("jobs.batch", "pi")
    assert conditions(done) == both("SuccessCriteriaMet", "Complete", ("SuccessPolicy", "Matched rules at index 0"))
    assert (done["status"]["succeeded"], done["status"]["completedIndexes"], done["status"].get("failed", 0)) == (1, "0", 0)
    assert world.names() == [leader["metadata"]["name"]]


def test_replacement_only_after_the_end(world: World) -> None:
    world.apply(job(notes=NEVER, podReplacementPolicy="Failed"))
    (pod,) = world.pods()
    world.client.patch("pods", pod["metadata"]["name"], "default", {"metadata": {"finalizers": ["example.com/wait", *pod["metadata"]["finalizers"]]}},
                       patch_type="application/merge-patch+json")  # fmt: skip
    world.delete("pods", pod["metadata"]["name"])
    world.later(60)
    status = world.get("jobs.batch", "pi")["status"]
    assert (status["failed"], status["active"]) == (1, 1)


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_deleting_a_job_leaves_nothing(world: World, policy: str) -> None:
    world.apply(job(notes=NEVER, parallelism=2, completions=2))
    world.delete("jobs.batch", "pi", propagation_policy=policy)
    assert (world.names("jobs.batch"), world.names()) == ([], [])
    assert world.cluster.backend.state_range("loop/job-controller/") == []


def test_orphaned_pods_lose_their_finalizer(world: World) -> None:
    world.apply(job(notes=NEVER))
    world.delete("jobs.batch", "pi", propagation_policy="Orphan")
    (pod,) = world.pods()
    assert not pod["metadata"].get("finalizers") and not pod["metadata"].get("ownerReferences")


def test_another_controllers_job_is_left_alone(world: World) -> None:
    made = world.apply(job(managedBy="example.com/other"))
    assert (world.names(), made["status"]) == ([], {})


def test_settling_again_counts_nothing_twice(world: World) -> None:
    world.apply(job(notes=failing(), backoffLimit=2), job("ok", completions=3))
    world.later(5)
    before = world.cluster.backend.revision()
    world.replay()
    assert world.cluster.backend.revision() == before
    world.later(60)
    assert world.get("jobs.batch", "pi")["status"]["failed"] == 3
    assert world.failures == []
