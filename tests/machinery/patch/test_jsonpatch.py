"""RFC 6902 as kube-apiserver applies it."""

import copy
from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.patch import jsonpatch


def op(kind: str, path: str, **more: Any) -> dict[str, Any]:
    return {"op": kind, "path": path, **more}


@pytest.mark.parametrize(
    ("doc", "operations", "result"),
    [
        ({"foo": "bar"}, [op("add", "/baz", value="qux")], {"foo": "bar", "baz": "qux"}),
        ({"foo": ["bar", "baz"]}, [op("add", "/foo/1", value="qux")], {"foo": ["bar", "qux", "baz"]}),
        ({"foo": ["bar"]}, [op("add", "/foo/-", value=["abc"])], {"foo": ["bar", ["abc"]]}),
        ({"foo": [1, 2]}, [op("add", "/foo/-1", value=3)], {"foo": [1, 2, 3]}),
        ({"foo": [1, 2]}, [op("add", "/foo/-3", value=3)], {"foo": [3, 1, 2]}),
        ({"foo": ["a", "b", "c"]}, [op("remove", "/foo/1")], {"foo": ["a", "c"]}),
        ({"foo": ["a", "b", "c"]}, [op("remove", "/foo/-1")], {"foo": ["a", "b"]}),
        ({"foo": 1, "bar": 2}, [op("replace", "/foo", value={"x": None})], {"foo": {"x": None}, "bar": 2}),
        ({"foo": ["a"]}, [op("replace", "/foo/0", value="b")], {"foo": ["b"]}),
        ({}, [op("replace", "/foo", value=1)], {"foo": 1}),  # against the RFC, as the real one
        ({"foo": {"a": 1}, "bar": {}}, [{"op": "move", "from": "/foo/a", "path": "/bar/b"}], {"foo": {}, "bar": {"b": 1}}),
        ({"foo": [1, 2, 3]}, [{"op": "move", "from": "/foo/0", "path": "/foo/2"}], {"foo": [2, 3, 1]}),
        ({"foo": {"a": [1]}}, [{"op": "copy", "from": "/foo", "path": "/bar"}], {"foo": {"a": [1]}, "bar": {"a": [1]}}),
        ({"a/b": {"c~d": 1}}, [op("replace", "/a~1b/c~0d", value=2)], {"a/b": {"c~d": 2}}),
        ({"a": {"b": 1}}, [op("test", "/a", value={"b": 1}), op("remove", "/a")], {}),
        ({}, [op("test", "/missing", value=None)], {}),
        ({"a": 1}, [op("replace", "", value={"b": 2})], {"b": 2}),
        ({"a": 1}, [op("test", "", value={"a": 1})], {"a": 1}),
        ({"a": 1}, [op("add", "/b")], {"a": 1, "b": None}),
    ],
)
def test_operations(doc: Any, operations: list[Any], result: Any) -> None:
    before = copy.deepcopy((doc, operations))
    assert jsonpatch.apply(doc, operations) == result
    assert (doc, operations) == before


@pytest.mark.parametrize(
    ("doc", "operation", "text"),
    [
        ({"a": "x"}, op("test", "/a", value="y"), "testing value /a failed: test failed"),
        ({"a": 1}, op("test", "/a", value=True), "testing value /a failed: test failed"),
        ({"a": 1}, op("test", "/a", value=1.0), "testing value /a failed: test failed"),
        ({"a": 1}, op("test", "/a"), "testing value /a failed: test failed"),
        ({}, op("test", "/a", value=1), "testing value /a failed: test failed"),
        ({}, op("test", "/a/b", value=1), "test operation does not apply: is missing path: /a/b: missing value"),
        ({}, op("add", "/a/b", value=1), 'add operation does not apply: doc is missing path: "/a/b": missing value'),
        ({"a": []}, op("add", "/a/1", value=1),
         "error in add for path: '/a/1': Unable to access invalid index: 1: invalid index referenced"),
        ({"a": []}, op("add", "/a/x", value=1),
         "error in add for path: '/a/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax"),
        ({}, op("remove", "/a"), "error in remove for path: '/a': Unable to remove nonexistent key: a: missing value"),
        ({}, op("remove", "/a/b"), 'remove operation does not apply: doc is missing path: "/a/b": missing value'),
        ({}, op("replace", "/a/b", value=1), "replace operation does not apply: doc is missing path: /a/b: missing value"),
        ({"a": [1]}, op("replace", "/a/1", value=1), "replace operation does not apply: doc is missing key: /a/1: missing value"),
        ({}, op("replace", "", value=1), "replace operation value must be object or array"),
        ({}, {"op": "move", "from": "/a", "path": "/b"}, "error in move for path: 'a': Unable to remove nonexistent key: a: missing value"),
        ({}, {"op": "move", "path": "/b"}, "move operation failed to decode from: operation, missing from field: missing value"),
        ({}, {"op": "copy", "from": "/a/b", "path": "/b"}, "copy operation does not apply: doc is missing from path: /a/b: missing value"),
        ({"a": 1}, {"op": "copy", "from": "/a", "path": "/b/c"},
         "copy operation does not apply: doc is missing destination path: /b/c: missing value"),
        ({}, {"op": "add"}, "add operation failed to decode path: missing value"),
        ({}, {"op": "shuffle", "path": "/a"}, "Unexpected kind: shuffle"),
        ({}, {"path": "/a"}, "Unexpected kind: unknown"),
    ],
)  # fmt: skip
def test_words_of_failures(doc: Any, operation: Any, text: str) -> None:
    with pytest.raises(jsonpatch.PatchError) as caught:
        jsonpatch.patched(doc, [operation])
    assert str(caught.value) == text


def test_the_server_says_less() -> None:
    with pytest.raises(errors.StatusError) as caught:
        jsonpatch.apply({}, [op("test", "/a", value=1)])
    assert caught.value.status() == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Invalid", "details": {}, "code": 422,
        "message": "the server rejected our request due to an error in our request",
    }  # fmt: skip


def test_no_patch_at_all() -> None:
    assert jsonpatch.apply({"a": 1}, None) == {"a": 1}


def test_a_step_that_is_null() -> None:
    with pytest.raises(jsonpatch.PatchError, match="^Unexpected kind: unknown$"):
        jsonpatch.patched({}, [None])


def test_too_many_operations() -> None:
    with pytest.raises(errors.RequestEntityTooLarge) as caught:
        jsonpatch.apply({}, [op("add", "/a", value=1)] * 10_001)
    assert str(caught.value) == "The allowed maximum operations in a JSON patch is 10000, got 10001"
    assert jsonpatch.apply({}, [op("add", "/a", value=1)] * 10_000) == {"a": 1}


def test_copies_may_not_explode() -> None:
    grow = [{"op": "copy", "from": "/a", "path": "/a/-"}] * 30
    with pytest.raises(jsonpatch.PatchError, match=r"^Unable to complete the copy, the accumulated size .* exceeding the limit 3145728$"):
        jsonpatch.patched({"a": ["x" * 1000]}, grow)


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({"spec": 1}, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        (["x"], "json: cannot unmarshal string into Go value of type jsonpatch.Operation"),
        ([True], "json: cannot unmarshal bool into Go value of type jsonpatch.Operation"),
        (3, "json: cannot unmarshal number into Go value of type jsonpatch.Patch"),
    ],
)
def test_what_is_no_patch(patch: Any, text: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        jsonpatch.apply({}, patch)
    assert str(caught.value) == text
