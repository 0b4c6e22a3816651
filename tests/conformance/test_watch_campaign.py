"""Many watchers and many changes: everything arrives, in order, nothing twice; through restarts, compactions, and clients that do not read."""

import asyncio
import json
import socket
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.storage import sqlite
from tests.conformance import campaign
from tests.conformance.campaign import CONFIGMAPS, GONE, Api, Event, Watcher, configmap
from tests.conformance.conftest import CUTS, Served

pytestmark = CUTS
MIB = 1024 * 1024
EVERYWHERE = "/api/v1/configmaps"
TABLE, PARTIAL = (f"application/json;as={form};v=v1;g=meta.k8s.io" for form in ("Table", "PartialObjectMetadata"))
FORMS: tuple[tuple[str, dict[str, str]], ...] = (  # the same events, however they are asked for
    (CONFIGMAPS, {}),
    (CONFIGMAPS, {"accept": TABLE}),
    (CONFIGMAPS, {"labelSelector": "campaign=yes"}),
    (EVERYWHERE, {"fieldSelector": "metadata.namespace=default"}),
    (EVERYWHERE, {"accept": PARTIAL, "labelSelector": "campaign"}),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with campaign.serving(tmp_path_factory.mktemp("watches")) as server:
        yield server


def compact(served: Served, revision: int) -> None:
    """Forget the history up to a revision, as another process beside the server."""
    store = sqlite.open_store(str(served.home / "kctl" / "clusters" / "minikube" / "store.db"))
    store.compact(revision)
    store.close()


class Writer:
    """Makes changes one after another, and notes which of them were acknowledged. A change whose answer was lost is made again."""

    def __init__(self, api: Api, word: str) -> None:
        self.acknowledged: list[Event] = []  # a deletion's version is 0, as its answer does not tell it
        self.lost = 0
        self._api = api
        self._word = word

    async def work(self, changes: int) -> None:
        """Make changes: each object is created, updated twice, and deleted."""
        for number in range(changes):
            name, step = f"{self._word}-{number // 4}", number % 4
            if step == 0:
                await self._change("ADDED", "POST", CONFIGMAPS, configmap(name, step="0"))
            elif step < 3:
                await self._change("MODIFIED", "PUT", f"{CONFIGMAPS}/{name}", configmap(name, step=str(step), number=str(self.lost)))
            else:
                await self._change("DELETED", "DELETE", f"{CONFIGMAPS}/{name}")

    async def _change(self, kind: str, method: str, path: str, body: Any = None) -> None:
        name = body["metadata"]["name"] if body else path.rsplit("/", 1)[1]
        for _ in range(600):
            try:
                found = await self._api.send(method, path, body)
            except GONE:
                self.lost += 1
                await asyncio.sleep(0.1)
                continue
            if found.code == 503:  # it is about to stop, and has done nothing
                continue
            if self.lost and (kind, found.code) in (("ADDED", 409), ("DELETED", 404)):
                return  # so the one before had been done
            assert found.code in (200, 201), found
            self.acknowledged.append(Event(kind, name, 0 if kind == "DELETED" else int(found.body["metadata"]["resourceVersion"])))
            return
        raise AssertionError("the server does not come back")


def check(watcher: Watcher, writers: list[Writer]) -> None:
    """Everything that was acknowledged was seen, in order, once; and nothing else, but for what was done though its answer was lost."""
    versions = [event.version for event in watcher.seen]
    assert versions == sorted(set(versions))
    acknowledged = [event for writer in writers for event in writer.acknowledged]
    known = Counter(event if event.type != "DELETED" else event._replace(version=0) for event in watcher.seen)
    assert Counter(acknowledged) - known == Counter()
    assert len(watcher.seen) - len(acknowledged) <= sum(writer.lost for writer in writers)
    steps: dict[str, list[str]] = {}
    for event in watcher.seen:
        steps.setdefault(event.name, []).append(event.type)
    for found in steps.values():
        assert found[0] == "ADDED" and found[-1] == "DELETED" and set(found[1:-1]) == {"MODIFIED"}


async def everything_arrives(served: Served, count: int, changes: int) -> None:
    """Let watchers watch changes while history is compacted and the server starts again."""
    async with campaign.client(served) as api:
        begin = (await api.good("GET", CONFIGMAPS))["metadata"]["resourceVersion"]
        watchers = [Watcher(api, path, begin, **query) for number in range(count) for path, query in [FORMS[number % len(FORMS)]]]
        late = Watcher(api, CONFIGMAPS, begin)
        writers = [Writer(api, f"cm-{number}") for number in range(8)]
        begun = time.monotonic()

        def made() -> int:
            return sum(len(writer.acknowledged) for writer in writers)

        async with campaign.running(*(watcher.run() for watcher in watchers)):
            writing = asyncio.gather(*(writer.work(changes // 8) for writer in writers))
            await campaign.until(lambda: made() > changes // 3 and min(len(one.seen) for one in watchers) > 0, 300, "a third of the changes")
            compact(served, min(int(watcher.version) for watcher in watchers))
            await campaign.until(lambda: made() > 2 * changes // 3, 300, "two thirds of the changes")
            await asyncio.to_thread(served.restart)
            await asyncio.wait_for(writing, 300)
            await campaign.until(lambda: all(_deleted(watcher) == changes // 4 for watcher in watchers), 300, "all deletions seen")
            taken = time.monotonic() - begun
        async with campaign.running(late.run()):
            await campaign.until(lambda: bool(late.relists), 60, "410 for what is compacted")
    for watcher in watchers:
        check(watcher, writers)
        assert watcher.connections >= 2 and watcher.relists == []
        assert watcher.seen == watchers[0].seen
    assert not [name for name in late.relists[0] if name.startswith("cm-")]  # all are deleted
    print(f"\n{count} watchers, {changes} changes: {count * len(watchers[0].seen):,} events in {taken:.1f} s")


def _deleted(watcher: Watcher) -> int:
    return sum(event.type == "DELETED" for event in watcher.seen)


def test_everything_arrives(served: Served) -> None:
    asyncio.run(everything_arrives(served, 20, 960))


@pytest.mark.long
def test_everything_arrives_at_many(served: Served) -> None:
    asyncio.run(everything_arrives(served, 100, 9984))


async def after_a_compaction(served: Served) -> None:
    async with campaign.client(served) as api:
        begin = (await api.good("GET", CONFIGMAPS))["metadata"]["resourceVersion"]
        awake, asleep = Watcher(api, CONFIGMAPS, begin), Watcher(api, CONFIGMAPS, begin)
        async with campaign.running(awake.run()):
            made = [await api.good("POST", CONFIGMAPS, configmap(f"kept-{number}")) for number in range(10)]
            await campaign.until(lambda: len(awake.seen) == 10, 30, "the first changes")
            compact(served, int(awake.version))
            exact = await api.send("GET", f"{CONFIGMAPS}?resourceVersion={begin}&resourceVersionMatch=Exact")
            assert (exact.code, exact.body["reason"]) == (410, "Expired")
            async with campaign.running(asleep.run()):
                await campaign.until(lambda: bool(asleep.relists), 30, "410, and a list")
                made += [await api.good("POST", CONFIGMAPS, configmap(f"kept-{number}")) for number in range(10, 20)]
                await campaign.until(lambda: len(awake.seen) == 20 and len(asleep.seen) == 10, 30, "the later changes")
    found = [Event("ADDED", one["metadata"]["name"], int(one["metadata"]["resourceVersion"])) for one in made]
    assert awake.seen == found and awake.connections == 1 and awake.relists == []
    assert asleep.seen == found[10:] and asleep.connections == 2
    listed = {name: version for name, version in asleep.relists[0].items() if name.startswith("kept-")}
    assert listed == {event.name: event.version for event in found[:10]}


def test_who_is_too_late_lists_anew(served: Served) -> None:
    asyncio.run(after_a_compaction(served))


def stalled(served: Served) -> ssl.SSLSocket:
    """Begin a watch and never read of it."""
    found = campaign.keys(served)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    plain.settimeout(30)
    plain.connect(("127.0.0.1", found.port))
    tls = campaign.context(found.authority, found.certificate, found.key).wrap_socket(plain, server_hostname="127.0.0.1")
    tls.sendall(f"GET {CONFIGMAPS}?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return tls


async def nobody_is_harmed(served: Served, lazy: int, rounds: int) -> None:
    """Let clients not read while more changes come than may wait for them; then they are let go, and others have got everything."""
    sockets = [stalled(served) for _ in range(lazy)]
    before = campaign.memory(served)
    try:
        async with campaign.client(served) as api:
            begin = (await api.good("POST", CONFIGMAPS, configmap("large")))["metadata"]["resourceVersion"]
            watcher, slowest = Watcher(api, CONFIGMAPS, begin), 0.0
            async with campaign.running(watcher.run()):
                for number in range(rounds):
                    begun, seen = time.monotonic(), len(watcher.seen)
                    await api.good("PUT", f"{CONFIGMAPS}/large", configmap("large", text=str(number) + "x" * 900_000))
                    await campaign.until(lambda: len(watcher.seen) > seen, 60, "the change")  # noqa: B023  (called at once)
                    slowest = max(slowest, time.monotonic() - begun)
            await api.good("DELETE", f"{CONFIGMAPS}/large")
            assert (len(watcher.seen), watcher.connections) == (rounds, 1)
            metrics = (await api.send("GET", "/metrics")).text
    finally:
        gone = [await asyncio.to_thread(_is_gone, one) for one in sockets]
    grown = campaign.memory(served) - before
    assert gone == [True] * lazy
    assert "apiserver_registered_watchers 0\n" in metrics
    assert grown < 512 * MIB  # what waits is the same bytes for all, so this does not grow with their number
    print(f"\n{lazy} clients that do not read, {rounds} changes of 0.9 MB: memory +{grown // MIB} MiB, slowest change seen after {slowest * 1000:.0f} ms")


def _is_gone(one: ssl.SSLSocket) -> bool:
    """Read what there is still; tell whether the connection has ended before its time."""
    try:
        while one.recv(MIB):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        one.close()
    return True


def test_a_client_that_does_not_read_harms_nobody(served: Served) -> None:
    asyncio.run(nobody_is_harmed(served, 3, 90))


@pytest.mark.long
def test_clients_that_do_not_read_harm_nobody(served: Served) -> None:
    asyncio.run(nobody_is_harmed(served, 30, 300))


async def from_beside(served: Served, count: int) -> None:
    delays = []
    async with campaign.client(served) as api:
        begin = (await api.good("GET", CONFIGMAPS))["metadata"]["resourceVersion"]
        watcher = Watcher(api, CONFIGMAPS, begin)
        async with campaign.running(watcher.run()):
            for number in range(count):
                made = await asyncio.to_thread(served.kctl, "create", "configmap", f"beside-{number}", "-o", "jsonpath={.metadata.resourceVersion}")
                begun = time.monotonic()
                assert (made.code, made.err) == (0, "")
                await campaign.until(lambda: len(watcher.seen) > number, 60, "what kctl did")  # noqa: B023  (called at once)
                delays.append(time.monotonic() - begun)
                assert watcher.seen[-1] == Event("ADDED", f"beside-{number}", int(made.out))
    print(f"\nchanges of kctl beside the server seen after at most {max(delays) * 1000:.0f} ms")


def test_what_kctl_does_beside_the_server_is_seen(served: Served) -> None:
    asyncio.run(from_beside(served, 5))


async def delay_from_beside(served: Served, count: int) -> None:
    """Measure from a commit in this process to the event at a client of the server."""
    from minikube_py.cluster import cluster as clusters
    from minikube_py.cluster.home import Home

    arrived: dict[str, float] = {}

    async def watch(api: Api, begin: str) -> None:
        async for event in api.events(CONFIGMAPS, resourceVersion=begin):
            arrived[event["object"]["metadata"]["name"]] = time.monotonic()

    cluster = clusters.open_cluster(Home(str(served.home / "kctl")), "minikube")
    try:
        committed: dict[str, float] = {}
        async with campaign.client(served) as api:
            begin = (await api.good("GET", CONFIGMAPS))["metadata"]["resourceVersion"]
            async with campaign.running(watch(api, begin)):
                for number in range(count):
                    cluster.client().create(configmap(f"timed-{number}"))
                    committed[f"timed-{number}"] = time.monotonic()
                    await asyncio.sleep(0.03 + 0.001 * (number % 17))
                await campaign.until(lambda: len(arrived) == count, 60, "all changes")
    finally:
        cluster.close()
    delays = sorted(arrived[name] - committed[name] for name in committed)
    print(f"\nfrom a commit beside the server to the client: median {delays[count // 2] * 1000:.1f} ms, at most {delays[-1] * 1000:.1f} ms of {count}")


@pytest.mark.long
def test_how_long_changes_from_beside_take(served: Served) -> None:
    asyncio.run(delay_from_beside(served, 200))


async def bookmarks(served: Served, seconds: int) -> list[dict[str, Any]]:
    async with campaign.client(served) as api:
        begin = (await api.good("GET", "/api/v1/namespaces/kube-public/secrets"))["metadata"]["resourceVersion"]
        await api.good("POST", CONFIGMAPS, {**configmap(""), "metadata": {"generateName": "elsewhere-"}})
        query = {"resourceVersion": begin, "allowWatchBookmarks": "true", "timeoutSeconds": str(seconds)}
        found = [event async for event in api.events("/api/v1/namespaces/kube-public/secrets", **query)]
    assert int(found[-1]["object"]["metadata"]["resourceVersion"]) > int(begin)  # it moves on with what concerns others
    return found


def test_a_watch_ends_with_a_bookmark(served: Served) -> None:
    event, = asyncio.run(bookmarks(served, 1))
    assert event["type"] == "BOOKMARK"
    version = event["object"]["metadata"]["resourceVersion"]
    assert event["object"] == {"kind": "Secret", "apiVersion": "v1", "metadata": {"resourceVersion": version, "creationTimestamp": None}}


@pytest.mark.long
def test_bookmarks_come_each_minute(served: Served) -> None:
    assert [event["type"] for event in asyncio.run(bookmarks(served, 125))] == ["BOOKMARK"] * 3


async def initial_events(served: Served, count: int) -> None:
    async with campaign.client(served) as api:
        for number in range(count):
            await api.good("POST", CONFIGMAPS, configmap(f"initial-{number:03}"))
        version = (await api.good("GET", CONFIGMAPS))["metadata"]["resourceVersion"]
        query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true", "fieldSelector": "metadata.name!=none"}
        found: list[dict[str, Any]] = []
        async for event in api.events(CONFIGMAPS, labelSelector="campaign=yes", **query):
            found.append(event)
            if event["type"] == "BOOKMARK":
                await api.good("DELETE", f"{CONFIGMAPS}/initial-000")
            if event["type"] == "DELETED":
                break
    names = [event["object"]["metadata"].get("name", "") for event in found]
    first = [name for name in names[:-2] if name.startswith("initial-")]
    assert first == [f"initial-{number:03}" for number in range(count)]
    assert {event["type"] for event in found[:-2]} == {"ADDED"}
    assert [event["type"] for event in found[-2:]] == ["BOOKMARK", "DELETED"] and names[-1] == "initial-000"
    metadata = found[-2]["object"]["metadata"]
    assert metadata["annotations"]["k8s.io/initial-events-end"] == "true" and int(metadata["resourceVersion"]) >= int(version)


def test_a_watch_that_begins_with_what_there_is(served: Served) -> None:
    asyncio.run(initial_events(served, 50))


def test_initial_events_want_a_match(served: Served) -> None:
    async def ask() -> campaign.Answer:
        async with campaign.client(served) as api:
            return await api.send("GET", f"{CONFIGMAPS}?watch=1&sendInitialEvents=true")

    found = asyncio.run(ask())
    assert (found.code, json.loads(found.text)["reason"]) == (422, "Invalid")


def test_the_server_keeps_its_keys(served: Served) -> None:
    before = Path(served.kubeconfig).read_bytes()
    served.restart()
    assert Path(served.kubeconfig).read_bytes() == before
