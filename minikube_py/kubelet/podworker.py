"""Syncs one pod: sandbox, init containers in order, containers, restarts with back-off, and the end (kubelet's SyncPod)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minikube_py.client.api import Client
from minikube_py.client.recorder import EventRecorder
from minikube_py.kits.clock import Clock, parse_rfc3339
from minikube_py.kubelet import environment, podstatus
from minikube_py.kubelet.backoff import Backoff
from minikube_py.kubelet.environment import Missing, Sources
from minikube_py.kubelet.jobs import Busy, Jobs
from minikube_py.kubelet.podstatus import Facts, Waiting
from minikube_py.kubelet.runtime import CREATED, EXITED, RUNNING, ContainerConfig, ContainerStatus, PodSandboxConfig, Runtime, RuntimeFailure
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_FAILURES = ("CreateContainerError", "RunContainerError")
RESET_AFTER = 600.0  # seconds a container must have run for its back-off to begin anew


class PodWorker:
    """One sync of one pod. Make one, call sync() or stop(), and read `again`: the seconds until the next sync is due.

    What a runtime takes its time for is asked for in one sync, and its outcome taken in a later one (jobs.py).
    """

    def __init__(self, pod: Object, node: Object, runtime: Runtime, jobs: Jobs, client: Client, recorder: EventRecorder, clock: Clock,
                 backoff: Backoff, address: Callable[[], str]) -> None:  # fmt: skip
        self._pod = pod
        self._node = node
        self._runtime = runtime
        self._jobs = jobs
        self._key = f"pod/{meta.key(pod)}"
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._backoff = backoff
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
        sandbox = self._runtime.pod_sandbox_status(self._uid)
        if sandbox is None and not self._can_mount():
            return self._status({})
        self._ip = self._ip_of_pod()
        if sandbox is None or not sandbox.ready:
            config = PodSandboxConfig(self._pod, meta.name(self._node), self._ip)
            try:
                self._jobs.run(self._key, "sandbox", lambda: self._runtime.run_pod_sandbox(config))
            except Busy:
                return self._status(self._known())
        for container in self._pod["spec"].get("ephemeralContainers") or ():
            self._container(container, is_init=False, once=True)
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

    def stop(self, failed_because: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """Stop all containers; return the pod's last status, None where it has that already. Busy where that takes time."""
        if not self._jobs.goes_on(self._key, "stop"):
            self._tell_killing()
        self._jobs.run(self._key, "stop", lambda: self._runtime.stop_pod_sandbox(self._uid))
        former = self._pod.get("status") or {}
        if former.get("phase") in ("Succeeded", "Failed"):
            return None
        self._ip = former.get("podIP", "")
        return self._status(self._known(), over=True, failed_because=failed_because)

    def _tell_killing(self) -> None:
        for container in self._known().values():
            if container.state == RUNNING:
                self._event("Normal", "Killing", f"Stopping container {container.name}", container.name)

    def _can_mount(self) -> bool:
        """Tell whether all volumes have what they are made of. What runs already keeps what it has mounted."""
        try:
            environment.check_volumes(self._pod, self._sources, self._client)
        except Missing as error:
            self.missing_sources = True
            if not self._backoff.left("mount"):
                self._event("Warning", "FailedMount", str(error))
                self._backoff.note("mount")
            self._soon(self._backoff.left("mount"))
            return False
        return True

    def _deadline(self) -> None:
        seconds, begun = self._pod["spec"].get("activeDeadlineSeconds"), (self._pod.get("status") or {}).get("startTime")
        if seconds is not None:
            elapsed = self._clock.now() - parse_rfc3339(begun) if begun else 0.0
            self._soon(max(seconds - elapsed, 0.0))

    def _ip_of_pod(self) -> str:
        if self._pod["spec"].get("hostNetwork"):
            return host_ip(self._node)
        return self._address()

    def _known(self) -> dict[str, ContainerStatus]:
        status = self._runtime.pod_sandbox_status(self._uid)
        return {container.name: container for container in status.containers} if status is not None else {}

    def _init_containers(self) -> bool:
        """Run the init containers in order; True once all have ended well and sidecars have started."""
        return all(self._container(container, is_init=True) for container in self._pod["spec"].get("initContainers") or ())

    def _container(self, spec: Mapping[str, Any], *, is_init: bool, once: bool = False) -> bool:
        """Make one container run, again where it has ended and not `once` is enough; for an init container tell whether the next may follow."""
        name = spec["name"]
        found = self._known().get(name)
        sidecar = is_init and spec.get("restartPolicy") == "Always"
        starting = any(self._jobs.goes_on(self._key, f"{what}/{name}") for what in ("pull", "start"))
        if starting or found is None or (found.state == EXITED and not once and self._restart(spec, found, sidecar=sidecar, is_init=is_init)):
            found = self._start(spec, found, is_init=is_init)
        elif found.state == CREATED and not found.started_at and self._runtime.changes_at(self._uid) is None:
            found = self._start_created(found)
        elif found.state != CREATED and self._was_awaited(found):
            self._event("Normal", "Started", f"Started container {name}", name)
        if not is_init or found is None:
            return False
        if sidecar:
            return found.state == RUNNING
        return found.state == EXITED and found.exit_code == 0

    def _was_awaited(self, found: ContainerStatus) -> bool:
        """Tell whether a container that was made in an earlier sync has started since."""
        former = self._former.get(found.name) or {}
        waiting = (former.get("state") or {}).get("waiting") or {}
        return waiting.get("reason") in ("ContainerCreating", "PodInitializing") and former.get("containerID") == f"{self._runtime.name}://{found.id}"

    def _restart(self, spec: Mapping[str, Any], found: ContainerStatus, *, sidecar: bool, is_init: bool) -> bool:
        """Tell whether an ended container is to be started again now; a later time is noted."""
        policy = "Always" if sidecar else self._pod["spec"].get("restartPolicy", "Always")
        if policy == "Never" or found.exit_code == 0 and (is_init and not sidecar or policy != "Always"):
            return False
        what = f"restart/{found.name}"
        if found.finished_at - found.started_at >= RESET_AFTER:
            self._backoff.clear(what)
        self._last[found.name] = {"terminated": podstatus.terminated(found, self._runtime.name)}
        pause = self._backoff.pause(what)
        left = found.finished_at + pause - self._clock.now()
        if left > 0:
            self._wait_for_restart(found, pause)
            self._soon(left)
            return False
        self._backoff.note(what)
        self._restarts[found.name] = found.attempt + 1
        return True

    def _wait_for_restart(self, found: ContainerStatus, pause: float) -> None:
        pod = f"{meta.name(self._pod)}_{meta.namespace(self._pod)}({self._uid})"
        self._waiting[found.name] = Waiting("CrashLoopBackOff", f"back-off {_spell(pause)} restarting failed container={found.name} pod={pod}")
        if self._waited_for(found.name) != "CrashLoopBackOff":
            self._event("Warning", "BackOff", f"Back-off restarting failed container {found.name} in pod {pod}", found.name)

    def _waited_for(self, name: str) -> str:
        """Return why a container was waiting when the pod was last looked at."""
        waiting = (self._former.get(name, {}).get("state") or {}).get("waiting") or {}
        return str(waiting.get("reason", ""))

    def _start(self, spec: Mapping[str, Any], former: ContainerStatus | None, *, is_init: bool) -> ContainerStatus | None:
        name = spec["name"]
        attempt = 0 if former is None else former.attempt + 1
        what = f"start/{name}"
        if self._rests_after_failure(name):
            return None
        try:
            if not self._jobs.goes_on(self._key, what) and not self._pull(spec):
                return None
            env = environment.variables(self._pod, spec, self._sources, self._addresses(), self._node)
            config = ContainerConfig(spec, attempt, env, is_init)
            failure = self._jobs.run(self._key, what, lambda: self._launch(config))
            self._event("Normal", "Created", f"Created container: {name}", name)
            if failure is not None:
                raise failure
        except Busy:
            return None
        except RuntimeFailure as error:
            self._refused(name, error)
            return None
        found = self._known().get(name)
        if found is not None and found.state != CREATED:
            self._event("Normal", "Started", f"Started container {name}", name)
        return found

    def _launch(self, config: ContainerConfig) -> RuntimeFailure | None:
        """Create a container and start it; return why it could not be started."""
        created = self._runtime.create_container(self._uid, config)
        try:
            self._runtime.start_container(self._uid, created)
        except RuntimeFailure as failure:
            return failure
        return None

    def _addresses(self) -> dict[str, Any]:
        host = host_ip(self._node)
        return {"podIP": self._ip, "podIPs": [{"ip": self._ip}], "hostIP": host, "hostIPs": [{"ip": host}]}

    def _refused(self, name: str, error: RuntimeFailure) -> None:
        """Note that a container cannot be made as its spec is; config maps and secrets wake the pod when they come."""
        what = f"create/{name}"
        self._waiting[name] = Waiting(error.reason, str(error))
        self.missing_sources = True
        if not self._backoff.left(what):
            self._event("Warning", "Failed", f"Error: {error}", name)
            self._backoff.note(what)
        self._soon(self._backoff.left(what))

    def _start_created(self, found: ContainerStatus) -> ContainerStatus | None:
        """Go on after a kill between creating and starting a container, or try again after a failure."""
        if self._rests_after_failure(found.name):
            return None
        try:
            self._jobs.run(self._key, f"again/{found.name}", lambda: self._runtime.start_container(self._uid, found.id))
        except Busy:
            return None
        except RuntimeFailure as error:
            self._refused(found.name, error)
            return None
        return self._known().get(found.name)

    def _rests_after_failure(self, name: str) -> bool:
        """Tell whether a container that the runtime could not make or start has to wait for its next try."""
        left = self._backoff.left(f"create/{name}")
        if not left or self._waited_for(name) not in _FAILURES:
            return False
        waiting = self._former[name]["state"]["waiting"]
        self._waiting[name] = Waiting(waiting["reason"], waiting.get("message", ""))
        self._soon(left)
        return True

    def _pull(self, spec: Mapping[str, Any]) -> bool:
        """Make a container's image present; False, with a pause, where it cannot be had."""
        name, image = spec["name"], spec.get("image", "")
        what = f"pull/{name}"
        if self._backoff.left(what):
            self._wait_for_image(name, image)
            self._soon(self._backoff.left(what))
            return False
        try:
            text = self._jobs.run(self._key, what, lambda: self._runtime.pull_image(image, self._pod, name))
        except RuntimeFailure as error:
            self._event("Normal", "Pulling", f'Pulling image "{image}"', name)
            self._event("Warning", "Failed", f'Failed to pull image "{image}": {error}', name)
            self._event("Warning", "Failed", f"Error: {error.reason}", name)
            self._waiting[name] = Waiting(error.reason, str(error))
            self._soon(self._backoff.note(what))
            return False
        self._backoff.clear(what)
        if not self._backoff.left(f"create/{name}"):
            self._event("Normal", "Pulled", text, name)
        return True

    def _wait_for_image(self, name: str, image: str) -> None:
        former = (self._former.get(name, {}).get("state") or {}).get("waiting") or {}
        message = former.get("message", "")
        if former.get("reason") != "ImagePullBackOff":
            self._event("Normal", "BackOff", f'Back-off pulling image "{image}"', name)
            self._event("Warning", "Failed", "Error: ImagePullBackOff", name)
            message = f'Back-off pulling image "{image}": {former.get("reason", "ErrImagePull")}: {message}'
        self._waiting[name] = Waiting("ImagePullBackOff", message)

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

    def _status(self, found: Mapping[str, ContainerStatus], *, over: bool = False, failed_because: Mapping[str, str] | None = None) -> dict[str, Any]:
        facts = Facts(found, self._waiting, self._restarts, self._last, self._ip, host_ip(self._node), self._runtime.name, self._clock.now(),
                      bool(self._pod["spec"].get("initContainers")), over)  # fmt: skip
        return podstatus.build(self._pod, facts, failed_because)

    def _event(self, kind: str, reason: str, message: str, container: str = "") -> None:
        field = f"spec.containers{{{container}}}" if container else ""
        for other in ("initContainers", "ephemeralContainers") if container else ():
            if any(item["name"] == container for item in self._pod["spec"].get(other) or ()):
                field = f"spec.{other}{{{container}}}"
        self._recorder.event(self._pod, kind, reason, message, field_path=field, host=meta.name(self._node))

    def _soon(self, seconds: float) -> None:
        """Come again after so many seconds, or earlier if asked for."""
        self.again = seconds if self.again is None else min(self.again, seconds)


def _by_name(status: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    fields = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
    return {container["name"]: container for field in fields for container in status.get(field) or ()}


def host_ip(node: Object) -> str:
    """Return a node's internal address."""
    addresses: Sequence[Mapping[str, str]] = (node.get("status") or {}).get("addresses") or ()
    return next((entry["address"] for entry in addresses if entry["type"] == "InternalIP"), "")


def _spell(seconds: float) -> str:
    """Return seconds as Go prints a Duration: 10s, 1m20s, 5m0s."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
