"""What every store does: the words, the errors, and the `Backend` protocol. Revisions mean what etcd's mean."""

from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Protocol

from minikube_py.machinery import errors

FIRST_REVISION = 1  # as in etcd: the revision of a store that nothing was written to
MAX_OPERATIONS = 1 << 20


class KeyValue(NamedTuple):
    """One version of one key; a deletion has no value and version 0."""

    key: str
    value: bytes
    create_revision: int
    mod_revision: int
    version: int


class Event(NamedTuple):
    """A change of one key, `PUT` or `DELETE`, with what was there before."""

    type: str
    kv: KeyValue
    prev: KeyValue | None


class Range(NamedTuple):
    """Keys in bytewise order at `revision`; `count` includes what the limit cut off."""

    kvs: list[KeyValue]
    revision: int
    count: int  # type: ignore[assignment]  # a field hides tuple.count, which nobody calls
    more: bool


class Compare(NamedTuple):
    """A guard: the key was last changed at `mod_revision`, or does not exist (0)."""

    key: str
    mod_revision: int


class Put(NamedTuple):
    """Write a value, with the (name, value) entries that `by_index` finds it under."""

    key: str
    value: bytes
    indexes: tuple[tuple[str, str], ...] = ()


class Delete(NamedTuple):
    """Remove a key; nothing happens where there is none."""

    key: str


class Txn(NamedTuple):
    """What came of a transaction; `failed` has the current value for each guard that did not hold."""

    succeeded: bool
    revision: int
    failed: list[KeyValue | None]


class StoreError(errors.KctlError):
    """The store cannot do what was asked for."""


class Compacted(StoreError):
    """History before `compact_revision` is gone."""

    def __init__(self, requested: int, compact_revision: int) -> None:
        super().__init__(f"revision {requested} is compacted; history starts at {compact_revision}")
        self.requested = requested
        self.compact_revision = compact_revision


class FutureRevision(StoreError):
    """Nobody has written that revision yet."""

    def __init__(self, requested: int, current: int) -> None:
        super().__init__(f"revision {requested} is in the future; the store is at {current}")
        self.requested = requested
        self.current = current


class Damaged(StoreError):
    """What is on the disk is not what was written."""

    def __init__(self, message: str) -> None:
        super().__init__(f"the cluster's store is damaged: {message}; `kctl cluster restore` brings back a snapshot")


class NoStore(StoreError):
    """There is no store at that path."""


class Unwritable(StoreError):
    """The disk, or its permissions, refuse the write; nothing of it was kept."""


class StoreFull(Unwritable):
    """No space left for the write; nothing of it was kept."""


class StoreBusy(StoreError):
    """Others held the write lock for longer than we wait."""


class Batch(Protocol):
    """The context manager that `Backend.batch` returns."""

    def __enter__(self) -> None:
        """Take the write lock."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None:
        """Commit, or roll everything back after an error."""


class Halves(Protocol):
    """A backend that has the two ends of a batch as calls of their own."""

    def enter(self) -> None:
        """Begin a batch."""

    def leave(self, *, keep: bool) -> None:
        """End it: with what was written, or without."""


class Bracket:
    """The Batch between these two calls."""

    __slots__ = ("_backend",)

    def __init__(self, backend: Halves) -> None:
        self._backend = backend

    def __enter__(self) -> None:
        self._backend.enter()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /) -> None:
        self._backend.leave(keep=kind is None)


class Backend(Protocol):
    """A versioned store. One instance belongs to one thread; others open their own."""

    def revision(self) -> int:
        """Return the revision of the last write."""

    def compact_revision(self) -> int:
        """Return the oldest revision that can be read, 0 where all can."""

    def get(self, key: str, revision: int = 0) -> KeyValue | None:
        """Return the key as of `revision` (0: now); Compacted or FutureRevision where that cannot be known."""

    def range(self, prefix: str, *, start: str = "", revision: int = 0, limit: int = 0) -> Range:
        """Return the keys with `prefix` from `start` on, all as of one revision."""

    def by_index(self, name: str, value: str, *, prefix: str = "") -> list[KeyValue]:
        """Return what was last put with the index entry (name, value), ordered by key."""

    def txn(self, compares: Sequence[Compare], operations: Sequence[Put | Delete]) -> Txn:
        """Apply all operations in one new revision if every guard holds, else nothing. A key appears in one operation only."""

    def events(self, after: int, *, prefix: str = "", limit: int = 0, until: int = 0) -> list[Event]:
        """Return the changes after a revision, in order; `limit` never cuts a revision in two."""

    def history(self, key: str) -> list[KeyValue]:
        """Return the kept versions of a key, oldest first."""

    def compact(self, revision: int) -> None:
        """Forget what was superseded at `revision` or before; what is then current stays. Commits an open batch."""

    def snapshot(self, path: str) -> None:
        """Write a verified copy to a file of mode 0600."""

    def state_get(self, key: str) -> bytes | None:
        """Return a value of the unversioned state."""

    def state_put(self, key: str, value: bytes) -> None:
        """Write a value of the unversioned state."""

    def state_delete(self, key: str) -> None:
        """Remove a value of the unversioned state."""

    def state_range(self, prefix: str, limit: int = 0) -> list[tuple[str, bytes]]:
        """Return state by key, in bytewise order."""

    def batch(self) -> Batch:
        """Make all writes inside durable together, or none. An inner batch joins the outer one; failing, it undoes only itself."""

    def commit(self) -> None:
        """Inside a batch: make durable what is there and go on. Other processes may write in between."""

    def wait(self, after: int, timeout: float) -> bool:
        """Wait up to `timeout` seconds for a write after that revision, also of another process."""

    def verify(self) -> list[str]:
        """Read everything and return what is wrong with it."""

    def close(self) -> None:
        """Let go of the store; what an open batch wrote is undone."""


def check_revision(requested: int, current: int, compacted: int) -> None:
    """Raise where a read at `requested` is impossible."""
    if requested > current:
        raise FutureRevision(requested, current)
    if requested < compacted:
        raise Compacted(requested, compacted)


def check_operations(operations: Sequence[Put | Delete]) -> None:
    """Raise ValueError for what no store may take."""
    seen = {operation.key for operation in operations}
    if len(seen) != len(operations):
        raise ValueError("a transaction changes a key only once")
    if len(operations) >= MAX_OPERATIONS:
        raise ValueError(f"a transaction has at most {MAX_OPERATIONS - 1} operations")
    for operation in operations:
        check_text(operation.key)
        if isinstance(operation, Put):
            if type(operation.value) is not bytes:
                raise ValueError(f"the value of {operation.key} is not bytes")
            for name, value in operation.indexes:
                check_text(name)
                check_text(value or "-")


def check_text(text: str) -> None:
    """Raise ValueError where `text` cannot be a key: empty, with a NUL, or not encodable."""
    if not text or "\0" in text:
        raise ValueError(f"not a key: {text!r}")
    if not text.isascii():
        text.encode()


def prefix_end(prefix: str) -> str:
    """Return the first text after all that start with `prefix`; "" where there is none."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return ""
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)
