"""What a describer is given beside the object: where to look up others, the time, and what to show."""

from typing import TYPE_CHECKING, NamedTuple

from minikube_py.machinery import durations

if TYPE_CHECKING:
    from minikube_py.client.api import Client
    from minikube_py.machinery.meta import Object


class Context(NamedTuple):
    """One run of `kubectl describe`. `now` is in seconds since the epoch."""

    client: "Client"
    now: float
    show_events: bool = True
    chunk_size: int = 500

    def age(self, timestamp: str | None) -> str:
        """Return how long ago an API timestamp was; `<unknown>` where it is not set."""
        return durations.since(timestamp, self.now)

    def items(self, resource: str, namespace: str = "", *, label_selector: str = "", field_selector: str = "",
              index: tuple[str, str] | None = None) -> "list[Object]":  # fmt: skip
        """Return the objects of a list, which is read in chunks."""
        return self.client.items(resource, namespace, label_selector=label_selector, field_selector=field_selector, index=index, limit=self.chunk_size)
