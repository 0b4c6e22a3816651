"""Watches over HTTP: order, selectors, forms, bookmarks, 410, slow readers."""

import asyncio
import base64
import json
import threading
from typing import Any

import aiohttp
import pytest

from minikube_py.apiserver.http import composing, resources, watches
from minikube_py.apiserver.http.negotiation import PLAIN
from minikube_py.apiserver.http.resources import Wanted
from minikube_py.apiserver.http.worker import Later
from minikube_py.apiserver.request import Request
from minikube_py.plugin.auth import Credentials
from minikube_py.storage import api as storage
from tests.apiserver.http import world
from tests.apiserver.http.world import Place, Site

MAPS = "/api/v1/namespaces/default/configmaps"


def test_changes_come_in_order_and_once() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("before")
        async with site.watch(f"{MAPS}?watch=true") as events:
            assert await events.names(1) == [("ADDED", "before")]
            for number in range(30):
                await site.configmap(f"m{number}")
            await site.ask("PUT", f"{MAPS}/m3", {"metadata": {"name": "m3"}, "data": {"a": "b"}})
            await site.ask("DELETE", f"{MAPS}/m3")
            assert await events.names(32) == [*(("ADDED", f"m{number}") for number in range(30)), ("MODIFIED", "m3"), ("DELETED", "m3")]
        assert site.metrics.text({}).count('apiserver_longrunning_requests{verb="WATCH",group="",version="v1",resource="configmaps"') == 1

    world.play(scene)


def test_a_watch_goes_on_after_any_kept_revision() -> None:
    async def scene(site: Site) -> None:
        first = (await site.configmap("a")).json["metadata"]["resourceVersion"]
        await site.configmap("b")
        await site.configmap("c")
        async with site.watch(f"{MAPS}?watch=1&resourceVersion={first}") as events:
            assert await events.names(2) == [("ADDED", "b"), ("ADDED", "c")]
            await site.configmap("d")
            assert await events.names(1) == [("ADDED", "d")]

    world.play(scene)


def test_old_paths_and_single_objects() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a")
        await site.configmap("b")
        for path in ("/api/v1/watch/namespaces/default/configmaps/b", f"{MAPS}?watch=true&fieldSelector=metadata.name%3Db"):
            async with site.watch(path) as events:
                assert await events.names(1) == [("ADDED", "b")]

    world.play(scene)


def test_who_selects_sees_objects_come_and_go() -> None:
    async def scene(site: Site) -> None:
        async with site.watch(f"{MAPS}?watch=true&labelSelector=x%3Dy") as events:
            await site.configmap("a", other="z")
            for labels in ({"x": "y"}, {"x": "y", "more": "z"}, {"x": "n"}, {"x": "y"}):
                await site.ask("PATCH", f"{MAPS}/a", {"metadata": {"labels": labels}}, Content_Type="application/merge-patch+json")
            await site.ask("DELETE", f"{MAPS}/a")
            seen = [await events.next() for _ in range(5)]
            assert [kind for kind, _ in seen] == ["ADDED", "MODIFIED", "DELETED", "ADDED", "DELETED"]
            assert seen[2][1]["metadata"]["labels"]["x"] == "y"  # as it was when it matched

    world.play(scene)


def test_tables_and_metadata_only() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a")
        async with site.watch(f"{MAPS}?watch=true", Accept="application/json;as=Table;v=v1;g=meta.k8s.io") as events:
            kind, table = await events.next()
            assert (kind, table["kind"], table["rows"][0]["cells"][:2]) == ("ADDED", "Table", ["a", 0])
            assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
        async with site.watch(f"{MAPS}?watch=true", Accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io") as events:
            kind, partial = await events.next()
            assert (kind, partial["kind"], partial["apiVersion"], "data" in partial) == ("ADDED", "PartialObjectMetadata", "meta.k8s.io/v1", False)

    world.play(scene)


def blueprint(bookmark: dict[str, Any]) -> bytes:
    return base64.b64decode(bookmark["metadata"]["annotations"]["kubernetes.io/initial-events-list-blueprint"])


def test_initial_events_end_with_a_bookmark() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a")
        asked = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
        async with site.watch(f"{MAPS}?{asked}") as events:
            assert await events.names(1) == [("ADDED", "a")]
            kind, obj = await events.next()
            assert (kind, obj["kind"], obj["metadata"]["annotations"]["k8s.io/initial-events-end"]) == ("BOOKMARK", "ConfigMap", "true")
            assert blueprint(obj) == b'{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":null}\n'
            assert int(obj["metadata"]["resourceVersion"]) == site.place.server.store.backend.revision()
        table, partial = (f"application/json;as={form};v=v1;g=meta.k8s.io" for form in ("Table", "PartialObjectMetadata"))
        async with site.watch(f"{MAPS}?{asked}", Accept=f"{table},{partial}") as events:
            assert (await events.next())[1]["kind"] == "PartialObjectMetadata"
            kind, obj = await events.next()
            assert (kind, obj["kind"]) == ("BOOKMARK", "PartialObjectMetadata")
            assert blueprint(obj) == b'{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{},"items":null}\n'
        assert (await site.ask("GET", f"{MAPS}?{asked}", Accept=table)).code == 406
        refused = await site.ask("GET", f"{MAPS}?watch=true&sendInitialEvents=true")
        assert refused.code == 422
        assert "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan" in refused.json["message"]

    world.play(scene)


def test_a_watch_ends_in_time_with_a_last_bookmark() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a")
        async with site.watch(f"{MAPS}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true") as events:
            assert await events.names(1) == [("ADDED", "a")]
            kind, obj = await events.next()
            assert kind == "BOOKMARK" and int(obj["metadata"]["resourceVersion"]) == site.place.server.store.backend.revision()
            assert await events.at_end()

    world.play(scene)


def test_a_bookmark_among_tables_is_one() -> None:
    async def scene(site: Site) -> None:
        asked = f"{MAPS}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true"
        async with site.watch(asked, Accept="application/json;as=Table;v=v1;g=meta.k8s.io") as events:
            kind, obj = await events.next()
            version = str(site.place.server.store.backend.revision())
            assert (kind, obj["kind"], obj["metadata"], obj["columnDefinitions"]) == ("BOOKMARK", "Table", {"resourceVersion": version}, [])
            (row,) = obj["rows"]
            assert (row["cells"], row["object"]["kind"], row["object"]["metadata"]["resourceVersion"]) == ([], "PartialObjectMetadata", version)

    world.play(scene)


def test_bookmarks_come_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minikube_py.apiserver.http.streams.BOOKMARK_SECONDS", 0.02)

    async def scene(site: Site) -> None:
        await site.ask("POST", "/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}})  # not what is watched, but it counts
        async with site.watch(f"{MAPS}?watch=true&allowWatchBookmarks=true") as events:
            kind, obj = await events.next()
            assert (kind, obj["metadata"]["resourceVersion"]) == ("BOOKMARK", str(site.place.server.store.backend.revision()))

    world.play(scene)


def test_history_that_is_gone_is_an_event_of_410() -> None:
    async def scene(site: Site) -> None:
        for number in range(5):
            await site.configmap(f"m{number}")
        await site.worker.run(lambda: site.place.server.store.backend.compact(5))
        async with site.watch(f"{MAPS}?watch=true&resourceVersion=2") as events:
            kind, status = await events.next()
            assert (kind, status["code"], status["reason"], status["message"]) == ("ERROR", 410, "Expired", "too old resource version: 2 (5)")
            assert await events.at_end()
        async with site.watch(f"{MAPS}?watch=true&fieldSelector=metadata.name%3Dm0") as events:
            assert await events.names(1) == [("ADDED", "m0")]
            backend = site.place.server.store.backend
            at = backend.revision()

            def fall_behind() -> None:
                for number in range(3):
                    backend.txn([], [storage.Put(f"/registry/secrets/default/s{number}", b"x")])
                backend.compact(at + 3)

            await site.worker.run(fall_behind)
            kind, status = await events.next()
            assert (kind, status["code"], status["message"]) == ("ERROR", 410, f"too old resource version: {at} ({at + 3})")
            assert await events.at_end()
        future = await site.ask("GET", f"{MAPS}?watch=true&resourceVersion=999999")
        assert (future.code, future.headers["Retry-After"]) == (504, "1")

    world.play(scene)


def test_a_client_that_does_not_read_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "MAX_BYTES", 1_000_000)

    async def scene(site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(site.root.rpartition(":")[2]), limit=1024)
        writer.write(f"GET {MAPS}?watch=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        async with site.watch(f"{MAPS}?watch=true") as events:
            for number in range(80):
                await site.configmap(f"m{number}", big="x" * 60)
                body = {"metadata": {"name": f"m{number}"}, "data": {"big": "x" * 200_000}}
                await site.ask("PUT", f"{MAPS}/m{number}", body)
                assert await events.names(2) == [("ADDED", f"m{number}"), ("MODIFIED", f"m{number}")]
            while len(site.place.hub) > 1:  # the one that does not read was given up
                await asyncio.sleep(0.01)
        writer.close()

    world.play(scene)


def test_a_hundred_watchers_see_the_same() -> None:
    async def scene(site: Site) -> None:
        async def one() -> list[str]:
            async with site.session.get(f"{MAPS}?watch=true", headers={"Authorization": "Bearer admin"}) as response:
                opened.append(1)
                lines = [json.loads(await response.content.readline()) for _ in range(50)]
                return [line["object"]["metadata"]["name"] for line in lines]

        opened: list[int] = []
        waiting = [asyncio.create_task(one()) for _ in range(100)]
        while len(opened) < 100:
            await asyncio.sleep(0.01)
        await asyncio.gather(*(site.configmap(f"m{number}") for number in range(50)))
        seen = await asyncio.gather(*waiting)
        assert sorted(seen[0]) == sorted(f"m{number}" for number in range(50))
        assert all(names == seen[0] for names in seen)

    world.play(scene)


def test_watchers_that_go_are_forgotten() -> None:
    async def scene(site: Site) -> None:
        async with site.watch(f"{MAPS}?watch=true"):
            while len(site.place.hub) == 0:
                await asyncio.sleep(0.01)
        while len(site.place.hub) > 0:
            await asyncio.sleep(0.01)

    world.play(scene)


def test_prefixes() -> None:
    assert watches._prefixes("/registry/pods/default/web") == ("/registry/pods/", "/registry/pods/default/")
    assert watches._prefixes("/registry/nodes/n") == ("/registry/nodes/",)
    assert watches._prefixes("/registry/example.com/widgets/default/w") == (
        "/registry/example.com/", "/registry/example.com/widgets/", "/registry/example.com/widgets/default/")  # fmt: skip


def test_a_client_that_leaves_while_its_watch_begins_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, gate = threading.Event(), threading.Event()
    begin = resources.begin_watch

    def slow(*arguments: Any) -> Any:
        found = begin(*arguments)
        begun.set()
        gate.wait(10)
        return found

    async def scene(site: Site) -> None:
        monkeypatch.setattr(resources, "begin_watch", slow)
        watching = asyncio.ensure_future(site.ask("GET", f"{MAPS}?watch=1"))
        assert await asyncio.to_thread(begun.wait, 10)
        assert len(site.place.hub) == 1
        watching.cancel()
        await asyncio.wait([watching])
        while site.metrics.text({}).count('verb="WATCH"') == 0:  # until the server has noticed
            await asyncio.sleep(0.005)
        gate.set()
        while await site.worker.run(lambda: len(site.place.hub)):
            await asyncio.sleep(0.005)

    world.play(scene)


@pytest.mark.parametrize("options", [{}, {"sendInitialEvents": True, "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": True}])
def test_what_a_watch_begins_with_is_made_in_pieces(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "PIECE", 2)
    place, posted, works = Place(lambda work, *arguments: posted.append(lambda: work(*arguments))), list[Any](), list[Any]()

    def add(name: str) -> None:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
        place.server.store.create(place.server.scheme.must("configmaps"), body)

    async def begin() -> None:
        for name in "abcde":
            add(name)
        request = Request("watch", "", "v1", "configmaps", namespace="default", options=options, credentials=Credentials(local=world.USERS["admin"]))
        later = resources.begin_watch(place.server, place.hub, request, Wanted(PLAIN, "Metadata", False), works.append)
        assert isinstance(later, Later)
        later.wait(asyncio.get_running_loop().create_future(), lambda *_: None)
        assert (later.outcome, len(place.hub)) == (None, 0)
        add("f")  # while it begins
        assert len(list(works[0])) == 1
        assert later.outcome is not None
        (watch, warnings), failure = later.outcome
        assert (warnings, failure, len(place.hub)) == ((), None, 1)
        for work in posted:
            work()
        lines = [json.loads(line) for line in ((await watch.take(1)) or b"").splitlines()]
        marks = ["BOOKMARK"] if options else []
        assert [line["type"] for line in lines] == ["ADDED"] * 5 + marks + ["ADDED"]
        assert [line["object"]["metadata"].get("name") for line in lines if line["type"] == "ADDED"] == list("abcdef")

    asyncio.run(begin())


def test_a_watch_that_nobody_waits_for_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "PIECE", 1)
    place, works = Place(lambda *_: None), list[Any]()

    async def begin() -> None:
        for name in "abc":
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
            place.server.store.create(place.server.scheme.must("configmaps"), body)
        request = Request("watch", "", "v1", "configmaps", namespace="default", credentials=Credentials(local=world.USERS["admin"]))
        later = resources.begin_watch(place.server, place.hub, request, Wanted(PLAIN, "Metadata", False), works.append)
        assert isinstance(later, Later)
        assert (list(works[0]), later.outcome, len(place.hub)) == ([], None, 0)

    asyncio.run(begin())


TOKEN = "base64url.bearer.authorization.k8s.io."


def test_a_watch_over_a_websocket() -> None:
    async def scene(site: Site) -> None:
        await site.ask("POST", MAPS, {"metadata": {"name": "a"}, "data": {"lines": "one\r\ntwo\u2028three\n"}})
        path, named = f"{MAPS}?watch=true&allowWatchBookmarks=true", (f"{TOKEN}YWRtaW4", "base64.binary.k8s.io")
        async with site.session.ws_connect(path, protocols=named) as websocket:
            assert websocket.protocol == "base64.binary.k8s.io"
            await websocket.send_str("what is said is passed over")
            await site.configmap("b")
            found = [json.loads(await asyncio.wait_for(websocket.receive_str(), 10)) for _ in range(2)]
            assert [(event["type"], event["object"]["metadata"]["name"]) for event in found] == [("ADDED", "a"), ("ADDED", "b")]
            assert found[0]["object"]["data"] == {"lines": "one\r\ntwo\u2028three\n"}
            site.worker.post(site.place.hub.end_all)  # the server stops
            await asyncio.wait_for(websocket.receive(), 10)
            assert websocket.close_code == 1000
        async with site.session.ws_connect(path, protocols=named) as websocket:
            await websocket.receive_str()
        while await site.worker.run(lambda: len(site.place.hub)):  # of who has gone nothing stays
            await asyncio.sleep(0.01)

    world.play(scene)


@pytest.mark.parametrize(("named", "code"), [
    ((f"{TOKEN}bWFsbG9yeQ", "x"), 401),  # mallory, whom nobody knows
    ((f"{TOKEN}YWRtaW4",), 401),  # and nothing beside it
    ((f"{TOKEN}amFuZQ", "x"), 403),
    (("x",), 403),  # nobody
])  # fmt: skip
def test_a_websocket_opens_to_those_only_who_may_watch(named: tuple[str, ...], code: int) -> None:
    async def scene(site: Site) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await site.session.ws_connect(f"{MAPS}?watch=true", protocols=named)
        assert refused.value.status == code

    world.play(scene)
