"""What a row of the store looks like, and the checksum that each carries. No I/O."""

from typing import Any

from minikube_py.kits.digests import blake2b
from minikube_py.storage.api import Damaged, KeyValue

SHIFT = 20  # a log row's id is revision << SHIFT | its place in the transaction
COLUMNS = "id, key, prev, created, version, rest, indexes, checksum, value"
Row = tuple[int, str, int, int, int, int, str, bytes, bytes]
"""A version of a key: id; key; id of the version before, also of a deletion (0: none); create revision; version, 0 for a
deletion; how many rows of the same revision follow; index entries; checksum over all the others; value."""


def digest(*columns: object) -> bytes:
    """Return the checksum of columns; the last is bytes, or taken as text."""
    *heads, last = columns
    # lengths make it unambiguous where one text ends and the next begins
    text = " ".join([f"{len(head)}:{head}" if isinstance(head, str) else f"{head}" for head in heads])
    return blake2b(text.encode() + b"|" + (last if isinstance(last, bytes) else str(last).encode()), digest_size=8).digest()


def row_digest(id_: int, key: str, prev: int, created: int, version: int, rest: int, indexes: str, value: bytes) -> bytes:
    """Return the checksum of a log row."""
    head = f"{id_} {prev} {created} {version} {rest} {len(key)} {len(indexes)} {key}{indexes}"
    return blake2b(head.encode() + value, digest_size=8).digest()


def check(row: Row) -> Row:
    """Return a log row that is as it was written; raises Damaged for any other."""
    id_, key, prev, created, version, rest, indexes, checksum, value = row
    try:
        if row_digest(id_, key, prev, created, version, rest, indexes, value) == checksum:
            return row
    except (TypeError, ValueError):  # a flipped bit can change a column's type
        pass
    raise Damaged(f"revision {_revision(id_)} of {key!r} does not match its checksum")


def check_state(row: tuple[Any, ...]) -> tuple[str, bytes]:
    """Return key and value of a state row that is as it was written; raises Damaged for any other."""
    key, checksum, value = row
    if digest(key, value) != checksum:
        raise Damaged(f"the state {key!r} does not match its checksum")
    return key, value


def _revision(id_: object) -> object:
    return id_ >> SHIFT if isinstance(id_, int) else id_


def key_value(row: Row) -> KeyValue:
    """Return what a checked row says."""
    return KeyValue(row[1], row[8], row[3], row[0] >> SHIFT, row[4])


def encode_indexes(entries: tuple[tuple[str, str], ...]) -> str:
    """Return index entries as one text, the same for the same set."""
    if not entries:
        return ""
    return "\0".join([f"{name}\0{value}" for name, value in sorted(set(entries))])


def decode_indexes(text: str) -> set[tuple[str, str]]:
    """Return the entries that `encode_indexes` was given."""
    if not text:
        return set()
    parts = text.split("\0")
    return set(zip(parts[::2], parts[1::2], strict=True))


def folder(key: str) -> str:
    """Return a key up to its last slash: the keys of each folder are counted, so that none can get lost."""
    return key[: key.rfind("/") + 1]
