"""Lets a command wait for something that the loops bring about, with the clock running."""

import time
from collections.abc import Callable

from minikube_py.cluster.cluster import Cluster
from minikube_py.cluster.settle import Timers

_LONGEST_PAUSE = 1.0  # seconds: other processes may write at any time


def until(cluster: Cluster, done: Callable[[], bool], timeout: float | None = None) -> bool:
    """Settle until `done()`; False where `timeout` seconds have passed first (None: wait for ever)."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        cluster.settle()
        if done():
            return True
        pause = _LONGEST_PAUSE
        due = Timers(cluster.backend).first()
        if due is not None:
            pause = min(pause, max(due - cluster.clock.now(), 0.0) + 0.001)
        if end is not None:
            left = end - time.monotonic()
            if left <= 0:
                return False
            pause = min(pause, left)
        cluster.backend.wait(cluster.backend.revision(), pause)
