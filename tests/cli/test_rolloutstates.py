"""What `rollout status` says of workloads, case by case."""

from typing import Any

import pytest

from minikube_py.cli import rolloutstates
from minikube_py.machinery import errors


def workload(kind: str, spec: dict[str, Any], generation: int = 1, revision: str | None = None, **status: Any) -> dict[str, Any]:
    annotations = {} if revision is None else {"deployment.kubernetes.io/revision": revision}
    metadata = {"name": "web", "generation": generation, "annotations": annotations}
    return {"kind": kind, "metadata": metadata, "spec": spec, "status": {"observedGeneration": 1, **status}}


def test_a_revision_counts_only_where_one_is_asked_for() -> None:
    odd = workload("Deployment", {"replicas": 1}, revision="x", updatedReplicas=1, replicas=1, availableReplicas=1)
    assert rolloutstates.of(odd, 0) == ('deployment "web" successfully rolled out\n', True)
    with pytest.raises(errors.KctlError) as caught:
        rolloutstates.of(odd, 2)
    assert str(caught.value) == 'cannot get the revision of deployment "web": strconv.ParseInt: parsing "x": invalid syntax'
    with pytest.raises(errors.KctlError) as caught:
        rolloutstates.of(workload("Deployment", {}), 2)
    assert str(caught.value) == "desired revision (2) is different from the running revision (0)"
    assert rolloutstates.of(workload("Deployment", {}, revision="2"), 2)[1]


@pytest.mark.parametrize(
    ("partition", "status", "text", "over"),
    [
        (None, {}, "Waiting for 3 pods to be ready...\n", False),
        (None, {"readyReplicas": 3, "updatedReplicas": 1}, "partitioned roll out complete: 1 new pods have been updated...\n", True),
        (1, {"readyReplicas": 3}, "Waiting for partitioned roll out to finish: 0 out of 2 new pods have been updated...\n", False),
        (3, {"readyReplicas": 3}, "partitioned roll out complete: 0 new pods have been updated...\n", True),
    ],
)
def test_partitions(partition: int | None, status: dict[str, Any], text: str, over: bool) -> None:
    rolling = {} if partition is None else {"partition": partition}
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
    assert rolloutstates.of(workload("StatefulSet", {"replicas": 3, "updateStrategy": strategy}, **status), 0) == (text, over)


def test_a_rollout_without_partition_is_over_with_the_revision() -> None:
    spec = {"replicas": 1, "updateStrategy": {"type": "RollingUpdate"}}
    seen = {"readyReplicas": 1, "updatedReplicas": 1, "currentReplicas": 1, "currentRevision": "a"}
    waiting = "waiting for statefulset rolling update to complete 1 pods at revision b...\n"
    assert rolloutstates.of(workload("StatefulSet", spec, **seen, updateRevision="b"), 0) == (waiting, False)
    done = "statefulset rolling update complete 1 pods at revision a...\n"
    assert rolloutstates.of(workload("StatefulSet", spec, **seen, updateRevision="a"), 0) == (done, True)
    with pytest.raises(errors.KctlError, match="rollout status is only available for RollingUpdate strategy type"):
        rolloutstates.of(workload("DaemonSet", {"updateStrategy": {"type": "OnDelete"}}), 0)
