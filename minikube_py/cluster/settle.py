"""The settle engine: runs all loops over the event log until nothing moves, as if the cluster had been running all along.

Progress is kept in the store in the same transactions as the loops' writes: the revision up to which each loop has seen the
event log, the keys that still wait, and the timers. A kill at any moment loses nothing: the next settle goes on from there.

State keys: settle/revision, settle/loops, settle/queue, timer/<due>/<loop>/<key>, due/<loop>/<key>, loop/<name>/....
"""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from minikube_py.apiserver.objectstore import decode, prefix_of
from minikube_py.client.loops import Change, Loop
from minikube_py.cluster.timers import QUEUE, REVISION, Timer, Timers
from minikube_py.kits.clock import VirtualClock
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Scheme
from minikube_py.storage.api import Backend, Event, KeyValue

LOOPS = "settle/loops"
_EVENTS_AT_ONCE = 2000
_SLICE = 0.25  # seconds of work between two commits: how long another process's write may have to wait
_RETRIES_AT_ONCE = 3
_SAME_KEY_LIMIT = 200  # reconciles of one key at one instant; beyond it the loops are at odds and must wait
_BACKOFF = (1.0, 1000.0)  # seconds: first and longest, as client-go's rate limiter ends
_MOST_INSTANTS = 5000  # timers' instants that one settle catches up with; older ones are then treated as missed

Handler = Callable[[Change], Iterable[str]]


class Queue:
    """Keys of one loop that wait, each once, in the order in which they came."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.keys: dict[str, None] = {}
        self.attempts: dict[str, int] = {}
        self.rounds: dict[str, int] = {}

    def add(self, keys: Iterable[str]) -> None:
        """Let keys wait."""
        for key in keys:
            self.keys[key] = None


class Engine:
    """Drives the loops of one cluster. One engine at a time may settle a store: the caller holds the lock for that.

    `loops` are in the order in which they take their turns; `clock` is the one that they and the apiserver were given.
    """

    def __init__(self, backend: Backend, scheme: Scheme, loops: Sequence[Loop], clock: VirtualClock, *,
                 report: Callable[[str, BaseException], None] | None = None) -> None:  # fmt: skip
        self._backend = backend
        self._clock = clock
        self._timers = Timers(backend)
        self._queues = {loop.name: Queue(loop) for loop in loops}
        self._report = report or _print_report
        self._handlers: dict[str, list[tuple[Queue, Handler]]] = {}
        self._watched: dict[str, dict[str, str]] = {}
        for queue in self._queues.values():
            self._watch(scheme, queue)
        self._decoded: dict[int, Object] = {}
        self._seen = 0
        self._slice_end = 0.0
        self._instants = 0

    def _watch(self, scheme: Scheme, queue: Queue) -> None:
        names = self._watched.setdefault(queue.loop.name, {})
        for name, handler in queue.loop.watches().items():
            prefix = prefix_of(scheme.must(name))
            names[name] = prefix
            self._handlers.setdefault(prefix, []).append((queue, handler))

    def loop(self, name: str) -> Loop | None:
        """Return one of the loops."""
        queue = self._queues.get(name)
        return None if queue is None else queue.loop

    def settle(self) -> None:
        """Run until no event, key or due timer is left."""
        try:
            with self._backend.batch():
                self._begin()
                while self._step():
                    self._commit_if_long()
                self._end()
        finally:
            self._clock.release()

    def _begin(self) -> None:
        self._slice_end = self._clock.real() + _SLICE
        self._instants = 0
        self._seen = int(self._backend.state_get(REVISION) or 0)
        left = self._backend.state_get(QUEUE)
        for name, keys in (json.loads(left) if left else {}).items():
            if name in self._queues:
                self._queues[name].add(keys)
        self._clock.set(self._clock.real())
        due = self._timers.first()
        if due is not None and due < self._clock.now():
            self._clock.set(due)
        known: dict[str, list[str]] = json.loads(self._backend.state_get(LOOPS) or b"{}")
        for name, queue in self._queues.items():
            fresh = [prefix for resource, prefix in self._watched[name].items() if resource not in known.get(name, ())]
            if fresh:
                self._introduce(queue, fresh)
        current = {name: sorted(watched) for name, watched in self._watched.items()}
        if current != known:
            self._backend.state_put(LOOPS, json.dumps(current).encode())

    def _introduce(self, queue: Queue, prefixes: Sequence[str]) -> None:
        """Show a loop that was not here before all objects that it watches."""
        for prefix in prefixes:
            handlers = [handler for other, handler in self._handlers[prefix] if other is queue]
            for kv in self._backend.range(prefix).kvs:
                if kv.mod_revision <= self._seen:  # later ones come as events
                    change = Change("ADDED", decode(kv), None, kv.mod_revision)
                    for handler in handlers:
                        queue.add(handler(change))

    def _step(self) -> bool:
        """Do a bounded piece of work; False where nothing is left."""
        if self._take_events():
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
        return len(events) == _EVENTS_AT_ONCE

    def _dispatch(self, event: Event) -> None:
        handlers = self._handlers.get(_prefix(event.kv.key)) or self._handlers.get(_prefix(event.kv.key, 4))
        if not handlers:
            return
        change = self._change(event)
        for queue, handler in handlers:
            try:
                queue.add(handler(change))
            except Exception as error:  # one loop's mistake must not stop the others
                self._report(f"{queue.loop.name}: cannot handle a change of {event.kv.key}", error)

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
            known = self._decoded[kv.mod_revision] = decode(kv)
        return known

    def _drain(self, queue: Queue) -> None:
        keys, queue.keys = queue.loop.order(list(queue.keys)), {}
        for position, key in enumerate(keys):
            self._reconcile(queue, key)
            if self._clock.real() >= self._slice_end:
                queue.keys = {key: None for key in keys[position + 1 :]} | queue.keys
                return

    def _reconcile(self, queue: Queue, key: str) -> None:
        name = queue.loop.name
        queue.rounds[key] = queue.rounds.get(key, 0) + 1
        if queue.rounds[key] > _SAME_KEY_LIMIT:
            self._later(queue, key, _BACKOFF[0])
            return
        try:
            again = queue.loop.reconcile(key)
        except errors.StatusError as error:
            self._failed(queue, key, error, expected=isinstance(error, (errors.Conflict, errors.NotFound, errors.AlreadyExists)))
            return
        except Exception as error:  # a loop's mistake: this key waits, the others go on
            self._failed(queue, key, error, expected=False)
            return
        queue.attempts.pop(key, None)
        if again is None:
            self._timers.clear(name, key)
        else:
            self._timers.set(Timer(self._clock.now() + max(again, 0.001), name, key, 0))

    def _failed(self, queue: Queue, key: str, error: Exception, *, expected: bool) -> None:
        attempt = queue.attempts.get(key, 0) + 1
        queue.attempts[key] = attempt
        if not expected:
            self._report(f"{queue.loop.name}: {key}", error)
        if attempt <= _RETRIES_AT_ONCE:
            queue.add((key,))
            return
        first, longest = _BACKOFF
        self._later(queue, key, min(first * 2 ** (attempt - _RETRIES_AT_ONCE - 1), longest), attempt)

    def _later(self, queue: Queue, key: str, delay: float, attempt: int = 0) -> None:
        self._timers.set(Timer(self._clock.now() + delay, queue.loop.name, key, attempt))

    def _fire(self) -> bool:
        """Go on to the instant of the next timer that is due; False where none is."""
        due, now = self._timers.first(), self._clock.real()
        if due is None or due > now:
            return False
        self._instants += 1
        if self._instants > _MOST_INSTANTS:
            due = now  # what lies further back was missed, as by a controller that was down
        self._clock.set(max(due, self._clock.now()))
        for timer in self._timers.take(self._clock.now()):
            queue = self._queues.get(timer.loop)
            if queue is None:
                continue  # a loop that was left out meanwhile
            queue.add((timer.key,))
            queue.rounds.pop(timer.key, None)
            if timer.attempt:
                queue.attempts[timer.key] = timer.attempt
        return True

    def _commit_if_long(self) -> None:
        if self._clock.real() < self._slice_end:
            return
        self._save({name: list(queue.keys) for name, queue in self._queues.items() if queue.keys})
        self._backend.commit()
        self._slice_end = self._clock.real() + _SLICE

    def _end(self) -> None:
        self._save({})

    def _save(self, waiting: dict[str, list[str]]) -> None:
        for queue in self._queues.values():
            queue.loop.flush()
        if waiting:
            self._backend.state_put(QUEUE, json.dumps(waiting).encode())
        elif self._backend.state_get(QUEUE) is not None:
            self._backend.state_delete(QUEUE)
        self._backend.state_put(REVISION, str(self._seen).encode())


def _prefix(key: str, depth: int = 3) -> str:
    """Return /registry/pods/ of a key, or with depth 4 /registry/example.com/widgets/."""
    return "/".join(key.split("/", depth)[:depth]) + "/"


def _print_report(what: str, error: BaseException) -> None:
    import os
    import traceback

    if os.environ.get("KCTL_DEBUG"):
        print(what, file=sys.stderr)
        traceback.print_exception(error, file=sys.stderr)


class LoopState:
    """The small values of one loop: client.loops.State over the store."""

    def __init__(self, backend: Backend, loop: str) -> None:
        self._backend = backend
        self._prefix = f"loop/{loop}/"

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        value = self._backend.state_get(self._prefix + key)
        return None if value is None else json.loads(value)

    def put(self, key: str, value: Any) -> None:
        """Store a value."""
        self._backend.state_put(self._prefix + key, json.dumps(value, separators=(",", ":")).encode())

    def delete(self, key: str) -> None:
        """Forget a value."""
        self._backend.state_delete(self._prefix + key)

    def items(self, prefix: str = "") -> list[tuple[str, Any]]:
        """Return all (key, value) whose key starts with `prefix`, in order of the keys."""
        cut = len(self._prefix)
        return [(key[cut:], json.loads(value)) for key, value in self._backend.state_range(self._prefix + prefix)]
