"""Pauses after failures of a pod's containers: 10 s, 20 s, ... 5 min, kept until the pod is gone."""

from minikube_py.client.loops import State

FIRST, LONGEST = 10.0, 300.0  # seconds
_PREFIX = "backoff/"


class Backoff:
    """The pauses of one pod; `what` is such as `pull/nginx`. Nothing is stored of a pod that does not fail."""

    def __init__(self, state: State, uid: str, now: float) -> None:
        self._state = state
        self._key = _PREFIX + uid
        self._now = now
        self._known: dict[str, list[float]] = state.get(self._key) or {}

    def pause(self, what: str) -> float:
        """Return the length of the present pause, 0 where nothing failed."""
        return self._known[what][0] if what in self._known else 0.0

    def left(self, what: str) -> float:
        """Return the seconds that are left of the pause."""
        if what not in self._known:
            return 0.0
        length, since = self._known[what]
        return max(since + length - self._now, 0.0)

    def note(self, what: str) -> float:
        """Begin a pause after one more failure, and return its length."""
        length = min(self.pause(what) * 2, LONGEST) or FIRST
        self._known[what] = [length, self._now]
        self._state.put(self._key, self._known)
        return length

    def clear(self, what: str) -> None:
        """Forget the failures."""
        if self._known.pop(what, None) is not None:
            self._state.put(self._key, self._known)


def forget(state: State, uid: str) -> None:
    """Forget all about a pod."""
    state.delete(_PREFIX + uid)
