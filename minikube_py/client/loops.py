"""What a control loop is: it maps events to keys, and reconciles one key at a time. The settle engine drives it.

A loop must be level-triggered: reconcile(key) looks at what is, not at what happened, and may be called again for the same
key at any time (after a crash, all keys whose work was not checkpointed come again).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from minikube_py.kits.clock import Clock
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    import random

    from minikube_py.client.api import Client
    from minikube_py.client.recorder import EventRecorder

VOLUME_DRIVER = "engine.kctl.dev"  # of PersistentVolumes that are volumes of a container engine: one loop makes them, another mounts them


class Change:
    """One event of the log, as a loop sees it: ADDED, MODIFIED or DELETED. Shared by all loops: do not change the objects.

    `object` is the object after the change (for DELETED: as it was last), `old` as it was before (None for ADDED).
    """

    __slots__ = ("type", "_object", "_old", "revision")

    def __init__(self, type: str, object: Object | Callable[[], Object], old: Object | None | Callable[[], Object], revision: int) -> None:  # noqa: A002
        self.type = type
        self._object = object
        self._old = old
        self.revision = revision

    @property
    def object(self) -> Object:
        """Return the object; it is read from its bytes when first asked for."""
        if callable(self._object):
            self._object = self._object()
        return self._object

    @property
    def old(self) -> Object | None:
        """Return the object as it was before the change; None for ADDED."""
        if callable(self._old):
            self._old = self._old()
        return self._old


class State(Protocol):
    """Small JSON values that a loop keeps in the store, written in one transaction with what it writes through the API."""

    def get(self, key: str) -> Any:
        """Return the value, or None."""

    def put(self, key: str, value: Any) -> None:
        """Store a value."""

    def delete(self, key: str) -> None:
        """Forget a value."""

    def items(self, prefix: str = "") -> list[tuple[str, Any]]:
        """Return all (key, value) whose key starts with `prefix`, in order of the keys."""


class Outside(Protocol):
    """What a loop does outside of the store, and what happens there by itself: containers of an engine."""

    def look(self) -> Iterable[str]:
        """Return the keys that have to come (again) because of it. Asked when a settle begins, and when nothing else is left."""

    def has_news(self) -> bool:
        """Tell, quickly, whether look() may find something."""

    def is_busy(self) -> bool:
        """Tell whether something goes on there that has been begun here."""

    def wait(self, seconds: float) -> None:
        """Wait for some of that to come to an end, at most so long."""

    def stored(self) -> None:
        """Be told that what the loops have written so far is stored, and will be there after a kill."""


class LoopContext(NamedTuple):
    """What a loop is given: no ambient clock, randomness or identity.

    `client` acts as the loop's own user; `client_for(user, groups)` as another (the kubelet's nodes).
    """

    client: "Client"
    client_for: "Callable[[str, tuple[str, ...]], Client]"
    recorder: "EventRecorder"
    clock: Clock
    rng: "random.Random"
    state: State
    config: Mapping[str, Any]


class Loop:
    """One control loop. Subclass, name it, say what it watches, and reconcile."""

    name = ""  # deployment-controller: also its state's prefix and its checkpoint's name
    user = ""  # system:serviceaccount:kube-system:deployment-controller
    groups: tuple[str, ...] = ()  # beside system:authenticated and a service account's own
    manager = "kube-controller-manager"  # under which managedFields note its writes
    component = ""  # the source of its events; its name where empty
    outside: Outside | None = None

    def __init__(self, context: LoopContext) -> None:
        self.client = context.client
        self.recorder = context.recorder
        self.clock = context.clock
        self.rng = context.rng
        self.state = context.state
        self.context = context

    def watches(self) -> Mapping[str, Callable[[Change], Iterable[str]]]:
        """Return, for each resource (`pods`, `deployments.apps`), a function from a change to the keys that it concerns."""
        return {}

    def reconcile(self, key: str) -> float | None:
        """Bring one key nearer to what it should be.

        Return seconds after which the key is to come again without any event (a timer, kept over restarts; a later return
        replaces it), or None. A StatusError of conflict or not-found means "look again"; other errors are retried with back-off.
        """
        raise TypeError(f"{type(self).__name__} lacks reconcile")

    def order(self, keys: list[str]) -> list[str]:
        """Return the keys in the order in which they are to be reconciled; the scheduler sorts by priority."""
        return keys

    def flush(self) -> None:
        """Put what is kept in memory into `state`: called before each checkpoint."""


def object_key(change: Change) -> tuple[str]:
    """Map a change to the key of its object: the usual handler of the kind that a loop reconciles."""
    metadata = change.object["metadata"]
    space = metadata.get("namespace")
    return (f"{space}/{metadata['name']}" if space else metadata["name"],)


def controller_key(kind: str) -> Callable[[Change], Iterable[str]]:
    """Return a handler that maps an object to the key of its controller, where that is of `kind`."""

    def handler(change: Change) -> Iterable[str]:
        keys = []
        for obj in (change.object, change.old):
            for owner in (obj or {}).get("metadata", {}).get("ownerReferences") or ():
                if owner.get("controller") and owner.get("kind") == kind:
                    key = f"{change.object['metadata']['namespace']}/{owner['name']}"
                    if key not in keys:
                        keys.append(key)
        return keys

    return handler
