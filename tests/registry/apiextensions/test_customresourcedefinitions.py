"""CustomResourceDefinitions."""

from typing import Any

import pytest

from minikube_py import registry
from minikube_py.machinery import meta
from tests.registry import support

GROUP, PLURAL = "apiextensions.k8s.io", "customresourcedefinitions"
OBJECT = {"type": "object"}


def crd(schema: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": OBJECT if schema is None else schema}}
    body = {"group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"}, "versions": [version]}
    return {"metadata": {"name": "things.example.com"}, "spec": body | spec}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_a_new_definition() -> None:
    obj = support.created(GROUP, PLURAL, crd())
    assert obj["spec"]["names"] == {"plural": "things", "kind": "Thing", "singular": "thing", "listKind": "ThingList"}
    assert obj["spec"]["conversion"] == {"strategy": "None"}
    assert obj["status"] == {"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": ["v1"]}
    assert obj["metadata"]["generation"] == 1


S = "spec.versions[0].schema.openAPIV3Schema"


@pytest.mark.parametrize(
    ("schema", "messages"),
    [
        (OBJECT, []),
        ({}, [f"{S}.type: Required value: must not be empty at the root"]),
        ({"type": "string"}, [f'{S}.type: Invalid value: "string": must be object at the root']),
        (fields(spec={}), [f"{S}.properties[spec].type: Required value: must not be empty for specified object fields"]),
        (fields(l={"type": "array"}), [f"{S}.properties[l].items: Required value: must be specified"]),
        (fields(l={"type": "array", "items": "UTC"}), [f"{S}.properties[l].items: Required value: must be specified"]),
        (fields(l={"type": "array", "items": [{"type": "string"}], "not": {"items": {"minimum": 1}}}),
         [f"{S}.properties[l].items: Forbidden: items must be a schema object and not an array"]),
        (fields(l={"type": "array", "items": {}}),
         [f"{S}.properties[l].items.type: Required value: must not be empty for specified array items"]),
        (fields(l={"type": "array", "uniqueItems": True, "items": {"type": "string"}}),
         [f"{S}.properties[l].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic"]),
        (fields(x={"type": "thing"}),
         [f'{S}.properties[x].type: Unsupported value: "thing": supported values: "array", "boolean", "integer", "number", "object", "string"']),
        (fields(x={"type": "string", "pattern": r"(?P<a>\Q.\E)[[:alpha:]]\z|\p{Greek}"}), []),
        *[(fields(x={"type": "string", "pattern": pattern}), [f'{S}.properties[x].pattern: Invalid value: "{pattern}": must be a valid '
                                                              f"regular expression, but isn't: error parsing regexp: {problem}"])
          for pattern, problem in {"a(b": "missing closing ): `a(b`", "^(?!a)": "invalid or unsupported Perl syntax: `(?!`",
                                   "a{1,1001}": "invalid repeat count: `{1,1001}`"}.items()],
        (fields(x={"$ref": "#/y", "type": "object"}), [f"{S}.properties[x].$ref: Forbidden: $ref is not supported"]),
        (fields(x={"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
         [f"{S}.properties[x].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"]),
        (fields(x={"type": "string", "anyOf": [{"type": "string"}]}),
         [f"{S}.properties[x].anyOf[0].type: Forbidden: must be empty to be structural"]),
        (fields(x={"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}), []),
        (fields(x={"x-kubernetes-preserve-unknown-fields": False, "type": "object"}),
         [f"{S}.properties[x].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined"]),
        (fields(l={"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
                   "items": fields(k={"type": "string"})}),
         [f"{S}.properties[l].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, "
          "so it must have a default or be a required property"]),
        (fields(x={"type": "object", "oneOf": [{"properties": {"y": {}}}]}),
         [f"{S}.properties[x].properties[y]: Required value: because it is defined in {S}.properties[x].oneOf[0].properties[y]"]),
        (fields(metadata=fields(labels={"type": "object"})),
         [f"{S}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified"]),
    ],
)  # fmt: skip
def test_schemas(schema: dict[str, Any], messages: list[str]) -> None:
    assert support.errors(GROUP, PLURAL, crd(schema)) == messages


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ({"scope": "Galaxy"}, ['spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"']),
        ({"names": {"plural": "things", "kind": "Thing", "shortNames": ["T"]}},
         ['spec.names.shortNames[0]: Invalid value: "T": a DNS-1035 label must consist of lower case alphanumeric characters or \'-\', start with an '
          "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
          "'[a-z]([-a-z0-9]*[a-z0-9])?')"]),
        ({"names": {"plural": "things", "kind": "Thing", "listKind": "Thing"}},
         ['spec.names.listKind: Invalid value: "Thing": kind and listKind may not be the same']),
        ({"conversion": {"strategy": "Webhook"}},
         ["spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
          "spec.conversion.conversionReviewVersions: Required value"]),
        ({"preserveUnknownFields": True},
         ["spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
          "spec.versions[*].schema instead"]),
        ({"versions": [{"name": "v1", "served": True, "storage": False}]},
         ["spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
          'spec.versions: Invalid value: []apiextensions.CustomResourceDefinitionVersion{apiextensions.CustomResourceDefinitionVersion{Name:"v1", '
          "Served:true, Storage:false}}: must have exactly one version marked as storage version"]),
    ],
)  # fmt: skip
def test_specs(spec: dict[str, Any], messages: list[str]) -> None:
    assert support.errors(GROUP, PLURAL, crd(**spec)) == messages


def test_subresources_and_columns() -> None:
    obj = crd()
    obj["spec"]["versions"][0] |= {
        "subresources": {"scale": {"specReplicasPath": ".status.n", "labelSelectorPath": "x"}},
        "additionalPrinterColumns": [{"name": "A", "type": "text"}],
    }
    assert support.errors(GROUP, PLURAL, obj) == [
        'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
        "spec.versions[0].subresources.scale.statusReplicasPath: Required value",
        'spec.versions[0].subresources.scale.labelSelectorPath: Invalid value: "x": must be a simple json path starting with .',
        'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
        "spec.versions[0].additionalPrinterColumns[0].JSONPath: Required value",
    ]


def test_the_name_is_plural_and_group() -> None:
    assert support.errors(GROUP, PLURAL, crd() | {"metadata": {"name": "x.example.com"}}) == [
        'metadata.name: Invalid value: "x.example.com": must be spec.names.plural+"."+spec.group'
    ]


def test_protected_groups_need_an_approval() -> None:
    obj = crd(group="x.k8s.io") | {"metadata": {"name": "things.x.k8s.io"}}
    assert support.errors(GROUP, PLURAL, obj) == [
        "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "
        '"api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111'
    ]


def test_what_is_stored_under_stays() -> None:
    established = {"conditions": [{"type": "Established", "status": "True"}], "storedVersions": ["v1"]}
    new = crd(scope="Cluster", group="other.com")
    assert support.update_errors(GROUP, PLURAL, new, crd() | {"status": established}) == [
        'spec.scope: Invalid value: "Cluster": field is immutable',
        'spec.group: Invalid value: "other.com": field is immutable',
    ]


def test_a_new_storage_version_is_noted() -> None:
    old = support.created(GROUP, PLURAL, crd())
    new = meta.clone(old)
    new["spec"]["versions"][0]["storage"] = False
    new["spec"]["versions"].append({"name": "v2", "served": True, "storage": True, "schema": {"openAPIV3Schema": OBJECT}})
    new = support.updated(GROUP, PLURAL, new, old)
    assert new["status"]["storedVersions"] == ["v1", "v2"]
    assert (new["metadata"]["generation"], registry.strategy(GROUP, PLURAL).validate_update(new, old)) == (2, [])
