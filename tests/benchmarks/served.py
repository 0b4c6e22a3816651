"""What is measured of `kctl serve`, always through HTTPS on 127.0.0.1 by clients in a process beside it."""

import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import aiohttp

from tests.benchmarks import machine
from tests.benchmarks.figures import Figure, deployment, listed
from tests.conformance import campaign
from tests.conformance.campaign import Api

PODS = "/api/v1/namespaces/default/pods"
VALUE = "x" * 200


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[Any]:
    """Serve the cluster of an environment while the block lasts."""
    kubeconfig = f"{environment['KCTL_HOME']}.kubeconfig"
    said = machine.kctl(environment, "serve", "--port", "0", "--detach", "--write-kubeconfig", kubeconfig)
    try:
        yield SimpleNamespace(kubeconfig=kubeconfig, port=said.split("\n")[0].rsplit(":", 1)[1])
    finally:
        machine.kctl(environment, "serve", "stop")


def fill(environment: dict[str, str], pods: int) -> None:
    """Create a cluster with so many running pods."""
    machine.kctl(environment, "cluster", "create", "test", "--nodes", str(max(pods // 100, 1)))
    each = min(20, pods)
    machine.kctl(environment, "apply", "-f", "-", stdin=listed([deployment(f"web-{number}", each) for number in range(pods // each)]))


async def timed(work: Awaitable[object]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    await work
    return time.perf_counter() - begun


async def fetch(api: Api, path: str, encoding: str = "gzip") -> bytes:
    """Read an answer as it comes over the wire: to unpack it is the affair of each client, on a machine of its own."""
    async with api.session.get(api.url + path, headers={"Accept-Encoding": encoding}, auto_decompress=False) as response:
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status}")
        return await response.read()


async def _change(api: Api) -> None:
    """Write something, so that no list that was made before is the newest."""
    await api.good("PATCH", "/api/v1/namespaces/default", {"metadata": {"annotations": {"changed": str(time.time_ns())}}},
                   Content_Type="application/merge-patch+json")  # fmt: skip


async def _again_and_again(work: Callable[[], Awaitable[object]], times: list[float], pause: float) -> None:
    while True:
        times.append(await timed(work()))
        await asyncio.sleep(pause)


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


async def _crowd(api: Api, path: str, clients: int, rounds: int, *, writes: bool = False) -> tuple[list[float], list[float]]:
    """Return how long clients took that list all at once, several times; and how long others took that read one object meanwhile."""
    gets: list[float] = []

    async def some() -> list[float]:
        return [await timed(fetch(api, path)) for _ in range(rounds)]

    await _change(api)
    work = [_again_and_again(lambda: fetch(api, "/api/v1/namespaces/default"), gets, 0.005)]
    if writes:
        work.append(_again_and_again(lambda: _change(api), [], 0.02))
    async with campaign.running(*work):
        taken = sum(await asyncio.gather(*(some() for _ in range(clients))), [])
    return taken, gets


async def _lists(served: Any, pods: int, clients: int) -> list[Figure]:
    async with campaign.client(served) as api:
        whole = await fetch(api, PODS, "identity")
        if len(json.loads(whole)["items"]) != pods:
            raise RuntimeError("the list is not whole")
        fresh, again, others = [], [], []
        for _ in range(5):
            await _change(api)
            fresh.append(await timed(fetch(api, PODS)))
            again.append(await timed(fetch(api, PODS)))
            others.append(machine.seconds(lambda: json.dumps(json.loads(whole))))
        alone, least = statistics.median(fresh), statistics.median(others)
        figures = [
            Figure(f"list {pods:,} pods / Python reads and writes the same JSON", alone, least, "-"),
            Figure("the same list again, nothing has changed / list made anew", statistics.median(again), alone, "-"),
        ]
        quiet = [await timed(fetch(api, "/api/v1/namespaces/default")) for _ in range(200)]
        for words, path, writes in (("list", PODS, False), ("list, beside writes,", PODS, True), ("first 500", f"{PODS}?limit=500", False)):
            await _change(api)
            single = await timed(fetch(api, path))
            taken, gets = await _crowd(api, path, clients, 4, writes=writes)
            figures.append(Figure(f"{clients} clients {words} of {pods:,} pods: p99 / one client", _p99(taken), single, "-"))
            figures.append(Figure("   one GET meanwhile: p99 / alone", _p99(gets), _p99(quiet), "-"))
    return figures


def lists(*, small: bool = False) -> list[Figure]:
    """A list of 10,000 pods, alone and by 50 clients at once, and what one who reads a single object notices of that."""
    pods, clients = (40, 5) if small else (10_000, 50)
    with machine.home() as environment:
        fill(environment, pods)
        with serving(environment) as served:
            return asyncio.run(_lists(served, pods, clients))


@contextmanager
def etcd() -> Iterator[str | None]:
    """Run an etcd of one member, on the same disk as the clusters of these benchmarks; give its address, or None where there is no etcd."""
    program = shutil.which("etcd")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        ports = [_free_port() for _ in range(2)]
        client, peer = (f"http://127.0.0.1:{port}" for port in ports)
        line = [program, "--data-dir", os.path.join(folder, "etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"]  # fmt: skip
        process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield client
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _burst(clients: int, each: int, write: Callable[[int], Awaitable[None]]) -> float:
    """Return how long clients take that write one after another, all at once."""

    async def some(first: int) -> None:
        for number in range(first, first + each):
            await write(number)

    return await timed(asyncio.gather(*(some(client * each) for client in range(clients))))


async def _writes(served: Any, address: str | None, clients: int, each: int) -> Figure:
    ours, theirs = [], []
    async with campaign.client(served) as api, aiohttp.ClientSession() as session:
        for turn in range(4):

            async def create(number: int, turn: int = turn) -> None:
                await api.good("POST", campaign.CONFIGMAPS, campaign.configmap(f"c-{clients}-{turn}-{number}", key=VALUE))

            async def put(number: int, turn: int = turn) -> None:
                key, value = f"/registry/configmaps/default/c-{clients}-{turn}-{number}".encode(), b"x" * 600
                body = {"key": b64encode(key).decode(), "value": b64encode(value).decode()}
                async with session.post(f"{address}/v3/kv/put", json=body) as response:
                    if response.status != 200:
                        raise RuntimeError(await response.text())
                    await response.read()

            ours.append(await _burst(clients, each, create))
            if address is not None:
                theirs.append(await _burst(clients, each, put))
    count, peer = clients * each, statistics.median(theirs[1:]) if theirs else 0.0
    mine = statistics.median(ours[1:])
    rates = f"{count / mine:,.0f}/s" + (f" / etcd put {count / peer:,.0f}/s" if peer else " (no etcd found: apt-get install etcd-server)")
    return Figure(f"create through HTTPS, {clients} client{'s' * (clients > 1)}: {rates}", mine / count, peer / count, "-")


async def _etcd_is_up(address: str) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(f"{address}/health") as response:
                    if (await response.json(content_type=None))["health"] == "true":
                        return
            except (aiohttp.ClientError, TimeoutError):  # it listens before it answers
                await asyncio.sleep(0.1)


def writes(*, small: bool = False) -> list[Figure]:
    """Durable creates through HTTPS and the whole chain, beside bare puts of as many bytes through etcd's own JSON gateway, in clear text.

    The same client in Python drives both, in turns; that etcd neither speaks TLS nor looks at what it stores is in its favour.
    """

    async def both(served: Any, address: str | None) -> list[Figure]:
        if address is not None:
            await _etcd_is_up(address)
        return [await _writes(served, address, clients, each) for clients, each in (((1, 5), (4, 5)) if small else ((1, 300), (16, 100), (64, 25)))]

    with machine.home() as environment, etcd() as address, serving(environment) as served:
        return asyncio.run(both(served, address))


def kubectl(*, small: bool = False) -> list[Figure]:
    """Whole processes: `kctl get pods` through the store beside `kubectl get pods` through the server, on one cluster of 100 pods."""
    peer = machine.kubectl()
    with machine.home() as environment:
        fill(environment, 20 if small else 100)
        with serving(environment) as served:
            theirs = {**environment, "KUBECONFIG": served.kubeconfig, "HOME": os.path.dirname(environment["KCTL_HOME"])}
            if peer is None:
                return [Figure("kctl get pods beside a server (no kubectl found)", machine.seconds(lambda: machine.kctl(environment, "get", "pods")), 0.0, "-")]
            line = (peer, "get", "pods")
            ours, other = machine.paired(lambda: machine.kctl(environment, "get", "pods"), lambda: machine.run(line, theirs), 3 if small else 20)
    return [Figure("kctl get pods beside the server / kubectl get pods against it", ours, other, "at most 1")]


CASES = {"serve-list": lists, "serve-writes": writes, "serve-kubectl": kubectl}
