"""The container runtime's protocol, in the terms of the Container Runtime Interface (CRI, runtime.v1).

A runtime keeps sandboxes (a pod's shared surroundings) and containers in them. It is asked, it never calls back: between two
commands nothing of ours runs. Every call must be idempotent, as a kubelet that was killed asks again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object

if TYPE_CHECKING:
    from socket import socket

CREATED, RUNNING, EXITED = "CONTAINER_CREATED", "CONTAINER_RUNNING", "CONTAINER_EXITED"
HOOK_FAILED, MOUNT_FAILED = "PostStartHookError", "FailedMount"  # reasons of failures that are told in their own way
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class RuntimeFailure(KctlError):
    """A runtime's refusal. `reason` is what the container's state shows: ErrImagePull, CreateContainerError, RunContainerError ..."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class File(NamedTuple):
    """A file of a volume: its content, its permissions, and the user who owns it (None: nobody in particular)."""

    data: bytes
    mode: int = 0o644
    owner: int | None = None


class PodSandboxConfig(NamedTuple):
    """What a sandbox is made of. `ip` is the address that the kubelet's IPAM chose; empty on the host's network.

    `sources` are the files of each volume that is made of other objects (configMap, secret, projected, downwardAPI), by the volume's name and the
    file's path in it; `claims` the PersistentVolume to which each volume with a claim is bound; `names` what the pod is called on the network of
    names (None: nobody is called anything yet, and it need not be on that network).
    """

    pod: Object
    node: str
    ip: str = ""
    sources: Mapping[str, Mapping[str, File]] = _NOTHING
    claims: Mapping[str, Object] = _NOTHING
    names: Sequence[str] | None = ()
    host_ip: str = ""

    @property
    def uid(self) -> str:
        """Return the pod's uid, which names the sandbox."""
        return self.pod["metadata"]["uid"]  # type: ignore[no-any-return]


class ContainerConfig(NamedTuple):
    """What a container is made of: its part of the pod's spec, with everything resolved that refers to other objects.

    `sandbox` is the pod's; a runtime that only plays needs none. `memory` is what the node has, in bytes (0: not known).
    """

    spec: Mapping[str, Any]
    attempt: int
    env: Sequence[tuple[str, str]] = ()
    is_init: bool = False
    sandbox: PodSandboxConfig | None = None
    memory: int = 0


class ContainerStatus(NamedTuple):
    """What the runtime knows of a container. Times are seconds since the epoch, 0 where it did not happen yet."""

    id: str
    name: str
    attempt: int
    state: str
    image: str
    image_ref: str
    created_at: float
    started_at: float = 0.0
    finished_at: float = 0.0
    exit_code: int = 0
    reason: str = ""
    message: str = ""
    ready: bool = True  # what probes would say, where the runtime answers for them
    restarts: int = 0  # how often the engine itself has started it again, since it was created
    restarting: bool = False  # EXITED, and the engine will start it again: it is not to be created anew
    last: "ContainerStatus | None" = None  # how it ended before the engine's last restart, as far as that is known


class ContainerStats(NamedTuple):
    """What a container uses: processor time since its start in nanoseconds, memory (working set) in bytes, and when that was."""

    cpu_ns: int
    memory: int
    at: float


class PodSandboxStatus(NamedTuple):
    """What the runtime knows of a sandbox."""

    id: str
    uid: str
    ip: str
    created_at: float
    containers: Sequence[ContainerStatus] = ()
    ready: bool = True  # it runs; else it is to be run again


class Runtime(Protocol):
    """A container runtime. `changes_at` lets a runtime that only plays tell when its next change comes."""

    name: str

    @property
    def version(self) -> str:
        """Return the version, as nodes show it."""

    def run_pod_sandbox(self, config: PodSandboxConfig) -> str:
        """Create and start a sandbox; return its id. An existing one of the same pod is returned."""

    def stop_pod_sandbox(self, uid: str, timeout: int = 0) -> None:
        """Stop the containers of a pod, if there are any, forcibly after `timeout` seconds, and its sandbox."""

    def remove_pod_sandbox(self, uid: str) -> None:
        """Remove all that is left of a pod."""

    def pod_sandbox_status(self, uid: str) -> PodSandboxStatus | None:
        """Return a pod's sandbox and containers as they are now, or None."""

    def list_pod_sandboxes(self) -> list[str]:
        """Return the uids of all pods that the runtime knows."""

    def pull_image(self, image: str, pod: Object, container: str, pull_secrets: Sequence[Object] = ()) -> str:
        """Make an image present and return what to say of it; RuntimeFailure("ErrImagePull", ...) where it cannot be had.

        `pull_secrets` are the secrets that the pod names for it. Texts that begin with "Successfully" tell of a pull; else it was there.
        """

    def create_container(self, uid: str, config: ContainerConfig) -> str:
        """Create a container in a pod's sandbox and return its id."""

    def start_container(self, uid: str, container_id: str) -> None:
        """Start a created container."""

    def stop_container(self, uid: str, container_id: str, timeout: int) -> None:
        """Stop a container, forcibly after `timeout` seconds."""

    def logs(self, pod: Object, container: str, options: Mapping[str, Any]) -> Iterator[str]:
        """Yield the log lines of a container, each with its line end."""

    def changes_at(self, uid: str) -> float | None:
        """Return when something of a pod will change by itself, in seconds since the epoch; None where events or probes tell."""


class Found(NamedTuple):
    """A pod that an engine knows: whose it is, by the labels of its sandbox and containers."""

    uid: str
    namespace: str
    name: str
    node: str


class Info(Protocol):
    """What an engine tells of itself and its machine. `memory` is in bytes; what is not known is 0 or empty."""

    @property
    def name(self) -> str:
        """Return the engine's name."""

    @property
    def version(self) -> str:
        """Return its version."""

    @property
    def cpus(self) -> int:
        """Return how many processors it may give to containers."""

    @property
    def memory(self) -> int:
        """Return how much memory it may give to containers."""

    @property
    def os(self) -> str:
        """Return the system's name for people."""

    @property
    def kernel(self) -> str:
        """Return the kernel's version."""

    @property
    def architecture(self) -> str:
        """Return the machine's architecture."""


class Engine(Runtime, Protocol):
    """A runtime that takes its time, and whose containers live on between two commands: the kubelet asks for its work in threads of its own.

    All of a Runtime's methods may then be called in several threads at once, but pod_sandbox_status and changes_at: those are asked for in the
    store's thread, and answer from what is known, at once.
    """

    def relist(self) -> Iterable[Found]:
        """Look at all containers of the cluster; return the pods to which something has happened since they were last looked at.

        The first time, those are all that have a container or sandbox. Called in the store's thread.
        """

    @property
    def info(self) -> Info:
        """Return what the engine says of itself; a KctlError where it does not answer."""

    def update_pod_sandbox(self, config: PodSandboxConfig) -> None:
        """Bring the files of a running pod's volumes and its names up to date, and remove containers that are none of its spec's.

        Nothing happens where nothing has changed: ask as often as you like.
        """

    def resize_container(self, uid: str, container_id: str, pod: Object, spec: Mapping[str, Any], memory: int) -> None:
        """Let a running container use what its spec says by now. `memory` is what its node has, in bytes."""

    def withdraw_pod_sandbox(self, config: PodSandboxConfig) -> None:
        """Let a pod that ends be found under no names any more but those of its config. Its connections go on."""

    def exec_sync(self, uid: str, container_id: str, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        """Run a process to its end in a container (probes, hooks); return exit code and output. TimeoutError after so many seconds."""

    def connect(self, uid: str, port: int, timeout: float) -> "socket":
        """Connect to a TCP port of a pod's address; OSError, TimeoutError after so many seconds."""

    def check(self, uid: str, port: int, timeout: float) -> None:
        """Connect to a TCP port of a pod's address, and no more; OSError."""

    def stats(self, uid: str) -> Mapping[str, ContainerStats]:
        """Return what the running containers of a pod use now, by their names."""

    def remove_volume(self, name: str) -> None:
        """Remove the volume that was made for a PersistentVolume of this name; nothing happens where there is none."""

    def remove_all(self) -> None:
        """Leave nothing of the whole cluster: containers, volumes, networks, directories. Claims' volumes go too."""


def engine_of(runtime: object) -> Engine | None:
    """Return a runtime that is an engine, None for one that does things at once. isinstance() would ask each property, and so the engine."""
    return cast(Engine, runtime) if callable(getattr(type(runtime), "relist", None)) else None
