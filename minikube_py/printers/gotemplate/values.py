"""Values while a template runs: what Go's reflect tells apart and Python does not."""

from typing import Any

from minikube_py.printers import govalues

INVALID: Any = type("Invalid", (), {"__repr__": lambda self: "<invalid>"})()
"""The zero reflect.Value: a missing key, or nil that went through a pipeline."""

MISSING: Any = object()
"""No value came from an earlier command of the pipeline."""


class Box:
    """A value whose static type is interface {}: an element of a map or of a list."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Byte(int):
    """One byte of a string (uint8)."""


def open_(value: Any) -> Any:
    """Return the value inside of an interface; INVALID where that is nil."""
    inner = value.value if isinstance(value, Box) else value
    return INVALID if inner is None else inner


def plain(value: Any) -> Any:
    """Return the value as fmt is given it; None for nil and for nothing."""
    inner = open_(value)
    return None if inner is INVALID else inner


def type_name(value: Any) -> str:
    """Return the static type, as reflect names it."""
    if isinstance(value, Box):
        return "interface {}"
    if isinstance(value, Byte):
        return "uint8"
    return "int" if type(value) is Constant else govalues.type_name(value)


class Constant(int):
    """An integer that the template itself holds (int, where the data has int64)."""


def is_true(value: Any) -> bool:
    """Tell whether a value counts as true: not empty, not zero, there at all."""
    inner = open_(value)
    return inner is not INVALID and bool(inner)


def kind(value: Any) -> str:
    """Return bool, int, uint, float or string; empty for what has no order."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Byte):
        return "uint"
    return {int: "int", Constant: "int", float: "float", str: "string"}.get(type(value), "")
