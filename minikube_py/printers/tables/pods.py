"""The table of pods: STATUS tells the most telling reason of all containers."""

from typing import Any

from minikube_py.kits import clock
from minikube_py.machinery import durations
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, NAME, Cells, Table, text, wide


class _Tally:
    """What is counted over the containers of one pod."""

    __slots__ = ("last_restart", "reason", "ready", "restarts")

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.ready = 0
        self.restarts = 0
        self.last_restart = 0.0

    def restarted(self, container: dict[str, Any]) -> None:
        """Count a container's restarts, and keep when the last one ended."""
        self.restarts += container.get("restartCount") or 0
        ended = ((container.get("lastState") or {}).get("terminated") or {}).get("finishedAt")
        if ended:
            self.last_restart = max(self.last_restart, clock.parse_rfc3339(ended))


def _is_sidecar(container: dict[str, Any] | None) -> bool:
    return container is not None and container.get("restartPolicy") == "Always"


def _exit_reason(terminated: dict[str, Any]) -> str:
    if terminated.get("reason"):
        return terminated["reason"]  # type: ignore[no-any-return]
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _init_reason(index: int, total: int, container: dict[str, Any]) -> str:
    state = container.get("state") or {}
    if state.get("terminated") is not None:
        return "Init:" + _exit_reason(state["terminated"])
    waiting = (state.get("waiting") or {}).get("reason")
    if waiting and waiting != "PodInitializing":
        return f"Init:{waiting}"
    return f"Init:{index}/{total}"


def _initialize(pod: Object, tally: _Tally, sidecars: _Tally) -> bool:
    """Look at the init containers; tell whether one of them still holds the pod up."""
    declared = {item["name"]: item for item in cells.spec(pod).get("initContainers") or ()}
    for index, container in enumerate(cells.status(pod).get("initContainerStatuses") or ()):
        tally.restarted(container)
        sidecar = _is_sidecar(declared.get(container.get("name", "")))
        if sidecar:
            sidecars.restarted(container)
        terminated = (container.get("state") or {}).get("terminated")
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if sidecar and container.get("started"):
            tally.ready += bool(container.get("ready"))
            continue
        tally.reason = _init_reason(index, len(declared), container)
        return True
    return False


def _run(pod: Object, tally: _Tally) -> None:
    running = False
    for container in reversed(cells.status(pod).get("containerStatuses") or ()):
        tally.restarted(container)
        state = container.get("state") or {}
        waiting = (state.get("waiting") or {}).get("reason")
        if waiting:
            tally.reason = waiting
        elif state.get("terminated") is not None:
            tally.reason = _exit_reason(state["terminated"])
        elif container.get("ready") and state.get("running") is not None:
            running = True
            tally.ready += 1
    if tally.reason == "Completed" and running:
        tally.reason = "Running" if cells.condition_status(pod, "Ready") == "True" else "NotReady"


def _tally(pod: Object) -> _Tally:
    status = cells.status(pod)
    phase = status.get("phase", "")
    tally, sidecars = _Tally(status.get("reason") or phase), _Tally("")
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            tally.reason = "SchedulingGated"
    if not _initialize(pod, tally, sidecars) or cells.condition_status(pod, "Initialized") == "True":
        # Once initialized, restarts of ordinary init containers no longer count.
        tally.restarts, tally.last_restart = sidecars.restarts, sidecars.last_restart
        _run(pod, tally)
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            tally.reason = "Unknown"
        elif phase not in ("Succeeded", "Failed"):
            tally.reason = "Terminating"
    return tally


def _gates(pod: Object) -> str:
    gates = cells.spec(pod).get("readinessGates")
    if not gates:
        return cells.NONE
    true = sum(cells.condition_status(pod, gate.get("conditionType", "")) == "True" for gate in gates)
    return f"{true}/{len(gates)}"


def _cells(pod: Object, now: float) -> Cells:
    spec, status = cells.spec(pod), cells.status(pod)
    tally = _tally(pod)
    total = len(spec.get("containers") or ()) + sum(map(_is_sidecar, spec.get("initContainers") or ()))
    restarts = str(tally.restarts)
    if tally.restarts and tally.last_restart:
        restarts += f" ({durations.human(now - tally.last_restart)} ago)"
    ips = status.get("podIPs") or [{}]
    return [
        pod["metadata"]["name"], f"{tally.ready}/{total}", tally.reason, restarts, cells.age(pod, now), ips[0].get("ip") or cells.NONE,
        spec.get("nodeName") or cells.NONE, status.get("nominatedNodeName") or cells.NONE, _gates(pod),
    ]  # fmt: skip


_ENDED = {"Succeeded": "The pod has completed successfully.", "Failed": "The pod failed."}


def _conditions(pod: Object) -> list[Object]:
    phase = cells.status(pod).get("phase", "")
    if phase not in _ENDED:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": _ENDED[phase]}]


TABLES = {
    "pods": Table(
        (
            NAME,
            text("Ready", "Ready containers of all containers."),
            text("Status", "What the containers are doing, in one word."),
            text("Restarts", "How often containers were restarted, and when last."),
            AGE,
            wide("IP", "Address of the pod."),
            wide("Node", "Node that the pod is bound to."),
            wide("Nominated Node", "Node on which preemption makes room for the pod."),
            wide("Readiness Gates", "Fulfilled gates of all readiness gates."),
        ),
        _cells,
        _conditions,
    )
}
