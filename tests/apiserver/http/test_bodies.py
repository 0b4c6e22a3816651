"""Bodies of requests, good and bad."""

import json

import pytest

from minikube_py.apiserver.http import bodies
from minikube_py.machinery import errors

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
    (b"{", "application/json", "couldn't get version/kind; json parse error: "),
    (b"", "application/json", "couldn't get version/kind; json parse error: unexpected end of JSON input"),
    (b"{} {}", "application/json", "couldn't get version/kind; json parse error: invalid character '{' after top-level value"),
    (b"\xff", "application/json", "couldn't get version/kind; json parse error: invalid UTF-8"),
    (b"[" * 100_000, "application/json", "couldn't get version/kind; json parse error: exceeded max depth"),
    (b"a: [", "application/yaml", "error decoding YAML: "),
    (b"", "application/yaml", "error decoding YAML: the body is empty"),
    (b"[" * 100_000, "application/yaml", "error decoding YAML: "),
    (b"none", "application/vnd.kubernetes.protobuf", "provided data does not appear to be a protobuf message, expected prefix [107, 56, 115, 0]"),
])  # fmt: skip
def test_bad_bodies(data: bytes, media: str, message: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        bodies.read(data, media, "create")
    assert caught.value.message.startswith(message)


def test_other_media_types() -> None:
    with pytest.raises(errors.UnsupportedMediaType):
        bodies.read(b"{}", "text/plain", "create")
    assert bodies.read(b"{}", "text/plain", "patch") == bodies.Body(None, "text/plain")  # the patch handler refuses it, in its own words


def test_broken_patches() -> None:
    with pytest.raises(errors.BadRequest) as caught:
        bodies.read(b"{", "application/merge-patch+json", "patch")
    assert caught.value.message.startswith("error decoding patch: ")
