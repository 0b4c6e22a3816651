"""What a table is made of, and the columns that many tables share."""

from collections.abc import Callable
from typing import Any, NamedTuple

from minikube_py.machinery.meta import Object

Cells = list[Any]


class Column(NamedTuple):
    """One column: `type` is a JSON type or date, `priority` 0 is always shown and more only with -o wide."""

    name: str
    type: str = "string"
    format: str = ""
    priority: int = 0
    description: str = ""


class Table(NamedTuple):
    """The columns of one kind, and what makes a row of them from an object at an instant."""

    columns: tuple[Column, ...]
    cells: Callable[[Object, float], Cells]
    conditions: Callable[[Object], list[Object]] | None = None
    order: Callable[[Object], Any] | None = None


def text(name: str, description: str = "", kind: str = "string") -> Column:
    """Return a column that is always shown."""
    return Column(name, kind, "", 0, description)


def wide(name: str, description: str = "", kind: str = "string") -> Column:
    """Return a column of -o wide."""
    return Column(name, kind, "", 1, description)


NAME = Column("Name", "string", "name", 0, "Name, unique within a namespace.")
AGE = Column("Age", "string", "", 0, "Time since the object was created.")
CREATED_AT = Column("Created At", "date", "", 0, "When the object was created.")
CONTAINERS = wide("Containers", "Names of the containers in the template.")
IMAGES = wide("Images", "Images of the containers in the template.")
SELECTOR = wide("Selector", "Labels by which pods are selected.")
