"""Lists that are made in pieces and shared: what is in them, who gets which, what is kept."""

import asyncio
import json
from collections.abc import Generator
from typing import Any

import pytest

from minikube_py.apiserver.audit import policy
from minikube_py.apiserver.audit.auditor import Auditor
from minikube_py.apiserver.http import composing, lists, sending, worker
from minikube_py.apiserver.http.lists import Composed, Lists
from minikube_py.apiserver.http.negotiation import PLAIN, Shape, Wanted
from minikube_py.apiserver.request import Request
from minikube_py.apiserver.server import APIServer
from minikube_py.plugin.auth import Credentials
from minikube_py.storage.api import Put
from tests.apiserver.http import world
from tests.apiserver.http.world import USERS, Place, Site

MAPS = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = TABLE.replace("Table", "PartialObjectMetadataList")
ADMIN = Credentials(local=USERS["admin"])


@pytest.fixture(autouse=True)
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pieces of two objects, and take all answers for large ones."""
    monkeypatch.setattr(composing, "PIECE", 2)
    monkeypatch.setattr(lists, "SMALL", 0)
    monkeypatch.setattr(sending, "COMPRESSED_FROM", 0)


def asked(**options: Any) -> Request:
    return Request("list", "", "v1", "configmaps", namespace="default", options=options, credentials=ADMIN)


def server_of(count: int) -> APIServer:
    server = Place(lambda *_: None).server
    for number in range(count):
        add(server, f"m{number}")
    return server


def add(server: APIServer, name: str, **data: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}
    server.store.create(server.scheme.must("configmaps"), body)


class Table:
    """Works that go on, and what became of lists that were asked for."""

    def __init__(self, server: APIServer, **settings: int) -> None:
        self.server = server
        self.works: list[Generator[None, None, None]] = []
        self.lists = Lists(server, self.works.append, **settings)
        self.outcomes: list[Any] = []

    def ask(self, shape: Shape = PLAIN, **options: Any) -> asyncio.Future[Any]:
        found = self.lists.answer(asked(**options), Wanted(shape, "Metadata", False))
        future = asyncio.get_event_loop().create_future()

        def tell(future: "asyncio.Future[Any] | None", result: Any, failure: BaseException | None) -> None:
            self.outcomes.append(result or failure)

        if isinstance(found, worker.Later):
            found.wait(future, tell)
        else:
            self.outcomes.append(found)
        return future

    def go_on(self) -> None:
        """Do all that is to be done."""
        while self.works:
            for _ in self.works.pop(0):
                pass


def names(found: Any) -> list[str]:
    assert isinstance(found, Composed)
    return [item["metadata"]["name"] for item in json.loads(b"".join(found.body.parts))["items"]]


@pytest.mark.parametrize("accept", ["application/json", TABLE, PARTIAL])
@pytest.mark.parametrize("query", ["", "?limit=3", "?labelSelector=x%21%3Db", "?labelSelector=x%3Dnobody%2Cy%21%3Dz", "?fieldSelector=metadata.name%21%3Dc",
                                   "?resourceVersion=3&resourceVersionMatch=NotOlderThan", "?resourceVersion=0", "?pretty=true",
                                   "?pretty=true&fieldSelector=metadata.name%3Dnope", "?limit=2&labelSelector=x+notin+(a,d)",
                                   "?limit=3&labelSelector=x+notin+(a,d)", "?limit=4&labelSelector=x+notin+(a,d)",
                                   "?limit=1&fieldSelector=metadata.name%3De", "?fieldSelector=metadata.name%3Dc"])  # fmt: skip
def test_pieces_make_the_whole(accept: str, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(site: Site) -> None:
        for name in "abcde":
            await site.configmap(name, x=name, y="<&>ü")
        await site.ask("PATCH", f"{MAPS}/b", {"data": {"more": "1"}}, Content_Type="application/merge-patch+json")
        found = await site.ask("GET", MAPS + query, Accept=accept)
        monkeypatch.setattr(composing, "plan", lambda *_: None)
        wanted = await site.ask("GET", MAPS + query, Accept=accept)
        assert (found.code, found.json) == (200, wanted.json)
        assert found.text.count("\n") == wanted.text.count("\n")
        assert found.text.replace('"resourceVersion"', "").count("<") == 0
        assert found.text.endswith("}\n")

    world.play(scene)


def test_what_is_selected_is_counted_in_pages() -> None:
    async def scene(site: Site) -> None:
        for number in range(9):
            await site.configmap(f"m{number}", odd=str(number % 2))
        seen, token = [], ""
        while True:
            page = (await site.ask("GET", f"{MAPS}?limit=2&labelSelector=odd%3D0&continue={token}")).json
            assert "remainingItemCount" not in page["metadata"]
            seen.append([item["metadata"]["name"] for item in page["items"]])
            token = page["metadata"].get("continue", "")
            if not token:
                break
            await site.configmap(f"n{len(seen)}", odd="0")  # too late for this list
        assert seen == [["m0", "m2"], ["m4", "m6"], ["m8"]]

    world.play(scene)


def test_tables_with_an_order_of_their_own_keep_it() -> None:
    async def scene(site: Site) -> None:
        path = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"
        for name, precedence in (("a", 300), ("b", 100), ("c", 200), ("d", 100), ("e", 50)):
            spec = {"matchingPrecedence": precedence, "priorityLevelConfiguration": {"name": "x"}}
            assert (await site.ask("POST", path, {"metadata": {"name": name}, "spec": spec})).code == 201
        rows = (await site.ask("GET", path, Accept=TABLE)).json["rows"]
        assert [row["cells"][0] for row in rows] == ["e", "b", "d", "c", "a"]
        items = (await site.ask("GET", path)).json["items"]
        assert [item["metadata"]["name"] for item in items] == ["a", "b", "c", "d", "e"]

    world.play(scene)


def test_pages_for_people() -> None:
    async def scene(site: Site) -> None:
        for name in "abc":
            await site.configmap(name, y="<\n>")
        found = await site.ask("GET", f"{MAPS}?pretty=1")
        assert found.text == json.dumps(found.json, indent=2).replace("<", "\\u003c").replace(">", "\\u003e") + "\n"
        empty = await site.ask("GET", "/api/v1/namespaces/default/secrets", User_Agent="curl/7")
        assert empty.text.endswith('},\n  "items": []\n}\n')

    world.play(scene)


def test_an_empty_list() -> None:
    async def scene(site: Site) -> None:
        found = await site.ask("GET", "/api/v1/namespaces/default/secrets")
        assert (found.code, found.json["kind"], found.json["items"]) == (200, "SecretList", [])

    world.play(scene)


def test_whoever_may_not_list_gets_nothing_of_what_is_kept() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a")
        assert (await site.ask("GET", MAPS)).code == 200
        refused = await site.ask("GET", MAPS, user="jane")
        assert (refused.code, refused.json["reason"]) == (403, "Forbidden")
        assert (await site.ask("GET", MAPS, user="nobody")).code == 401

    world.play(scene)


def test_an_object_that_is_stored_in_another_order_is_listed_the_same() -> None:
    server = server_of(0)
    value = b'{"metadata":{"name":"odd","namespace":"default"},"kind":"ConfigMap","apiVersion":"v1"}'
    server.store.backend.txn([], [Put("/registry/configmaps/default/odd", value)])

    async def run() -> None:
        table = Table(server)
        table.ask()
        item = json.loads(b"".join(table.outcomes[0].body.parts))["items"][0]
        assert item == {"metadata": {"name": "odd", "namespace": "default", "resourceVersion": "2"}}

    asyncio.run(run())


def test_equal_requests_share_one_answer() -> None:
    async def run() -> None:
        table = Table(server_of(5))
        for _ in range(50):
            table.ask()
        assert len(table.works) == 1
        table.go_on()
        assert len({id(one) for one in table.outcomes}) == 1
        assert (len(table.outcomes), names(table.outcomes[0])) == (50, ["m0", "m1", "m2", "m3", "m4"])
        table.ask()
        assert (table.outcomes[50] is table.outcomes[0], table.works) == (True, [])
        table.ask(labelSelector="a!=b")
        assert len(table.works) == 1  # another one

    asyncio.run(run())


def test_nobody_gets_what_is_older_than_his_request() -> None:
    async def run() -> None:
        table = Table(server_of(4))
        table.ask()
        add(table.server, "new")
        for _ in range(10):
            table.ask()  # too late for the one on its way
        table.go_on()
        assert [len(names(one)) for one in table.outcomes] == [4] + [5] * 10
        assert len({id(one) for one in table.outcomes}) == 2
        add(table.server, "newer")
        table.ask()
        table.go_on()
        assert len(names(table.outcomes[-1])) == 6

    asyncio.run(run())


def test_what_nobody_waits_for_is_given_up() -> None:
    async def run() -> None:
        table = Table(server_of(9))
        left, stays = table.ask(), table.ask(labelSelector="a!=b")
        left.cancel()
        table.go_on()
        assert (len(table.outcomes), len(names(table.outcomes[0])), stays.cancelled()) == (1, 9, False)
        table.ask()
        table.go_on()
        assert len(names(table.outcomes[1])) == 9

    asyncio.run(run())


def test_what_is_kept_is_bounded() -> None:
    async def run() -> None:
        table = Table(server_of(3))
        table.ask()
        table.go_on()
        size = table.outcomes[0].body.size
        table = Table(table.server, memory=2 * size)
        for selector in ("a!=1", "a!=2", "a!=3", "a!=1", "a!=3"):
            table.ask(labelSelector=selector)
            table.go_on()
        first, _, third, anew, again = table.outcomes
        assert (anew is first, again is third) == (False, True)
        table = Table(table.server, memory=size - 1)
        for _ in range(2):
            table.ask()
            table.go_on()
        assert table.outcomes[0] is not table.outcomes[1]

    asyncio.run(run())


def test_tables_tell_ages_and_are_not_kept() -> None:
    async def run() -> None:
        table = Table(server_of(3))
        for _ in range(2):
            table.ask(Shape("Table"))
            table.go_on()
        assert table.outcomes[0] is not table.outcomes[1]

    asyncio.run(run())


def test_a_list_that_fails_fails_for_all_who_wait() -> None:
    async def run() -> None:
        table = Table(server_of(5))
        table.ask()
        table.ask()
        table.server.store.backend.txn([], [Put("/registry/configmaps/default/zz", b"no JSON")])
        table.go_on()
        assert [len(names(one)) for one in table.outcomes] == [5, 5]  # was read before
        table.ask()
        table.go_on()
        assert str(table.outcomes[2]).startswith("Internal error occurred: JSONDecodeError")

    asyncio.run(run())


@pytest.mark.parametrize("level", ["Metadata", "RequestResponse"])
def test_what_is_audited_goes_on_in_pieces_and_is_told_at_its_end(level: str) -> None:
    async def run() -> None:
        table = Table(server_of(5))
        lines: list[bytes] = []
        rule = {"level": level, "resources": [{"group": "", "resources": ["configmaps"]}]}
        parsed = policy.parse({"apiVersion": policy.API_VERSION, "kind": "Policy", "rules": [rule]})
        table.server.audit = Auditor(parsed, lines.append, table.server.clock, lambda: "id")
        table.ask()
        table.ask()
        assert (len(table.works), len(lines)) == (1, 2)  # it has begun
        table.go_on()
        table.ask()  # is there already
        table.go_on()
        assert (len(table.outcomes), len(lines)) == (3, 6)
        events = [json.loads(line) for line in lines if b"ResponseComplete" in line]
        wanted = json.loads(b"".join(table.outcomes[0].body.parts)) if level == "RequestResponse" else None
        assert [(event["responseStatus"]["code"], event.get("responseObject")) for event in events] == [(200, wanted)] * 3
        left = table.ask(labelSelector="a!=b")
        left.cancel()
        table.go_on()
        status = json.loads(lines[-1])["responseStatus"]
        assert (status["code"], status["reason"]) == (504, "Timeout")

    asyncio.run(run())


@pytest.mark.parametrize(("options", "pretty"), [({"limit": 8, "labelSelector": "a!=b"}, False), ({"labelSelector": "a=b"}, False), ({}, True)])
def test_others_get_their_turn_between_pieces(options: dict[str, Any], pretty: bool) -> None:
    async def run() -> None:
        table = Table(server_of(9))
        found = table.lists.answer(asked(**options), Wanted(PLAIN, "Metadata", pretty))
        assert isinstance(found, worker.Later)
        found.wait(asyncio.get_event_loop().create_future(), lambda *_: None)
        assert len(list(table.works[0])) >= 2

    asyncio.run(run())


def test_gzip_is_made_once() -> None:
    async def run() -> None:
        import gzip

        body = lists.Body([b"abc" * 1000, b"def" * 1000])
        one, other = await asyncio.gather(body.packed(), body.packed())
        assert one is other
        assert gzip.decompress(b"".join(one)) == b"abc" * 1000 + b"def" * 1000

    asyncio.run(run())


def test_every_answer_about_a_deprecated_kind_warns() -> None:
    async def scene(site: Site) -> None:
        path = "/api/v1/namespaces/default/endpoints"
        told = ['299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"']
        for method, where, body, code in (("POST", path, {"metadata": {"name": "e"}}, 201), ("GET", path, None, 200), ("GET", f"{path}/e", None, 200),
                                          ("GET", f"{path}?watch=true&timeoutSeconds=1", None, 200), ("GET", f"{path}/nope", None, 404),
                                          ("DELETE", f"{path}/e", None, 200), ("DELETE", path, None, 200)):  # fmt: skip
            found = await site.ask(method, where, body)
            assert (method, where, found.code, found.headers.getall("Warning", [])) == (method, where, code, told)
        states = (await site.ask("GET", "/api/v1/componentstatuses")).headers
        assert states.getall("Warning") == ['299 - "v1 ComponentStatus is deprecated in v1.19+"']
        refused = await site.ask("GET", path, user="jane")
        assert (refused.code, refused.headers.getall("Warning", [])) == (403, [])

    world.play(scene)
