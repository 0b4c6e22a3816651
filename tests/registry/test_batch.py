# ruff: noqa: E501 - messages stand on one line, so that they can be searched for
import re
from typing import Any

import pytest

from tests.registry import podhelp

JOBS, CRON_JOBS = (podhelp.strategy("batch", plural) for plural in ("jobs", "cronjobs"))
POD_SPEC = {"restartPolicy": "Never", "containers": [{"name": "work", "image": "busybox:1"}]}
JOB = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "pi", "uid": "u1"}, "spec": {"template": {"spec": POD_SPEC}}}
CRON_JOB = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "tick"},
    "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": {"spec": POD_SPEC}}}},
}
LABELS = {
    "batch.kubernetes.io/controller-uid": "u1",
    "batch.kubernetes.io/job-name": "pi",
    "controller-uid": "u1",
    "job-name": "pi",
}


def test_defaults() -> None:
    made = podhelp.created(JOBS, JOB)
    spec = made["spec"]
    assert {field: value for field, value in spec.items() if field != "template"} == {
        "completions": 1,
        "parallelism": 1,
        "completionMode": "NonIndexed",
        "suspend": False,
        "manualSelector": False,
        "backoffLimit": 6,
        "podReplacementPolicy": "TerminatingOrFailed",
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u1"}},
    }
    assert spec["template"]["metadata"]["labels"] == made["metadata"]["labels"] == LABELS


def test_labels_of_the_user_stay() -> None:
    made = podhelp.created(JOBS, podhelp.patched(JOB, {"metadata.labels": {"a": "b"}, "spec.template.metadata": {"labels": {"c": "d"}}}))
    assert made["metadata"]["labels"] == {"a": "b"}
    assert made["spec"]["template"]["metadata"]["labels"] == {"c": "d", **LABELS}


def test_a_selector_of_the_user() -> None:
    changes = {"spec.manualSelector": True, "spec.selector": {"matchLabels": {"a": "b"}}, "spec.template.metadata": {"labels": {"a": "b"}}}
    made = podhelp.created(JOBS, podhelp.patched(JOB, changes))
    assert (made["spec"]["selector"], made["spec"]["template"]["metadata"]["labels"]) == ({"matchLabels": {"a": "b"}}, {"a": "b"})
    assert podhelp.errors(JOBS, podhelp.patched(JOB, changes)) == []


RULE = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1, 2]}}
POLICY = "spec.podFailurePolicy.rules[0]"
INDEXED = {"spec.completionMode": "Indexed", "spec.completions": 3, "spec.backoffLimitPerIndex": 1}
BAD_INDEXES = (
    ("a", 'cannot convert string to integer for index: "a"'),
    ("0-1-2", "the fragment \"0-1-2\" violates the requirement that an index interval can have at most two parts separated by '-'"),
    ("1,0", "non-increasing order, previous: 1, current: 0"),
    ("1-1", "non-increasing order, previous: 1, current: 1"),
    ("3", 'too large index: "3"'),
)


def success(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"spec.completionMode": "Indexed", "spec.completions": 3, "spec.successPolicy": {"rules": list(rules)}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"spec.template.spec.restartPolicy": None}, ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']),
        ({"spec.template.spec.restartPolicy": "Always"}, ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']),
        ({"spec.parallelism": -1}, ["spec.parallelism: Invalid value: -1: must be greater than or equal to 0"]),
        ({"spec.ttlSecondsAfterFinished": -1}, ["spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0"]),
        ({"spec.completionMode": "X"}, ['spec.completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"']),
        ({"spec.completionMode": "Indexed", "spec.parallelism": 1}, ["spec.completions: Required value: when completion mode is Indexed"]),
        ({"spec.backoffLimitPerIndex": 1}, ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"]),
        ({"spec.maxFailedIndexes": 1}, ["spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified", "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode"]),
        ({"spec.podFailurePolicy": {"rules": [RULE]}}, []),
        ({"spec.podFailurePolicy": {"rules": [RULE]}, "spec.template.spec.restartPolicy": "OnFailure"}, ['spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified']),
        ({"spec.podFailurePolicy": {"rules": [{"action": "Ignore"}]}}, [f"{POLICY}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"]),
        ({"spec.podFailurePolicy": {"rules": [RULE | {"action": "Retry"}]}}, [f'{POLICY}.action: Unsupported value: "Retry": supported values: "Count", "FailIndex", "FailJob", "Ignore"']),
        ({"spec.podFailurePolicy": {"rules": [RULE | {"onExitCodes": {"operator": "In", "values": [2, 0]}}]}}, [f"{POLICY}.onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator", f"{POLICY}.onExitCodes.values: Invalid value: []int32{{2, 0}}: must be ordered"]),
        ({"spec.successPolicy": {"rules": []}}, ["spec.successPolicy: Invalid value: batch.SuccessPolicy{Rules:[]batch.SuccessPolicyRule{}}: requires indexed completion mode"]),
        (success(), ["spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified"]),
        ({"spec.podFailurePolicy": {"rules": [RULE | {"onExitCodes": {"operator": "In"}}]}}, [f"{POLICY}.onExitCodes.values: Invalid value: []int32(nil): at least one value is required"]),
        ({"spec.completionMode": "Indexed", "spec.completions": 3, "spec.successPolicy": {"rules": [{"succeededIndexes": "0-1", "succeededCount": 3}]}}, ["spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)"]),
        ({"spec.template.metadata": {"labels": {"job-name": "x"}}}, ["spec.template.metadata.labels[job-name]: Invalid value: map[string]string{\"batch.kubernetes.io/controller-uid\":\"u1\", \"batch.kubernetes.io/job-name\":\"pi\", \"controller-uid\":\"u1\", \"job-name\":\"x\"}: must be 'pi'"]),
        (INDEXED | {"spec.completions": 100_001, "spec.maxFailedIndexes": 10_001, "spec.parallelism": 10_001},
         ["spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index",
          "spec.maxFailedIndexes: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index"]),
        (INDEXED | {"spec.completions": 100_001, "spec.parallelism": 1}, ["spec.maxFailedIndexes: Required value: must be specified when completions is above 100000"]),
        (INDEXED | {"spec.completions": 100_000, "spec.parallelism": 100_001}, ["spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed"]),
        (INDEXED | {"spec.completions": 3, "spec.maxFailedIndexes": 4}, ["spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions"]),
        ({"spec.podFailurePolicy": {"rules": [RULE | {"action": "FailIndex"}]}}, [f'{POLICY}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set']),
        (INDEXED | {"spec.podFailurePolicy": {"rules": [RULE | {"action": "FailIndex"}]}}, []),
        ({"spec.podFailurePolicy": {"rules": [RULE] * 21}}, ["spec.podFailurePolicy.rules: Too many: 21: must have at most 20 items"]),
        ({"spec.podFailurePolicy": {"rules": [RULE] * 20}}, []),
        (success({}), ["spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified"]),
        (success(*[{"succeededCount": 1}] * 20), []),
        (success(*[{"succeededCount": 1}] * 21), ["spec.successPolicy.rules: Too many: 21: must have at most 20 items"]),
        (success({"succeededCount": 4}), ["spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)"]),
        *((success({"succeededIndexes": text}), [f'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "{text}": error parsing succeededIndexes: {problem}'])
          for text, problem in BAD_INDEXES),
        ({"spec.managedBy": "me"}, ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")']),
        ({"spec.podReplacementPolicy": "X"}, ['spec.podReplacementPolicy: Unsupported value: "X": supported values: "Failed", "TerminatingOrFailed"']),
    ],
)  # fmt: skip
def test_jobs(changes: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(JOBS, podhelp.patched(JOB, changes)) == expected


def test_names_of_indexed_jobs_leave_room_for_the_index() -> None:
    name = "a" * 62
    changes = {"metadata.name": name, "spec.completionMode": "Indexed", "spec.completions": 1}
    assert podhelp.errors(JOBS, podhelp.patched(JOB, changes)) == [
        f'metadata.name: Invalid value: "{name}": will not able to create pod with invalid DNS label: {name}-0'
    ]


def test_job_updates() -> None:
    assert podhelp.update_errors(JOBS, JOB, {"spec.parallelism": 2, "spec.suspend": True, "spec.activeDeadlineSeconds": 5}) == []
    assert podhelp.update_errors(JOBS, JOB, {"spec.completions": 2}) == ["spec.completions: Invalid value: 2: field is immutable"]
    assert podhelp.update_errors(JOBS, JOB, {"spec.completionMode": "Indexed"}) == ['spec.completionMode: Invalid value: "Indexed": field is immutable']
    (found,) = podhelp.update_errors(JOBS, JOB, {"spec.template.spec.containers.0.image": "b"})
    assert found.startswith("spec.template: Invalid value: core.PodTemplateSpec{") and found.endswith(": field is immutable")
    assert re.search(r'ObjectMeta:v1.ObjectMeta\{.*Labels:map\[string\]string\{"batch.kubernetes.io/controller-uid":"', found)


def test_indexed_jobs_are_elastic() -> None:
    job = podhelp.patched(JOB, {"spec.completionMode": "Indexed", "spec.completions": 1})
    assert podhelp.update_errors(JOBS, job, {"spec.completions": 2, "spec.parallelism": 2}) == []
    assert podhelp.update_errors(JOBS, job, {"spec.completions": 2}) == [
        "spec.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism"
    ]


def test_suspended_jobs_may_be_moved() -> None:
    job = podhelp.patched(JOB, {"spec.suspend": True})
    assert podhelp.update_errors(JOBS, job, {"spec.template.spec.nodeSelector": {"a": "b"}}) == []
    assert len(podhelp.update_errors(JOBS, JOB, {"spec.template.spec.nodeSelector": {"a": "b"}})) == 1


def status_errors(old_status: dict[str, Any], new_status: dict[str, Any], changes: dict[str, Any] | None = None) -> list[str]:
    old = podhelp.created(JOBS, podhelp.patched(JOB, changes or {})) | {"status": old_status}
    old["metadata"]["resourceVersion"] = "1"
    return [str(error) for error in JOBS.validate_subresource("status", old | {"status": new_status}, old)]


def test_job_status() -> None:
    conditions = [{"type": kind, "status": "True"} for kind in ("SuccessCriteriaMet", "Complete")]
    times = {"startTime": "2026-01-02T03:04:04Z", "completionTime": "2026-01-02T03:04:05Z"}
    complete = {"conditions": conditions, **times, "succeeded": 1}
    assert status_errors({}, complete) == []
    assert status_errors({}, {"active": -1}) == ["status.active: Invalid value: -1: must be greater than or equal to 0"]
    assert status_errors({}, complete | {"active": 1}) == ["status.active: Invalid value: 1: active>0 is invalid for finished job"]
    assert status_errors({"failed": 2}, {"failed": 1}) == ["status.failed: Invalid value: 1: cannot decrease the failed counter"]
    assert status_errors({}, {"uncountedTerminatedPods": {"succeeded": ["a", "a"]}}) == ['status.uncountedTerminatedPods.succeeded[1]: Duplicate value: "a"']
    assert JOBS.fields({"status": complete}) == {"status.successful": "1"}


def conditions(*kinds: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": "True"} for kind in kinds]}


START, END = "2026-01-02T03:04:04Z", "2026-01-02T03:04:05Z"
SHOWN = "status.conditions: Invalid value: "


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, conditions("Complete"), ["status.completionTime: Required value: completionTime is required for Complete jobs",
                                      f"{SHOWN}cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
                                      "status.startTime: Required value: startTime is required for finished job"]),
        ({}, conditions("Failed") | {"startTime": START}, [f"{SHOWN}cannot set Failed=True condition without the FailureTarget=true condition"]),
        ({}, {"completionTime": END}, ["status.completionTime: Invalid value: 2026-01-02 03:04:05 +0000 UTC: cannot set completionTime when there is no Complete=True condition"]),
        ({}, conditions("SuccessCriteriaMet", "Complete") | {"startTime": END, "completionTime": START}, ["status.completionTime: Invalid value: 2026-01-02 03:04:04 +0000 UTC: completionTime cannot be set before startTime"]),
        ({}, conditions("FailureTarget", "Failed") | {"startTime": START, "terminating": 2}, ["status.terminating: Invalid value: 2: terminating>0 is invalid for finished job"]),
        ({}, {"ready": 2, "active": 1}, ["status.ready: Invalid value: 2: cannot set more ready pods than active"]),
        ({"ready": 2, "active": 1}, {"ready": 2, "active": 1, "failed": 1}, []),
        ({}, {"completedIndexes": "0"}, ['status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode']),
        ({}, {"failedIndexes": "0"}, ['status.failedIndexes: Invalid value: "0": cannot set non-null failedIndexes when backoffLimitPerIndex is null']),
        ({}, conditions("SuccessCriteriaMet", "FailureTarget"), [f"{SHOWN}cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"]),
        (conditions("FailureTarget"), {}, [f"{SHOWN}cannot disable the terminal FailureTarget=True condition"]),
        (conditions("SuccessCriteriaMet"), {}, [f"{SHOWN}cannot disable the SuccessCriteriaMet=True condition"]),
        ({"startTime": START}, {}, ["status.startTime: Required value: startTime cannot be removed for unsuspended job"]),
        ({"startTime": START}, {"startTime": END}, ["status.startTime: Required value: startTime cannot be removed for unsuspended job"]),
        ({"startTime": START} | conditions("Suspended"), {"startTime": END, "conditions": [{"type": "Suspended", "status": "False"}]}, []),
        ({"succeeded": 2}, {"succeeded": 1}, ["status.succeeded: Invalid value: 1: cannot decrease the succeeded counter"]),
    ],
)  # fmt: skip
def test_steps_of_a_job_status(old: dict[str, Any], new: dict[str, Any], expected: list[str]) -> None:
    assert status_errors(old, new) == expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({"completedIndexes": "0-1", "failedIndexes": "2"}, []),
        ({"completedIndexes": "0-2", "failedIndexes": "1"}, ['status.failedIndexes: Invalid value: "1": failedIndexes and completedIndexes overlap at index: 1']),
        ({"completedIndexes": "7"}, ['status.completedIndexes: Invalid value: "7": error parsing completedIndexes: too large index: "7"']),
        ({"failedIndexes": "1-0"}, ['status.failedIndexes: Invalid value: "1-0": error parsing failedIndexes: non-increasing order, previous: 1, current: 0']),
    ],
)  # fmt: skip
def test_indexes_of_a_job_status(new: dict[str, Any], expected: list[str]) -> None:
    assert status_errors({}, new, INDEXED) == expected


def test_indexed_jobs_that_scale_down_may_have_fewer_that_succeeded() -> None:
    assert status_errors({"succeeded": 2}, {"succeeded": 1}, INDEXED | {"spec.parallelism": 3}) == []


def test_a_job_without_labels_has_those_of_its_template() -> None:
    made = podhelp.created(JOBS, podhelp.patched(JOB, {"spec.template.metadata": {"labels": {"c": "d"}}}))
    assert made["metadata"]["labels"] == {"c": "d", **LABELS}
    same = podhelp.created(JOBS, podhelp.patched(JOB, {"metadata.labels": {"c": "d"}, "spec.template.metadata": {"labels": {"c": "d"}}}))
    assert same["metadata"]["labels"] == {"c": "d"}
    bare = podhelp.patched(made, {"metadata.labels": None})
    JOBS.prepare_subresource("status", bare, made, podhelp.CONTEXT)
    assert bare["metadata"]["labels"] == {"c": "d", **LABELS}


def test_updates_look_at_generated_labels_too() -> None:
    found = podhelp.update_errors(JOBS, podhelp.patched(JOB, {"spec.suspend": True}), {"spec.template.metadata": {"labels": {"a": "b"}}})
    assert found[0] == "spec.template.metadata.labels[controller-uid]: Required value: must be 'u1'"


def test_conditions_of_a_cron_job_have_no_default() -> None:
    policy = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "X"}]}]}
    assert podhelp.errors(CRON_JOBS, podhelp.patched(CRON_JOB, {"spec.jobTemplate.spec.podFailurePolicy": policy})) == [
        'spec.jobTemplate.spec.podFailurePolicy.rules[0].onPodConditions[0].status: Required value: valid values: ["False" "True" "Unknown"]'
    ]


def test_lists_of_a_failure_policy_are_written() -> None:
    policy = {"podFailurePolicy": {"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In"}}]}}
    for spec in (podhelp.created(JOBS, podhelp.patched(JOB, {f"spec.{field}": value for field, value in policy.items()}))["spec"],
                 podhelp.created(CRON_JOBS, podhelp.patched(CRON_JOB, {"spec.jobTemplate.spec.podFailurePolicy": policy["podFailurePolicy"]}))
                 ["spec"]["jobTemplate"]["spec"]):  # fmt: skip
        assert spec["podFailurePolicy"]["rules"][0]["onExitCodes"] == {"operator": "In", "values": None}
    assert podhelp.created(JOBS, podhelp.patched(JOB, {"spec.podFailurePolicy": {}}))["spec"]["podFailurePolicy"] == {"rules": None}


def test_cron_job_defaults() -> None:
    spec = podhelp.created(CRON_JOBS, CRON_JOB)["spec"]
    assert {field: value for field, value in spec.items() if field != "jobTemplate"} == {
        "schedule": "*/5 * * * *",
        "concurrencyPolicy": "Allow",
        "suspend": False,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
    }
    # The job gets its own defaults when it is made.
    assert list(spec["jobTemplate"]["spec"]) == ["template"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"spec.schedule": ""}, ["spec.schedule: Required value"]),
        ({"spec.schedule": "* * *"}, ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]']),
        ({"spec.schedule": "TZ=UTC 0 * * * *"}, ['spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead']),
        ({"spec.timeZone": "Europe/Berlin"}, []),
        ({"spec.timeZone": ""}, ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string']),
        ({"spec.timeZone": "Mars/Base"}, ['spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base']),
        ({"spec.concurrencyPolicy": "X"}, ['spec.concurrencyPolicy: Unsupported value: "X": supported values: "Allow", "Forbid", "Replace"']),
        ({"spec.startingDeadlineSeconds": -1}, ["spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0"]),
        ({"metadata.name": "a" * 53}, [f'metadata.name: Invalid value: "{"a" * 53}": must be no more than 52 characters']),
        ({"spec.jobTemplate.spec.template.spec.restartPolicy": None}, ['spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']),
        ({"spec.jobTemplate.spec.selector": {}}, ["spec.jobTemplate.spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: `selector` will be auto-generated"]),
        ({"spec.jobTemplate.spec.manualSelector": True}, ['spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"']),
        ({"spec.failedJobsHistoryLimit": -1}, ["spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0"]),
    ],
)  # fmt: skip
def test_cron_jobs(changes: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(CRON_JOBS, podhelp.patched(CRON_JOB, changes)) == expected


def test_cron_job_updates() -> None:
    assert podhelp.update_errors(CRON_JOBS, CRON_JOB, {"spec.schedule": "@daily", "spec.suspend": True}) == []
    assert podhelp.update_errors(CRON_JOBS, CRON_JOB, {"spec.schedule": "@never"}) == [
        'spec.schedule: Invalid value: "@never": unrecognized descriptor: @never'
    ]


def test_conditions_of_a_failure_policy_are_true_unless_they_say_otherwise() -> None:
    patterns = [{"type": "DisruptionTarget"}, {"type": "Ready", "status": "False"}]
    made = podhelp.created(JOBS, podhelp.patched(JOB, {"spec.podFailurePolicy": {"rules": [{"action": "Ignore", "onPodConditions": patterns}]}}))
    assert [item["status"] for item in made["spec"]["podFailurePolicy"]["rules"][0]["onPodConditions"]] == ["True", "False"]
