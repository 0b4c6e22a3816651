"""What the tests of both engines need: containers that go with their test, and the client's side of streams."""

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from minikube_py.kubelet.engines import api
from tests.engines.daemons import IMAGE

_numbers = itertools.count(1)
LABEL = "kctl.test"


class Box:
    """Makes containers, networks and volumes, and takes all of them away again."""

    def __init__(self, engine: api.Engine) -> None:
        self.engine = engine
        self.labels = {LABEL: unique()}

    def create(self, *command: str, **fields: Any) -> str:
        """Make a container of busybox."""
        labels = {**self.labels, **fields.pop("labels", {})}
        usual = {"name": unique(), "image": IMAGE, "command": command or ("sleep", "1000"), "stop_signal": "SIGKILL"}
        return self.engine.create(api.ContainerSpec(**{**usual, **fields, "labels": labels}))

    def run(self, *command: str, **fields: Any) -> str:
        """Make and start a container."""
        container = self.create(*command, **fields)
        self.engine.start(container)
        return container

    def ended(self, *command: str, **fields: Any) -> api.Container:
        """Run a container to its end."""
        container = self.run(*command, **fields)
        wait(lambda: self.engine.inspect(container).state == api.EXITED)
        return self.engine.inspect(container)

    def output(self, *command: str, **fields: Any) -> str:
        """Return what a container writes."""
        ended = self.ended(*command, **fields)
        return b"".join(line.text for line in self.engine.logs(ended.id, follow=False)).decode()

    def network(self, subnet: str = "") -> str:
        """Make a network."""
        name = unique()
        self.engine.ensure_network(name, subnet, self.labels)
        return name

    def close(self) -> None:
        """Take away what is there."""
        listed = self.engine.list(self.labels)
        for each in sorted(listed, key=lambda each: "joins" in each.labels, reverse=True):  # who uses another's network goes first
            self.engine.remove(each.id)
        for name in self.engine.networks(self.labels):
            self.engine.remove_network(name)
        for name in self.engine.volumes(self.labels):
            self.engine.remove_volume(name)


def unique() -> str:
    """Return a name that nothing else has."""
    return f"kctl-test-{os.getpid()}-{next(_numbers)}"


def wait(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.05)
    return found


class Size(NamedTuple):
    """A terminal's size."""

    width: int
    height: int


class Sink:
    """A client that reads, at once or slowly, or goes."""

    def __init__(self, *, pause: float = 0.0, breaks_after: int = -1) -> None:
        self.data = bytearray()
        self._pause, self._breaks_after = pause, breaks_after

    async def write(self, data: bytes) -> None:
        """Take bytes."""
        if self._pause:
            await asyncio.sleep(self._pause)
        self.data += data
        if 0 <= self._breaks_after <= len(self.data):
            raise BrokenPipeError("the client has gone")

    async def close(self) -> None:
        """There will be no more."""


class Source:
    """A client that writes pieces; `ends`: and then says so."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self._pieces = list(pieces)
        self._ends = ends

    async def read(self) -> bytes:
        """Return the next piece."""
        if not self._pieces and not self._ends:
            await asyncio.Event().wait()
        return self._pieces.pop(0) if self._pieces else b""


class Typing:
    """A user who waits for some output, then types; and who types something else again and again until then."""

    def __init__(self, screen: Sink, awaited: bytes, typed: bytes, *, again: bytes = b"") -> None:
        self._screen, self._awaited, self._typed, self._again = screen, awaited, typed, again
        self._done = False

    async def read(self) -> bytes:
        """Return what is typed next."""
        while not self._done and self._awaited not in self._screen.data:
            await asyncio.sleep(0.1)
            if self._again:
                return self._again
        if self._done:
            await asyncio.Event().wait()
        self._done = True
        return self._typed


class Streams:
    """The streams of a client."""

    def __init__(self, stdin: Any = None, stdout: Any = None, stderr: Any = None, *, tty: bool = False, sizes: tuple[Size, ...] = ()) -> None:
        self.stdin, self.stdout, self.stderr, self.tty = stdin, stdout or Sink(), stderr or Sink(), tty
        self._sizes = list(sizes)

    async def resized(self) -> Size | None:
        """Return the next size; there is always a chance of another."""
        if not self._sizes:
            await asyncio.Event().wait()
        return self._sizes.pop(0)


def run(session: Any, streams: Any, seconds: float = 30.0) -> int:
    """Run a session to its end; return its exit code."""

    async def bounded() -> int:
        code: int = await asyncio.wait_for(session.run(streams), seconds)
        return code

    return asyncio.run(bounded())
