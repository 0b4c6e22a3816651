"""Syncs one pod: sandbox, init containers in order, containers, restarts with back-off, and the end (kubelet's SyncPod)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minikube_py.client.api import Client
from minikube_py.client.recorder import EventRecorder
from minikube_py.kits.clock import Clock, parse_rfc3339
from minikube_py.kubelet import environment, podstatus
from minikube_py.kubelet.environment import Missing, Sources
from minikube_py.kubelet.podstatus import Facts, Waiting
from minikube_py.kubelet.runtime import CREATED, EXITED, RUNNING, ContainerConfig, ContainerStatus, PodSandboxConfig, Runtime, RuntimeFailure
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

BACKOFF = (10.0, 300.0)  # seconds: first and longest pause between restarts, and between image pulls
RESET_AFTER = 600.0  # seconds a container must have run for its back-off to begin anew
MOUNT_RETRY = 2.0  # seconds until missing sources are looked for again (config maps and secrets also wake the pod)


class PodWorker:
    """One sync of one pod. Make one, call sync(), and read `status` and `again`."""

    def __init__(self, pod: Object, node: Object, runtime: Runtime, client: Client, recorder: EventRecorder, clock: Clock,
                 address: Callable[[], str]) -> None:  # fmt: skip
        self._pod = pod
        self._node = node
        self._runtime = runtime
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._address = address
        self._sources = Sources(client, meta.namespace(pod))
        self._waiting: dict[str, Waiting] = {}
        self._former = _by_name(pod.get("status") or {})
        self._restarts = {name: int(status.get("restartCount", 0)) for name, status in self._former.items()}
        self._last: dict[str, dict[str, Any]] = {name: status.get("lastState") or {} for name, status in self._former.items()}
        self._ip = ""
        self.again: float | None = None
        self.missing_sources = False

    @property
    def _uid(self) -> str:
        return meta.uid(self._pod)

    def sync(self) -> dict[str, Any]:
        """Bring the pod's containers to what its spec asks for now; return its status."""
        try:
            environment.check_volumes(self._pod, self._sources, self._client)
        except Missing as error:
            self._event("Warning", "FailedMount", str(error))
            self.missing_sources = True
            self._soon(MOUNT_RETRY * 2 ** min(self._failures(), 6))
            return self._status({})
        self._ip = self._ip_of_pod()
        sandbox = PodSandboxConfig(self._pod, meta.name(self._node), self._ip)
        self._runtime.run_pod_sandbox(sandbox)
        ready = self._init_containers()
        if ready:
            for container in self._pod["spec"].get("containers") or ():
                self._container(container, is_init=False)
        found = self._known()
        if ready and self._is_over(found):
            self._stop_sidecars(found)
            found = self._known()
        moment = self._runtime.changes_at(self._uid)
        if moment is not None:
            self._soon(moment - self._clock.now())
        self._deadline()
        return self._status(found)

    def _deadline(self) -> None:
        seconds, begun = self._pod["spec"].get("activeDeadlineSeconds"), (self._pod.get("status") or {}).get("startTime")
        if seconds is not None:
            elapsed = self._clock.now() - parse_rfc3339(begun) if begun else 0.0
            self._soon(max(seconds - elapsed, 0.0))

    def _failures(self) -> int:
        begun = (self._pod.get("status") or {}).get("startTime")
        return 0 if not begun else int((self._clock.now() - parse_rfc3339(begun)) / MOUNT_RETRY).bit_length()

    def _ip_of_pod(self) -> str:
        if self._pod["spec"].get("hostNetwork"):
            return host_ip(self._node)
        return self._address()

    def _known(self) -> dict[str, ContainerStatus]:
        status = self._runtime.pod_sandbox_status(self._uid)
        return {container.name: container for container in status.containers} if status is not None else {}

    def _init_containers(self) -> bool:
        """Run the init containers in order; True once all have ended well and sidecars have started."""
        for container in self._pod["spec"].get("initContainers") or ():
            if not self._container(container, is_init=True):
                return False
        return True

    def _container(self, spec: Mapping[str, Any], *, is_init: bool) -> bool:
        """Make one container run; for an init container tell whether the next may follow."""
        name = spec["name"]
        found = self._known().get(name)
        sidecar = is_init and spec.get("restartPolicy") == "Always"
        if found is None or (found.state == EXITED and self._restart(spec, found, sidecar=sidecar, is_init=is_init)):
            found = self._start(spec, found, is_init=is_init)
        elif found.state == CREATED and not found.started_at and self._runtime.changes_at(self._uid) is None:
            found = self._start_created(name, found)
        if not is_init or found is None:
            return False
        if sidecar:
            return found.state == RUNNING
        return found.state == EXITED and found.exit_code == 0

    def _restart(self, spec: Mapping[str, Any], found: ContainerStatus, *, sidecar: bool, is_init: bool) -> bool:
        """Tell whether an ended container is to be started again now; a later time is noted."""
        policy = "Always" if sidecar else self._pod["spec"].get("restartPolicy", "Always")
        if found.exit_code == 0 and (is_init and not sidecar or policy != "Always"):
            return False
        if policy == "Never":
            return False
        pause = self._backoff(found)
        left = found.finished_at + pause - self._clock.now()
        if left > 0:
            text = (f"back-off {_spell(pause)} restarting failed container={found.name} "
                    f"pod={meta.name(self._pod)}_{meta.namespace(self._pod)}({self._uid})")  # fmt: skip
            self._waiting[found.name] = Waiting("CrashLoopBackOff", text)
            self._last[found.name] = {"terminated": podstatus.terminated(found, self._runtime.name)}
            self._event("Warning", "BackOff", f"Back-off restarting failed container {found.name} in pod "
                        f"{meta.name(self._pod)}_{meta.namespace(self._pod)}({self._uid})", found.name)  # fmt: skip
            self._soon(left)
            return False
        self._last[found.name] = {"terminated": podstatus.terminated(found, self._runtime.name)}
        self._restarts[found.name] = found.attempt + 1
        return True

    @staticmethod
    def _backoff(found: ContainerStatus) -> float:
        """Return how long an ended container has to wait: nothing the first time, then 10 s, 20 s, ... 300 s."""
        if found.attempt == 0 or found.finished_at - found.started_at >= RESET_AFTER:
            return 0.0
        first, longest = BACKOFF
        return float(min(first * 2 ** (found.attempt - 1), longest))

    def _start(self, spec: Mapping[str, Any], former: ContainerStatus | None, *, is_init: bool) -> ContainerStatus | None:
        name = spec["name"]
        attempt = 0 if former is None else former.attempt + 1
        if not self._pull(spec):
            return None
        try:
            status = {"podIP": self._ip, "podIPs": [{"ip": self._ip}], "hostIP": host_ip(self._node), "hostIPs": [{"ip": host_ip(self._node)}]}
            env = environment.variables(self._pod, spec, self._sources, status)
            container_id = self._runtime.create_container(self._uid, ContainerConfig(spec, attempt, env, is_init))
            self._event("Normal", "Created", f"Created container: {name}", name)
            self._runtime.start_container(self._uid, container_id)
        except RuntimeFailure as error:
            self._event("Warning", "Failed", f"Error: {error}", name)
            self._waiting[name] = Waiting(error.reason, str(error))
            self.missing_sources = True
            self._soon(BACKOFF[0])
            return None
        self._event("Normal", "Started", f"Started container {name}", name)
        return self._known().get(name)

    def _start_created(self, name: str, found: ContainerStatus) -> ContainerStatus | None:
        """Go on after a kill between creating and starting a container."""
        self._runtime.start_container(self._uid, found.id)
        return self._known().get(name)

    def _pull(self, spec: Mapping[str, Any]) -> bool:
        name, image = spec["name"], spec.get("image", "")
        try:
            text = self._runtime.pull_image(image, self._pod, name)
        except RuntimeFailure as error:
            pause, tries = self._pull_backoff(name)
            if tries == 0:
                self._event("Normal", "Pulling", f'Pulling image "{image}"', name)
                self._event("Warning", "Failed", f'Failed to pull image "{image}": {error}', name)
                self._event("Warning", "Failed", f"Error: {error.reason}", name)
                self._waiting[name] = Waiting(error.reason, str(error))
            else:
                self._event("Normal", "BackOff", f'Back-off pulling image "{image}"', name)
                self._event("Warning", "Failed", "Error: ImagePullBackOff", name)
                self._waiting[name] = Waiting("ImagePullBackOff", f'Back-off pulling image "{image}": {error.reason}: {error}')
            self._soon(pause)
            return False
        self._event("Normal", "Pulled", text, name)
        return True

    def _pull_backoff(self, name: str) -> tuple[float, int]:
        """Return the pause until the next pull, and how many failed before, by how long the pod has been trying."""
        waiting = (self._former.get(name, {}).get("state") or {}).get("waiting") or {}
        if waiting.get("reason") not in ("ErrImagePull", "ImagePullBackOff"):
            return BACKOFF[0], 0
        begun = (self._pod.get("status") or {}).get("startTime")
        elapsed = self._clock.now() - parse_rfc3339(begun) if begun else 0.0
        tries = max(int(elapsed / BACKOFF[0] + 1).bit_length(), 1)
        return min(BACKOFF[0] * 2**tries, BACKOFF[1]), tries

    def _is_over(self, found: Mapping[str, ContainerStatus]) -> bool:
        """Tell whether all ordinary containers have ended for good."""
        names = [container["name"] for container in self._pod["spec"].get("containers") or ()]
        policy = self._pod["spec"].get("restartPolicy", "Always")
        states = [found.get(name) for name in names]
        if policy == "Always" or any(state is None or state.state != EXITED for state in states):
            return False
        return policy == "Never" or all(state is not None and state.exit_code == 0 for state in states)

    def _stop_sidecars(self, found: Mapping[str, ContainerStatus]) -> None:
        for container in reversed(self._pod["spec"].get("initContainers") or []):
            state = found.get(container["name"])
            if state is not None and state.state == RUNNING:
                self._runtime.stop_container(self._uid, state.id, self._pod["spec"].get("terminationGracePeriodSeconds", 30))

    def _status(self, found: Mapping[str, ContainerStatus]) -> dict[str, Any]:
        address = self._ip
        facts = Facts(found, self._waiting, self._restarts, self._last, address, host_ip(self._node), self._runtime.name, self._clock.now(),
                      bool(self._pod["spec"].get("initContainers")))  # fmt: skip
        return podstatus.build(self._pod, facts)

    def _event(self, kind: str, reason: str, message: str, container: str = "") -> None:
        field = f"spec.containers{{{container}}}" if container else ""
        if container and any(item["name"] == container for item in self._pod["spec"].get("initContainers") or ()):
            field = f"spec.initContainers{{{container}}}"
        self._recorder.event(self._pod, kind, reason, message, field_path=field, host=meta.name(self._node))

    def _soon(self, seconds: float) -> None:
        """Come again after so many seconds, or earlier if asked for."""
        self.again = seconds if self.again is None else min(self.again, seconds)


def _by_name(status: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    fields = ("initContainerStatuses", "containerStatuses")
    return {container["name"]: container for field in fields for container in status.get(field) or ()}


def host_ip(node: Object) -> str:
    """Return a node's internal address."""
    addresses: Sequence[Mapping[str, str]] = (node.get("status") or {}).get("addresses") or ()
    return next((entry["address"] for entry in addresses if entry["type"] == "InternalIP"), "")


def _spell(seconds: float) -> str:
    """Return seconds as Go prints a Duration: 10s, 1m20s, 5m0s."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
