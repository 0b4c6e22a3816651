"""What discovery said, kept for six hours as kubectl keeps it. It can all be asked again: whatever is wrong with the cache means that it is empty."""

import json
from typing import Any

from minikube_py.client import remotediscovery
from minikube_py.machinery.scheme import Resource

EXPIRY = 6 * 3600.0  # seconds
_KEY = "resources 1"  # the number is that of the form
_SIZE_LIMIT = 64 << 20  # bytes
_LARGEST = 1 << 30  # of a value that stands in the database itself: no file beside it is ever read


class Cache:
    """One server's resources, in a folder of its own that is there already."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def get(self) -> list[Resource] | None:
        """Return what is kept; None where nothing is, or nothing that can be read."""
        import sqlite3

        import diskcache  # noqa: TID253

        try:
            with self._opened() as cache:
                data = cache.get(_KEY)
            return remotediscovery.from_rows(json.loads(data)) if isinstance(data, bytes) else None
        except (OSError, ValueError, RecursionError, sqlite3.Error, diskcache.Timeout):
            return None

    def put(self, resources: list[Resource]) -> None:
        """Keep resources."""
        import sqlite3

        import diskcache  # noqa: TID253

        data = json.dumps(remotediscovery.to_rows(resources), separators=(",", ":")).encode()
        try:
            with self._opened() as cache:
                cache.set(_KEY, data, expire=EXPIRY)
        except (OSError, ValueError, sqlite3.Error, diskcache.Timeout):
            return  # nothing is kept: the next command asks again

    def _opened(self) -> Any:  # a diskcache.Cache, which has no types
        import diskcache  # noqa: TID253

        return diskcache.Cache(self._folder, disk=_plain_disk(), disk_min_file_size=_LARGEST, size_limit=_SIZE_LIMIT, timeout=1)


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
