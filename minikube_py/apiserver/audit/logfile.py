"""The file that events go to: a line each, for its owner only, of bounded size. Several processes may write to one."""

import fcntl
import os
import threading

_MODE = 0o600


class LogFile:
    """Appends lines; past `max_bytes` the file becomes FILE.1, FILE.1 becomes FILE.2 ... and what was FILE.<backups> is gone."""

    def __init__(self, path: str, *, max_bytes: int = 100 << 20, backups: int = 10) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._backups = backups
        self._descriptor = -1
        self._lock = threading.Lock()

    def open(self) -> None:
        """Open the file, which is there afterwards; OSError where it cannot be written."""
        with self._lock:
            self._hold()
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def write(self, line: bytes) -> None:
        """Append a line, or nothing; OSError where that cannot be done."""
        with self._lock:
            self._hold()
            try:
                size = os.fstat(self._descriptor).st_size
                if size and size + len(line) + 1 > self._max_bytes:
                    self._rotate()
                    self._hold()
                    size = 0
                self._append(line + b"\n", size)
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _hold(self) -> None:
        """Lock the file that has the path now: another process may have moved the one that is open here."""
        while True:
            if self._descriptor < 0:
                self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
                os.fchmod(self._descriptor, _MODE)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            if self._is_current():
                return
            self._close()

    def _is_current(self) -> bool:
        try:
            there = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._descriptor))

    def _rotate(self) -> None:
        for number in range(self._backups - 1, 0, -1):
            if os.path.exists(f"{self.path}.{number}"):
                os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")
        if self._backups:
            os.replace(self.path, f"{self.path}.1")
        else:
            os.unlink(self.path)

    def _append(self, data: bytes, size: int) -> None:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            os.ftruncate(self._descriptor, size)  # no half a line for the next one to follow
            raise
