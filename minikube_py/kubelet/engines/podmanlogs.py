"""Logs of Podman's containers from the file that conmon writes: its API tells times in whole seconds only, and loses the ends of lines.

Each entry is TIME STREAM TAG TEXT; the tag is F for the end of a line, P for a part of one. A file that has reached its size is replaced by an empty one.
"""

import os
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

from minikube_py.kubelet.engines import api, texts, wire

_POLL = 0.05  # seconds between two looks at a file that is followed
_ASK = 5  # looks that find nothing until the engine is asked whether the container still runs


class FileLines:
    """The entries of a log file; with `goes_on`, also those that are written until it answers no. `close` ends them from any thread."""

    def __init__(self, path: str, *, tail: int | None, since: float, goes_on: Callable[[], bool] | None) -> None:
        self._path, self._since, self._goes_on = path, since, goes_on
        self._file = open(path, "rb")  # noqa: SIM115 - closed by close(), or at its end
        self._closed = threading.Event()
        if tail is not None:
            self._file.seek(_start(self._file, tail))
        self._lines = self._read()

    def __iter__(self) -> Iterator[api.LogLine]:
        return self

    def __next__(self) -> api.LogLine:
        for line in self._lines:
            if line.at >= self._since:
                return line
        raise StopIteration

    def close(self) -> None:
        """Read no more."""
        self._closed.set()

    def _read(self) -> Iterator[api.LogLine]:
        rest = b""
        with self._file:
            for data in self._blocks():
                *entries, rest = (rest + data).split(b"\n")
                yield from filter(None, map(_line, entries))

    def _blocks(self) -> Iterator[bytes]:
        idle = 0
        while not self._closed.is_set():
            data = self._file.read(wire.CHUNK)
            if data:
                idle = 0
                yield data
                continue
            if self._goes_on is None:
                return
            if self._replaced():
                continue
            idle += 1
            if idle % _ASK == 0 and not self._goes_on():
                yield self._file.read()  # what was written before it ended
                return
            self._closed.wait(_POLL)

    def _replaced(self) -> bool:
        """Go on with the file that has taken this one's place, if one has."""
        try:
            if os.stat(self._path).st_ino == os.fstat(self._file.fileno()).st_ino:
                return False
            following = open(self._path, "rb")  # noqa: SIM115 - closed as the one before
        except OSError:
            return False  # it was removed with its container
        self._file.close()
        self._file = following
        return True


def _start(file: BinaryIO, tail: int) -> int:
    """Return where the last `tail` entries begin."""
    at = end = file.seek(0, os.SEEK_END)
    data = b""
    while at > 0 and data.count(b"\n") <= tail:
        at = max(at - wire.CHUNK, 0)
        file.seek(at)
        data = file.read(end - at)
    entries = data.split(b"\n")[:-1]
    if tail >= len(entries):
        return 0
    return at + len(data) - len(data.rpartition(b"\n")[2]) - sum(len(entry) + 1 for entry in entries[len(entries) - tail :])


def _line(entry: bytes) -> api.LogLine | None:
    parts = entry.split(b" ", 3)
    if len(parts) < 4:
        return None  # the first entry of a file that was cut
    stamp = parts[0].decode("ascii", "replace").replace("+00:00", "Z")
    return api.LogLine(texts.seconds(stamp), parts[1].decode("ascii", "replace"), parts[3] + (b"" if parts[2].startswith(b"P") else b"\n"), stamp)
