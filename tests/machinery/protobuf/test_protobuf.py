"""Protobuf bodies: every kind with every field, what Go leaves out and what it shows, and bytes that mean no good."""

import inspect
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikube_py.kits import datafiles
from minikube_py.machinery import protobuf
from minikube_py.machinery.protobuf import layouts, messages, wellknown
from tests.machinery.protobuf import samples
from tests.machinery.protobuf.encoder import chunk, envelope, integer, obj, tag, varint

INDEX = json.loads(datafiles.read_text("schemas", "definitions", "index.json"))
# Schemas have their own Go code; a StorageVersion has a spec without fields; in an APIGroupList the groups have a kind.
ODD = ("CustomResourceDefinition", "StorageVersion/", "StorageVersionList/", "APIGroupList/")
MESSAGES = json.loads(datafiles.read_text("schemas", "protobuf.json")).keys() - {"packages"}
KINDS = [key for key in INDEX if not any(word in key + "/" for word in ODD)]
NAME = chunk(1, chunk(1, "x"))
META = {"name": "x", "creationTimestamp": None}


def pod(spec: bytes = b"") -> bytes:
    return envelope("v1", "Pod", NAME + chunk(2, spec))


def config_map(raw: bytes) -> bytes:
    return envelope("v1", "ConfigMap", raw)


def refusal(body: bytes) -> str:
    with pytest.raises(ValueError) as caught:
        protobuf.decode(body)
    return str(caught.value)


def test_every_served_kind_has_a_message() -> None:
    assert [name for name in INDEX.values() if not isinstance(layouts.of(name), dict)] == []


def test_every_type_of_every_field_is_known() -> None:
    known = {*MESSAGES, *layouts.SCALARS, *wellknown.READERS, wellknown.RAW_EXTENSION}
    used = {field.kind for name in MESSAGES if layouts.list_of(name) is None for field in layouts.of(name).values()}
    assert used - known == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_comes_back(kind: str) -> None:
    api_version, _, name = kind.rpartition("/")
    full = samples.kind(api_version, name, True)
    assert protobuf.decode(obj(full)) == full


def test_schemas_of_custom_resources() -> None:
    schema = {
        "type": "object",
        "default": {"a": [1, None]},
        "properties": {
            "list": {"type": "array", "items": {"type": "string", "enum": ["a", None]}, "maxItems": 0},
            "map": {"type": "object", "additionalProperties": True, "maximum": 2, "x-kubernetes-preserve-unknown-fields": False},
        },
    }
    raw = chunk(5, "object") + chunk(8, chunk(1, '{"a":[1,null]}'))
    text = chunk(5, "string") + chunk(20, chunk(1, '"a"')) + chunk(20, chunk(1, "null"))
    listed = chunk(5, "array") + integer(16, 0) + chunk(24, chunk(1, text))
    mapped = chunk(5, "object") + chunk(30, integer(1, 1)) + tag(9, 1) + bytes(7) + b"\x40" + integer(38, 0)
    raw += chunk(29, chunk(1, "map") + chunk(2, mapped)) + chunk(29, chunk(1, "list") + chunk(2, listed))
    version = chunk(1, "v1") + integer(2, 1) + integer(3, 1) + chunk(4, chunk(1, raw))
    crd = protobuf.decode(envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", chunk(2, chunk(7, version))))
    assert crd["spec"]["versions"] == [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]
    false = protobuf.decode(envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", chunk(2, chunk(7, chunk(4, chunk(1, chunk(30, b"")))))))
    assert false["spec"]["versions"][0]["schema"] == {"openAPIV3Schema": {"additionalProperties": False}}


def test_what_is_not_there_is_as_go_shows_it() -> None:
    assert protobuf.decode(envelope("v1", "Pod", b"")) == {
        "kind": "Pod", "apiVersion": "v1", "metadata": {"creationTimestamp": None}, "spec": {"containers": None}, "status": {},
    }  # fmt: skip
    assert protobuf.decode(envelope("rbac.authorization.k8s.io/v1", "RoleBinding", b"")) == {
        "kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"creationTimestamp": None},
        "roleRef": {"apiGroup": "", "kind": "", "name": ""},
    }  # fmt: skip


def test_zero_behind_a_pointer_stays_and_others_go() -> None:
    spec = integer(4, 0) + chunk(3, "") + integer(11, 0) + integer(21, 0) + chunk(29, "")
    assert protobuf.decode(pod(spec))["spec"] == {
        "containers": None, "terminationGracePeriodSeconds": 0, "automountServiceAccountToken": False, "runtimeClassName": "",
    }  # fmt: skip


def test_fields_stand_in_the_order_of_go_and_keys_of_maps_are_sorted() -> None:
    entry = [chunk(2, chunk(1, key) + chunk(2, "v")) for key in ("b", "a")]
    decoded = protobuf.decode(config_map(entry[0] + integer(4, 1) + entry[1] + NAME))
    assert list(decoded) == ["kind", "apiVersion", "metadata", "immutable", "data"]
    assert list(decoded["data"]) == ["a", "b"]


def test_a_message_that_comes_twice_is_merged_and_a_scalar_is_overwritten() -> None:
    raw = chunk(1, chunk(1, "x") + chunk(3, "a")) + chunk(1, chunk(1, "y"))
    assert protobuf.decode(config_map(raw))["metadata"] == {"name": "y", "namespace": "a", "creationTimestamp": None}


def test_lists_of_numbers_packed_or_not() -> None:
    context = chunk(4, varint(1) + varint(-2)) + integer(4, 3)
    assert protobuf.decode(pod(chunk(14, context)))["spec"]["securityContext"] == {"supplementalGroups": [1, -2, 3]}


def test_map_entries_without_key_or_value() -> None:
    assert protobuf.decode(config_map(chunk(2, b"") + chunk(3, chunk(1, "b"))))["data"] == {"": ""}
    assert protobuf.decode(config_map(chunk(3, chunk(1, "b"))))["binaryData"] == {"b": ""}


def test_lists_that_are_messages() -> None:
    spec = chunk(5, chunk(1, "k") + chunk(2, chunk(1, "a") + chunk(1, ""))) + chunk(5, chunk(1, "e") + chunk(2, b""))
    review = protobuf.decode(envelope("authorization.k8s.io/v1", "SubjectAccessReview", chunk(2, spec)))
    assert review["spec"] == {"extra": {"e": [], "k": ["a", ""]}}


def test_text_that_is_no_utf8() -> None:
    assert protobuf.decode(config_map(chunk(2, chunk(1, "a") + chunk(2, b"\xff!"))))["data"] == {"a": "\ufffd!"}


@pytest.mark.parametrize(
    ("stamp", "shown"),
    [
        (b"", None), (integer(1, -62135596800), None), (integer(1, 0), "1970-01-01T00:00:00Z"),
        (integer(1, -62135596799) + integer(2, 5), "0001-01-01T00:00:01Z"), (integer(1, 253402300799), "9999-12-31T23:59:59Z"),
    ],
)  # fmt: skip
def test_times(stamp: bytes, shown: str | None) -> None:
    decoded = protobuf.decode(config_map(chunk(1, chunk(8, stamp))))
    assert decoded["metadata"] == {"creationTimestamp": shown}


def test_micro_times_are_cut() -> None:
    lease = protobuf.decode(envelope("coordination.k8s.io/v1", "Lease", chunk(2, chunk(4, integer(1, 253402300799) + integer(2, 999_999_999)))))
    assert lease["spec"] == {"renewTime": "9999-12-31T23:59:59.999999Z"}


def test_raw_json_and_objects_inside_objects() -> None:
    revision = envelope("apps/v1", "ControllerRevision", chunk(2, chunk(1, '{"a": [1.5]}')) + integer(3, 7))
    assert protobuf.decode(revision)["data"] == {"a": [1.5]}
    assert protobuf.decode(envelope("apps/v1", "ControllerRevision", b"")) == {
        "kind": "ControllerRevision", "apiVersion": "apps/v1", "metadata": {"creationTimestamp": None}, "data": None, "revision": 0,
    }  # fmt: skip
    nested = envelope("apps/v1", "ControllerRevision", chunk(2, chunk(1, config_map(NAME))))
    assert protobuf.decode(nested)["data"] == {"kind": "ConfigMap", "apiVersion": "v1", "metadata": META}


def test_quantities_are_canonical() -> None:
    quota = envelope("v1", "ResourceQuota", chunk(2, chunk(1, chunk(1, "cpu") + chunk(2, chunk(1, "0.5")))))
    assert protobuf.decode(quota)["spec"] == {"hard": {"cpu": "500m"}}


def test_options_belong_to_every_group_version() -> None:
    body = envelope("policy/v1", "DeleteOptions", integer(1, 0) + chunk(4, "Background"))
    assert protobuf.decode(body) == {"kind": "DeleteOptions", "apiVersion": "policy/v1", "gracePeriodSeconds": 0, "propagationPolicy": "Background"}


def test_the_caller_says_what_the_envelope_does_not() -> None:
    bare = b"k8s\0" + chunk(2, NAME)
    assert protobuf.decode(bare, "v1", "ConfigMap") == {"kind": "ConfigMap", "apiVersion": "v1", "metadata": META}
    assert protobuf.decode(config_map(NAME), "v1", "Pod")["kind"] == "ConfigMap"
    assert refusal(bare) == "Object 'Kind' is missing in the protobuf envelope"


def test_unknown_fields_are_skipped_whatever_their_type() -> None:
    unknown = integer(900, 5) + tag(901, 1) + bytes(8) + chunk(902, "x") + tag(903, 5) + bytes(4)
    group = tag(904, 3) + integer(1, 1) + chunk(2, "y") + tag(5, 3) + tag(5, 4) + tag(904, 4)
    assert protobuf.decode(config_map(unknown + NAME + group))["metadata"] == META


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "provided data does not appear to be a protobuf message, expected prefix [107, 56, 115, 0]"),
        (b'{"kind":"Pod"}', "provided data does not appear to be a protobuf message, expected prefix [107, 56, 115, 0]"),
        (b"k8s\0", "empty body"),
        (b"k8s\0\x0a\xff", "unexpected EOF"),
        (b"k8s\0\x0a\x05ab", "unexpected EOF"),
        (b"k8s\0" + b"\xff" * 11, "proto: integer overflow"),
        (b"k8s\0" + tag(1, 2) + b"\xff" * 9 + b"\x01", "unexpected EOF"),
        (b"k8s\0" + tag(1, 4), "proto: wiretype end group for non-group"),
        (b"k8s\0" + tag(0, 2) + b"\0", "proto: illegal tag 0 (wire type 2)"),
        (b"k8s\0" + tag(7, 7) + b"\0", "proto: illegal wireType 7"),
        (b"k8s\0" + integer(1, 5), "proto: wrong wireType = 0 for field 1"),
        (envelope("v1", "Nothing", b""), 'no kind "Nothing" is registered for version "v1" in protobuf'),
        (envelope("v1", "", b""), "Object 'Kind' is missing in the protobuf envelope"),
        (envelope("", "Pod", b""), "Object 'apiVersion' is missing in the protobuf envelope"),
        (pod(chunk(4, "x")), "proto: wrong wireType = 2 for field 4"),
        (pod(integer(2, 1)), "proto: wrong wireType = 0 for field 2"),
        (config_map(tag(900, 3) * 102 + tag(900, 4) * 102), "proto: groups are nested too deeply"),
        (config_map(tag(900, 3)), "unexpected EOF"),
        (config_map(chunk(1, chunk(8, integer(1, 1 << 62)))), "Time.MarshalJSON: year outside of range [0,9999]"),
        (envelope("v1", "LimitRange", chunk(2, chunk(1, chunk(2, chunk(1, "cpu") + chunk(2, chunk(1, "much")))))), "quantities must match"),
        (envelope("apps/v1", "ControllerRevision", chunk(2, chunk(1, "{"))), "unexpected EOF"),
        (envelope("apps/v1", "ControllerRevision", chunk(2, chunk(1, "[" * 100_000))), "exceeded max depth"),
    ],
)  # fmt: skip
def test_refusals(body: bytes, message: str) -> None:
    assert message in refusal(body)


def test_schemas_that_are_nested_too_deeply() -> None:
    raw = b""
    for _ in range(3000):
        raw = chunk(28, raw)
    body = envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", chunk(2, chunk(7, chunk(4, chunk(1, raw)))))
    assert refusal(body) == "proto: messages are nested too deeply"


def test_callers_that_are_deep_in_the_stack() -> None:
    raw = b""
    for _ in range(90):
        raw = chunk(28, raw)
    body = envelope("apiextensions.k8s.io/v1", "CustomResourceDefinition", chunk(2, chunk(7, chunk(4, chunk(1, raw)))))
    assert protobuf.decode(body)["kind"] == "CustomResourceDefinition"

    def at(depth: int) -> str:
        return at(depth - 1) if depth else refusal(body)

    assert at(sys.getrecursionlimit() - len(inspect.stack()) - 200) == "proto: messages are nested too deeply"


def test_envelopes_that_are_nested_too_deeply() -> None:
    body = config_map(NAME)
    for _ in range(200):
        body = envelope("apps/v1", "ControllerRevision", chunk(2, chunk(1, body)))
    assert refusal(body) == "proto: messages are nested too deeply"


def test_too_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_MESSAGES", 50)
    assert len(protobuf.decode(pod(chunk(2, b"") * 40))["spec"]["containers"]) == 40
    assert refusal(pod(chunk(2, b"") * 60)) == "proto: more than 50 messages"
    assert refusal(config_map(chunk(1, b"") * 60)) == "proto: more than 50 messages"


def read(body: bytes) -> None:
    try:
        decoded = protobuf.decode(body)
    except ValueError as error:
        assert str(error)
    else:
        assert json.loads(json.dumps(decoded)) == decoded
        json.dumps(decoded, ensure_ascii=False).encode()


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for api_version, kind in (("v1", "Pod"), ("apps/v1", "ControllerRevision"), ("apiextensions.k8s.io/v1", "CustomResourceDefinition")):
        read(envelope(api_version, kind, data))
    read(b"k8s\0" + data)


FULL = obj(samples.kind("apps/v1", "Deployment", True))


@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, len(FULL)))
def test_damaged_bodies(changes: list[tuple[int, int]], end: int) -> None:
    damaged = bytearray(FULL)
    for at, byte in changes:
        damaged[at] = byte
    read(bytes(damaged))
    read(bytes(damaged[:end]))
