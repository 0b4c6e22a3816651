"""Which server kctl proxy hands requests on to: the one that is named, or one of the cluster of this machine, which is started where none runs."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from minikube_py.cli.proxying import Place, Proxy, Upstream
from minikube_py.client import wire
from minikube_py.client.kubeconfigs import Connection
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory

_LOOPBACK = "127.0.0.1"


async def run(factory: "Factory", made: Callable[[Upstream], Proxy], place: tuple[str, int, str]) -> None:
    """Serve until it is interrupted, or the server ends."""
    server = factory.server
    impersonated = factory.impersonated()
    if server is not None:
        connection, headers = server.reached()
        await _serve(factory, made(Upstream(connection, (*headers, *wire.impersonation(impersonated)), factory.environment)), place, None)
        return
    from minikube_py.cluster import bootstrap, kubeconfig, served

    context = factory.context
    bootstrap.open_or_create(factory.home, context.cluster).close()
    who = impersonated or (context.user if context.user != kubeconfig.ADMIN else None)
    running = served.find(factory.home, context.cluster)

    def upstream(address: str) -> Upstream:
        return Upstream(_local(factory, context.cluster, address), wire.impersonation(who), factory.environment)

    if running is not None:
        await _serve(factory, made(upstream(running.address)), place, None)
        return
    with served.alone(factory.home, context.cluster):
        await _with_server(factory, lambda address: made(upstream(address)), place)


async def _with_server(factory: "Factory", made: Callable[[str], Proxy], place: tuple[str, int, str]) -> None:
    """Serve the cluster of this machine, as kctl serve does, and the proxy in front of it."""
    from minikube_py.cluster import served, serving

    name = factory.context.cluster
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def announce(cluster: Any, port: int) -> None:
        address = f"https://{_LOOPBACK}:{port}"
        served.note(factory.home, name, address)
        found.set_result(address)

    server = asyncio.ensure_future(serving.Server(factory.home, serving.Wish(name, _LOOPBACK, 0)).run(announce))
    await asyncio.wait((server, found), return_when=asyncio.FIRST_COMPLETED)
    if not found.done():
        await server
        raise KctlError(f'the server of cluster "{name}" has ended')
    try:
        await _serve(factory, made(found.result()), place, server)
    finally:
        server.cancel()
        with suppress(asyncio.CancelledError):
            await server


async def _serve(factory: "Factory", proxy: Proxy, place: tuple[str, int, str], server: "asyncio.Future[None] | None") -> None:
    async with proxy.listening(Place(*place)) as address:
        print(f"Starting to serve on {address}", file=factory.streams.out, flush=True)
        if server is None:
            await asyncio.get_running_loop().create_future()  # until it is cancelled
        else:
            await asyncio.wait((server,))


def _local(factory: "Factory", name: str, address: str) -> Connection:
    """Return the way to the server of a cluster of this machine."""
    import base64

    from minikube_py.cluster import pki, serveconfig
    from minikube_py.kits.clock import SystemClock

    content = serveconfig.content(name, address, pki.Keys(factory.home.cluster(name), SystemClock()))
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    authority, certificate, key = (base64.b64decode(text) for text in (
        cluster["certificate-authority-data"], user["client-certificate-data"], user["client-key-data"]))  # fmt: skip
    return Connection(address, authority, certificate=certificate, key=key)
