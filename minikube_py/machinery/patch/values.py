"""What Go does with JSON values where Python differs: equality, %v, and the way encoding/json writes."""

import json
import re
from typing import Any

from minikube_py.kits import jsonio


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
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(text, value)) + "]"
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    """Return a float as Go's %v (%g with the shortest digits, exponent from 21 on)."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    spelled = repr(value)
    return re.sub(r"e([+-])(\d)$", r"e\g<1>0\2", spelled)


def marshal(value: Any) -> str:
    """Return JSON as Go's json.Marshal writes maps: compact, keys sorted, and <, >, & escaped."""
    written = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return jsonio.escaped(written)
