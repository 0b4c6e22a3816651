"""A cluster on a container engine: which engine, what must be true of it, a pod network that is free there, and leaving nothing behind."""

import ipaddress
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping

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
_ROUTES = "/proc/net/route"
_PARITY = {"docker": 0, "podman": 1}  # one engine does not know of the other's networks, and Podman's have no route before a container is in them


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
    engine, owner = opening.engine(settings.runtime, settings.engine), Owner(settings.name, settings.id)
    pods, names = labels.networks(owner)
    settings = settings._replace(pod_range=make_network(engine, pods, owner, pod_ranges(settings.runtime)))
    return settings._replace(names_range=make_network(engine, names, owner, names_ranges(settings.runtime)))


def pod_ranges(kind: str) -> Iterator[str]:
    """Yield the ranges that pods of a cluster on this engine may have: a /24 for each node."""
    return (f"10.{second}.0.0/16" for second in _SECONDS if second % 2 == _PARITY[kind])


def names_ranges(kind: str) -> Iterator[str]:
    """Yield the ranges that the network of names may have. It is as large as a bridge can be: Linux connects 1,023 to one."""
    return (f"10.{second}.{third}.0/20" for second in range(200, 244) if second % 2 == _PARITY[kind] for third in range(0, 256, 16))


def make_network(engine: api.Engine, name: str, owner: Owner, ranges: Iterable[str]) -> str:
    """Make a network of a cluster; return its range, the first that nobody else has on this engine."""
    problem: api.EngineError | None = None
    taken = _routed()
    for wanted in ranges:
        if any(ipaddress.IPv4Network(wanted).overlaps(each) for each in taken):
            continue
        try:
            engine.ensure_network(name, wanted, labels.cluster(owner))
        except api.Unreachable:
            raise
        except api.EngineError as error:
            problem = problem or error
        else:
            return wanted
    raise KctlError(f"no network for pods can be made on {engine.name}: {problem}")


def _routed() -> list[ipaddress.IPv4Network]:
    """Return what this machine has routes to: other engines' networks, and those of VPNs."""
    try:
        with open(_ROUTES, encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return []
    pairs = [tuple(int(row[column], 16).to_bytes(4, "little") for column in (1, 7)) for row in rows if len(row) > 7]
    return [ipaddress.IPv4Network((address, str(ipaddress.IPv4Address(mask))), strict=False) for address, mask in pairs if any(mask)]


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
