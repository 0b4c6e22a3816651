# ruff: noqa: E101, E501 - messages stand on one line, so that they can be searched for, and diffs are indented as Go does
from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.registry.core import pods
from tests.registry import podhelp
from tests.registry.test_podspec import NAME_PART

PODS = podhelp.strategy("", "pods")
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "default", "uid": "u1"},
    "spec": {"nodeName": "n1", "containers": [{"name": "web", "image": "nginx"}], "tolerations": [{"key": "a", "operator": "Exists"}]},
}
CHANGEABLE = (
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata.labels": {"a": "b"}},
        {"spec.containers.0.image": "nginx:2"},
        {"spec.activeDeadlineSeconds": 5},
        {"spec.tolerations": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}]},
    ],
)
def test_allowed(changes: dict[str, Any]) -> None:
    assert podhelp.update_errors(PODS, POD, changes) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"spec.containers": [{"name": "web", "image": "nginx"}, {"name": "b", "image": "c"}]}, ["spec.containers: Forbidden: pod updates may not add or remove containers"]),
        ({"spec.tolerations": []}, ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"]),
        ({"spec.schedulingGates": [{"name": "a"}]}, ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'"]),
        ({"metadata.name": "other"}, ['metadata.name: Invalid value: "other": field is immutable']),
    ],
)  # fmt: skip
def test_forbidden(changes: dict[str, Any], expected: list[str]) -> None:
    assert podhelp.update_errors(PODS, POD, changes) == expected


def test_a_deadline_only_gets_shorter() -> None:
    pod = podhelp.patched(POD, {"spec.activeDeadlineSeconds": 5})
    assert podhelp.update_errors(PODS, pod, {"spec.activeDeadlineSeconds": 4}) == []
    assert podhelp.update_errors(PODS, pod, {"spec.activeDeadlineSeconds": 6}) == [
        "spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value"
    ]
    assert podhelp.update_errors(PODS, pod, {"spec.activeDeadlineSeconds": None}) == [
        'spec.activeDeadlineSeconds: Invalid value: "null": must not update from a positive integer to nil value'
    ]


def test_other_changes_are_shown() -> None:
    assert podhelp.update_errors(PODS, POD, {"spec.nodeName": "n2", "spec.containers.0.workingDir": "/x"}) == [
        CHANGEABLE
        + """
  core.PodSpec{
  	Volumes:        nil,
  	InitContainers: nil,
  	Containers: []core.Container{
  		{
  			... // 2 identical fields
  			Command:    nil,
  			Args:       nil,
- 			WorkingDir: "",
+ 			WorkingDir: "/x",
  			Ports:      nil,
  			EnvFrom:    nil,
  			... // 17 identical fields
  		},
  	},
  	EphemeralContainers: nil,
  	RestartPolicy:       "Always",
  	... // 4 identical fields
  	ServiceAccountName:           "",
  	AutomountServiceAccountToken: nil,
- 	NodeName:                     "n1",
+ 	NodeName:                     "n2",
  	SecurityContext:              &{},
  	ImagePullSecrets:             nil,
  	... // 20 identical fields
  }
"""
    ]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"spec.restartPolicy": "Never"}, [
            '  	Containers:                    {{Name: "web", Image: "nginx", TerminationMessagePath: "/dev/termination-log", TerminationMessagePolicy: "File", ...}},',
            "  	EphemeralContainers:           nil,",
            '- 	RestartPolicy:                 "Always",',
            '+ 	RestartPolicy:                 "Never",',
            "  	TerminationGracePeriodSeconds: &30,",
        ]),
        ({"spec.hostNetwork": True}, [
            "  	SecurityContext: &core.PodSecurityContext{",
            "- 		HostNetwork: false,",
            "+ 		HostNetwork: true,",
            "  		HostPID:     false,",
        ]),
        ({"spec.containers.0.resources": {"requests": {"cpu": "1500m"}}}, [
            "  			Resources: core.ResourceRequirements{",
            "  				Limits:   nil,",
            "- 				Requests: nil,",
            '+ 				Requests: core.ResourceList{s"cpu": {i: resource.int64Amount{value: 1500, scale: -3}, s: "1500m", Format: "DecimalSI"}},',
            "  				Claims:   nil,",
        ]),
        ({"spec.nodeSelector": {"a": "b"}, "spec.containers.0.env": [{"name": "A", "value": "b"}]}, [
            '+ 			Env:          []core.EnvVar{{Name: "A", Value: "b"}},',
            "  			Resources:    {},",
        ]),
    ],
)  # fmt: skip
def test_changes_are_shown_as_go_cmp_does(changes: dict[str, Any], lines: list[str]) -> None:
    (found,) = podhelp.update_errors(PODS, POD, changes)
    assert "\n".join(lines) in found


def test_gated_pods_may_be_narrowed() -> None:
    pod = podhelp.patched(POD, {"spec.schedulingGates": [{"name": "a"}], "spec.nodeSelector": {"x": "1"}, "spec.nodeName": None})
    assert podhelp.update_errors(PODS, pod, {"spec.nodeSelector": {"x": "1", "y": "2"}}) == []
    assert podhelp.update_errors(PODS, pod, {"spec.nodeSelector": {"y": "2"}}) == [
        'spec.nodeSelector: Invalid value: map[string]string{"y":"2"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)'
    ]
    assert podhelp.update_errors(PODS, pod, {"spec.schedulingGates": []}) == []


def updated(subresource: str, changes: dict[str, Any], pod: dict[str, Any] = POD) -> tuple[dict[str, Any], list[str]]:
    old = podhelp.created(PODS, pod)
    old["metadata"]["resourceVersion"] = "1"
    new = podhelp.patched(old, changes)
    PODS.default(new)
    PODS.prepare_subresource(subresource, new, old, podhelp.CONTEXT)
    return new, [str(error) for error in PODS.validate_subresource(subresource, new, old)]


def test_status_keeps_the_spec_and_the_class_of_quality() -> None:
    new, found = updated("status", {"spec.nodeName": "n2", "status": {"phase": "Running"}, "metadata.labels": {"a": "b"}})
    assert (new["spec"]["nodeName"], new["status"], new["metadata"]["labels"]) == ("n1", {"phase": "Running", "qosClass": "BestEffort"}, {"a": "b"})
    assert found == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"podIP": "10.0.0.1"}, ("10.0.0.1", [{"ip": "10.0.0.1"}])),
        ({"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.2"}, {"ip": "fd00::2"}]}, ("10.0.0.1", [{"ip": "10.0.0.1"}])),
        ({"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}, ("10.0.0.1", [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}])),
        ({"podIPs": [{"ip": "10.0.0.2"}]}, ("10.0.0.2", [{"ip": "10.0.0.2"}])),
    ],
)
def test_one_address_and_all_addresses_agree(given: dict[str, Any], kept: tuple[str, list[dict[str, str]]]) -> None:
    new, found = updated("status", {"status": given})
    assert (new["status"]["podIP"], new["status"]["podIPs"], found) == (*kept, [])


def test_status_refuses_what_cannot_be() -> None:
    _, found = updated("status", {"status": {"qosClass": "Guaranteed", "hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.2"}], "podIPs": [{"ip": "x"}]}})
    assert found == [
        'status.qosClass: Invalid value: "Guaranteed": field is immutable',
        'status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`',
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"conditions": [{"type": "Ready", "status": "True"}, {"type": "a.com/b", "status": "x"}]}, []),
        ({"conditions": [{"type": "-", "status": "True"}]}, [f'status.conditions[0].Type: Invalid value: "-": name part {NAME_PART}']),
        ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}, []),
        ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]},
         ['status.podIPs: Invalid value: []core.PodIP{core.PodIP{IP:"10.0.0.1"}, core.PodIP{IP:"10.0.0.2"}}: may specify no more than one IP for each IP family']),
        ({"hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.1"}, {"ip": "x"}]},
         ['status.hostIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
          "status.hostIPs: Internal error: failed to check for dual stack with error:invalid IP[1]: x",
          'status.hostIPs: Invalid value: []core.HostIP{core.HostIP{IP:"10.0.0.1"}, core.HostIP{IP:"x"}}: may specify no more than one IP for each IP family']),
    ],
)  # fmt: skip
def test_conditions_and_addresses(status: dict[str, Any], expected: list[str]) -> None:
    assert updated("status", {"status": status})[1] == expected


def test_what_gates_keep_off_is_dropped_from_the_status() -> None:
    containers = [{"name": "web", "allocatedResourcesStatus": [{"name": "cpu"}]}]
    condition = {"type": "Ready", "status": "True", "observedGeneration": 3}
    status = {"observedGeneration": 3, "resourceClaimStatuses": [{"name": "a"}], "conditions": [condition], "containerStatuses": containers}
    new, found = updated("status", {"status": status})
    assert found == []
    assert new["status"] == {"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "web"}], "qosClass": "BestEffort"}


def test_what_ended_stays_ended() -> None:
    old = podhelp.created(PODS, podhelp.patched(POD, {"spec.restartPolicy": "Never"}))
    old["metadata"]["resourceVersion"] = "1"
    old["status"]["containerStatuses"] = [{"name": "web", "state": {"terminated": {"exitCode": 1}}}]
    new = podhelp.patched(old, {"status.containerStatuses": [{"name": "web", "state": {"running": {}}}]})
    assert [str(error) for error in PODS.validate_subresource("status", new, old)] == [
        "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"
    ]


def test_ephemeral_containers_are_added_for_good() -> None:
    new, found = updated("ephemeralcontainers", {"spec.ephemeralContainers": [{"name": "e", "image": "b"}], "spec.nodeName": "n2"})
    assert (found, new["spec"]["nodeName"], new["metadata"]["generation"]) == ([], "n1", 2)
    pod = podhelp.patched(POD, {"spec.ephemeralContainers": [{"name": "e", "image": "b"}]})
    assert updated("ephemeralcontainers", {"spec.ephemeralContainers": []}, pod)[1] == [
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be removed\n'
    ]
    assert updated("ephemeralcontainers", {"spec.ephemeralContainers": [{"name": "e", "image": "b", "ports": [{"containerPort": 1}]}]})[1] == [
        "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container"
    ]


def test_pods_that_cannot_be_resized() -> None:
    def told(**changes: Any) -> list[str]:
        old = podhelp.created(PODS, podhelp.patched(POD, changes.pop("changes", {})))
        old["metadata"]["resourceVersion"] = "1"
        old["status"] |= changes
        return [str(error) for error in PODS.validate_subresource("resize", podhelp.patched(old, {}), old)]

    assert told() == []
    assert told(changes={"spec.os": {"name": "linux"}}) == []
    assert told(changes={"spec.os": {"name": "windows"}}) == ["[]: Forbidden: windows pods cannot be resized"]
    assert told(changes={"metadata.annotations": {"kubernetes.io/config.mirror": "x"}}) == ["[]: Forbidden: static pods cannot be resized"]
    assert told(qosClass="Guaranteed") == ['spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing']


def test_resize() -> None:
    pod = podhelp.patched(POD, {"spec.containers.0.resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2", "memory": "1Gi"}}})
    new, found = updated("resize", {"spec.containers.0.resources.requests.cpu": "1500m", "spec.containers.0.image": "x"}, pod)
    assert (found, new["spec"]["containers"][0]["image"]) == ([], "nginx")
    assert updated("resize", {"spec.containers.0.resources.limits.memory": "512Mi", "spec.containers.0.resources.requests.memory": "512Mi"}, pod)[1] == [
        "spec.containers[0].resources.limits[memory]: Forbidden: memory limits cannot be decreased unless resizePolicy is RestartContainer"
    ]
    assert updated("resize", {"spec.containers.0.resources": {}}, pod)[1] == [
        'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
        "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
        "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
    ]


R = "spec.containers.0.resources"
MUTABLE = "spec: Forbidden: only cpu and memory resources are mutable"


@pytest.mark.parametrize(
    ("before", "changes", "expected"),
    [
        ({}, {f"{R}.requests": {"cpu": "1"}}, ['spec: Invalid value: "BestEffort": Pod QOS Class may not change as a result of resizing']),
        ({f"{R}.limits": {"cpu": "0"}}, {f"{R}.limits": {"cpu": "0", "a.b/c": "1"}, f"{R}.requests": {"cpu": "0", "a.b/c": "1"}}, [MUTABLE]),
        # Where there were no requests at all, those of any resource may come.
        ({}, {f"{R}.limits": {"ephemeral-storage": "1"}, f"{R}.requests": {"ephemeral-storage": "1"}}, []),
        ({}, {"spec.containers": [{"name": "other", "image": "x"}]}, ["spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize"]),
        ({}, {"spec.initContainers": [{"name": "first", "image": "x"}]}, ["spec.initContainers: Forbidden: initContainers may not be added or removed on resize"]),
        ({"spec.initContainers": [{"name": "first", "image": "x"}]}, {"spec.initContainers.0.resources": {"requests": {"ephemeral-storage": "1"}}},
         ["spec: Forbidden: resources for non-sidecar init containers are immutable"]),
        ({"spec.initContainers": [{"name": "side", "image": "x", "restartPolicy": "Always", "resources": {"requests": {"ephemeral-storage": "1"}}}]},
         {"spec.initContainers.0.resources": {"requests": {"ephemeral-storage": "2"}}},
         ["spec: Forbidden: only cpu and memory resources for sidecar containers are mutable"]),
        ({f"{R}.requests": {"cpu": "1"}}, {"spec.containers.0.resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]}, [MUTABLE]),
    ],
)  # fmt: skip
def test_what_a_resize_may_not_change(before: dict[str, Any], changes: dict[str, Any], expected: list[str]) -> None:
    assert updated("resize", changes, podhelp.patched(POD, before))[1] == expected


@pytest.mark.parametrize(
    ("changes", "asked", "period"),
    [
        ({}, None, 30),
        ({}, 5, 5),
        ({}, 0, 0),
        ({"spec.terminationGracePeriodSeconds": -7}, None, 1),
        ({"spec.nodeName": None}, 60, 0),
        ({"status": {"phase": "Succeeded"}}, 60, 0),
    ],
)
def test_grace(changes: dict[str, Any], asked: int | None, period: int) -> None:
    pod = podhelp.patched(podhelp.created(PODS, POD), changes)
    assert PODS.grace_period(pod, asked) == period


def test_bind() -> None:
    pod = podhelp.created(PODS, podhelp.patched(POD, {"spec.nodeName": None}))
    binding = {"metadata": {"name": "web", "annotations": {"a": "b"}}, "target": {"kind": "Node", "name": "n1"}}
    pods.bind(pod, binding)
    assert (pod["spec"]["nodeName"], pod["metadata"]["annotations"]) == ("n1", {"a": "b"})
    with pytest.raises(errors.Conflict, match='pod web is already assigned to node "n1"'):
        pods.bind(pod, binding)
    with pytest.raises(errors.Invalid) as caught:
        pods.bind(pod, {"metadata": {}, "target": {"kind": "Pod"}})
    assert caught.value.message == (
        'Binding "web" is invalid: [target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]'
    )


def test_updates_keep_the_status_and_count() -> None:
    old = podhelp.created(PODS, POD)
    new = podhelp.patched(old, {"status": {"phase": "Failed"}, "spec.containers.0.image": "nginx:2"})
    PODS.prepare_update(new, old, podhelp.CONTEXT)
    assert (new["status"]["phase"], new["metadata"]["generation"]) == ("Pending", 2)


def test_a_deadline_is_a_number_of_32_bits() -> None:
    assert podhelp.update_errors(PODS, POD, {"spec.activeDeadlineSeconds": 2**31 - 1}) == []
    assert podhelp.update_errors(PODS, POD, {"spec.activeDeadlineSeconds": -1}) == [
        "spec.activeDeadlineSeconds: Invalid value: -1: must be between 1 and 2147483647, inclusive",
        "spec.activeDeadlineSeconds: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ]
