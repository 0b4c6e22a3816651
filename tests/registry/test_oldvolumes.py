# ruff: noqa: E501 - messages stand on one line, so that they can be searched for
"""Volumes of clouds and storage systems whose drivers once were part of Kubernetes: only their structure counts."""

from typing import Any

import pytest

from minikube_py.registry.pod import oldvolumes

WIDE = [f"w{number}" for number in range(2)]
AT = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
MANAGED = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
PAIRS = "must be a host:port pair or multiple pairs separated by commas"
LABEL = "a lowercase RFC 1123 label must consist of"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("glusterfs", ("endpoints", "path")),
        ("rbd", ("monitors", "image")),
        ("cephfs", ("monitors",)),
        ("azure_file", ("secretName", "shareName")),
        ("vsphere", ("volumePath",)),
        ("photon", ("pdID",)),
        ("portworx", ("volumeID",)),
        ("scale_io", ("gateway", "system", "volumeName")),
        ("git_repo", ("repository",)),
        ("gce_disk", ("pdName",)),
        ("aws_store", ("volumeID",)),
        ("iscsi", ("targetPortal", "iqn")),
        ("cinder", ("volumeID",)),
        ("flex", ("driver",)),
        ("azure_disk", ("diskName", "diskURI")),
    ],
)
def test_what_must_be_there(kind: str, fields: tuple[str, ...]) -> None:
    check = getattr(oldvolumes, kind)
    assert [str(error) for error in check({}, "v")] == [f"v.{field}: Required value" for field in fields]
    whole = dict.fromkeys(fields, "iqn.2001-04.com.example:disk")
    assert check(whole, "v") == []


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        ("git_repo", {"repository": "r", "directory": "../up"}, ["v.directory: Invalid value: \"../up\": must not contain '..'"]),
        ("gce_disk", {"pdName": "d", "partition": 255}, []),
        ("gce_disk", {"pdName": "d", "partition": 256}, ["v.partition: Invalid value: 256: must be between 1 and 255, inclusive"]),
        ("aws_store", {"volumeID": "d", "partition": -1}, ["v.partition: Invalid value: -1: must be between 1 and 255, inclusive"]),
        ("iscsi", {"targetPortal": "p", "iqn": "eui.0123456789abcdef", "lun": 255, "initiatorName": "naa." + "a" * 32}, []),
        ("iscsi", {"targetPortal": "p", "iqn": "nope", "lun": 256, "initiatorName": "iqn.x", "chapAuthSession": True},
         ['v.iqn: Invalid value: "nope": must be valid format starting with iqn, eui, or naa',
          "v.lun: Invalid value: 256: must be between 0 and 255, inclusive",
          "v.secretRef: Required value",
          'v.initiatorname: Invalid value: "iqn.x": must be valid format']),
        ("iscsi", {"targetPortal": "p", "iqn": "eui.0123456789abcdef", "chapAuthDiscovery": True, "secretRef": {"name": "s"}}, []),
        ("flocker", {}, ["v: Required value: one of datasetName and datasetUUID is required"]),
        ("flocker", {"datasetName": "a/b"}, ["v.datasetName: Invalid value: \"a/b\": must not contain '/'"]),
        ("flocker", {"datasetName": "a", "datasetUUID": "b"},
         ['v: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously']),
        ("cinder", {"volumeID": "d", "secretRef": {}}, ["v.secretRef.name: Required value"]),
        ("quobyte", {"volume": "v"}, [f"v.registry: Required value: {PAIRS}"]),
        ("quobyte", {"volume": "v", "registry": "a:1,b:2,[::1]:3", "tenant": "t" * 64}, []),
        ("quobyte", {"registry": "a,b:2,c"}, [f'v.registry: Invalid value: "a,b:2,c": {PAIRS}'] * 2 + ["v.volume: Required value"]),
        ("quobyte", {"volume": "v", "registry": "a:1", "tenant": "t" * 65},
         ["v.tenant: Required value: must be a UUID and may not exceed a length of 64 characters"]),
        ("fibre_channel", {}, ["v.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both"]),
        ("fibre_channel", {"wwids": WIDE}, []),
        ("fibre_channel", {"targetWWNs": WIDE, "lun": 0}, []),
        ("fibre_channel", {"targetWWNs": WIDE, "lun": 256, "wwids": WIDE},
         ['v.targetWWNs: Invalid value: []string{"w0", "w1"}: targetWWNs and wwids can not be specified simultaneously',
          "v.lun: Invalid value: 256: must be between 0 and 255, inclusive"]),
        ("flex", {"driver": "d", "options": {"a": "", "x.kubernetes.io/b": "", "K8s.io/c": "", "notk8s.io/d": ""}},
         ['v.options[x.kubernetes.io/b]: Invalid value: "x.kubernetes.io/b": kubernetes.io and k8s.io namespaces are reserved',
          'v.options[K8s.io/c]: Invalid value: "K8s.io/c": kubernetes.io and k8s.io namespaces are reserved']),
        ("azure_disk", {"diskName": "d", "diskURI": "https://a", "kind": "Shared", "cachingMode": "None"}, []),
        ("azure_disk", {"diskName": "d", "diskURI": "/subscriptions/a", "kind": "Managed"}, []),
        ("azure_disk", {"diskName": "d", "diskURI": "x", "kind": "Managed"}, [f'v.diskURI: Unsupported value: "x": supported values: "{MANAGED}"']),
        ("azure_disk", {"diskName": "d", "diskURI": "x", "kind": "Dedicated", "cachingMode": "All"},
         ['v.cachingMode: Unsupported value: "All": supported values: "None", "ReadOnly", "ReadWrite"',
          f'v.diskURI: Unsupported value: "x": supported values: "{AT}"']),
        ("storageos", {"volumeName": "a", "volumeNamespace": "b"}, []),
        ("storageos", {"volumeName": "a", "secretRef": {"name": ""}}, ["v.secretRef.name: Required value"]),
    ],
)  # fmt: skip
def test_what_is_wrong(kind: str, source: dict[str, Any], expected: list[str]) -> None:
    assert [str(error) for error in getattr(oldvolumes, kind)(source, "v")] == expected


def test_names_of_storageos_are_labels() -> None:
    found = [str(error) for error in oldvolumes.storageos({"volumeName": "A", "volumeNamespace": "B"}, "v")]
    assert [text[: text.index(LABEL)] for text in found] == ['v.volumeName: Invalid value: "A": ', 'v.volumeNamespace: Invalid value: "B": ']
