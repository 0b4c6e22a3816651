"""JSON values in patches: their nulls, and what Go does where Python differs: equality, %v, and the way encoding/json writes."""

import json
import re
from typing import Any

from minikube_py.kits import gofmt, jsonio


def same(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal; true is not 1 (in Python it is), but 1 is 1.0."""
    if left is right:
        return True
    if isinstance(left, dict):
        return isinstance(right, dict) and len(left) == len(right) and all(key in right and same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def same_kind(left: Any, right: Any) -> bool:
    """Tell whether two JSON values decode to the same Go type."""
    return type(left) is type(right)


def text(value: Any) -> str:
    """Return a value as Go's %v prints it."""
    return gofmt.sprint(value)


_EXPONENT = re.compile(r"[:,\[]-?[0-9.]+e[+-]")  # in a number that Python has written


def marshal(value: Any) -> str:
    """Return JSON as Go's json.Marshal writes maps: compact, keys sorted, and <, >, & escaped."""
    written = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    if _EXPONENT.search(written):  # Go writes 1e-7 and 10000000000000000000
        return jsonio.go_json(value)
    return jsonio.escaped(written)


def drop_nulls(value: Any) -> None:
    """Take the fields that are null out of an object, at every depth; a null in a list stays."""
    if isinstance(value, dict):
        for key in [key for key, item in value.items() if item is None]:
            del value[key]
        for item in value.values():
            drop_nulls(item)
    elif isinstance(value, list):
        for item in value:
            drop_nulls(item)
