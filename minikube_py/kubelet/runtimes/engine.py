"""Pods on a container engine: the kubelet's Engine and StreamingRuntime in terms of engines.api.

The engine's labels are the only truth: nothing is remembered that a killed process could miss. Everything that is done here may be cut off at any
point; asked again, it looks at what is there and goes on, or begins anew.
"""

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.kits.clock import Clock
from minikube_py.kubelet import podstatus
from minikube_py.kubelet.engines import api
from minikube_py.kubelet.jobs import BROKEN
from minikube_py.kubelet.runtime import ContainerConfig, ContainerStats, Found, PodSandboxConfig, PodSandboxStatus, RuntimeFailure
from minikube_py.kubelet.runtimes import binds, cache, labels, limits, paths, podlogs, sandboxes, security, statuses, translate
from minikube_py.kubelet.runtimes.cache import Cache
from minikube_py.kubelet.runtimes.images import Images, Progress
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.kubelet.runtimes.sandboxes import Sandboxes
from minikube_py.kubelet.runtimes.statuses import End
from minikube_py.kubelet.runtimes.translate import Source, Surroundings
from minikube_py.kubelet.runtimes.volumes import Place, Volumes
from minikube_py.kubelet.streams import ExecSession, PortForward
from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from minikube_py.kubelet.runtimes.portforward import Way

_CREATE = "CreateContainerError"
_MESSAGE_BYTES, _LOG_BYTES, _LOG_LINES = 4096, 2048, 80  # as kubelets take of termination messages
_PROFILES = "seccomp"  # the folder for local profiles
_PROFILE_BYTES = 1024 * 1024
_AT_ONCE = 8


def _quiet(image: str, layer: str, done: int, whole: int) -> None:
    """Tell nobody."""


class EngineRuntime:
    """The pods of one cluster on one engine. `subnets`: those of the pods' addresses and of the services' names (empty: the engine chooses)."""

    def __init__(self, engine: api.Engine, owner: Owner, place: Place, clock: Clock, subnets: tuple[str, str], progress: Progress = _quiet) -> None:
        self.name = engine.name
        self.engine = engine
        self._owner = owner
        self._place = place
        self._clock = clock
        self._info: api.Info | None = None
        self._holder = _run_of_machine()
        self._volumes = Volumes(engine, owner, place, self._sees_mounts)
        self._cache = Cache(engine, owner, self._note)
        self._sandboxes = Sandboxes(engine, owner, self._cache, self._volumes, subnets)
        self.images = Images(engine, progress)
        self._ends: dict[str, End] = {}
        self._folders: dict[str, Found] = {}  # pods that have a directory

    @property
    def info(self) -> api.Info:
        """Return what the engine says of itself."""
        if self._info is None:
            self._info = self.engine.info()
        return self._info

    @property
    def version(self) -> str:
        """Return the engine's version."""
        return self.info.version

    # -- what is there

    def relist(self) -> list[Found]:
        """Return the pods to which something has happened, and mend what can be mended at once."""
        news = {container.labels.get(labels.UID, ""): container for container in self._cache.refresh()}
        for container in self._cache.all():
            with contextlib.suppress(api.EngineError):  # it has changed since; all others are not to wait for it
                if self._mend(container):
                    news[container.labels.get(labels.UID, "")] = container
        found = {uid: Found(uid, *(one.labels.get(label, "") for label in (labels.NAMESPACE, labels.POD, labels.NODE))) for uid, one in news.items() if uid}
        return list((self._new_folders() | found).values())

    def _mend(self, container: api.Container) -> bool:
        """Let a paused container go on, and remove what carries our labels but cannot be ours; tell whether anything was done."""
        if not cache.is_ours(container):
            self._drop(container.id)
        elif container.state == api.PAUSED:
            self.engine.unpause(container.id)
            self._cache.look(container.id)
        elif not cache.is_sandbox(container) and container.state in (api.RUNNING, api.RESTARTING) and self._is_outdated(container):
            self._drop(container.id)
        else:
            return False
        return True

    def _is_outdated(self, container: api.Container) -> bool:
        """Tell whether there is a later attempt: an engine that was started again may have started an old container again."""
        name, mine = container.labels[labels.CONTAINER], cache.attempt(container)
        return any(one.labels.get(labels.CONTAINER) == name and cache.attempt(one) > mine for one in self._cache.of_pod(container.labels[labels.UID]))

    def _drop(self, number: str) -> None:
        self.engine.remove(number)
        self._cache.forget(number)

    def _new_folders(self) -> dict[str, Found]:
        """Return pods whose directory is new to us: that may be all that is left of one."""
        known = set(self._volumes.known())
        self._folders = {uid: found for uid, found in self._folders.items() if uid in known}
        fresh = {uid: self._sandboxes.found(uid) for uid in known - set(self._folders)}
        noted = {uid: found for uid, found in fresh.items() if found is not None}
        for uid in set(fresh) - set(noted):
            if not self._cache.of_pod(uid):
                with contextlib.suppress(api.EngineError, RuntimeFailure):  # else at the next look
                    self._volumes.remove(uid)  # cut off before anything was made
        self._folders |= noted
        return noted

    def pod_sandbox_status(self, uid: str) -> PodSandboxStatus | None:
        """Return what is known of a pod, at once."""
        containers = self._cache.of_pod(uid)
        if not containers and uid not in self._folders:
            return None
        return statuses.pod(uid, containers, self._sandboxes.network, self._holder, self._ends)

    def list_pod_sandboxes(self) -> list[str]:
        """Return the uids of all pods of which something is there."""
        return sorted({container.labels.get(labels.UID, "") for container in self._cache.all()} | set(self._folders))

    def changes_at(self, uid: str) -> None:
        """Nothing can be told beforehand."""

    def _note(self, container: api.Container, before: api.Container | None) -> None:
        """Keep how a container ended, while that can be seen: an engine that starts it again forgets."""
        if cache.is_sandbox(container) or container.state not in (api.EXITED, api.RESTARTING):
            return
        started = container.started_at if container.started_at <= container.finished_at else before.started_at if before is not None else 0.0
        self._ends[container.id] = End(container.finished_at, container.exit_code, statuses.reason(container), self._message(container), started)

    def _message(self, container: api.Container) -> str:
        """Return a container's termination message, by its policy."""
        uid, name = container.labels.get(labels.UID, ""), container.labels.get(labels.CONTAINER, "")
        text = ""
        with contextlib.suppress(OSError, paths.Escape, RuntimeFailure):
            file = self._volumes.message_file(uid, name, cache.attempt(container))
            text = paths.read_below(os.path.dirname(file), os.path.basename(file), _MESSAGE_BYTES, last=True).decode("utf-8", "replace")
        if not text and container.exit_code and container.labels.get(labels.MESSAGE) == "FallbackToLogsOnError":
            with contextlib.suppress(api.EngineError):
                text = podlogs.last_words(self.engine, container.id, _LOG_LINES, _LOG_BYTES)
        return ": ".join(filter(None, (container.error, text)))

    # -- sandboxes

    def run_pod_sandbox(self, config: PodSandboxConfig) -> str:
        """Make a pod's volumes and its sandbox."""
        self._folders[config.uid] = Found(config.uid, meta.namespace(config.pod), meta.name(config.pod), config.node)
        return self._sandboxes.run(config)

    def update_pod_sandbox(self, config: PodSandboxConfig) -> None:
        """Bring volumes and names up to date; remove containers that the pod does not have."""
        self._volumes.update(config)
        self._sandboxes.rename(config)
        spec = config.pod["spec"]
        names = {one["name"] for field in ("initContainers", "containers", "ephemeralContainers") for one in spec.get(field) or ()}
        for container in self._cache.of_pod(config.uid):
            if not cache.is_sandbox(container) and container.labels.get(labels.CONTAINER) not in names:
                self._drop(container.id)

    def withdraw_pod_sandbox(self, config: PodSandboxConfig) -> None:
        """Take a pod's names away."""
        self._sandboxes.withdraw(config)

    def stop_pod_sandbox(self, uid: str, timeout: int = 0) -> None:
        """Stop all containers of a pod side by side, then its sandbox."""
        there = [one for one in self._cache.fetch(uid) if one.state not in (api.EXITED, api.CREATED)]
        self._at_once(lambda one: self._stop(one.id, timeout), [one for one in there if not cache.is_sandbox(one)])
        self._at_once(lambda one: self._stop(one.id, 0), [one for one in there if cache.is_sandbox(one)])

    def _stop(self, number: str, timeout: int) -> None:
        sandboxes.retire(self.engine, number, timeout)
        self._cache.look(number)

    def remove_pod_sandbox(self, uid: str) -> None:
        """Leave nothing of a pod: containers, sandbox, volumes, directory. In this order, so that what remains after a kill is found again."""
        there = self._cache.fetch(uid)
        self._at_once(lambda one: self._drop(one.id), [one for one in there if not cache.is_sandbox(one)])
        self._at_once(lambda one: self._drop(one.id), [one for one in there if cache.is_sandbox(one)])
        for container in there:
            self._ends.pop(container.id, None)
        self._volumes.remove(uid)
        self._folders.pop(uid, None)

    def _at_once(self, work: Any, items: Sequence[api.Container]) -> None:
        if len(items) < 2:
            for item in items:
                work(item)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(min(_AT_ONCE, len(items))) as pool:
            list(pool.map(work, items))

    def remove_volume(self, name: str) -> None:
        """Remove the volume of a PersistentVolume."""
        self.engine.remove_volume(labels.claim_name(self._owner, name))

    def remove_all(self) -> None:
        """Leave nothing of the cluster on the engine."""
        self._cache.refresh()
        while self._cache.all():
            for only_sandboxes in (False, True):
                self._at_once(lambda one: self._drop(one.id), [one for one in self._cache.all() if cache.is_sandbox(one) == only_sandboxes])
            self._cache.refresh()  # an engine goes on with what a process asked for that was killed just now
        self._volumes.remove_all()
        self._sandboxes.remove_networks()
        self._folders.clear()

    # -- containers

    def pull_image(self, image: str, pod: Object, container: str, pull_secrets: Sequence[Object] = ()) -> str:
        """Make an image present, by the policy of the container."""
        spec = pod["spec"]
        everyone = [one for field in ("initContainers", "containers", "ephemeralContainers") for one in spec.get(field) or ()]
        policy = next((one.get("imagePullPolicy", "IfNotPresent") for one in everyone if one["name"] == container), "IfNotPresent")
        return self.images.ensure(image, policy, pull_secrets)

    def create_container(self, uid: str, config: ContainerConfig) -> str:
        """Create a container in a pod's sandbox."""
        sandbox = cache.sandbox_of(self._cache.of_pod(uid))
        if sandbox is None or sandbox.state != api.RUNNING or config.sandbox is None:
            raise RuntimeFailure(_CREATE, f"the sandbox of pod {uid} does not run")
        try:
            number = self._create(config, config.sandbox, sandbox)
        except (api.EngineError, OSError) as error:
            raise RuntimeFailure(_CREATE, str(error)) from error
        self._retire_older(uid, config)
        return number

    def _create(self, config: ContainerConfig, pod_config: PodSandboxConfig, sandbox: api.Container) -> str:
        spec, uid = config.spec, pod_config.uid
        image = self.images.find(spec.get("image", ""))
        mounts = spec.get("volumeMounts") or ()
        sources: list[Source] = [self._volumes.source(config, pod_config, number) for number in range(len(mounts))]
        around = Surroundings(
            owner=self._owner,
            sandbox=sandbox.id,
            sandbox_attempt=cache.attempt(sandbox),
            image=image,
            sources=sources,
            hosts=self._volumes.hosts(uid),
            message=self._volumes.new_message_file(uid, spec["name"], config.attempt),
            profiles=self._profiles(pod_config.pod, spec),
            holder=self._holder,
            target=self._target(uid, spec),
        )
        return sandboxes.create_anew(self.engine, self._cache, translate.container(config, pod_config, around))

    def _sees_mounts(self, uid: str) -> bool:
        sandbox = cache.sandbox_of(self._cache.of_pod(uid))
        return sandbox is not None and sandbox.pid > 0 and binds.seen_by_maker_of(sandbox.pid)

    def _target(self, uid: str, spec: Mapping[str, Any]) -> str:
        """Return the container whose processes an ephemeral container is to see."""
        name = spec.get("targetContainerName")
        return self._running(uid, name).id if name else ""

    def _profiles(self, pod: Object, spec: Mapping[str, Any]) -> dict[str, str]:
        """Return the local seccomp profile that a container names, where there is such a file in the cluster's folder for them."""
        name = (security.effective(pod, spec).get("seccompProfile") or {}).get("localhostProfile", "")
        with contextlib.suppress(OSError, paths.Escape):
            return {name: paths.read_below(os.path.join(self._place.folder, _PROFILES), name, _PROFILE_BYTES).decode("utf-8", "replace")} if name else {}
        return {}

    def _retire_older(self, uid: str, config: ContainerConfig) -> None:
        """Keep one earlier container, for its log, and let nothing start it again."""
        older = [one for one in self._cache.of_pod(uid) if one.labels.get(labels.CONTAINER) == config.spec["name"] and cache.attempt(one) < config.attempt]
        for container in older[:-1]:
            self._drop(container.id)
        for container in older[-1:]:
            if container.state == api.CREATED:
                self._drop(container.id)
            else:
                self._stop(container.id, 0)

    def start_container(self, uid: str, container_id: str) -> None:
        """Start a created container."""
        try:
            self.engine.start(container_id)
        except api.EngineError as error:
            raise RuntimeFailure(BROKEN if isinstance(error, api.Unreachable) else podstatus.NOT_RUN, str(error)) from error
        finally:
            self._cache.look(container_id)

    def resize_container(self, uid: str, container_id: str, pod: Object, spec: Mapping[str, Any], memory: int) -> None:
        """Change what a running container may use."""
        try:
            self.engine.resize(container_id, limits.limits(pod, spec, memory))
        except api.EngineError as error:
            raise RuntimeFailure("ResizeError", str(error)) from error

    def stop_container(self, uid: str, container_id: str, timeout: int) -> None:
        """Stop a container for good."""
        self._stop(container_id, timeout)

    # -- in containers

    def _containers(self, uid: str) -> list[api.Container]:
        """Return what a pod has on the engine, for who comes from outside: where another process settles, nobody here has looked yet."""
        return self._cache.of_pod(uid) or self._cache.fetch(uid)

    def _running(self, uid: str, name: str) -> api.Container:
        """Return a container that runs; NotFound where it does not."""
        for container in reversed(self._containers(uid)):
            if container.labels.get(labels.CONTAINER) == name and container.state in (api.RUNNING, api.PAUSED):
                return container
        raise api.NotFound(f'container not found ("{name}")')

    def exec_sync(self, uid: str, container_id: str, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        """Run a process to its end in a container."""
        return self.engine.run_exec(container_id, command, timeout)

    def stats(self, uid: str) -> Mapping[str, ContainerStats]:
        """Return what the running containers of a pod use now."""
        found: dict[str, ContainerStats] = {}
        for container in self._containers(uid):
            if container.state == api.RUNNING and not cache.is_sandbox(container):
                with contextlib.suppress(api.NotFound, api.Conflict):
                    used = self.engine.stats(container.id)
                    found[container.labels[labels.CONTAINER]] = ContainerStats(used.cpu_ns, used.memory, used.at)
        return found

    def logs(self, pod: Object, container: str, options: Mapping[str, Any]) -> Iterator[str]:
        """Yield the log lines of a container: previous, follow, tailLines, sinceTime, sinceSeconds and timestamps are seen to."""
        return podlogs.lines(self.engine, self._containers(meta.uid(pod)), pod, container, options, self._clock.now())

    def exec(self, pod: Object, container: str, command: Sequence[str], *, tty: bool) -> ExecSession:
        """Prepare a process in a running container."""
        try:
            return self.engine.exec(self._running(meta.uid(pod), container).id, command, tty=tty, stdin=True)
        except api.EngineError as error:
            raise errors.BadRequest(f"unable to upgrade connection: {error}") from error

    def attach(self, pod: Object, container: str, *, tty: bool) -> ExecSession:
        """Prepare to join a container's main process."""
        everyone = [one for field in ("initContainers", "containers", "ephemeralContainers") for one in pod["spec"].get(field) or ()]
        stdin = any(one["name"] == container and one.get("stdin") for one in everyone)
        try:
            return self.engine.attach(self._running(meta.uid(pod), container).id, tty=tty, stdin=stdin)
        except api.EngineError as error:
            raise errors.BadRequest(f"unable to upgrade connection: {error}") from error

    # -- to its ports

    def port_forward(self, pod: Object) -> PortForward:
        """Prepare connections to a pod's ports from within it."""
        return self._ports(pod, inside=True)

    def reach(self, pod: Object) -> PortForward:
        """Prepare connections to a pod's ports at its address."""
        return self._ports(pod, inside=False)

    def _ports(self, pod: Object, *, inside: bool) -> PortForward:
        sandbox = cache.sandbox_of(self._containers(meta.uid(pod)))
        if sandbox is None or sandbox.state != api.RUNNING:
            raise errors.BadRequest(f"unable to upgrade connection: pod {meta.namespace(pod)}/{meta.name(pod)} does not run")
        return self._way(sandbox).ports(inside=inside)

    def connect(self, uid: str, port: int, timeout: float) -> socket.socket:
        """Connect to a TCP port of a pod's address."""
        return self._way(self._sandbox(uid)).connect(port, timeout)

    def check(self, uid: str, port: int, timeout: float) -> None:
        """Connect to a TCP port of a pod's address, and no more."""
        self._way(self._sandbox(uid)).check(port, timeout)

    def _sandbox(self, uid: str) -> api.Container:
        sandbox = cache.sandbox_of(self._cache.of_pod(uid))
        if sandbox is None:
            raise ConnectionRefusedError(f"pod {uid} has no sandbox")
        return sandbox

    def _way(self, sandbox: api.Container) -> "Way":
        from minikube_py.kubelet.runtimes.portforward import Way

        return Way(self.engine, sandbox, is_near=self.info.near)


def _run_of_machine() -> str:
    """Return what tells this run of the machine from earlier ones: bind mounts do not outlive it."""
    with contextlib.suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""
