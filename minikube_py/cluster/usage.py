"""What the containers of an engine use: two looks, a moment apart, tell how busy their processors are."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from minikube_py.apiserver.handlers.metrics import Usage
from minikube_py.kubelet.runtime import ContainerStats, Engine, engine_of
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cluster.cluster import Cluster

_APART = 0.5  # seconds between the two looks
_FRESH = 5.0  # seconds for which what was seen is told again
_AT_ONCE = 16
Seen = Mapping[str, Mapping[str, ContainerStats]]


class Sampler:
    """Looks at the containers of one cluster when somebody asks."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster
        self._known: dict[str, dict[str, Usage]] = {}
        self._at = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def look(self, *, wait: bool) -> Mapping[str, Mapping[str, Usage]]:
        """Return what is used by container and pod; without `wait` what was seen last, while another thread looks anew."""
        runtime = engine_of(getattr(self._cluster.loop("kubelet"), "runtime", None))
        if runtime is None:
            return {}
        with self._lock:
            is_fresh = time.monotonic() - self._at < _FRESH and bool(self._at)
            if not is_fresh and self._thread is None:
                self._thread = threading.Thread(target=self._sample, args=(runtime, runtime.list_pod_sandboxes()), name="usage", daemon=True)
                self._thread.start()
            thread = self._thread
        if wait and not is_fresh and thread is not None:
            thread.join()
        return self._known

    def _sample(self, runtime: Engine, uids: list[str]) -> None:
        try:
            before = _seen(runtime, uids)
            time.sleep(_APART)
            found = {uid: _used(before.get(uid) or {}, now) for uid, now in _seen(runtime, uids).items()}
            with self._lock:
                self._known, self._at = found, time.monotonic()
        finally:
            self._thread = None


def _seen(runtime: Engine, uids: list[str]) -> Seen:
    def one(uid: str) -> Mapping[str, ContainerStats]:
        try:
            return runtime.stats(uid)
        except KctlError:  # it is gone by now
            return {}

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(uids, pool.map(one, uids), strict=True))


def _used(before: Mapping[str, ContainerStats], now: Mapping[str, ContainerStats]) -> dict[str, Usage]:
    found = {}
    for name, stats in now.items():
        former = before.get(name)
        if former is not None and stats.at > former.at:
            found[name] = Usage(max(round((stats.cpu_ns - former.cpu_ns) / (stats.at - former.at)), 0), stats.memory)
    return found
