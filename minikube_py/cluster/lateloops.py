"""Loops that are imported and made when there is something for them: most commands concern a few loops only, and to make all takes longer than
what these do."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from minikube_py.client.loops import Change, Loop

Handler = Callable[[Change], Iterable[str]]


class LateLoop(Loop):
    """Stands in for a loop that is not there yet. `watched` are all the resources that it watches; `make` makes it."""

    def __init__(self, name: str, watched: Iterable[str], make: Callable[[], Loop]) -> None:
        self.name = name
        self._watched = watched
        self._make = make
        self._made: Loop | None = None
        self._handlers: Mapping[str, Handler] = {}

    def __getattr__(self, name: str) -> Any:
        """Return what only the loop itself has."""
        if name in ("_made", "_make"):  # of a copy that was not begun as one
            raise AttributeError(name)
        return getattr(self._loop(), name)

    def _loop(self) -> Loop:
        if self._made is None:
            made = self._make()
            self._handlers = made.watches()
            self._made = made
        return self._made

    def _changed(self, resource: str, change: Change) -> Iterable[str]:
        if self._made is None:
            self._loop()
        return self._handlers[resource](change)

    def watches(self) -> Mapping[str, Handler]:
        """Return handlers that make the loop at the first change."""
        return {resource: partial(self._changed, resource) for resource in self._watched}

    def reconcile(self, key: str) -> float | None:
        """Let the loop do it."""
        return self._loop().reconcile(key)

    def order(self, keys: list[str]) -> list[str]:
        """Let the loop do it; nothing needs no order."""
        return self._loop().order(keys) if keys else keys

    def flush(self) -> None:
        """Let the loop do it, where it is there: else it has nothing in memory."""
        if self._made is not None:
            self._made.flush()
