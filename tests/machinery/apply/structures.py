"""A structure with every kind of list and map, and field sets, for the tests of this folder."""

from typing import Any

from hypothesis import strategies as st

from minikube_py.machinery import schemas
from minikube_py.machinery.apply.fieldset import FieldSet

_SCALAR = {"type": "string"}
_ITEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "key": _SCALAR, "id": {"type": "integer", "default": 1}, "nv": {"type": "integer"}, "bv": {"type": "boolean"},
        "value": {"type": "object", "additionalProperties": _SCALAR},
    },
}  # fmt: skip
RAW: dict[str, Any] = {
    "type": "object",
    "properties": {
        "apiVersion": _SCALAR, "kind": _SCALAR, "metadata": {"$ref": schemas.OBJECT_META},
        "number": {"type": "integer"}, "string": _SCALAR, "flag": {"type": "boolean"},
        "list": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key", "id"], "items": _ITEM},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": _SCALAR},
        "atomicList": {"type": "array", "items": _SCALAR},
        "map": {"type": "object", "additionalProperties": _SCALAR},
        "maps": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": _SCALAR, "b": _SCALAR}}},
        "atomicMap": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": _SCALAR},
        "struct": {"type": "object", "properties": {"a": _SCALAR, "b": _SCALAR, "inner": {"type": "object", "properties": {"x": _SCALAR}}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "any": {"x-kubernetes-preserve-unknown-fields": True},
        "mixed": {"x-kubernetes-int-or-string": True},
    },
}  # fmt: skip
SCHEMA = schemas.Schema(RAW, schemas.definition)

_names = st.sampled_from(["f:a", "f:b", 'k:{"name":"x"}', 'v:"y"'])


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    children = st.dictionaries(_names, inner, min_size=1, max_size=3)
    return children | children.map(lambda below: {".": {}, **below})


_nodes: st.SearchStrategy[Any] = st.recursive(st.just({}), _grown, max_leaves=8)
fieldsets: st.SearchStrategy[FieldSet] = st.dictionaries(_names, _nodes, max_size=3)

_text = st.sampled_from(["", "1", "2"])
_words = st.lists(st.sampled_from("pqr"), unique=True, max_size=3)
_map = st.dictionaries(st.sampled_from("uv"), _text, max_size=2)
_items = st.lists(
    st.fixed_dictionaries({"key": st.sampled_from("ab")}, optional={"id": st.sampled_from([1, 2]), "nv": st.integers(0, 2), "value": _map}),
    max_size=3, unique_by=lambda item: (item["key"], item.get("id", 1)),
)  # fmt: skip
_free = st.recursive(st.integers(0, 2), lambda inner: st.dictionaries(st.sampled_from("mn"), inner, max_size=2) | st.lists(inner, max_size=2))


def bodies() -> st.SearchStrategy[dict[str, Any]]:
    """Objects of the structure, without metadata."""
    struct = st.fixed_dictionaries({}, optional={"a": _text, "b": _text, "inner": st.fixed_dictionaries({}, optional={"x": _text})})
    return st.fixed_dictionaries({}, optional={
        "number": st.integers(0, 2), "string": _text, "list": _items, "set": _words, "atomicList": st.lists(_text, max_size=2), "map": _map,
        "maps": st.dictionaries(st.sampled_from("st"), st.fixed_dictionaries({}, optional={"a": _text}), max_size=2),
        "atomicMap": _map, "struct": struct, "free": st.dictionaries(st.sampled_from("mn"), _free, max_size=2),
    })  # fmt: skip


def applicable() -> st.SearchStrategy[dict[str, Any]]:
    """The same without empty lists and maps, whose ownership is a matter of its own."""

    return bodies().map(_filled)


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: filled for key, item in value.items() if (filled := _filled(item)) not in ([], {})}
    return [_filled(item) for item in value] if isinstance(value, list) else value
