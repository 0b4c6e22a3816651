"""What discovery said, kept for six hours as kubectl keeps it. It can all be asked again: whatever is wrong with the file means that nothing is kept."""

import json
import os
import time

from minikube_py.client import remotediscovery
from minikube_py.machinery.scheme import Resource

EXPIRY = 6 * 3600.0  # seconds
_FORM = 1  # of what is in the file
_LARGEST = 64 << 20  # bytes


class Cache:
    """One server's resources, in a folder of its own that is there already."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, "resources.json")

    def get(self) -> list[Resource] | None:
        """Return what is kept; None where nothing is, or nothing that can be read."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                kept = json.loads(file.read(_LARGEST))
            if type(kept) is not dict or kept["form"] != _FORM or not 0 <= kept["until"] - time.time() <= EXPIRY:
                return None
            return remotediscovery.from_rows(kept["rows"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def put(self, resources: list[Resource]) -> None:
        """Keep resources."""
        kept = {"form": _FORM, "until": time.time() + EXPIRY, "rows": remotediscovery.to_rows(resources)}
        temporary = f"{self._path}.{os.getpid()}"
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(kept, file, separators=(",", ":"))
            os.replace(temporary, self._path)
        except OSError:
            return  # nothing is kept: the next command asks again
