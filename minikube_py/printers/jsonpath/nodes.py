"""What a JSONPath template is made of."""

from typing import NamedTuple


class Text(NamedTuple):
    """Text that is printed as it is, or a quoted string."""

    value: str


class Field(NamedTuple):
    """.name"""

    name: str


class Identifier(NamedTuple):
    """range or end."""

    name: str


class Constant(NamedTuple):
    """A number or a truth value."""

    value: int | float | bool


class Wildcard(NamedTuple):
    """.* — every member."""


class Recursive(NamedTuple):
    """.. — the value and everything below it."""


class Bound(NamedTuple):
    """One of start, end and step of a slice; `derived` is the end of a plain index."""

    value: int = 0
    known: bool = False
    derived: bool = False


class Slice(NamedTuple):
    """[start:end:step], or [index]."""

    start: Bound
    end: Bound
    step: Bound


class Union_(NamedTuple):
    """[a,b]"""

    members: list["Path"]


class Filter(NamedTuple):
    """[?(left operator right)]; the operator is `exists` where there is no right side."""

    left: "Path"
    right: "Path"
    operator: str


Node = Text | Field | Identifier | Constant | Wildcard | Recursive | Slice | Union_ | Filter
Path = list[Node]
