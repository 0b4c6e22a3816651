"""PersistentVolumes."""

from typing import Any

import pytest

from minikube_py import registry
from minikube_py.machinery import meta
from tests.registry import support

TERM = "spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions"
FIELDS = "spec.nodeAffinity.required.nodeSelectorTerms[0].matchFields"
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
GOOD: dict[str, Any] = {"capacity": {"storage": "1024Mi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}}


GOOD_BUT_SOURCE: dict[str, Any] = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}


def test_a_new_volume() -> None:
    obj = support.created("", "persistentvolumes", {"metadata": {"name": "v"}, "spec": GOOD | {"claimRef": {"namespace": "d", "name": "c"}}})
    assert obj["spec"] == {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data", "type": ""},
        "persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem", "claimRef": {"namespace": "d", "name": "c"},
    }  # fmt: skip
    assert obj["status"] == {"phase": "Pending", "lastPhaseTransitionTime": "2026-01-02T03:04:05Z"}
    assert list(registry.strategy("", "persistentvolumes").indexes(obj)) == [("claim", "d/c")]


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        (GOOD, []),
        ({}, ["spec.accessModes: Required value", "spec.capacity: Required value",
              'spec.capacity: Unsupported value: core.ResourceList(nil): supported values: "storage"', "spec: Required value: must specify a volume type"]),
        (GOOD | {"nfs": {"server": "s", "path": "/"}}, ["spec.nfs: Forbidden: may not specify more than 1 volume type"]),
        (GOOD | {"hostPath": {"path": "/a/../b", "type": "Pipe"}},
         ["spec.hostPath.path: Invalid value: \"/a/../b\": must not contain '..'",
          'spec.hostPath.type: Unsupported value: "Pipe": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", '
          '"FileOrCreate", "Socket"']),
        (GOOD | {"hostPath": None, "local": {"path": "/x"}}, ["spec.nodeAffinity: Required value: Local volume requires node affinity"]),
        (GOOD | {"capacity": {"storage": "0"}}, ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']),
        (GOOD | {"accessModes": ["ReadWriteOncePod", "ReadOnlyMany"]},
         ["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"]),
        (GOOD | {"accessModes": ["ReadWriteOncePod", "Any"]},
         ['spec.accessModes: Unsupported value: "Any": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"']),
        (GOOD | {"accessModes": ["ReadWriteOncePod", "ReadWriteOncePod"]}, []),
        (GOOD | {"hostPath": None, "gcePersistentDisk": {}}, ["spec.persistentDisk.pdName: Required value"]),
        (GOOD | {"hostPath": None, "nfs": {"server": "s", "path": "data"}}, ['spec.nfs.path: Invalid value: "data": must be an absolute path']),
        (GOOD | {"hostPath": None, "nfs": {"server": "s"}},
         ["spec.nfs.path: Required value", 'spec.nfs.path: Invalid value: "": must be an absolute path']),
        (GOOD | {"hostPath": None, "gcePersistentDisk": {"pdName": "d", "partition": 256}},
         ["spec.persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive"]),
        (GOOD | {"hostPath": None, "iscsi": {"targetPortal": "p", "iqn": "nope"}},
         ['spec.iscsi.iqn: Invalid value: "nope": must be valid format']),
        (GOOD | {"hostPath": None, "cinder": {"volumeID": "d", "secretRef": {}}},
         ["spec.cinder.secretRef.name: Required value", "spec.cinder.secretRef.namespace: Required value"]),
        (GOOD | {"hostPath": None, "storageos": {"volumeName": "d", "secretRef": {"name": "s", "namespace": "n"}}}, []),
        (GOOD | {"hostPath": None, "csi": {"nodeExpandSecretRef": {"name": "s"}}},
         ["spec.csi.driver: Required value", f'spec.csi.driver: Invalid value: "": {SUBDOMAIN}',
          "spec.csi.volumeHandle: Required value", "spec.csi.nodeExpandSecretRef.namespace: Required value"]),
        (GOOD | {"hostPath": None, "local": {"path": "/x"}, "nodeAffinity": {}},
         ["spec.nodeAffinity.required: Required value: must specify required node constraints"]),
        (GOOD | {"nodeAffinity": {"required": {}}},
         ["spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term"]),
        (GOOD | {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "a", "operator": "Gt", "values": ["1"]}, {"key": "a", "operator": "Lt"}, {"key": "a", "operator": "In"}]}]}}},
         [f"{TERM}[1].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
          f"{TERM}[2].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"]),
        (GOOD | {"nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchFields": [
            {"key": "metadata.name", "operator": "In", "values": ["a", "b"]}, {"key": "metadata.uid", "operator": "In", "values": ["a"]}]}]}}},
         [f"{FIELDS}[0].values: Required value: must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
          f'{FIELDS}[1].key: Invalid value: "metadata.uid": not a valid field selector key']),
        (GOOD | {"hostPath": {"path": "//"}, "persistentVolumeReclaimPolicy": "Recycle"},
         ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"]),
    ],
)  # fmt: skip
def test_what_is_wrong(spec: dict[str, Any], messages: list[str]) -> None:
    assert support.errors("", "persistentvolumes", {"spec": spec}) == messages


def test_sources_are_filled_in() -> None:
    spec = GOOD_BUT_SOURCE | {"azureDisk": {"diskName": "d", "diskURI": "https://a.blob.core.windows.net/b/d.vhd"}, "volumeAttributesClassName": "gold"}
    made = support.created("", "persistentvolumes", {"metadata": {"name": "v"}, "spec": spec})["spec"]
    assert made["azureDisk"] == spec["azureDisk"] | {"cachingMode": "ReadWrite", "kind": "Shared", "fsType": "ext4", "readOnly": False}
    assert "volumeAttributesClassName" not in made


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"capacity": {}}, ["spec.capacity: Required value", 'spec.capacity: Unsupported value: core.ResourceList{}: supported values: "storage"']),
        ({"capacity": {"storage": "-1"}}, ["spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity",
                                           'spec.capacity[storage]: Invalid value: "-1": must be greater than zero']),
        ({"nfs": {"server": "s", "path": "/"}, "cephfs": {"monitors": ["m"]}}, ["spec.cephFS: Forbidden: may not specify more than 1 volume type"]),
        ({"csi": {"driver": "d", "volumeHandle": "h", "nodeExpandSecretRef": {"name": "a", "namespace": "a.b"}}},
         ['spec.csi.nodeExpandSecretRef.namespace: Invalid value: "a.b": must not contain dots']),
        ({"iscsi": {"targetPortal": "1.2.3.4", "iqn": "iqn.2001-04.com.example:a", "secretRef": {}}}, ["spec.iscsi.secretRef.name: Required value"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_capacity_and_sources(changes: dict[str, Any], messages: list[str]) -> None:
    source = {} if len(changes.keys() - {"capacity"}) else {"hostPath": {"path": "/x"}}
    assert support.errors("", "persistentvolumes", {"spec": GOOD_BUT_SOURCE | source | changes}) == messages


def test_the_source_stays() -> None:
    assert support.update_errors("", "persistentvolumes", {"spec": GOOD | {"hostPath": {"path": "/other"}}}, {"spec": GOOD}) == [
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n"
        "  core.PersistentVolumeSource{\n"
        '- \tHostPath:             &{Path: "/data", Type: ""},\n'
        '+ \tHostPath:             &{Path: "/other", Type: ""},\n'
        "  \tGCEPersistentDisk:    nil,\n"
        "  \tAWSElasticBlockStore: nil,\n"
        "  \t... // 19 identical fields\n"
        "  }\n"
    ]


def test_the_time_of_a_phase() -> None:
    strategy = registry.strategy("", "persistentvolumes")
    old = support.created("", "persistentvolumes", {"metadata": {"name": "v"}, "spec": GOOD})
    old["status"]["lastPhaseTransitionTime"] = "2025-01-01T00:00:00Z"
    new = meta.clone(old)
    new["status"]["message"] = "x"
    strategy.prepare_subresource("status", new, old, support.context())
    assert new["status"]["lastPhaseTransitionTime"] == "2025-01-01T00:00:00Z"
    new["status"]["phase"] = "Available"
    strategy.prepare_subresource("status", new, old, support.context())
    assert new["status"]["lastPhaseTransitionTime"] == "2026-01-02T03:04:05Z"
