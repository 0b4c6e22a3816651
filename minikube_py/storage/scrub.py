"""Reading a whole store and saying what is wrong with it."""

from typing import TYPE_CHECKING, Any

from minikube_py.storage import api, reading, rows
from minikube_py.storage.rows import Row

if TYPE_CHECKING:
    import apsw


def problems(db: "apsw.Connection") -> list[str]:
    """Return what is wrong, in words; an empty list where everything is as it was written."""
    found = [str(line) for (line,) in db.execute("PRAGMA integrity_check(20)").fetchall() if line != "ok"]
    if found:
        return found  # the tables themselves cannot be walked
    found += _meta(db)
    last, broken = _log(db)
    if found or broken:
        return found + broken
    return _pointers(db, last) + _indexes(db, last) + _counts(db, last) + _state(db)


def _meta(db: "apsw.Connection") -> list[str]:
    found = []
    for name in ("compacted", "swept"):
        try:
            reading.meta(db, name)
        except api.Damaged as error:
            found.append(str(error))
    return found


def _log(db: "apsw.Connection") -> tuple[dict[str, Row], list[str]]:
    """Return the last row of each key, without its value, and what is wrong with the log."""
    found: list[str] = []
    last: dict[str, Row] = {}
    kept: list[tuple[Any, ...]] = []
    compacted = reading.meta(db, "compacted")
    row: Any
    for row in db.execute(f"SELECT {rows.COLUMNS} FROM log ORDER BY id"):
        try:
            id_, key, prev, created, version, rest, indexes, checksum, _ = rows.check(row)
        except api.Damaged as error:
            found.append(str(error))
            continue
        before = last.get(key)
        if id_ >> rows.SHIFT > compacted:
            kept.append((id_, rest))
            found += _chain(row, before, compacted)
        last[key] = (id_, key, prev, created, version, rest, indexes, checksum, b"")
    try:
        reading.check_contiguous(kept, max(compacted, api.FIRST_REVISION))
    except api.Damaged as error:
        found.append(str(error))
    return last, found


def _chain(row: Any, before: Row | None, compacted: int) -> list[str]:
    id_, key, prev, created, version = row[:5]
    where = f"revision {id_ >> rows.SHIFT} of {key!r}"
    if before is None:
        # the deletion before a new beginning may be compacted
        return [] if version == 1 and prev >> rows.SHIFT <= compacted else [f"{where} lacks the version before"]
    if prev != before[0]:
        return [f"{where} does not follow the version before"]
    if version and (created, version) != ((before[3], before[4] + 1) if before[4] else (id_ >> rows.SHIFT, 1)):
        return [f"{where} counts its versions wrongly"]
    return []


def _pointers(db: "apsw.Connection", last: dict[str, Row]) -> list[str]:
    wanted: set[tuple[Any, ...]] = {(key, row[0], row[7], bool(row[4])) for key, row in last.items()}
    have: set[tuple[Any, ...]] = {(*row, True) for row in db.execute("SELECT key, id, checksum FROM current")}
    have |= {(*row, False) for row in db.execute("SELECT key, id, checksum FROM gone")}
    return [f"{key!r} does not lead to its last version" for key in sorted({str(row[0]) for row in wanted ^ have})]


def _indexes(db: "apsw.Connection", last: dict[str, Row]) -> list[str]:
    wanted = {(*entry, key) for key, row in last.items() for entry in rows.decode_indexes(row[6])}
    have: set[Any] = set(db.execute("SELECT name, value, key FROM idx"))
    missing = [f"the index entry {name}={value} of {key!r} is missing" for name, value, key in sorted(wanted - have)]
    return missing + [f"the index entry {name}={value} of {key!r} is one too many" for name, value, key in sorted(have - wanted, key=str)]


def _counts(db: "apsw.Connection", last: dict[str, Row]) -> list[str]:
    wanted: dict[Any, int] = {}
    for key, row in last.items():
        for entry in [("", rows.folder(key)), *rows.decode_indexes(row[6])] if row[4] else []:
            wanted[entry] = wanted.get(entry, 0) + 1
    have: dict[Any, Any] = {(name, value): number for name, value, number in db.execute("SELECT name, value, number FROM counts")}
    wrong = sorted(str(entry) for entry in wanted.keys() | have.keys() if wanted.get(entry) != have.get(entry))
    return [f"the count of {entry} is wrong" for entry in wrong]


def _state(db: "apsw.Connection") -> list[str]:
    found = []
    row: Any
    for row in db.execute("SELECT key, checksum, value FROM state"):
        try:
            rows.check_state(row)
        except api.Damaged as error:
            found.append(str(error))
    return found
