"""The structure of kinds: what is there, how references resolve, what server-side apply and patches ask for."""

import json

import pytest

from minikube_py.kits import datafiles
from minikube_py.machinery import schemas

TEXT = {"type": "string"}
POD_SPEC = "io.k8s.api.core.v1.PodSpec"


def at(kind: str, *path: str, api_version: str = "v1") -> schemas.Schema:
    root = schemas.for_kind(api_version, kind)
    assert root is not None
    found = root.at(*path)
    assert found is not None
    return found


def test_every_served_kind_has_a_schema() -> None:
    rows = json.loads(datafiles.read_text("schemas", "resources.json"))
    missing = [
        (row["version"], row["kind"])
        for row in rows
        if schemas.for_kind("/".join(part for part in (row["group"], row["version"]) if part), row["kind"]) is None
    ]
    assert missing == []


def test_every_reference_resolves_and_types_are_known() -> None:
    seen: set[int] = set()

    def walk(schema: schemas.Schema | None) -> None:
        if schema is None or id(schema) in seen:
            return
        seen.add(id(schema))
        assert schema.type in ("object", "array", "string", "integer", "number", "boolean", "")
        for child in (*schema.properties.values(), schema.items, schema.additional):
            walk(child)

    for key in json.loads(datafiles.read_text("schemas", "definitions", "index.json")):
        api_version, _, kind = key.rpartition("/")
        walk(schemas.for_kind(api_version, kind))
    assert len(seen) > 2000


def test_unknown_kind_has_none() -> None:
    assert schemas.for_kind("example.com/v1", "Widget") is None
    assert schemas.for_kind("v1", "Deployment") is None


def test_a_definition_is_shared() -> None:
    assert at("Pod", "spec") is schemas.definition(POD_SPEC)
    assert at("Deployment", "spec", "template", "spec", api_version="apps/v1") is schemas.definition(POD_SPEC)


def test_list_map_keys_and_patch_keys() -> None:
    containers = at("Pod", "spec", "containers")
    assert (containers.list_type, containers.list_map_keys) == ("map", ("name",))
    assert (containers.patch_strategy, containers.patch_merge_key) == ("merge", "name")
    volumes = at("Pod", "spec", "volumes")
    assert volumes.strategies == ("merge", "retainKeys")
    assert at("ServiceAccount", "secrets").patch_merge_key == "name"
    assert at("Pod", "metadata", "finalizers").list_type == "set"


def test_key_defaults() -> None:
    assert at("Pod", "spec", "containers", "ports").key_defaults == {"containerPort": 0, "protocol": "TCP"}
    assert at("Service", "spec", "ports").key_defaults == {"port": 0, "protocol": "TCP"}
    assert at("Pod", "spec", "containers", "env").key_defaults == {"name": ""}
    assert at("Pod", "spec", "imagePullSecrets").key_defaults == {"name": ""}
    assert at("ServiceAccount", "secrets").key_defaults == {}  # a name that may be left out has none


def test_keys_beside_a_reference() -> None:
    strategy = at("Deployment", "spec", "strategy", api_version="apps/v1")
    assert strategy.strategies == ("retainKeys",)
    assert strategy.name == "io.k8s.api.apps.v1.DeploymentStrategy"
    assert "rollingUpdate" in strategy.properties


def test_scalars_and_opaque_values() -> None:
    assert at("Deployment", "spec", "strategy", "rollingUpdate", "maxSurge", api_version="apps/v1").int_or_string
    assert at("Pod", "spec", "containers", "resources", "limits", "cpu").format == "quantity"
    assert at("Pod", "metadata", "creationTimestamp").format == "date-time"
    assert at("Secret", "data", "key").format == "byte"
    assert at("ControllerRevision", "data", api_version="apps/v1").preserve_unknown
    assert at("Pod", "metadata", "managedFields", "fieldsV1").preserve_unknown


def test_atomic() -> None:
    assert at("Pod", "spec", "nodeSelector").is_atomic
    assert at("Pod", "spec", "containers", "command").is_atomic
    assert not at("Pod", "spec", "containers").is_atomic
    assert not at("Pod", "metadata", "labels").is_atomic
    assert at("Service", "spec", "selector").map_type == "atomic"


def test_path_that_is_not_there() -> None:
    root = schemas.for_kind("v1", "Pod")
    assert root is not None
    assert root.at("spec", "nope") is None
    assert root.at("spec", "nodeName", "deeper") is None


def test_structural_schema_of_a_custom_kind() -> None:
    widget = schemas.from_openapi({
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "format": "int32"},
                    "parts": {
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "side"],
                        "items": {"type": "object", "properties": {"name": TEXT, "side": TEXT | {"default": "left"}}},
                    },
                    "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
            },
        },
    })  # fmt: skip
    spec = widget.at("spec")
    assert spec is not None and spec.required == ("size",)
    assert spec.properties["parts"].key_defaults == {"side": "left"}
    assert spec.properties["extra"].preserve_unknown
    labels = widget.at("metadata", "labels", "any")
    assert labels is not None and labels.type == "string"


def test_an_unknown_attribute_is_an_error() -> None:
    with pytest.raises(AttributeError):
        _ = schemas.definition(POD_SPEC).nonsense
