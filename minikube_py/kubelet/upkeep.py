"""What a pod needs of its kubelet where it really runs: files and claims of its volumes, names, pull secrets, probes, hooks."""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from minikube_py.client.api import Client
from minikube_py.client.loops import State
from minikube_py.kits import digests
from minikube_py.kubelet import hooks, mounts, nodestatus, prober, servicenames
from minikube_py.kubelet.environment import Sources
from minikube_py.kubelet.handlers import Where
from minikube_py.kubelet.jobs import Busy, Jobs
from minikube_py.kubelet.later import Later
from minikube_py.kubelet.prober import Prober, Verdict
from minikube_py.kubelet.runtime import HOOK_FAILED, ContainerStatus, Engine, PodSandboxConfig, RuntimeFailure
from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object

_APPLIED = "applied/"
Tell = Callable[[str, str, str, str], None]  # type, reason, message, container of an event


class Place(NamedTuple):
    """Where the upkeep of all pods of a cluster gets what it needs.

    `touched` are the pods to which the engine did something by itself; `ending` has the seconds that pods were given when their end began.
    """

    engine: Engine
    jobs: Jobs
    state: State
    proxy: Client  # who sees services and endpoint slices
    touched: set[str]
    ending: dict[str, int]


class Upkeep:
    """The upkeep of one pod in one sync."""

    def __init__(self, place: Place, pod: Object, node: Object, client: Client, sources: Sources, now: float, addresses: Callable[[], dict[str, Any]],
                 tell: Tell) -> None:  # fmt: skip
        self._place = place
        self._pod = pod
        self._node = node
        self._client = client
        self._sources = sources
        self._now = now
        self._addresses = addresses
        self._tell = tell
        self._key = f"pod/{meta.key(pod)}"
        self._config: PodSandboxConfig | None = None
        self._probes = Prober(place.state, meta.uid(pod), place.jobs, self._key, now, partial(tell, "Warning"))

    def config(self) -> PodSandboxConfig:
        """Return what the pod's sandbox is made of; environment.Missing where a volume's source is not there."""
        if self._config is None:
            self._config = self._made(signs=True)
        return self._config

    def draft(self) -> PodSandboxConfig:
        """Return what config() will, but for new tokens: to sign one takes as long as to create a sandbox."""
        return self._config or self._made(signs=False)

    def _made(self, *, signs: bool) -> PodSandboxConfig:
        addresses = self._addresses()
        volumes = self._mounts(addresses, signs=signs)
        return PodSandboxConfig(self._pod, meta.name(self._node), addresses["podIP"], volumes.files(), volumes.claims(),
                                self._names(), addresses["hostIP"])  # fmt: skip

    def _names(self) -> tuple[str, ...] | None:
        found = servicenames.names(self._pod, self._place.proxy)
        return found if found or self._place.state.get(servicenames.NEEDED) is not None else None

    def _mounts(self, addresses: Mapping[str, Any], *, signs: bool = True) -> mounts.Mounts:
        return mounts.Mounts(self._pod, self._node, self._client, self._sources, self._place.state, self._now, addresses, signs=signs)

    def run_sandbox(self) -> None:
        """Let the sandbox run; Busy as long as that takes. It is begun before all of its files are there."""
        engine, jobs = self._place.engine, self._place.jobs
        if jobs.goes_on(self._key, "sandbox"):
            jobs.run(self._key, "sandbox", str)  # what came of it
            return
        draft, files = self.draft(), Later()
        try:
            # The volume of a claim has no owner but its PersistentVolume, and is never removed for want of one: somebody may have chosen to retain it.
            jobs.run(self._key, "sandbox", lambda: engine.run_pod_sandbox(draft._replace(sources=files)), stored=bool(draft.claims))
        except Busy:
            files.come(lambda: self.config().sources)
            self.applied()
            raise

    def applied(self) -> None:
        """Note that the sandbox is what config() says."""
        self._place.state.put(_APPLIED + meta.uid(self._pod), _digest(self.config()))

    def update(self) -> float | None:
        """Bring volumes and names up to date where that is not known to be so; return the seconds until there is more to do."""
        uid, state, jobs, touched = meta.uid(self._pod), self._place.state, self._place.jobs, self._place.touched
        config, what = self.config(), "update"
        wanted = _digest(config)
        while (goes_on := jobs.goes_on(self._key, what)) or uid in touched or state.get(_APPLIED + uid) != wanted:
            if not goes_on:
                touched.discard(uid)
            try:
                state.put(_APPLIED + uid, jobs.run(self._key, what, lambda: self._bring(config, wanted)))
            except Busy:
                break
            except RuntimeFailure as error:
                self._tell("Warning", "FailedMount", str(error), "")
                return 10.0
        return self._mounts({}).renewal()

    def _bring(self, config: PodSandboxConfig, digest: str) -> str:
        """Make the sandbox what is wanted now, in a thread; return what that was: something else may be, once it has come to its end."""
        self._place.engine.update_pod_sandbox(config)
        return digest

    def services(self) -> dict[str, str]:
        """Return the variables that tell a container of services."""
        return servicenames.variables(self._pod, self._place.proxy)

    def pull_secrets(self) -> list[Object]:
        """Return the secrets for pulling images that the pod names, as far as they are there; tell of others."""
        found = {name: self._sources.get("secrets", name) for item in self._pod["spec"].get("imagePullSecrets") or () if (name := item.get("name", ""))}
        absent = ", ".join(name for name, secret in found.items() if secret is None)
        if absent:
            text = f"Unable to retrieve some image pull secrets ({absent}); attempting to pull the image may not succeed."
            self._tell("Warning", "FailedToRetrieveImagePullSecret", text, "")
        return [secret for secret in found.values() if secret is not None]

    def verdict(self, spec: Mapping[str, Any], found: ContainerStatus) -> Verdict:
        """Tell how a running container stands; carry out the probes that are due."""
        return self._probes.look(spec, found, lambda: self._where(spec, found.id))

    def resize(self, spec: Mapping[str, Any], found: ContainerStatus) -> None:
        """Let a running container use what its spec says, in a thread."""
        self._place.engine.resize_container(meta.uid(self._pod), found.id, self._pod, spec, nodestatus.memory(self._node))

    def readiness(self, spec: Mapping[str, Any], found: ContainerStatus) -> Verdict:
        """Tell whether a container that is being stopped is ready; carry out that probe where it is due."""
        return self._probes.readiness(spec, found, lambda: self._where(spec, found.id))

    def _where(self, spec: Mapping[str, Any], container_id: str) -> Where:
        return hooks.where(self._place.engine, self._pod, spec, container_id, self._addresses()["podIP"])

    def after_start(self, spec: Mapping[str, Any], container_id: str) -> RuntimeFailure | None:
        """Carry out the postStart hook, in a thread; where it fails the container is stopped again."""
        problem = hooks.start(spec, self._where(spec, container_id))
        if not problem:
            return None
        self._place.engine.stop_container(meta.uid(self._pod), container_id, hooks.grace_of(self._pod))
        return RuntimeFailure(HOOK_FAILED, problem)

    def restart(self, spec: Mapping[str, Any], found: ContainerStatus, why: str) -> None:
        """Stop a container whose probe says so; it is started again as after any other end."""
        field = "startupProbe" if why == prober.STARTUP else "livenessProbe"
        grace = int((spec.get(field) or {}).get("terminationGracePeriodSeconds") or self._pod["spec"].get("terminationGracePeriodSeconds", 30))
        self.end(spec, found, "kill", self._failed(found.name, why), grace)

    def end(self, spec: Mapping[str, Any], found: ContainerStatus, what: str, message: str, grace: int) -> bool:
        """Stop one container, and tell why; True once it is done."""
        work, host = f"{what}/{found.id}", self._addresses()["podIP"]
        if not self._place.jobs.goes_on(self._key, work):
            self._tell("Normal", "Killing", message, found.name)
        try:
            problem = self._place.jobs.run(self._key, work, lambda: hooks.stop_one(self._place.engine, self._pod, spec, found, host, grace))
        except Busy:
            return False
        self._tell_of_hooks({found.name: problem} if problem else {})
        return True

    def _failed(self, name: str, why: str) -> str:
        if any(container["name"] == name for container in self._pod["spec"].get("initContainers") or ()):
            return f"Init container {name} failed {why} probe"
        again = self._pod["spec"].get("restartPolicy", "Always") != "Never"
        return f"Container {name} failed {why} probe{', will be restarted' if again else ''}"

    def stop(self, host: str) -> None:
        """Stop the pod in good order; Busy as long as that takes. Who is told meanwhile to end sooner, does."""
        grace, uid, engine = hooks.grace_of(self._pod), meta.uid(self._pod), self._place.engine
        if not self._place.jobs.goes_on(self._key, "stop"):
            self._place.ending[uid] = grace
        elif grace < self._place.ending.get(uid, grace):
            self._place.ending[uid] = grace
            with contextlib.suppress(Busy):
                self._place.jobs.run(self._key, f"stop in {grace}", lambda: engine.stop_pod_sandbox(uid, grace))
        config = PodSandboxConfig(self._pod, meta.name(self._node), names=servicenames.names(self._pod, self._place.proxy))
        self._tell_of_hooks(self._place.jobs.run(self._key, "stop", lambda: hooks.stop_all(engine, config, host, grace)))

    def _tell_of_hooks(self, problems: Mapping[str, str]) -> None:
        for name in problems:  # what the hook said is no matter of events, which more people may see
            self._tell("Warning", "FailedPreStopHook", "PreStopHook failed", name)

    def save(self) -> None:
        """Keep what was found out."""
        self._probes.save()


def forget(state: State, uid: str) -> None:
    """Forget all about a pod."""
    state.delete(_APPLIED + uid)
    prober.forget(state, uid)
    mounts.forget(state, uid)


def _digest(config: PodSandboxConfig) -> str:
    found = digests.blake2b(repr(None if config.names is None else sorted(config.names)).encode(), digest_size=16)
    for volume, files in sorted(config.sources.items()):
        for path, file in sorted(files.items()):
            found.update(repr((volume, path, len(file.data), file.mode, file.owner)).encode() + file.data)
    return found.hexdigest()
