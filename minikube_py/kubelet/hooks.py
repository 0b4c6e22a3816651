"""Lifecycle hooks and the end of a pod in good order: preStop, then the stop signal, sidecars last. All of it blocks, in a thread of its own."""

import contextlib
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.kubelet import handlers
from minikube_py.kubelet.handlers import Where
from minikube_py.kubelet.runtime import RUNNING, ContainerStatus, Engine, PodSandboxConfig
from minikube_py.machinery import meta
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

_LONGEST_START = 3600.0  # seconds that a postStart hook may take
_AT_LEAST = 2  # seconds for the stop signal, however long the preStop hook took


class Container:
    """A running container of a pod, as probes and hooks get at it (handlers.Reach)."""

    def __init__(self, runtime: Engine, uid: str, container_id: str) -> None:
        self._runtime = runtime
        self._uid = uid
        self._id = container_id

    def run(self, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        """Run a command in it."""
        return self._runtime.exec_sync(self._uid, self._id, command, timeout)

    def connect(self, port: int, timeout: float) -> socket.socket:
        """Connect to one of its ports."""
        return self._runtime.connect(self._uid, port, timeout)

    def check(self, port: int, timeout: float) -> None:
        """Connect to one of its ports, and no more."""
        self._runtime.check(self._uid, port, timeout)


def where(runtime: Engine, pod: Object, spec: Mapping[str, Any], container_id: str, host: str) -> Where:
    """Return a container's place, for handlers."""
    title = f'Container "{spec["name"]}" in Pod "{meta.name(pod)}_{meta.namespace(pod)}({meta.uid(pod)})"'
    return Where(Container(runtime, meta.uid(pod), container_id), host, handlers.ports_of(list(meta.containers(pod["spec"])), spec["name"]), title)


def start(spec: Mapping[str, Any], place: Where) -> str:
    """Carry out the postStart hook; return why it failed, or an empty text."""
    wish = (spec.get("lifecycle") or {}).get("postStart")
    return handlers.hook(wish, place, _LONGEST_START) if wish else ""


def stop_one(runtime: Engine, pod: Object, spec: Mapping[str, Any], found: ContainerStatus, host: str, grace: int) -> str:
    """End one container: the preStop hook, then the stop signal, all in `grace` seconds; return why the hook failed, or an empty text."""
    begun = time.monotonic()
    wish = (spec.get("lifecycle") or {}).get("preStop")
    problem = handlers.hook(wish, where(runtime, pod, spec, found.id, host), float(grace)) if wish and grace > 0 else ""
    left = max(round(grace - (time.monotonic() - begun)), _AT_LEAST) if grace > 0 else 0
    runtime.stop_container(meta.uid(pod), found.id, left)
    return problem


def stop_all(runtime: Engine, config: PodSandboxConfig, host: str, grace: int) -> dict[str, str]:
    """End all containers of a pod, sidecars in the reverse order of their start when the others have ended; then its sandbox.

    Where there is time its names go first: whoever asks for them is led elsewhere, and whoever has come by them is still served.
    Return which preStop hooks failed, and why, by the container's name.
    """
    pod, uid = config.pod, config.uid
    spec = pod["spec"]
    problems: dict[str, str] = {}
    if grace:
        with contextlib.suppress(KctlError):  # they go with the sandbox, then
            runtime.withdraw_pod_sandbox(config)
    end = time.monotonic() + grace
    status = runtime.pod_sandbox_status(uid)
    running = {item.name: item for item in (status.containers if status is not None else ()) if item.state == RUNNING}
    sidecars = [item for item in spec.get("initContainers") or () if item.get("restartPolicy") == "Always"]
    last = {item["name"] for item in sidecars}
    others = [item for item in (*meta.containers(spec), *(spec.get("ephemeralContainers") or ())) if item["name"] not in last]

    def stop(item: Mapping[str, Any]) -> None:
        left = max(round(end - time.monotonic()), _AT_LEAST) if grace else 0
        try:
            problem = stop_one(runtime, pod, item, running[item["name"]], host, left)
        except KctlError as error:  # it goes with the sandbox, then
            problem = str(error)
        if problem:
            problems[item["name"]] = problem

    _at_once([threading.Thread(target=stop, args=(item,), daemon=True) for item in others if item["name"] in running])
    for item in reversed(sidecars):
        if item["name"] in running:
            stop(item)
    runtime.stop_pod_sandbox(uid, max(round(end - time.monotonic()), 0))
    return problems


def _at_once(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def grace_of(pod: Object) -> int:
    """Return the seconds that a pod has to end."""
    asked = pod["metadata"].get("deletionGracePeriodSeconds")
    return int(pod["spec"].get("terminationGracePeriodSeconds", 30) if asked is None else asked)
