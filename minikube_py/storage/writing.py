"""The store's changes of one key. Each is called inside one write transaction."""

from typing import TYPE_CHECKING

from minikube_py.storage import reading, rows
from minikube_py.storage.api import Delete, Put
from minikube_py.storage.rows import Row

if TYPE_CHECKING:
    import apsw

_MORE = "INSERT INTO counts VALUES (?, ?, 1) ON CONFLICT (name, value) DO UPDATE SET number = number + 1"
_LESS = "UPDATE counts SET number = number - 1 WHERE name = ? AND value = ?"
_NONE = "DELETE FROM counts WHERE name = ? AND value = ? AND number = 0"


def change(db: "apsw.Connection", id_: int, rest: int, operation: Put | Delete, row: Row | None) -> Row | None:
    """Apply an operation to a key whose current row is `row`, and return what that is then; a deletion needs one."""
    if isinstance(operation, Delete):
        assert row is not None
        _delete(db, id_, rest, row)
        return None
    return _create(db, id_, rest, operation) if row is None else _update(db, id_, rest, operation, row)


def _create(db: "apsw.Connection", id_: int, rest: int, put: Put) -> Row:
    last = reading.gone(db, put.key)
    if last is not None:
        db.execute("DELETE FROM gone WHERE key = ?", (put.key,))
    indexes = rows.encode_indexes(put.indexes)
    row = _log(db, id_, put.key, last[0] if last else 0, id_ >> rows.SHIFT, 1, rest, indexes, put.value)
    db.execute("INSERT INTO current VALUES (?, ?, ?)", (put.key, id_, row[7]))
    db.execute(_MORE, ("", rows.folder(put.key)))
    _reindex(db, put.key, "", indexes)
    return row


def _update(db: "apsw.Connection", id_: int, rest: int, put: Put, row: Row) -> Row:
    indexes = rows.encode_indexes(put.indexes)
    new = _log(db, id_, put.key, row[0], row[3], row[4] + 1, rest, indexes, put.value)
    db.execute("UPDATE current SET id = ?, checksum = ? WHERE key = ?", (id_, new[7], put.key))
    _reindex(db, put.key, row[6], indexes)
    return new


def _delete(db: "apsw.Connection", id_: int, rest: int, row: Row) -> None:
    key = row[1]
    checksum = _log(db, id_, key, row[0], 0, 0, rest, "", b"")[7]
    db.execute("DELETE FROM current WHERE key = ?", (key,))
    db.execute("INSERT INTO gone VALUES (?, ?, ?)", (key, id_, checksum))
    _count_less(db, ("", rows.folder(key)))
    _reindex(db, key, row[6], "")


def _log(db: "apsw.Connection", id_: int, key: str, prev: int, created: int, version: int, rest: int, indexes: str, value: bytes) -> Row:
    checksum = rows.row_digest(id_, key, prev, created, version, rest, indexes, value)
    row: Row = (id_, key, prev, created, version, rest, indexes, checksum, value)
    db.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return row


def _reindex(db: "apsw.Connection", key: str, old: str, new: str) -> None:
    if old == new:
        return
    before, after = rows.decode_indexes(old), rows.decode_indexes(new)
    for entry in before - after:
        db.execute("DELETE FROM idx WHERE name = ? AND value = ? AND key = ?", (*entry, key))
        _count_less(db, entry)
    for entry in after - before:
        db.execute("INSERT INTO idx VALUES (?, ?, ?)", (*entry, key))
        db.execute(_MORE, entry)


def _count_less(db: "apsw.Connection", entry: tuple[str, str]) -> None:
    db.execute(_LESS, entry)
    db.execute(_NONE, entry)
