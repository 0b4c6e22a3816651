"""The protocol of a container engine: containers, networks, volumes and images, as Docker's and Podman's APIs have them.

An adapter does what it is asked, in the engine's terms; what a pod is, it does not know (kubelet/runtimes/engine.py does). Every method blocks until the
engine has answered, may be called in several threads at once, and raises an EngineError: NotFound where there is no such thing, Conflict where
the name is taken or the state is not the right one, Unreachable where no engine answers. Texts of an engine are kept as they are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from minikube_py.kubelet.streams import ExecSession
from minikube_py.machinery.errors import KctlError

_NOTHING: Mapping[str, str] = MappingProxyType({})


class EngineError(KctlError):
    """An engine's refusal, in its words."""


class NotFound(EngineError):
    """There is no such container, image, network or volume."""


class Conflict(EngineError):
    """The name is taken, or the thing is not in a state for that."""


class Unreachable(EngineError):
    """No engine answers."""


class Mount(NamedTuple):
    """Something that a container sees at `target`. Exactly one of `source` (a path of the host), `volume` (a name) and `tmpfs` is set."""

    target: str
    source: str = ""
    volume: str = ""
    tmpfs: bool = False
    size: int = 0  # bytes, of a tmpfs; 0: as much as there is
    subpath: str = ""  # below a volume
    read_only: bool = False
    propagation: str = "rprivate"


class Port(NamedTuple):
    """A port of the host that leads to one of a container."""

    container_port: int
    host_port: int
    host_ip: str = ""
    protocol: str = "tcp"


class Limits(NamedTuple):
    """What a container may use at most; 0 where nothing was said."""

    memory: int = 0  # bytes
    cpu_quota: int = 0  # microseconds in each 100,000
    cpu_shares: int = 0
    pids: int = 0
    oom_score_adj: int = 0


class Security(NamedTuple):
    """What a container is allowed. `user` is UID, UID:GID, or empty for the image's own."""

    user: str = ""
    groups: Sequence[int] = ()
    privileged: bool = False
    read_only_root: bool = False
    no_new_privileges: bool = False
    added: Sequence[str] = ()  # capabilities, without CAP_
    dropped: Sequence[str] = ()
    seccomp: str = ""  # "unconfined", or a profile as JSON; empty for the engine's own
    apparmor: str = ""
    selinux: Sequence[str] = ()
    sysctls: Mapping[str, str] = _NOTHING


class ContainerSpec(NamedTuple):
    """A container to be made. `network`: a name, `host`, `none` or `container:ID`; `ipc`, `pid`: empty, `host`, `shareable` or `container:ID`.

    `also` are further networks, each with what the container is called there.
    """

    name: str
    image: str
    labels: Mapping[str, str] = _NOTHING
    entrypoint: Sequence[str] | None = None  # None: the image's own
    command: Sequence[str] | None = None
    env: Sequence[tuple[str, str]] = ()
    working_dir: str = ""
    mounts: Sequence[Mount] = ()
    security: Security = Security()
    limits: Limits = Limits()
    network: str = "none"
    ip: str = ""
    aliases: Sequence[str] = ()
    also: Sequence[tuple[str, Sequence[str]]] = ()
    ipc: str = ""
    pid: str = ""
    hostname: str = ""
    domainname: str = ""
    hosts: Sequence[tuple[str, str]] = ()  # (name, address)
    dns: Sequence[str] = ()
    dns_search: Sequence[str] = ()
    dns_options: Sequence[str] = ()
    ports: Sequence[Port] = ()
    restart: str = ""  # "", "always", "on-failure"
    tty: bool = False
    stdin: bool = False
    stdin_once: bool = False
    stop_signal: str = ""


CREATED, RUNNING, PAUSED, RESTARTING, EXITED = "created", "running", "paused", "restarting", "exited"


class Container(NamedTuple):
    """A container as the engine knows it. Times are seconds since the epoch, 0 where it did not happen yet. `restarts` counts those by the engine itself."""

    id: str
    name: str
    labels: Mapping[str, str]
    image: str
    image_id: str
    state: str
    created_at: float
    started_at: float = 0.0
    finished_at: float = 0.0
    exit_code: int = 0
    oom_killed: bool = False
    restarts: int = 0
    error: str = ""
    ips: Mapping[str, str] = _NOTHING  # by network
    macs: Mapping[str, str] = _NOTHING  # by network, where the engine keeps what it is asked for
    pid: int = 0


class Listed(NamedTuple):
    """A line of the list of containers: `mark` changes whenever its state does."""

    id: str
    name: str
    labels: Mapping[str, str]
    mark: str


class Image(NamedTuple):
    """An image that is present. `digests` are its names with a digest."""

    id: str
    digests: Sequence[str]
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    user: str = ""
    working_dir: str = ""
    size: int = 0


class Credentials(NamedTuple):
    """Who pulls an image."""

    username: str = ""
    password: str = ""
    token: str = ""


class Stats(NamedTuple):
    """What a container uses: processor time since its start in nanoseconds, memory (working set) in bytes."""

    cpu_ns: int
    memory: int
    at: float


class LogLine(NamedTuple):
    """A line of output with its time; `text` has its line end where it was ended."""

    at: float
    stream: str  # stdout or stderr
    text: bytes
    stamp: str = ""  # the time as the engine writes it, RFC 3339 with nanoseconds: more than `at` can hold


class Info(NamedTuple):
    """The engine itself. `cpus` and `memory` (bytes) are what it may give to containers."""

    name: str  # docker or podman
    version: str
    api_version: str
    cpus: int
    memory: int
    os: str
    kernel: str
    architecture: str
    rootless: bool
    cgroup: str  # v1 or v2
    root: str  # where it keeps its data
    near: bool  # whether its containers' addresses can be reached from this process


class Engine(Protocol):
    """One engine behind one socket."""

    name: str

    def info(self) -> Info:
        """Ask the engine about itself; Unreachable where it does not answer, an EngineError where it is too old."""

    def list(self, labels: Mapping[str, str]) -> "list[Listed]":
        """Return all containers with these labels, whatever their state."""

    def inspect(self, container: str) -> Container:
        """Return one container, by id or name."""

    def create(self, spec: ContainerSpec) -> str:
        """Make a container and return its id."""

    def start(self, container: str) -> None:
        """Start a container; nothing happens to one that runs."""

    def stop(self, container: str, timeout: int) -> None:
        """Send a container its stop signal, and SIGKILL after `timeout` seconds; nothing happens to one that does not run."""

    def kill(self, container: str, signal: str) -> None:
        """Send a signal."""

    def unpause(self, container: str) -> None:
        """Let a paused container go on."""

    def set_restart(self, container: str, policy: str) -> None:
        """Change the restart policy of a container; a Podman that cannot, raises an EngineError."""

    def resize(self, container: str, limits: Limits) -> None:
        """Change what a running container may use of processor and memory; what is not limited in these stays as it is."""

    def remove(self, container: str) -> None:
        """Remove a container, running or not, with its anonymous volumes; nothing happens where there is none."""

    def logs(self, container: str, *, follow: bool, tail: int | None = None, since: float = 0.0) -> Iterator[LogLine]:
        """Yield what a container has written, and with `follow` what it goes on to write until it ends."""

    def exec(self, container: str, command: Sequence[str], *, tty: bool, stdin: bool, env: Sequence[tuple[str, str]] = (), user: str = "") -> ExecSession:
        """Prepare a process in a running container."""

    def run_exec(self, container: str, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        """Run a process to its end (probes, hooks); return its exit code and output. TimeoutError after so many seconds."""

    def attach(self, container: str, *, tty: bool, stdin: bool) -> ExecSession:
        """Prepare to join the main process of a running container."""

    def stats(self, container: str) -> Stats:
        """Return what a container uses now."""

    def image(self, name: str) -> Image:
        """Return an image that is present; NotFound."""

    def pull(self, name: str, credentials: Credentials | None, progress: Callable[[str, int, int], None]) -> Image:
        """Pull an image; `progress` is told of each layer: its id, bytes so far, bytes in all (0: not known)."""

    def import_image(self, name: str, archive: bytes, command: Sequence[str]) -> Image:
        """Make an image of a root file system, an uncompressed tar archive."""

    def ensure_network(self, name: str, subnet: str, labels: Mapping[str, str]) -> None:
        """Make a bridge network with name resolution, where it is not there."""

    def networks(self, labels: Mapping[str, str]) -> "Sequence[str]":
        """Return the names of the networks with these labels."""

    def remove_network(self, name: str) -> None:
        """Remove a network; nothing happens where there is none."""

    def connect(self, network: str, container: str, *, aliases: Sequence[str], ip: str = "", mac: str = "") -> None:
        """Connect a container to a network under these names, at these addresses where some are given.

        An address of its own on a network whose range Docker has chosen is refused.
        """

    def disconnect(self, network: str, container: str) -> None:
        """Disconnect a container from a network."""

    def ensure_volume(self, name: str, labels: Mapping[str, str], options: Mapping[str, str] | None = None) -> str:
        """Make a volume, where it is not there; return the directory of the host where it lives. `options`: the local driver's (type, device, o)."""

    def volumes(self, labels: Mapping[str, str]) -> "Mapping[str, Mapping[str, str]]":
        """Return the volumes with these labels, by name, with all their labels."""

    def remove_volume(self, name: str) -> None:
        """Remove a volume; nothing happens where there is none. Conflict where a container uses it."""

    def dial(self, container: str, port: int) -> "Sequence[str | int]":
        """Return where a TCP port of a container can be connected to on the engine's machine: (address, port)."""
