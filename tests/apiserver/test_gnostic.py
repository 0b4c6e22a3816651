"""/openapi/v2 as protobuf: read back field by field, and against the JSON of the same document."""

import json
from typing import Any

import pytest

from minikube_py.apiserver.openapi import documents, gnostic
from minikube_py.machinery import scheme
from minikube_py.machinery.protobuf import wire
from minikube_py.machinery.protobuf.wire import Span

BUILTIN = documents.Documents(scheme.builtin())


def read(data: bytes) -> dict[int, list[Any]]:
    """Return field number -> values: numbers, or bytes."""
    found: dict[int, list[Any]] = {}
    for number, _, value in wire.records(Span(data, 0, len(data))):
        found.setdefault(number, []).append(value.bytes() if isinstance(value, Span) else value)
    return found


def named(entries: list[bytes]) -> dict[str, bytes]:
    pairs = (read(entry) for entry in entries)
    return {pair[1][0].decode(): pair[2][0] for pair in pairs}


def extensions(entries: list[bytes]) -> dict[str, Any]:
    return {name: json.loads(read(value)[2][0]) for name, value in named(entries).items()}


@pytest.fixture(scope="module")
def both() -> tuple[dict[int, list[Any]], Any]:
    return read(BUILTIN.v2_protobuf()), json.loads(BUILTIN.v2())


def test_every_definition_and_path_is_there(both: tuple[dict[int, list[Any]], Any]) -> None:
    made, told = both
    assert made[1] == [b"2.0"]
    assert list(named(read(made[9][0])[1])) == list(told["definitions"])
    assert list(named(read(made[8][0])[2])) == list(told["paths"])


def test_definition(both: tuple[dict[int, list[Any]], Any]) -> None:
    made, told = both
    name = "io.k8s.api.core.v1.Pod"
    pod = read(named(read(made[9][0])[1])[name])
    assert read(pod[22][0]) == {1: [b"object"]}
    assert extensions(pod[31]) == {"x-kubernetes-group-version-kind": [{"group": "", "version": "v1", "kind": "Pod"}]}
    properties = named(read(pod[25][0])[1])
    assert list(properties) == list(told["definitions"][name]["properties"])
    assert read(properties["spec"])[1] == [b"#/definitions/io.k8s.api.core.v1.PodSpec"]
    spec = named(read(read(named(read(made[9][0])[1])["io.k8s.api.core.v1.PodSpec"])[25][0])[1])
    containers = read(spec["containers"])
    assert read(read(containers[23][0])[1][0]) == {1: [b"#/definitions/io.k8s.api.core.v1.Container"]}
    assert extensions(containers[31])["x-kubernetes-patch-merge-key"] == "name"
    selector = read(spec["nodeSelector"])
    assert read(read(read(selector[21][0])[1][0])[22][0]) == {1: [b"string"]}
    assert b"containers" in read(named(read(made[9][0])[1])["io.k8s.api.core.v1.PodSpec"])[19]


def test_operation(both: tuple[dict[int, list[Any]], Any]) -> None:
    made, _ = both
    path = read(named(read(made[8][0])[2])["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"])
    assert sorted(path) == [2, 3, 5, 8, 9]  # get, put, delete, patch, parameters
    put = read(path[3][0])
    assert put[5] == [b"replaceAppsV1NamespacedDeployment"]
    assert extensions(put[13])["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    body = read(read(read(put[8][-1])[1][0])[1][0])
    assert (body[2], body[3], body[4]) == ([b"body"], [b"body"], [1])
    assert read(body[5][0]) == {1: [b"#/definitions/io.k8s.api.apps.v1.Deployment"]}
    query = read(read(read(read(put[8][0])[1][0])[2][0])[3][0])
    assert (query[4], query[6], query[20]) == ([b"dryRun"], [b"string"], [1])
    name = read(read(read(read(path[9][0])[1][0])[2][0])[4][0])
    assert (name[1], name[4], name[5], name[19]) == ([1], [b"name"], [b"string"], [1])
    responses = named(read(put[9][0])[1])
    assert list(responses) == ["200", "201", "401"]
    answer = read(read(responses["200"])[1][0])
    assert (answer[1], read(read(answer[2][0])[1][0])) == ([b"OK"], {1: [b"#/definitions/io.k8s.api.apps.v1.Deployment"]})


def test_numbers_lists_and_whatever_else_a_custom_schema_says() -> None:
    given = {"minimum": 0.5, "maxLength": 300, "minItems": -1, "enum": ["a", 1], "additionalProperties": False, "default": {"b": None}, "unheard": 1}
    definitions = read(gnostic.document({"definitions": {"x": given}}))[9][0]
    found = read(named(read(definitions)[1])["x"])
    assert found[9] == [0x3FE0000000000000]
    assert (found[11], found[15]) == ([300], [(1 << 64) - 1])
    assert [read(one)[2] for one in found[20]] == [[b'"a"\n'], [b"1\n"]]
    assert read(found[21][0]) == {2: [0]}
    assert read(found[5][0])[2] == [b'{"b":null}\n']
    assert sorted(found) == [5, 9, 11, 15, 20, 21]


def test_no_string_is_made_of_an_object_with_alternatives() -> None:
    from minikube_py.apiserver.openapi import swagger

    part = {"paths": {}, "components": {"schemas": {"x": {"type": "object", "oneOf": [{"required": ["a"]}]}}}}
    assert swagger.document([part], "v1")["definitions"] == {"x": {"type": "object"}}
