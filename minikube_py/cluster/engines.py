"""A cluster on a container engine: which engine, what must be true of it, a pod network that is free there, and leaving nothing behind."""

import os
import secrets
from collections.abc import Mapping

from minikube_py.cluster.cluster import Settings
from minikube_py.cluster.home import read_json, write_json
from minikube_py.kits.clock import SystemClock
from minikube_py.kubelet.engines import api, find
from minikube_py.kubelet.runtimes import labels, opening
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.machinery.errors import KctlError

_DRAFT = "engine.json"  # there while a cluster is being created: whose things on the engine are to go if that is killed
_MOST_NODES = 255
_SECONDS = (*range(244, 256), *range(128, 200))
# One engine does not know of the other's networks, and Podman's have no route before a container is in them.
_RANGES = {"docker": [f"10.{second}.0.0/16" for second in _SECONDS if second % 2 == 0], "podman": [f"10.{second}.0.0/16" for second in _SECONDS if second % 2]}


def check(settings: Settings) -> api.Info:
    """Return what the engine tells of itself; KctlError where a cluster cannot be made on it."""
    if settings.nodes > _MOST_NODES:
        raise KctlError(f"a cluster on an engine has {_MOST_NODES} nodes at most")
    for folder in settings.host_paths:
        if not os.path.isabs(folder) or not os.path.isdir(folder):
            raise KctlError(f"--allow-host-path {folder}: it must be the full path of a directory that is there")
    return find.open_engine(settings.runtime, os.environ).info()


def prepare(settings: Settings, folder: str) -> Settings:
    """Return the settings with an id, the engine's address and a range for pods that is free there: by making the network that has it."""
    rootless = find.open_engine(settings.runtime, os.environ).info().rootless
    allowed = tuple(map(os.path.realpath, settings.host_paths))
    settings = settings._replace(id=secrets.token_hex(4), engine=where(settings.runtime, os.environ), host_paths=allowed, rootless=rootless)
    write_json(os.path.join(folder, _DRAFT), settings._asdict())
    return settings._replace(pod_range=free_range(opening.engine(settings.runtime, settings.engine), Owner(settings.name, settings.id)))


def free_range(engine: api.Engine, owner: Owner) -> str:
    """Make a cluster's network; return its range, the first that nobody else has on this engine."""
    problem: api.EngineError | None = None
    taken = _routed()
    for wanted in [each for each in _RANGES[engine.name] if each.removesuffix(".0.0/16") not in taken]:
        try:
            engine.ensure_network(labels.networks(owner)[0], wanted, labels.cluster(owner))
        except api.Unreachable:
            raise
        except api.EngineError as error:
            problem = problem or error
        else:
            return wanted
    raise KctlError(f"no network for pods can be made on {engine.name}: {problem}")


def _routed() -> set[str]:
    """Return what this machine has routes to, as the first two numbers of addresses: other engines' networks, and those of VPNs."""
    try:
        with open("/proc/net/route", encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return set()
    addresses = [int(row[1], 16) for row in rows if len(row) > 1]
    return {f"{address & 255}.{address >> 8 & 255}" for address in addresses if address}


def begun(folder: str) -> None:
    """Note that a cluster is there as a whole."""
    os.unlink(os.path.join(folder, _DRAFT))


def clean(folder: str, *, force: bool = False) -> None:
    """Remove what a killed creation left on the engine."""
    draft = read_json(os.path.join(folder, _DRAFT))
    if draft is None:
        return
    known = {field: draft[field] for field in Settings._fields if field in draft}
    remove(Settings(**known), folder, force=force)


def where(kind: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which this engine is found again, whatever the environment says then."""
    address = (find.docker_address if kind == "docker" else find.podman_address)(environment)
    if not address.tls:
        return {opening.VARIABLES[kind][0]: address.url}
    return {name: environment[name] for name in opening.VARIABLES[kind] if environment.get(name)}


def remove(settings: Settings, folder: str, *, force: bool = False) -> None:
    """Leave nothing of a cluster on its engine."""
    from minikube_py.cluster import loops

    try:
        found = opening.engine(settings.runtime, settings.engine)
        opening.runtime(found, loops.of_engine(settings, folder), SystemClock()).remove_all()
    except api.EngineError as error:
        if not force:
            text = f"{error}\nNothing was deleted. With --force the cluster goes, and what it has on the engine stays"
            raise KctlError(f'cluster "{settings.name}" cannot be removed from {settings.runtime}: {text}') from error
