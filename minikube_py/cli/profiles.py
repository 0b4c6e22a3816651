"""--profile: what the command spends its time on, or its memory, for `go tool pprof` (kubectl pkg/cmd/profiling.go)."""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from minikube_py.cli import pprof
from minikube_py.cli.pprof import Frame, Kind, Stack
from minikube_py.machinery.errors import KctlError

_PERIOD = 0.01  # seconds of processor time between two samples, as Go's profiler
_DEEPEST = 64  # frames of an allocation
_NANO = 1_000_000_000


@contextmanager
def started(name: str, path: str) -> Iterator[None]:
    """Measure while the block lasts; KctlError where there is no such profile, or its file cannot be written."""
    kinds = {"cpu": _Processor, "heap": _Heap, "goroutine": _Threads, "threadcreate": _Threads, "block": Profile, "mutex": Profile}
    if name not in kinds:
        raise KctlError(f"unknown profile '{name}'")
    profile = kinds[name](name, path)
    profile.begin()
    try:
        yield
    except BaseException:
        profile.give_up()
        raise
    profile.end()


class Profile:
    """One measurement. By itself it is that of waiting for others: threads of Python wait for one lock only, which nobody counts."""

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self._path = path
        self._began = time.time()

    def begin(self) -> None:
        """Begin to measure."""

    def end(self) -> None:
        """Write down what was measured."""
        self.write(self.content())

    def give_up(self) -> None:
        """Stop measuring: the command has failed."""

    def content(self) -> bytes:
        """Return the profile."""
        return pprof.encode([Kind("contentions", "count"), Kind("delay", "nanoseconds")], {}, period=1, began=int(self._began * _NANO))

    def write(self, content: bytes) -> None:
        """Write the file, with the words of Go's os.Create where that cannot be done."""
        try:
            with open(self._path, "wb") as file:
                file.write(content)
        except OSError as error:
            raise KctlError(f"open {self._path}: {os.strerror(error.errno or 0).lower()}") from error


class _Processor(Profile):
    """Looks at the main thread each hundredth of a second that it works."""

    def begin(self) -> None:
        """Make the file, and set the clock."""
        import signal

        self.write(b"")
        self._seen: Counter[Stack] = Counter()
        self._before: Any = signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _PERIOD, _PERIOD)

    def _look(self, number: int, frame: FrameType | None) -> None:
        self._seen[_stack(frame)] += 1

    def give_up(self) -> None:
        """Stop the clock; what has been seen is written, as the file is there already."""
        self.end()

    def content(self) -> bytes:
        """Stop the clock, and return what was seen."""
        import signal

        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, self._before or signal.SIG_DFL)
        nano = int(_PERIOD * _NANO)
        samples = {stack: (count, count * nano) for stack, count in self._seen.items()}
        return pprof.encode([Kind("samples", "count"), Kind("cpu", "nanoseconds")], samples, period=nano, began=int(self._began * _NANO),
                            nanoseconds=int((time.time() - self._began) * _NANO))  # fmt: skip


class _Heap(Profile):
    """Notes what memory is in use at the end, and where it was asked for."""

    def begin(self) -> None:
        """Begin to note."""
        import tracemalloc

        tracemalloc.start(_DEEPEST)

    def give_up(self) -> None:
        """Note no more."""
        import tracemalloc

        tracemalloc.stop()

    def content(self) -> bytes:
        """Return what is in use."""
        import gc
        import tracemalloc

        gc.collect()
        found = tracemalloc.take_snapshot().statistics("traceback")
        tracemalloc.stop()
        samples = {tuple(Frame("", one.filename, one.lineno) for one in reversed(each.traceback)): (each.count, each.size) for each in found}
        return pprof.encode([Kind("inuse_objects", "count"), Kind("inuse_space", "bytes")], samples, period=1, began=int(self._began * _NANO))


class _Threads(Profile):
    """Where each thread is at the end."""

    def content(self) -> bytes:
        """Return the threads there are."""
        seen = Counter(_stack(frame) for frame in sys._current_frames().values())
        return pprof.encode([Kind(self.name, "count")], {stack: (count,) for stack, count in seen.items()}, period=1, began=int(self._began * _NANO))


def _stack(frame: FrameType | None) -> Stack:
    found = []
    while frame is not None:
        found.append(Frame(frame.f_code.co_qualname, frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return tuple(found)
