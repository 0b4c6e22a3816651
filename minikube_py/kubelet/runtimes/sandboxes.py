"""Sandboxes on an engine: the networks, the pause image, and one container a pod that holds what its containers share."""

import contextlib
import json
import os
import threading
from collections.abc import Mapping, Sequence

from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtime import Found, PodSandboxConfig, RuntimeFailure
from minikube_py.kubelet.runtimes import cache, labels, pause, translate
from minikube_py.kubelet.runtimes.cache import Cache
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.kubelet.runtimes.volumes import Volumes

_FAILED = "CreatePodSandboxError"
_NAMES, _POD = "names", "pod"  # files in a pod's directory
_NOWHERE = json.dumps(None)  # the names of a pod that is not on the network of names


class Sandboxes:
    """The sandboxes of one cluster. `subnets`: the addresses of its pods, and of the network of names (empty: the engine chooses)."""

    def __init__(self, engine: api.Engine, owner: Owner, known: Cache, volumes: Volumes, subnets: tuple[str, str]) -> None:
        self._engine = engine
        self._owner = owner
        self._cache = known
        self._volumes = volumes
        self._subnets = subnets
        self._networks = labels.networks(owner)
        self._lock = threading.Lock()
        self._is_prepared = False

    @property
    def network(self) -> str:
        """Return the name of the network on which pods have their addresses."""
        return self._networks[0]

    def run(self, config: PodSandboxConfig) -> str:
        """Let a pod have a sandbox that runs, and return its id. What is left of former ones, or of an attempt that was cut off, goes."""
        is_new = self._volumes.is_new(config.uid) and not self._cache.of_pod(config.uid)
        self._write(config, _POD, json.dumps({"namespace": config.pod["metadata"]["namespace"], "name": config.pod["metadata"]["name"], "node": config.node}))
        there = [] if is_new else self._cache.fetch(config.uid)
        present = cache.sandbox_of(there)
        if present is not None and present.state == api.RUNNING and cache.is_whole(present, there) and self._read(config, _NAMES) is not None:
            return present.id
        held = self._volumes.prepare(config)
        try:
            self._clear(there)
        except api.EngineError as error:
            raise RuntimeFailure(_FAILED, str(error)) from error
        attempt = 0 if present is None else cache.attempt(present) + 1
        try:
            return self._create(config, attempt, held)
        except api.EngineError as error:
            if isinstance(error, api.Unreachable):
                raise RuntimeFailure(_FAILED, str(error)) from error
        with self._lock:
            self._is_prepared = False  # perhaps somebody has removed a network or the image
        try:
            return self._create(config, attempt, held)
        except api.EngineError as error:
            raise RuntimeFailure(_FAILED, str(error)) from error

    def _clear(self, there: Sequence[api.Container]) -> None:
        """Stop what runs in a sandbox that is broken, and remove it. Its ended containers stay: their end is still to be told."""
        for container in sorted(there, key=cache.is_sandbox):
            if container.state == api.CREATED:
                self._engine.remove(container.id)
            elif container.state != api.EXITED or cache.is_sandbox(container):
                retire(self._engine, container.id, 0)
            if cache.is_sandbox(container):
                with contextlib.suppress(api.Conflict):  # Podman keeps it as long as there are containers that were in it
                    self._engine.remove(container.id)
            self._cache.look(container.id)

    def _create(self, config: PodSandboxConfig, attempt: int, held: Mapping[str, str]) -> str:
        self.prepare()
        spec = translate.sandbox(config, self._owner, attempt, list(held))
        number = create_anew(self._engine, self._cache, spec)
        try:
            self._write(config, _NAMES, json.dumps(config.names))
            self._volumes.update(config)  # may have to wait for what they hold
            self._engine.start(number)
            self._volumes.share(config, held)
        except BaseException:
            self._engine.remove(number)
            self._cache.forget(number)
            raise
        self._cache.look(number)
        return number

    def prepare(self) -> None:
        """Let the networks and the image be there."""
        with self._lock:
            if self._is_prepared:
                return
            own = labels.cluster(self._owner)
            present = self._engine.networks(own)
            for name, subnet in zip(self._networks, self._subnets, strict=True):
                if name not in present:
                    self._engine.ensure_network(name, subnet, own)
            try:
                self._engine.image(pause.IMAGE)
            except api.NotFound:
                self._import()
            self._is_prepared = True

    def _import(self) -> None:
        try:
            archive = pause.archive(self._engine.info().architecture)
        except ValueError as error:
            raise api.EngineError(str(error)) from error
        self._engine.import_image(pause.IMAGE, archive, [pause.PROGRAM])

    def rename(self, config: PodSandboxConfig) -> None:
        """Let a running pod be found under other names, where they have changed. Its addresses stay, so that its connections go on."""
        sandbox = cache.sandbox_of(self._cache.of_pod(config.uid))
        known, wanted = self._read(config, _NAMES), json.dumps(config.names)
        if sandbox is None or config.names is None or config.pod["spec"].get("hostNetwork") or known == wanted:
            return
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self._volumes.folder(config.uid), _NAMES))  # so that nobody takes it for done after a kill in between
        try:
            if known != _NOWHERE:
                with contextlib.suppress(api.EngineError):  # Podman needs the next call where this one failed halfway
                    self._engine.disconnect(self._networks[1], sandbox.id)
            self._join(sandbox, config.names)
        except api.EngineError as error:
            raise RuntimeFailure(_FAILED, str(error)) from error
        self._write(config, _NAMES, wanted)

    def _join(self, sandbox: api.Container, names: Sequence[str]) -> None:
        network = self._networks[1]
        if ip := sandbox.ips.get(network, ""):
            # Somebody may have been given the address meanwhile; and Docker gives none that is asked for where it has chosen the network's range.
            with contextlib.suppress(api.EngineError):
                self._engine.connect(network, sandbox.id, aliases=names, ip=ip, mac=sandbox.macs.get(network, ""))
                return
        self._engine.connect(network, sandbox.id, aliases=names)
        self._cache.look(sandbox.id)

    def withdraw(self, config: PodSandboxConfig) -> None:
        """Let a pod that is about to end be found under those names only that it has to the end, while it still answers."""
        sandbox = cache.sandbox_of(self._cache.of_pod(config.uid))
        known = self._read(config, _NAMES)  # None where a kill came in between
        if sandbox is not None and sandbox.state == api.RUNNING and (known is None or json.loads(known)):
            self.rename(config)

    def _write(self, config: PodSandboxConfig, name: str, text: str) -> None:
        path = os.path.join(self._volumes.folder(config.uid), name)
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(f"{path}.new", path)

    def _read(self, config: PodSandboxConfig, name: str) -> str | None:
        with contextlib.suppress(OSError), open(os.path.join(self._volumes.folder(config.uid), name), encoding="utf-8") as file:
            return file.read()
        return None

    def found(self, uid: str) -> Found | None:
        """Return whose directory this is; None where it was cut off before that was noted."""
        with contextlib.suppress(OSError, ValueError), open(os.path.join(self._volumes.folder(uid), _POD), encoding="utf-8") as file:
            noted = json.load(file)
            return Found(uid, str(noted["namespace"]), str(noted["name"]), str(noted["node"]))
        return None

    def remove_networks(self) -> None:
        """Remove the cluster's networks."""
        for name in self._engine.networks(labels.cluster(self._owner)):
            self._engine.remove_network(name)


def create_anew(engine: api.Engine, known: Cache, spec: api.ContainerSpec) -> str:
    """Make a container; one of that name that was left half-made goes first. Somebody else's is not touched."""
    try:
        return engine.create(spec)
    except api.Conflict:
        present = engine.inspect(spec.name)
        if any(present.labels.get(label) != spec.labels.get(label) for label in (labels.CLUSTER, labels.UID)):
            raise
        engine.remove(present.id)
        known.forget(present.id)
        return engine.create(spec)


def retire(engine: api.Engine, container: str, timeout: int) -> None:
    """Stop a container for good: no engine that is started again starts it again."""
    with contextlib.suppress(api.EngineError):  # Podman before 5 cannot change it; what it starts again is stopped when it is seen
        engine.set_restart(container, "")
    with contextlib.suppress(api.NotFound):
        engine.stop(container, timeout)
