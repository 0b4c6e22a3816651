"""The store as a file: who may read it, what it withstands, how several processes share it."""

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from minikube_py.storage import api, files, reading, sqlite
from minikube_py.storage.api import Compare, Delete, KeyValue, Put
from minikube_py.storage.sqlite import SqliteBackend


def fill(store: SqliteBackend, number: int = 20) -> None:
    """Write some keys, change them, and remove some."""
    with store.batch():
        for i in range(number):
            store.txn([], [Put(f"/pods/{i:03}", b"value %d" % i * 50, (("node", f"n{i % 3}"),))])
        for i in range(0, number, 2):
            store.txn([], [Put(f"/pods/{i:03}", b"changed %d" % i * 50, (("node", "n9"),)), Delete(f"/pods/{i + 1:03}")])
        store.state_put("loop", b"checkpoint")


def modes(folder: Path) -> dict[str, int]:
    """Return the mode of everything in a folder."""
    return {entry.name: stat.S_IMODE(entry.lstat().st_mode) for entry in folder.iterdir()}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = sqlite.open_store(str(tmp_path / "a" / "b" / "store.db"))
        fill(store)
    finally:
        os.umask(before)
    assert modes(tmp_path) == {"a": 0o700}
    assert modes(tmp_path / "a") == {"b": 0o700}
    assert modes(tmp_path / "a" / "b") == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}
    store.snapshot(str(tmp_path / "snapshot"))
    assert modes(tmp_path)["snapshot"] == 0o600
    store.close()


def test_the_file_is_private_before_anything_is_in_it(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    build = files.build

    def spy(draft: str) -> None:
        found = os.stat(draft)
        seen.append((found.st_size, stat.S_IMODE(found.st_mode)))
        build(draft)

    monkeypatch.setattr(files, "build", spy)
    sqlite.open_store(path).close()
    assert seen == [(0, 0o600)]


def test_a_file_that_others_may_read_is_closed_to_them(path: str) -> None:
    sqlite.open_store(path).close()
    os.chmod(path, 0o644)
    sqlite.open_store(path).close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_settings(store: SqliteBackend) -> None:
    names = ("journal_mode", "synchronous", "cell_size_check", "mmap_size", "trusted_schema")
    assert [store.db.pragma(name) for name in names] == ["wal", 2, 1, 0, 0]


@pytest.mark.parametrize("target", ["elsewhere.db", "missing.db"])
def test_a_symlink_is_no_store(path: str, tmp_path: Path, target: str) -> None:
    sqlite.open_store(str(tmp_path / "elsewhere.db")).close()
    os.mkdir(os.path.dirname(path), 0o700)
    os.symlink(tmp_path / target, path)
    with pytest.raises(api.Unwritable, match="it is no regular file$"):
        sqlite.open_store(path)


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_symlinked_companions_are_refused(path: str, tmp_path: Path, suffix: str) -> None:
    sqlite.open_store(path).close()
    for name in (path + "-wal", path + "-shm"):
        if os.path.exists(name):
            os.unlink(name)
    (tmp_path / "victim").write_bytes(b"")
    os.symlink(tmp_path / "victim", path + suffix)
    with pytest.raises(api.StoreError):
        sqlite.open_store(path).txn([], [Put("/a", b"")])
    assert (tmp_path / "victim").read_bytes() == b""


def test_a_symlinked_folder_above_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    os.symlink(tmp_path / "real", tmp_path / "link")
    sqlite.open_store(str(tmp_path / "link" / "store.db")).close()
    assert (tmp_path / "real" / "store.db").exists()


def test_no_store_is_made_unless_asked(path: str) -> None:
    with pytest.raises(api.NoStore, match=f"^there is no store at {path}$"):
        sqlite.open_store(path, create=False)
    assert not os.path.exists(os.path.dirname(path))


def test_everything_survives_closing(path: str) -> None:
    store = sqlite.open_store(path)
    fill(store)
    wanted = (store.range(""), store.events(0), store.state_range(""), store.by_index("node", "n9"))
    store.close()
    again = sqlite.open_store(path)
    assert (again.range(""), again.events(0), again.state_range(""), again.by_index("node", "n9")) == wanted
    assert again.verify() == []
    again.close()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\0" * 5000])
def test_a_file_that_is_no_database_is_damaged(path: str, content: bytes) -> None:
    os.mkdir(os.path.dirname(path), 0o700)
    Path(path).write_bytes(content)
    with pytest.raises(api.Damaged, match="`kctl cluster restore` brings back a snapshot$"):
        sqlite.open_store(path)
    assert Path(path).read_bytes() == content


def test_a_database_of_somebody_else_is_refused(path: str) -> None:
    os.mkdir(os.path.dirname(path), 0o700)
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(api.Damaged, match="the file is no store of kctl"):
        sqlite.open_store(path)


def test_a_store_of_another_format_is_refused(path: str) -> None:
    store = sqlite.open_store(path)
    store.db.pragma("user_version", 2)
    store.close()
    with pytest.raises(api.StoreError, match="^the store has format 2, this kctl reads format 1$"):
        sqlite.open_store(path)


def test_a_truncated_file_is_damaged(path: str) -> None:
    store = sqlite.open_store(path)
    fill(store, 200)
    store.close()
    os.unlink(path + "-wal")
    os.truncate(path, os.path.getsize(path) // 2)
    with pytest.raises(api.Damaged):
        damaged = sqlite.open_store(path)
        damaged.range("")
        damaged.by_index("node", "n9")


def test_a_lost_store_is_not_replaced_by_an_empty_one(path: str) -> None:
    store = sqlite.open_store(path)
    store.txn([], [Put("/a", b"")])
    store.close()
    os.unlink(path)
    with pytest.raises(api.Damaged, match="is missing though its log"):
        sqlite.open_store(path)


SPOILED = [
    ("UPDATE log SET value = x'00' WHERE id = (SELECT id FROM current WHERE key = '/pods/004')", "/pods/004"),
    ("UPDATE log SET created = created + 1 WHERE id = (SELECT id FROM current WHERE key = '/pods/004')", "/pods/004"),
    ("UPDATE log SET indexes = '' WHERE id = (SELECT id FROM current WHERE key = '/pods/004')", "/pods/004"),
    ("UPDATE log SET key = '/pods/999' WHERE id = (SELECT id FROM current WHERE key = '/pods/004')", "/pods/004"),
    ("DELETE FROM log WHERE id = (SELECT id FROM current WHERE key = '/pods/004')", "/pods/004"),
    ("UPDATE current SET id = (SELECT prev FROM log WHERE id = current.id) WHERE key = '/pods/004'", "/pods/004"),
    ("UPDATE current SET id = (SELECT id FROM current WHERE key = '/pods/002') WHERE key = '/pods/004'", "/pods/004"),
    ("UPDATE current SET checksum = x'00' WHERE key = '/pods/004'", "/pods/004"),
]


@pytest.mark.parametrize(("sql", "key"), SPOILED)
def test_a_spoiled_row_is_never_served(store: SqliteBackend, sql: str, key: str) -> None:
    fill(store)
    store.db.execute(sql)
    for read in (
        lambda: store.get(key),
        lambda: store.range("/pods/"),
        lambda: store.by_index("node", "n9"),
        lambda: store.history(key),
        lambda: store.get(key, revision=store.revision()),
        lambda: store.txn([Compare(key, 5)], []),
        lambda: store.txn([], [Put(key, b"")]),
        lambda: store.txn([], [Delete(key)]),
    ):
        with pytest.raises(api.Damaged):
            read()
    assert store.verify() != []


def test_a_spoiled_key_shows_where_it_is_listed(store: SqliteBackend) -> None:
    fill(store)
    store.db.execute("UPDATE current SET key = '/pods/0044' WHERE key = '/pods/004'")
    with pytest.raises(api.Damaged, match="'/pods/0044' does not lead to its current version"):
        store.range("/pods/")
    assert store.verify() == ["'/pods/004' does not lead to its last version", "'/pods/0044' does not lead to its last version"]


def test_a_lost_key_shows_where_its_folder_is_listed(store: SqliteBackend) -> None:
    fill(store)
    store.db.execute("UPDATE current SET key = '/qods/004' WHERE key = '/pods/004'")
    for prefix, start, revision, limit in (("", "", 0, 0), ("/pods/", "", 0, 2), ("/pods/", "/pods/01", 0, 0), ("/pods/", "/x", 31, 5)):
        with pytest.raises(api.Damaged):
            store.range(prefix, start=start, revision=revision, limit=limit)
    with pytest.raises(api.Damaged, match="^the cluster's store is damaged: 10 keys should start with '/pods/', 9 are found;"):
        store.range("/pods/")


def test_a_lost_index_entry_shows_where_its_index_is_asked(store: SqliteBackend) -> None:
    fill(store)
    store.db.execute("DELETE FROM idx WHERE key = '/pods/004'")
    for prefix in ("", "/pods/", "/nodes/"):
        with pytest.raises(api.Damaged, match="the index 'node' lists 9 keys under 'n9', not 10;"):
            store.by_index("node", "n9", prefix=prefix)


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("DELETE FROM log WHERE id >> 20 = 4", "revision 4 is not complete"),
        ("DELETE FROM log WHERE id & 0xfffff = 1 AND id >> 20 = 22", "revision 22 is not complete"),
        ("UPDATE log SET value = x'00' WHERE id >> 20 = 4", "revision 4 of '/pods/002' does not match its checksum"),
        ("UPDATE log SET prev = 0 WHERE id >> 20 = 25", "revision 25 of '/pods/006' does not match its checksum"),
    ],
)
def test_a_spoiled_log_gives_no_events(store: SqliteBackend, sql: str, problem: str) -> None:
    fill(store)
    store.db.execute(sql)
    with pytest.raises(api.Damaged, match=problem):
        store.events(0)
    assert any(problem in line for line in store.verify())


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("DELETE FROM idx WHERE key = '/pods/004'", "the index entry node=n9 of '/pods/004' is missing"),
        ("INSERT INTO idx VALUES ('node', 'n1', '/pods/004')", "the index entry node=n1 of '/pods/004' is one too many"),
        ("DELETE FROM current WHERE key = '/pods/004'", "'/pods/004' does not lead to its last version"),
        ("DELETE FROM gone WHERE key = '/pods/003'", "'/pods/003' does not lead to its last version"),
        ("UPDATE counts SET number = 21 WHERE value = 'n9'", "the count of ('node', 'n9') is wrong"),
        ("UPDATE counts SET number = 21 WHERE name = ''", "the count of ('', '/pods/') is wrong"),
        ("UPDATE state SET value = x'00'", "the state 'loop' does not match its checksum"),
        ("UPDATE meta SET value = 7 WHERE name = 'swept'", "'swept' does not match its checksum"),
    ],
)
def test_verify_finds(store: SqliteBackend, sql: str, problem: str) -> None:
    fill(store)
    assert store.verify() == []
    store.db.execute(sql)
    assert any(problem in line for line in store.verify())


def test_spoiled_state_and_marks_are_never_served(store: SqliteBackend) -> None:
    fill(store)
    store.db.execute("UPDATE state SET value = x'00'")
    store.db.execute("INSERT INTO idx VALUES ('node', 'n1', '/pods/004')")
    store.db.execute("UPDATE meta SET value = 2 WHERE name = 'compacted'")
    for read in (
        lambda: store.state_get("loop"),
        lambda: store.state_range(""),
        lambda: store.by_index("node", "n1"),
        store.compact_revision,
        store.revision,
        lambda: store.events(0),
        lambda: store.txn([], [Put("/a", b"")]),
    ):
        with pytest.raises(api.Damaged):
            read()


def test_readers_do_not_wait_for_a_writer(path: str) -> None:
    writer, reader = sqlite.open_store(path), sqlite.open_store(path, lock_seconds=0.0)
    writer.txn([], [Put("/a", b"1")])
    with writer.batch():
        writer.txn([], [Put("/a", b"2")])
        assert reader.get("/a") == api.KeyValue("/a", b"1", 2, 2, 1)
        assert reader.range("/").revision == reader.revision() == 2
        another = sqlite.open_store(path, lock_seconds=0.0)
        assert [event.kv.value for event in another.events(0)] == [b"1"]
        another.close()
    assert reader.get("/a") == api.KeyValue("/a", b"2", 2, 3, 2)
    writer.close()
    reader.close()


RECOVERING = """
import fcntl, sys, time
with open(sys.argv[1] + "-shm", "w+b") as index:
    index.truncate(32768)
    fcntl.lockf(index, fcntl.LOCK_SH, 1, 128)  # somebody uses the log
    fcntl.lockf(index, fcntl.LOCK_EX, 8, 120)  # and makes its index anew
    print("holding", flush=True)
    time.sleep(0.3)
"""


def test_opening_waits_for_the_process_that_reads_the_log_of_a_killed_one(path: str) -> None:
    sqlite.open_store(path).close()
    child = subprocess.Popen([sys.executable, "-c", RECOVERING, path], stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"holding\n"
    store = sqlite.open_store(path)
    assert child.communicate() == (b"", None)
    assert store.revision() == 1
    store.close()


def test_a_writer_waits_for_another_but_not_for_ever(path: str) -> None:
    first, second = sqlite.open_store(path), sqlite.open_store(path, lock_seconds=0.02)
    with first.batch():
        first.txn([], [Put("/a", b"")])
        with pytest.raises(api.StoreBusy, match="is locked by other processes; try again$"):
            second.txn([], [Put("/b", b"")])
    assert second.txn([], [Put("/b", b"")]).revision == 3
    first.close()
    second.close()


def test_commit_lets_others_write_in_between(path: str) -> None:
    first, second = sqlite.open_store(path), sqlite.open_store(path)
    with first.batch():
        first.txn([], [Put("/a", b"")])
        other = threading.Thread(target=second.txn, args=([], [Put("/b", b"")]))
        other.start()
        while first.revision() < 3:
            first.commit()
        assert first.txn([], [Put("/c", b"")]).revision == 4
    other.join()
    assert [event.kv.key for event in second.events(0)] == ["/a", "/b", "/c"]
    first.close()
    second.close()


def test_commit_forgets_what_the_batch_has_read(path: str) -> None:
    first, second = sqlite.open_store(path), sqlite.open_store(path)
    first.txn([], [Put("/a", b"1", (("n", "x"),))])
    with first.batch():
        assert first.get("/a") == KeyValue("/a", b"1", 2, 2, 1)
        other = threading.Thread(target=second.txn, args=([], [Put("/a", b"2", (("n", "x"),))]))
        other.start()
        while first.revision() < 3:
            first.commit()
        assert first.get("/a") == KeyValue("/a", b"2", 2, 3, 2)
        assert first.by_index("n", "x") == [KeyValue("/a", b"2", 2, 3, 2)]
        assert first.txn([Compare("/a", 3)], [Put("/a", b"3")]).succeeded
    other.join()
    assert second.get("/a") == KeyValue("/a", b"3", 2, 4, 3)
    first.close()
    second.close()


def test_an_inner_batch_that_fails_takes_back_what_was_read_in_it(store: SqliteBackend) -> None:
    store.txn([], [Put("/a", b"1"), Put("/b", b"1")])
    with store.batch():
        store.txn([], [Put("/a", b"2")])
        with pytest.raises(RuntimeError), store.batch():
            store.txn([], [Put("/a", b"3"), Delete("/b")])
            assert (store.get("/a"), store.get("/b")) == (KeyValue("/a", b"3", 2, 4, 3), None)
            raise RuntimeError
        assert store.get("/a") == KeyValue("/a", b"2", 2, 3, 2)
        assert store.get("/b") == KeyValue("/b", b"1", 2, 2, 1)
        assert not store.txn([Compare("/a", 4)], [Put("/a", b"4")]).succeeded


def test_a_key_is_read_from_the_disk_once_a_batch(store: SqliteBackend) -> None:
    store.txn([], [Put("/a", b"1")])
    asked: list[str] = []
    store.db.set_exec_trace(lambda cursor, sql, bindings: asked.append(sql) or True)
    with store.batch():
        asked.clear()
        for _ in range(3):
            assert store.get("/a") == KeyValue("/a", b"1", 2, 2, 1)
        assert len(asked) == 2  # where it leads to, and the row there
    store.db.set_exec_trace(None)


def test_a_read_sees_one_revision_while_others_write(path: str) -> None:
    reader, writer = sqlite.open_store(path), sqlite.open_store(path)
    writer.txn([], [Put("/a", b"1")])
    reader.db.execute("BEGIN")
    assert reading.revision(reader.db) == 2
    writer.txn([], [Put("/b", b"1")])
    writer.compact(3)
    assert [kv.key for kv in reader.range("/").kvs] == ["/a"]
    assert reader.events(0)[-1].kv.key == "/a"
    reader.db.execute("COMMIT")
    assert [kv.key for kv in reader.range("/").kvs] == ["/a", "/b"]
    reader.close()
    writer.close()


def test_closing_undoes_an_open_batch(path: str) -> None:
    store = sqlite.open_store(path)
    store.enter()
    store.txn([], [Put("/a", b"")])
    store.close()
    again = sqlite.open_store(path)
    assert again.revision() == 1
    again.close()


def test_the_log_beside_the_store_stays_short(path: str) -> None:
    store = sqlite.open_store(path)
    for i in range(sqlite.CHECKPOINT_PAGES):
        store.txn([], [Put(f"/{i}", b"x" * 6000)])
    assert os.path.getsize(path + "-wal") < (sqlite.CHECKPOINT_PAGES + 20) * 4200
    store.close()
    assert os.path.getsize(path + "-wal") == 0


def test_a_reader_leaves_the_log_alone(path: str) -> None:
    writer = sqlite.open_store(path)
    fill(writer, 300)
    pages = os.path.getsize(path + "-wal")
    reader = sqlite.open_store(path)
    reader.range("")
    reader.close()
    assert os.path.getsize(path + "-wal") == pages > 0
    writer.close()


def test_a_checkpoint_that_fails_does_not_fail_the_write(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_PAGES", 1)
    store, reader = sqlite.open_store(path), sqlite.open_store(path)
    reader.db.execute("BEGIN")
    reader.get("/a")
    for i in range(20):
        store.txn([], [Put("/a", b"%d" % i)])
    store.close()
    reader.db.execute("COMMIT")
    assert reader.get("/a") == api.KeyValue("/a", b"19", 2, 21, 20)
    reader.close()


def test_compaction_killed_half_way_goes_on_later(store: SqliteBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    from minikube_py.storage import compaction

    monkeypatch.setattr(compaction, "CHUNK", 5)
    fill(store)
    wanted = store.range("")
    commits = 0

    def die() -> None:
        nonlocal commits
        commits += 1
        SqliteBackend.commit(store)
        if commits == 6:
            raise KeyboardInterrupt

    class Dying:
        batch, revision, change, db = store.batch, store.revision, store.change, store.db
        commit = staticmethod(die)

    with pytest.raises(KeyboardInterrupt):
        compaction.compact(Dying, store.revision())  # type: ignore[arg-type]
    assert store.compact_revision() == 31
    assert store.db.execute("SELECT count(*) FROM log").fetchone() == (31,)
    assert store.verify() == []
    assert (store.range(""), store.history("/pods/001")) == (wanted, [])
    store.compact(31)
    assert store.db.execute("SELECT count(*) FROM log").fetchone() == (10,)
    assert store.db.execute("SELECT count(*) FROM gone").fetchone() == (0,)
    assert (store.verify(), store.range("")) == ([], wanted)


def test_space_is_used_again_after_compaction(path: str) -> None:
    store = sqlite.open_store(path)
    sizes = []
    for _ in range(6):
        with store.batch():
            for i in range(200):
                store.txn([], [Put(f"/{i}", b"x" * 3000)])
        store.compact(store.revision())
        sizes.append(store.db.pragma("page_count"))
    assert sizes[-1] == sizes[2]
    store.close()


def _increment(path: str, times: int) -> None:
    store = sqlite.open_store(path)
    done = 0
    while done < times:
        kv = store.get("/counter")
        revision, value = (kv.mod_revision, int(kv.value)) if kv else (0, 0)
        done += store.txn([Compare("/counter", revision)], [Put("/counter", b"%d" % (value + 1))]).succeeded
    store.close()


@pytest.mark.parametrize(
    ("processes", "times"), [pytest.param(8, 50), pytest.param(64, 1000, marks=pytest.mark.long)], ids=["slice", "campaign"]
)
def test_guarded_increments_of_many_processes_are_exact(path: str, processes: int, times: int) -> None:
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=_increment, args=(path, times)) for _ in range(processes)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0] * processes
    store = sqlite.open_store(path)
    assert store.get("/counter") == api.KeyValue("/counter", b"%d" % (processes * times), 2, processes * times + 1, processes * times)
    assert [int(event.kv.value) for event in store.events(0)] == list(range(1, processes * times + 1))
    assert store.verify() == []
    store.close()


def test_sqlite_is_recent_enough() -> None:
    assert tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) >= files.OLDEST_SQLITE


def test_an_older_sqlite_makes_no_store(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(api.StoreError, match=r"^SQLite \d+\.\d+\.\d+ is too old: 3.51.3 or later is needed$"):
        sqlite.open_store(path)
    assert os.listdir(os.path.dirname(path)) == []


def test_a_scan_sees_one_revision_whatever_is_written_in_between(store: SqliteBackend) -> None:
    fill(store)
    before = store.range("/pods/")
    pieces = store.scan("/pods/", 3)
    first = next(pieces)
    store.txn([], [Put("/pods/000", b"later"), Put("/pods/zzz", b"later"), Delete("/pods/002")])
    rest = list(pieces)
    assert [kv for piece in (first, *rest) for kv in piece.kvs] == before.kvs
    assert {(piece.revision, piece.count) for piece in (first, *rest)} == {(before.revision, 10)}
    assert [piece.more for piece in (first, *rest)] == [True, True, True, False]
    assert [(piece.kvs, piece.more) for piece in store.scan("/nothing/", 3)] == [([], False)]


def test_a_scan_that_is_given_up_holds_nothing(store: SqliteBackend) -> None:
    fill(store)
    pieces = store.scan("/pods/", 3)
    next(pieces)
    pieces.close()
    assert store.db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE) == (0, 0)
