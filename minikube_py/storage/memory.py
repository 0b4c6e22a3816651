"""The store in memory, for tests and for clusters that leave nothing behind."""

import bisect
import threading
from collections.abc import Callable, Sequence

from minikube_py.storage import api
from minikube_py.storage.api import Compare, Delete, Event, KeyValue, Put, Range, Txn


class MemoryBackend:
    """A store that ends with its process. Threads may share it: a batch keeps the others out."""

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._revision = api.FIRST_REVISION
        self._compacted = 0
        self._events: list[Event] = []
        self._keys: list[str] = []  # every key with a kept version, sorted
        self._versions: dict[str, list[KeyValue]] = {}
        self._indexes: dict[str, frozenset[tuple[str, str]]] = {}
        self._indexed: dict[tuple[str, str], set[str]] = {}
        self._state: dict[str, bytes] = {}
        self._undo: list[Callable[[], object]] = []
        self._marks: list[int] = []  # how far each open batch undoes

    def revision(self) -> int:
        """Return the revision of the last write."""
        with self._changed:
            return self._revision

    def compact_revision(self) -> int:
        """Return the oldest revision that can be read, 0 where all can."""
        with self._changed:
            return self._compacted

    def get(self, key: str, revision: int = 0) -> KeyValue | None:
        """Return the key as of `revision` (0: now)."""
        with self._changed:
            if revision:
                api.check_revision(revision, self._revision, self._compacted)
            return self._at(key, revision or self._revision)

    def _at(self, key: str, revision: int) -> KeyValue | None:
        versions = self._versions.get(key, [])
        for kv in reversed(versions):
            if kv.mod_revision <= revision:
                return kv if kv.version else None
        return None

    def range(self, prefix: str, *, start: str = "", revision: int = 0, limit: int = 0) -> Range:
        """Return the keys with `prefix` from `start` on, all as of one revision."""
        with self._changed:
            if revision:
                api.check_revision(revision, self._revision, self._compacted)
            at = revision or self._revision
            kvs = [kv for key in self._with_prefix(prefix, start) if (kv := self._at(key, at))]
            shown = kvs[:limit] if limit else kvs
            return Range(shown, at, len(kvs), len(shown) < len(kvs))

    def _with_prefix(self, prefix: str, start: str = "") -> list[str]:
        end = api.prefix_end(prefix)
        first = bisect.bisect_left(self._keys, max(prefix, start))
        return self._keys[first : bisect.bisect_left(self._keys, end) if end else len(self._keys)]

    def by_index(self, name: str, value: str, *, prefix: str = "") -> list[KeyValue]:
        """Return what was last put with the index entry (name, value), ordered by key."""
        with self._changed:
            keys = sorted(key for key in self._indexed.get((name, value), ()) if key.startswith(prefix))
            return [self._versions[key][-1] for key in keys]

    def txn(self, compares: Sequence[Compare], operations: Sequence[Put | Delete]) -> Txn:
        """Apply all operations in one new revision if every guard holds, else nothing."""
        api.check_operations(operations)
        with self.batch():
            current = [(compare, self._at(compare.key, self._revision)) for compare in compares]
            failed = [kv for compare, kv in current if (kv.mod_revision if kv else 0) != compare.mod_revision]
            if failed:
                return Txn(False, self._revision, failed)
            effective = [step for step in operations if isinstance(step, Put) or self._at(step.key, self._revision)]
            if effective:
                for operation in effective:
                    self._change(operation, self._revision + 1)
                self._revision += 1
                self._undo.append(self._step_back)
            return Txn(True, self._revision, [])

    def _step_back(self) -> None:
        self._revision -= 1

    def _change(self, operation: Put | Delete, revision: int) -> None:
        key, prev = operation.key, self._at(operation.key, revision)
        if isinstance(operation, Put):
            kv = KeyValue(key, operation.value, prev.create_revision if prev else revision, revision, prev.version + 1 if prev else 1)
        else:
            kv = KeyValue(key, b"", 0, revision, 0)
        self._append(kv)
        self._events.append(Event("PUT" if kv.version else "DELETE", kv, prev))
        self._undo.append(self._events.pop)
        self._reindex(key, frozenset(operation.indexes) if isinstance(operation, Put) else frozenset())

    def _append(self, kv: KeyValue) -> None:
        if kv.key not in self._versions:
            self._versions[kv.key] = []
            bisect.insort(self._keys, kv.key)
            self._undo.append(lambda: self._forget(kv.key))
        self._versions[kv.key].append(kv)
        self._undo.append(self._versions[kv.key].pop)

    def _forget(self, key: str) -> None:
        del self._versions[key]
        self._keys.remove(key)

    def _reindex(self, key: str, entries: frozenset[tuple[str, str]]) -> None:
        before = self._indexes.get(key, frozenset())
        if before == entries:
            return
        self._set_indexes(key, before, entries)
        self._undo.append(lambda: self._set_indexes(key, entries, before))

    def _set_indexes(self, key: str, before: frozenset[tuple[str, str]], after: frozenset[tuple[str, str]]) -> None:
        for entry in before - after:
            self._indexed[entry].discard(key)
        for entry in after - before:
            self._indexed.setdefault(entry, set()).add(key)
        self._indexes[key] = after

    def events(self, after: int, *, prefix: str = "", limit: int = 0, until: int = 0) -> list[Event]:
        """Return the changes after a revision, in order; `limit` never cuts a revision in two."""
        with self._changed:
            api.check_revision(after, self._revision, self._compacted)
            first = bisect.bisect_right(self._events, after, key=lambda event: event.kv.mod_revision)
            found: list[Event] = []
            for event in self._events[first:]:
                revision = event.kv.mod_revision
                if (until and revision > until) or (limit and len(found) >= limit and revision != found[-1].kv.mod_revision):
                    break
                if event.kv.key.startswith(prefix):
                    found.append(event)
            return found

    def history(self, key: str) -> list[KeyValue]:
        """Return the kept versions of a key, oldest first."""
        with self._changed:
            return list(self._versions.get(key, ()))

    def compact(self, revision: int) -> None:
        """Forget what was superseded at `revision` or before; what is then current stays."""
        with self._changed:
            if revision > self._revision:
                raise api.FutureRevision(revision, self._revision)
            if revision <= self._compacted:
                return
            self._compacted = revision
            self._events = [event for event in self._events if event.kv.mod_revision > revision]
            for key, versions in list(self._versions.items()):
                old = [kv for kv in versions if kv.mod_revision <= revision]
                kept = [kv for kv in old[-1:] if kv.version] + versions[len(old) :]
                self._versions[key] = kept
                if not kept:
                    self._forget(key)
            self.commit()

    def snapshot(self, path: str) -> None:
        """Refuse: what ends with its process has no snapshots."""
        raise api.StoreError(f"cannot write {path}: a store in memory has no snapshots")

    def state_get(self, key: str) -> bytes | None:
        """Return a value of the unversioned state."""
        with self._changed:
            return self._state.get(key)

    def state_put(self, key: str, value: bytes) -> None:
        """Write a value of the unversioned state."""
        api.check_operations([Put(key, value)])
        with self.batch():
            self._undo.append(self._restorer(key))
            self._state[key] = value

    def state_delete(self, key: str) -> None:
        """Remove a value of the unversioned state."""
        with self.batch():
            self._undo.append(self._restorer(key))
            self._state.pop(key, None)

    def _restorer(self, key: str) -> Callable[[], object]:
        before = self._state.get(key)
        return lambda: self._state.pop(key, None) if before is None else self._state.__setitem__(key, before)

    def state_range(self, prefix: str, limit: int = 0) -> list[tuple[str, bytes]]:
        """Return state by key, in bytewise order."""
        with self._changed:
            items = sorted(item for item in self._state.items() if item[0].startswith(prefix))
            return items[:limit] if limit else items

    def batch(self) -> api.Batch:
        """Keep or undo all writes inside together."""
        return api.Bracket(self)

    def commit(self) -> None:
        """Inside a batch: keep what is there and go on."""
        with self._changed:
            self._undo.clear()
            self._marks = [0] * len(self._marks)
            self._changed.notify_all()

    def enter(self) -> None:
        """Begin a batch."""
        self._changed.acquire()
        self._marks.append(len(self._undo))

    def leave(self, *, keep: bool) -> None:
        """End a batch: an inner one that fails undoes itself, the outermost one settles the matter."""
        mark = self._marks.pop()
        while not keep and len(self._undo) > mark:
            self._undo.pop()()
        if not self._marks:
            self.commit()
        self._changed.release()

    def wait(self, after: int, timeout: float) -> bool:
        """Wait up to `timeout` seconds for a write after that revision."""
        with self._changed:
            return self._changed.wait_for(lambda: self._revision > after, timeout)

    def verify(self) -> list[str]:
        """Return what is wrong: an index that disagrees with the keys."""
        with self._changed:
            live = {key for key, versions in self._versions.items() if versions[-1].version}
            indexed = {(entry, key) for entry, keys in self._indexed.items() for key in keys}
            wanted = {(entry, key) for key, entries in self._indexes.items() for entry in entries if key in live}
            return [f"index entry {entry} of {key}" for entry, key in sorted(indexed ^ wanted)]

    def close(self) -> None:
        """Do nothing: the store ends with its process."""
