"""What is known of a cluster's containers on an engine, so that the kubelet is answered at once. The engine is asked only for what has changed."""

import contextlib
import threading
from collections.abc import Callable, Iterable

from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtimes import labels
from minikube_py.kubelet.runtimes.labels import Owner

_AT_ONCE = 8


class Cache:
    """All containers and sandboxes of one cluster. `note` is called in whatever thread has looked at a container, with what it was before."""

    def __init__(self, engine: api.Engine, owner: Owner, note: Callable[[api.Container, api.Container | None], None]) -> None:
        self._engine = engine
        self._labels = labels.cluster(owner)
        self._note = note
        self._lock = threading.Lock()
        self._known: dict[str, api.Container] = {}
        self._marks: dict[str, str] = {}
        self._touched: dict[str, int] = {}  # when we last looked at a container of our own accord, or removed it
        self._moment = 0

    def refresh(self) -> list[api.Container]:
        """Look at what has changed since the last time; return those containers, and those that are gone as they were last."""
        with self._lock:
            begun = self._moment
        listed = self._engine.list(self._labels)
        with self._lock:
            changed = [one for one in listed if self._marks.get(one.id) != one.mark]
        found = self.inspected([one.id for one in changed])
        marks = {one.id: one.mark for one in changed}
        present = {one.id for one in listed}
        with self._lock:
            news = []
            for container in found:
                if self._touched.get(container.id, 0) > begun:
                    continue
                self._marks[container.id] = marks[container.id]
                if self._put(container):
                    news.append(container)
            for number in [number for number in self._known if number not in present and self._touched.get(number, 0) <= begun]:
                self._marks.pop(number, None)
                news.append(self._known.pop(number))
            self._touched = {number: moment for number, moment in self._touched.items() if moment > begun}
        return news

    def inspected(self, numbers: Iterable[str]) -> list[api.Container]:
        """Return containers as they are now, without those that are gone."""
        wanted = list(numbers)
        if len(wanted) < 3:
            results = [self._inspect(number) for number in wanted]
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(min(_AT_ONCE, len(wanted))) as pool:
                results = list(pool.map(self._inspect, wanted))
        return [container for container in results if container is not None]

    def _inspect(self, number: str) -> api.Container | None:
        with contextlib.suppress(api.NotFound):
            return self._engine.inspect(number)
        return None

    def _put(self, container: api.Container) -> bool:
        known = self._known.get(container.id)
        if known == container:
            return False
        self._note(container, known)
        self._known[container.id] = container
        return True

    def look(self, number: str) -> api.Container | None:
        """Look at one container that we did something to."""
        with self._lock:
            self._moment += 1
            moment = self._moment
        found = self._inspect(number)
        with self._lock:
            if self._touched.get(number, 0) > moment:
                return self._known.get(number)
            self._touched[number] = moment
            self._marks.pop(number, None)
            if found is None:
                self._known.pop(number, None)
            else:
                self._put(found)
        return found

    def fetch(self, uid: str) -> list[api.Container]:
        """Look at all that a pod has on the engine."""
        wanted = self._labels | {labels.UID: uid}
        found = [one.id for one in self._engine.list(wanted) if wanted.items() <= one.labels.items()]
        for container in self.of_pod(uid):
            if container.id not in found:
                self.look(container.id)
        for number in found:
            self.look(number)
        return self.of_pod(uid)

    def forget(self, number: str) -> None:
        """Forget a container that we have removed."""
        with self._lock:
            self._moment += 1
            self._touched[number] = self._moment
            self._marks.pop(number, None)
            self._known.pop(number, None)

    def all(self) -> list[api.Container]:
        """Return all that is known."""
        with self._lock:
            return list(self._known.values())

    def of_pod(self, uid: str) -> list[api.Container]:
        """Return what is known of a pod, its older containers first."""
        with self._lock:
            found = [container for container in self._known.values() if container.labels.get(labels.UID) == uid]
        return sorted(found, key=attempt)


def attempt(container: api.Container) -> int:
    """Return which attempt a container or sandbox is."""
    text = container.labels.get(labels.ATTEMPT, "")
    return int(text) if text.isdecimal() else -1


def is_sandbox(container: api.Container) -> bool:
    """Tell whether this is a sandbox, not a container in one."""
    return container.labels.get(labels.KIND) == labels.SANDBOX


def is_ours(container: api.Container) -> bool:
    """Tell whether a container that carries our labels is of our making: somebody may have copied or renamed one."""
    return bool(container.name) and labels.container_name(container.labels) == container.name


def sandbox_of(containers: Iterable[api.Container]) -> api.Container | None:
    """Return a pod's sandbox: the last one."""
    return max((one for one in containers if is_sandbox(one)), key=attempt, default=None)


def is_whole(sandbox: api.Container, containers: Iterable[api.Container]) -> bool:
    """Tell whether a sandbox runs, and has been running since the containers in it were started: else they are in no network any more."""
    if sandbox.state not in (api.RUNNING, api.PAUSED):
        return False
    return all(one.started_at >= sandbox.started_at for one in containers if not is_sandbox(one) and one.state in (api.RUNNING, api.PAUSED))
