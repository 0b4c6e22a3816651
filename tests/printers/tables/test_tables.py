"""Tables of every kind: columns and cells as kube-apiserver makes them."""

from typing import Any

import pytest

from minikube_py.kits import clock
from minikube_py.machinery import scheme
from minikube_py.printers import tables

NOW = clock.parse_rfc3339("2026-01-01T01:00:00Z")
META = {"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"}
TEMPLATE = {"spec": {"containers": [{"name": "a", "image": "i:1"}, {"name": "b", "image": "j:2"}], "nodeSelector": {"z": "1", "a": "2"}}}
SELECTOR = {
    "matchLabels": {"app": "web"},
    "matchExpressions": [
        {"key": "tier", "operator": "In", "values": ["b", "a"]},
        {"key": "gone", "operator": "DoesNotExist"},
        {"key": "env", "operator": "NotIn", "values": ["x"]},
        {"key": "here", "operator": "Exists"},
    ],
}
SELECTED = "app=web,env notin (x),!gone,here,tier in (a,b)"


def row(resource: str, **obj: Any) -> list[Any]:
    plural, _, group = resource.partition(".")
    metadata = META | obj.pop("metadata", {})
    return tables.find(group, plural).cells({"metadata": metadata, **obj}, NOW)


@pytest.mark.parametrize("resource", [item for item in scheme.builtin() if "list" in item.verbs], ids=lambda item: item.qualified)
def test_every_kind_has_a_cell_for_each_column(resource: scheme.Resource) -> None:
    table = tables.find(*resource.key)
    assert len(table.cells({"metadata": dict(META)}, NOW)) == len(table.columns)
    assert all(column.type in ("string", "integer", "boolean", "date") for column in table.columns)


def headers(resource: str) -> str:
    plural, _, group = resource.partition(".")
    return " | ".join(column.name.upper() + "+" * column.priority for column in tables.find(group, plural).columns)


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        ("pods", "NAME | READY | STATUS | RESTARTS | AGE | IP+ | NODE+ | NOMINATED NODE+ | READINESS GATES+"),
        ("deployments.apps", "NAME | READY | UP-TO-DATE | AVAILABLE | AGE | CONTAINERS+ | IMAGES+ | SELECTOR+"),
        ("events", "LAST SEEN | TYPE | REASON | OBJECT | SUBOBJECT+ | SOURCE+ | MESSAGE | FIRST SEEN+ | COUNT+ | NAME+"),
        ("events.events.k8s.io", "LAST SEEN | TYPE | REASON | OBJECT | SUBOBJECT+ | SOURCE+ | MESSAGE | FIRST SEEN+ | COUNT+ | NAME+"),
        ("jobs.batch", "NAME | STATUS | COMPLETIONS | DURATION | AGE | CONTAINERS+ | IMAGES+ | SELECTOR+"),
        ("resourcequotas", "NAME | REQUEST | LIMIT | AGE"),
        ("roles.rbac.authorization.k8s.io", "NAME | CREATED AT"),
        ("limitranges", "NAME | CREATED AT"),
        ("customresourcedefinitions.apiextensions.k8s.io", "NAME | CREATED AT"),
        ("deviceclasses.resource.k8s.io", "NAME | AGE"),
        ("widgets.example.com", "NAME | AGE"),
    ],
)
def test_headers(resource: str, names: str) -> None:
    assert headers(resource) == names


def test_nodes() -> None:
    labels = {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "db"}
    info = {"kubeletVersion": "v1.33.0", "osImage": "Debian", "containerRuntimeVersion": "dry-run://1"}
    status = {
        "conditions": [{"type": "Ready", "status": "True"}],
        "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}],
        "nodeInfo": info,
    }
    assert row("nodes", metadata={"labels": labels}, spec={"unschedulable": True}, status=status) == [
        "x",
        "Ready,SchedulingDisabled",
        "control-plane,db,worker",
        "60m",
        "v1.33.0",
        "10.0.0.1",
        "<none>",
        "Debian",
        "<unknown>",
        "dry-run://1",
    ]
    assert row("nodes")[1:3] == ["Unknown", "<none>"]
    assert row("nodes", status={"conditions": [{"type": "Ready", "status": "Unknown"}]})[1] == "NotReady"


def test_workloads() -> None:
    spec = {"replicas": 3, "selector": SELECTOR, "template": TEMPLATE}
    status = {"replicas": 3, "readyReplicas": 2, "updatedReplicas": 1, "availableReplicas": 2}
    assert row("deployments.apps", spec=spec, status=status) == ["x", "2/3", 1, 2, "60m", "a,b", "i:1,j:2", SELECTED]
    assert row("replicasets.apps", spec=spec, status=status) == ["x", 3, 3, 2, "60m", "a,b", "i:1,j:2", SELECTED]
    assert row("statefulsets.apps", spec=spec, status=status) == ["x", "2/3", "60m", "a,b", "i:1,j:2"]
    assert row("daemonsets.apps", spec=spec, status={"numberReady": 4})[1:8] == [0, 0, 4, 0, 0, "a=2,z=1", "60m"]
    bad = {"matchExpressions": [{"key": "a", "operator": "Like"}]}
    assert row("deployments.apps", spec={"selector": bad})[-1] == "<invalid>"
    assert row("replicasets.apps", spec={"selector": bad})[-1] == "<error>"


def test_controller_revisions() -> None:
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "controller": True}
    assert row("controllerrevisions.apps", metadata={"ownerReferences": [owner]}, revision=4) == ["x", "statefulset.apps/db", 4, "60m"]
    assert row("controllerrevisions.apps", revision=4)[1] == "<none>"


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        ({"completions": 1}, {}, ["Running", "0/1", ""]),
        ({"completions": 3}, {"succeeded": 2, "startTime": "2026-01-01T00:59:15Z"}, ["Running", "2/3", "45s"]),
        ({"parallelism": 4}, {"succeeded": 1}, ["Running", "1/1 of 4", ""]),
        ({"parallelism": 1}, {}, ["Running", "0/1", ""]),
        (
            {"completions": 1},
            {
                "succeeded": 1,
                "startTime": "2026-01-01T00:00:00Z",
                "completionTime": "2026-01-01T00:02:05Z",
                "conditions": [{"type": "Complete", "status": "True"}],
            },
            ["Complete", "1/1", "2m5s"],
        ),
        ({"completions": 1}, {"conditions": [{"type": "Suspended", "status": "True"}]}, ["Suspended", "0/1", ""]),
        ({"completions": 1}, {"conditions": [{"type": "FailureTarget", "status": "True"}]}, ["FailureTarget", "0/1", ""]),
        ({"completions": 1}, {"conditions": [{"type": "Failed", "status": "True"}]}, ["Failed", "0/1", ""]),
    ],
)
def test_jobs(spec: dict[str, Any], status: dict[str, Any], expected: list[str]) -> None:
    assert row("jobs.batch", spec=spec, status=status)[1:4] == expected


def test_cron_jobs() -> None:
    spec = {"schedule": "*/5 * * * *", "suspend": False, "jobTemplate": {"spec": {"template": TEMPLATE}}}
    assert row("cronjobs.batch", spec=spec) == ["x", "*/5 * * * *", "<none>", "False", 0, "<none>", "60m", "a,b", "i:1,j:2", "<none>"]
    status = {"active": [{}, {}], "lastScheduleTime": "2026-01-01T00:55:00Z"}
    assert row("cronjobs.batch", spec=spec | {"timeZone": "Etc/UTC", "suspend": True}, status=status)[2:6] == ["Etc/UTC", "True", 2, "5m"]


@pytest.mark.parametrize(
    ("spec", "status", "shown"),
    [
        (
            {"type": "ClusterIP", "clusterIPs": ["10.96.0.1"], "ports": [{"port": 443, "protocol": "TCP"}]},
            {},
            ["10.96.0.1", "<none>", "443/TCP"],
        ),
        ({"type": "ClusterIP", "clusterIPs": ["None"]}, {}, ["None", "<none>", "<none>"]),
        (
            {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}, {"port": 53, "protocol": "UDP"}]},
            {},
            ["<none>", "<none>", "80:30080/TCP,53/UDP"],
        ),
        ({"type": "LoadBalancer"}, {}, ["<none>", "<pending>", "<none>"]),
        (
            {"type": "LoadBalancer", "externalIPs": ["1.1.1.1"]},
            {"loadBalancer": {"ingress": [{"hostname": "h"}, {"ip": "2.2.2.2"}]}},
            ["<none>", "2.2.2.2,h,1.1.1.1", "<none>"],
        ),
        ({"type": "ExternalName", "externalName": "example.org"}, {}, ["<none>", "example.org", "<none>"]),
        ({"type": "ClusterIP", "externalIPs": ["1.1.1.1", "2.2.2.2"]}, {}, ["<none>", "1.1.1.1,2.2.2.2", "<none>"]),
    ],
)
def test_services(spec: dict[str, Any], status: dict[str, Any], shown: list[str]) -> None:
    cells = row("services", spec=spec | {"selector": {"b": "2", "a": "1"}}, status=status)
    assert cells == ["x", spec["type"], *shown, "60m", "a=1,b=2"]


def test_endpoints() -> None:
    addresses = [{"ip": "10.0.0.1"}, {"ip": "fd00::2"}]
    assert row("endpoints")[1] == "<none>"
    assert row("endpoints", subsets=[{"addresses": addresses}])[1] == "10.0.0.1,fd00::2"
    ported = [{"addresses": addresses, "ports": [{"port": 80}, {"port": 443}]}]
    assert row("endpoints", subsets=ported)[1] == "10.0.0.1:80,[fd00::2]:80,10.0.0.1:443 + 1 more..."
    sliced = {"addressType": "IPv4", "ports": [{"port": 80}, {"name": "m"}, {}], "endpoints": [{"addresses": list("abcde")}]}
    assert row("endpointslices.discovery.k8s.io", **sliced) == ["x", "IPv4", "80,m,*", "a,b,c + 2 more...", "60m"]
    assert row("endpointslices.discovery.k8s.io")[2:4] == ["<unset>", "<unset>"]


def test_ingresses() -> None:
    rules = [{"host": host} for host in "abcd"]
    status = {"loadBalancer": {"ingress": [{"ip": "9.9.9.9"}]}}
    spec = {"rules": rules, "tls": [{}], "ingressClassName": "nginx"}
    assert row("ingresses.networking.k8s.io", spec=spec, status=status) == ["x", "nginx", "a,b,c + 1 more...", "9.9.9.9", "80, 443", "60m"]
    assert row("ingresses.networking.k8s.io", spec={"rules": [{}]}) == ["x", "<none>", "*", "", "80", "60m"]


def test_volumes() -> None:
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Delete",
        "claimRef": {"namespace": "ns", "name": "c"},
        "storageClassName": "standard",
        "volumeMode": "Filesystem",
    }
    assert row("persistentvolumes", spec=spec, status={"phase": "Bound"}) == [
        "x",
        "1Gi",
        "RWO,RWX",
        "Delete",
        "Bound",
        "ns/c",
        "standard",
        "<unset>",
        "",
        "60m",
        "Filesystem",
    ]
    claim = {"volumeName": "pv", "storageClassName": "standard"}
    status = {"phase": "Bound", "capacity": {"storage": "2Gi"}, "accessModes": ["ReadOnlyMany"]}
    assert row("persistentvolumeclaims", spec=claim, status=status)[1:] == [
        "Bound",
        "pv",
        "2Gi",
        "ROX",
        "standard",
        "<unset>",
        "60m",
        "<unset>",
    ]
    assert row("persistentvolumeclaims", spec={}, status={"phase": "Pending"})[1:6] == ["Pending", "", "", "", ""]
    default = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    assert row("storageclasses.storage.k8s.io", metadata=default, provisioner="p") == [
        "x (default)",
        "p",
        "Delete",
        "Immediate",
        False,
        "60m",
    ]


def resource_metric(current: dict[str, Any] | None, target: dict[str, Any]) -> dict[str, Any]:
    status = {"currentMetrics": [{"resource": {"current": current}}]} if current is not None else {}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": target}}
    return {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 5, "metrics": [metric]}, "status": status}


def test_autoscalers() -> None:
    hpa = "horizontalpodautoscalers.autoscaling"
    assert row(hpa, **resource_metric(None, {"averageUtilization": 99})) == [
        "x",
        "Deployment/web",
        "cpu: <unknown>/99%",
        "<unset>",
        5,
        0,
        "60m",
    ]
    assert row(hpa, **resource_metric({"averageUtilization": 7}, {}))[2] == "cpu: 7%/<auto>"
    assert row(hpa, **resource_metric({"averageValue": "10m"}, {"averageValue": "1"}))[2] == "cpu: 10m/1"
    assert row(hpa, spec={"targetCPUUtilizationPercentage": 50, "minReplicas": 2})[2:4] == ["cpu: <unknown>/50%", "2"]
    assert row(hpa, spec={})[2] == "<none>"
    pods = {"type": "Pods", "pods": {"target": {"averageValue": "3"}}}
    external = {"type": "External", "external": {"target": {"averageValue": "4"}}}
    assert row(hpa, spec={"metrics": [pods, external, pods]})[2] == "<unknown>/3, <unknown>/4 (avg) + 1 more..."


def test_amounts_that_a_scaler_has_not_seen() -> None:
    seen = [{"type": "Object", "object": {"current": {"averageValue": "2"}}}, {"type": "Pods", "pods": {"current": {}}}]
    wanted = [{"type": "Object", "object": {"target": {"value": "3"}}}, {"type": "Pods", "pods": {"target": {"averageValue": "4"}}}]
    shown = row("horizontalpodautoscalers.autoscaling", spec={"metrics": wanted}, status={"currentMetrics": seen})
    assert shown[2] == "<nil>/3, <nil>/4"
    assert row("horizontalpodautoscalers.autoscaling", **resource_metric({"averageUtilization": 7}, {"averageValue": "1"}))[2] == "cpu: <nil>/1"


@pytest.mark.parametrize(("status", "shown"), [("True", "Healthy"), ("False", "Unhealthy"), ("Unknown", "Unhealthy"), (None, "Unknown")])
def test_components(status: str | None, shown: str) -> None:
    conditions = [{"type": "Healthy", "status": status, "message": "ok"}] if status else []
    assert row("componentstatuses", conditions=conditions)[:2] == ["x", shown]


def test_events() -> None:
    event = {
        "type": "Warning",
        "reason": "Failed",
        "message": " no \n",
        "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec"},
        "source": {"component": "kubelet", "host": "n"},
        "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:59:00Z",
        "count": 3,
    }
    assert row("events", **event) == ["60s", "Warning", "Failed", "pod/p", "spec", "kubelet, n", "no", "60m", 3, "x"]
    new = {
        "type": "Normal",
        "reason": "Ok",
        "note": "yes",
        "regarding": {"kind": "Node"},
        "reportingController": "c",
        "eventTime": "2026-01-01T00:30:00.000000Z",
    }
    assert row("events.events.k8s.io", **new) == ["30m", "Normal", "Ok", "node", "", "c", "yes", "30m", 1, "x"]
    series = {"count": 9, "lastObservedTime": "2026-01-01T00:59:59.000000Z"}
    assert row("events", **new, series=series)[8] == 9
    assert row("events", **new, series=series)[0] == "1s"


def test_bindings() -> None:
    subjects = [
        {"kind": "User", "name": "u"},
        {"kind": "Group", "name": "g"},
        {"kind": "ServiceAccount", "name": "s", "namespace": "ns"},
        {"kind": "User", "name": "v"},
    ]
    binding = {"roleRef": {"kind": "ClusterRole", "name": "admin"}, "subjects": subjects}
    expected = ["x", "ClusterRole/admin", "60m", "u, v", "g", "ns/s"]
    assert row("rolebindings.rbac.authorization.k8s.io", **binding) == expected
    assert row("clusterroles.rbac.authorization.k8s.io") == ["x", "2026-01-01T00:00:00Z"]


def test_smaller_kinds() -> None:
    assert row("namespaces", status={"phase": "Active"}) == ["x", "Active", "60m"]
    assert row("secrets", type="Opaque", data={"a": "", "b": ""}) == ["x", "Opaque", 2, "60m"]
    assert row("configmaps", data={"a": ""}, binaryData={"b": ""}) == ["x", 2, "60m"]
    assert row("serviceaccounts") == ["x", 0, "60m"]
    hard = {"pods": "10", "limits.cpu": "4", "requests.cpu": "2"}
    status = {"hard": hard, "used": {"pods": "3", "limits.cpu": "1"}}
    assert row("resourcequotas", status=status) == ["x", "pods: 3/10, requests.cpu: 0/2", "limits.cpu: 1/4", "60m"]
    assert row("poddisruptionbudgets.policy", spec={"minAvailable": "50%"}, status={"disruptionsAllowed": 1}) == [
        "x",
        "50%",
        "N/A",
        1,
        "60m",
    ]
    assert row("networkpolicies.networking.k8s.io", spec={"podSelector": {}}) == ["x", "<none>", "60m"]
    assert row("leases.coordination.k8s.io", spec={"holderIdentity": "me"}) == ["x", "me", "60m"]
    assert row("priorityclasses.scheduling.k8s.io", value=1000, preemptionPolicy="Never") == ["x", 1000, False, "60m", "Never"]
    approved = {"conditions": [{"type": "Approved", "status": "True"}], "certificate": "eA=="}
    csr = row(
        "certificatesigningrequests.certificates.k8s.io",
        spec={"signerName": "s", "username": "u", "expirationSeconds": 86400},
        status=approved,
    )
    assert csr == ["x", "60m", "s", "u", "24h", "Approved,Issued"]
    binding = row("validatingadmissionpolicybindings.admissionregistration.k8s.io", spec={"policyName": "p", "paramRef": {"name": "n"}})
    assert binding == ["x", "p", "*/n", "60m"]
    chosen = {"policyName": "p", "paramRef": {"selector": {"matchLabels": {"a": "b"}}}}
    shown = "&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}"
    assert row("validatingadmissionpolicybindings.admissionregistration.k8s.io", spec=chosen) == ["x", "p", shown, "60m"]
    taint = {"key": "k", "value": "v", "effect": "NoExecute", "timeAdded": "2026-01-01T00:30:00Z"}
    assert row("devicetaintrules.resource.k8s.io", spec={"taint": taint}) == ["x", "k", "v", "NoExecute", "30m", "60m"]
    assert row("devicetaintrules.resource.k8s.io", spec={"taint": {"key": "k"}}) == ["x", "k", "", "", "", "60m"]
    address = {"parentRef": {"resource": "services", "namespace": "default", "name": "kubernetes"}}
    assert row("ipaddresses.networking.k8s.io", spec=address) == ["x", "services/default/kubernetes"]


def test_flow_schemas_are_listed_by_precedence() -> None:
    objects = [{"metadata": META | {"name": name}, "spec": {"matchingPrecedence": rank}} for name, rank in (("a", 900), ("b", 1), ("c", 900))]
    listed = tables.table(objects, scheme.builtin().must("flowschemas.flowcontrol.apiserver.k8s.io"), NOW)
    assert [row["cells"][0] for row in listed["rows"]] == ["b", "a", "c"]


def test_table_object() -> None:
    pods = scheme.builtin().must("pods")
    pod = {"metadata": META | {"resourceVersion": "7"}, "spec": {"containers": []}, "status": {"phase": "Succeeded"}}
    made = tables.table(pod, pods, NOW)
    assert made["metadata"] == {"resourceVersion": "7"}
    assert list(made["columnDefinitions"][0]) == ["name", "type", "format", "priority", "description"]
    assert made["rows"] == [
        {
            "cells": ["x", "0/0", "Succeeded", "0", "60m", "<none>", "<none>", "<none>", "<none>"],
            "conditions": [{"type": "Completed", "status": "True", "reason": "Succeeded", "message": "The pod has completed successfully."}],
            "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": pod["metadata"]},
        }
    ]
    assert tables.table([pod], pods, NOW, "None", metadata={"resourceVersion": "9"})["rows"][0]["object"] is None
    listed = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "8"}, "items": [pod]}
    whole = tables.table(listed, pods, NOW, "Object")
    assert (whole["metadata"], whole["rows"][0]["object"]["kind"]) == ({"resourceVersion": "8"}, "Pod")


def test_levels_and_schemas_of_flow_control() -> None:
    group = "flowcontrol.apiserver.k8s.io"
    limited = {"nominalConcurrencyShares": 30, "limitResponse": {"type": "Queue", "queuing": {"queues": 64, "handSize": 6, "queueLengthLimit": 50}}}
    assert row(f"prioritylevelconfigurations.{group}", spec={"type": "Limited", "limited": limited}) == ["x", "Limited", 30, 64, 6, 50, "60m"]
    rejecting = {"nominalConcurrencyShares": 5, "limitResponse": {"type": "Reject"}}
    assert row(f"prioritylevelconfigurations.{group}", spec={"type": "Limited", "limited": rejecting})[2:6] == [5, "<none>", "<none>", "<none>"]
    assert row(f"prioritylevelconfigurations.{group}", spec={"type": "Exempt"})[2:6] == ["<none>"] * 4
    spec = {"priorityLevelConfiguration": {"name": "exempt"}, "matchingPrecedence": 1}
    assert row(f"flowschemas.{group}", spec=spec) == ["x", "exempt", 1, "<none>", "60m", "?"]
    dangling = {"conditions": [{"type": "Dangling", "status": "False"}]}
    assert row(f"flowschemas.{group}", spec=spec | {"distinguisherMethod": {"type": "ByUser"}}, status=dangling)[3:] == ["ByUser", "60m", "False"]
