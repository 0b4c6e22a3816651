"""Events about objects, correlated as client-go's recorder does: a repeated event counts up instead of being written anew."""

from minikube_py.client.api import Client
from minikube_py.kits.clock import Clock, rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_REMEMBERED = 4096  # as client-go's LRU of the event correlator


class EventRecorder:
    """Writes core/v1 Events under one component's name."""

    def __init__(self, client: Client, component: str, clock: Clock, host: str = "") -> None:
        self._client = client
        self._component = component
        self._clock = clock
        self._host = host
        self._last = 0
        self._seen: dict[tuple[str, ...], Object] = {}

    def event(self, obj: Object, kind: str, reason: str, message: str, *, field_path: str = "", host: str = "") -> None:
        """Record that something happened to `obj`; `kind` is Normal or Warning, `field_path` such as spec.containers{web}."""
        involved = meta.object_reference(obj)
        if field_path:
            involved["fieldPath"] = field_path
        identity = (involved.get("uid", ""), involved.get("namespace", ""), involved["name"], involved["kind"], kind, reason, message, field_path)
        known = self._seen.pop(identity, None)
        try:
            stored = self._again(known) if known is not None else None
            if stored is None:
                stored = self._first(involved, kind, reason, message, host)
        except errors.StatusError:
            return  # as client-go's recorder: what the server rejects (in a namespace that ends, say) is not tried again
        if len(self._seen) >= _REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        self._seen[identity] = stored

    def _first(self, involved: dict[str, str], kind: str, reason: str, message: str, host: str) -> Object:
        stamp = rfc3339(self._clock.now())
        source = {"component": self._component}
        if host or self._host:
            source["host"] = host or self._host
        space = involved.get("namespace") or "default"
        event = {
            "apiVersion": "v1", "kind": "Event", "metadata": {"namespace": space},
            "involvedObject": involved, "reason": reason, "message": message, "type": kind, "source": source,
            "firstTimestamp": stamp, "lastTimestamp": stamp, "count": 1, "eventTime": None,
            "reportingComponent": self._component, "reportingInstance": source.get("host", ""),
        }  # fmt: skip
        while True:
            event["metadata"] = {"name": f"{involved['name']}.{self._serial():x}", "namespace": space}
            try:
                return self._client.create(event)
            except errors.AlreadyExists:
                continue  # somebody recorded in the same nanosecond: the next one is free

    def _serial(self) -> int:
        """Return nanoseconds that never repeat, as client-go names events by their time."""
        self._last = max(self._last + 1, int(self._clock.now() * 1_000_000_000))
        return self._last

    def _again(self, known: Object) -> Object | None:
        metadata = known["metadata"]
        current = self._client.find("events", metadata["name"], metadata["namespace"])
        if current is None:
            return None
        current["count"] = current.get("count", 1) + 1
        current["lastTimestamp"] = rfc3339(self._clock.now())
        return self._client.update(current)
