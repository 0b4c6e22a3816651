"""An engine in memory: it keeps what it is told, refuses what real ones refuse, and can be cut off before any call (`dies_at`)."""

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from minikube_py.kubelet.engines import api

ARCHITECTURE = "x86_64"


def _mac(ip: str) -> str:
    return f"02:00:0a:c8:00:{int(ip.rpartition('.')[2]):02x}"


class Killed(BaseException):
    """The process that asks is killed here."""


class FakeEngine:
    """Containers that run until they are ended. `calls` notes what changes something; `outputs` are the logs by container."""

    name = "fake"

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.now = 1000.0
        self.calls: list[str] = []
        self.dies_at: int | None = None
        self.specs: dict[str, api.ContainerSpec] = {}
        self.containers: dict[str, api.Container] = {}
        self.connected: dict[str, dict[str, Sequence[str]]] = {}
        self.images: dict[str, api.Image] = {"busybox": api.Image("sha256:b", ["busybox@sha256:d"], size=7)}
        self.registry: dict[str, api.Image] = {}
        self.pulls: list[tuple[str, api.Credentials | None]] = []
        self.nets: dict[str, tuple[str, Mapping[str, str]]] = {}
        self.vols: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {}
        self.outputs: dict[str, list[api.LogLine]] = {}
        self._ids = itertools.count(1)
        self._addresses = itertools.count(2)

    def _call(self, what: str) -> None:
        if self.dies_at is not None and len(self.calls) >= self.dies_at:
            raise Killed(what)
        self.calls.append(what)
        self.now += 1.0

    def info(self) -> api.Info:
        return api.Info("fake", "1", "1", 4, 1 << 34, "Debian", "6", ARCHITECTURE, False, "v2", self.folder, True)

    def list(self, labels: Mapping[str, str]) -> "list[api.Listed]":
        found = [one for one in self.containers.values() if labels.items() <= one.labels.items()]
        return [api.Listed(one.id, one.name, one.labels, repr(one)) for one in found]

    def inspect(self, container: str) -> api.Container:
        for one in self.containers.values():
            if container in (one.id, one.name):
                return one
        raise api.NotFound(f"No such container: {container}")

    def create(self, spec: api.ContainerSpec) -> str:
        self._call(f"create {spec.name}")
        if any(one.name == spec.name for one in self.containers.values()):
            raise api.Conflict(f"the name {spec.name} is in use")
        for mount in spec.mounts:
            if mount.source and not os.path.exists(mount.source) or mount.volume and mount.volume not in self.vols:
                raise api.NotFound(f"bind source path does not exist: {mount.source or mount.volume}")
        number = f"id{next(self._ids):04}"
        ips = ({spec.network: spec.ip} if spec.ip else {}) | {network: self._address() for network, _ in spec.also}
        self.specs[number] = spec
        macs = {network: _mac(ip) for network, ip in ips.items()}
        self.containers[number] = api.Container(number, spec.name, spec.labels, spec.image, spec.image, api.CREATED, self.now, ips=ips, macs=macs)
        self.connected[number] = {network: tuple(aliases) for network, aliases in spec.also}
        return number

    def _address(self) -> str:
        return f"10.200.0.{next(self._addresses)}"

    def _change(self, container: str, **fields: Any) -> None:
        one = self.inspect(container)
        self.containers[one.id] = one._replace(**fields)

    def start(self, container: str) -> None:
        self._call(f"start {self.inspect(container).name}")
        network = self.specs[self.inspect(container).id].network
        if network.startswith("container:") and self.inspect(network.partition(":")[2]).state != api.RUNNING:
            raise api.Conflict("cannot join network of a non running container")
        if self.inspect(container).image == "broken":
            raise api.EngineError("exec: no such file")
        self._change(container, state=api.RUNNING, started_at=self.now)

    def end(self, container: str, code: int, **fields: Any) -> None:
        """Let a container end by itself."""
        self.now += 1.0
        self._change(container, **{"state": api.EXITED, "finished_at": self.now, "exit_code": code, **fields})

    def stop(self, container: str, timeout: int) -> None:
        if self.inspect(container).state in (api.EXITED, api.CREATED):
            return
        self._call(f"stop {self.inspect(container).name} {timeout}")
        self.end(container, 137)

    def kill(self, container: str, signal: str) -> None:
        self.end(container, 137)

    def unpause(self, container: str) -> None:
        self._call("unpause")
        self._change(container, state=api.RUNNING)

    def set_restart(self, container: str, policy: str) -> None:
        self.specs[self.inspect(container).id] = self.specs[self.inspect(container).id]._replace(restart=policy)

    def resize(self, container: str, limits: api.Limits) -> None:
        if limits.memory > 1 << 30:
            raise api.EngineError("that is too much")
        self.specs[self.inspect(container).id] = self.specs[self.inspect(container).id]._replace(limits=limits)

    def remove(self, container: str) -> None:
        self._call(f"remove {container}")
        self.containers.pop(container, None)

    def logs(self, container: str, *, follow: bool, tail: int | None = None, since: float = 0.0) -> Iterator[api.LogLine]:
        found = [line for line in self.outputs.get(container, ()) if line.at >= since]
        return iter(found if tail is None else found[len(found) - min(tail, len(found)) :])

    def exec(self, container: str, command: Sequence[str], *, tty: bool, stdin: bool, env: Any = (), user: str = "") -> Any:
        return ("exec", container, tuple(command), tty)

    def run_exec(self, container: str, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        return 0, " ".join(command).encode()

    def attach(self, container: str, *, tty: bool, stdin: bool) -> Any:
        return ("attach", container, tty, stdin)

    def stats(self, container: str) -> api.Stats:
        return api.Stats(1, 2, self.now)

    def image(self, name: str) -> api.Image:
        for known, image in self.images.items():
            if name in (known, image.id):
                return image
        raise api.NotFound(f"No such image: {name}")

    def pull(self, name: str, credentials: api.Credentials | None, progress: Callable[[str, int, int], None]) -> api.Image:
        self.pulls.append((name, credentials))
        if name not in self.registry or credentials is None and "private" in name:
            raise api.NotFound(f"manifest for {name} not found")
        progress("layer", 1, 2)
        self.images[name] = self.registry[name]
        return self.images[name]

    def import_image(self, name: str, archive: bytes, command: Sequence[str]) -> api.Image:
        self._call(f"import {name}")
        self.images[name] = api.Image("sha256:p", [], command=command, size=len(archive))
        return self.images[name]

    def ensure_network(self, name: str, subnet: str, labels: Mapping[str, str]) -> None:
        self._call(f"network {name}")
        self.nets.setdefault(name, (subnet, labels))

    def networks(self, labels: Mapping[str, str]) -> Sequence[str]:
        return [name for name, (_, own) in self.nets.items() if labels.items() <= own.items()]

    def remove_network(self, name: str) -> None:
        self.nets.pop(name, None)

    def connect(self, network: str, container: str, *, aliases: Sequence[str], ip: str = "", mac: str = "") -> None:
        self._call(f"connect {' '.join(aliases)}{' at ' * bool(ip)}{ip} {mac}".rstrip())
        if ip and not self.nets[network][0]:
            raise api.EngineError("user specified IP address is supported only when connecting to networks with user configured subnets")
        self.connected[container][network] = tuple(aliases)
        found, ip = self.inspect(container), ip or self._address()
        self._change(container, ips={**found.ips, network: ip}, macs={**found.macs, network: mac or _mac(ip)})

    def disconnect(self, network: str, container: str) -> None:
        self._call("disconnect")
        self.connected[container].pop(network, None)
        self._change(container, ips={name: ip for name, ip in self.inspect(container).ips.items() if name != network})

    def ensure_volume(self, name: str, labels: Mapping[str, str], options: Mapping[str, str] | None = None) -> str:
        self.vols.setdefault(name, (labels, options or {}))
        place = os.path.join(self.folder, name)
        os.makedirs(place, exist_ok=True)
        return place

    def volumes(self, labels: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
        return {name: own for name, (own, _) in self.vols.items() if labels.items() <= own.items()}

    def remove_volume(self, name: str) -> None:
        self._call(f"remove volume {name}")
        if any(mount.volume == name for number in self.containers for mount in self.specs[number].mounts):
            raise api.Conflict(f"volume {name} is in use")
        self.vols.pop(name, None)

    def dial(self, container: str, port: int) -> "Sequence[str | int]":
        return ("127.0.0.1", port)
