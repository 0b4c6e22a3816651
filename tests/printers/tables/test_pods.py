"""STATUS, READY and RESTARTS of pods, case by case."""

from typing import Any

import pytest

from minikube_py.kits import clock
from minikube_py.printers import tables

NOW = clock.parse_rfc3339("2026-01-01T01:00:00Z")


def pod(status: dict[str, Any], spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "a"}, {"name": "b"}]} | (spec or {})
    return {"metadata": {"name": "p", "creationTimestamp": "2026-01-01T00:00:00Z", **metadata}, "spec": spec, "status": status}


def row(*args: Any, **metadata: Any) -> list[Any]:
    return tables.find("", "pods").cells(pod(*args, **metadata), NOW)


RUNNING = {"ready": True, "state": {"running": {}}}
ENDED = {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}
CRASHED = {
    "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-01-01T00:54:30Z"}},
}  # fmt: skip
WITH_INIT = {"initContainers": [{"name": "i"}, {"name": "j"}]}
SIDECAR = {"initContainers": [{"name": "s", "restartPolicy": "Always"}]}
TRUE_READY = {"type": "Ready", "status": "True"}


def init(**first: Any) -> dict[str, Any]:
    waiting = {"name": "a", "state": {"waiting": {"reason": "PodInitializing"}}}
    return {"phase": "Pending", "initContainerStatuses": [{"name": "i", **first}], "containerStatuses": [waiting]}


@pytest.mark.parametrize(
    ("status", "spec", "ready", "text", "restarts"),
    [
        ({"phase": "Pending"}, {}, "0/2", "Pending", "0"),
        ({"phase": "Running", "containerStatuses": [RUNNING, RUNNING]}, {}, "2/2", "Running", "0"),
        ({"phase": "Running", "containerStatuses": [CRASHED, RUNNING]}, {}, "1/2", "CrashLoopBackOff", "3 (5m30s ago)"),
        ({"phase": "Succeeded", "containerStatuses": [ENDED, ENDED]}, {}, "0/2", "Completed", "0"),
        ({"phase": "Running", "containerStatuses": [ENDED, RUNNING]}, {}, "1/2", "NotReady", "0"),
        ({"phase": "Running", "containerStatuses": [ENDED, RUNNING], "conditions": [TRUE_READY]}, {}, "1/2", "Running", "0"),
        ({"phase": "Failed", "reason": "Evicted"}, {}, "0/2", "Evicted", "0"),
        ({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 2}}}]}, {}, "0/2", "ExitCode:2", "0"),
        ({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"signal": 9}}}]}, {}, "0/2", "Signal:9", "0"),
        (
            {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]},
            {}, "0/2", "SchedulingGated", "0",
        ),
        (init(state={"running": {}}), WITH_INIT, "0/2", "Init:0/2", "0"),
        (init(state={"waiting": {"reason": "PodInitializing"}}), WITH_INIT, "0/2", "Init:0/2", "0"),
        (init(state={"waiting": {"reason": "CrashLoopBackOff"}}, restartCount=2), WITH_INIT, "0/2", "Init:CrashLoopBackOff", "2"),
        (init(state={"terminated": {"exitCode": 1, "reason": "Error"}}), WITH_INIT, "0/2", "Init:Error", "0"),
        (init(state={"terminated": {"exitCode": 3}}), WITH_INIT, "0/2", "Init:ExitCode:3", "0"),
        (init(state={"terminated": {"exitCode": 137, "signal": 9}}), WITH_INIT, "0/2", "Init:Signal:9", "0"),
        (init(state={"terminated": {"exitCode": 0}}, restartCount=4), WITH_INIT, "0/2", "PodInitializing", "0"),
        (
            {"phase": "Running", "containerStatuses": [RUNNING, RUNNING],
             "initContainerStatuses": [{"name": "s", "started": True, "ready": True, "restartCount": 1, "state": {"running": {}}}]},
            SIDECAR, "3/3", "Running", "1",
        ),
    ],
)  # fmt: skip
def test_status(status: dict[str, Any], spec: dict[str, Any], ready: str, text: str, restarts: str) -> None:
    assert row(status, spec)[1:5] == [ready, text, restarts, "60m"]


def test_deleted_pods_terminate_unless_they_have_ended() -> None:
    gone = "2026-01-01T00:59:00Z"
    assert row({"phase": "Running"}, deletionTimestamp=gone)[2] == "Terminating"
    assert row({"phase": "Succeeded", "containerStatuses": [ENDED]}, deletionTimestamp=gone)[2] == "Completed"
    assert row({"phase": "Running", "reason": "NodeLost"}, deletionTimestamp=gone)[2] == "Unknown"


def test_wide_cells() -> None:
    assert row({"phase": "Pending"})[5:] == ["<none>", "<none>", "<none>", "<none>"]
    status = {"podIPs": [{"ip": "10.244.0.3"}], "nominatedNodeName": "n2", "conditions": [{"type": "g/1", "status": "True"}]}
    gates = {"nodeName": "n1", "readinessGates": [{"conditionType": "g/1"}, {"conditionType": "g/2"}]}
    assert row(status, gates)[5:] == ["10.244.0.3", "n1", "n2", "1/2"]
