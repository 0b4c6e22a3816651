"""The wire format of protobuf: tags, varints, lengths and groups. The errors are in the words of Go's generated code."""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)
_MASK64 = (1 << 64) - 1
_MOST_GROUPS = 100
_TRUNCATED = "unexpected EOF"


class Span(NamedTuple):
    """A stretch of bytes that is read where it lies."""

    data: bytes
    start: int
    end: int

    def bytes(self) -> bytes:
        """Return a copy of the stretch."""
        return self.data[self.start : self.end]


Record = tuple[int, int, int | Span]


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return an unsigned number of 64 bits and the position behind it."""
    value = shift = 0
    while True:
        if at >= end:
            raise ValueError(_TRUNCATED)
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _MASK64, at
        shift += 7
        if shift >= 70:
            raise ValueError("proto: integer overflow")


def encode_varint(value: int) -> bytes:
    """Return an unsigned number as it is written."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def records(span: Span) -> Iterator[Record]:
    """Yield field number, wire type and value of each record: a number, or the Span of what has a length. Groups are empty Spans."""
    data, at, end = span
    while at < end:
        tag, at = varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if wire == END_GROUP:
            raise ValueError("proto: wiretype end group for non-group")
        if not 0 < number < 1 << 29:
            raise ValueError(f"proto: illegal tag {number} (wire type {wire})")
        if wire == VARINT:
            value, at = varint(data, at, end)
            yield number, wire, value
            continue
        start, stop = _extent(data, at, end, wire)
        yield number, wire, int.from_bytes(data[start:stop], "little") if wire in (FIXED64, FIXED32) else Span(data, start, stop)
        at = stop


def _extent(data: bytes, at: int, end: int, wire: int) -> tuple[int, int]:
    """Return where the value of a record starts and stops, for all but varints."""
    if wire == BYTES:
        length, at = varint(data, at, end)
        stop = at + length
    elif wire in (FIXED64, FIXED32):
        stop = at + (8 if wire == FIXED64 else 4)
    elif wire == START_GROUP:
        at = stop = _behind_group(data, at, end)
    else:
        raise ValueError(f"proto: illegal wireType {wire}")
    if stop > end:
        raise ValueError(_TRUNCATED)
    return at, stop


def _behind_group(data: bytes, at: int, end: int) -> int:
    depth = 1
    while depth:
        tag, at = varint(data, at, end)
        wire = tag & 7
        if wire == END_GROUP:
            depth -= 1
        elif wire == START_GROUP:
            depth += 1
            if depth > _MOST_GROUPS:
                raise ValueError("proto: groups are nested too deeply")
        elif wire == VARINT:
            _, at = varint(data, at, end)
        else:
            _, at = _extent(data, at, end, wire)
    return at


def signed(value: int, bits: int) -> int:
    """Return an unsigned number cut to its low bits, as two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def packed(span: Span) -> Iterator[int]:
    """Yield the varints of a packed list."""
    data, at, end = span
    while at < end:
        value, at = varint(data, at, end)
        yield value
