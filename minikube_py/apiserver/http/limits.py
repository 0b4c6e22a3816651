"""How many requests may be under way at once, and for how long (kube-apiserver's max-in-flight filter and timeouts)."""

from collections.abc import Iterator
from contextlib import contextmanager

from minikube_py.apiserver.http.metrics import Metrics
from minikube_py.machinery import errors

READ_ONLY, MUTATING = 400, 200  # --max-requests-inflight, --max-mutating-requests-inflight
SECONDS = 60.0  # --request-timeout
_WAITING = 4  # as many may wait for each one that is under way: bursts of clients are served, floods are not


class Limits:
    """Counts what is under way; beyond the limits and their queues, TooManyRequests."""

    def __init__(self, metrics: Metrics, *, read_only: int = READ_ONLY, mutating: int = MUTATING) -> None:
        self._metrics = metrics
        self._limits = {"readOnly": read_only * _WAITING, "mutating": mutating * _WAITING}

    def refusal(self, *, mutating: bool) -> errors.TooManyRequests | None:
        """Return why one more request is too much; None where it is not."""
        kind = _kind(mutating)
        if self._metrics.in_flight[kind] < self._limits[kind]:
            return None
        self._metrics.rejected(kind)
        return errors.TooManyRequests("Too many requests, please try again later.", details={"retryAfterSeconds": 1})

    @contextmanager
    def one_more(self, *, mutating: bool) -> Iterator[None]:
        """Count one request while the block lasts."""
        kind, under_way = _kind(mutating), self._metrics.in_flight
        under_way[kind] += 1
        try:
            yield
        finally:
            under_way[kind] -= 1


def _kind(mutating: bool) -> str:
    return "mutating" if mutating else "readOnly"
