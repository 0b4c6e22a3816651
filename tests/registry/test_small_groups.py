"""Kinds that are alone in their groups: budgets, priorities, leases, slices, API services, flow control, runtimes, certificates."""

import base64
from typing import Any

import pytest

from minikube_py import registry
from minikube_py.machinery import meta
from tests.registry import support

LEVELS: list[tuple[dict[str, Any], list[str]]] = [
    ({"spec": {}}, ['spec.type: Unsupported value: "": supported values: "Exempt", "Limited"']),
    ({"spec": {"type": "Exempt"}}, ["spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'"]),
    ({"metadata": {"name": "exempt"}, "spec": {"type": "Exempt"}}, []),
    ({"metadata": {"name": "exempt"}, "spec": {"type": "Exempt", "limited": {}, "exempt": {"nominalConcurrencyShares": -1, "lendablePercent": 101}}},
     ["spec.limited: Forbidden: must be nil if the type is not Limited",
      "spec.exempt.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
      "spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive"]),
    ({"spec": {"type": "Limited", "exempt": {}}},
     ["spec.exempt: Forbidden: must be nil if the type is Limited", "spec.limited: Required value: must not be empty when type is Limited"]),
    ({"spec": {"type": "Limited", "limited": {"borrowingLimitPercent": -1, "limitResponse": {"type": "Reject", "queuing": {}}}}},
     ["spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited",
      "spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer"]),
    ({"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue"}}}},
     ["spec.limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited"]),
    ({"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Drop"}}}},
     ['spec.limited.limitResponse.type: Unsupported value: "Drop": supported values: "Queue", "Reject"']),
    ({"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {"queues": 10_000_001, "handSize": -1, "queueLengthLimit": -1}}}}},
     ["spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive",
      "spec.limited.limitResponse.queuing.queues: Invalid value: 10000001: must not be greater than 10000000",
      "spec.limited.limitResponse.queuing.handSize: Invalid value: -1: must be positive"]),
    ({"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {"queues": 512, "handSize": 7}}}}},
     ["spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 512 and handSize 7 should not be greater than 60"]),
    ({"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {"queues": 512, "handSize": 6}}}}}, []),
]  # fmt: skip
CASES: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("policy", "poddisruptionbudgets", {"spec": {"minAvailable": "50%", "selector": {"matchLabels": {"a": "b"}}}}, []),
    ("policy", "poddisruptionbudgets", {"spec": {"minAvailable": "101%"}},
     ['spec.minAvailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"101%"}: must not be greater than 100%']),
    ("policy", "poddisruptionbudgets", {"spec": {"maxUnavailable": -1}}, ["spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0"]),
    ("scheduling.k8s.io", "priorityclasses", {"value": 1000000001},
     ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"]),
    ("scheduling.k8s.io", "priorityclasses", {"metadata": {"name": "system-node-critical"}, "value": 2000001000}, []),
    ("scheduling.k8s.io", "priorityclasses", {"metadata": {"name": "system-node-critical"}, "value": 1},
     ["metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: "
      "value of system-node-critical PriorityClass must be 2000001000"]),
    ("scheduling.k8s.io", "priorityclasses", {"metadata": {"name": "system-node-critical"}, "value": 2000001000, "globalDefault": True},
     ["metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: "
      "globalDefault of system-node-critical PriorityClass must be false"]),
    ("scheduling.k8s.io", "priorityclasses", {"metadata": {"name": "system-mine"}, "value": 1},
     ["metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: "
      "system-mine is not a known system priority class"]),
    ("scheduling.k8s.io", "priorityclasses", {"value": 1, "preemptionPolicy": "Never"}, []),
    ("coordination.k8s.io", "leases", {"spec": {"leaseDurationSeconds": 0, "leaseTransitions": -1, "preferredHolder": "x"}},  # which is dropped
     ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
      "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"]),
    ("discovery.k8s.io", "endpointslices", {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}], "ports": [{"port": 80}]}, []),
    ("discovery.k8s.io", "endpointslices", {}, ["addressType: Required value"]),
    ("discovery.k8s.io", "endpointslices", {"addressType": "IPv4", "endpoints": [{"addresses": []}, {"addresses": ["127.0.0.1"]}, {"addresses": ["::2"]}]},
     ["endpoints[0].addresses: Required value: must contain at least 1 address",
      'endpoints[1].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'endpoints[2].addresses: Invalid value: "::2": must be an IPv4 address']),
    ("discovery.k8s.io", "endpointslices", {"addressType": "FQDN", "endpoints": [{"addresses": ["host"]}], "ports": [{}, {"protocol": "X"}]},
     ['ports[1].name: Duplicate value: ""', 'ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      'endpoints[0].addresses[0]: Invalid value: "host": should be a domain with at least two segments separated by dots']),
    ("apiregistration.k8s.io", "apiservices",
     {"metadata": {"name": "v1.x"}, "spec": {"group": "a.io", "version": "v1", "groupPriorityMinimum": 0, "versionPriority": 1}},
     ['metadata.name: Invalid value: "v1.x": must be `spec.version+"."+spec.group`: "v1.a.io"',
      "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000"]),
    ("node.k8s.io", "runtimeclasses", {"handler": "runc", "overhead": {"podFixed": {"cpu": "-1"}}},
     ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0']),
    ("node.k8s.io", "runtimeclasses", {"handler": "runc", "scheduling": {"tolerations": [
        {}, {"operator": "Exists"}, {"key": "a", "value": "b"}, {"key": "a", "operator": "Exists", "value": "b"}, {"key": "a", "operator": "In"}]}},
     ["scheduling.tolerations.tolerations[0].operator: Invalid value: \"\": operator must be Exists when `key` is empty, "
      'which means "match all values and all keys"',
      "scheduling.tolerations.tolerations[3].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'",
      'scheduling.tolerations.tolerations[4].operator: Unsupported value: "In": supported values: "Equal", "Exists"']),
    ("flowcontrol.apiserver.k8s.io", "flowschemas", {"spec": {"matchingPrecedence": 1, "rules": [{}]}},
     ["spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
      "spec.rules[0].subjects: Required value: subjects must contain at least one value",
      "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty"]),
    ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations",
     {"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {"queues": 4}}}}},
     ["spec.limited.limitResponse.queuing.handSize: Invalid value: 8: should not be greater than queues (4)"]),
    *(("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", obj, messages) for obj, messages in LEVELS),
]  # fmt: skip


@pytest.mark.parametrize(("group", "plural", "obj", "messages"), CASES)
def test_what_is_wrong(group: str, plural: str, obj: dict[str, Any], messages: list[str]) -> None:
    assert support.errors(group, plural, obj) == messages


def test_a_priority_stays() -> None:
    assert support.update_errors("scheduling.k8s.io", "priorityclasses", {"value": 2, "preemptionPolicy": "Never"}, {"value": 1}) == [
        "value: Forbidden: may not be changed in an update.",
        'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]


def test_defaults_of_a_slice() -> None:
    obj = support.created("discovery.k8s.io", "endpointslices", {"metadata": {"name": "a", "labels": {"kubernetes.io/service-name": "web"}}, "ports": [{}]})
    assert (obj["ports"], obj["endpoints"], obj["metadata"]["generation"]) == ([{"name": "", "protocol": "TCP"}], None, 1)
    assert list(registry.strategy("discovery.k8s.io", "endpointslices").indexes(obj)) == [("service", "web")]


def test_the_type_of_addresses_stays() -> None:
    assert support.update_errors("discovery.k8s.io", "endpointslices", {"addressType": "IPv6"}, {"addressType": "IPv4"}) == [
        'addressType: Invalid value: "IPv6": field is immutable'
    ]


def test_what_the_server_itself_serves_is_available() -> None:
    spec = {"group": "a.io", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1}
    obj = support.created("apiregistration.k8s.io", "apiservices", {"metadata": {"name": "v1.a.io"}, "spec": spec})
    assert [condition["reason"] for condition in obj["status"]["conditions"]] == ["Local"]


def test_defaults_of_flow_control() -> None:
    spec = {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {}}}}
    obj = support.created("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", {"metadata": {"name": "a"}, "spec": spec})
    queuing = {"queues": 64, "handSize": 8, "queueLengthLimit": 50}
    assert obj["spec"]["limited"] == {"limitResponse": {"type": "Queue", "queuing": queuing}, "nominalConcurrencyShares": 30, "lendablePercent": 0}


PEM = base64.b64encode(b"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n").decode()
CSR = registry.strategy("certificates.k8s.io", "certificatesigningrequests")


def csr(**more: Any) -> dict[str, Any]:
    spec = {"request": PEM, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"], "username": "mallory"}
    return {"metadata": {"name": "a"}, "spec": spec | more}


def test_a_request_notes_who_asks() -> None:
    obj = support.created("certificates.k8s.io", "certificatesigningrequests", csr())
    assert (obj["spec"]["username"], obj["status"]) == ("alice", {})
    assert CSR.validate(obj) == []
    assert CSR.fields(obj) == {"spec.signerName": "kubernetes.io/kube-apiserver-client"}


def test_a_request_notes_all_that_is_known_of_who_asks() -> None:
    who = support.context()._replace(groups=("g", "h"), uid="7", extra={"why": ("x", "y")})
    obj = csr(uid="1", groups=["system:masters"], extra={"a": ["b"]})
    CSR.prepare_create(obj, who)
    noted = {field: obj["spec"][field] for field in ("username", "uid", "groups", "extra")}
    assert noted == {"username": "alice", "uid": "7", "groups": ["g", "h"], "extra": {"why": ["x", "y"]}}


def test_bad_requests() -> None:
    bad = csr(request=base64.b64encode(b"x").decode(), signerName="nonsense", usages=["any", "any"], expirationSeconds=1)
    assert support.errors("certificates.k8s.io", "certificatesigningrequests", bad) == [
        "spec.request: Invalid value: []byte{0x78}: PEM block type must be CERTIFICATE REQUEST",
        'spec.usages[1]: Duplicate value: "any"',
        "spec.signerName: Invalid value: \"nonsense\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
        "spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 600 seconds (10 minutes)",
    ]


def test_approval_goes_through_its_subresource() -> None:
    old = support.created("certificates.k8s.io", "certificatesigningrequests", csr() | {"metadata": {"name": "a", "resourceVersion": "1"}})
    approved = meta.clone(old) | {"status": {"conditions": [{"type": "Approved", "status": "True"}], "certificate": "x"}}
    by_status = meta.clone(approved)
    CSR.prepare_subresource("status", by_status, old, support.context())
    assert by_status["status"] == {"certificate": "x"}
    CSR.prepare_subresource("approval", approved, old, support.context())
    now = "2026-01-02T03:04:05Z"
    assert approved["status"] == {"conditions": [{"type": "Approved", "status": "True", "lastUpdateTime": now, "lastTransitionTime": now}]}
    both = meta.clone(approved)
    both["status"]["conditions"].append({"type": "Denied", "status": "True"})
    assert [str(error) for error in CSR.validate_subresource("approval", both, approved)] == [
        'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'
    ]


def test_a_lease_has_a_spec() -> None:
    assert support.created("coordination.k8s.io", "leases", {"metadata": {"name": "x"}})["spec"] == {}


def status_errors(group: str, plural: str, status: dict[str, Any], subresource: str = "status", was: dict[str, Any] | None = None) -> list[str]:
    metadata = {"name": "a", "namespace": "default", "resourceVersion": "1"}
    old: dict[str, Any] = {"metadata": metadata, "spec": {}, "status": was or {}}
    return [str(error) for error in registry.strategy(group, plural).validate_subresource(subresource, old | {"status": status}, old)]


REASON = (
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with "
    "an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for "
    "validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')"
)


def test_conditions_of_a_budget() -> None:
    good = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-02T03:04:05Z", "reason": "Fine"}
    bad = {"type": "Ready", "status": "Maybe", "observedGeneration": -1, "message": "x" * 32769}
    found = status_errors("policy", "poddisruptionbudgets", {"conditions": [good, bad, good | {"type": "a", "reason": "no!"}]})
    assert found == [
        'status.conditions[1].type: Duplicate value: "Ready"',
        'status.conditions[1].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
        "status.conditions[1].observedGeneration: Invalid value: -1: must be greater than or equal to zero",
        "status.conditions[1].lastTransitionTime: Required value: must be set",
        "status.conditions[1].reason: Required value: must be set",
        "status.conditions[1].message: Too long: may not be more than 32768 bytes",
        f'status.conditions[2].reason: Invalid value: "no!": {REASON}',
    ]


@pytest.mark.parametrize("plural", ["flowschemas", "prioritylevelconfigurations"])
def test_conditions_of_flow_control(plural: str) -> None:
    assert status_errors("flowcontrol.apiserver.k8s.io", plural, {"conditions": [{}, {"type": "A"}, {"type": "A"}]}) == [
        "status.conditions[0].type: Required value: must not be empty",
        'status.conditions[2].type: Duplicate value: "A"',
    ]


def test_how_flows_are_told_apart() -> None:
    spec = {"priorityLevelConfiguration": {"name": "a"}, "distinguisherMethod": {"type": "ByColor"}, "rules": []}
    assert support.errors("flowcontrol.apiserver.k8s.io", "flowschemas", {"spec": spec}) == [
        'spec.distinguisherMethod.type: Unsupported value: flowcontrol.FlowDistinguisherMethod{Type:"ByColor"}: supported values: "ByNamespace", "ByUser"'
    ]


@pytest.mark.parametrize(("group", "plural"), [("policy", "poddisruptionbudgets"), ("coordination.k8s.io", "leases")])
def test_some_kinds_take_any_finalizer(group: str, plural: str) -> None:
    obj = {"metadata": {"name": "a", "finalizers": ["mine"]}, "spec": {}}
    assert support.errors(group, plural, obj) == support.update_errors(group, plural, obj, obj) == []


def test_a_policy_of_preemption_is_not_empty() -> None:
    assert support.errors("scheduling.k8s.io", "priorityclasses", {"value": 1, "preemptionPolicy": ""}) == ["preemptionPolicy: Required value"]


def test_slices_drop_what_v1_does_not_take() -> None:
    endpoint = {"addresses": ["10.0.0.1"], "deprecatedTopology": {"a": "b"}, "hints": {"forNodes": [{"name": "n"}]}}
    made = support.created("discovery.k8s.io", "endpointslices", {"metadata": {"name": "a"}, "addressType": "IPv4", "endpoints": [endpoint]})
    assert made["endpoints"] == [{"addresses": ["10.0.0.1"], "conditions": {}, "hints": {}}]
    strategy = registry.strategy("discovery.k8s.io", "endpointslices")
    assert strategy.warnings({"addressType": "FQDN"}, None) == ["spec.addressType: FQDN endpoints are deprecated"]
    bad = made | {"addressType": "IPv6"}
    bad["metadata"]["resourceVersion"] = "1"
    assert strategy.validate_update(bad, bad) == []  # endpoints that are as they were are not looked at again


def test_tolerations_of_a_runtime_class_are_different() -> None:
    twin = {"key": "a", "operator": "Exists"}
    scheduling = {"tolerations": [twin, {"key": "b", "effect": "NoSchedule", "tolerationSeconds": 1}, twin]}
    assert support.errors("node.k8s.io", "runtimeclasses", {"handler": "runc", "scheduling": scheduling}) == [
        "scheduling.tolerations.tolerations[1].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
        'scheduling.tolerations[2]: Duplicate value: core.Toleration{Key:"a", Operator:"Exists"}',
    ]


def test_certificates_are_written_once() -> None:
    group, plural = "certificates.k8s.io", "certificatesigningrequests"
    certificate, other = (base64.b64encode(f"-----BEGIN {kind}-----\nMIIB\n-----END {kind}-----\n".encode()).decode() for kind in ("CERTIFICATE", "KEY"))
    assert status_errors(group, plural, {"certificate": certificate}) == []
    assert status_errors(group, plural, {"certificate": "YQ=="}) == [
        'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block'
    ]
    assert status_errors(group, plural, {"certificate": other}, was={"certificate": certificate}) == [
        'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "KEY"',
        "status.certificate: Forbidden: updates may not modify existing certificate content",
    ]
    old = {"metadata": {"name": "a"}, "spec": {}, "status": {}}
    new = {"metadata": {"name": "a", "labels": {"a": "b"}}, "status": {}}
    CSR.prepare_subresource("approval", new, old, support.context())
    assert new["metadata"]["labels"] == {"a": "b"}
    assert [str(error) for error in CSR.validate(support.created(group, plural, csr() | {"metadata": {"name": "a/b"}}))] == [
        "metadata.name: Invalid value: \"a/b\": may not contain '/'"
    ]
