"""A process is killed before each single operation on the disk in turn; the next one finds all or nothing of each batch."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from minikube_py.storage import compaction, sqlite
from minikube_py.storage.api import Delete, Put
from minikube_py.storage.sqlite import SqliteBackend
from tests.storage.disk import Killer


def seed(path: str) -> None:
    """Write forty revisions and leave them in the write-ahead log."""
    store = sqlite.open_store(path)
    for i in range(20):
        store.txn([], [Put(f"/old/{i % 5}", b"old" * i, (("n", "x"),))])
        store.txn([], [Put(f"/old/gone-{i}", b"")] if i % 2 else [Delete(f"/old/gone-{i - 1}")])
    store.close()


def write(store: SqliteBackend) -> None:
    """Change several keys in one batch."""
    with store.batch():
        store.txn([], [Put("/left", b"x" * 9000, (("n", "new"),)), Delete("/old/0")])
        store.txn([], [Put("/right", b"x" * 9000)])
        store.state_put("loop", b"1")


def write_and_close(store: SqliteBackend) -> None:
    """Change several keys, and carry the log over into the tables."""
    write(store)
    store.close()


def compact(store: SqliteBackend) -> None:
    """Forget history, then carry the log over."""
    store.compact(store.revision())
    store.close()


def whole(path: str) -> bool:
    """Look for damage; return whether the batch is there."""
    store = sqlite.open_store(path)
    assert store.verify() == []
    there = store.get("/left") is not None
    wanted = [store.get("/right") is not None, store.state_get("loop") == b"1", store.get("/old/0") is None]
    assert wanted == [there] * 3
    assert [kv.key for kv in store.by_index("n", "new")] == ["/left"] * there
    assert len(store.range("/old/").kvs) >= 5 - there
    revision = store.revision()
    store.compact(revision)
    assert store.verify() == []
    assert store.txn([], [Put("/after", b"")]).revision == revision + 1
    store.close()
    return there


def killed_at(path: str, work: Callable[[SqliteBackend], None], operation: int) -> bool:
    """Run `work` in a process that dies before an operation on the disk; False where it ended before."""
    child = os.fork()
    if not child:
        code = 1
        try:
            sqlite.CLOSING_PAGES = 1
            compaction.CHUNK = 10
            disk = Killer(f"killer-{operation}")
            store = sqlite.open_store(path, vfs=disk.name)
            disk.arm(operation, 1, Exception)  # type: ignore[arg-type]
            work(store)
            code = 0
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return status != 0


@pytest.mark.parametrize(("work", "least"), [(write, 8), (write_and_close, 20), (compact, 20)])
def test_killed_before_each_operation(tmp_path: Path, work: Callable[[SqliteBackend], None], least: int) -> None:
    found, operation, killed = [], 0, True
    while killed:
        operation += 1
        path = str(tmp_path / str(operation) / "store.db")
        seed(path)
        killed = killed_at(path, work, operation)
        found.append(whole(path))
    assert operation > least
    assert found == sorted(found)  # once it is there, it stays
    assert found[-1] == (work is not compact)
