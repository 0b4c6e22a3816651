"""PersistentVolumeClaims."""

from typing import Any

import pytest

from minikube_py import registry
from tests.registry import support

GOOD: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def test_a_new_claim() -> None:
    obj = support.created("", "persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": GOOD | {"volumeAttributesClassName": "silver"}})
    assert obj["spec"] == GOOD | {"volumeMode": "Filesystem"}  # without the field of a feature that is off
    assert obj["status"] == {"phase": "Pending"}


def test_sources_agree() -> None:
    source = {"kind": "PersistentVolumeClaim", "name": "other"}
    obj = support.created("", "persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": GOOD | {"dataSource": source}})
    assert obj["spec"]["dataSourceRef"] == obj["spec"]["dataSource"] == source | {"apiGroup": None}


def test_sources_that_gates_keep_off_are_dropped() -> None:
    elsewhere = {"dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "other", "namespace": "there"}}
    for dropped in (elsewhere, {"dataSource": {"kind": "Pod", "name": "other"}}, {"volumeAttributesClassName": "gold"}):
        obj = support.created("", "persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": GOOD | dropped})
        assert obj["spec"] == GOOD | {"volumeMode": "Filesystem"}
    kept = GOOD | {"dataSourceRef": {"kind": "Any", "name": "other", "apiGroup": "a.b"}}
    assert support.created("", "persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": kept})["spec"]["dataSource"] == kept["dataSourceRef"]


def test_the_old_name_of_a_class_stays() -> None:
    key = "volume.beta.kubernetes.io/storage-class"
    old = {"metadata": {"name": "a", "annotations": {key: "gold"}}, "spec": GOOD}
    new = {"metadata": {"name": "a", "annotations": {key: "iron"}}, "spec": GOOD}
    assert support.update_errors("", "persistentvolumeclaims", new, old) == [f'metadata.annotations.{key}: Invalid value: "iron": field is immutable']


def test_amounts_are_rounded_up() -> None:
    spec = GOOD | {"resources": {"requests": {"storage": "0.0005"}}}
    obj = support.created("", "persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": spec})
    assert obj["spec"]["resources"] == {"requests": {"storage": "1m"}}


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        (GOOD, []),
        ({}, ["spec.accessModes: Required value: at least 1 access mode is required", "spec.resources[storage]: Required value"]),
        (GOOD | {"accessModes": ["Shared"]},
         ['spec.accessModes: Unsupported value: "Shared": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"']),
        (GOOD | {"resources": {"requests": {"storage": "0"}}}, ['spec.resources[storage]: Invalid value: "0": must be greater than zero']),
        (GOOD | {"volumeMode": "Tape"}, ['spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"']),
        (GOOD | {"dataSourceRef": {"kind": "Pod", "name": "x"}, "dataSource": {"kind": "Pod", "name": "x"}},
         ["spec.dataSource: Invalid value: \"Pod\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
          "spec.dataSourceRef: Invalid value: \"Pod\": must be 'PersistentVolumeClaim' when referencing the default apiGroup"]),
    ],
)  # fmt: skip
def test_what_is_wrong(spec: dict[str, Any], messages: list[str]) -> None:
    assert support.errors("", "persistentvolumeclaims", {"spec": spec}) == messages


def test_the_spec_stays() -> None:
    old = {"spec": GOOD | {"storageClassName": "standard"}}
    new = {"spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "standard"}}
    assert support.update_errors("", "persistentvolumeclaims", new, old) == [
        "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"
        "  core.PersistentVolumeClaimSpec{\n"
        '- \tAccessModes: []core.PersistentVolumeAccessMode{"ReadWriteOnce"},\n'
        '+ \tAccessModes: []core.PersistentVolumeAccessMode{"ReadWriteMany"},\n'
        "  \tSelector:    nil,\n"
        '  \tResources:   {Requests: {s"storage": {i: {...}, s: "1Gi", Format: "BinarySI"}}},\n'
        "  \t... // 6 identical fields\n"
        "  }\n"
    ]


def test_what_is_asked_for_stays() -> None:
    old = {"spec": GOOD | {"resources": {"requests": {"storage": "1Gi"}, "limits": {"storage": "2Gi"}}}}
    new = {"spec": GOOD | {"resources": {"requests": {"storage": "2Gi"}}}}
    assert support.update_errors("", "persistentvolumeclaims", new, old) == [
        "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"
        "  core.PersistentVolumeClaimSpec{\n"
        '  \tAccessModes: {"ReadWriteOnce"},\n'
        "  \tSelector:    nil,\n"
        "  \tResources: core.VolumeResourceRequirements{\n"
        "- \t\tLimits: core.ResourceList{\n"
        '- \t\t\ts"storage": {i: resource.int64Amount{value: 2147483648}, s: "2Gi", Format: "BinarySI"},\n'
        "- \t\t},\n"
        "+ \t\tLimits: nil,\n"
        "- \t\tRequests: core.ResourceList{\n"
        '- \t\t\ts"storage": {i: resource.int64Amount{value: 1073741824}, s: "1Gi", Format: "BinarySI"},\n'
        "- \t\t},\n"
        "+ \t\tRequests: core.ResourceList{\n"
        '+ \t\t\ts"storage": {i: resource.int64Amount{value: 2147483648}, s: "2Gi", Format: "BinarySI"},\n'
        "+ \t\t},\n"
        "  \t},\n"
        '  \tVolumeName:       "",\n'
        "  \tStorageClassName: nil,\n"
        "  \t... // 4 identical fields\n"
        "  }\n"
    ]


def test_binding_and_naming_a_class_are_allowed() -> None:
    old = {"spec": GOOD}
    assert support.update_errors("", "persistentvolumeclaims", {"spec": GOOD | {"volumeName": "v", "storageClassName": "standard"}}, old) == []


def test_a_bound_claim_may_grow_but_not_shrink() -> None:
    old = {"spec": GOOD, "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}}

    def sized(size: str) -> dict[str, Any]:
        return {"spec": GOOD | {"resources": {"requests": {"storage": size}}}}

    assert support.update_errors("", "persistentvolumeclaims", sized("2Gi"), old) == []
    assert support.update_errors("", "persistentvolumeclaims", sized("512Mi"), old) == [
        "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    ]


def test_the_bound_volume_is_indexed() -> None:
    strategy = registry.strategy("", "persistentvolumeclaims")
    assert list(strategy.indexes({"metadata": {}, "spec": {"volumeName": "v"}})) == [("volume", "v")]


def test_templates_of_ephemeral_volumes_are_checked_as_claims_are() -> None:
    spec = {"accessModes": ["ReadWriteOncePod", "Any"], "resources": {"requests": {"storage": "0"}}, "volumeMode": "Raw", "storageClassName": "A",
            "dataSource": {"kind": "PersistentVolumeClaim", "name": "a"}, "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "b"}}  # fmt: skip
    volume = {"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": spec}}}
    pod = {"spec": {"containers": [{"name": "a", "image": "i"}], "volumes": [volume]}}
    at = "spec.volumes[0].ephemeral.volumeClaimTemplate.spec"
    found = support.errors("", "persistentvolumeclaims", {"spec": spec})
    assert [text.partition(": ")[0] for text in found] == [
        "spec.accessModes", "spec.resources[storage]", "spec.storageClassName", "spec.volumeMode", "spec"]
    assert support.errors("", "pods", pod) == [at + text.removeprefix("spec").replace("spec.dataSource", f"{at}.dataSource") for text in found]


def test_classes_of_attributes_are_dropped_from_the_status() -> None:
    old = support.created("", "persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": GOOD})
    status = {"phase": "Bound", "capacity": {"storage": "1024Mi"}, "currentVolumeAttributesClassName": "gold", "modifyVolumeStatus": {"status": "x"}}
    new = old | {"status": status}
    registry.strategy("", "persistentvolumeclaims").prepare_subresource("status", new, old, support.context())
    assert new["status"] == {"phase": "Bound", "capacity": {"storage": "1Gi"}}
