# ruff: noqa: E501 - messages stand on one line, so that they can be searched for
from typing import Any

import pytest

from minikube_py.machinery.errors import BadRequest
from minikube_py.registry.strategy import Strategy
from tests.registry import podhelp, support

TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}
SPEC = {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}
SELECTOR = 'v1.LabelSelector{MatchLabels:map[string]string{"app":"web"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}'
MISMATCH = 'spec.template.metadata.labels: Invalid value: map[string]string{"app":"web"}: `selector` does not match template `labels`'
ALWAYS = 'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'


def workload(kind: str, **spec: Any) -> dict[str, Any]:
    return podhelp.copy({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": {**SPEC, **spec}})


DEPLOYMENTS, REPLICA_SETS, DAEMON_SETS, STATEFUL_SETS = (
    podhelp.strategy("apps", plural) for plural in ("deployments", "replicasets", "daemonsets", "statefulsets")
)
DEPLOYMENT, REPLICA_SET, DAEMON_SET, STATEFUL_SET = (workload(kind) for kind in ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"))
ALL = [(DEPLOYMENTS, DEPLOYMENT), (REPLICA_SETS, REPLICA_SET), (DAEMON_SETS, DAEMON_SET), (STATEFUL_SETS, STATEFUL_SET)]


def defaults(strategy: Strategy, obj: dict[str, Any]) -> dict[str, Any]:
    spec = podhelp.created(strategy, obj)["spec"]
    return {field: value for field, value in spec.items() if field not in SPEC}


def test_defaults() -> None:
    assert defaults(DEPLOYMENTS, DEPLOYMENT) == {
        "replicas": 1,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
    }
    assert defaults(REPLICA_SETS, REPLICA_SET) == {"replicas": 1}
    assert defaults(DAEMON_SETS, DAEMON_SET) == {
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
        "revisionHistoryLimit": 10,
    }
    assert defaults(STATEFUL_SETS, STATEFUL_SET) == {
        "podManagementPolicy": "OrderedReady",
        "serviceName": "",
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "replicas": 1,
        "revisionHistoryLimit": 10,
    }


def test_a_stateful_set_has_no_field_of_a_feature_that_is_off() -> None:
    made = podhelp.created(STATEFUL_SETS, workload("StatefulSet", updateStrategy={"rollingUpdate": {"maxUnavailable": "200%"}}))
    assert made["spec"]["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}


def test_templates_get_no_defaults_that_only_pods_have() -> None:
    template = podhelp.created(DEPLOYMENTS, DEPLOYMENT)["spec"]["template"]
    assert template["metadata"] == {"labels": {"app": "web"}, "creationTimestamp": None}
    assert "enableServiceLinks" not in template["spec"]


def test_claim_templates_are_claims() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}}}
    (made,) = podhelp.created(STATEFUL_SETS, workload("StatefulSet", volumeClaimTemplates=[claim]))["spec"]["volumeClaimTemplates"]
    assert made == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "creationTimestamp": None},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "volumeMode": "Filesystem"},
        "status": {"phase": "Pending"},
    }


@pytest.mark.parametrize(("strategy", "obj"), ALL)
def test_good_ones_pass(strategy: Strategy, obj: dict[str, Any]) -> None:
    assert podhelp.errors(strategy, obj) == []
    assert strategy.warnings(podhelp.created(strategy, obj), None) == []


@pytest.mark.parametrize(("strategy", "obj"), ALL)
def test_selector_and_restart_policy(strategy: Strategy, obj: dict[str, Any]) -> None:
    assert podhelp.errors(strategy, podhelp.patched(obj, {"spec.selector": {"matchLabels": {"app": "other"}}})) == [MISMATCH]
    assert podhelp.errors(strategy, podhelp.patched(obj, {"spec.template.spec.restartPolicy": "Never"})) == [ALWAYS]


@pytest.mark.parametrize(("strategy", "obj"), [ALL[0], ALL[1], ALL[3]])
def test_selector_is_required(strategy: Strategy, obj: dict[str, Any]) -> None:
    # A nil selector matches nothing, which is reported too.
    assert podhelp.errors(strategy, podhelp.patched(obj, {"spec.selector": None})) == ["spec.selector: Required value", MISMATCH]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"spec.replicas": -1}, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
        ({"spec.selector": {}}, ["spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment"]),
        ({"spec.template.spec.containers": []}, ["spec.template.spec.containers: Required value"]),
        ({"spec.template.spec.activeDeadlineSeconds": 5}, ["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"]),
        ({"spec.strategy": {"type": "Recreate", "rollingUpdate": {}}}, ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]),
        ({"spec.strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}, ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:""}: may not be 0 when `maxSurge` is 0']),
        ({"spec.strategy": {"type": "Foo"}}, ['spec.strategy: Unsupported value: apps.DeploymentStrategy{Type:"Foo", RollingUpdate:(*apps.RollingUpdateDeployment)(nil)}: supported values: "Recreate", "RollingUpdate"']),
        ({"spec.strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}}, ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"101%"}: must not be greater than 100%']),
        ({"spec.strategy": {"rollingUpdate": {"maxSurge": "x"}}}, ["spec.strategy.rollingUpdate.maxSurge: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:\"x\"}: a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"]),
        ({"spec.minReadySeconds": 600}, ["spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"]),
        ({"spec.template.spec.containers.0.image": ""}, ["spec.template.spec.containers[0].image: Required value"]),
    ],
)  # fmt: skip
def test_deployments(changes: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(DEPLOYMENTS, podhelp.patched(DEPLOYMENT, changes)) == expected


@pytest.mark.parametrize(("strategy", "obj"), ALL[:3])
def test_selectors_are_immutable(strategy: Strategy, obj: dict[str, Any]) -> None:
    changes = {"spec.selector.matchLabels": {"app": "b"}, "spec.template.metadata.labels": {"app": "b"}}
    assert podhelp.update_errors(strategy, obj, changes) == [f"spec.selector: Invalid value: {SELECTOR.replace('web', 'b')}: field is immutable"]


def test_stateful_sets_change_little() -> None:
    allowed = {"spec.replicas": 2, "spec.minReadySeconds": 1, "spec.revisionHistoryLimit": 3, "spec.template.spec.containers.0.image": "b"}
    assert podhelp.update_errors(STATEFUL_SETS, STATEFUL_SET, allowed) == []
    assert podhelp.update_errors(STATEFUL_SETS, STATEFUL_SET, {"spec.serviceName": "x"}) == [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"metadata.name": "a.b"}, ['metadata.name: Invalid value: "a.b": must not contain dots']),
        ({"spec.podManagementPolicy": "X"}, ["spec.podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'"]),
        ({"spec.updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}}, ["spec.updateStrategy.rollingUpdate: Invalid value: apps.RollingUpdateStatefulSetStrategy{Partition:1}: only allowed for updateStrategy 'RollingUpdate'"]),
        ({"spec.persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Keep"}}, ['spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": supported values: "Retain", "Delete"']),
        ({"spec.ordinals": {"start": -1}}, ["spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0"]),
    ],
)  # fmt: skip
def test_stateful_sets(changes: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(STATEFUL_SETS, podhelp.patched(STATEFUL_SET, changes)) == expected


@pytest.mark.parametrize(
    ("rolling", "expected"),
    [
        ({"maxSurge": 1}, ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: intstr.IntOrString{Type:0, IntVal:1, StrVal:""}: may not be set when maxUnavailable is non-zero']),
        ({"maxUnavailable": 0}, ["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"]),
        ({"maxUnavailable": 0, "maxSurge": "10%"}, []),
    ],
)  # fmt: skip
def test_daemon_sets(rolling: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.errors(DAEMON_SETS, podhelp.patched(DAEMON_SET, {"spec.updateStrategy": {"rollingUpdate": rolling}})) == expected


def test_daemon_sets_count_their_templates() -> None:
    old = podhelp.created(DAEMON_SETS, DAEMON_SET)
    key = "deprecated.daemonset.template.generation"
    assert old["metadata"]["annotations"] == {key: "1"}
    new = podhelp.patched(old, {"spec.template.spec.containers.0.image": "b", "metadata.annotations": {}})
    DAEMON_SETS.prepare_update(new, old, podhelp.CONTEXT)
    assert (new["metadata"]["annotations"], new["metadata"]["generation"]) == ({key: "2"}, 2)


def test_generations_of_deployments_count_annotations_too() -> None:
    old = podhelp.created(DEPLOYMENTS, DEPLOYMENT)
    for changes, generation in (({"metadata.labels": {"a": "b"}}, 1), ({"metadata.annotations": {"a": "b"}}, 2), ({"spec.replicas": 2}, 2)):
        new = podhelp.patched(old, changes)
        DEPLOYMENTS.prepare_update(new, old, podhelp.CONTEXT)
        assert new["metadata"]["generation"] == generation


def test_status_counts() -> None:
    old = podhelp.created(DEPLOYMENTS, DEPLOYMENT)
    old["metadata"]["resourceVersion"] = "1"
    new = podhelp.patched(old, {"status": {"replicas": 1, "readyReplicas": 2, "availableReplicas": 3, "unavailableReplicas": -1}})
    DEPLOYMENTS.prepare_subresource("status", new, old, podhelp.CONTEXT)
    assert [str(error) for error in DEPLOYMENTS.validate_subresource("status", new, old)] == [
        "status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0",
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
        "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
    ]


def test_fields_and_warnings() -> None:
    made = podhelp.created(REPLICA_SETS, REPLICA_SET)
    assert (made["status"], REPLICA_SETS.fields(made)) == ({"replicas": 0}, {"status.replicas": "0"})
    dotted = podhelp.created(DEPLOYMENTS, podhelp.patched(DEPLOYMENT, {"metadata.name": "a.b"}))
    assert DEPLOYMENTS.warnings(dotted, None) == [
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]"
    ]
    old = podhelp.patched(DEPLOYMENT, {"spec.template.spec.nodeSelector": {"beta.kubernetes.io/os": "linux"}})
    assert DEPLOYMENTS.warnings(old, DEPLOYMENT) == [
        'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'
    ]
    assert DEPLOYMENTS.warnings(old, old) == []


def test_replication_controllers() -> None:
    strategy = podhelp.strategy("", "replicationcontrollers")
    obj = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "web"}, "spec": {"template": TEMPLATE}}
    made = podhelp.created(strategy, obj)
    assert (made["spec"]["selector"], made["metadata"]["labels"], made["spec"]["replicas"]) == ({"app": "web"}, {"app": "web"}, 1)
    assert podhelp.errors(strategy, obj) == []
    assert podhelp.errors(strategy, podhelp.patched(obj, {"spec": {}})) == ["spec.selector: Required value", "spec.template: Required value"]
    assert podhelp.errors(strategy, podhelp.patched(obj, {"spec.selector": {"a": "b"}})) == [MISMATCH]


def test_pod_templates() -> None:
    strategy = podhelp.strategy("", "podtemplates")
    obj = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "web"}, "template": TEMPLATE}
    assert podhelp.errors(strategy, obj) == []
    assert podhelp.errors(strategy, podhelp.patched(obj, {"template.spec.containers": []})) == ["template.spec.containers: Required value"]
    assert podhelp.update_errors(strategy, obj, {"template.spec.containers": []}) == ["template.spec.containers: Required value"]
    assert podhelp.update_errors(strategy, obj, {"metadata.name": "other"}) == ['metadata.name: Invalid value: "other": field is immutable']


def test_pod_templates_count_generations_and_warn_of_what_is_new() -> None:
    strategy = podhelp.strategy("", "podtemplates")
    old = podhelp.created(strategy, {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "web"}, "template": TEMPLATE})
    assert old["metadata"]["generation"] == 1
    changed = podhelp.patched(old, {"template.spec.hostname": "a", "template.spec.nodeSelector": {"beta.kubernetes.io/os": "linux"}})
    for new, generation in ((podhelp.patched(old, {"metadata.labels": {"a": "b"}}), 1), (podhelp.patched(changed, {}), 2)):
        strategy.prepare_update(new, old, support.context())
        assert new["metadata"]["generation"] == generation
    warned = ['template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead']
    assert strategy.warnings(changed, None) == strategy.warnings(changed, old) == warned
    assert strategy.warnings(changed, changed) == []


def test_controller_revisions() -> None:
    strategy = podhelp.strategy("apps", "controllerrevisions")
    obj = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "web-1"}, "data": {"a": 1}, "revision": 1}
    assert podhelp.errors(strategy, obj) == []
    assert podhelp.errors(strategy, podhelp.patched(obj, {"data": None, "revision": -1})) == [
        "revision: Invalid value: -1: must be greater than or equal to 0",
        "data: Required value: data is mandatory",
    ]
    assert podhelp.errors(strategy, podhelp.patched(obj, {"data": [1]})) == ["data: Required value: data must be a valid JSON object"]
    shown = "runtime.RawExtension{Raw:[]uint8{0x7b, 0x22, 0x61, 0x22, 0x3a, 0x32, 0x7d}, Object:runtime.Object(nil)}"
    assert podhelp.update_errors(strategy, obj, {"data.a": 2}) == [f"data: Invalid value: {shown}: field is immutable"]
    shown = "runtime.RawExtension{Raw:[]uint8{}, Object:runtime.Object(nil)}"
    assert podhelp.update_errors(strategy, obj, {"data": None}) == [f"data: Invalid value: {shown}: field is immutable"]


def test_terminating_replicas_are_not_told_yet() -> None:
    old = podhelp.created(DEPLOYMENTS, DEPLOYMENT)
    new = podhelp.patched(old, {"status": {"replicas": 1, "terminatingReplicas": -1}})
    DEPLOYMENTS.prepare_subresource("status", new, old, podhelp.CONTEXT)
    assert new["status"] == {"replicas": 1}


def test_service_names_are_checked_when_they_are_new() -> None:
    bad = workload("StatefulSet", serviceName="10.0.0.1")
    assert podhelp.errors(STATEFUL_SETS, bad) == ['spec.serviceName: Invalid value: "10.0.0.1": must not contain dots']
    assert podhelp.update_errors(STATEFUL_SETS, bad, {"spec.replicas": 2}) == []


def test_claims_of_a_stateful_set_are_claims() -> None:
    claim = {"apiVersion": "v2", "kind": "Claim", "metadata": {"name": "a"}, "spec": {"resources": {"requests": {"storage": "1500m"}}}}
    made = podhelp.created(STATEFUL_SETS, workload("StatefulSet", ordinals={}, volumeClaimTemplates=[claim]))
    (found,) = made["spec"]["volumeClaimTemplates"]
    assert (found["apiVersion"], found["kind"], made["spec"]["ordinals"]) == ("v1", "PersistentVolumeClaim", {"start": 0})
    text = 'resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'
    assert STATEFUL_SETS.warnings(made, None) == [f"spec.volumeClaimTemplates[0].{text}"]
    assert STATEFUL_SETS.warnings(made, made) == [f"spec.volumeClaimTemplates[0].Spec.{text}"]


def test_a_daemon_set_counts_its_templates_in_numbers() -> None:
    bad = podhelp.patched(DAEMON_SET, {"metadata.annotations": {"deprecated.daemonset.template.generation": "x"}})
    with pytest.raises(BadRequest, match='DaemonSet in version "v1" cannot be handled as a DaemonSet: strconv.ParseInt: parsing "x": invalid syntax'):
        podhelp.created(DAEMON_SETS, bad)


def test_both_amounts_of_a_rolling_update_are_written() -> None:
    made = podhelp.created(DAEMON_SETS, workload("DaemonSet", updateStrategy={"type": "OnDelete", "rollingUpdate": {}}))
    assert made["spec"]["updateStrategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 0}


@pytest.mark.parametrize(("new", "expected"), [({}, [0]), ({"collisionCount": 0}, [0]), ({"collisionCount": 1}, [])])
def test_collisions_are_only_counted_up(new: dict[str, Any], expected: list[int]) -> None:
    old = podhelp.created(DEPLOYMENTS, DEPLOYMENT) | {"status": {"collisionCount": 1}}
    old["metadata"]["resourceVersion"] = "1"
    found = DEPLOYMENTS.validate_subresource("status", old | {"status": new}, old)
    assert [str(error) for error in found] == [f"status.collisionCount: Invalid value: {number}: cannot be decremented" for number in expected]
    assert DEPLOYMENTS.validate_subresource("status", old | {"status": {"collisionCount": -1}}, old | {"status": {}})[1:] == []
