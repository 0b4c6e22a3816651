"""What a registration hook fills: names in order, each with what was registered and whether it is built in."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from minikube_py.machinery.errors import KctlError

T = TypeVar("T")


class Entry(Generic[T]):
    """One registered thing. `trusted` is true for built-in ones: others are called with a guard around them."""

    __slots__ = ("name", "value", "trusted")

    def __init__(self, name: str, value: T, trusted: bool) -> None:
        self.name = name
        self.value = value
        self.trusted = trusted


class Registry(Generic[T]):
    """Names in the order of registration."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._entries: dict[str, Entry[T]] = {}
        self.trusted = True

    def add(self, name: str, value: T) -> None:
        """Register `value` under a name that nobody else has."""
        if not isinstance(name, str) or not name:
            raise KctlError(f"a {self._what} was registered without a name")
        if name in self._entries:
            raise KctlError(f'two plugins register a {self._what} named "{name}"')
        self._entries[name] = Entry(name, value, self.trusted)

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self._entries.values())

    def get(self, name: str) -> Entry[T] | None:
        """Return the entry of a name, or None."""
        return self._entries.get(name)

    def names(self) -> list[str]:
        """Return all names in order."""
        return list(self._entries)
