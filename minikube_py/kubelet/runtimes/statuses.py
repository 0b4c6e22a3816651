"""What the kubelet is told of a pod, from what the engine says of its containers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtime import CREATED, EXITED, RUNNING, ContainerStatus, PodSandboxStatus
from minikube_py.kubelet.runtimes import cache, labels

_STATES = {api.CREATED: CREATED, api.RUNNING: RUNNING, api.PAUSED: RUNNING, api.RESTARTING: EXITED, api.EXITED: EXITED}
_UNKNOWN = "ContainerStatusUnknown"


class End(NamedTuple):
    """How a run of a container ended, as far as we have seen it."""

    finished_at: float
    exit_code: int
    reason: str
    message: str = ""
    started_at: float = 0.0


def pod(uid: str, containers: Sequence[api.Container], network: str, holder: str, ends: Mapping[str, End]) -> PodSandboxStatus:
    """Return the status of a pod of which something is there; its sandbox has no id where that is missing.

    `ends` are the last ends of containers by their id.
    """
    sandbox = cache.sandbox_of(containers)
    now: dict[str, api.Container] = {}
    for container in containers:  # older ones first
        if is_current(container, sandbox, holder):
            now[container.labels[labels.CONTAINER]] = container
    statuses = tuple(status(container, ends.get(container.id)) for container in now.values())
    if sandbox is None:
        return PodSandboxStatus("", uid, "", 0.0, statuses, ready=False)
    return PodSandboxStatus(sandbox.id, uid, sandbox.ips.get(network, ""), sandbox.created_at, statuses, ready=cache.is_whole(sandbox, containers))


def is_current(container: api.Container, sandbox: api.Container | None, holder: str) -> bool:
    """Tell whether a container counts: not a sandbox, none whose mounts went with the last run of the machine, no init container of a former sandbox."""
    if cache.is_sandbox(container) or labels.CONTAINER not in container.labels:
        return False
    held = container.labels.get(labels.HELD, holder)
    if container.state == api.CREATED and held != holder:
        return False
    former = sandbox is None or container.labels.get(labels.SANDBOX_ATTEMPT) != sandbox.labels.get(labels.ATTEMPT)
    return not (former and container.labels.get(labels.ROLE) == labels.INIT)


def status(container: api.Container, end: End | None) -> ContainerStatus:
    """Return the status of one container."""
    state = _STATES[container.state]
    over = end if end is not None and state == EXITED else None
    finished = state == EXITED
    code = container.exit_code if finished else 0
    return ContainerStatus(
        id=container.id,
        name=container.labels[labels.CONTAINER],
        attempt=cache.attempt(container),
        state=state,
        image=container.labels.get(labels.IMAGE, container.image),
        image_ref=container.image_id,
        created_at=container.created_at,
        started_at=container.started_at,
        finished_at=container.finished_at if finished else 0.0,
        exit_code=code,
        reason=reason(container) if finished else "",
        message=(over.message if over is not None else container.error) if finished else "",
        restarts=container.restarts,
        restarting=container.state == api.RESTARTING,
        last=_last(container, end),
    )


def reason(container: api.Container) -> str:
    """Return why a container ended, in one word."""
    if container.oom_killed:
        return "OOMKilled"
    if not container.started_at and container.error:
        return "StartError"
    return "Completed" if container.exit_code == 0 else "Error"


def _last(container: api.Container, end: End | None) -> ContainerStatus | None:
    """Return how the run before the present one ended, where the engine has started the container again."""
    if not container.restarts or container.state not in (api.RUNNING, api.PAUSED):
        return None
    seen = end if end is not None and abs(end.finished_at - container.finished_at) < 1.0 else End(container.finished_at, 137, _UNKNOWN)
    return ContainerStatus(container.id, container.labels[labels.CONTAINER], cache.attempt(container), EXITED, container.image, container.image_id,
                           container.created_at, seen.started_at, container.finished_at, seen.exit_code, seen.reason, seen.message)  # fmt: skip
