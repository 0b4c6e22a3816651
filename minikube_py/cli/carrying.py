"""Runs a session with a pod between its streams and this process's own: in an event loop of the command, the terminal in raw mode."""

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from minikube_py.cli import localstreams
from minikube_py.cli.localstreams import Local, Size, Sizes
from minikube_py.cli.sessions import ATTACH, EXEC, Wish
from minikube_py.machinery.errors import KctlError, StatusError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.kubelet.streams import ExecSession, ExecStreams

_FAILURES = {EXEC: "error executing command in container", ATTACH: "error attaching to container"}
_T = TypeVar("_T")


async def run(process: "ExecSession", wish: Wish, streams: "ExecStreams") -> int:
    """Run a session between some streams; return the exit code. What fails is told as a server tells it."""
    try:
        return await process.run(streams)
    except (StatusError, BrokenPipeError):
        raise
    except KctlError as error:
        raise error if _is_told(error) else KctlError(f"Internal error occurred: {_FAILURES[wish.subresource]}: {error}") from error
    except OSError as error:
        raise KctlError(f"Internal error occurred: {_FAILURES[wish.subresource]}: {error}") from error


def _is_told(error: KctlError) -> bool:
    """Tell whether an error is a server's or a connection's, and not a runtime's own."""
    return str(error).startswith(("Internal error occurred: ", "error reading from error stream", "error stream protocol error", "unable to upgrade",
                                  "Unable to connect", "The connection to the server"))  # fmt: skip


def of_process(factory: "Factory", process: "ExecSession", wish: Wish) -> int:
    """Run a session between this process's own streams; return the exit code, of which standard error is told."""
    streams = factory.streams

    async def work() -> int:
        out = localstreams.descriptor(streams.out)
        sizes = Sizes(out, _first(out, wish)) if wish.raw else None
        stderr = localstreams.writer(streams.err) if wish.stderr and not wish.raw else None
        stdin = localstreams.reader(streams.stdin) if wish.stdin else None
        return await run(process, wish, Local(stdin, localstreams.writer(streams.out), stderr, sizes))

    with _raw(localstreams.descriptor(streams.stdin) if wish.raw else None):
        code = drive(work())
    if code:
        print(f"command terminated with exit code {code}", file=streams.err)
    return code


def _first(out: int | None, wish: Wish) -> tuple[Size, ...]:
    """Return a size that is one too large, for an attach: what runs there draws its screen anew as it hears of the right one."""
    size = localstreams.size_of(out)
    return (Size(size.width + 1, size.height + 1),) if size is not None and not wish.command else ()


def drive(work: Coroutine[Any, Any, _T]) -> _T:
    """Run something in an event loop; a signal that ends the process ends it properly."""

    async def guarded() -> _T:
        task = asyncio.ensure_future(work)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await task

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


@contextmanager
def _raw(number: int | None) -> Iterator[None]:
    """Have a terminal hand on every key as it is, and be as it was afterwards, however this ends."""
    if number is None:
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(number)
    tty.setraw(number)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(number, termios.TCSADRAIN, before)
