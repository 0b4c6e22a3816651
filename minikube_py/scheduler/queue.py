"""Pods that wait for a node: who is next, who backs off, and which events wake those that found none.

A pod that was never tried is only in memory (the settle engine keeps its key); one that was refused is kept in the loop's
state under `queue/<key>`, with the plugins that refused it, so that a later process knows what can help it.
"""

from collections.abc import Iterable
from typing import Any

from minikube_py.client.loops import State
from minikube_py.machinery.meta import Object

ACTIVE = "active"
UNSCHEDULABLE = "unschedulable"
GATED = "gated"
WAITING = "waiting"  # has a node, but Permit or PreBind wants to wait

INITIAL_BACKOFF = 1.0
MAX_BACKOFF = 10.0
# A plugin that keeps failing is asked less and less; kube-scheduler's longest stay among the unschedulable.
MAX_ERROR_BACKOFF = 300.0


class QueuedPod:
    """One pending pod. `pod` is the object as last seen, None where only the record is known.

    `node` is where a waiting pod is held, or which node preemption nominated.
    """

    __slots__ = ("key", "uid", "pod", "place", "timestamp", "attempts", "rejectors", "due", "node", "deadline", "held")

    def __init__(self, key: str, uid: str, pod: Object | None, timestamp: float) -> None:
        self.key = key
        self.uid = uid
        self.pod = pod
        self.place = ACTIVE
        self.timestamp = timestamp
        self.attempts = 0
        self.rejectors: list[str] = []
        self.due = 0.0
        self.node = ""
        self.deadline = 0.0
        self.held: list[Any] = []  # point, timeout and plugins of binding.Held

    def record(self) -> list[Any]:
        """Return what is kept."""
        return [self.uid, self.place, self.timestamp, self.attempts, self.rejectors, self.due, self.node, self.deadline, self.held]

    @classmethod
    def from_record(cls, key: str, record: list[Any]) -> "QueuedPod":
        """Return what record() wrote."""
        queued = cls(key, record[0], None, record[2])
        _, queued.place, _, queued.attempts, queued.rejectors, queued.due, queued.node, queued.deadline, queued.held = record
        return queued


class SchedulingQueue:
    """All pending pods of one scheduler."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._pods: dict[str, QueuedPod] = {}
        self._dirty: set[str] = set()
        self._kept: set[str] = set()
        self._loaded = False
        self._asleep: dict[str, None] = {}

    def get(self, key: str) -> QueuedPod | None:
        """Return a pending pod, or None."""
        self._load()
        return self._pods.get(key)

    def add(self, key: str, pod: Object, now: float) -> QueuedPod:
        """Take in a new pod, or the newer object of a known one."""
        self._load()
        uid = pod["metadata"].get("uid", "")
        known = self._pods.get(key)
        if known is not None and known.uid == uid:
            known.pod = pod
            return known
        queued = self._pods[key] = QueuedPod(key, uid, pod, now)
        self._moved(queued)
        return queued

    def forget(self, key: str) -> QueuedPod | None:
        """Drop a pod: bound, deleted, or not ours."""
        self._load()
        queued = self._pods.pop(key, None)
        if queued is not None:
            self._asleep.pop(key, None)
            self._dirty.add(key)
        return queued

    def refused(self, queued: QueuedPod, rejectors: Iterable[str], now: float, nominated: str | None = None) -> None:
        """Put a pod aside until an event may help it; `nominated` is the node that preemption made room on (None: as before)."""
        if nominated is not None or queued.place == WAITING:
            queued.node = nominated or ""
        queued.rejectors = sorted(set(rejectors))
        queued.place = UNSCHEDULABLE
        queued.due = now + backoff(queued.attempts)
        self._moved(queued)

    def withdraw(self, queued: QueuedPod) -> None:
        """Forget the node that was nominated for a pod."""
        queued.node = ""
        self._dirty.add(queued.key)

    def failed(self, queued: QueuedPod, now: float) -> float:
        """Put a pod back after an error; return the seconds until it is tried again."""
        if queued.place == WAITING:
            queued.node = ""
        delay = backoff(queued.attempts, MAX_ERROR_BACKOFF)
        queued.rejectors = []
        queued.place = ACTIVE
        queued.due = now + delay
        self._moved(queued)
        return delay

    def gate(self, queued: QueuedPod, plugin: str) -> None:
        """Hold a pod that a PreEnqueue plugin does not let in."""
        queued.place = GATED
        queued.rejectors = [plugin]
        self._moved(queued)

    def wait(self, queued: QueuedPod, node: str, deadline: float, held: list[Any]) -> None:
        """Keep a pod that has its node until plugins let it be bound."""
        queued.place = WAITING
        queued.node, queued.deadline, queued.held = node, deadline, held
        self._moved(queued)

    def wake(self, queued: QueuedPod) -> str:
        """Let a pod be tried again, once its back-off is over; return its key."""
        if queued.place == GATED:
            queued.due = 0.0
        if queued.place != WAITING:
            queued.place = ACTIVE
        self._moved(queued)
        return queued.key

    def nominated(self) -> list[QueuedPod]:
        """Return the pods that a node is nominated for."""
        self._load()
        return [queued for queued in self._pods.values() if queued.node and queued.place != WAITING]

    def asleep(self) -> list[QueuedPod]:
        """Return the pods that only an event can wake."""
        self._load()
        return [self._pods[key] for key in self._asleep]

    def flush(self) -> None:
        """Write what changed: records of pods that were tried and found no node."""
        for key in sorted(self._dirty):
            queued = self._pods.get(key)
            if queued is not None and (queued.attempts or queued.place != ACTIVE):
                self._state.put(f"queue/{key}", queued.record())
                self._kept.add(key)
            elif key in self._kept:
                self._state.delete(f"queue/{key}")
                self._kept.discard(key)
        self._dirty.clear()

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for name, record in self._state.items("queue/"):
            key = name[len("queue/") :]
            self._pods[key] = QueuedPod.from_record(key, record)
            self._kept.add(key)
            if self._pods[key].place != ACTIVE:
                self._asleep[key] = None

    def _moved(self, queued: QueuedPod) -> None:
        self._dirty.add(queued.key)
        if queued.place != ACTIVE:
            self._asleep[queued.key] = None
        else:
            self._asleep.pop(queued.key, None)


def backoff(attempts: int, longest: float = MAX_BACKOFF) -> float:
    """Return the seconds of back-off after so many attempts: 1, 2, 4, 8, 10."""
    return min(INITIAL_BACKOFF * 2.0 ** max(min(attempts, 30) - 1, 0), longest)
