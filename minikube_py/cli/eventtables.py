"""The table of `kctl events` (kubectl pkg/cmd/events/event_printer.go)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from minikube_py.machinery import durations, meta
from minikube_py.machinery.meta import Object
from minikube_py.printers import text
from minikube_py.printers.tabwriter import TabWriter

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory


class Table:
    """Writes events below headers, which come once."""

    def __init__(self, factory: "Factory", *, no_headers: bool, with_namespace: bool) -> None:
        self._factory = factory
        self._writer = TabWriter(factory.streams.out)
        self._headers = not no_headers
        self._with_namespace = with_namespace

    def write(self, events: Iterable[Object]) -> None:
        """Write events, each on a line."""
        if self._headers:
            self._headers = False
            self._line("NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")
        now = self._factory.clock.now()
        for event in events:
            about = event.get("involvedObject") or {}
            cells = [event.get("type"), event.get("reason"), f"{about.get('kind') or ''}/{about.get('name') or ''}", (event.get("message") or "").strip()]
            self._line(meta.namespace(event), _seen(event, now), *(text.escape(cell or "") for cell in cells))
        self._writer.flush()

    def _line(self, namespace: str, *cells: str) -> None:
        self._writer.write("\t".join([namespace, *cells] if self._with_namespace else cells) + "\n")


def _seen(event: Object, now: float) -> str:
    """Return when an event was seen: 5s, or 5s (x3 over 2m)."""
    first = durations.since(event.get("eventTime") or event.get("firstTimestamp"), now)
    series = event.get("series")
    if series:
        return f"{durations.since(series.get('lastObservedTime'), now)} (x{series.get('count') or 0} over {first})"
    count = event.get("count") or 0
    return f"{durations.since(event.get('lastTimestamp'), now)} (x{count} over {first})" if count > 1 else first
