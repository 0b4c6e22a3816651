"""StorageClasses, CSI kinds and VolumeAttachments."""

from typing import Any

import pytest

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
        ("csistoragecapacities", {"storageClassName": "fast", "capacity": "-1"}, ['capacity: Invalid value: "-1": must be greater than or equal to 0']),
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
