"""What works on a container engine: each thing that pods need is tried for once, and nothing of it stays."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from minikube_py.cluster import engines, trials
from minikube_py.cluster.cluster import ENGINES, Settings
from minikube_py.cluster.home import Home
from minikube_py.kubelet.engines import api, find
from minikube_py.kubelet.runtimes import labels, opening, pause, portforward
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.machinery.errors import KctlError

_CLEANING = "cleaning up"
_SECONDS = 2.0  # to connect to a container


class Finding(NamedTuple):
    """What came of one check."""

    engine: str
    what: str
    well: bool
    text: str


def examine(home: Home, cluster: str = "", runtime: str = "", image: str = "") -> list[Finding]:
    """Return what was found out about the engine of a cluster, one engine, or all."""
    where: dict[str, str] = dict(os.environ)
    if cluster:
        settings = Settings.read(home.cluster(cluster))
        if settings.runtime not in ENGINES:
            raise KctlError(f'cluster "{cluster}" is on no engine: its runtime is {settings.runtime}')
        runtime, where = settings.runtime, opening.environment(settings.runtime, settings.engine)
    if runtime and runtime not in ENGINES:
        raise KctlError(f'there is no engine "{runtime}"; there are: {", ".join(ENGINES)}')
    trials.sweep(home)
    found: list[Finding] = []
    for kind in [runtime] if runtime else ENGINES:
        try:
            engine = find.open_engine(kind, where)
            info = engine.info()
        except KctlError as error:
            found.append(Finding(kind, "engine", False, str(error)))
            continue
        address = (find.docker_address if kind == "docker" else find.podman_address)(where)
        found += [Finding(kind, "engine", True, f"{info.version}, API {info.api_version}, at {address.url}"), *_of_info(kind, info)]
        with trials.noted(home, kind, engines.where(kind, where)) as owner:
            tried = _Trial(kind, engine, owner, image).run()
            if all(each.what != _CLEANING for each in tried):
                trials.done(home, owner.id)
        found += tried
    return found


def is_well(findings: Sequence[Finding], *, chosen: bool) -> bool:
    """Tell whether clusters can be made: on the engine that was chosen, or on at least one."""
    good = {found.engine for found in findings} - {found.engine for found in findings if not found.well}
    return bool(good) if not chosen else bool(findings) and all(found.well for found in findings)


def _of_info(kind: str, info: api.Info) -> Iterator[Finding]:
    yield Finding(kind, "machine", True, f"{info.os}, {info.kernel}, {info.architecture}, {info.cpus} CPUs, {info.memory >> 20} MiB")
    yield Finding(kind, "cgroup", True, info.cgroup)
    yield Finding(kind, "rights", True, "rootless" if info.rootless else "root")


class _Trial:
    """A pod's worth of things on an engine, for a moment."""

    def __init__(self, kind: str, engine: api.Engine, owner: Owner, image: str) -> None:
        self._kind = kind
        self._engine = engine
        self._image = image
        self._owner = owner
        self._container = ""

    def run(self) -> list[Finding]:
        """Try one thing after another; what needs one that failed is left out."""
        steps: list[tuple[str, Callable[[], str]]] = [
            ("network", self._network), ("image", self._pause), ("container", self._run), ("names", self._names), ("volume", self._volume),
        ]  # fmt: skip
        if self._image:
            steps.append(("pull", self._pull))
        found: list[Finding] = []
        try:
            for what, step in steps:
                found.append(self._tried(what, step))
                if not found[-1].well and what in ("network", "image", "container"):
                    break
        finally:
            left = self._tried(_CLEANING, self._clean)
        return found if left.well else [*found, left]

    def _tried(self, what: str, step: Callable[[], str]) -> Finding:
        try:
            return Finding(self._kind, what, True, step())
        except (KctlError, OSError) as error:
            return Finding(self._kind, what, False, str(error))

    @property
    def _labels(self) -> dict[str, str]:
        return labels.cluster(self._owner)

    def _network(self) -> str:
        pods = labels.networks(self._owner)[0]
        return f"{engines.make_network(self._engine, pods, self._owner, engines.pod_ranges(self._kind))} is free for pods"

    def _pause(self) -> str:
        try:
            found = self._engine.image(pause.IMAGE)
        except api.NotFound:
            found = self._engine.import_image(pause.IMAGE, pause.archive(self._engine.info().architecture), [pause.PROGRAM])
        return f"{pause.IMAGE} is {found.id.removeprefix('sha256:')[:12]}"

    def _run(self) -> str:
        network = labels.networks(self._owner)[0]
        self._container = self._engine.create(api.ContainerSpec(f"kctl-doctor-{self._owner.id}", pause.IMAGE, self._labels, network=network))
        self._engine.start(self._container)
        found = self._engine.inspect(self._container)
        if found.state != api.RUNNING:
            raise api.EngineError(f"a container is {found.state}, not running: {found.error or f'exit code {found.exit_code}'}")
        return f"one ran at {found.ips.get(network, '')}{self._reached()}"

    def _reached(self) -> str:
        """Tell that a container answers: it refuses a connection, as it listens nowhere."""
        near = self._engine.info().near
        try:
            portforward.Way(self._engine, self._engine.inspect(self._container), is_near=near).check(9, _SECONDS)
        except ConnectionRefusedError:
            return f", reached {'from here' if near else 'through the engine'}"
        return ""

    def _names(self) -> str:
        network = labels.networks(self._owner)[1]
        self._engine.ensure_network(network, "", self._labels)
        self._engine.connect(network, self._container, aliases=["a.doctor.svc.cluster.local"])
        self._engine.disconnect(network, self._container)
        return "a container took and gave up the name of a service"

    def _volume(self) -> str:
        name = f"kctl-doctor-{self._owner.id}"
        place = self._engine.ensure_volume(name, self._labels)
        self._engine.remove_volume(name)
        return f"one was in {place}"

    def _pull(self) -> str:
        found = self._engine.pull(self._image, None, lambda layer, done, size: None)
        return f"{self._image}: {found.id}"

    def _clean(self) -> str:
        trials.clear(self._engine, self._owner)
        return ""
