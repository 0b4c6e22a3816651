"""Many requests at once: no write is lost, not even when the server is killed, and nothing is answered with a 5xx that has no cause."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import campaign
from tests.conformance.campaign import CONFIGMAPS, GONE, Answer, Api, configmap
from tests.conformance.conftest import CUTS, Served

pytestmark = CUTS
READS = (
    CONFIGMAPS, "/api/v1/pods", "/api/v1/pods?limit=2", "/apis/apps/v1/deployments?labelSelector=k8s-app", "/api/v1/namespaces/kube-system", "/apis", "/readyz",
    "/openapi/v3", "/metrics", "/version", "/api/v1/namespaces/default/pods/none",
)  # fmt: skip


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with campaign.serving(tmp_path) as server:
        yield server


async def patient(api: Api, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    """Send a request as client-go does: wait and try again where the server says that it is too busy."""
    while True:
        found = await api.send(method, path, body, **headers)
        if found.code != 429:
            return found
        await asyncio.sleep(0.2)


async def increment(api: Api, codes: Counter[int]) -> None:
    """Add 1 to a counter, guarded by its resourceVersion; after a conflict, again."""
    path = f"{CONFIGMAPS}/counter"
    while True:
        read = await patient(api, "GET", path)
        codes[read.code] += 1
        obj = read.body
        obj["data"]["n"] = str(int(obj["data"]["n"]) + 1)
        written = await patient(api, "PUT", path, obj)
        codes[written.code] += 1
        if written.code == 200:
            return
        assert written.body["reason"] == "Conflict", written


async def add_own(api: Api, number: int, codes: Counter[int]) -> None:
    """Put a key of its own into an object that all share, by a patch that names nothing else."""
    found = await patient(api, "PATCH", f"{CONFIGMAPS}/shared", {"data": {f"k{number}": "x"}}, Content_Type="application/merge-patch+json")
    codes[found.code] += 1


async def read(api: Api, path: str, codes: Counter[int]) -> None:
    codes[(await patient(api, "GET", path)).code] += 1


async def at_once(served: Served, count: int) -> None:
    """Send many requests at the same time, a connection each: a tenth guarded increments, three tenths patches, six tenths reads."""
    codes: Counter[int] = Counter()
    async with campaign.client(served) as api:
        await api.good("POST", CONFIGMAPS, configmap("counter", n="0"))
        await api.good("POST", CONFIGMAPS, configmap("shared"))
        work: list[Any] = [increment(api, codes) for _ in range(count // 10)]
        work += [add_own(api, number, codes) for number in range(3 * count // 10)]
        work += [read(api, READS[number % len(READS)], codes) for number in range(6 * count // 10)]
        begun = time.monotonic()
        await asyncio.gather(*work)
        taken = time.monotonic() - begun
        counter, shared = [await api.good("GET", f"{CONFIGMAPS}/{name}") for name in ("counter", "shared")]
    assert set(codes) <= {200, 404, 409}, codes
    assert counter["data"]["n"] == str(count // 10)
    assert set(shared["data"]) == {f"k{number}" for number in range(3 * count // 10)}
    print(f"\n{count} at once: {sum(codes.values())} requests in {taken:.1f} s, {codes[409]} conflicts")


def test_many_requests_at_once(served: Served) -> None:
    asyncio.run(at_once(served, 200))


@pytest.mark.long
def test_a_thousand_requests_at_once(served: Served) -> None:
    asyncio.run(at_once(served, 1000))


async def guarded(served: Served, clients: int, each: int) -> int:
    """Let clients increment one counter; return what it says in the end."""
    codes: Counter[int] = Counter()
    async with campaign.client(served) as api:
        await api.good("POST", CONFIGMAPS, configmap("counter", n="0"))

        async def some() -> None:
            for _ in range(each):
                await increment(api, codes)

        await asyncio.gather(*(some() for _ in range(clients)))
        return int((await api.good("GET", f"{CONFIGMAPS}/counter"))["data"]["n"])


def test_guarded_increments_are_exact(served: Served) -> None:
    assert asyncio.run(guarded(served, 8, 10)) == 80


class Ledger:
    """What was sent, and what of it was acknowledged."""

    def __init__(self) -> None:
        self.tried: set[str] = set()
        self.acknowledged: dict[str, str] = {}  # resourceVersions by name

    async def write(self, api: Api, word: str) -> None:
        """Create objects until the server is gone."""
        for number in range(100_000):
            name = f"{word}-{number}"
            self.tried.add(name)
            try:
                found = await api.send("POST", CONFIGMAPS, configmap(name))
            except GONE:
                return
            if found.code == 503:
                return
            assert found.code == 201, found
            self.acknowledged[name] = found.body["metadata"]["resourceVersion"]


async def ended(served: Served, number: signal.Signals, word: str, writes: int) -> Ledger:
    """End the server while clients write to it, and start it again."""
    ledger = Ledger()
    async with campaign.client(served) as api:
        writing = asyncio.gather(*(ledger.write(api, f"{word}-{one}") for one in range(16)))
        await campaign.until(lambda: len(ledger.acknowledged) >= writes or writing.done(), 120, "some writes")
        await asyncio.to_thread(served.restart, number)
        await asyncio.wait_for(writing, 60)
    return ledger


async def kept(served: Served, ledger: Ledger, word: str) -> None:
    """What was acknowledged is there as it was; beside it, at most what was tried."""
    async with campaign.client(served) as api:
        items = (await api.good("GET", CONFIGMAPS))["items"]
    found = {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in items if one["metadata"]["name"].startswith(word)}
    assert ledger.acknowledged.items() <= found.items()
    assert set(found) <= ledger.tried


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.long)])
def test_a_killed_server_has_lost_nothing(served: Served, rounds: int) -> None:
    for number in range(rounds):
        ledger = asyncio.run(ended(served, signal.SIGKILL, f"kill{number}", 100 + 37 * number))
        asyncio.run(kept(served, ledger, f"kill{number}-"))
    made = served.kctl("create", "deployment", "after", "--image=nginx", "--replicas=2")
    assert (made.code, made.err) == (0, "")
    assert served.kctl("get", "deployment", "after", "-o", "jsonpath={.status.readyReplicas}").out == "2"


def test_after_a_kill_the_next_command_settles(served: Served) -> None:
    asyncio.run(_deploy(served))
    served.process.kill()
    served.process.communicate(timeout=30)
    assert served.kctl("get", "deployments", "-o", "jsonpath={.items[*].status.readyReplicas}") == (0, " ".join("3" * 10), "")
    assert served.kctl("get", "pods", "--field-selector=status.phase=Running", "-o", "name").out.count("pod/") == 30
    served.process = served._start("0")


async def _deploy(served: Served) -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    async with campaign.client(served) as api:
        for number in range(10):
            await api.good("POST", "/apis/apps/v1/namespaces/default/deployments", {"metadata": {"name": f"web-{number}"}, "spec": spec})


async def watch_to_the_end(served: Served) -> tuple[list[str], list[str]]:
    """Watch until the server is told to end, and has ended without complaints; return what was seen, and how the watches ended."""
    seen: list[str] = []
    ends: list[str] = []

    async def watch(api: Api) -> None:
        try:
            async for event in api.events(CONFIGMAPS, fieldSelector="metadata.name=last"):
                seen.append(event["type"])
        except GONE as error:
            ends.append(repr(error))
        else:
            ends.append("clean")

    async with campaign.client(served) as api:
        watching = asyncio.gather(*(watch(api) for _ in range(10)))
        await api.good("POST", CONFIGMAPS, configmap("last"))
        await campaign.until(lambda: len(seen) == 10, 30, "the event")
        code, complaints = await asyncio.to_thread(served.stop)
        await asyncio.wait_for(watching, 30)
    assert (code, complaints) == (0, "")
    return seen, ends


def test_the_end_is_graceful(served: Served) -> None:
    begun = time.monotonic()
    assert asyncio.run(watch_to_the_end(served)) == (["ADDED"] * 10, ["clean"] * 10)
    assert time.monotonic() - begun < 30  # nobody waited for watches to end by themselves


def test_what_was_acknowledged_before_the_end_is_kept(served: Served) -> None:
    ledger = asyncio.run(ended(served, signal.SIGTERM, "term", 100))
    asyncio.run(kept(served, ledger, "term-"))
