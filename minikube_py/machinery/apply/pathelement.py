"""The elements of field paths as FieldsV1 spells them: f:name, k:{"name":"web"}, v:"value", i:3."""

import json
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from minikube_py.machinery.patch import values


class PathError(ValueError):
    """A list that cannot be told apart by its keys, or a name that is no path element."""


def scalar(value: Any) -> str:
    """Return a scalar as Go writes it in JSON."""
    if isinstance(value, str):
        written = encode_basestring(value)
        return values.marshal(value) if "<" in value or ">" in value or "&" in value else written
    return values.marshal(value)


def for_value(value: Any) -> str:
    """Return the element of a set's item."""
    if value is None:
        raise PathError("associative list without keys has an element that's an explicit null")
    if isinstance(value, dict):
        raise PathError("associative list without keys has an element that's a map type")
    if isinstance(value, list):
        raise PathError("not supported: associative list with lists as elements")
    return "v:" + scalar(value)


@lru_cache(maxsize=8192)
def _for_key(key: str, value: str) -> str:
    return f'k:{{"{key}":{scalar(value)}}}'


def for_keys(item: Any, keys: tuple[str, ...], defaults: dict[str, Any]) -> str:
    """Return the element of a list-map's item; `keys` are sorted, `defaults` stand in for keys that are absent."""
    if item is None:
        raise PathError("associative list with keys may not have a null element")
    if not isinstance(item, dict):
        raise PathError("associative list with keys may not have non-map elements")
    if len(keys) == 1:
        value = item.get(keys[0])
        if value.__class__ is str:
            return _for_key(keys[0], value)
    for key in keys:
        if key not in item and key not in defaults:
            raise PathError(f"associative list with keys has an element that omits key field {json.dumps(key)} (and doesn't have default value)")
    return "k:{" + ",".join(f'"{key}":{scalar(item[key] if key in item else defaults[key])}' for key in keys) + "}"


def _rank(value: Any) -> tuple[Any, ...]:
    """Return a sort key for values of any types: numbers, strings, booleans, lists, maps, null."""
    if isinstance(value, bool):
        return 2, value
    if isinstance(value, (int, float)):
        return 0, value
    if isinstance(value, str):
        return 1, value.encode("utf-8", "surrogatepass")
    if isinstance(value, list):
        return 3, [_rank(item) for item in value]
    if isinstance(value, dict):
        return 4, [(key, _rank(value[key])) for key in sorted(value)]
    return (5,)


def order(name: str) -> tuple[Any, ...]:
    """Return a sort key that puts elements as structured-merge-diff does: itself, fields, keys, values, indices."""
    kind, rest = name[:2], name[2:]
    if kind == "f:":
        return 1, rest.encode("utf-8", "surrogatepass")
    if kind == "k:":
        return 2, [(key, _rank(value)) for key, value in sorted(json.loads(rest).items())]
    if kind == "v:":
        return 3, _rank(json.loads(rest))
    return (4, int(rest)) if kind == "i:" else (0,)


def text(name: str) -> str:
    """Return an element as conflicts show it: .spec, [name="web"], [="value"], [3]."""
    kind, rest = name[:2], name[2:]
    if kind == "f:":
        return "." + rest
    if kind == "k:":
        return "[" + ",".join(f"{key}={_shown(value)}" for key, value in sorted(json.loads(rest).items())) + "]"
    return f"[={_shown(json.loads(rest))}]" if kind == "v:" else f"[{rest}]"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else "null" if value is None else values.text(value)


def check(name: str) -> bool:
    """Tell whether a name is known; a malformed one raises PathError, an unknown kind is dropped by who reads it."""
    kind, rest = name[:2], name[2:]
    if len(name) < 2:
        raise PathError("key must be 2 characters long:")
    if kind[1] != ":":
        raise PathError(f"missing colon: {name}")
    if kind == "f:":
        return True
    try:
        if kind == "i:":
            int(rest)
        elif kind in ("k:", "v:"):
            found = json.loads(rest)
            if kind == "k:" and not isinstance(found, dict):
                raise PathError(f"not an object: {rest}")
    except ValueError as error:
        raise PathError(str(error)) from None
    return kind in ("i:", "k:", "v:")
