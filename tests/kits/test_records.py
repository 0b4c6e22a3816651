"""Records are what typing makes of the same declaration."""

import copy
import pickle
import typing
from typing import Any

import pytest

from minikube_py.kits.records import NamedTuple


class Ours(NamedTuple):
    """A row."""

    name: str
    size: int = 3
    tags: tuple[str, ...] = ()

    @property
    def double(self) -> int:
        """Return twice the size."""
        return self.size * 2


class Theirs(typing.NamedTuple):
    """A row."""

    name: str
    size: int = 3
    tags: tuple[str, ...] = ()

    @property
    def double(self) -> int:
        """Return twice the size."""
        return self.size * 2


class Nothing(NamedTuple):
    """No field at all."""


class Below(Ours):
    """A class below one."""

    def __new__(cls, name: str) -> "Below":
        return super().__new__(cls, name.upper(), 7)


BOTH = pytest.mark.parametrize("kind", [Ours, Theirs])


@BOTH
def test_it_is_a_tuple_with_names(kind: Any) -> None:
    row = kind("a", tags=("x",))
    assert row == ("a", 3, ("x",)) and hash(row) == hash(("a", 3, ("x",)))
    assert (row.name, row.size, row.tags, row.double) == ("a", 3, ("x",), 6)
    name, *rest = row
    assert (name, rest, len(row), row[1]) == ("a", [3, ("x",)], 3, 3)
    assert repr(row) == f"{kind.__name__}(name='a', size=3, tags=('x',))"
    assert row._asdict() == {"name": "a", "size": 3, "tags": ("x",)}
    assert row._replace(size=4) == ("a", 4, ("x",)) and type(row._replace(size=4)) is kind
    assert kind._make(["b", 1, ()]) == ("b", 1, ())
    assert kind._fields == kind.__match_args__ == ("name", "size", "tags")
    assert kind._field_defaults == {"size": 3, "tags": ()} and kind.__doc__ == "A row."
    assert typing.get_type_hints(kind) == {"name": str, "size": int, "tags": tuple[str, ...]}
    assert copy.copy(row) == row == pickle.loads(pickle.dumps(row)) and type(pickle.loads(pickle.dumps(row))) is kind
    assert type(kind) is type and isinstance(row, tuple)


@BOTH
def test_what_does_not_fit_is_refused(kind: Any) -> None:
    for words, values in (((), {}), (("a", 1, (), 2), {}), (("a",), {"shape": 1}), (("a",), {"name": "b"})):
        with pytest.raises(TypeError, match="__new__"):
            kind(*words, **values)
    with pytest.raises(ValueError, match=r"Got unexpected field names: \['shape'\]"):
        kind("a")._replace(shape=1)
    with pytest.raises(AttributeError):
        kind("a").name = "b"
    with pytest.raises(AttributeError):
        kind("a").shape = "b"


def test_no_field_and_a_class_below() -> None:
    assert Nothing() == () and repr(Nothing()) == "Nothing()"
    row = Below("a")
    assert row == ("A", 7, ()) and type(row) is Below and row.double == 14
    assert Ours("a") == ("a", 3, ())
