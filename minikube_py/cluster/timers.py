"""Whether a cluster has anything to do: the timers of its loops, and how far they have seen the event log.

Small, as every command asks; the settle engine is only loaded where the answer is yes.
"""

from typing import NamedTuple

from minikube_py.storage.api import Backend

REVISION, QUEUE = "settle/revision", "settle/queue"
_TIMERS_AT_ONCE = 100


class Timer(NamedTuple):
    """When a key is to come again; `attempt` counts failures in a row."""

    due: float
    loop: str
    key: str
    attempt: int


class Timers:
    """Timers in the store, in the order of their due time; one for each loop and key."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def first(self) -> float | None:
        """Return the time of the next timer, or None."""
        rows = self._backend.state_range("timer/", 1)
        return float(rows[0][0].split("/", 2)[1]) if rows else None

    def take(self, until: float) -> list[Timer]:
        """Remove and return the timers that are due."""
        taken: list[Timer] = []
        while True:
            rows = self._backend.state_range("timer/", _TIMERS_AT_ONCE)
            due = [timer for timer in (_timer(row, value) for row, value in rows) if timer.due <= until]
            for timer in due:
                self.clear(timer.loop, timer.key)
            taken.extend(due)
            if len(due) < _TIMERS_AT_ONCE:
                return taken

    def set(self, timer: Timer) -> None:
        """Store a timer in place of the former one of its key."""
        self.clear(timer.loop, timer.key)
        due = f"{timer.due:020.6f}"
        self._backend.state_put(f"timer/{due}/{timer.loop}/{timer.key}", str(timer.attempt).encode())
        self._backend.state_put(f"due/{timer.loop}/{timer.key}", due.encode())

    def clear(self, loop: str, key: str) -> None:
        """Forget the timer of a key."""
        due = self._backend.state_get(f"due/{loop}/{key}")
        if due is not None:
            self._backend.state_delete(f"timer/{due.decode()}/{loop}/{key}")
            self._backend.state_delete(f"due/{loop}/{key}")


def _timer(row: str, value: bytes) -> Timer:
    _, due, loop, key = row.split("/", 3)
    return Timer(float(due), loop, key, int(value))


def is_quiet(backend: Backend, now: float) -> bool:
    """Tell whether no loop has anything to do: a read may go straight to the store."""
    seen = backend.state_get(REVISION)
    if seen is None or int(seen) != backend.revision() or backend.state_get(QUEUE) is not None:
        return False
    due = Timers(backend).first()
    return due is None or due > now
