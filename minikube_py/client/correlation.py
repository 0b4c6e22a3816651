"""What becomes of an event that resembles earlier ones, as client-go's EventCorrelator decides (tools/record/events_cache.go).

The same again is counted up. Of ten and more that differ in their message only, all further ones become a single one, "combined from
similar events". And nobody may write about one object without end: 25 at once, then one each five minutes; what is not written is
counted all the same, and shown by the next one that is.
"""

from collections.abc import Iterable
from typing import Any

from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery.meta import Object

COMBINED = "(combined from similar events): "
_SIMILAR = 10  # from so many different messages on, events are combined
_INTERVAL = 600.0  # seconds after which similar events are no longer counted as such
_BURST = 25.0
_REFILL = 300.0  # seconds until one more event may be written

Key = tuple[str, ...]


class History:
    """What one component recorded about one object."""

    __slots__ = ("_counted", "_similar", "_tokens", "_filled")

    def __init__(self, now: float, recorded: Iterable[Object] = ()) -> None:
        """Begin with the events that are stored: another process may have written them."""
        self._counted: dict[Key, Object] = {}
        self._similar: dict[Key, tuple[dict[str, None], float]] = {}  # messages in the order in which they came
        self._filled = now
        spent, since = 0, now
        for event in recorded:
            spent += event.get("count") or 1
            since = min(since, _seconds(event.get("firstTimestamp"), now))
            self._remember(event, _seconds(event.get("lastTimestamp"), now))
        self._tokens = min(max(_BURST - spent + (now - since) / _REFILL, 0.0), _BURST)

    def _remember(self, event: Object, last: float) -> None:
        kind, reason, message = event.get("type", ""), event.get("reason", ""), event.get("message", "")
        if message.startswith(COMBINED):
            self._counted[(kind, reason)] = event
            return
        self._counted[(kind, reason, message, (event.get("involvedObject") or {}).get("fieldPath", ""))] = event
        self._note((kind, reason), message, last)

    def _note(self, similar: Key, message: str, now: float) -> bool:
        """Note one more message; tell whether there are so many that events are combined."""
        messages, last = self._similar.get(similar, ({}, now))
        if now - last > _INTERVAL:
            messages = {}
        messages[message] = None
        self._similar[similar] = (messages, max(last, now))
        if len(messages) < _SIMILAR:
            return False
        del messages[next(iter(messages))]  # client-go drops any; the first, so that a run can be repeated
        return True

    def correlate(self, event: Object, now: float) -> Object:
        """Return the event as it is to be written: with the name, count and begin of the one that it repeats."""
        similar = (event["type"], event["reason"])
        key: Key = (*similar, event["message"], event["involvedObject"].get("fieldPath", ""))
        if self._note(similar, event["message"], now):
            key, event = similar, {**event, "message": COMBINED + event["message"]}
        former = self._counted.get(key)
        if former is not None:
            kept: dict[str, Any] = {field: former.get(field) for field in ("metadata", "firstTimestamp")}
            event = {**event, **kept, "count": (former.get("count") or 1) + 1}
        self._counted[key] = event
        return event

    def may_write(self, now: float) -> bool:
        """Take one of the writes that are left; False where there is none."""
        self._tokens = min(self._tokens + max(now - self._filled, 0.0) / _REFILL, _BURST)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


def _seconds(stamp: str | None, otherwise: float) -> float:
    return parse_rfc3339(stamp) if stamp else otherwise
