"""The log of a container, as `kubectl logs` asks for it. An engine that starts a container again goes on in the same log: the runs are told apart by time."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from minikube_py.kits.clock import parse_rfc3339, rfc3339_micro
from minikube_py.kubelet.engines import api
from minikube_py.kubelet.engines.api import LogLine
from minikube_py.kubelet.runtimes import cache, labels
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

_EARLY = 0.05  # seconds by which a line may be older than the start of its run, as engines note that
_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


def lines(engine: api.Engine, containers: Sequence[api.Container], pod: Object, name: str, options: Mapping[str, Any], now: float) -> Iterator[str]:
    """Yield the log lines of a container, each with its line end; BadRequest where there is no such log."""
    container, begin, end = _run(containers, pod, name, previous=bool(options.get("previous")))
    since = max(begin, _since(options, now))
    tail = options.get("tailLines")
    most = int(tail) if tail is not None and int(tail) >= 0 else None
    follow = bool(options.get("follow")) and not options.get("previous")
    if most == 0 and not follow:
        return iter(())
    if end or most is not None and begin and not follow:  # the engine would count lines of other runs
        found = _until(engine.logs(container, follow=False, since=since), end)
        chosen: Iterable[LogLine] = found if most is None else deque(found, most)
    else:
        chosen = engine.logs(container, follow=follow, tail=most, since=since)
    return _spelled(chosen, dated=bool(options.get("timestamps")))


def _run(containers: Sequence[api.Container], pod: Object, name: str, *, previous: bool) -> tuple[str, float, float]:
    """Return the container and the time in which a run wrote its log: (id, from, to), 0 for no bound."""
    found = [one for one in containers if not cache.is_sandbox(one) and one.labels.get(labels.CONTAINER) == name]
    if not found:
        raise errors.BadRequest(f'container "{name}" in pod "{meta.name(pod)}" is not available')
    latest = found[-1]
    border = between(latest)
    if not previous or _waits_after(pod, name, latest.id):
        return latest.id, border, 0.0
    if border:
        return latest.id, _begun(pod, name, latest), border
    if len(found) < 2:
        raise errors.BadRequest(f'previous terminated container "{name}" in pod "{meta.name(pod)}" not found')
    return found[-2].id, 0.0, 0.0


def _begun(pod: Object, name: str, container: api.Container) -> float:
    """Return when the run before the present one began, where somebody saw its end; 0, for all that were before, where nobody did."""
    ended = ((_status(pod, name).get("lastState")) or {}).get("terminated") or {}
    if not ended.get("startedAt") or ended.get("reason") == "ContainerStatusUnknown":
        return 0.0
    return parse_rfc3339(ended["startedAt"]) if abs(parse_rfc3339(ended["finishedAt"]) - container.finished_at) < 1.0 else 0.0


def _status(pod: Object, name: str) -> Mapping[str, Any]:
    return next((one for field in _STATUSES for one in (pod.get("status") or {}).get(field) or () if one["name"] == name), {})


def between(container: api.Container) -> float:
    """Return a moment between the last two runs of a container that the engine has started again; 0 for one that ran once.

    Neither end is exact: the last lines may be dated after the process's end, the first ones before its start was noted. When the last run is over, too,
    nobody knows any more when the one before it was.
    """
    if not container.restarts:
        return 0.0
    if container.state not in (api.RUNNING, api.PAUSED) or container.finished_at >= container.started_at:
        return container.started_at - _EARLY
    return (container.finished_at + container.started_at) / 2


def _waits_after(pod: Object, name: str, container: str) -> bool:
    """Tell whether the run that ended last is what is shown as the one before: until there is another, both are the same."""
    status = _status(pod, name)
    ended = (status.get("lastState") or {}).get("terminated") or {}
    return "waiting" in (status.get("state") or {}) and str(ended.get("containerID", "")).endswith(f"//{container}")


def _since(options: Mapping[str, Any], now: float) -> float:
    if options.get("sinceTime"):
        return parse_rfc3339(options["sinceTime"])
    return now - float(options["sinceSeconds"]) if options.get("sinceSeconds") else 0.0


def _until(found: Iterable[LogLine], end: float) -> Iterator[LogLine]:
    return (line for line in found if not end or line.at < end)


def _spelled(found: Iterable[LogLine], *, dated: bool) -> Iterator[str]:
    for line in found:
        text = line.text.decode("utf-8", "replace")
        yield f"{line.stamp or rfc3339_micro(line.at)} {text}" if dated else text


def last_words(engine: api.Engine, container: str, most_lines: int, most_bytes: int) -> str:
    """Return the end of a container's log."""
    text = b"".join(line.text for line in engine.logs(container, follow=False, tail=most_lines))
    return text[-most_bytes:].decode("utf-8", "replace")
