"""Both stores against a model that keeps the whole past of every revision."""

import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minikube_py.storage import api, memory, sqlite
from minikube_py.storage.api import Backend, Compare, Delete, KeyValue, Put

KEYS = st.sampled_from(["/a/1", "/a/2", "/a/3", "/b/1", "/b/\U0001f600", "/a"])
PREFIXES = st.sampled_from(["", "/", "/a", "/a/", "/b/", "/c"])
ENTRIES = st.lists(st.tuples(st.sampled_from(["n", "m"]), st.sampled_from(["", "x", "y"])), max_size=3).map(tuple)
OPERATION = st.one_of(st.builds(Put, KEYS, st.binary(max_size=8), ENTRIES), st.builds(Delete, KEYS))
OPERATIONS = st.lists(OPERATION, max_size=4, unique_by=lambda operation: operation.key)
STEP = st.one_of(
    st.tuples(st.just("txn"), st.lists(st.tuples(KEYS, st.integers(-1, 2)), max_size=2), OPERATIONS),
    st.tuples(st.just("batch"), st.lists(OPERATIONS, max_size=3), st.booleans()),
    st.tuples(st.just("compact"), st.integers(0, 6)),
    st.tuples(st.just("range"), PREFIXES, KEYS, st.integers(0, 8), st.integers(0, 4)),
    st.tuples(st.just("events"), PREFIXES, st.integers(0, 8), st.integers(0, 3)),
    st.tuples(st.just("reopen")),
)


class Model:
    """Every revision as a dict of key to (key value, index entries)."""

    def __init__(self) -> None:
        self.past: list[dict[str, tuple[KeyValue, tuple[tuple[str, str], ...]]]] = [{}, {}]
        self.changes: list[list[str]] = [[], []]
        self.compacted = 0

    @property
    def now(self) -> dict[str, tuple[KeyValue, tuple[tuple[str, str], ...]]]:
        return self.past[-1]

    def apply(self, operations: list[Put | Delete]) -> None:
        revision, state, changed = len(self.past), dict(self.now), []
        for operation in operations:
            before = state.pop(operation.key, None)
            if isinstance(operation, Put):
                created, version = (before[0].create_revision, before[0].version + 1) if before else (revision, 1)
                state[operation.key] = (KeyValue(operation.key, operation.value, created, revision, version), operation.indexes)
            if before or isinstance(operation, Put):
                changed.append(operation.key)
        if changed:
            self.past.append(state)
            self.changes.append(changed)

    def events(self, after: int, prefix: str) -> list[tuple[str, KeyValue, KeyValue | None]]:
        found = []
        for revision in range(after + 1, len(self.past)):
            for key in self.changes[revision]:
                if key.startswith(prefix):
                    now, prev = self.past[revision].get(key), self.past[revision - 1].get(key)
                    kv = now[0] if now else KeyValue(key, b"", 0, revision, 0)
                    found.append(("PUT" if now else "DELETE", kv, prev[0] if prev else None))
        return found


def run(backend: Backend, model: Model, step: tuple[Any, ...]) -> Backend:
    """Do one step to both and compare the answers; return the backend to go on with."""
    if step[0] == "reopen":
        return reopen(backend)
    STEPS[step[0]](backend, model, *step[1:])
    return backend


def do_txn(backend: Backend, model: Model, guards: list[tuple[str, int]], operations: list[Put | Delete]) -> None:
    compares, wanted = [], []
    for key, offset in guards:
        current = model.now.get(key)
        revision = current[0].mod_revision if current else 0
        compares.append(Compare(key, max(revision + min(offset, 0), 0)))
        if compares[-1].mod_revision != revision:
            wanted.append(current[0] if current else None)
    if not wanted:
        model.apply(operations)
    assert backend.txn(compares, operations) == (not wanted, len(model.past) - 1, wanted)


def do_batch(backend: Backend, model: Model, transactions: list[list[Put | Delete]], keep: bool) -> None:
    try:
        with backend.batch():
            for operations in transactions:
                backend.txn([], operations)
            if not keep:
                raise KeyError
    except KeyError:
        return
    for operations in transactions:
        model.apply(operations)


def do_compact(backend: Backend, model: Model, back: int) -> None:
    revision = max(len(model.past) - 1 - back, 0)
    backend.compact(revision)
    model.compacted = max(model.compacted, revision)


def do_range(backend: Backend, model: Model, prefix: str, start: str, back: int, limit: int) -> None:
    revision = max(len(model.past) - 1 - back, 1)
    if revision < model.compacted:
        with pytest.raises(api.Compacted):
            backend.range(prefix, start=start, revision=revision, limit=limit)
        return
    keys = sorted(key for key in model.past[revision] if key.startswith(prefix) and key >= start)
    kvs = [model.past[revision][key][0] for key in keys][: limit or None]
    asked = revision if back else 0
    assert backend.range(prefix, start=start, revision=asked, limit=limit) == (kvs, revision, len(keys), len(kvs) < len(keys))
    for key in ("/a/1", "/b/1"):
        found = model.past[revision].get(key)
        assert backend.get(key, revision) == (found[0] if found else None)


def do_events(backend: Backend, model: Model, prefix: str, back: int, limit: int) -> None:
    after = max(len(model.past) - 1 - back, 0)
    if after < model.compacted:
        with pytest.raises(api.Compacted):
            backend.events(after, prefix=prefix, limit=limit)
        return
    wanted = model.events(after, prefix)
    found = backend.events(after, prefix=prefix, limit=limit)
    assert found == wanted[: len(found)]
    if len(found) < len(wanted):
        assert 0 < limit <= len(found)
        assert wanted[len(found)][1].mod_revision > found[-1].kv.mod_revision


def reopen(backend: Backend) -> Backend:
    """Close what can be opened again."""
    assert backend.verify() == []
    if not isinstance(backend, sqlite.SqliteBackend):
        return backend
    backend.close()
    return sqlite.open_store(backend.path)


STEPS: dict[str, Callable[..., None]] = {"txn": do_txn, "batch": do_batch, "compact": do_compact, "range": do_range, "events": do_events}


def compare_all(backend: Backend, model: Model) -> None:
    """Compare what is there now, by key and by index."""
    assert (backend.revision(), backend.compact_revision()) == (len(model.past) - 1, model.compacted)
    assert backend.range("").kvs == [model.now[key][0] for key in sorted(model.now)]
    for entry in [(name, value) for name in "nm" for value in ("", "x", "y")]:
        assert backend.by_index(*entry) == [model.now[key][0] for key in sorted(model.now) if entry in model.now[key][1]]
    for key in ("/a/1", "/b/1"):
        kept = backend.history(key)
        assert [kv.mod_revision for kv in kept if kv.mod_revision > model.compacted] == [
            revision for revision in range(model.compacted + 1, len(model.past)) if key in model.changes[revision]
        ]
    assert backend.verify() == []


def check(steps: list[tuple[Any, ...]]) -> None:
    """Run steps against both stores."""
    with tempfile.TemporaryDirectory() as folder:
        backends: list[Backend] = [memory.MemoryBackend(), sqlite.open_store(f"{folder}/store.db")]
        for backend in backends:
            model = Model()
            for step in steps:
                backend = run(backend, model, step)
            compare_all(backend, model)
            backend.close()


COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@settings(max_examples=60, derandomize=True, **COMMON)
@given(st.lists(STEP, min_size=4, max_size=25))
def test_both_stores_do_what_the_model_does(steps: list[tuple[Any, ...]]) -> None:
    check(steps)


@pytest.mark.long
@settings(max_examples=10_000, derandomize=False, **COMMON)
@given(st.lists(STEP, min_size=10, max_size=50))
def test_both_stores_do_what_the_model_does_for_long(steps: list[tuple[Any, ...]]) -> None:
    check(steps)
