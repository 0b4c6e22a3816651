"""Forgetting history in small transactions. It can be killed anywhere: the next compaction goes on from there."""

from typing import TYPE_CHECKING, Any

from minikube_py.storage import api, reading, rows

if TYPE_CHECKING:
    import apsw

    from minikube_py.storage.sqlite import SqliteBackend

CHUNK = 500  # log rows in one transaction; other writers wait for about 5 ms


def compact(backend: "SqliteBackend", revision: int) -> None:
    """Announce `revision` as the oldest that can be read, then remove what only older ones needed."""
    with backend.batch():
        head = backend.revision()
        if revision > head:
            raise api.FutureRevision(revision, head)
        if revision > reading.meta(backend.db, "compacted"):
            _set(backend, "compacted", revision)
        backend.commit()
        while _sweep(backend):
            backend.commit()


def _set(backend: "SqliteBackend", name: str, value: int) -> None:
    backend.change("UPDATE meta SET value = ?, checksum = ? WHERE name = ?", (value, rows.digest(name, value), name))


def _sweep(backend: "SqliteBackend") -> bool:
    """Remove what the next rows of the log superseded; False when there is nothing left to do."""
    swept, goal = reading.meta(backend.db, "swept"), reading.meta(backend.db, "compacted")
    if swept >= goal:
        return False
    chunk = _next_rows(backend.db, swept, goal)
    for id_, key, prev, version in chunk:
        if prev:
            backend.change("DELETE FROM log WHERE id = ?", (prev,))
        if not version:
            backend.change("DELETE FROM log WHERE id = ?", (id_,))
            backend.change("DELETE FROM gone WHERE key = ? AND id = ?", (key, id_))
    _set(backend, "swept", chunk[-1][0] >> rows.SHIFT if len(chunk) >= CHUNK else goal)
    return True


def _next_rows(db: "apsw.Connection", swept: int, goal: int) -> list[Any]:
    """Return the rows of the next revisions, none of them in part."""
    sql = "SELECT id, key, prev, version FROM log WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
    found = db.execute(sql, (swept + 1 << rows.SHIFT, goal + 1 << rows.SHIFT, CHUNK)).fetchall()
    if len(found) == CHUNK:
        last: int = found[-1][0]  # type: ignore[assignment]
        found += db.execute(sql, (last + 1, (last >> rows.SHIFT) + 1 << rows.SHIFT, -1)).fetchall()
    return found
