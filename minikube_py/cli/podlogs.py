"""Which containers' logs are meant by a pod, a list of pods, or something that has pods (kubectl polymorphichelpers/logsforobject.go)."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TextIO

from minikube_py.kits.clock import parse_rfc3339
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.api import WatchEvent
    from minikube_py.client.rest import RestClient

DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_AHEAD = 1000  # lines that wait to be printed
_PHASES = {"Running": 0, "Unknown": 1, "Pending": 2}
_SELECTED_BY_LABELS = ("Service", "ReplicationController")
_WITH_PODS = ("ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", *_SELECTED_BY_LABELS)


class Source(NamedTuple):
    """One container's log."""

    pod: Object
    container: str


class Together:
    """Several logs at once, each read by a thread of its own, as each of them may wait for its next line."""

    def __init__(self) -> None:
        import queue

        self._queue: queue.Queue[tuple[str, Exception | None] | None] = queue.Queue(_AHEAD)
        self._running = 0
        self._over = False

    def __enter__(self) -> "Together":
        return self

    def __exit__(self, *what: object) -> None:
        self._over = True

    def add(self, prefix: str, lines: Iterator[str]) -> None:
        """Read a log as well."""
        import threading

        def read() -> None:
            try:
                for line in lines:
                    if self._over:
                        return
                    self._queue.put((prefix + line, None))
            except Exception as error:  # it is raised where the lines are taken
                self._queue.put(("", error))
            finally:
                if not self._over:
                    self._queue.put(None)

        self._running += 1
        threading.Thread(target=read, daemon=True).start()  # it may wait for a line that never comes

    def lines(self) -> Iterator[tuple[str, Exception | None]]:
        """Yield lines of whichever log has any, and what went wrong with a log."""
        while self._running:
            item = self._queue.get()
            if item is None:
                self._running -= 1
            else:
                yield item


def write(out: TextIO, text: str) -> None:
    """Print a line of a log at once, and as the bytes that it is made of."""
    out.flush()
    buffer = getattr(out, "buffer", None)
    if buffer is None:
        out.write(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        return
    buffer.write(text.encode("utf-8", "surrogateescape"))
    buffer.flush()


def of_pods(pods: Iterable[Object], container: str, err: TextIO, *, every_container: bool, quiet: bool = False) -> list[Source]:
    """Return the logs that are meant by pods; `quiet`: do not say which container was chosen."""
    return [source for pod in pods for source in _of_pod(pod, container, err, every_container, quiet)]


def _of_pod(pod: Object, container: str, err: TextIO, every_container: bool, quiet: bool) -> list[Source]:
    spec = pod["spec"]
    if every_container:
        return [Source(pod, each["name"]) for field in ("initContainers", "containers", "ephemeralContainers") for each in spec.get(field) or ()]
    return [Source(pod, _known(pod, container) if container else _default(pod, err, quiet))]


def _default(pod: Object, err: TextIO, quiet: bool) -> str:
    """Return the container that is meant where none is named."""
    wanted = meta.annotations(pod).get(DEFAULT_CONTAINER, "")
    if wanted:
        if wanted in _names(pod):
            return wanted
        print(f'Default container name "{wanted}" not found in pod {meta.name(pod)}', file=err)
    first: str = pod["spec"]["containers"][0]["name"]
    if len(_names(pod)) > 1 and not quiet:
        print(f'Defaulted container "{first}" out of: {shown(pod)}', file=err)
    return first


def _known(pod: Object, container: str) -> str:
    if container not in _names(pod):
        raise KctlError(f"container {container} is not valid for pod {meta.name(pod)}")
    return container


def _names(pod: Object) -> list[str]:
    return [each["name"] for field in ("containers", "initContainers", "ephemeralContainers") for each in pod["spec"].get(field) or ()]


def shown(pod: Object) -> str:
    """Return the names of a pod's containers, as messages list them."""
    kinds = (("containers", ""), ("ephemeralContainers", " (ephem)"), ("initContainers", " (init)"))
    return ", ".join(each["name"] + suffix for field, suffix in kinds for each in pod["spec"].get(field) or ())


def selector_of(obj: Object, purpose: str = "get the logs from") -> str:
    """Return the label selector of an object's pods; `purpose` is what errors say cannot be done."""
    kind = obj["kind"]
    if kind not in _WITH_PODS:
        raise KctlError(f"cannot {purpose} {_go_type(obj)}: selector for {_go_type(obj)} not implemented")
    from minikube_py.machinery import selectors

    selector = obj["spec"].get("selector")
    if kind in _SELECTED_BY_LABELS:
        if kind == "Service" and not selector:
            name = meta.name(obj)
            raise KctlError(f"cannot {purpose} {_go_type(obj)}: invalid service '{name}': Service is defined without a selector")
        return str(selectors.from_labels(selector))
    return str(selectors.from_object(selector))


def _go_type(obj: Object) -> str:
    """Return an object's type as kubectl's errors name it: *v1.Service."""
    return f"*{meta.split_api_version(obj['apiVersion'])[1]}.{obj['kind']}"


def pods_of(client: "RestClient", obj: Object, purpose: str = "get the logs from", *, calmest: bool = False) -> list[Object]:
    """Return an object's pods, the most interesting ones for their logs first; `calmest`: the best ones to work with first."""
    pods = client.items("pods", meta.namespace(obj), label_selector=selector_of(obj, purpose))
    return sorted(pods, key=_calmest if calmest else _order)


def awaited(factory: "Factory", client: "RestClient", obj: Object, timeout: float, purpose: str = "get the logs from", *,
            calmest: bool = False) -> list[Object]:  # fmt: skip
    """Return an object's pods as `pods_of`; where there are none, wait `timeout` seconds for the first (polymorphichelpers.GetPodList)."""
    found = pods_of(client, obj, purpose, calmest=calmest)
    if found:
        return found
    selector, namespace = selector_of(obj, purpose), meta.namespace(obj)
    revision = int(client.list("pods", namespace, label_selector=selector)["metadata"]["resourceVersion"])

    def changes(after: int, seconds: float | None) -> "Iterator[WatchEvent]":
        return client.watch("pods", namespace, resource_version=str(after), label_selector=selector, timeout_seconds=seconds)

    for _ in factory.follow(revision, changes, timeout):
        found = pods_of(client, obj, purpose, calmest=calmest)
        if found:
            return found
    raise KctlError("timed out waiting for the condition")


def _calmest(pod: Object) -> tuple[bool, int, bool, bool, float, int, float]:
    """Order pods as the reverse of podutils.ActivePods: as for logs, but what is about to go, and what restarted often, last."""
    unassigned, phase, unready, since, restarts, created = _order(pod)
    return (unassigned, phase, unready, bool(pod["metadata"].get("deletionTimestamp")), since, -restarts, created)


def _order(pod: Object) -> tuple[bool, int, bool, float, int, float]:
    """Order pods as podutils.ByLogging: assigned, running, ready, ready for long, restarted often, old ones first."""
    status = pod.get("status") or {}
    ready = meta.condition(pod, "Ready") or {}
    is_ready = ready.get("status") == "True"
    since = _seconds(ready.get("lastTransitionTime")) if is_ready else 0.0
    restarts = max((each.get("restartCount", 0) for each in status.get("containerStatuses") or ()), default=0)
    return (not pod["spec"].get("nodeName"), _PHASES.get(status.get("phase", ""), 0), not is_ready, since, -restarts,
            _seconds(pod["metadata"].get("creationTimestamp")))  # fmt: skip


def _seconds(text: str | None) -> float:
    return parse_rfc3339(text) if text else float("inf")


def chosen(pods: list[Object], err: TextIO) -> list[Object]:
    """Return the one pod of several whose logs are shown."""
    if len(pods) > 1:
        print(f"Found {len(pods)} pods, using pod/{meta.name(pods[0])}", file=err)
    return pods[:1]
