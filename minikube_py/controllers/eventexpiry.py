"""Events live for an hour after they were last written, as in the store of a kube-apiserver (--event-ttl).

Kept cheap: no timer for each event, one for each ten minutes of them.
"""

from collections.abc import Callable, Iterable, Mapping

from minikube_py.client.loops import Change, Loop
from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

TTL = 3600.0
_BUCKET = 600.0


class EventExpiry(Loop):
    """Keys are numbers of buckets of time."""

    name = "event-expiry"
    user = "system:apiserver"
    groups = ("system:masters",)
    manager = "kube-apiserver"

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return what starts a bucket: any event. The object is not even read."""
        return {"events": self._changed}

    def _changed(self, change: Change) -> Iterable[str]:
        return (str(int((self.clock.now() + TTL) // _BUCKET) + 1),) if change.type != "DELETED" else ()

    def reconcile(self, key: str) -> float | None:
        """Delete what is too old, once the bucket's time has come."""
        now = self.clock.now()
        due = int(key) * _BUCKET
        if now < due:
            return due - now
        for event in self.client.items("events"):
            if last_written(event) + TTL <= now:
                self._delete(event)
        return None

    def _delete(self, event: Object) -> None:
        try:
            self.client.delete("events", meta.name(event), meta.namespace(event), uid=meta.uid(event))
        except (errors.NotFound, errors.Conflict):
            return


def last_written(event: Object) -> float:
    """Return when an event was last counted up, in seconds since the epoch."""
    series = event.get("series") or {}
    times = (event.get("lastTimestamp"), event.get("eventTime"), series.get("lastObservedTime"), event["metadata"]["creationTimestamp"])
    return max(parse_rfc3339(time) for time in times if time)
