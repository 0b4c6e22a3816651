"""What the adapters do in the same way: short processes, and ways to ports."""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from minikube_py.kubelet.engines import api, texts, wire

_MOST_OUTPUT = 1024 * 1024  # of a probe or hook; the rest is read and dropped
_NOT_STARTED = (126, 127)
_REFUSAL = re.compile(rb"(?:OCI runtime exec failed: |Error: .*: OCI (?:runtime|permission) ).*")


def run(address: wire.Address, path: str, body: Any, exit_code: Callable[[], int | None], timeout: float) -> tuple[int, bytes]:
    """Start an exec and read it to its end; return its exit code and output. TimeoutError after so many seconds.

    Where the command could not be started, engines give their own words for its output: those are an EngineError.
    """
    deadline = time.monotonic() + timeout
    stream = wire.Stream(address, "POST", path, body)
    output, size = [], 0
    frames = wire.Frames()
    try:
        while True:
            stream.settimeout(_left(deadline))
            data = stream.read()
            if not data:
                break
            for _, frame in frames.feed(data):
                if size < _MOST_OUTPUT:
                    output.append(frame)
                size += len(frame)
    finally:
        stream.close()
    pause = 0.002
    while (code := exit_code()) is None:
        _left(deadline)
        time.sleep(pause)
        pause = min(pause * 2, 0.2)
    text = b"".join(output)[:_MOST_OUTPUT]
    check(code, text)
    return code, text


def may_be_refusal(text: bytes) -> bool:
    """Tell whether output may be the engine's own words, for a command that could not be started."""
    return _REFUSAL.match(text) is not None


def check(code: int, text: bytes) -> None:
    """Raise the EngineError that this output stands for, if it does."""
    if code in _NOT_STARTED and (refusal := _REFUSAL.match(text)):
        raise api.EngineError(texts.said(refusal.group().decode(errors="replace").removeprefix("Error: ")))


@contextlib.contextmanager
def passing(text: str) -> Iterator[None]:
    """Let an error of an engine that says this pass."""
    try:
        yield
    except api.EngineError as error:
        if text not in str(error):
            raise


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the command takes too long")
    return left


def is_near(address: wire.Address, kernel: str, *, rootless: bool) -> bool:
    """Tell whether the addresses of an engine's containers can be reached from this process.

    Those of a rootless engine are in a network of its own; an engine on another kernel is in a virtual machine, or far away.
    """
    here = bool(address.path) or address.endpoint[0] in ("localhost", "127.0.0.1", "::1")
    return here and not rootless and kernel == os.uname().release


def reachable(container: api.Container, on_host: bool, port: int) -> tuple[str, int]:
    """Return where a port of a container that has a network of its own can be connected to from the engine's machine."""
    if container.state != api.RUNNING:
        raise api.Conflict(f"container {container.name} is not running")
    if on_host:
        return "127.0.0.1", port
    if not container.ips:
        raise api.Conflict(f"container {container.name} has no address")
    return next(iter(container.ips.values())), port
