"""Events about objects, correlated as client-go's recorder does: a repeated event counts up instead of being written anew."""

from minikube_py.client.api import Client
from minikube_py.client.correlation import History
from minikube_py.kits.clock import Clock, rfc3339
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_REMEMBERED = 4096  # as client-go's LRU of the event correlator


class EventRecorder:
    """Writes core/v1 Events under one component's name. `memory` is a client that may list them: it knows what the last process recorded."""

    def __init__(self, client: Client, component: str, clock: Clock, host: str = "", memory: Client | None = None) -> None:
        self._client = client
        self._memory = memory
        self._component = component
        self._clock = clock
        self._host = host
        self._last = 0
        self._histories: dict[tuple[str, ...], History] = {}

    def event(self, obj: Object, kind: str, reason: str, message: str, *, field_path: str = "", host: str = "") -> None:
        """Record that something happened to `obj`; `kind` is Normal or Warning, `field_path` such as spec.containers{web}."""
        involved = meta.object_reference(obj)
        if field_path:
            involved["fieldPath"] = field_path
        try:
            history, now = self._history(obj, involved, host or self._host), self._clock.now()
            event = history.correlate(self._new(involved, kind, reason, message, host or self._host), now)
            if history.may_write(now):
                self._write(event)
        except errors.StatusError:
            return  # as client-go's recorder: what the server rejects (in a namespace that ends, say) is not tried again

    def _history(self, obj: Object, involved: dict[str, str], host: str) -> History:
        """Return what is known of the object; what other processes have recorded is read once."""
        identity = (host, involved.get("uid", ""), involved.get("namespace", ""), involved["name"], involved["kind"])
        found = self._histories.pop(identity, None)
        if found is None:
            if len(self._histories) >= _REMEMBERED:
                self._histories.pop(next(iter(self._histories)))
            found = History(self._clock.now(), self._recorded(obj, involved, host))
        self._histories[identity] = found
        return found

    def _recorded(self, obj: Object, involved: dict[str, str], host: str) -> list[Object]:
        uid, made = involved.get("uid"), obj["metadata"].get("creationTimestamp")
        if self._memory is None or not uid or made == rfc3339(self._clock.now()):
            return []  # what was made this second is too young for others to have recorded anything about it
        source = {"component": self._component, **({"host": host} if host else {})}
        events = self._memory.items("events", involved.get("namespace") or "default", index=("involved", uid))
        return [event for event in events if event.get("source") == source]

    def _new(self, involved: dict[str, str], kind: str, reason: str, message: str, host: str) -> Object:
        stamp = rfc3339(self._clock.now())
        space = involved.get("namespace") or "default"
        return {
            "apiVersion": "v1", "kind": "Event", "metadata": {"namespace": space},
            "involvedObject": involved, "reason": reason, "message": message, "type": kind,
            "source": {"component": self._component, **({"host": host} if host else {})},
            "firstTimestamp": stamp, "lastTimestamp": stamp, "count": 1, "eventTime": None,
            "reportingComponent": self._component, "reportingInstance": host,
        }  # fmt: skip

    def _write(self, event: Object) -> None:
        """Store an event; its metadata, which History keeps, gets the name under which it is found again."""
        metadata = event["metadata"]
        if "name" in metadata and self._again(event):
            return
        while True:
            metadata["name"] = f"{event['involvedObject']['name']}.{self._serial():x}"
            try:
                self._client.create({**event, "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]}})
            except errors.AlreadyExists:
                continue  # somebody recorded in the same nanosecond: the next one is free
            return

    def _serial(self) -> int:
        """Return nanoseconds that never repeat, as client-go names events by their time."""
        self._last = max(self._last + 1, int(self._clock.now() * 1_000_000_000))
        return self._last

    def _again(self, event: Object) -> bool:
        """Count up an event that is stored; False where it is there no more."""
        metadata = event["metadata"]
        current = self._client.find("events", metadata["name"], metadata["namespace"])
        if current is None:
            return False
        counted = {field: event[field] for field in ("count", "lastTimestamp", "message")}
        self._client.update({**current, **counted})
        return True
