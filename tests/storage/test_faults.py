"""Disks that fail: each write, sync and truncation of a transaction in turn; what was acknowledged stays, the error is clear."""

from collections.abc import Iterator

import apsw
import pytest

from minikube_py.storage import api, faults, sqlite
from minikube_py.storage.api import Put
from tests.storage.disk import Disk


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    """A disk whose failures the test asks for."""
    made = Disk(f"disk-{id(request)}")
    yield made
    made.unregister()


def write(store: sqlite.SqliteBackend, number: int) -> None:
    """Write twice in one batch, with a checkpoint of the loop."""
    with store.batch():
        store.txn([], [Put(f"/pods/{number}", b"x" * 9000, (("node", "n1"),)), Put("/last", b"%d" % number)])
        store.txn([], [Put("/again", b"%d" % number)])
        store.state_put("loop", b"%d" % number)


def consistent(store: sqlite.SqliteBackend) -> int:
    """Return the number of the last write that is there, all parts of which agree."""
    last = store.get("/last")
    number = int(last.value) if last else 0
    assert store.revision() == 1 + 2 * len(store.range("/pods/").kvs)
    assert [int(store.state_get("loop") or 0), int(kv.value if (kv := store.get("/again")) else 0)] == [number, number]
    assert store.verify() == []
    return number


@pytest.mark.parametrize("failures", [1, 1000])
@pytest.mark.parametrize(
    ("error", "raised", "text"),
    [
        (apsw.IOError, api.Unwritable, "cannot use {}: disk I/O error"),
        (apsw.FullError, api.StoreFull, "cannot write {}: no space left on device"),
        (apsw.ReadOnlyError, api.Unwritable, "cannot write {}: it is read-only"),
    ],
)
def test_every_operation_of_a_write_fails_once(
    path: str, disk: Disk, monkeypatch: pytest.MonkeyPatch, error: type[apsw.Error], raised: type[api.StoreError], text: str, failures: int
) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_PAGES", 20)  # so that checkpoints are among what fails
    store = sqlite.open_store(path, vfs=disk.name)
    number, acknowledged, fail_at, failed = 0, 0, 1, 0
    while fail_at < 40:
        number += 1
        disk.arm(fail_at, failures, error)
        try:
            write(store, number)
            acknowledged = number
        except raised as problem:
            failed += 1
            assert str(problem) == text.format(path)
        disk.arm(0, 0, error)
        assert consistent(store) == acknowledged
        fail_at += 1
    store.close()
    assert failed > 4
    again = sqlite.open_store(path)
    assert consistent(again) >= acknowledged
    again.close()


def test_a_batch_cannot_go_on_after_a_write_that_failed_half_way(store: sqlite.SqliteBackend) -> None:
    store.db.execute("INSERT INTO idx VALUES ('n', 'x', '/a')")  # so that the put fails after its row is in the log
    undone = f"cannot write {store.path}: an earlier write of the same batch failed, all of it is undone"
    with pytest.raises(api.Unwritable) as raised, store.batch():
        store.txn([], [Put("/b", b"")])
        with pytest.raises(api.Damaged):
            store.txn([], [Put("/a", b"", (("n", "x"),))])
        for go_on in (lambda: store.txn([], [Put("/c", b"")]), lambda: store.state_put("s", b""), store.commit, store.enter):
            with pytest.raises(api.Unwritable, match=undone):
                go_on()
    assert str(raised.value) == undone
    assert (store.range("").kvs, store.revision()) == ([], 1)
    store.db.execute("DELETE FROM idx")
    assert store.txn([], [Put("/a", b"", (("n", "x"),))]).revision == 2


@pytest.mark.parametrize(
    ("error", "raised", "text"),
    [
        (apsw.TooBigError("string or blob too big"), api.StoreError, "store.db: string or blob too big"),
        (apsw.MisuseError(), api.StoreError, "store.db: MisuseError"),
        (apsw.IOError("disk I/O error"), api.Unwritable, "cannot use store.db: disk I/O error"),
        (apsw.BusyError("locked"), api.StoreBusy, "store.db is locked by other processes; try again"),
        (apsw.LockedError("locked"), api.StoreBusy, "store.db is locked by other processes; try again"),
        (apsw.CantOpenError("unable to open"), api.Unwritable, "cannot open store.db: unable to open"),
    ],
)
def test_the_words_of_errors(error: apsw.Error, raised: type[api.StoreError], text: str) -> None:
    explained = faults.explain(error, "store.db")
    assert (type(explained), str(explained)) == (raised, text)
