"""What discovery said, kept for six hours as kubectl keeps it."""

import json

from minikube_py.client import remotediscovery
from minikube_py.kits.bytescache import BytesCache
from minikube_py.machinery.scheme import Resource

EXPIRY = 6 * 3600.0  # seconds
_KEY = "resources 1"  # the number is that of the form


class Cache:
    """One server's resources, in a folder of its own."""

    def __init__(self, folder: str) -> None:
        self._kept = BytesCache(folder, EXPIRY)

    def get(self) -> list[Resource] | None:
        """Return what is kept; None where nothing is, or nothing that can be read."""
        data = self._kept.get(_KEY)
        try:
            return remotediscovery.from_rows(json.loads(data)) if data is not None else None
        except (ValueError, RecursionError):
            return None

    def put(self, resources: list[Resource]) -> None:
        """Keep resources."""
        self._kept.put(_KEY, json.dumps(remotediscovery.to_rows(resources), separators=(",", ":")).encode())
