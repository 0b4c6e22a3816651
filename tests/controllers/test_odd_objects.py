"""Objects that are valid and yet lack what everybody writes: loops go on with them as Go does with its zeros."""

import json
from typing import Any

import pytest

from minikube_py import testing
from minikube_py.cluster import settle
from minikube_py.machinery import errors

JOB = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "web", "image": "nginx"}]}}}}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
VOLUME = {"capacity": {"storage": "2Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}}
SET = {
    "selector": {"matchLabels": {"app": "web"}},
    "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}},
}


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever fails within a loop that is no answer of the server."""
    found: list[str] = []

    def report(what: str, error: BaseException) -> None:
        if not isinstance(error, errors.StatusError):
            found.append(f"{what}: {error!r}")

    monkeypatch.setattr(settle, "_print_report", report)
    return found


def obj(api: str, kind: str, spec: dict[str, Any] | None = None) -> str:
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": {"name": "web"}, **({} if spec is None else {"spec": spec})})


@pytest.mark.parametrize(
    ("manifest", "status"),
    [
        (obj("policy/v1", "PodDisruptionBudget"), None),
        (obj("v1", "ResourceQuota"), None),
        (obj("v1", "LimitRange"), None),
        (obj("v1", "Node"), {"conditions": [{"type": "Ready"}]}),
        (obj("v1", "PersistentVolume", {**VOLUME, "claimRef": {"uid": "1"}}), None),
        (obj("v1", "PersistentVolume", {**VOLUME, "claimRef": {"uid": "1", "namespace": "default"}}), None),
        (obj("v1", "PersistentVolumeClaim", {**CLAIM, "volumeName": "example.com/disk"}), None),
        (obj("batch/v1", "CronJob", {"schedule": "* * * * *", "jobTemplate": JOB}), {"active": [{"name": "gone"}, {"uid": "1"}]}),
        (obj("batch/v1", "CronJob", {"schedule": "* * * * *", "concurrencyPolicy": "Replace", "jobTemplate": JOB}), {"active": [{}]}),
        (obj("apps/v1", "StatefulSet", {**SET, "volumeClaimTemplates": [{"spec": CLAIM}]}), None),
    ],
)
def test_no_loop_fails(failures: list[str], manifest: str, status: dict[str, Any] | None) -> None:
    clock = testing.FakeClock()
    cluster = testing.new_cluster(clock=clock)
    assert testing.run(cluster, "create -f -", stdin=manifest).code == 0
    if status is not None:
        patch = ["patch", json.loads(manifest)["kind"], "web", "--subresource=status", "--type=merge", "-p", json.dumps({"status": status})]
        assert testing.run(cluster, patch).code == 0
    clock.advance(90)
    assert testing.run(cluster, "get all,nodes,pv,pvc,pdb,quota,limits -o wide").err == ""
    assert failures == []
    cluster.close()


@pytest.mark.parametrize(
    ("api", "kind", "expected"),
    [
        ("policy/v1", "PodDisruptionBudget", {"spec": {}}),
        ("v1", "ResourceQuota", {"spec": {}, "status": {}}),
        ("v1", "LimitRange", {"spec": {"limits": None}}),
        ("v1", "Node", {"spec": {}}),
    ],
)
def test_what_go_always_writes_is_there(kctl: testing.Kctl, api: str, kind: str, expected: dict[str, Any]) -> None:
    for text in (obj(api, kind), json.dumps({**json.loads(obj(api, kind)), "spec": None})):
        found = json.loads(kctl("create -o json -f -", text))
        assert {field: found.get(field) for field in expected} == expected
        kctl(f"delete {kind} web")


def test_a_volume_without_a_name_is_refused_where_pods_are(kctl: testing.Kctl) -> None:
    pod = {"containers": [{"name": "web", "image": "nginx"}], "volumes": [{"emptyDir": {}}]}
    refused = kctl.result("create -f -", obj("v1", "Pod", pod))
    assert (refused.code, refused.err) == (1, 'The Pod "web" is invalid: spec.volumes[0].name: Required value\n')
    template = {**SET, "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod}}
    kctl("create -f -", obj("apps/v1", "StatefulSet", template))
    assert 'create Pod web-0 in StatefulSet web failed error: Pod "web-0" is invalid: spec.volumes[0].name: Required value' in kctl("describe sts web")


def test_counts_below_nothing_are_refused_in_words(kctl: testing.Kctl) -> None:
    kctl("create -f -", obj("apps/v1", "StatefulSet", SET))
    refused = kctl.result(["patch", "sts", "web", "--subresource=status", "--type=merge", "-p", '{"status": {"replicas": -1, "readyReplicas": null}}'])
    assert refused.code == 1
    assert "* status.replicas: Invalid value: -1: must be greater than or equal to 0\n" in refused.err
    assert "* status.readyReplicas: Invalid value: 0: cannot be greater than status.replicas\n" in refused.err
