"""The store's queries. Each is called inside one read transaction; every row that is served was checked."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from minikube_py.storage import api, rows
from minikube_py.storage.api import Damaged, Event, KeyValue, Range
from minikube_py.storage.rows import Row

if TYPE_CHECKING:
    import apsw

_L = "l.id, l.key, l.prev, l.created, l.version, l.rest, l.indexes, l.checksum, l.value"
_P = _L.replace("l.", "p.")
_HEADS = f"SELECT {_L}, c.key, c.checksum FROM current c LEFT JOIN log l ON l.id = c.id"
_LAST = f"SELECT {rows.COLUMNS} FROM log ORDER BY id DESC LIMIT 1"
_ROW = f"SELECT {rows.COLUMNS} FROM log WHERE id = ?"
_EVENTS = f"SELECT {_L}, {_P} FROM log l LEFT JOIN log p ON p.id = l.prev WHERE l.id >= ? AND l.id < ?"

Value = str | int | bytes


def _one(db: "apsw.Connection", sql: str, bindings: tuple[Value, ...] = ()) -> Any:
    return db.execute(sql, bindings).fetchone()


def _all(db: "apsw.Connection", sql: str, bindings: tuple[Value, ...] = ()) -> list[Any]:
    return db.execute(sql, bindings).fetchall()


def revision(db: "apsw.Connection") -> int:
    """Return the revision of the last write."""
    last = _one(db, _LAST)
    # compaction may have removed the last row of all, when that was a deletion
    return max(rows.check(last)[0] >> rows.SHIFT if last else 0, meta(db, "compacted"), api.FIRST_REVISION)


def meta(db: "apsw.Connection", name: str) -> int:
    """Return a number of the store itself."""
    found = _one(db, "SELECT value, checksum FROM meta WHERE name = ?", (name,))
    if not found or rows.digest(name, found[0]) != found[1]:
        raise Damaged(f"{name!r} does not match its checksum")
    value: int = found[0]
    return value


def head(db: "apsw.Connection", key: str) -> Row | None:
    """Return the row of a key's current version."""
    found = _one(db, "SELECT id, checksum FROM current WHERE key = ?", (key,))  # a join costs SQLite three times as much
    return _pointed(db, key, *found) if found else None


def _joined(found: tuple[Any, ...]) -> Row:
    """Return the log row of a pointer that is sound: it leads to the right key, at the version it was written with."""
    row: Row = found[:9]
    if row[1] != found[9] or row[7] != found[10]:
        raise Damaged(f"{found[9]!r} does not lead to its current version")
    return rows.check(row)


def _row(db: "apsw.Connection", id_: int) -> Row | None:
    found = _one(db, _ROW, (id_,))
    return rows.check(found) if found else None


def gone(db: "apsw.Connection", key: str) -> Row | None:
    """Return the row of the deletion that a key ended with, while it is kept."""
    found = _one(db, "SELECT id, checksum FROM gone WHERE key = ?", (key,))
    return _pointed(db, key, *found) if found else None


def _pointed(db: "apsw.Connection", key: str, id_: int, checksum: bytes) -> Row:
    row = _row(db, id_)
    if row is None or row[1] != key or row[7] != checksum:
        raise Damaged(f"{key!r} does not lead to its current version")
    return row


def before(db: "apsw.Connection", row: Row) -> Row | None:
    """Return the version before, None where there is none or compaction took it."""
    if not row[2]:
        return None
    found = _row(db, row[2])
    if found is not None and found[1] == row[1]:
        return found
    if found is not None or (row[4] != 1 and row[0] >> rows.SHIFT > meta(db, "compacted")):
        raise Damaged(f"the version of {row[1]!r} before revision {row[0] >> rows.SHIFT} is missing")
    return None  # a deletion, or something older than that, is not kept


def at(db: "apsw.Connection", row: Row | None, revision_: int) -> Row | None:
    """Return the version that was current at a revision, looking back from a later one; None where the key did not exist."""
    while row is not None and row[0] >> rows.SHIFT > revision_:
        row = before(db, row)
    return row if row is not None and row[4] else None


def get(db: "apsw.Connection", key: str, revision_: int) -> KeyValue | None:
    """Return a key as of a kept revision."""
    api.check_revision(revision_, revision(db), meta(db, "compacted"))
    row = at(db, head(db, key) or gone(db, key), revision_)
    return rows.key_value(row) if row else None


def _bounds(column: str, prefix: str, start: str = "") -> tuple[str, tuple[str, ...]]:
    end = api.prefix_end(prefix)
    low = max(prefix, start)
    if not end:
        return (f"{column} >= ?", (low,))
    return (f"{column} >= ? AND {column} < ?", (low, end))


def current_range(db: "apsw.Connection", now: int, prefix: str, start: str, limit: int) -> Range:
    """Return keys as they are at the last revision."""
    where, bounds = _bounds("c.key", prefix, start)
    sql = f"{_HEADS} WHERE {where} ORDER BY c.key"
    found = _all(db, f"{sql} LIMIT ?", (*bounds, limit)) if limit else _all(db, sql, bounds)
    kvs = [rows.key_value(_joined(row)) for row in found]
    count = len(kvs)
    if count == limit and limit:
        count = _number(db, f"SELECT count(*) FROM current c WHERE {where}", bounds)
    _check_complete(db, prefix, None if start else count)
    return Range(kvs, now, count, count > len(kvs))


def pieces(db: "apsw.Connection", prefix: str, size: int) -> Iterator[Range]:
    """Yield keys as they are now, `size` at a time; the caller's transaction lasts until the end."""
    where, bounds = _bounds("c.key", prefix)
    count, now = _number(db, f"SELECT count(*) FROM current c WHERE {where}", bounds), revision(db)
    _check_complete(db, prefix, count)
    cursor, left = db.execute(f"{_HEADS} WHERE {where} ORDER BY c.key", bounds), count
    while True:
        found = list(islice(cursor, size))
        left -= len(found)
        yield Range([rows.key_value(_joined(row)) for row in found], now, count, left > 0)
        if left <= 0:
            return


def _number(db: "apsw.Connection", sql: str, bindings: tuple[Any, ...]) -> int:
    return int(_one(db, sql, bindings)[0])


def _check_complete(db: "apsw.Connection", prefix: str, found: int | None) -> None:
    """Raise Damaged where keys of whole folders are missing: a damaged table can end early, or hide a key in the wrong place."""
    if prefix and not prefix.endswith("/"):
        return
    if found is None:
        where, bounds = _bounds("key", prefix)
        found = _number(db, f"SELECT count(*) FROM current WHERE {where}", bounds)
    where, bounds = _bounds("value", prefix)
    wanted = _number(db, f"SELECT coalesce(sum(number), 0) FROM counts WHERE name = '' AND {where}", bounds)
    if found != wanted:
        raise Damaged(f"{wanted} keys should start with {prefix!r}, {found} are found")


def past_range(db: "apsw.Connection", prefix: str, start: str, revision_: int, limit: int) -> Range:
    """Return keys as of a kept revision."""
    api.check_revision(revision_, revision(db), meta(db, "compacted"))
    _check_complete(db, prefix, None)
    where, bounds = _bounds("key", prefix, start)
    sql = f"SELECT key, id, checksum FROM current WHERE {where} UNION ALL SELECT key, id, checksum FROM gone WHERE {where} ORDER BY key"
    kvs: list[KeyValue] = []
    for pointer in db.execute(sql, bounds + bounds):
        row = at(db, _pointed(db, *pointer), revision_)
        if row is not None:
            kvs.append(rows.key_value(row))
            if len(kvs) == limit:
                break
    count = len(kvs) + (_number_after(db, prefix, kvs[-1].key, revision_) if limit and len(kvs) == limit else 0)
    return Range(kvs, revision_, count, count > len(kvs))


def _number_after(db: "apsw.Connection", prefix: str, key: str, revision_: int) -> int:
    """Return how many keys behind one existed, reading the versions of those only that changed since."""
    where, bounds = _bounds("key", prefix, key + "\0")
    end = (revision_ + 1) << rows.SHIFT
    unchanged = _number(db, f"SELECT count(*) FROM current WHERE {where} AND id < ?", (*bounds, end))
    both = " UNION ALL ".join(f"SELECT key, id, checksum FROM {table} WHERE {where} AND id >= ?" for table in ("current", "gone"))
    changed = _all(db, both, (*bounds, end, *bounds, end))
    return unchanged + sum(at(db, _pointed(db, *pointer), revision_) is not None for pointer in changed)


def by_index(db: "apsw.Connection", name: str, value: str, prefix: str, current: Callable[[str], Row | None]) -> list[KeyValue]:
    """Return what carries an index entry; `current` gives the row of a key, as `head` does."""
    where, bounds = _bounds("key", prefix)
    kvs = []
    for (key,) in _all(db, f"SELECT key FROM idx WHERE name = ? AND value = ? AND {where} ORDER BY key", (name, value, *bounds)):
        row = current(key)
        if row is None or (name, value) not in rows.decode_indexes(row[6]):
            raise Damaged(f"the index {name!r} lists {key!r} under {value!r}")
        kvs.append(rows.key_value(row))
    _check_index(db, name, value, len(kvs), all_of_them=not prefix)
    return kvs


def _check_index(db: "apsw.Connection", name: str, value: str, found: int, *, all_of_them: bool) -> None:
    counted = _one(db, "SELECT number FROM counts WHERE name = ? AND value = ?", (name, value))
    wanted = counted[0] if counted else 0
    if found != wanted and not all_of_them:  # others may be under other prefixes
        found = _number(db, "SELECT count(*) FROM idx WHERE name = ? AND value = ?", (name, value))
    if found != wanted:
        raise Damaged(f"the index {name!r} lists {found} keys under {value!r}, not {wanted}")


def events(db: "apsw.Connection", now: int, after: int, prefix: str, limit: int, until: int) -> list[Event]:
    """Return changes up to the last revision in order, whole revisions only."""
    compacted = meta(db, "compacted")
    api.check_revision(after, now, compacted)
    first, end = after + 1 << rows.SHIFT, until + 1 << rows.SHIFT if until else 1 << 62
    where, bounds = _bounds("l.key", prefix) if prefix else ("1", ())
    sql = f"{_EVENTS} AND {where} ORDER BY l.id LIMIT ?"
    found = _all(db, sql, (first, end, *bounds, limit or -1))
    if limit and len(found) == limit and found[-1][5]:
        last: int = found[-1][0]
        following = min(end, (last >> rows.SHIFT) + 1 << rows.SHIFT)
        found += _all(db, sql, (last + 1, following, *bounds, -1))
    if not prefix:
        check_contiguous([row[:6] for row in found], max(after, api.FIRST_REVISION))
    return [_event(row) for row in found]


def check_contiguous(ids: "list[tuple[Any, ...]]", after: int) -> None:
    """Raise Damaged where a revision, or a part of one, is missing."""
    expected, rest = after + 1 << rows.SHIFT, 0
    for id_, *_, rest in ids:
        if id_ != expected:
            raise Damaged(f"revision {expected >> rows.SHIFT} is not complete")
        expected = id_ + 1 if rest else (id_ >> rows.SHIFT) + 1 << rows.SHIFT
    if rest:
        raise Damaged(f"revision {expected >> rows.SHIFT} is not complete")


def _event(found: tuple[Any, ...]) -> Event:
    row: Row = rows.check(found[:9])
    kv = rows.key_value(row)
    if row[4] == 1:
        return Event("PUT", kv, None)
    prev: Row = found[9:]
    if prev[1] != row[1]:
        raise Damaged(f"the version of {row[1]!r} before revision {kv.mod_revision} is missing")
    return Event("PUT" if row[4] else "DELETE", kv, rows.key_value(rows.check(prev)))


def history(db: "apsw.Connection", key: str) -> list[KeyValue]:
    """Return the kept versions of a key, oldest first."""
    compacted = meta(db, "compacted")
    row = head(db, key) or gone(db, key)
    found: list[KeyValue] = []
    while row is not None:
        old = row[0] >> rows.SHIFT <= compacted
        if not old or row[4]:
            found.append(rows.key_value(row))
        row = None if old else before(db, row)
    return found[::-1]


def state_range(db: "apsw.Connection", prefix: str, limit: int) -> list[tuple[str, bytes]]:
    """Return unversioned state by key."""
    where, bounds = _bounds("key", prefix)
    found = _all(db, f"SELECT key, checksum, value FROM state WHERE {where} ORDER BY key LIMIT ?", (*bounds, limit or -1))
    return [rows.check_state(row) for row in found]
