"""The store on disk: tables in one SQLite file, shared by several processes.

`log` has every version of every key, in order; `current` and `gone` lead to the last one; `idx` leads from index entries to keys.
"""

import functools
import os
import time
from collections.abc import Callable, Generator, Sequence
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

import apsw

from minikube_py.storage import api, faults, files, reading, rows, writing
from minikube_py.storage.api import Compare, Delete, Event, KeyValue, Put, Range, Txn
from minikube_py.storage.rows import Row

CHECKPOINT_PAGES = 2000  # of the write-ahead log: what a commit may leave behind
CLOSING_PAGES = 100  # what closing may leave behind; the next process that opens the store reads them all, in 0.1 ms
LOCK_SECONDS = 60.0  # of loaded machines, where several settle in turn
REMEMBERED = 8192  # current rows of keys, within a batch

P = ParamSpec("P")
T = TypeVar("T")


def open_store(path: str, *, create: bool = True, lock_seconds: float = LOCK_SECONDS, vfs: str | None = None) -> "SqliteBackend":
    """Open the store at a path, made where there is none; `lock_seconds` bounds the wait for other writers."""
    return SqliteBackend(path, files.open_file(path, create=create, vfs=vfs), lock_seconds)


def restore(snapshot_path: str, store_path: str) -> None:
    """Replace a store by a snapshot whose every row was verified."""
    from minikube_py.storage import snapshots

    snapshots.restore(snapshot_path, store_path)


def _explained(method: "Callable[Concatenate[SqliteBackend, P], T]") -> "Callable[Concatenate[SqliteBackend, P], T]":
    """Raise the store's errors instead of SQLite's."""

    @functools.wraps(method)
    def call(self: "SqliteBackend", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except (apsw.Error, UnicodeDecodeError) as error:
            raise faults.explain(error, self.path) from error

    return call


class SqliteBackend:
    """A connection to the store. It belongs to one thread, and to the process that opened it."""

    __slots__ = ("path", "db", "_depth", "_broken", "_head", "_heads", "_pages", "_lock_seconds", "_give_up")

    def __init__(self, path: str, db: apsw.Connection, lock_seconds: float) -> None:
        self.path = path
        self.db = db
        self._depth = 0  # of batches
        self._broken = False  # a write failed half-way: the batch can only be undone
        self._head = 0  # the last revision, within a batch
        self._heads: dict[str, Row] = {}  # current rows that were read or written in this batch: nobody else writes before it ends
        self._pages = 0  # in the write-ahead log after the last commit
        self._lock_seconds = lock_seconds
        self._give_up = 0.0
        db.set_busy_handler(self._wait_for_lock)
        db.set_wal_hook(self._committed)

    def _wait_for_lock(self, attempt: int) -> bool:
        now = time.monotonic()
        if attempt == 0:
            self._give_up = now + self._lock_seconds
        jitter = 0.5 + os.urandom(1)[0] / 256
        time.sleep(min(0.0005 * 2 ** min(attempt, 5), 0.01) * jitter)
        return now < self._give_up

    def _committed(self, db: apsw.Connection, name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    @_explained
    def revision(self) -> int:
        """Return the revision of the last write."""
        return self._head if self._depth else self._read(lambda: reading.revision(self.db))

    @_explained
    def compact_revision(self) -> int:
        """Return the oldest revision that can be read, 0 where all can."""
        return reading.meta(self.db, "compacted")

    @_explained
    def get(self, key: str, revision: int = 0) -> KeyValue | None:
        """Return the key as of `revision` (0: now)."""
        if revision:
            return self._read(lambda: reading.get(self.db, key, revision))
        row = self._read(lambda: self._current(key))
        return rows.key_value(row) if row else None

    def _current(self, key: str) -> Row | None:
        """Return the row of a key's current version; within a batch each comes from the disk only once."""
        if not self._depth:
            return reading.head(self.db, key)
        row = self._heads.get(key)
        if row is None:
            row = reading.head(self.db, key)
            self._remember(key, row)
        return row

    def _remember(self, key: str, row: Row | None) -> None:
        if row is None:
            self._heads.pop(key, None)
            return
        if len(self._heads) >= REMEMBERED:
            self._heads.clear()
        self._heads[key] = row

    @_explained
    def range(self, prefix: str, *, start: str = "", revision: int = 0, limit: int = 0) -> Range:
        """Return the keys with `prefix` from `start` on, all as of one revision."""
        if revision:
            return self._read(lambda: reading.past_range(self.db, prefix, start, revision, limit))
        return self._read(lambda: reading.current_range(self.db, self.revision(), prefix, start, limit))

    def scan(self, prefix: str, size: int) -> Generator[Range, None, None]:
        """Yield the keys with `prefix` in pieces of `size`, all as of one revision, whatever is written in between: over a connection of its own."""
        try:
            db = files.open_file(self.path, create=False)
            try:
                db.execute("BEGIN")
                yield from reading.pieces(db, prefix, size)
            finally:
                db.close(True)
        except (apsw.Error, UnicodeDecodeError) as error:
            raise faults.explain(error, self.path) from error

    @_explained
    def by_index(self, name: str, value: str, *, prefix: str = "") -> list[KeyValue]:
        """Return what was last put with the index entry (name, value), ordered by key."""
        return self._read(lambda: reading.by_index(self.db, name, value, prefix, self._current))

    @_explained
    def events(self, after: int, *, prefix: str = "", limit: int = 0, until: int = 0) -> list[Event]:
        """Return the changes after a revision, in order; `limit` never cuts a revision in two."""
        return self._read(lambda: reading.events(self.db, self.revision(), after, prefix, limit, until))

    @_explained
    def history(self, key: str) -> list[KeyValue]:
        """Return the kept versions of a key, oldest first."""
        return self._read(lambda: reading.history(self.db, key))

    def _read(self, work: Callable[[], T]) -> T:
        """Run queries that see one and the same revision."""
        if self.db.in_transaction:
            return work()
        self.db.execute("BEGIN")
        try:
            return work()
        finally:
            self._roll_back()

    def _roll_back(self) -> None:
        if self.db.in_transaction:  # SQLite has done so by itself after some errors; to try again would hide them
            self.db.execute("ROLLBACK")

    @_explained
    def txn(self, compares: Sequence[Compare], operations: Sequence[Put | Delete]) -> Txn:
        """Apply all operations in one new revision if every guard holds, else nothing."""
        api.check_operations(operations)
        if self._depth:
            return self._txn(compares, operations)
        with self.batch():
            return self._txn(compares, operations)

    def _txn(self, compares: Sequence[Compare], operations: Sequence[Put | Delete]) -> Txn:
        self._require_whole()
        found = {key: self._current(key) for key in {step.key for step in (*compares, *operations)}}
        failed = [found[compare.key] for compare in compares if _revision(found[compare.key]) != compare.mod_revision]
        if failed:
            return Txn(False, self._head, [rows.key_value(row) if row else None for row in failed])
        changes = [(step, found[step.key]) for step in operations if isinstance(step, Put) or found[step.key]]
        if not changes:
            return Txn(True, self._head, [])
        id_, rest = self._head + 1 << rows.SHIFT, len(changes)
        with _Breaking(self):
            for place, (operation, row) in enumerate(changes):
                rest -= 1
                self._remember(operation.key, writing.change(self.db, id_ + place, rest, operation, row))
            self._head += 1
        return Txn(True, self._head, [])

    @_explained
    def compact(self, revision: int) -> None:
        """Forget what was superseded at `revision` or before; what is then current stays. Commits an open batch."""
        from minikube_py.storage import compaction

        compaction.compact(self, revision)

    @_explained
    def snapshot(self, path: str) -> None:
        """Write a verified copy to a file of mode 0600."""
        from minikube_py.storage import snapshots

        snapshots.take(self.db, path)

    @_explained
    def verify(self) -> list[str]:
        """Read everything and return what is wrong with it."""
        from minikube_py.storage import scrub

        return self._read(lambda: scrub.problems(self.db))

    @_explained
    def state_get(self, key: str) -> bytes | None:
        """Return a value of the unversioned state."""
        found = self.db.execute("SELECT key, checksum, value FROM state WHERE key = ?", (key,)).fetchone()
        return rows.check_state(found)[1] if found else None

    @_explained
    def state_put(self, key: str, value: bytes) -> None:
        """Write a value of the unversioned state."""
        api.check_operations([Put(key, value)])
        row = (key, rows.digest(key, value), value)
        self.change("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", row)

    @_explained
    def state_delete(self, key: str) -> None:
        """Remove a value of the unversioned state."""
        self.change("DELETE FROM state WHERE key = ?", (key,))

    def change(self, sql: str, bindings: tuple[str | bytes | int, ...]) -> None:
        """Run one statement that writes."""
        if self._depth:
            self._change(sql, bindings)
        else:
            with self.batch():
                self._change(sql, bindings)

    def _change(self, sql: str, bindings: tuple[str | bytes | int, ...]) -> None:
        self._require_whole()
        with _Breaking(self):
            self.db.execute(sql, bindings)

    @_explained
    def state_range(self, prefix: str, limit: int = 0) -> list[tuple[str, bytes]]:
        """Return state by key, in bytewise order."""
        return reading.state_range(self.db, prefix, limit)

    def batch(self) -> api.Batch:
        """Make all writes inside durable together, or none (since `commit`)."""
        return api.Bracket(self)

    @_explained
    def enter(self) -> None:
        """Begin a batch: the outermost takes the write lock."""
        if self._depth:
            self._require_whole()
            self.db.execute("SAVEPOINT inner_batch")
        else:
            self._broken = False
            self._begin()
        self._depth += 1

    def _begin(self) -> None:
        self._heads.clear()
        self.db.execute("BEGIN IMMEDIATE")
        try:
            self._head = reading.revision(self.db)
        except BaseException:
            self._roll_back()
            raise

    @_explained
    def leave(self, *, keep: bool) -> None:
        """End a batch: an inner one that fails undoes itself, the outermost one commits or undoes everything."""
        self._depth -= 1
        if not keep or not self._depth:
            self._heads.clear()
        if self._depth:
            self._leave_inner(keep)
        elif keep and not self._broken:
            self._commit()
            self._limit_log(CHECKPOINT_PAGES, apsw.SQLITE_CHECKPOINT_PASSIVE)
        else:
            self._roll_back()
            if keep:
                self._require_whole()

    def _leave_inner(self, keep: bool) -> None:
        if self._broken:
            return
        with _Breaking(self):
            if not keep:
                self.db.execute("ROLLBACK TO inner_batch")
                self._head = reading.revision(self.db)
            self.db.execute("RELEASE inner_batch")

    @_explained
    def commit(self) -> None:
        """Inside a batch: make durable what is there and go on. Other processes may write in between."""
        if not self._depth:
            return
        self._require_whole()
        with _Breaking(self):
            self._commit()
            self._limit_log(CHECKPOINT_PAGES, apsw.SQLITE_CHECKPOINT_PASSIVE)
            self._begin()
            for _ in range(self._depth - 1):
                self.db.execute("SAVEPOINT inner_batch")

    def _commit(self) -> None:
        try:
            self.db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _require_whole(self) -> None:
        if self._broken:
            raise api.Unwritable(f"cannot write {self.path}: an earlier write of the same batch failed, all of it is undone")

    def break_batch(self) -> None:
        """Note that a write failed half-way."""
        self._broken = True
        self._heads.clear()

    def _limit_log(self, pages: int, mode: int) -> None:
        """Carry the write-ahead log over into the tables when it is long; what others still read or the disk refuses stays in it."""
        if self._pages < pages:
            return
        self.db.set_busy_handler(None)
        try:
            self.db.wal_checkpoint(mode=mode)
        except (apsw.BusyError, apsw.LockedError, apsw.FullError, apsw.IOError, apsw.ReadOnlyError):
            return  # what was committed is safe in the log; the next commit tries again
        finally:
            self.db.set_busy_handler(self._wait_for_lock)

    @_explained
    def wait(self, after: int, timeout: float) -> bool:
        """Wait up to `timeout` seconds for a write after that revision, also of another process."""
        end, pause = time.monotonic() + timeout, 0.001
        while self.revision() <= after:
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, 0.05)
        return True

    @_explained
    def close(self) -> None:
        """Let go of the store; what an open batch wrote is undone."""
        self._roll_back()
        self._depth = 0
        self._limit_log(CLOSING_PAGES, apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self.db.close()


class _Breaking:
    """Around writes that belong together: an error leaves nothing to go on from."""

    __slots__ = ("_backend",)

    def __init__(self, backend: SqliteBackend) -> None:
        self._backend = backend

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None:
        if kind is not None:
            self._backend.break_batch()


def _revision(row: Row | None) -> int:
    return row[0] >> rows.SHIFT if row else 0
