"""What loops keep in the store."""

import json
from typing import Any

from minikube_py.storage.api import Backend


class LoopState:
    """The small values of one loop: client.loops.State over the store."""

    def __init__(self, backend: Backend, loop: str) -> None:
        self._backend = backend
        self._prefix = f"loop/{loop}/"

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        value = self._backend.state_get(self._prefix + key)
        return None if value is None else json.loads(value)

    def put(self, key: str, value: Any) -> None:
        """Store a value."""
        self._backend.state_put(self._prefix + key, json.dumps(value, separators=(",", ":")).encode())

    def delete(self, key: str) -> None:
        """Forget a value."""
        self._backend.state_delete(self._prefix + key)

    def items(self, prefix: str = "") -> list[tuple[str, Any]]:
        """Return all (key, value) whose key starts with `prefix`, in order of the keys."""
        cut = len(self._prefix)
        return [(key[cut:], json.loads(value)) for key, value in self._backend.state_range(self._prefix + prefix)]
