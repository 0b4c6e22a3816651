"""Syncs one pod: sandbox, init containers in order, containers, restarts with back-off, and the end (kubelet's SyncPod)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from minikube_py.kits.clock import parse_rfc3339
from minikube_py.kubelet import environment, nodestatus, podresize, podstatus
from minikube_py.kubelet.backoff import FIRST
from minikube_py.kubelet.environment import Missing
from minikube_py.kubelet.jobs import BROKEN, Busy
from minikube_py.kubelet.podimages import PodImages
from minikube_py.kubelet.podstatus import Waiting
from minikube_py.kubelet.runtime import (
    CREATED,
    EXITED,
    HOOK_FAILED,
    MOUNT_FAILED,
    RUNNING,
    ContainerConfig,
    ContainerStatus,
    PodSandboxConfig,
    PodSandboxStatus,
    RuntimeFailure,
)
from minikube_py.machinery import meta

_PAUSE = 10.0  # seconds until a sandbox that could not be made is tried again
_RELIST = 1.0  # seconds until a kubelet sees what became of a container that it could not start
_FAILURES = ("CreateContainerError", BROKEN)
RESET_AFTER = 600.0  # seconds a container must have run for its back-off to begin anew


class PodWorker(PodImages):
    """One sync of one pod. Make one, call sync() or stop(), and read `again`: the seconds until the next sync is due.

    What a runtime takes its time for is asked for in one sync, and its outcome taken in a later one (jobs.py).
    """

    def sync(self) -> dict[str, Any]:
        """Bring the pod's containers to what its spec asks for now; return its status."""
        sandbox = self._runtime.pod_sandbox_status(self._uid)
        if sandbox is not None or self._upkeep is not None:  # files may tell of the address
            self._ip = self._ip_of_pod()
        if sandbox is None or self._upkeep is not None:
            self._mountable = self._can_mount(begun=sandbox is not None)
            if not self._mountable and (sandbox is None or not (sandbox.ready or self._jobs.goes_on(self._key, "sandbox"))):
                self._ip = "" if sandbox is None else self._ip
                return self._status({} if sandbox is None else self._known())
            self._ip = self._ip_of_pod()
        try:
            self._sandbox(sandbox)
        except Busy:
            self.ask_for_images()
            return self._unmade(sandbox)
        except RuntimeFailure as error:
            self._tell_of_sandbox(error)
            return self._unmade(sandbox)
        for container in self._pod["spec"].get("ephemeralContainers") or ():
            self._container(container, is_init=False, once=True)
        if self._init_containers():
            for container in self._pod["spec"].get("containers") or ():
                self._container(container, is_init=False)
        found = self._known()
        if podstatus.is_over(self._pod, found):
            self._stop_sidecars(found)
            found = self._known()
        moment = self._runtime.changes_at(self._uid)
        if moment is not None:
            self._soon(moment - self._clock.now())
        self._deadline()
        if self._resize.reason == "Deferred":
            self._soon(podresize.RETRY)
        if self._upkeep is not None:
            self._upkeep.save()
        return self._status(found)

    def _sandbox(self, found: PodSandboxStatus | None) -> None:
        """Make the sandbox run, and be what its pod asks for by now; Busy as long as it does not run."""
        if found is not None and found.ready and not self._jobs.goes_on(self._key, "sandbox"):
            if self._upkeep is not None and self._mountable:
                self._soon(self._upkeep.update())
            return
        if found is not None and not self._jobs.goes_on(self._key, "sandbox") and podstatus.is_over(self._pod, self._known()):
            return  # nobody would live in another one
        if self._upkeep is not None:
            if (left := self._backoff.left("sandbox")) and not self._jobs.goes_on(self._key, "sandbox"):
                self._soon(left)  # what is left of the last try, as it goes, is no news
                raise Busy("sandbox")
            if found is not None and found.id and not self._jobs.goes_on(self._key, "sandbox"):
                self._event("Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
            self._upkeep.run_sandbox()
            return
        config = PodSandboxConfig(self._pod, meta.name(self._node), self._ip)
        self._jobs.run(self._key, "sandbox", lambda: self._runtime.run_pod_sandbox(config))

    def _unmade(self, sandbox: PodSandboxStatus | None) -> dict[str, Any]:
        """Return the pod's status until it has its sandbox: the address is known only then."""
        if sandbox is None and self._upkeep is not None:
            self._ip = ""
        return self._status(self._known())

    def _tell_of_sandbox(self, error: RuntimeFailure) -> None:
        """Tell why there is no sandbox, and try again soon."""
        if error.reason == MOUNT_FAILED:
            self._event("Warning", error.reason, str(error))
        else:
            self._event("Warning", "FailedCreatePodSandBox", f"Failed to create pod sandbox: {error}")
            self._backoff.clear("sandbox")  # the pause does not grow: a port, say, may be free at any time
            self._backoff.note("sandbox")
        self._soon(_PAUSE)

    def stop(self, failed_because: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """Stop all containers; return the pod's last status, None where it has that already. Busy where that takes time."""
        if not self._jobs.goes_on(self._key, "stop"):
            self._tell_killing()
        former = self._pod.get("status") or {}
        if self._upkeep is not None:
            self._upkeep.stop(former.get("podIP", ""))
        else:
            self._jobs.run(self._key, "stop", lambda: self._runtime.stop_pod_sandbox(self._uid))
        if former.get("phase") in ("Succeeded", "Failed"):
            return None
        self._ip = former.get("podIP", "")
        return self._status(self._known(), over=True, failed_because=failed_because)

    def ending(self) -> dict[str, Any] | None:
        """Return the status of a pod that is being stopped, where a probe still asks whether it is ready; no other probes go on by then."""
        if self._upkeep is None:
            return None
        self._ip, found = (self._pod.get("status") or {}).get("podIP", ""), self._known()
        for spec in meta.containers(self._pod["spec"]):
            state = found.get(spec["name"])
            if spec.get("readinessProbe") and state is not None and state.state == RUNNING:
                verdict = self._verdicts[state.name] = self._upkeep.readiness(spec, state)
                self._soon(verdict.soon)
        self._upkeep.save()
        return self._status(found) if self._verdicts else None

    def _tell_killing(self) -> None:
        for container in self._known().values():
            if container.state == RUNNING:
                self._event("Normal", "Killing", f"Stopping container {container.name}", container.name)

    def _can_mount(self, *, begun: bool) -> bool:
        """Tell whether all volumes have what they are made of. What runs already keeps what it has mounted."""
        try:
            environment.check_volumes(self._pod, self._sources, self._client, begun=begun)
            if self._upkeep is not None:
                self._upkeep.draft()
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

    def _init_containers(self) -> bool:
        """Run the init containers in order; True once all have ended well and sidecars have started. Sidecars that another one came after never hold it up."""
        inits = self._pod["spec"].get("initContainers") or []
        reached = self._reached(inits)
        for container in inits[:reached]:
            if container.get("restartPolicy") == "Always":
                self._container(container, is_init=True)
        return all(self._container(container, is_init=True) for container in inits[reached:])

    def _reached(self, inits: Sequence[Mapping[str, Any]]) -> int:
        """Return how many init containers have been passed: all where ordinary ones were started, in a sandbox whose init containers have ended well."""
        found = self._known()
        begun = {name for name, state in found.items() if state.state in (RUNNING, EXITED)}
        ordinary = [found.get(container["name"]) for container in inits if container.get("restartPolicy") != "Always"]
        is_done = all(state is not None and state.state == EXITED and not state.exit_code for state in ordinary)
        if is_done and any(container["name"] in begun for container in self._pod["spec"].get("containers") or ()):
            return len(inits)
        return max((number for number, container in enumerate(inits) if container["name"] in begun), default=0)

    def _container(self, spec: Mapping[str, Any], *, is_init: bool, once: bool = False) -> bool:
        """Make one container run, again where it has ended and not `once` is enough; for an init container tell whether the next may follow."""
        name = spec["name"]
        found = self._known().get(name)
        sidecar = is_init and spec.get("restartPolicy") == "Always"
        starting = any(self._jobs.goes_on(self._key, f"{what}/{name}") for what in ("pull", "start"))
        if found is not None and (found.restarts or found.restarting):
            self._restarted_by_engine(found)
        if found is not None and not once and (sidecar or not is_init) and self._is_outdated(spec, found):
            if (ended := self._end_outdated(spec, found, sidecar=sidecar)) is None:
                return False
            found = self._start(spec, ended, is_init=is_init)
        elif starting or found is None or self._is_unstarted(found) or (found.state == EXITED and not once and
                                                                        self._restart(spec, found, sidecar=sidecar, is_init=is_init)):  # fmt: skip
            found = self._start(spec, found, is_init=is_init)
        elif found.state != CREATED and self._was_awaited(found):
            self._event("Normal", "Started", f"Started container {name}", name)
        started = found is not None and found.state == RUNNING and self._is_well(spec, found)
        if not is_init or found is None:
            return False
        if sidecar:
            return started
        return found.state == EXITED and found.exit_code == 0

    def _is_outdated(self, spec: Mapping[str, Any], found: ContainerStatus) -> bool:
        """Tell whether a container is not what its spec asks for by now (its image and resources may change), or is being stopped for that."""
        if self._jobs.goes_on(self._key, f"change/{found.id}"):
            return True
        return found.state == RUNNING and (found.image != spec.get("image", "") or podresize.needs_restart(spec, self._former.get(found.name) or {}))

    def _end_outdated(self, spec: Mapping[str, Any], found: ContainerStatus, *, sidecar: bool) -> ContainerStatus | None:
        """Stop such a container, to be started again whatever the pod's policy is; return how it ended, None as long as it runs."""
        name, seconds = found.name, int(self._pod["spec"].get("terminationGracePeriodSeconds", 30))
        if found.image == spec.get("image", ""):
            message = f"Container {name} resize requires restart"
        else:
            message = f"Init container {name} definition changed" if sidecar else f"Container {name} definition changed, will be restarted"
        if self._upkeep is None:
            self._event("Normal", "Killing", message, name)
            self._runtime.stop_container(self._uid, found.id, seconds)
        elif not self._upkeep.end(spec, found, "change", message, seconds):
            return None
        ended = self._known().get(name)
        if ended is None or ended.state == RUNNING:
            return None
        self._backoff.clear(f"restart/{name}")
        self._last[name] = {"terminated": podstatus.terminated(ended, self._runtime.name)}
        self._restarts[name] = ended.attempt + ended.restarts + 1
        return ended

    def _is_unstarted(self, found: ContainerStatus) -> bool:
        """Tell whether a container was made and could not be started, or was not before the process that made it was killed."""
        return found.state == CREATED and not found.started_at and self._runtime.changes_at(self._uid) is None

    def _is_well(self, spec: Mapping[str, Any], found: ContainerStatus) -> bool:
        """Let a running container have what it was granted, and ask its probes; tell whether it has started as far as they know."""
        if self._upkeep is None:
            return True
        self._bring_resources(spec, found)
        verdict = self._verdicts[found.name] = self._upkeep.verdict(spec, found)
        self._soon(verdict.soon)
        if verdict.failed:
            self._upkeep.restart(spec, found, verdict.failed)
        return verdict.started

    def _restarted_by_engine(self, found: ContainerStatus) -> None:
        """Note what an engine did by itself since the pod was last looked at."""
        self._restarts[found.name] = max(self._restarts.get(found.name, 0), found.attempt + found.restarts)
        ended = found if found.restarting else found.last
        if ended is not None:
            self._last[found.name] = podstatus.told(self._last.get(found.name) or {}, podstatus.terminated(ended, self._runtime.name))
        if found.restarting:
            self._wait_for_restart(found, max(self._backoff.pause(f"restart/{found.name}"), FIRST))

    def _was_awaited(self, found: ContainerStatus) -> bool:
        """Tell whether a container that was made in an earlier sync has started since."""
        former = self._former.get(found.name) or {}
        waiting = (former.get("state") or {}).get("waiting") or {}
        return waiting.get("reason") in ("ContainerCreating", "PodInitializing") and former.get("containerID") == f"{self._runtime.name}://{found.id}"

    def _restart(self, spec: Mapping[str, Any], found: ContainerStatus, *, sidecar: bool, is_init: bool) -> bool:
        """Tell whether an ended container is to be started again now; a later time is noted."""
        policy = "Always" if sidecar else self._pod["spec"].get("restartPolicy", "Always")
        if found.restarting or sidecar and podstatus.is_over(self._pod, self._known()):
            return False  # the engine will, or nobody needs it any more
        if policy == "Never" or found.exit_code == 0 and (is_init and not sidecar or policy != "Always"):
            return False
        if self._waited_for(found.name) == podstatus.NOT_RUN and (left := found.finished_at + _RELIST - self._clock.now()) > 0:
            self._goes_on(found.name)
            self._soon(left)
            return False
        what = f"restart/{found.name}"
        if found.finished_at - found.started_at >= RESET_AFTER or found.image != spec.get("image", ""):  # another image may be better
            self._backoff.clear(what)
        self._last[found.name] = {"terminated": podstatus.terminated(found, self._runtime.name)}
        pause = self._backoff.pause(what)
        left = found.finished_at + pause - self._clock.now()
        if left > 0:
            self._wait_for_restart(found, pause)
            self._soon(left)
            return False
        self._backoff.note(what)
        self._restarts[found.name] = found.attempt + found.restarts + 1
        return True

    def _wait_for_restart(self, found: ContainerStatus, pause: float) -> None:
        pod = f"{meta.name(self._pod)}_{meta.namespace(self._pod)}({self._uid})"
        self._waiting[found.name] = Waiting("CrashLoopBackOff", f"back-off {_spell(pause)} restarting failed container={found.name} pod={pod}")
        if self._waited_for(found.name) != "CrashLoopBackOff":
            self._event("Warning", "BackOff", f"Back-off restarting failed container {found.name} in pod {pod}", found.name)

    def _start(self, spec: Mapping[str, Any], former: ContainerStatus | None, *, is_init: bool) -> ContainerStatus | None:
        name = spec["name"]
        what = f"start/{name}"
        if self._rests_after_failure(name) or not self._mountable:
            return None
        try:
            is_made = former is not None and self._is_unstarted(former)
            if not is_made and not self._jobs.goes_on(self._key, what) and not self.pull(spec):
                return None
            config = self._config(spec, former, is_init=is_init)
            failure = self._jobs.run(self._key, what, lambda: self._launch(config, former.id if former is not None and is_made else ""))
            if self._waited_for(name) != BROKEN:
                self._event("Normal", "Created", f"Created container: {name}", name)
            if failure is not None and failure.reason != HOOK_FAILED:
                raise failure
        except Busy:
            self._goes_on(name)
            return None
        except RuntimeFailure as error:
            self._refused(name, error)
            return None
        found = self._known().get(name)
        if found is not None and found.state != CREATED:
            self._event("Normal", "Started", f"Started container {name}", name)
        if found is not None and failure is not None:
            self._ended_by_hook(found, failure)
        return found

    def _config(self, spec: Mapping[str, Any], former: ContainerStatus | None, *, is_init: bool) -> ContainerConfig:
        """Return what a container is made of; RuntimeFailure where something that it names is missing."""
        attempt = 0 if former is None else former.attempt + former.restarts + 1
        services = self._upkeep.services() if self._upkeep is not None else {}
        env = environment.variables(self._pod, spec, self._sources, self._addresses(), self._node, services)
        config = ContainerConfig(spec, attempt, env, is_init)
        if self._upkeep is None:
            return config
        return config._replace(sandbox=self._upkeep.config(), memory=nodestatus.memory(self._node))

    def _ended_by_hook(self, found: ContainerStatus, failure: RuntimeFailure) -> None:
        """Note that a container was stopped because of its postStart hook. What the hook said is no matter of events, which more people may see."""
        self._event("Warning", "FailedPostStartHook", "PostStartHook failed", found.name)
        self._event("Normal", "Killing", "FailedPostStartHook", found.name)
        if found.state == EXITED and self._pod["spec"].get("restartPolicy", "Always") != "Never":
            self._last[found.name] = {"terminated": podstatus.terminated(found, self._runtime.name)}
            self._waiting[found.name] = Waiting(failure.reason, str(failure))
            self._soon(self._backoff.pause(f"restart/{found.name}"))

    def _goes_on(self, name: str) -> None:
        """Show a container as it was waiting before, as long as it is being made: what comes of that is not known yet, and a hook may go on."""
        if self._upkeep is None:
            return
        waiting = (self._former.get(name, {}).get("state") or {}).get("waiting") or {}
        usual = "PodInitializing" if self._pod["spec"].get("initContainers") else "ContainerCreating"
        self._waiting.setdefault(name, Waiting(waiting.get("reason") or usual, waiting.get("message", "")))

    def _launch(self, config: ContainerConfig, made: str) -> RuntimeFailure | None:
        """Create a container, unless it was `made` before, and start it; return why it could not be started."""
        created = made or self._runtime.create_container(self._uid, config)
        try:
            self._runtime.start_container(self._uid, created)
        except RuntimeFailure as failure:
            return failure
        return None if self._upkeep is None else self._upkeep.after_start(config.spec, created)

    def _refused(self, name: str, error: RuntimeFailure) -> None:
        """Note that a container cannot be made as its spec is; config maps and secrets wake the pod when they come."""
        what = f"create/{name}"
        self._waiting[name] = Waiting(error.reason, str(error))
        if error.reason == podstatus.NOT_RUN:  # its policy says what comes of that
            self._event("Warning", "Failed", f"Error: {error}", name)
            self._soon(0.0)
            return
        self.missing_sources = True
        if not self._backoff.left(what):
            self._event("Warning", "Failed", f"Error: {error}", name)
            self._backoff.note(what)
        self._soon(self._backoff.left(what))

    def _rests_after_failure(self, name: str) -> bool:
        """Tell whether a container that the runtime could not make or start has to wait for its next try."""
        left = self._backoff.left(f"create/{name}")
        if not left or self._waited_for(name) not in _FAILURES:
            return False
        waiting = self._former[name]["state"]["waiting"]
        self._waiting[name] = Waiting(waiting["reason"], waiting.get("message", ""))
        self._soon(left)
        return True

    def _stop_sidecars(self, found: Mapping[str, ContainerStatus]) -> None:
        """Stop the sidecars of a pod that is over, the last one first."""
        seconds = int(self._pod["spec"].get("terminationGracePeriodSeconds", 30))
        for container in reversed(self._pod["spec"].get("initContainers") or []):
            state, what = found.get(container["name"]), f"end/{container['name']}"
            if state is None or state.state != RUNNING and not self._jobs.goes_on(self._key, what):
                continue
            try:
                self._jobs.run(self._key, what, partial(self._runtime.stop_container, self._uid, state.id, seconds))
            except Busy:
                return


def _spell(seconds: float) -> str:
    """Return seconds as Go prints a Duration: 10s, 1m20s, 5m0s."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
