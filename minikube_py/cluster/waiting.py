"""Lets a command wait for something that the loops bring about, with the clock running."""

import time
from collections.abc import Callable, Iterator

from minikube_py.client.api import WatchEvent
from minikube_py.cluster.cluster import Cluster
from minikube_py.cluster.timers import Timers

_LONGEST_PAUSE = 1.0  # seconds: other processes may write at any time


def until(cluster: Cluster, done: Callable[[], bool], timeout: float | None = None) -> bool:
    """Settle until `done()`; False where `timeout` seconds have passed first (None: wait for ever)."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        cluster.settle()
        if done():
            return True
        if not _pause(cluster, cluster.backend.revision(), end):
            return False


def follow(cluster: Cluster, after: int, poll: Callable[[int], Iterator[WatchEvent]], timeout: float | None = None) -> Iterator[WatchEvent]:
    """Yield what `poll(revision)` finds after a revision, again and again, with the loops working in between, for `timeout` seconds."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        cluster.settle()
        head = cluster.backend.revision()
        for event in poll(after):
            yield event
            after = max(after, int(event.object.get("metadata", {}).get("resourceVersion") or 0))
        after = max(after, head)  # what was seen and did not match need not be looked at again, nor kept from compaction
        if not _pause(cluster, after, end):
            return


def _pause(cluster: Cluster, after: int, end: float | None) -> bool:
    """Wait until somebody writes or the next timer is due; False where the end has come."""
    pause = _LONGEST_PAUSE
    due = Timers(cluster.backend).first()
    if due is not None:
        pause = min(pause, max(due - cluster.clock.now(), 0.0) + 0.001)
    if end is not None:
        left = end - time.monotonic()
        if left <= 0:
            return False
        pause = min(pause, left)
    cluster.backend.wait(after, pause)
    return True
