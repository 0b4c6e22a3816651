"""What happened to Docker's containers between two looks: a list does not tell a container that was restarted from one that was not."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

_KEPT = 256  # so many past events a daemon remembers (moby daemon/events)
_OVERLAP = 2.0  # seconds that a daemon may take to note an event
_CHANGES = frozenset(("create", "start", "restart", "die", "kill", "oom", "pause", "unpause", "stop", "update", "rename", "destroy"))


class Changes:
    """Counts changes for each container; where too much happened to know, all count as changed."""

    def __init__(self, events: Callable[[str, str], Sequence[dict[str, Any]]]) -> None:
        """`events` returns those between two times."""
        self._events = events
        self._lock = threading.Lock()
        self._since = time.time()
        self._seen: set[tuple[Any, ...]] = set()
        self._counts: dict[str, int] = {}
        self._generation = 0

    def look(self) -> Callable[[str], str]:
        """Ask for the events since the last look; return what tells the state of a container's count."""
        with self._lock:
            until = time.time()
            found = self._events(f"{self._since - _OVERLAP:.9f}", f"{until:.9f}")
            self._since = until
            keys = {key: event for event in found if (key := _key(event))}
            if len(found) >= _KEPT:
                self._generation += 1
            for key in keys.keys() - self._seen:
                self._counts[key[0]] = self._counts.get(key[0], 0) + 1
            self._seen = set(keys)
            counts, generation = dict(self._counts), self._generation
        return lambda container: f"{generation}.{counts.get(container, 0)}"


def _key(event: dict[str, Any]) -> tuple[Any, ...]:
    """Return what tells an event that changes a container from others; empty for one that does not."""
    actor, action = event.get("Actor") or {}, event.get("Action", "")
    if event.get("Type") == "container" and action in _CHANGES:
        return actor.get("ID", ""), action, event.get("timeNano")
    if event.get("Type") == "network" and action in ("connect", "disconnect"):
        return (actor.get("Attributes") or {}).get("container", ""), action, event.get("timeNano")
    return ()
