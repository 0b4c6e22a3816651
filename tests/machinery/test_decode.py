"""What a typed server makes of objects: kube-apiserver's words for what is wrong, and what it keeps."""

import copy
import pathlib
from typing import Any

import pytest

from minikube_py.kits import yaml
from minikube_py.machinery import decode, schemas

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{
                "name": "web", "image": "nginx", "ports": [{"containerPort": 80}], "env": [{"name": "A", "value": "b"}],
                "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}, "livenessProbe": {"httpGet": {"port": "http", "path": "/"}},
            }]},
        },
    },
}  # fmt: skip
CONTAINER = ("spec", "template", "spec", "containers", 0)


def schema(kind: str, api_version: str = "v1") -> schemas.Schema:
    found = schemas.for_kind(api_version, kind)
    assert found is not None
    return found


def decoded(*path: str | int, value: Any) -> decode.Decoded:
    """Decode a good Deployment but for one value."""
    obj = copy.deepcopy(DEPLOYMENT)
    node: Any = obj
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return decode.decode(obj, schema("Deployment", "apps/v1"))


def at(result: decode.Decoded, *path: str | int) -> Any:
    node: Any = result.obj
    for part in path:
        node = node[part]
    return node


def test_a_good_object_is_returned_itself() -> None:
    result = decode.decode(DEPLOYMENT, schema("Deployment", "apps/v1"))
    assert result.obj is DEPLOYMENT
    assert (result.findings, result.error) == ([], None)


def test_unknown_fields_are_listed_and_dropped() -> None:
    obj = copy.deepcopy(DEPLOYMENT)
    obj["spec"]["replica"] = 3
    obj["spec"]["template"]["spec"]["containers"][0] |= {"imagee": "x", "ports": [{"containerPort": 1, "ContainerPort": 2}]}
    obj["metadata"]["Name"] = "x"
    result = decode.decode(obj, schema("Deployment", "apps/v1"))
    assert result.findings == [
        'unknown field "metadata.Name"', 'unknown field "spec.replica"', 'unknown field "spec.template.spec.containers[0].imagee"',
        'unknown field "spec.template.spec.containers[0].ports[0].ContainerPort"',
    ]  # fmt: skip
    assert result.error is None
    wanted = copy.deepcopy(DEPLOYMENT)
    wanted["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 1}]
    assert result.obj == wanted
    assert list(result.obj["spec"]) == ["replicas", "selector", "template"]


def test_messages_of_the_server() -> None:
    result = decoded("spec", "replica", value=1)
    assert decode.refusal("Deployment", "v1", decode.strict_error(result.findings)) == (
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"'
    )


def test_findings_are_bounded() -> None:
    result = decoded("spec", "template", "spec", value={f"f{number:03}": 1 for number in range(500)})
    assert len(result.findings) == 100
    assert result.findings[0] == 'unknown field "spec.template.spec.f000"'


def test_duplicates_come_first() -> None:
    (document,) = yaml.load_all('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","name":"y"},"dat":{}}')
    result = decode.decode(document.value, schema("ConfigMap"), duplicates=document.duplicates)
    assert result.findings == ['duplicate field "metadata.name"', 'unknown field "dat"']


@pytest.mark.parametrize(("path", "value", "message"), [
    (("spec", "replicas"), "3", "string into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (("spec", "replicas"), 1.5, "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (("spec", "replicas"), 3000000000, "number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (("spec", "replicas"), True, "bool into Go struct field DeploymentSpec.spec.replicas of type int32"),
    (("spec", "paused"), "yes", "string into Go struct field DeploymentSpec.spec.paused of type bool"),
    (("spec",), "x", "string into Go struct field Deployment.spec of type v1.DeploymentSpec"),
    (("metadata", "name"), 5, "number into Go struct field ObjectMeta.metadata.name of type string"),
    (("metadata", "labels"), {"a": 1}, "number into Go struct field ObjectMeta.metadata.labels of type string"),
    (("metadata", "labels"), [], "array into Go struct field ObjectMeta.metadata.labels of type map[string]string"),
    (("metadata", "creationTimestamp"), 5, "number into Go struct field ObjectMeta.metadata.creationTimestamp of type string"),
    ((*CONTAINER, "env"), {"a": 1}, "object into Go struct field Container.spec.template.spec.containers.env of type []v1.EnvVar"),
    ((*CONTAINER, "env", 0, "value"), 1, "number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string"),
    ((*CONTAINER, "ports", 0), "x", "string into Go struct field Container.spec.template.spec.containers.ports of type v1.ContainerPort"),
    ((*CONTAINER, "command"), ["a", 1], "number into Go struct field Container.spec.template.spec.containers.command of type string"),
    ((*CONTAINER, "imagePullPolicy"), 1,
     "number into Go struct field Container.spec.template.spec.containers.imagePullPolicy of type v1.PullPolicy"),
    ((*CONTAINER, "resources", "limits"), "x",
     "string into Go struct field ResourceRequirements.spec.template.spec.containers.resources.limits of type v1.ResourceList"),
    ((*CONTAINER, "livenessProbe", "httpGet", "port"), 1.5,
     "number 1.5 into Go struct field HTTPGetAction.spec.template.spec.containers.livenessProbe.httpGet.port of type int32"),
])  # fmt: skip
def test_wrong_types(path: tuple[str | int, ...], value: Any, message: str) -> None:
    assert decoded(*path, value=value).error == "json: cannot unmarshal " + message


def test_the_first_wrong_type_counts_unless_a_value_refuses_itself() -> None:
    obj = copy.deepcopy(DEPLOYMENT)
    obj["metadata"]["name"] = 1
    obj["spec"]["paused"] = 1
    assert "ObjectMeta.metadata.name" in (decode.decode(obj, schema("Deployment", "apps/v1")).error or "")
    obj["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] = "much"
    assert (decode.decode(obj, schema("Deployment", "apps/v1")).error or "").startswith("quantities must match the regular expression")


@pytest.mark.parametrize(("text", "message"), [
    ("x", 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'),
    ("2024", 'parsing time "2024" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "-"'),
    ("2024-01-02 03:04:05Z", 'parsing time "2024-01-02 03:04:05Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 03:04:05Z" as "T"'),
    ("2024-01-02T03:04:05", 'parsing time "2024-01-02T03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'),
    ("2024-13-02T03:04:05Z", 'parsing time "2024-13-02T03:04:05Z": month out of range'),
    ("2023-02-29T03:04:05Z", 'parsing time "2023-02-29T03:04:05Z": day out of range'),
    ("2024-01-02T03:04:05Zx", 'parsing time "2024-01-02T03:04:05Zx": extra text: "x"'),
])  # fmt: skip
def test_times_that_are_none(text: str, message: str) -> None:
    assert decoded("metadata", "creationTimestamp", value=text).error == message


def test_other_spellings_are_put_right() -> None:
    limits = ("spec", "template", "spec", "containers", 0, "resources", "limits")
    assert at(decoded(*limits, value={"cpu": 1, "memory": "1024Mi", "x": 0.5}), *limits) == {"cpu": "1", "memory": "1Gi", "x": "500m"}
    created = ("metadata", "creationTimestamp")
    assert at(decoded(*created, value="2024-02-29T01:00:00.5+02:00"), *created) == "2024-02-28T23:00:00Z"


def test_nulls() -> None:
    assert at(decoded("metadata", "annotations", value=None), "metadata") == DEPLOYMENT["metadata"]
    assert at(decoded("metadata", "creationTimestamp", value=None), "metadata") == DEPLOYMENT["metadata"]
    assert at(decoded(*CONTAINER, "args", value=["a", None]), *CONTAINER, "args") == ["a", ""]
    assert at(decoded("metadata", "labels", value={"a": None}), "metadata", "labels") == {"a": ""}
    template = ("spec", "template", "metadata", "creationTimestamp")
    kept = decoded(*template, value=None)
    assert at(kept, *template) is None


@pytest.mark.parametrize(("text", "message"), [
    ("aGk=", None), ("", None), ("aGk", "0"), ("a!k=", "1"), ("aG k", "2"), ("=", "0"), ("a=", "1"), ("aGk=x", "4"), ("aG=k", "2"), ("aGk==", "4"),
    ("aGkxa", "4"), ("éGk=", "0"),
])  # fmt: skip
def test_base64(text: str, message: str | None) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": {"k": text}}
    wanted = None if message is None else f"illegal base64 data at input byte {message}"
    assert decode.decode(secret, schema("Secret")).error == wanted


def test_base64_in_several_lines_becomes_one() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": {"k": "aG\nkx\n"}}
    assert decode.decode(secret, schema("Secret")).obj["data"] == {"k": "aGkx"}


def test_opaque_values_are_left_alone() -> None:
    revision = {
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "x", "managedFields": [{"fieldsV1": {"f:a": {}}}]},
        "data": {"anything": [None, {"goes": 1.5}]}, "revision": 1,
    }  # fmt: skip
    assert decode.decode(revision, schema("ControllerRevision", "apps/v1")).obj is revision


def test_recursive_schema() -> None:
    props = {"type": "object", "properties": {"a": {"allOf": [{"type": "string"}], "default": {"any": ["thing"]}, "additionalProperties": True}}}
    crd: dict[str, Any] = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "x"},
        "spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": props}}]},
    }  # fmt: skip
    kind = schema("CustomResourceDefinition", "apiextensions.k8s.io/v1")
    assert decode.decode(crd, kind).obj is crd
    props["properties"]["a"]["allOf"][0]["typo"] = 1  # type: ignore[index]
    assert decode.decode(crd, kind).findings == ['unknown field "spec.versions[0].schema.openAPIV3Schema.properties.a.allOf[0].typo"']


WIDGET = schemas.from_openapi({
    "type": "object",
    "properties": {"spec": {
        "type": "object",
        "properties": {
            "size": {"type": "integer"}, "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}, "empty": {"type": "object"},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"in": {"type": "object"}}},
            "pod": {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"spec": {"type": "object"}}},
            "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }},
})  # fmt: skip


def test_custom_objects_are_pruned_and_not_typed() -> None:
    spec = {
        "size": "wrong, but that is for validation to say", "free": {"x": 1}, "open": {"other": 1, "in": {}}, "map": {"a": 1, "b": None},
        "pod": {"apiVersion": "v1", "kind": "Pod", "metadata": {"any": "thing"}, "spec": {}}, "list": ["odd", {"a": "b"}],
    }  # fmt: skip
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x"}, "spec": spec}
    assert decode.decode(widget, WIDGET).obj is widget
    dirty = copy.deepcopy(widget)
    dirty["spec"] |= {"more": 1, "empty": {"x": 1}, "open": {"in": {"y": 1}}, "list": [{"z": 1}]}  # type: ignore[operator]
    result = decode.decode(dirty, WIDGET)
    assert result.findings == [
        'unknown field "spec.empty.x"', 'unknown field "spec.list[0].z"', 'unknown field "spec.more"', 'unknown field "spec.open.in.y"',
    ]  # fmt: skip
    assert result.obj["spec"] == spec | {"empty": {}, "open": {"in": {}}, "list": [{}]}


def test_metadata_of_custom_objects_is_typed() -> None:
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "x", "labels": {"a": 1}}}
    assert decode.decode(widget, WIDGET).error == "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"


MANIFESTS = pathlib.Path(__file__).parents[3] / "shared" / "manifests"


def test_manifests_of_real_projects_are_clean() -> None:
    if not MANIFESTS.is_dir():
        pytest.skip("the shared manifests are not beside this checkout")
    seen = 0
    for path in sorted(MANIFESTS.rglob("*.y*ml")):
        for document in yaml.load_all(path.read_bytes()):
            assert document.duplicates == [], path
            value = document.value
            for obj in value["items"] if value.get("kind") == "List" else [value]:
                found = schemas.for_kind(obj["apiVersion"], obj["kind"])
                if found is not None:
                    result = decode.decode(obj, found)
                    assert (result.findings, result.error) == ([], None), (path, obj["metadata"])
                    seen += 1
    assert seen > 300


@pytest.mark.parametrize(
    ("kind", "api_version", "spec", "kept"),
    [
        # Plain values, lists and maps that may be left out are not written while they are zero; those behind pointers are, and structs.
        ("Pod", "v1", {"hostNetwork": False, "hostUsers": False, "nodeSelector": {}, "tolerations": [], "containers": []},
         {"hostUsers": False, "containers": []}),
        ("Pod", "v1", {"containers": [{"name": "", "stdin": False, "env": [{"name": "A", "value": ""}], "resources": {"limits": {}}}]},
         {"containers": [{"name": "", "env": [{"name": "A"}], "resources": {}}]}),
        ("Pod", "v1", {"volumes": [{"name": "a", "emptyDir": {"medium": ""}}, {"name": "b", "hostPath": {"path": "", "type": ""}}]},
         {"volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "hostPath": {"path": "", "type": ""}}]}),
        ("Deployment", "apps/v1", {"replicas": 0, "paused": False, "minReadySeconds": 0, "strategy": {}}, {"replicas": 0, "strategy": {}}),
        ("Service", "v1", {"ports": [{"port": 80, "nodePort": 0}], "publishNotReadyAddresses": False}, {"ports": [{"port": 80}]}),
        ("PersistentVolumeClaim", "v1", {"storageClassName": "", "volumeName": ""}, {"storageClassName": ""}),
        ("StatefulSet", "apps/v1", {"serviceName": "", "volumeClaimTemplates": []}, {"serviceName": ""}),
    ],
)  # fmt: skip
def test_what_go_does_not_write_is_gone(kind: str, api_version: str, spec: dict[str, Any], kept: dict[str, Any]) -> None:
    found = decode.decode({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "labels": {}}, "spec": spec}, schema(kind, api_version))
    assert found == decode.Decoded({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, "spec": kept}, [], None)


def test_values_of_maps_stay() -> None:
    secret = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "labels": {"a": ""}}, "data": {"key": ""}}
    assert decode.decode(secret, schema("ConfigMap")).obj == secret


def test_names_types_and_states_are_written_even_where_they_are_empty() -> None:
    found = decoded(*CONTAINER[:-1], value=[{"image": "nginx", "env": [{"value": "b"}]}])
    assert found.obj["spec"]["template"]["spec"]["containers"] == [{"image": "nginx", "env": [{"value": "b", "name": ""}], "name": ""}]
    assert decoded(*CONTAINER[:-1], value=[None]).obj["spec"]["template"]["spec"]["containers"] == [{"name": ""}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "status": {"conditions": [{"reason": "Odd"}]}}
    assert decode.decode(pod, schema("Pod")).obj["status"] == {"conditions": [{"reason": "Odd", "type": "", "status": ""}]}
    path = {"path": "/", "backend": {"service": {"name": "web"}}}  # pathType is required, too, but behind a pointer
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web"}, "spec": {"rules": [{"http": {"paths": [path]}}]}}
    assert decode.decode(ingress, schema("Ingress", "networking.k8s.io/v1")).obj is ingress
