"""Equality of values as Kubernetes has it (apiequality.Semantic)."""

from collections.abc import Mapping
from typing import Any

# The fields that are maps in Go: an empty one is as good as none. Other objects are structs, where {} behind a pointer is something.
_MAPS = frozenset({"annotations", "labels", "matchLabels", "nodeSelector", "limits", "requests", "options", "volumeAttributes", "overhead", "capacity"})


def equal(one: Any, other: Any) -> bool:
    """Tell whether two values are the same, where empty lists and maps are as good as none."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(_equal_fields(field, one.get(field), other.get(field)) for field in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def _equal_fields(field: str, one: Any, other: Any) -> bool:
    if one == [] or (one == {} and field in _MAPS):
        one = None
    if other == [] or (other == {} and field in _MAPS):
        other = None
    return equal(one, other)
