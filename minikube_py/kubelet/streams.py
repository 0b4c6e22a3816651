"""Streams of a container runtime, in the terms of the Container Runtime Interface's streaming: exec, attach and port-forward.

A runtime that has them is asked in two steps. In the store's thread, `exec`, `attach` or `port_forward` looks whether it can be done, and
raises a StatusError where not: the client has not been upgraded yet, so it is told in plain HTTP. What they return is then run in an
asyncio event loop, between a client's streams and the runtime's: Docker and Podman hand over a socket (`asyncio.open_unix_connection`),
whose flow control this keeps end to end. Where the client goes, the run is cancelled.
"""

from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol, runtime_checkable

from minikube_py.machinery import errors, meta
from minikube_py.machinery.meta import Object


class Reader(Protocol):
    """Bytes from somewhere."""

    async def read(self) -> bytes:
        """Return the next bytes, as many as there are; none at the end; ConnectionResetError where the other side gave up."""


class Writer(Protocol):
    """Bytes to somewhere."""

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting for room; BrokenPipeError or ConnectionResetError where nobody reads them."""

    async def close(self) -> None:
        """Say that there will be no more."""


class Duplex(Reader, Writer, Protocol):
    """Both directions of one connection; close() ends what is written only."""


class TerminalSize(Protocol):
    """The size of a terminal in characters."""

    @property
    def width(self) -> int:
        """Return the columns."""

    @property
    def height(self) -> int:
        """Return the rows."""


class ExecStreams(Protocol):
    """What a process is connected to: a stream that the client did not ask for is None. With a tty there is no stderr."""

    @property
    def stdin(self) -> Reader | None:
        """Return what the process reads."""

    @property
    def stdout(self) -> Writer | None:
        """Return where its output goes."""

    @property
    def stderr(self) -> Writer | None:
        """Return where its errors go."""

    @property
    def tty(self) -> bool:
        """Tell whether it has a terminal."""

    async def resized(self) -> TerminalSize | None:
        """Wait for the terminal's next size; None where no more will come."""


class ExecSession(Protocol):
    """A process that may be run in a container (exec), or one that runs there already (attach)."""

    async def run(self, streams: ExecStreams) -> int:
        """Run it, carry the bytes, and return the exit code (0 for an attach that ends); an OSError or KctlError where that fails.

        All output is written when this returns. Cancelled, it lets go of the runtime at once.
        """


class PortForward(Protocol):
    """The ports of a sandbox."""

    async def connect(self, port: int, stream: Duplex) -> None:
        """Connect to a TCP port inside, and carry the bytes until both directions have ended; OSError where nobody listens."""


@runtime_checkable
class StreamingRuntime(Protocol):
    """What a runtime has besides minikube_py.kubelet.runtime.Runtime where its containers really run."""

    def exec(self, pod: Object, container: str, command: Sequence[str], *, tty: bool) -> ExecSession:
        """Prepare a process in a running container (CRI Exec); BadRequest where it does not run."""

    def attach(self, pod: Object, container: str, *, tty: bool) -> ExecSession:
        """Prepare to join a container's main process (CRI Attach)."""

    def port_forward(self, pod: Object) -> PortForward:
        """Prepare connections to a sandbox's ports (CRI PortForward), as they are made from within the pod."""


@runtime_checkable
class AddressedRuntime(Protocol):
    """What a streaming runtime has besides where a pod's address answers differently from its inside."""

    def reach(self, pod: Object) -> PortForward:
        """Prepare connections to a sandbox's ports at the pod's address."""


class Streams:
    """Exec, attach and port-forward of pods, whichever sort of runtime each of them has."""

    def __init__(self, runtime_of: Callable[[Object], object]) -> None:
        self._runtime_of = runtime_of

    def exec(self, pod: Object, container: str, command: Sequence[str], *, tty: bool) -> ExecSession:
        """Prepare a process in a container; BadRequest where the runtime runs none."""
        return self._streaming(pod, container).exec(pod, container, command, tty=tty)

    def attach(self, pod: Object, container: str, *, tty: bool) -> ExecSession:
        """Prepare to join a container's process."""
        return self._streaming(pod, container).attach(pod, container, tty=tty)

    def port_forward(self, pod: Object) -> PortForward:
        """Prepare connections to a pod's ports."""
        return self._streaming(pod, "").port_forward(pod)

    def reach(self, pod: Object) -> PortForward:
        """Prepare connections to a pod's ports for the subresource proxy; ServiceUnavailable where the runtime has none."""
        runtime = self._runtime_of(pod)
        if not isinstance(runtime, StreamingRuntime):
            name = f"{meta.namespace(pod)}/{meta.name(pod)}"
            raise errors.ServiceUnavailable(f"error trying to reach service: pod {name} does not run: the runtime is a dry run")
        return runtime.reach(pod) if isinstance(runtime, AddressedRuntime) else runtime.port_forward(pod)

    def _streaming(self, pod: Object, container: str) -> StreamingRuntime:
        runtime = self._runtime_of(pod)
        if not isinstance(runtime, StreamingRuntime):
            _refuse(pod, container)
        return runtime


def _refuse(pod: Object, container: str) -> NoReturn:
    name = f"pod {meta.namespace(pod)}/{meta.name(pod)}"
    what = f"container {container} of {name}" if container else name
    raise errors.BadRequest(f"unable to upgrade connection: {what} does not run: the runtime is a dry run")
