"""A disk that fails when it is told to: the operating system's files behind a counter."""

import os
import signal
from typing import Any

import apsw


class Disk(apsw.VFS):
    """The operating system's files; from the `fail_at`-th operation on, `failures` operations fail."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.fail_at = 0
        self.failures = 0
        self.error: type[apsw.Error] = apsw.IOError
        super().__init__(name, "")

    def operate(self) -> None:
        """Count an operation, or fail it."""
        self.count += 1
        if self.fail_at and self.fail_at <= self.count < self.fail_at + self.failures:
            self.fail()

    def fail(self) -> None:
        """Refuse an operation."""
        raise self.error("disk I/O error")

    def arm(self, fail_at: int, failures: int, error: type[apsw.Error]) -> None:
        """Count from now on."""
        self.count, self.fail_at, self.failures, self.error = 0, fail_at, failures, error

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return File(self, name, flags)


class File(apsw.VFSFile):
    """A file of a Disk."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.operate()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.operate()
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.operate()
        super().xTruncate(size)


class Killer(Disk):
    """A disk on which an operation, instead of failing, is never begun: the process is killed."""

    def fail(self) -> None:
        """Die as from `kill -9`."""
        os.kill(os.getpid(), signal.SIGKILL)
