"""Listens on ports of this machine, and carries each connection to a port of a pod (client-go tools/portforward)."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple, TextIO

from minikube_py.cli.portnumbers import Address, Pair
from minikube_py.kits.wires import PIECE, Wire
from minikube_py.machinery.errors import KctlError, StatusError

if TYPE_CHECKING:
    from minikube_py.client.remotestreams import Ports
    from minikube_py.kubelet.streams import PortForward

_LOOK = 0.5  # seconds between two looks at the pod


class Wish(NamedTuple):
    """What to forward, and where to tell of it. `is_gone` is asked now and then whether the pod is no more: in process no connection would tell."""

    addresses: Sequence[Address]
    pairs: Sequence[Pair]
    out: TextIO
    err: TextIO
    is_gone: Callable[[], bool]


async def run(ports: "Ports | PortForward", wish: Wish) -> None:
    """Forward until the pod is lost, or a connection fails in it; KctlError says which. SIGINT ends it well."""
    async with AsyncExitStack() as stack:
        await _open(ports, stack)
        forwarder = _Forwarder(ports, wish)
        stack.push_async_callback(forwarder.close)
        await forwarder.listen()
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGINT, forwarder.stop)
        await forwarder.wait()


async def _open(ports: "Ports | PortForward", stack: AsyncExitStack) -> None:
    """Connect to a server, where it is one that the ports are at."""
    from minikube_py.client.remotestreams import Ports

    if not isinstance(ports, Ports):
        return
    try:
        await stack.enter_async_context(ports)
    except StatusError as error:
        raise KctlError(f"error upgrading connection: {error.message}") from error
    except KctlError as error:
        raise KctlError(f"error upgrading connection: {error}") from error


class _Forwarder:
    def __init__(self, ports: "Ports | PortForward", wish: Wish) -> None:
        self._ports = ports
        self._wish = wish
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._failed = False

    async def listen(self) -> None:
        """Listen for each pair; one that can be listened for is enough."""
        opened = False
        for pair in self._wish.pairs:
            problem = await self._listen(pair)
            opened = opened or not problem
            if problem:
                print(f"Unable to listen on port {pair.local}: {problem}", file=self._wish.err)
        if not opened:
            listed = " ".join(f"{{{pair.local} {pair.remote}}}" for pair in self._wish.pairs)
            raise KctlError(f"unable to listen on any of the requested ports: [{listed}]")
        self._wish.out.flush()

    async def _listen(self, pair: Pair) -> str:
        """Listen on all addresses for a pair; return what keeps it from being forwarded."""
        problems: list[str] = []
        strict = lenient = 0
        local = pair.local
        for address in self._wish.addresses:
            try:
                local = await self._listen_at(address.host, Pair(local, pair.remote))
            except OSError as error:
                problems.append(f"unable to create listener: Error listen tcp{'6' if ':' in address.host else '4'} {_shown(address.host, local)}: "
                                f"bind: {os.strerror(error.errno or 0).lower()}")  # fmt: skip
                strict += not address.lenient
            else:
                lenient += address.lenient
        wanted = any(address.lenient for address in self._wish.addresses)
        if strict or (problems and wanted and not lenient):
            return f"Listeners failed to create with the following errors: [{' '.join(problems)}]"
        return ""

    async def _listen_at(self, host: str, pair: Pair) -> int:
        """Listen at one address; return the port, which the system may have chosen."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._handle(reader, writer, Pair(port, pair.remote)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        server = await asyncio.start_server(handle, host, pair.local, family=family, limit=PIECE)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        print(f"Forwarding from {_shown(host, port)} -> {pair.remote}", file=self._wish.out)
        return port

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pair: Pair) -> None:
        print(f"Handling connection for {pair.local}", file=self._wish.out, flush=True)
        try:
            await self._ports.connect(pair.remote, Wire(reader, writer))
        except (ConnectionResetError, BrokenPipeError):
            return  # one of the two has hung up
        except (KctlError, OSError) as error:
            print(f"error: an error occurred forwarding {pair.local} -> {pair.remote}: {error}", file=self._wish.err, flush=True)
            self._failed = True
            self._over.set()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def stop(self) -> None:
        """End it."""
        self._over.set()

    async def wait(self) -> None:
        """Wait for the end; KctlError where it is none that was asked for."""
        from minikube_py.client.remotestreams import Ports

        waiting: list[asyncio.Future[object]] = [asyncio.ensure_future(self._over.wait())]
        waiting.append(asyncio.ensure_future(self._ports.lost() if isinstance(self._ports, Ports) else self._gone()))
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        lost = self._failed or not self._over.is_set()
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        if lost:
            raise KctlError("lost connection to pod")

    async def _gone(self) -> None:
        """Wait until the pod is no more."""
        while not self._wish.is_gone():
            await asyncio.sleep(_LOOK)

    async def close(self) -> None:
        """Listen no more, and hang up."""
        for server in self._servers:
            server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
