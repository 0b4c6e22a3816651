"""What a describer is given beside the object: where to look up others, the time, and what to show."""

from typing import TYPE_CHECKING, NamedTuple

from minikube_py.machinery import durations

if TYPE_CHECKING:
    from minikube_py.client.api import Client


class Context(NamedTuple):
    """One run of `kubectl describe`. `now` is in seconds since the epoch."""

    client: "Client"
    now: float
    show_events: bool = True

    def age(self, timestamp: str | None) -> str:
        """Return how long ago an API timestamp was; `<unknown>` where it is not set."""
        return durations.since(timestamp, self.now)
