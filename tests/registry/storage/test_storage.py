"""StorageClasses, CSI kinds and VolumeAttachments."""

from typing import Any

import pytest

from minikube_py import registry
from tests.registry import support

GROUP = "storage.k8s.io"


def test_defaults() -> None:
    obj = support.created(GROUP, "storageclasses", {"metadata": {"name": "a"}, "provisioner": "x.io/y"})
    assert (obj["reclaimPolicy"], obj["volumeBindingMode"]) == ("Delete", "Immediate")
    assert support.created(GROUP, "csidrivers", {"metadata": {"name": "a"}})["spec"] == {
        "attachRequired": True, "podInfoOnMount": False, "storageCapacity": False, "fsGroupPolicy": "ReadWriteOnceWithFSType",
        "requiresRepublish": False, "seLinuxMount": False, "volumeLifecycleModes": ["Persistent"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("plural", "obj", "messages"),
    [
        ("storageclasses", {}, ["provisioner: Required value"]),
        ("storageclasses", {"provisioner": "x", "reclaimPolicy": "Recycle", "volumeBindingMode": "Later"},
         ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
          'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"']),
        ("storageclasses", {"provisioner": "x", "allowedTopologies": [{"matchLabelExpressions": [{"key": "zone"}]}]},
         ["allowedTopologies[0].matchLabelExpressions[0].values: Required value"]),
        ("csinodes", {"spec": {"drivers": [{"name": "a.b"}, {"name": "a.b", "nodeID": "n", "topologyKeys": ["k", "k"]}]}},
         ["spec.drivers[0].nodeID: Required value", 'spec.drivers[1].name: Duplicate value: "a.b"', 'spec.drivers[1]: Duplicate value: "k"']),
        ("csidrivers", {"spec": {"tokenRequests": [{"audience": "a", "expirationSeconds": 1}, {"audience": "a"}], "fsGroupPolicy": "Some"}},
         ['spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
          "spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes",
          'spec.tokenRequests[1].audience: Duplicate value: "a"']),
        ("csidrivers", {"spec": {"tokenRequests": [{"audience": "a", "expirationSeconds": 600}, {"audience": "b", "expirationSeconds": 2**32}]}}, []),
        ("csidrivers", {"spec": {"tokenRequests": [{"audience": "a", "expirationSeconds": 599}, {"audience": "b", "expirationSeconds": 2**32 + 1}]}},
         ["spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
          "spec.tokenRequests[1].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds"]),
        ("csistoragecapacities", {"storageClassName": "fast", "capacity": "-1"}, ['capacity: Invalid value: "-1": must be greater than or equal to 0']),
        ("csistoragecapacities", {"storageClassName": "fast", "nodeTopology": {"matchLabels": {"zone": "a"}}, "capacity": "1Gi"}, []),
        ("csistoragecapacities", {"storageClassName": "fast", "nodeTopology": {"matchLabels": {"": "a"}}},
         ["nodeTopology.matchLabels: Invalid value: \"\": name part must be non-empty",
          "nodeTopology.matchLabels: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
          "an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"]),
        ("volumeattachments", {"spec": {"attacher": "x.io", "nodeName": "n", "source": {}}},
         ["spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName"]),
    ],
)  # fmt: skip
def test_what_is_wrong(plural: str, obj: dict[str, Any], messages: list[str]) -> None:
    assert support.errors(GROUP, plural, obj) == messages


def test_a_class_stays() -> None:
    old = {"provisioner": "x.io/y", "parameters": {"a": "1"}}
    new = {"provisioner": "x.io/z", "reclaimPolicy": "Retain", "volumeBindingMode": "WaitForFirstConsumer"}
    assert support.update_errors(GROUP, "storageclasses", new, old) == [
        "parameters: Forbidden: updates to parameters are forbidden.",
        "provisioner: Forbidden: updates to provisioner are forbidden.",
        "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
        'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ]
    assert support.update_errors(GROUP, "storageclasses", old | {"allowVolumeExpansion": True}, old) == []


def test_what_a_capacity_is_for_stays() -> None:
    old = {"metadata": {"name": "a", "namespace": "default", "resourceVersion": "1"}, "storageClassName": "fast", "capacity": "1Gi"}
    strategy = registry.strategy(GROUP, "csistoragecapacities")
    assert [str(error) for error in strategy.validate_update(old | {"capacity": "2Gi"}, old)] == []
    assert [str(error) for error in strategy.validate_update(old | {"storageClassName": "slow"}, old)] == [
        'storageClassName: Invalid value: "slow": field is immutable'
    ]
    (missing,) = strategy.contents(old | {"storageClassName": ""})
    assert str(missing).startswith('storageClassName: Invalid value: "": a lowercase RFC 1123 subdomain must consist of')
    assert not strategy.allow_unconditional_update


def updated(plural: str, new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    return support.update_errors(GROUP, plural, new, old)


def test_updates_look_at_contents_first() -> None:
    old = {"provisioner": "x.io/y"}
    assert updated("storageclasses", old | {"allowedTopologies": [{"matchLabelExpressions": [{"key": "zone"}]}], "reclaimPolicy": "Retain"}, old) == [
        "allowedTopologies[0].matchLabelExpressions[0].values: Required value",
        "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.",
    ]
    assert support.errors(GROUP, "storageclasses", old | {"allowedTopologies": [{}]}) == [
        'allowedTopologies[0].matchLabelExpressions: Duplicate value: ""'  # an empty term is refused so
    ]
    capacity = {"storageClassName": "fast", "nodeTopology": {"matchLabels": {"a": "b"}}}
    assert updated("csistoragecapacities", capacity | {"nodeTopology": {"matchLabels": {"a": "c"}}}, capacity) == [
        'nodeTopology: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"a":"c"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: '
        "field is immutable"
    ]


def test_drivers_of_a_node_only_come_and_go() -> None:
    old = {"spec": {"drivers": [{"name": "a.io", "nodeID": "n"}]}}
    assert support.created(GROUP, "csinodes", {"metadata": {"name": "n"}} | old)["spec"]["drivers"][0]["topologyKeys"] is None
    assert updated("csinodes", {"spec": {"drivers": [{"name": "b.io", "nodeID": "n"}]}}, old) == []
    assert updated("csinodes", {"spec": {"drivers": [{"name": "a.io", "nodeID": "m", "topologyKeys": ["z"]}]}}, old) == [
        'spec.drivers: Invalid value: storage.CSINodeDriver{Name:"a.io", NodeID:"m", TopologyKeys:[]string{"z"}, '
        "Allocatable:(*storage.VolumeNodeResources)(nil)}: field is immutable"
    ]


def test_a_driver_counts_changes() -> None:
    named = {"metadata": {"name": "a.io"}}
    old = support.created(GROUP, "csidrivers", named | {"spec": {"tokenRequests": [{}], "nodeAllocatableUpdatePeriodSeconds": 10}})
    assert (old["metadata"].get("generation"), old["spec"]["tokenRequests"]) == (None, [{"audience": ""}])
    assert "nodeAllocatableUpdatePeriodSeconds" not in old["spec"]
    new = support.updated(GROUP, "csidrivers", named | {"spec": {"requiresRepublish": True}}, old)
    assert new["metadata"]["generation"] == 1
    assert updated("csidrivers", named | {"spec": {"volumeLifecycleModes": ["Ephemeral"]}}, named | {"spec": {}}) == [
        'spec.volumeLifecycleModes: Invalid value: []storage.VolumeLifecycleMode{"Ephemeral"}: field is immutable'
    ]


def test_an_attachment_stays() -> None:
    old = {"spec": {"attacher": "x.io", "nodeName": "n", "source": {"persistentVolumeName": "a"}}}
    assert updated("volumeattachments", {"spec": old["spec"] | {"nodeName": "m"}}, old) == [
        'spec: Invalid value: storage.VolumeAttachmentSpec{Attacher:"x.io", Source:storage.VolumeAttachmentSource{PersistentVolumeName:"a", '
        'InlineVolumeSpec:(*core.PersistentVolumeSpec)(nil)}, NodeName:"m"}: field is immutable'
    ]
    made = support.created(GROUP, "volumeattachments", {"metadata": {"name": "a"}} | old)
    told = made | {"status": {"attached": False, "attachError": {"message": "no", "errorCode": 5}}}
    registry.strategy(GROUP, "volumeattachments").prepare_subresource("status", told, made, support.context())
    assert told["status"]["attachError"] == {"message": "no", "time": None}
