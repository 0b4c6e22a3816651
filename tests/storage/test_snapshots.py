"""Copies of a store, and going back to them."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from minikube_py.storage import api, files, memory, snapshots, sqlite
from minikube_py.storage.api import Delete, Put
from minikube_py.storage.sqlite import SqliteBackend


@pytest.fixture
def snapshot(store: SqliteBackend, tmp_path: Path) -> str:
    """A snapshot of two keys at revision 4."""
    store.txn([], [Put("/a", b"1", (("n", "x"),))])
    store.txn([], [Put("/b", b"1")])
    store.txn([], [Delete("/b")])
    store.state_put("loop", b"4")
    path = str(tmp_path / "snapshot.db")
    store.snapshot(path)
    return path


def check_restored(store: SqliteBackend) -> None:
    """Look for everything that the snapshot has."""
    assert store.verify() == []
    assert store.revision() == 4
    assert [event.kv.key for event in store.events(0)] == ["/a", "/b", "/b"]
    assert store.by_index("n", "x") == [api.KeyValue("/a", b"1", 2, 2, 1)]
    assert store.state_range("") == [("loop", b"4")]


def test_a_snapshot_is_one_private_file(snapshot: str, tmp_path: Path) -> None:
    assert sorted(os.listdir(tmp_path)) == ["cluster", "snapshot.db"]
    assert stat.S_IMODE(os.stat(snapshot).st_mode) == 0o600


def test_restoring_into_an_open_store(store: SqliteBackend, snapshot: str, path: str, tmp_path: Path) -> None:
    store.txn([], [Put("/a", b"2"), Put("/c", b"x" * 50_000)])
    sqlite.restore(snapshot, path)
    check_restored(store)
    assert store.txn([], [Put("/d", b"")]).revision == 5
    assert sorted(os.listdir(os.path.dirname(path))) == ["store.db", "store.db-shm", "store.db-wal"]
    assert sorted(os.listdir(tmp_path)) == ["cluster", "snapshot.db"]


def test_restoring_where_nothing_is(snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    sqlite.restore(snapshot, str(tmp_path / "new" / "store.db"))
    store = sqlite.open_store(str(tmp_path / "new" / "store.db"))
    check_restored(store)
    assert stat.S_IMODE(os.stat(store.path).st_mode) == 0o600
    store.close()


@pytest.mark.parametrize("content", [b"", b"broken" * 1000, b"SQLite format 3\0" + b"\0" * 9000])
def test_restoring_over_what_cannot_be_opened(snapshot: str, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(content)
    (tmp_path / "broken.db-wal").write_bytes(b"old log")
    sqlite.restore(snapshot, str(path))
    store = sqlite.open_store(str(path))
    check_restored(store)
    store.close()
    assert (tmp_path / "broken.db.damaged").read_bytes() == content
    assert (tmp_path / "broken.db.damaged-wal").read_bytes() == b"old log"


def test_restoring_over_damaged_rows(store: SqliteBackend, snapshot: str, path: str) -> None:
    store.db.execute("UPDATE log SET value = x'00'")
    assert store.verify() != []
    sqlite.restore(snapshot, path)
    check_restored(store)


@pytest.mark.parametrize("stop", ["replace-1", "replace-2", "unlink", "sync", "replace-3"])
def test_a_restore_killed_half_way_is_noticed_and_can_be_done_again(
    snapshot: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    path = str(tmp_path / "broken.db")
    for suffix in ("", "-wal", "-shm"):
        Path(path + suffix).write_bytes(b"broken" * 1000)
    snapshots._prepare(snapshot, path)
    with monkeypatch.context() as patched:
        calls = 0

        def replace(old: str, new: str, real: object = os.replace) -> None:
            nonlocal calls
            calls += 1
            if stop == f"replace-{calls}":
                raise KeyboardInterrupt
            os.rename(old, new)

        def die(path: str) -> None:
            raise KeyboardInterrupt

        patched.setattr(os, "replace", replace)
        if stop == "unlink":
            patched.setattr(os, "unlink", die)
        if stop == "sync":
            patched.setattr(files, "sync_folder", die)
        with pytest.raises(KeyboardInterrupt):
            snapshots._swap(files.marker(path), path)
    with pytest.raises(api.Damaged):
        sqlite.open_store(path)
    sqlite.restore(snapshot, path)
    store = sqlite.open_store(path)
    check_restored(store)
    store.close()


def die_in(place: str, call: str, *words: str) -> None:
    """Let another process be killed as soon as it comes to a function."""
    kill = "lambda *words: os.kill(os.getpid(), 9)"
    code = f"import os, sys; from minikube_py.storage import files, scrub, snapshots, sqlite; {place} = {kill}; {call}"
    assert subprocess.run([sys.executable, "-c", code, *words], check=False).returncode == -signal.SIGKILL


@pytest.mark.parametrize("place", ["snapshots._copy", "scrub.problems", "files.sync_file", "os.replace"])
def test_what_a_killed_snapshot_left_goes_with_the_next(store: SqliteBackend, path: str, tmp_path: Path, place: str) -> None:
    target = tmp_path / "saved"
    target.mkdir()
    (target / "a.kctl-draft-mine").write_text("somebody else's")
    die_in(place, "sqlite.open_store(sys.argv[1]).snapshot(sys.argv[2])", path, str(target / "first.db"))
    left = [name for name in os.listdir(target) if name.startswith("first.db.kctl-draft-")]
    assert len(left) >= 1 and not (target / "first.db").exists()
    with snapshots._draft(str(target / "other.db")) as going_on:
        store.snapshot(str(target / "second.db"))
        assert sorted(os.listdir(target)) == ["a.kctl-draft-mine", os.path.basename(going_on), "second.db"]


@pytest.mark.parametrize("place", ["snapshots._copy", "scrub.problems", "files.sync_file", "snapshots._overwrite"])
def test_what_a_killed_restore_left_can_be_cleared(store: SqliteBackend, snapshot: str, path: str, place: str) -> None:
    store.txn([], [Put("/c", b"")])
    before = sorted(os.listdir(os.path.dirname(path)))
    die_in(place, "sqlite.restore(sys.argv[1], sys.argv[2])", snapshot, path)
    assert os.path.exists(files.marker(path))
    snapshots.clear(path)
    assert sorted(os.listdir(os.path.dirname(path))) == before
    assert store.verify() == []


def test_a_spoiled_snapshot_is_refused(store: SqliteBackend, snapshot: str, path: str, tmp_path: Path) -> None:
    content = Path(snapshot).read_bytes()
    spoiled = tmp_path / "spoiled.db"
    for broken in (content[: len(content) // 2], content.replace(b"loop", b"pool"), b"", b"text"):
        spoiled.write_bytes(broken)
        with pytest.raises(api.Damaged):
            sqlite.restore(str(spoiled), path)
    check_restored(store)
    assert sorted(os.listdir(os.path.dirname(path))) == ["store.db", "store.db-shm", "store.db-wal"]


def test_no_snapshot_at_all(tmp_path: Path) -> None:
    with pytest.raises(api.NoStore, match="^there is no snapshot at "):
        sqlite.restore(str(tmp_path / "none"), str(tmp_path / "store.db"))
    with pytest.raises(api.StoreError, match="it is no regular file$"):
        sqlite.restore(str(tmp_path), str(tmp_path / "store.db"))


def test_a_damaged_store_gives_no_snapshot(store: SqliteBackend, tmp_path: Path) -> None:
    store.txn([], [Put("/a", b"1")])
    store.db.execute("UPDATE log SET value = x'00'")
    with pytest.raises(api.Damaged, match="revision 2 of '/a' does not match its checksum"):
        store.snapshot(str(tmp_path / "snapshot.db"))
    assert os.listdir(tmp_path) == ["cluster"]


def test_where_no_snapshot_can_be_written(store: SqliteBackend, tmp_path: Path) -> None:
    with pytest.raises(api.Unwritable, match="^cannot write .*: no such file or directory$"):
        store.snapshot(str(tmp_path / "none" / "snapshot.db"))
    with store.batch(), pytest.raises(api.StoreError, match="a batch is open$"):
        store.snapshot(str(tmp_path / "snapshot.db"))


def test_a_store_in_memory_has_none(tmp_path: Path) -> None:
    with pytest.raises(api.StoreError, match="a store in memory has no snapshots$"):
        memory.MemoryBackend().snapshot(str(tmp_path / "snapshot.db"))
