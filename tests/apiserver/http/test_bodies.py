"""Bodies of requests, good and bad."""

import json

import pytest

from minikube_py.apiserver.http import bodies
from minikube_py.machinery import errors

UNKNOWN = "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: "
POD = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"


def test_json_and_yaml() -> None:
    wanted = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    assert bodies.read(json.dumps(wanted).encode(), "application/json; charset=utf-8", "create") == bodies.Body(wanted)
    assert bodies.read(json.dumps(wanted).encode(), "", "update") == bodies.Body(wanted)
    assert bodies.read(POD, "application/yaml", "create") == bodies.Body(wanted)
    assert bodies.read(POD, "application/apply-patch+yaml", "patch") == bodies.Body(wanted, "application/apply-patch+yaml")


def test_what_is_there_twice() -> None:
    assert bodies.read(b'{"a":{"b":1,"b":2}}', "application/json", "create") == bodies.Body({"a": {"b": 2}}, duplicates=('duplicate field "a.b"',))
    assert bodies.read(b"a: {b: 1, b: 2}", "application/apply-patch+yaml", "patch").duplicates == ('duplicate field "a.b"',)


@pytest.mark.parametrize(("data", "media", "message"), [
    (b"{", "application/json", f"{UNKNOWN}unexpected end of JSON input ({{)"),
    (b"", "application/json", f"{UNKNOWN}unexpected end of JSON input (<empty>)"),
    (b"x" * 31, "application/json", f"{UNKNOWN}invalid character 'x' looking for beginning of value ({'78' * 30} ...)"),
    (b"{} {}", "application/json", f"{UNKNOWN}invalid character '{{' after top-level value ({{}} {{}})"),
    (b"[]", "application/json", f"{UNKNOWN}json: cannot unmarshal array into Go value of type struct {{ APIVersion string "
                                r'"json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (5b5d)'),
    (b'{"kind":5}', "application/json", UNKNOWN + 'json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5})'),
    (b'{"apiVersion":"a/b/c"}', "application/json", 'the object provided is unrecognized (must be of type Pod): unexpected GroupVersion string: a/b/c ({'),
    (b"[" * 100_000, "application/json", f"{UNKNOWN}exceeded max depth"),
    (b"a: [", "application/yaml", "error decoding YAML: "),
    (b"", "application/yaml", "error decoding YAML: the body is empty"),
    (b"[" * 100_000, "application/yaml", "error decoding YAML: "),
    (b"none", "application/vnd.kubernetes.protobuf", "provided data does not appear to be a protobuf message, expected prefix [107, 56, 115, 0]"),
])  # fmt: skip
def test_bad_bodies(data: bytes, media: str, message: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        bodies.read(data, media, "create", "v1", "Pod")
    assert caught.value.message.startswith(message)


def test_nothing_at_all_is_an_empty_object() -> None:
    assert bodies.read(b"null", "application/json", "create") == bodies.Body({})


def test_what_is_no_utf_8_is_taken_as_by_go() -> None:
    assert bodies.read(b'{"a":"\xff"}', "application/json", "create") == bodies.Body({"a": "\ufffd"})


def test_other_media_types() -> None:
    with pytest.raises(errors.UnsupportedMediaType):
        bodies.read(b"{}", "text/plain", "create")
    assert bodies.read(b"{}", "text/plain", "patch") == bodies.Body(None, "text/plain")  # the patch handler refuses it, in its own words


def test_broken_patches() -> None:
    with pytest.raises(errors.BadRequest) as caught:
        bodies.read(b"{", "application/merge-patch+json", "patch")
    assert caught.value.message == "error decoding patch: unexpected end of JSON input"
    with pytest.raises(errors.BadRequest) as caught:
        bodies.read(b"", "application/strategic-merge-patch+json", "patch")
    assert caught.value.message == "unexpected end of JSON input"


def test_members_that_no_step_of_a_patch_has() -> None:
    found = bodies.read(b'[{"op":"test","path":"","value":1,"more":2,"op":"add"}]', "application/json-patch+json", "patch")
    assert found.duplicates == ('json patch duplicate field "[0].op"', 'json patch unknown field "[0].more"')
