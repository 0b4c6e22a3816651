"""The settle engine: runs all loops over the event log until nothing moves, as if the cluster had been running all along.

Progress is kept in the store in the same transactions as the loops' writes: the revision up to which each loop has seen the
event log, the keys that still wait, and the timers. A kill at any moment loses nothing: the next settle goes on from there.

State keys: settle/revision, settle/loops, settle/queue, timer/<due>/<loop>/<key>, due/<loop>/<key>, loop/<name>/....
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from minikube_py.apiserver import objectstore
from minikube_py.apiserver.objectstore import prefix_of
from minikube_py.client.loops import Change, Loop
from minikube_py.cluster.timers import QUEUE, REVISION, Timer, Timers
from minikube_py.kits.clock import VirtualClock
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Scheme
from minikube_py.storage.api import Backend, Event, KeyValue, StoreError

LOOPS = "settle/loops"
_EVENTS_AT_ONCE = 2000
_SLICE = 0.5  # seconds of work between two commits: how long another process's write may have to wait
_PAUSE = 0.016  # seconds between two slices: the others look for the lock every 15 ms at least
_WAIT = 1.0  # seconds between two looks at what goes on outside of the store
_RETRIES_AT_ONCE = 3
_SAME_KEY_LIMIT = 200  # reconciles of one key at one instant; beyond it the loops are at odds and must wait
_BACKOFF = (1.0, 1000.0)  # seconds: first and longest, as client-go's rate limiter ends
_MOST_INSTANTS = 5000  # timers' instants that one settle catches up with; older ones are then treated as missed

_MOST_RECONCILES = 1_000_000  # in one settle: loops that make ever new work for each other must not keep a command for ever
_LONGEST = 1e11  # seconds that a timer may be away

Handler = Callable[[Change], Iterable[str]]


class Queue:
    """Keys of one loop that wait, each once, in the order in which they came."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.keys: dict[str, None] = {}
        self.attempts: dict[str, int] = {}  # failures in a row
        self.rounds: dict[str, int] = {}  # reconciles at this instant
        self.parked: set[str] = set()  # keys that wait for another instant: others change them back again and again
        self.fights: dict[str, int] = {}  # how often a key was parked

    def add(self, keys: Iterable[str]) -> None:
        """Let keys wait."""
        for key in keys:
            if type(key) is not str:
                raise TypeError(f"{self.loop.name}: a key is a text, not {key!r}")
            self.keys[key] = None

    def ordered(self) -> list[str]:
        """Return the keys in the loop's own order; none is lost, whatever the loop says."""
        keys = self.loop.order(list(self.keys))
        if len(keys) == len(self.keys) and self.keys.keys() == set(keys):
            return keys
        raise ValueError(f"{self.loop.name}: order() lost keys, or made some up")

    def restart(self) -> None:
        """Begin another instant."""
        self.rounds.clear()
        self.parked.clear()


class Engine:
    """Drives the loops of one cluster. One engine at a time may settle a store: the caller holds the lock for that.

    `loops` are in the order in which they take their turns; `clock` is the one that they and the apiserver were given. `finish(revision)` is
    called at the end of a settle, in its last transaction. An engine is of no use after an error: its loops remember what was undone.
    """

    def __init__(self, backend: Backend, scheme: Scheme, loops: Sequence[Loop], clock: VirtualClock, *,
                 report: Callable[[str, BaseException], None] | None = None, finish: Callable[[int], None] | None = None,
                 pause: Callable[[float], None] = time.sleep, decode: Callable[[KeyValue], Object] = objectstore.decode) -> None:  # fmt: skip
        self._backend = backend
        self._read = decode
        self._clock = clock
        self._timers = Timers(backend)
        self._queues = {loop.name: Queue(loop) for loop in loops}
        self._outside = [(queue, queue.loop.outside) for queue in self._queues.values() if queue.loop.outside is not None]
        self._report = report or _print_report
        self._finish = finish
        self._pause = pause
        self._handlers: dict[str, list[tuple[Queue, Handler]]] = {}
        self._watched: dict[str, dict[str, str]] = {}
        for queue in self._queues.values():
            self._watch(scheme, queue)
        self._decoded: dict[int, Object] = {}
        self._last = backend.state_get(REVISION)
        self._seen = 0
        self._slice_end = 0.0
        self.interrupted: Callable[[], bool] = lambda: False  # ends a slice of a settle with a budget early
        self._instant: float | None = None  # where a settle with a budget stopped
        self._instants = 0
        self._left = 0  # reconciles that this settle may still do

    def _watch(self, scheme: Scheme, queue: Queue) -> None:
        names = self._watched.setdefault(queue.loop.name, {})
        for name, handler in queue.loop.watches().items():
            try:
                prefix = prefix_of(scheme.must(name))
            except KeyError as error:
                raise errors.KctlError(f'the controller "{queue.loop.name}" watches "{name}", which no one serves') from error
            names[name] = prefix
            self._handlers.setdefault(prefix, []).append((queue, handler))

    def loop(self, name: str) -> Loop | None:
        """Return one of the loops."""
        queue = self._queues.get(name)
        return None if queue is None else queue.loop

    def is_current(self) -> bool:
        """Tell whether nobody else has settled since: else these loops have missed what the others saw."""
        return self._backend.state_get(REVISION) == self._last

    def settle(self, budget: float = 0.0, patience: float = float("inf")) -> bool:
        """Run until no event, key or due timer is left; with a `budget` for about so many seconds. Tell whether something is left.

        In between others may write: the store is locked for a slice of the work only. Without a budget, what the loops have begun outside
        of the store is waited for, for so many seconds of `patience`.
        """
        end = time.monotonic() + patience
        try:
            while True:
                if not self._work_a_slice(budget or _SLICE):
                    if budget:
                        return True
                    self._pause(_PAUSE)
                elif budget or not self._wait_outside():
                    return False
                elif time.monotonic() >= end:
                    return True
        finally:
            self._clock.release()

    def has_news(self) -> bool:
        """Tell whether something has happened outside of the store that loops have to look at."""
        return any(outside.has_news() for _, outside in self._outside)

    def is_busy(self) -> bool:
        """Tell whether something goes on outside of the store."""
        return any(outside.is_busy() for _, outside in self._outside)

    def _wait_outside(self) -> bool:
        """Wait for something that goes on outside of the store; False where nothing does."""
        for _, outside in self._outside:
            if outside.is_busy():
                outside.wait(_WAIT)
                return True
        return False

    def _look_outside(self) -> None:
        for queue, outside in self._outside:
            queue.add(outside.look())

    def _work_a_slice(self, seconds: float) -> bool:
        """Work for a slice of time, in one transaction; tell whether nothing is left. What one slice leaves, the next one goes on with."""
        with self._backend.batch():
            if self._instant is None:
                self._begin()
            else:
                self._clock.set(self._instant)
            done = self._work(seconds)
            self._save()
            if done and self._finish is not None:
                self._finish(self._seen)
        self._last = str(self._seen).encode()
        self._instant = None if done else self._clock.now()
        for _, outside in self._outside:
            outside.stored()
        return done

    def _work(self, seconds: float) -> bool:
        """Work for a slice of time; tell whether nothing is left, or all that one settle may do is done."""
        self._slice_end = self._clock.real() + seconds
        while self._step():
            if self._left <= 0:
                self._report("the loops do not come to rest; they go on with the next command", RuntimeError("too many reconciles"))
                return True
            if self._is_over():
                return False
        self._seen = max(self._seen, self._backend.revision())
        return True

    def _is_over(self) -> bool:
        return self._clock.real() >= self._slice_end or self.interrupted()

    def _begin(self) -> None:
        self._instants, self._left = 0, _MOST_RECONCILES
        self._seen = int(self._backend.state_get(REVISION) or 0)
        left = self._backend.state_get(QUEUE)
        waiting = json.loads(left) if left else {}
        for name, queue in self._queues.items():
            queue.restart()
            queue.fights.clear()
            queue.add(waiting.get(name, ()))
        self._clock.set(self._clock.real())
        due = self._timers.first()
        if due is not None and due < self._clock.now():
            self._clock.set(due)
        self._introduce_new()
        self._look_outside()

    def _introduce_new(self) -> None:
        """Show loops all objects of the resources that they have not watched before."""
        if self._seen < self._backend.compact_revision():  # from a restored store, say: all begin anew
            self._seen, known = self._backend.revision(), {}
        else:
            known = json.loads(self._backend.state_get(LOOPS) or b"{}")
        for name, queue in self._queues.items():
            fresh = [prefix for resource, prefix in self._watched[name].items() if resource not in known.get(name, ())]
            if fresh:
                self._introduce(queue, fresh)
        current = {name: sorted(watched) for name, watched in self._watched.items()}
        if current != known:
            self._backend.state_put(LOOPS, json.dumps(current).encode())

    def _introduce(self, queue: Queue, prefixes: Sequence[str]) -> None:
        for prefix in prefixes:
            handlers = [(other, handler) for other, handler in self._handlers[prefix] if other is queue]
            for kv in self._backend.range(prefix).kvs:
                if kv.mod_revision <= self._seen:  # later ones come as events
                    self._offer(handlers, Change("ADDED", self._read(kv), None, kv.mod_revision), kv.key)

    def _step(self) -> bool:
        """Do a bounded piece of work; False where nothing is left."""
        if self._backend.revision() != self._seen and self._take_events():
            return True
        for queue in self._queues.values():
            if queue.keys:
                self._drain(queue)
                return True
        return self._fire()

    def _take_events(self) -> bool:
        events = self._backend.events(self._seen, limit=_EVENTS_AT_ONCE)
        for event in events:
            self._dispatch(event)
            self._seen = event.kv.mod_revision
        return len(events) >= _EVENTS_AT_ONCE

    def _dispatch(self, event: Event) -> None:
        handlers = self._handlers.get(_prefix(event.kv.key)) or self._handlers.get(_prefix(event.kv.key, 4))
        if handlers:
            self._offer(handlers, self._change(event), event.kv.key)

    def _offer(self, handlers: Sequence[tuple[Queue, Handler]], change: Change, key: str) -> None:
        for queue, handler in handlers:
            try:
                queue.add(handler(change))
            except StoreError:
                raise
            except (Exception, SystemExit) as error:  # one loop's mistake must not stop the others
                self._report(f"{queue.loop.name}: cannot handle a change of {key}", error)

    def _change(self, event: Event) -> Change:
        kv, prev = event.kv, event.prev
        if prev is None:
            return Change("ADDED", lambda: self._decode(kv), None, kv.mod_revision)
        if event.type == "DELETE":
            return Change("DELETED", lambda: self._decode(prev), lambda: self._decode(prev), kv.mod_revision)
        return Change("MODIFIED", lambda: self._decode(kv), lambda: self._decode(prev), kv.mod_revision)

    def _decode(self, kv: KeyValue) -> Object:
        """Return an object of the log; the one before a change is often the one after the last change."""
        known = self._decoded.get(kv.mod_revision)
        if known is None:
            if len(self._decoded) >= _EVENTS_AT_ONCE:
                self._decoded.clear()
            known = self._decoded[kv.mod_revision] = self._read(kv)
        return known

    def _drain(self, queue: Queue) -> None:
        try:
            keys = queue.ordered()
        except (Exception, SystemExit) as error:
            self._report(f"{queue.loop.name}: cannot order its keys", error)
            keys = list(queue.keys)
        queue.keys = {}
        for position, key in enumerate(keys):
            self._reconcile(queue, key)
            if self._left <= 0 or self._is_over():
                queue.keys = dict.fromkeys(keys[position + 1 :]) | queue.keys
                return

    def _reconcile(self, queue: Queue, key: str) -> None:
        self._left -= 1
        if self._is_parked(queue, key):
            return
        try:
            again = queue.loop.reconcile(key)
            if again is not None and not 0 <= again < _LONGEST:
                raise ValueError(f"reconcile returns seconds, or None, not {again!r}")
        except StoreError:
            raise
        except (Exception, SystemExit) as error:  # a loop's mistake: this key waits, the others go on
            self._failed(queue, key, error)
            return
        if queue.attempts:
            queue.attempts.pop(key, None)
        if again is None:
            self._timers.clear(queue.loop.name, key)
        else:
            self._timers.set(Timer(self._clock.now() + max(again, 0.001), queue.loop.name, key, 0))

    def _is_parked(self, queue: Queue, key: str) -> bool:
        """Tell whether a key came too often at this instant; it comes again later, each time much later and with less patience."""
        if key in queue.parked:
            return True
        rounds = queue.rounds[key] = queue.rounds.get(key, 0) + 1
        fights = queue.fights.get(key, 0)
        if rounds <= max(_SAME_KEY_LIMIT >> fights, 3):
            return False
        queue.parked.add(key)
        queue.fights[key] = fights + 1
        self._later(queue, key, _delay(fights), -(fights + 1))
        return True

    def _failed(self, queue: Queue, key: str, error: BaseException) -> None:
        attempt = queue.attempts.get(key, 0) + 1
        queue.attempts[key] = attempt
        if not isinstance(error, errors.Conflict | errors.NotFound | errors.AlreadyExists):
            self._report(f"{queue.loop.name}: {key}", error)
        if attempt <= _RETRIES_AT_ONCE:
            queue.add((key,))
            return
        self._later(queue, key, _delay(attempt - _RETRIES_AT_ONCE - 1), attempt)

    def _later(self, queue: Queue, key: str, delay: float, attempt: int) -> None:
        self._timers.set(Timer(self._clock.now() + delay, queue.loop.name, key, attempt))

    def _fire(self) -> bool:
        """Go on to the instant of the next timer that is due; False where none is."""
        due, now = self._timers.first(), self._clock.real()
        if due is None or due > now:
            return False
        self._instants += 1
        if self._instants > _MOST_INSTANTS:
            due = now  # what lies further back was missed, as by a controller that was down
        if due > self._clock.now():
            self._clock.set(due)
            for queue in self._queues.values():
                queue.restart()
        for timer in self._timers.take(self._clock.now()):
            self._came(timer)
        return True

    def _came(self, timer: Timer) -> None:
        queue = self._queues.get(timer.loop)
        if queue is None:
            return  # a loop that was left out meanwhile
        queue.add((timer.key,))
        if timer.attempt > 0:
            queue.attempts[timer.key] = timer.attempt
        elif timer.attempt < 0:
            queue.fights[timer.key] = -timer.attempt

    def _save(self) -> None:
        """Put down how far the loops are: with what they have written, in one transaction."""
        for queue in self._queues.values():
            try:
                queue.loop.flush()
            except StoreError:
                raise
            except (Exception, SystemExit) as error:
                self._report(f"{queue.loop.name}: cannot put down its state", error)
        waiting = {name: list(queue.keys) for name, queue in self._queues.items() if queue.keys}
        if waiting:
            self._backend.state_put(QUEUE, json.dumps(waiting).encode())
        elif self._backend.state_get(QUEUE) is not None:
            self._backend.state_delete(QUEUE)
        seen = str(self._seen).encode()
        if seen != self._backend.state_get(REVISION):  # where nothing has changed, nothing is to be written to the disk
            self._backend.state_put(REVISION, seen)


def _delay(attempt: int) -> float:
    first, longest = _BACKOFF
    return float(min(first * 2 ** min(attempt, 32), longest))


def _prefix(key: str, depth: int = 3) -> str:
    """Return /registry/pods/ of a key, or with depth 4 /registry/example.com/widgets/."""
    return "/".join(key.split("/", depth)[:depth]) + "/"


def _print_report(what: str, error: BaseException) -> None:
    import os
    import traceback

    if os.environ.get("KCTL_DEBUG"):
        print(what, file=sys.stderr)
        traceback.print_exception(error, file=sys.stderr)
