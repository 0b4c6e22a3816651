"""Bytes that can be had again, kept on the disk for a while (diskcache): whatever is wrong with such a cache means that it is empty."""

from typing import Any

_SIZE_LIMIT = 64 << 20  # bytes; what was kept first goes first
_LARGEST = 1 << 30  # of a value that stands in the database itself: no file beside it is ever read


class BytesCache:
    """One folder of keys and bytes, each kept for `expiry` seconds. Nothing in it is ever unpickled."""

    def __init__(self, folder: str, expiry: float) -> None:
        self._folder = folder
        self._expiry = expiry

    def get(self, key: str) -> bytes | None:
        """Return what is kept; None where nothing is, or nothing that can be read."""
        try:
            with self._opened() as cache:
                data = cache.get(key)
        except _failures():
            return None
        return data if isinstance(data, bytes) else None

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes, or nothing where the folder cannot be written: then the next command asks again."""
        try:
            with self._opened() as cache:
                cache.set(key, data, expire=self._expiry)
        except _failures():
            return

    def _opened(self) -> Any:  # a diskcache.Cache, which has no types
        import os

        import diskcache  # noqa: TID253

        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        return diskcache.Cache(self._folder, disk=_plain_disk(), disk_min_file_size=_LARGEST, size_limit=_SIZE_LIMIT, timeout=1)


def _failures() -> tuple[type[Exception], ...]:
    """Return what a spoilt database makes diskcache raise; LookupError and TypeError where its table of settings says something else."""
    import sqlite3

    import diskcache  # noqa: TID253

    return (OSError, ValueError, LookupError, TypeError, sqlite3.Error, diskcache.Timeout)


def _plain_disk() -> Any:
    """Return a diskcache.Disk that reads bytes only. Its own would unpickle whatever a row says is a pickle (CVE-2025-69872)."""
    import diskcache  # noqa: TID253
    from diskcache.core import MODE_RAW  # noqa: TID253

    class PlainDisk(diskcache.Disk):  # type: ignore[misc]
        def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> bytes:
            if mode != MODE_RAW or filename is not None or not isinstance(value, bytes):
                raise ValueError("this is no entry of kctl")
            return value

        def remove(self, file_path: str) -> None:
            """Remove nothing: there are no files."""

    return PlainDisk
