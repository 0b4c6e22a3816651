"""How the apiserver reaches the kubelets of this process: for what only a node knows, such as logs."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from minikube_py.cluster.cluster import DRY_RUN
from minikube_py.kits.clock import parse_rfc3339, rfc3339_micro
from minikube_py.kubelet.runtime import engine_of
from minikube_py.kubelet.streams import Streams
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.cluster.cluster import Cluster

_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


class Kubelets:
    """The cluster's kubelets; their loop and its runtime are built when first asked for."""

    def __init__(self, cluster: "Cluster") -> None:
        self._cluster = cluster

    def logs(self, pod: Object, container: str, options: Mapping[str, Any]) -> Iterator[str]:
        """Yield the log lines of a container, as many and as long as the options say."""
        runtime = self._runtime(pod)
        started = _started(pod, container, bool(options.get("previous")))
        if engine_of(runtime) is not None:  # what really runs dates its lines, and sees to all options but this one
            return _limited(runtime.logs(pod, container, options), options.get("limitBytes"))
        lines = _since(runtime.logs(pod, container, options), options, started, self._cluster.clock.now())
        tail = options.get("tailLines")
        if tail is not None and int(tail) >= 0:
            kept = list(lines)
            lines = iter(kept[len(kept) - int(tail) :] if int(tail) < len(kept) else kept)
        if options.get("timestamps"):
            lines = (f"{rfc3339_micro(started)} {line}" for line in lines)
        return _limited(lines, options.get("limitBytes"))

    def streams(self) -> Streams:
        """Return exec, attach and port-forward of the pods' runtimes, which may have none."""
        return Streams(self._runtime)

    def _runtime(self, pod: Object) -> Any:
        """Return the runtime of a pod: beside an engine, some pods are there on paper only."""
        if self._cluster.settings.runtime == DRY_RUN and "kubelet" not in self._cluster.settings.without:
            return self._dry_run()
        loop = self._cluster.loop("kubelet")
        runtime_of = getattr(loop, "runtime_of", None)
        if runtime_of is None:
            raise errors.ServiceUnavailable("no kubelet can be reached in this cluster")
        return runtime_of(pod)

    def _dry_run(self) -> Any:
        """Return the runtime that has all its records in the store: no loop is needed to ask it."""
        from minikube_py.cluster.loopstate import LoopState
        from minikube_py.kubelet.runtimes.dryrun import DryRunRuntime

        return DryRunRuntime(LoopState(self._cluster.backend, "kubelet"), self._cluster.clock)


def _started(pod: Object, container: str, previous: bool) -> float:
    """Return when the container (or its previous instance) started; BadRequest in the kubelet's words where it did not."""
    name = meta.name(pod)
    statuses = [status for field in _STATUSES for status in (pod.get("status") or {}).get(field) or () if status["name"] == container]
    if not statuses:
        raise errors.BadRequest(f'container "{container}" in pod "{name}" is not available')
    state, last = statuses[0].get("state") or {}, statuses[0].get("lastState") or {}
    if previous:
        if not (last.get("terminated") or {}).get("containerID"):
            raise errors.BadRequest(f'previous terminated container "{container}" in pod "{name}" not found')
        return _time(last["terminated"])
    for current in (state.get("running"), state.get("terminated"), last.get("terminated")):
        if current:
            return _time(current)
    waiting = state.get("waiting") or {}
    reason = waiting.get("reason") or "ContainerCreating"
    if reason == "ErrImagePull":
        raise errors.BadRequest(f'container "{container}" in pod "{name}" is waiting to start: image can\'t be pulled')
    if reason == "ImagePullBackOff":
        raise errors.BadRequest(f'container "{container}" in pod "{name}" is waiting to start: trying and failing to pull image')
    raise errors.BadRequest(f'container "{container}" in pod "{name}" is waiting to start: {reason}')


def _time(state: Mapping[str, Any]) -> float:
    return parse_rfc3339(state["startedAt"]) if state.get("startedAt") else 0.0


def _since(lines: Iterator[str], options: Mapping[str, Any], started: float, now: float) -> Iterator[str]:
    """Drop what is older than was asked for: what a runtime does not date counts as written when the container started."""
    after = 0.0
    if options.get("sinceTime"):
        after = parse_rfc3339(options["sinceTime"])
    elif options.get("sinceSeconds"):
        after = now - float(options["sinceSeconds"])
    return lines if started >= after else iter(())


def _limited(lines: Iterator[str], limit: Any) -> Iterator[str]:
    if limit is None:
        return lines
    return _first_bytes(lines, int(limit))


def _first_bytes(lines: Iterator[str], left: int) -> Iterator[str]:
    for line in lines:
        content = line.encode()
        yield content[:left].decode(errors="ignore")
        left -= len(content)
        if left <= 0:
            return
