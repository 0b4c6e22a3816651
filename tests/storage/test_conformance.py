"""What both stores must do. Names follow RunTest* of kube-apiserver's pkg/storage/testing where there is such a test."""

import threading
from pathlib import Path

import pytest

from minikube_py.storage import api, sqlite
from minikube_py.storage.api import Backend, Compare, Delete, Event, KeyValue, Put, Range, Txn


def put(backend: Backend, key: str, value: bytes = b"v", *indexes: tuple[str, str]) -> int:
    """Write one key and return the revision."""
    return backend.txn([], [Put(key, value, indexes)]).revision


def delete(backend: Backend, key: str) -> int:
    """Remove one key and return the revision."""
    return backend.txn([], [Delete(key)]).revision


def keys(found: Range) -> list[str]:
    """Return the keys of a range."""
    return [kv.key for kv in found.kvs]


def test_an_empty_store_is_at_revision_one(backend: Backend) -> None:
    assert backend.revision() == 1
    assert backend.compact_revision() == 0
    assert backend.range("") == Range([], 1, 0, False)
    assert backend.events(0) == []


def test_create(backend: Backend) -> None:
    assert backend.txn([Compare("/pods/a", 0)], [Put("/pods/a", b"one")]) == Txn(True, 2, [])
    assert backend.get("/pods/a") == KeyValue("/pods/a", b"one", 2, 2, 1)
    assert backend.revision() == 2


def test_create_with_key_exist(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    assert backend.txn([Compare("/pods/a", 0)], [Put("/pods/a", b"two")]) == Txn(False, 2, [KeyValue("/pods/a", b"one", 2, 2, 1)])
    assert backend.get("/pods/a") == KeyValue("/pods/a", b"one", 2, 2, 1)
    assert backend.revision() == 2


def test_get(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    put(backend, "/pods/a", b"two")
    assert backend.get("/pods/a") == KeyValue("/pods/a", b"two", 2, 3, 2)
    assert backend.get("/pods/a", revision=2) == KeyValue("/pods/a", b"one", 2, 2, 1)
    assert backend.get("/pods/a", revision=1) is None
    assert backend.get("/pods/b") is None
    with pytest.raises(api.FutureRevision, match="^revision 4 is in the future; the store is at 3$"):
        backend.get("/pods/a", revision=4)


def test_unconditional_delete(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    assert backend.txn([], [Delete("/pods/a")]) == Txn(True, 3, [])
    assert backend.get("/pods/a") is None
    assert backend.get("/pods/a", revision=2) == KeyValue("/pods/a", b"one", 2, 2, 1)
    assert backend.get("/pods/a", revision=3) is None


def test_deleting_what_is_not_there_makes_no_revision(backend: Backend) -> None:
    assert backend.txn([], [Delete("/pods/a")]) == Txn(True, 1, [])
    assert backend.txn([], []) == Txn(True, 1, [])
    assert backend.events(0) == []


def test_conditional_delete(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    assert backend.txn([Compare("/pods/a", 2)], [Delete("/pods/a")]) == Txn(True, 3, [])


def test_delete_with_conflict(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    put(backend, "/pods/a", b"two")
    assert backend.txn([Compare("/pods/a", 2)], [Delete("/pods/a")]) == Txn(False, 3, [KeyValue("/pods/a", b"two", 2, 3, 2)])


def test_guaranteed_update(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    assert backend.txn([Compare("/pods/a", 2)], [Put("/pods/a", b"two")]) == Txn(True, 3, [])
    assert backend.get("/pods/a") == KeyValue("/pods/a", b"two", 2, 3, 2)


def test_guaranteed_update_with_conflict(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    assert backend.txn([Compare("/pods/b", 7), Compare("/pods/a", 2), Compare("/pods/a", 9)], [Put("/pods/a", b"two")]) == Txn(
        False, 2, [None, KeyValue("/pods/a", b"one", 2, 2, 1)]
    )


def test_created_again_it_is_another_one(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    delete(backend, "/pods/a")
    put(backend, "/pods/a", b"two")
    assert backend.get("/pods/a") == KeyValue("/pods/a", b"two", 4, 4, 1)
    assert [backend.get("/pods/a", revision=at) for at in (1, 2, 3)] == [None, KeyValue("/pods/a", b"one", 2, 2, 1), None]
    assert backend.history("/pods/a") == [
        KeyValue("/pods/a", b"one", 2, 2, 1),
        KeyValue("/pods/a", b"", 0, 3, 0),
        KeyValue("/pods/a", b"two", 4, 4, 1),
    ]


def test_a_transaction_is_one_revision(backend: Backend) -> None:
    put(backend, "/pods/a", b"one")
    assert backend.txn([], [Put("/pods/c", b"c"), Delete("/pods/a"), Delete("/pods/none"), Put("/pods/b", b"b")]) == Txn(True, 3, [])
    assert backend.events(2) == [
        Event("PUT", KeyValue("/pods/c", b"c", 3, 3, 1), None),
        Event("DELETE", KeyValue("/pods/a", b"", 0, 3, 0), KeyValue("/pods/a", b"one", 2, 2, 1)),
        Event("PUT", KeyValue("/pods/b", b"b", 3, 3, 1), None),
    ]


@pytest.mark.parametrize(
    "operations",
    [
        [Put("/a", b""), Delete("/a")],
        [Put("", b"")],
        [Put("/a\0b", b"")],
        [Put("/a", "text")],  # type: ignore[arg-type]
        [Put("/a", b"", (("", "x"),))],
        [Put("/a", b"", (("name", "x\0y"),))],
        [Put("/\ud800", b"")],
    ],
)
def test_what_cannot_be_stored_is_refused_whole(backend: Backend, operations: list[Put | Delete]) -> None:
    with pytest.raises(ValueError):
        backend.txn([], [Put("/good", b""), *operations])
    assert backend.revision() == 1


@pytest.mark.parametrize("key", ["/../../etc/passwd", "/a b", "/" + "x" * 5000, "/ü/😀", "%s'\"; DROP TABLE log", "/a\n"])
def test_any_other_key_and_value_comes_back_as_it_was(backend: Backend, key: str) -> None:
    value = bytes(range(256)) * 300
    put(backend, key, value, ("n", ""), ("n", "ü"))
    assert backend.get(key) == KeyValue(key, value, 2, 2, 1)
    assert backend.by_index("n", "") == backend.by_index("n", "ü") == [KeyValue(key, value, 2, 2, 1)]


def test_list(backend: Backend) -> None:
    for key in ("/pods/b", "/pods/a", "/podsets/a", "/pods/ä", "/pods/Z", "/nodes/x", "/pods/a/1"):
        put(backend, key)
    assert keys(backend.range("/pods/")) == ["/pods/Z", "/pods/a", "/pods/a/1", "/pods/b", "/pods/ä"]
    assert keys(backend.range("/nodes/")) == ["/nodes/x"]
    assert backend.range("/pods/").revision == 8
    assert len(backend.range("").kvs) == 7


def test_list_bytewise_order_goes_beyond_the_basic_plane(backend: Backend) -> None:
    for key in ("/\U0001f600", "/\uffff", "/\ud7ff", "/\ue000", "/\U0010ffff", "/\U0010ffff1"):
        put(backend, key)
    assert keys(backend.range("/")) == ["/\ud7ff", "/\ue000", "/\uffff", "/\U0001f600", "/\U0010ffff", "/\U0010ffff1"]
    assert keys(backend.range("/\ud7ff")) == ["/\ud7ff"]
    assert keys(backend.range("/\U0010ffff")) == ["/\U0010ffff", "/\U0010ffff1"]
    assert keys(backend.range("\U0010ffff")) == []


def test_list_continuation(backend: Backend) -> None:
    for name in "abcde":
        put(backend, f"/pods/{name}")
    first = backend.range("/pods/", limit=2)
    assert (keys(first), first.count, first.more) == (["/pods/a", "/pods/b"], 5, True)
    put(backend, "/pods/b1")
    delete(backend, "/pods/d")
    second = backend.range("/pods/", start="/pods/b\0", limit=2, revision=first.revision)
    assert (keys(second), second.revision, second.count, second.more) == (["/pods/c", "/pods/d"], 6, 3, True)
    third = backend.range("/pods/", start="/pods/d\0", limit=2, revision=first.revision)
    assert (keys(third), third.count, third.more) == (["/pods/e"], 1, False)


def test_list_inconsistent_continuation(backend: Backend) -> None:
    for name in "abc":
        put(backend, f"/pods/{name}")
    delete(backend, "/pods/b")
    backend.compact(5)
    with pytest.raises(api.Compacted, match="^revision 4 is compacted; history starts at 5$"):
        backend.range("/pods/", start="/pods/a\0", limit=1, revision=4)
    assert keys(backend.range("/pods/", start="/pods/a\0", limit=1)) == ["/pods/c"]


def test_list_with_a_limit_of_just_so_many(backend: Backend) -> None:
    for name in "ab":
        put(backend, f"/pods/{name}")
    found = backend.range("/pods/", limit=2)
    assert (keys(found), found.count, found.more) == (["/pods/a", "/pods/b"], 2, False)


def test_consistent_list(backend: Backend) -> None:
    put(backend, "/pods/a", b"1")
    put(backend, "/pods/b", b"1")
    put(backend, "/pods/a", b"2")
    delete(backend, "/pods/b")
    put(backend, "/pods/c", b"1")
    seen = [[(kv.key, kv.value) for kv in backend.range("/", revision=at).kvs] for at in range(1, 7)]
    assert seen == [
        [],
        [("/pods/a", b"1")],
        [("/pods/a", b"1"), ("/pods/b", b"1")],
        [("/pods/a", b"2"), ("/pods/b", b"1")],
        [("/pods/a", b"2")],
        [("/pods/a", b"2"), ("/pods/c", b"1")],
    ]


def test_reads_never_make_a_revision(backend: Backend) -> None:
    put(backend, "/pods/a")
    backend.get("/pods/a")
    backend.range("/")
    backend.events(0)
    backend.history("/pods/a")
    backend.txn([Compare("/pods/a", 9)], [Delete("/pods/a")])
    assert backend.revision() == 2


def test_by_index(backend: Backend) -> None:
    put(backend, "/pods/b", b"1", ("node", "n1"), ("app", "web"))
    put(backend, "/pods/a", b"1", ("node", "n1"), ("node", "n1"))
    put(backend, "/events/a", b"1", ("node", "n1"))
    assert [kv.key for kv in backend.by_index("node", "n1")] == ["/events/a", "/pods/a", "/pods/b"]
    assert [kv.key for kv in backend.by_index("node", "n1", prefix="/pods/")] == ["/pods/a", "/pods/b"]
    put(backend, "/pods/b", b"2", ("node", "n2"), ("app", "web"))
    assert [kv.key for kv in backend.by_index("node", "n1", prefix="/pods/")] == ["/pods/a"]
    assert backend.by_index("node", "n2") == backend.by_index("app", "web") == [KeyValue("/pods/b", b"2", 2, 5, 2)]
    delete(backend, "/pods/b")
    assert backend.by_index("app", "web") == backend.by_index("node", "n2") == []


def test_watch_from_zero(backend: Backend) -> None:
    put(backend, "/pods/a", b"1")
    put(backend, "/pods/a", b"2")
    delete(backend, "/pods/a")
    assert backend.events(0) == [
        Event("PUT", KeyValue("/pods/a", b"1", 2, 2, 1), None),
        Event("PUT", KeyValue("/pods/a", b"2", 2, 3, 2), KeyValue("/pods/a", b"1", 2, 2, 1)),
        Event("DELETE", KeyValue("/pods/a", b"", 0, 4, 0), KeyValue("/pods/a", b"2", 2, 3, 2)),
    ]


def test_watch_from_non_zero_and_until(backend: Backend) -> None:
    for name in "abcd":
        put(backend, f"/pods/{name}")
    assert [event.kv.key for event in backend.events(3)] == ["/pods/c", "/pods/d"]
    assert [event.kv.key for event in backend.events(2, until=3)] == ["/pods/b"]
    assert backend.events(5) == []
    with pytest.raises(api.FutureRevision):
        backend.events(6)


def test_watch_with_prefix(backend: Backend) -> None:
    for key in ("/pods/a", "/nodes/a", "/pods/b", "/podsets/a"):
        put(backend, key)
    assert [event.kv.key for event in backend.events(0, prefix="/pods/")] == ["/pods/a", "/pods/b"]
    assert [event.kv.key for event in backend.events(2, prefix="/pods/", limit=1)] == ["/pods/b"]


def test_watch_never_splits_a_revision(backend: Backend) -> None:
    backend.txn([], [Put(f"/pods/{name}", b"") for name in "abc"])
    put(backend, "/pods/d")
    assert [event.kv.key for event in backend.events(0, limit=1)] == ["/pods/a", "/pods/b", "/pods/c"]
    assert [event.kv.key for event in backend.events(0, limit=4)] == ["/pods/a", "/pods/b", "/pods/c", "/pods/d"]
    assert [event.kv.key for event in backend.events(0, prefix="/pods/b", limit=1)] == ["/pods/b"]


def test_compact_revision(backend: Backend) -> None:
    put(backend, "/pods/a", b"1")  # 2
    put(backend, "/pods/b", b"1")  # 3
    put(backend, "/pods/a", b"2")  # 4
    delete(backend, "/pods/b")  # 5
    put(backend, "/pods/a", b"3")  # 6
    backend.compact(5)
    assert (backend.compact_revision(), backend.revision()) == (5, 6)
    assert backend.history("/pods/a") == [KeyValue("/pods/a", b"2", 2, 4, 2), KeyValue("/pods/a", b"3", 2, 6, 3)]
    assert backend.history("/pods/b") == []
    assert backend.get("/pods/a", revision=5) == KeyValue("/pods/a", b"2", 2, 4, 2)
    assert keys(backend.range("/", revision=5)) == ["/pods/a"]
    assert backend.events(5) == [Event("PUT", KeyValue("/pods/a", b"3", 2, 6, 3), KeyValue("/pods/a", b"2", 2, 4, 2))]
    for read in (lambda: backend.events(4), lambda: backend.get("/pods/a", 4), lambda: backend.range("/", revision=4)):
        with pytest.raises(api.Compacted, match="^revision 4 is compacted; history starts at 5$"):
            read()


def test_compacting_on_a_deletion_keeps_the_revision_and_later_events(backend: Backend) -> None:
    put(backend, "/pods/a", b"1")
    delete(backend, "/pods/a")
    backend.compact(3)
    assert (backend.revision(), backend.compact_revision()) == (3, 3)
    assert backend.events(3) == []
    assert put(backend, "/pods/a", b"2") == 4
    assert backend.events(3) == [Event("PUT", KeyValue("/pods/a", b"2", 4, 4, 1), None)]


def test_compacting_before_a_deletion_keeps_what_was_deleted(backend: Backend) -> None:
    put(backend, "/pods/a", b"1")
    put(backend, "/pods/b", b"1")
    delete(backend, "/pods/a")
    put(backend, "/pods/a", b"2")
    backend.compact(3)
    assert backend.events(3) == [
        Event("DELETE", KeyValue("/pods/a", b"", 0, 4, 0), KeyValue("/pods/a", b"1", 2, 2, 1)),
        Event("PUT", KeyValue("/pods/a", b"2", 5, 5, 1), None),
    ]
    backend.compact(4)
    assert backend.get("/pods/a", revision=4) is None
    assert backend.history("/pods/a") == [KeyValue("/pods/a", b"2", 5, 5, 1)]


def test_compacting_again_or_ahead(backend: Backend) -> None:
    put(backend, "/pods/a")
    backend.compact(2)
    backend.compact(1)
    assert backend.compact_revision() == 2
    with pytest.raises(api.FutureRevision):
        backend.compact(3)


def test_state_is_ordered_and_without_versions(backend: Backend) -> None:
    backend.state_put("loops/b", b"1")
    backend.state_put("loops/a", b"2")
    backend.state_put("loops/a", b"3")
    backend.state_put("timers/a", b"4")
    assert backend.state_get("loops/a") == b"3"
    assert backend.state_get("loops/c") is None
    assert backend.state_range("loops/") == [("loops/a", b"3"), ("loops/b", b"1")]
    assert backend.state_range("", limit=2) == [("loops/a", b"3"), ("loops/b", b"1")]
    backend.state_delete("loops/a")
    backend.state_delete("loops/none")
    assert backend.state_range("loops/") == [("loops/b", b"1")]
    assert backend.revision() == 1


def test_a_batch_sees_its_own_writes_and_keeps_them(backend: Backend) -> None:
    with backend.batch():
        put(backend, "/pods/a", b"1", ("n", "x"))
        put(backend, "/pods/a", b"2", ("n", "x"))
        backend.state_put("s", b"1")
        assert backend.revision() == 3
        assert backend.by_index("n", "x") == [KeyValue("/pods/a", b"2", 2, 3, 2)]
        assert keys(backend.range("/")) == ["/pods/a"]
    assert backend.get("/pods/a") == KeyValue("/pods/a", b"2", 2, 3, 2)
    assert backend.state_get("s") == b"1"


def test_an_error_undoes_the_batch(backend: Backend) -> None:
    put(backend, "/pods/a", b"1", ("n", "x"))
    backend.state_put("s", b"1")
    with pytest.raises(RuntimeError), backend.batch():
        put(backend, "/pods/a", b"2", ("n", "y"))
        put(backend, "/pods/b", b"2")
        delete(backend, "/pods/a")
        backend.state_put("s", b"2")
        backend.state_put("t", b"2")
        raise RuntimeError
    assert backend.revision() == 2
    assert backend.range("/") == Range([KeyValue("/pods/a", b"1", 2, 2, 1)], 2, 1, False)
    assert backend.by_index("n", "x") == [KeyValue("/pods/a", b"1", 2, 2, 1)]
    assert backend.by_index("n", "y") == []
    assert backend.state_range("") == [("s", b"1")]
    assert put(backend, "/pods/c") == 3


def test_an_inner_batch_that_fails_undoes_only_itself(backend: Backend) -> None:
    with backend.batch():
        put(backend, "/pods/a")
        with pytest.raises(RuntimeError), backend.batch():
            put(backend, "/pods/b")
            raise RuntimeError
        assert backend.revision() == 2
        with backend.batch():
            put(backend, "/pods/c")
    assert keys(backend.range("/")) == ["/pods/a", "/pods/c"]
    assert [event.kv.key for event in backend.events(0)] == ["/pods/a", "/pods/c"]


def test_commit_keeps_what_was_written_so_far(backend: Backend) -> None:
    with pytest.raises(RuntimeError), backend.batch(), backend.batch():
        put(backend, "/pods/a")
        backend.commit()
        put(backend, "/pods/b")
        raise RuntimeError
    assert keys(backend.range("/")) == ["/pods/a"]
    assert backend.revision() == 2


def test_wait(backend: Backend) -> None:
    assert backend.wait(0, 0) is True
    assert backend.wait(1, 0.001) is False
    put(backend, "/pods/a")
    assert backend.wait(1, 0) is True


def test_delayed_watch_delivery(backend: Backend, tmp_path: Path) -> None:
    """A write that comes while somebody waits ends the wait."""

    def write() -> None:
        other = sqlite.open_store(str(tmp_path / "store.db")) if isinstance(backend, sqlite.SqliteBackend) else backend
        put(other, "/pods/a")
        other.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert backend.wait(1, 30.0) is True
    writer.join()
    assert [event.kv.key for event in backend.events(1)] == ["/pods/a"]


def test_what_a_batch_takes_back_was_never_there(backend: Backend) -> None:
    put(backend, "/pods/a", b"one", ("node", "n1"))
    backend.state_put("at", b"1")
    with pytest.raises(RuntimeError), backend.batch():
        put(backend, "/pods/b", b"new", ("node", "n1"))
        put(backend, "/pods/a", b"two", ("node", "n2"))
        backend.state_put("at", b"2")
        backend.state_put("more", b"3")
        raise RuntimeError
    assert (backend.revision(), keys(backend.range("")), backend.get("/pods/b")) == (2, ["/pods/a"], None)
    assert [kv.key for kv in backend.by_index("node", "n1")] == ["/pods/a"] and backend.by_index("node", "n2") == []
    assert backend.events(0) == [Event("PUT", KeyValue("/pods/a", b"one", 2, 2, 1), None)]
    assert backend.state_range("") == [("at", b"1")]
    assert put(backend, "/pods/b") == 3
    assert backend.get("/pods/b") == KeyValue("/pods/b", b"v", 3, 3, 1)


def test_a_commit_within_a_batch_keeps_what_was_written_before(backend: Backend) -> None:
    with pytest.raises(RuntimeError), backend.batch():
        put(backend, "/pods/a")
        backend.commit()
        put(backend, "/pods/b")
        raise RuntimeError
    assert (keys(backend.range("")), backend.revision()) == (["/pods/a"], 2)


@pytest.mark.parametrize(("key", "value"), [("", b""), ("a\0b", b""), ("a", "text")])
def test_state_that_no_store_may_take(backend: Backend, key: str, value: bytes) -> None:
    with pytest.raises(ValueError, match="^(not a key|the value of a is not bytes)"):
        backend.state_put(key, value)
    assert backend.state_range("") == []
