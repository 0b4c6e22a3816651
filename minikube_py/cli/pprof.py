"""Profiles as `go tool pprof` reads them: profile.proto, packed with gzip."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from minikube_py.machinery.protobuf import wire


class Frame(NamedTuple):
    """A place in a program."""

    function: str
    file: str
    line: int


Stack = tuple[Frame, ...]  # the innermost first


class Kind(NamedTuple):
    """What a value of a sample counts, and in what unit."""

    name: str
    unit: str


class _Tables:
    """Texts, functions and locations, each once."""

    def __init__(self) -> None:
        self.texts: dict[str, int] = {"": 0}
        self.functions: dict[tuple[str, str], int] = {}
        self.locations: dict[Frame, int] = {}

    def text(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def location(self, frame: Frame) -> int:
        self.functions.setdefault((frame.function, frame.file), len(self.functions) + 1)
        return self.locations.setdefault(frame, len(self.locations) + 1)


def encode(kinds: Sequence[Kind], samples: Mapping[Stack, Sequence[int]], *, period: int = 0, nanoseconds: int = 0, began: int = 0) -> bytes:
    """Return a profile: for each stack a value of each kind. `period` is how much of the last kind is between two samples."""
    import gzip

    tables = _Tables()
    parts = [_message(1, _kind(tables, kind)) for kind in kinds]
    for stack, values in samples.items():
        parts.append(_message(2, _packed(1, map(tables.location, stack)) + _packed(2, values)))
    for frame, number in tables.locations.items():
        line = _number(1, tables.functions[frame.function, frame.file]) + _number(2, frame.line)
        parts.append(_message(4, _number(1, number) + _message(4, line)))
    for (name, file), number in tables.functions.items():
        called = tables.text(name)
        parts.append(_message(5, _number(1, number) + _number(2, called) + _number(3, called) + _number(4, tables.text(file))))
    parts += [_number(9, began), _number(10, nanoseconds), _message(11, _kind(tables, kinds[-1])), _number(12, period)]
    parts += [_message(6, text.encode("utf-8", "replace")) for text in tables.texts]
    return gzip.compress(b"".join(parts), mtime=0)


def _kind(tables: _Tables, kind: Kind) -> bytes:
    return _number(1, tables.text(kind.name)) + _number(2, tables.text(kind.unit))


def _number(field: int, value: int) -> bytes:
    return wire.encode_varint(field << 3) + wire.encode_varint(value) if value else b""


def _message(field: int, content: bytes) -> bytes:
    return wire.encode_varint(field << 3 | 2) + wire.encode_varint(len(content)) + content


def _packed(field: int, values: Iterable[int]) -> bytes:
    return _message(field, b"".join(map(wire.encode_varint, values)))
