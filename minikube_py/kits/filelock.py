"""A lock between processes: a file or folder that one of them holds with flock. The kernel frees it when the holder dies."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PAUSE = 0.01  # seconds
_WITHOUT = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOTSUP)  # what file systems say that cannot lock a folder


@contextmanager
def hold(path: str, timeout: float) -> Iterator[None]:
    """Hold the lock at `path` within the block; TimeoutError where others hold it for `timeout` seconds."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path, timeout)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def hold_folder(path: str, timeout: float) -> Iterator[None]:
    """Hold a folder itself within the block, beside whose files none for a lock may lie; where that cannot be done the block runs without."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # who may not read it, or make a file there, hears of it from what the block does
        yield
        return
    try:
        try:
            _acquire(descriptor, path, timeout)
        except TimeoutError:
            raise
        except OSError as error:
            if error.errno not in _WITHOUT:
                raise
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: str, timeout: float) -> None:
    end = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock", path) from None
            time.sleep(_PAUSE)
        else:
            return
