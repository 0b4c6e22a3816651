"""Discovery: against a recorded document of Kubernetes v1.33 as far as we serve it, and with the real kubectl."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.apiserver import discovery
from minikube_py.machinery import scheme
from minikube_py.machinery.scheme import Resource, Scheme
from tests.machinery.protobuf import kubectlstub, record

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "discovery-1.33.json"
V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
V2BETA1 = V2.replace("v=v2", "v=v2beta1")
ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


@pytest.fixture
def known() -> Scheme:
    return scheme.builtin()


def widgets(group: str, version: str = "v1") -> Resource:
    return Resource(group, version, "widgets", "Widget", "widget", True, ("wd",), ("all",), ("get", "list", "watch"), {})


def test_aggregated_is_as_recorded(known: Scheme) -> None:
    if not RECORDED.exists():
        pytest.skip("the recorded discovery document is not beside the checkout")
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    expected = []
    for item in recorded["items"]:
        versions = [version for version in item["versions"] if version["version"] in known.versions(item["metadata"]["name"])]
        if versions:
            expected.append(item | {"versions": versions})
    assert discovery.aggregated(known, core=False) == recorded | {"items": expected}


def test_aggregated_core(known: Scheme) -> None:
    document = discovery.aggregated(known, core=True, version="v2beta1")
    assert {field: document[field] for field in ("kind", "apiVersion", "metadata")} == {
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2beta1", "metadata": {},
    }  # fmt: skip
    (item,) = document["items"]
    assert item["metadata"] == {"creationTimestamp": None}
    (version,) = item["versions"]
    assert (version["version"], version["freshness"]) == ("v1", "Current")
    rows = {row["resource"]: row for row in version["resources"]}
    assert json.dumps(rows["nodes"]) == json.dumps({
        "resource": "nodes", "responseKind": {"group": "", "version": "", "kind": "Node"}, "scope": "Cluster", "singularResource": "node",
        "verbs": ALL_VERBS, "shortNames": ["no"],
        "subresources": [
            {"subresource": "proxy", "responseKind": {"group": "", "version": "", "kind": "NodeProxyOptions"},
             "verbs": ["create", "delete", "get", "patch", "update"]},
            {"subresource": "status", "responseKind": {"group": "", "version": "", "kind": "Node"}, "verbs": ["get", "patch", "update"]},
        ],
    })  # fmt: skip
    eviction = next(sub for sub in rows["pods"]["subresources"] if sub["subresource"] == "eviction")
    assert eviction["responseKind"] == {"group": "policy", "version": "v1", "kind": "Eviction"}
    assert list(rows)[0] == "bindings"
    assert list(rows)[-1] == "services"


def test_older_documents(known: Scheme) -> None:
    assert discovery.api_versions("127.0.0.1:6443") == {
        "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}],
    }  # fmt: skip
    groups = discovery.group_list(known)
    assert (groups["kind"], groups["apiVersion"]) == ("APIGroupList", "v1")
    assert [group["name"] for group in groups["groups"]][:3] == ["apiregistration.k8s.io", "apps", "events.k8s.io"]
    v2, v1 = {"groupVersion": "autoscaling/v2", "version": "v2"}, {"groupVersion": "autoscaling/v1", "version": "v1"}
    autoscaling = {"name": "autoscaling", "versions": [v2, v1], "preferredVersion": v2}
    assert autoscaling in groups["groups"]
    assert discovery.group(known, "autoscaling") == {"kind": "APIGroup", "apiVersion": "v1"} | autoscaling


def test_resources_of_a_group_version(known: Scheme) -> None:
    hpa = {"name": "horizontalpodautoscalers", "singularName": "horizontalpodautoscaler", "namespaced": True, "kind": "HorizontalPodAutoscaler",
           "verbs": ALL_VERBS, "shortNames": ["hpa"], "categories": ["all"], "storageVersionHash": "qwQve8ut294="}  # fmt: skip
    status = {"name": "horizontalpodautoscalers/status", "singularName": "", "namespaced": True, "kind": "HorizontalPodAutoscaler",
              "verbs": ["get", "patch", "update"]}  # fmt: skip
    document = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "autoscaling/v1", "resources": [hpa, status]}
    assert json.dumps(discovery.resource_list(known, "autoscaling", "v1")) == json.dumps(document)


def test_resources_of_core(known: Scheme) -> None:
    document = discovery.resource_list(known, "", "v1")
    assert document is not None
    assert json.dumps(document).startswith(
        '{"kind": "APIResourceList", "groupVersion": "v1", "resources": [{"name": "bindings", "singularName": "binding", "namespaced": true, "kind": "Binding"'
    )
    rows = {row["name"]: row for row in document["resources"]}
    assert rows["pods/eviction"] == {"name": "pods/eviction", "singularName": "", "namespaced": True, "group": "policy", "version": "v1",
                                     "kind": "Eviction", "verbs": ["create"]}  # fmt: skip
    hashes = {"configmaps": "qFsyl6wFWjQ=", "events": "r2yiGXH7wu8=", "pods": "xPOwRZ+Yhw8=", "services": "0/CO1lhkEBI=", "nodes": "XwShjMxG9Fs="}
    assert {name: rows[name]["storageVersionHash"] for name in hashes} == hashes
    assert [name for name in ("bindings", "componentstatuses", "pods/status") if "storageVersionHash" in rows[name]] == []


def test_what_is_not_served_is_not_there(known: Scheme) -> None:
    assert discovery.resource_list(known, "resource.k8s.io", "v1beta1") is None
    assert discovery.resource_list(known, "nothing.example", "v1") is None
    assert discovery.group(known, "resource.k8s.io") is None
    assert discovery.group(known, "") is None
    assert "resource.k8s.io" not in json.dumps(discovery.group_list(known))


def test_custom_groups_come_last_and_by_name(known: Scheme) -> None:
    builtin = [group["name"] for group in discovery.group_list(known)["groups"]]
    for group in ("zoo.example", "apples.example"):
        known.add(widgets(group))
    assert [group["name"] for group in discovery.group_list(known)["groups"]] == [*builtin, "apples.example", "zoo.example"]
    row = discovery.aggregated(known, core=False)["items"][-1]["versions"][0]["resources"][0]
    assert row == {"resource": "widgets", "responseKind": {"group": "", "version": "", "kind": "Widget"}, "scope": "Namespaced",
                   "singularResource": "widget", "verbs": ["get", "list", "watch"], "shortNames": ["wd"], "categories": ["all"]}  # fmt: skip


@pytest.mark.parametrize(
    ("accept", "version"),
    [
        (f"{V2},{V2BETA1},application/json", "v2"), (f"{V2BETA1}, application/json", "v2beta1"), ("application/json, */*", None), ("", None),
        (V2.replace("v=v2", "v=v3") + "," + V2BETA1, "v2beta1"), ("application/json," + V2, None), ("*/*", None), ("text/html", None),
        ("application/vnd.kubernetes.protobuf;as=Table," + V2, "v2"), ("application/json; as=APIGroupDiscoveryList; v=v2; g=apidiscovery.k8s.io", "v2"),
    ],
)  # fmt: skip
def test_what_accept_asks_for(accept: str, version: str | None) -> None:
    assert discovery.aggregated_version(accept) == version


def test_content_types() -> None:
    assert discovery.content_type("v2") == V2
    assert discovery.content_type("v2beta1") == V2BETA1


def test_etags_tell_documents_apart() -> None:
    assert (
        discovery.etag(b"")
        == f'"{"CF83E1357EEFB8BDF1542850D66D8007D620E4050B5715DC83F4A921D36CE9CE"}{"47D0D13C5D85F2B0FF8318D2877EEC2F63B931BD47417A81A538327AF927DA3E"}"'
    )
    assert discovery.etag(b"a") != discovery.etag(b"b")


@pytest.fixture(scope="module")
def stub() -> Iterator[kubectlstub.Stub]:
    with kubectlstub.serving(record.routes(), record.echo) as server:
        yield server


@pytest.fixture(scope="module")
def plain() -> Iterator[kubectlstub.Stub]:
    """A server that knows the older documents only."""
    documents: dict[str, Any] = {"/api": discovery.api_versions("127.0.0.1:1"), "/apis": discovery.group_list(scheme.builtin())}
    for resource in scheme.builtin():
        path = f"/apis/{resource.api_version}" if resource.group else "/api/v1"
        documents[path] = discovery.resource_list(scheme.builtin(), resource.group, resource.version)
    routes: kubectlstub.Routes = {
        path: lambda _, document=document: ("application/json", json.dumps(document).encode())  # type: ignore[misc]
        for path, document in documents.items()
        if document is not None
    }
    with kubectlstub.serving(routes, record.echo) as server:
        yield server


def test_kubectl_reads_all_forms(stub: kubectlstub.Stub, plain: kubectlstub.Stub, tmp_path: Path) -> None:
    """v2 by kubectl 1.33, v2beta1 by 1.28, and the older documents by both: all show the same."""
    listed = [
        server.run(tmp_path / f"{version}-{number}", version, "api-resources", "-o", "wide")
        for number, server in enumerate((stub, plain))
        for version in ("1.28", "1.33")
    ]
    assert {ran.code for ran in listed} == {0}
    assert {ran.err for ran in listed} == {""}
    assert listed[0].out == listed[2].out
    assert listed[1].out == listed[3].out
    assert [line.split()[0] for line in listed[1].out.splitlines()[:4]] == ["NAME", "bindings", "componentstatuses", "configmaps"]
    served = [resource for resource in scheme.builtin() if resource.served]
    preferred = [resource for resource in served if resource.version == scheme.builtin().versions(resource.group)[0]]
    assert len(listed[1].out.splitlines()) == 1 + len(preferred)
