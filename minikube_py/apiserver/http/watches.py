"""Watches: each change is read once from the store and handed to every watch that it concerns.

The hub lives in the store's thread; a Watch's queue lives in the event loop. A client that does not read fills its own queue only.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.apiserver.http import answers, negotiation
from minikube_py.apiserver.http.negotiation import Shape
from minikube_py.apiserver.objectstore import prefix_of
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.storage import api as storage

if TYPE_CHECKING:
    from minikube_py.apiserver.handlers.read import Selector
    from minikube_py.apiserver.request import Request
    from minikube_py.apiserver.server import APIServer

MAX_EVENTS, MAX_BYTES = 20_000, 64 * 1024 * 1024  # what may wait for one client
_AT_ONCE = 1000
INITIAL_END, BLUEPRINT = "k8s.io/initial-events-end", "kubernetes.io/initial-events-list-blueprint"


class Watch:
    """One client's watch: what it wants to see, and the bytes that wait for it."""

    def __init__(self, request: "Request", selects: "Selector | None", wanted: Shape, include_object: str) -> None:
        self.request = request
        self.selects = selects
        self.wanted = wanted
        self.include_object = include_object
        self.prefix = prefix_of(request.target, request.namespace)
        self.after = 0  # the revision up to which this watch has been told everything
        self.give_up: Callable[[], None] | None = None  # ends the connection of a client that does not read
        self.told: Iterator[Any] | None = None  # what is to be closed at the end, for the audit log to hear of it
        self.ended = False
        self._chunks: deque[bytes] = deque()
        self._events = 0
        self._bytes = 0
        self._waiting = asyncio.Event()

    @property
    def variant(self) -> tuple[str, str, str, str, str]:
        """Return what tells the bytes of an event for this watch from those for another one."""
        resource = self.request.target
        return resource.group, resource.version, self.wanted.transform, self.wanted.version, self.include_object

    def offer(self, chunk: bytes, count: int, *, limited: bool = True) -> None:
        """Let bytes wait for the client; where there are too many, the watch ends."""
        if self.ended:
            return
        self._chunks.append(chunk)
        self._events += count
        self._bytes += len(chunk)
        if limited and (self._events > MAX_EVENTS or self._bytes > MAX_BYTES):
            self._chunks.clear()
            self.ended = True
            if self.give_up is not None:
                self.give_up()
        self._waiting.set()

    def end(self) -> None:
        """Let the watch end once what waits is sent."""
        self.ended = True
        self._waiting.set()

    async def take(self, timeout: float) -> bytes | None:
        """Return what waits, after up to `timeout` seconds (then it is empty); None at the end."""
        if not self._chunks and not self.ended:
            self._waiting.clear()
            try:
                async with asyncio.timeout(timeout):
                    await self._waiting.wait()
            except TimeoutError:
                return b""
        if not self._chunks:
            return None
        taken = b"".join(self._chunks)
        self._chunks.clear()
        self._events = self._bytes = 0
        return taken


class _Seen(NamedTuple):
    type: str
    kv: storage.KeyValue
    revision: int


class Hub:
    """Tells watches of changes. `post(function, *arguments)` runs something in the event loop."""

    def __init__(self, server: "APIServer", post: Callable[..., object]) -> None:
        self._server = server
        self._post = post
        self._watches: dict[str, dict[int, Watch]] = {}
        self.pumped = server.store.backend.revision()
        self._cache: dict[tuple[object, ...], bytes] = {}

    def __len__(self) -> int:
        return sum(map(len, self._watches.values()))

    def add(self, watch: Watch, after: int) -> None:
        """Begin to tell a watch of what came after a revision; what came already is told at once."""
        self.pump()
        self._catch_up(watch, after)
        self._watches.setdefault(watch.prefix, {})[id(watch)] = watch

    def remove(self, watch: Watch) -> None:
        """Tell a watch nothing any more."""
        watches = self._watches.get(watch.prefix, {})
        watches.pop(id(watch), None)
        if not watches:
            self._watches.pop(watch.prefix, None)
        close, watch.told = getattr(watch.told, "close", None), None
        if close is not None:
            close()

    def end_all(self) -> None:
        """End all watches: the server stops."""
        for watches in self._watches.values():
            for watch in watches.values():
                self._post(watch.end)
        self._watches.clear()

    def pump(self) -> bool:
        """Hand on what has come since the last time; tell whether something has."""
        backend = self._server.store.backend
        head = backend.revision()
        if head <= self.pumped:
            return False
        if not self._watches:
            self.pumped = head
            return True
        while self.pumped < head:
            try:
                events = backend.events(self.pumped, limit=_AT_ONCE)
            except storage.Compacted:
                self._expire(backend.compact_revision())
                self.pumped = head
                break
            self._distribute(events)
            self.pumped = events[-1].kv.mod_revision if len(events) >= _AT_ONCE else max(head, events[-1].kv.mod_revision if events else 0)
        self._post(_advance, [watch for watches in self._watches.values() for watch in watches.values()], self.pumped)
        return True

    def _catch_up(self, watch: Watch, after: int) -> None:
        backend = self._server.store.backend
        while after < self.pumped:
            events = backend.events(after, prefix=watch.prefix, limit=_AT_ONCE, until=self.pumped)
            lines = list(self._lines(watch, events))
            if lines:
                self._post(lambda lines=lines: watch.offer(b"".join(lines), len(lines), limited=False))
            if len(events) < _AT_ONCE:
                break
            after = events[-1].kv.mod_revision
        self._post(_advance, [watch], self.pumped)

    def _distribute(self, events: Iterable[storage.Event]) -> None:
        concerned: dict[int, tuple[Watch, list[storage.Event]]] = {}
        for event in events:
            for prefix in _prefixes(event.kv.key):
                for watch in self._watches.get(prefix, {}).values():
                    concerned.setdefault(id(watch), (watch, []))[1].append(event)
        for watch, its_events in concerned.values():
            lines = list(self._lines(watch, its_events))
            if lines:
                self._post(watch.offer, b"".join(lines), len(lines))
        self._cache.clear()

    def _expire(self, compacted: int) -> None:
        """End all watches with 410: history went before it was read."""
        error = errors.Expired(f"too old resource version: {self.pumped} ({compacted})")
        line = answers.encode({"type": "ERROR", "object": error.status()})
        for watches in self._watches.values():
            for watch in watches.values():
                self._post(watch.offer, line, 1)
                self._post(watch.end)
        self._watches.clear()

    def _lines(self, watch: Watch, events: Iterable[storage.Event]) -> Iterable[bytes]:
        for event in events:
            seen = self._seen(watch, event)
            if seen is not None:
                yield self._line(watch, seen)

    def _seen(self, watch: Watch, event: storage.Event) -> _Seen | None:
        """Return the event as one who selects sees it: an object that begins to match is ADDED, one that ceases to is DELETED, as it was."""
        revision, selects = event.kv.mod_revision, watch.selects
        matched = event.prev is not None and (selects is None or selects(self._object(watch, event.prev, 0)))
        if event.type != "DELETE" and (selects is None or selects(self._object(watch, event.kv, 0))):
            return _Seen("MODIFIED" if matched else "ADDED", event.kv, revision)
        return _Seen("DELETED", event.prev, revision) if matched and event.prev is not None else None

    def _object(self, watch: Watch, kv: storage.KeyValue, revision: int) -> Object:
        from minikube_py.apiserver.handlers import read

        obj = read.convert(self._server, watch.request.target, self._server.store.decode(kv))
        if revision:
            obj["metadata"]["resourceVersion"] = str(revision)
        return obj

    def _line(self, watch: Watch, seen: _Seen) -> bytes:
        key = (seen.type, seen.revision, seen.kv.key, *watch.variant)
        line = self._cache.get(key)
        if line is None:
            line = self._cache[key] = event_line(self._server, watch, seen.type, self._object(watch, seen.kv, seen.revision))
        return line


def event_line(server: "APIServer", watch: Watch, kind: str, obj: Object) -> bytes:
    """Return one event as bytes."""
    shown = answers.shaped(server, watch.request.target, obj, watch.wanted, watch.include_object)
    return answers.encode({"type": kind, "object": shown})


def bookmark(watch: Watch, revision: int, *, initial_end: bool = False) -> bytes:
    """Return a bookmark: an object of which only the resourceVersion counts."""
    resource = watch.request.target
    metadata: Object = {"resourceVersion": str(revision), "creationTimestamp": None}
    if initial_end:
        metadata["annotations"] = {INITIAL_END: "true", BLUEPRINT: base64.b64encode(_empty_list(watch)).decode()}
    obj: Object = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
    if watch.wanted.transform == negotiation.TABLE:
        row = {"cells": [], "object": answers.partial(obj, watch.wanted)}
        table = {"kind": "Table", "apiVersion": f"meta.k8s.io/{watch.wanted.version}", "metadata": {"resourceVersion": str(revision)}}
        return answers.encode({"type": "BOOKMARK", "object": table | {"columnDefinitions": [], "rows": [row]}})
    return answers.encode({"type": "BOOKMARK", "object": answers.partial(obj, watch.wanted) if watch.wanted.transform else obj})


def _empty_list(watch: Watch) -> bytes:
    """Return the list that a client has to fill with what it was told."""
    resource, shape = watch.request.target, watch.wanted
    empty: Object = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": {}, "items": []}
    return answers.encode({**(answers.partial_list(empty, shape) if shape.transform else empty), "items": None})


def _advance(watches: list[Watch], revision: int) -> None:
    for watch in watches:
        watch.after = revision


def _prefixes(key: str) -> tuple[str, ...]:
    """Return the prefixes under which watches may wait for this key, which is /registry/[GROUP/]PLURAL/[NAMESPACE/]NAME."""
    parts = key.split("/")
    return tuple("/".join(parts[:end]) + "/" for end in range(3, len(parts)))
