"""Work of a runtime, done while the loops go on: a container engine takes its time, and the store is not held meanwhile.

A sync asks for a piece of work by name. Where the runtime does things at once, that is all; where it blocks, the work goes on in a thread, the sync
gives up with Busy, and the next sync of the same key is given what came of it. A process that is killed leaves what the engine has done by then, and
the keys that wait, which are kept with each checkpoint (outstanding): where the engine had done all, or nothing yet, there is nothing to be found at it.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from minikube_py.kubelet.runtime import RuntimeFailure

T = TypeVar("T")
BROKEN = "RuntimeBroken"  # why a container waits where a runtime fails in a way that it has no word for

_AT_ONCE = 16  # pieces of work; engines do little more side by side
_TURN = 0.0005  # seconds after which a thread lets another one go on: an engine's answer is not to wait for the loops' work
_LONGEST = 300.0  # seconds until a checkpoint
_RELIST = 1.0  # seconds between two looks at what an engine did by itself


class Busy(Exception):
    """A piece of work goes on; its key comes again when it has come to its end."""


class _Piece:
    """A piece of work: whose it is, and what came of it (None: not yet)."""

    __slots__ = ("key", "outcome")

    def __init__(self, key: str) -> None:
        self.key = key
        self.outcome: Callable[[], Any] | None = None


class Jobs:
    """The work of one runtime. `relist` tells which keys something has happened to behind our back; None where nothing can (dry-run)."""

    def __init__(self, relist: Callable[[], Iterable[str]] | None) -> None:
        self._relist = relist
        if relist is not None:
            sys.setswitchinterval(_TURN)
        self._listed = 0.0
        self._has_rung = False
        self._room = threading.Semaphore(_AT_ONCE)
        self._changed = threading.Condition()
        self._going: dict[tuple[str, str], _Piece] = {}  # what nobody has been given the outcome of
        self._unawaited: set[tuple[str, str]] = set()
        self._done: set[tuple[str, str]] = set()  # what was begun before, of work that is not awaited
        self._returned: list[str] = []
        self._followers: set[str] = set()  # keys that come when some work has come to its end
        self._checkpoint = threading.Event()  # the next one: what is being written now is stored then

    def run(self, key: str, name: str, work: Callable[[], T], *, awaited: bool = True, stored: bool = False) -> T:
        """Return what `work` returns, or raise what it raises; Busy where that takes longer. A key may have several pieces of work, each by its name.

        For work that is not `awaited`, as it comes again and again (probes), a command stays the first time only. Work that is to find all `stored`
        begins after the next checkpoint: what it does could not be assigned to anything, if the process were killed before that.
        """
        if self._relist is None:
            return work()
        with self._changed:
            known = self._going.get((key, name))
            outcome = None if known is None else known.outcome
            if outcome is not None:
                self._drop((key, name))
        if outcome is not None:
            result: T = outcome()
            return result
        if known is None:
            piece = self._going[key, name] = _Piece(key)
            if not awaited and (key, name) in self._done:
                self._unawaited.add((key, name))
            elif not awaited:
                self._done.add((key, name))
            begin = self._checkpoint if stored else None
            threading.Thread(target=self._work, args=(piece, work, begin), name=f"runtime {name} {key}", daemon=True).start()
        raise Busy(f"{key}: {name}")

    def _drop(self, work: tuple[str, str]) -> _Piece:
        self._unawaited.discard(work)
        return self._going.pop(work)

    def _work(self, piece: _Piece, work: Callable[[], Any], begin: threading.Event | None) -> None:
        outcome: Callable[[], Any]
        if begin is not None and not begin.wait(_LONGEST):
            return  # those who wrote have given up, and nobody asks
        with self._room:
            try:
                result = work()
            except RuntimeFailure as failure:  # for whoever asks for the result
                outcome = _raising(failure)
            except Exception as error:
                outcome = _raising(RuntimeFailure(BROKEN, str(error) or type(error).__name__), error)
            else:
                outcome = lambda: result  # noqa: E731
        with self._changed:
            piece.outcome = outcome
            self._returned += [piece.key, *sorted(self._followers)]
            self._followers.clear()
            self._changed.notify_all()

    def goes_on(self, key: str, name: str) -> bool:
        """Tell whether this work has been begun and nobody has its outcome yet."""
        with self._changed:
            return (key, name) in self._going

    def follow(self, key: str, begins: str) -> None:
        """Let a key come again when work has come to its end, where there is some that goes on whose name begins so: it may be in the way."""
        with self._changed:
            if any(name.startswith(begins) and piece.outcome is None for (_, name), piece in self._going.items()):
                self._followers.add(key)

    def outstanding(self) -> set[str]:
        """Return the keys that have yet to be given what comes of their work; without what is not awaited, which comes again by itself."""
        return {key for key, name in self._going if (key, name) not in self._unawaited}

    def forget(self, key: str) -> None:
        """Let go of what came of a key's work, and what has been done for it: there is nobody left who asks."""
        with self._changed:
            for work in [work for work, piece in self._going.items() if work[0] == key and piece.outcome is not None]:
                self._drop(work)
            self._done = {work for work in self._done if work[0] != key}

    def hand_over(self, key: str, heir: str) -> None:
        """Let another key come when the work of a key that is no more has come to its end; a new one of that key begins with nothing."""
        self.forget(key)
        with self._changed:
            for work in [work for work in self._going if work[0] == key]:
                awaited = work not in self._unawaited
                piece = self._drop(work)
                if awaited:
                    piece.key = heir
                    self._going[heir, work[1]] = piece

    def look(self) -> Iterable[str]:
        """Return the keys whose work has come to an end, and those to which something happened in the engine (client.loops.Outside)."""
        if self._relist is None:
            return ()
        with self._changed:
            found, self._returned = self._returned, []
        if self._has_rung or time.monotonic() - self._listed >= _RELIST:
            self._listed, self._has_rung = time.monotonic(), False
            found = [*found, *self._relist()]
        return found

    def ring(self) -> None:
        """Say that there is news of the engine, in whatever thread."""
        self._has_rung = True

    def has_news(self) -> bool:
        """Tell whether look() may find something."""
        return self._relist is not None and (bool(self._returned) or self._has_rung or time.monotonic() - self._listed >= _RELIST)

    def stored(self) -> None:
        """Let the work begin that waits for what was being written."""
        self._checkpoint.set()
        self._checkpoint = threading.Event()

    def is_busy(self) -> bool:
        """Tell whether some work goes on, or has come to an end that nobody has looked at."""
        with self._changed:
            return bool(self._returned) or any(piece.outcome is None for work, piece in self._going.items() if work not in self._unawaited)

    def wait(self, seconds: float) -> None:
        """Wait until some work has come to an end, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._returned), seconds)


def _raising(failure: RuntimeFailure, cause: Exception | None = None) -> Callable[[], Any]:
    def again() -> Any:
        raise failure from cause

    return again
