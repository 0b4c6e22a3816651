"""Loops that are imported and made when there is something for them: most commands concern a few loops only, and to make all takes longer than
what these do."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from minikube_py.client.loops import Change, Loop
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

Handler = Callable[[Change], Iterable[str]]


class LateLoop(Loop):
    """Stands in for a loop that is not there yet. `make` makes it; `watched` are all the resources that it watches, and what of them concerns it:

    `daemonsets.apps!` concerns it in any case, and all others do only while there is one: `has_any` tells whether there is.
    `pods/DaemonSet` are no concern of it where a controller of another kind has them, and no finalizer; `pods:ephemeral:nfs` where they have no volume of
    such a source.
    """

    def __init__(self, name: str, watched: Iterable[str], make: Callable[[], Loop], has_any: Callable[[str], bool] = lambda resource: True) -> None:
        self.name = name
        self._make = make
        self._has_any = has_any
        self._watched: dict[str, str] = {}  # resources, and kinds of controllers
        self._sources: dict[str, list[str]] = {}  # of volumes
        self._main = ""
        for word in watched:
            what, *sources = word.removesuffix("!").split(":")
            resource, _, kind = what.partition("/")
            self._watched[resource] = kind
            self._sources[resource] = sources
            self._main = resource if word.endswith("!") else self._main
        self._is_idle: bool | None = None
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
            if self._is_no_concern(resource, change):
                return ()
            self._loop()
        return self._handlers[resource](change)

    def _is_no_concern(self, resource: str, change: Change) -> bool:
        if self._main and resource != self._main:
            if self._is_idle is None:  # asked once: one that comes later is a change, too
                self._is_idle = not self._has_any(self._main)
            if self._is_idle:
                return True
        kind, sources = self._watched[resource], self._sources[resource]
        if sources and not _has_volume(change.object, sources) and (change.old is None or not _has_volume(change.old, sources)):
            return True
        return bool(kind) and _is_of_another(change.object, kind) and (change.old is None or _is_of_another(change.old, kind))

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


def _has_volume(pod: Object, sources: Iterable[str]) -> bool:
    return any(volume.get(source) for volume in pod["spec"].get("volumes") or () for source in sources)


def _is_of_another(obj: Object, kind: str) -> bool:
    """Tell whether a controller of another kind has an object, and nobody waits for its end."""
    owner = meta.controller_of(obj)
    return owner is not None and owner["kind"] != kind and not obj["metadata"].get("finalizers")
