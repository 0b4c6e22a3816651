"""The audit log of what comes over HTTP: which stages of which requests are in it, and that no secret is."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

from minikube_py.apiserver.audit import policy
from minikube_py.apiserver.audit.auditor import Auditor
from tests.apiserver.http import world
from tests.apiserver.http.world import Site

CORE = "/api/v1/namespaces/default"
RECEIVED, STARTED, COMPLETE = policy.RECEIVED, policy.STARTED, policy.COMPLETE
Row = tuple[str, str, str, str, int | None]


class Log:
    """The events of a site."""

    def __init__(self, site: Site, level: str = "Metadata", **rule: Any) -> None:
        self.lines: list[bytes] = []
        parsed = policy.parse({"apiVersion": policy.API_VERSION, "kind": "Policy", "rules": [{"level": level, **rule}]})
        site.place.server.audit = Auditor(parsed, self.lines.append, site.place.server.clock, lambda: "made-here")

    def take(self) -> list[Row]:
        """Return stage, user, verb, path and code of the events since the last look."""
        events = [json.loads(line) for line in self.lines]
        self.lines.clear()  # the auditor has this very list
        return [(event["stage"], event["user"].get("username", ""), event["verb"], event["requestURI"], event.get("responseStatus", {}).get("code"))
                for event in events]  # fmt: skip

    async def until(self, count: int) -> list[Row]:
        """Return the events once there are so many."""
        async with asyncio.timeout(10):
            while len(self.lines) < count:
                await asyncio.sleep(0.005)
        return self.take()


def pair(user: str, verb: str, path: str, code: int) -> list[Row]:
    """Return the events of a request that is answered at once."""
    return [(RECEIVED, user, verb, path, None), (COMPLETE, user, verb, path, code)]


def test_requests_for_resources() -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        made = await site.ask("POST", f"{CORE}/configmaps?fieldManager=me", {"metadata": {"name": "a"}}, User_Agent="kubectl/v1.33", Audit_Id="mine")
        event = json.loads(log.lines[1])
        assert (event["auditID"], event["sourceIPs"], event["userAgent"], made.headers["Audit-Id"]) == ("mine", ["127.0.0.1"], "kubectl/v1.33", "mine")
        assert event["annotations"]["authorization.k8s.io/decision"] == "allow"
        assert log.take() == pair("admin", "create", f"{CORE}/configmaps?fieldManager=me", 201)
        for user, name, code in (("admin", "a", 200), ("admin", "nope", 404), ("jane", "a", 403), ("", "a", 403)):
            await site.ask("GET", f"{CORE}/configmaps/{name}", user=user)
            assert log.take() == pair(user or "system:anonymous", "get", f"{CORE}/configmaps/{name}", code)

    world.play(scene)


def test_bad_credentials_are_one_event() -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        for path in (f"{CORE}/configmaps/a", "/version", "/apis/made/v1/up"):
            assert (await site.ask("GET", path, user="mallory")).code == 401
            event = json.loads(log.lines[0])
            assert event["responseStatus"]["message"] == "Authentication failed, attempted: bearer"
            verb = "list" if path.endswith("/up") else "get"
            assert log.take() == [(STARTED, "", verb, path, 401)]

    world.play(scene)


def test_what_cannot_be_read_as_credentials_is_one_event() -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        for path in (f"{CORE}/configmaps/a", "/version"):
            assert (await site.ask("GET", path, user="", Authorization="Basic !")).code == 401
            assert json.loads(log.lines[0])["responseStatus"]["message"] == "Authentication failed, attempted: basic"
            assert log.take() == [(STARTED, "", "get", path, 401)]

    world.play(scene)


def test_refusals_of_what_cannot_be_read_or_is_not_there() -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        path, unread = f"{CORE}/configmaps", b"{"
        for user, code in (("admin", 400), ("jane", 403)):
            assert (await site.ask("POST", path, user=user, data=unread, Content_Type="application/json")).code == code
            assert log.take() == pair(user, "create", path, code)
        for user, code in (("admin", 404), ("jane", 403)):
            assert (await site.ask("GET", "/apis/made/v1/up", user=user)).code == code
            assert log.take() == pair(user, "list", "/apis/made/v1/up", code)

    world.play(scene)


def test_a_watch_is_complete_when_it_ends() -> None:
    async def scene(site: Site) -> None:
        log, path = Log(site), f"{CORE}/configmaps?watch=true"
        begun = [(RECEIVED, "admin", "watch", path, None), (STARTED, "admin", "watch", path, 200)]
        ends: list[tuple[str, Callable[[world.Events], None]]] = [
            ("the client goes", lambda events: events.response.close()),
            ("the server stops", lambda events: site.worker.post(site.place.hub.end_all)),
        ]
        for reason, end in ends:
            async with site.watch(path) as events:
                assert await log.until(2) == begun, reason
                await site.ask("GET", f"{CORE}/configmaps")
                assert log.take() == pair("admin", "list", f"{CORE}/configmaps", 200)  # and the watch goes on
                end(events)
                assert await log.until(1) == [(COMPLETE, "admin", "watch", path, 200)], reason
        timed = f"{path}&timeoutSeconds=1"
        async with site.watch(timed) as events:
            assert await events.at_end()
        assert [row[0] for row in await log.until(3)] == [RECEIVED, STARTED, COMPLETE]

    world.play(scene)


def test_pages() -> None:
    async def scene(site: Site) -> None:
        log = Log(site, nonResourceURLs=["/version", "/apis*", "/made/*"])
        for user, method, path, code in (("admin", "GET", "/version", 200), ("admin", "GET", "/made/up", 404), ("jane", "GET", "/made/up", 403),
                                         ("admin", "POST", "/apis?x=y", 405)):  # fmt: skip
            assert (await site.ask(method, path, user=user)).code == code
            assert log.take() == pair(user, method.lower(), path, code)
        await site.ask("GET", "/livez/ping")
        await site.ask("GET", f"{CORE}/configmaps")
        assert log.take() == []  # no rule is about these

    world.play(scene)


def test_a_page_that_is_asked_for_as_somebody_else() -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        assert (await site.ask("GET", "/made/up", Impersonate_User="jane")).code == 403
        received, complete = (json.loads(line) for line in log.lines)
        assert ("impersonatedUser" in received, received["user"]["username"]) == (False, "admin")
        assert (complete["impersonatedUser"], complete["user"]) == ({"username": "jane", "groups": ["system:authenticated"]}, received["user"])
        assert complete["annotations"]["authorization.k8s.io/decision"] == "forbid"

    world.play(scene)


def test_no_secret_is_in_the_log() -> None:
    async def scene(site: Site) -> None:
        hidden = base64.b64encode(b"open sesame").decode()
        log = Log(site, "RequestResponse", resources=[{"group": "", "resources": ["secrets"]}])
        path, found = f"{CORE}/secrets", {"metadata": {"name": "s"}, "data": {"key": hidden}}
        assert (await site.ask("POST", path, found)).code == 201
        assert (await site.ask("GET", f"{path}/s")).json["data"] == {"key": hidden}
        assert (await site.ask("POST", path, data=f'{{"data": "{hidden}'.encode(), Content_Type="application/json")).code == 400
        async with site.watch(f"{path}?watch=true") as events:
            assert (await events.next())[1]["data"] == {"key": hidden}
        text = b"".join(log.lines).decode()
        assert len(await log.until(9)) == 9
        assert '"name":"s"' in text and hidden not in text and "sesame" not in text and "Bearer" not in text

    world.play(scene)


def test_what_cannot_be_written_is_not_done() -> None:
    async def scene(site: Site) -> None:
        def full(line: bytes) -> None:
            raise OSError(28, "No space left on device")

        Log(site)
        server = site.place.server
        assert server.audit is not None
        server.audit._write = full
        for method, path, body in (("POST", f"{CORE}/configmaps", {"metadata": {"name": "a"}}), ("GET", "/version", None)):
            answer = await site.ask(method, path, body)
            assert (answer.code, answer.json["message"]) == (500, "Internal error occurred: the audit log cannot be written, so nothing is done")
        server.audit = None
        assert (await site.ask("GET", f"{CORE}/configmaps/a")).code == 404

    world.play(scene)


def test_without_a_log_watches_keep_nothing_for_it() -> None:
    async def scene(site: Site) -> None:
        async with site.watch(f"{CORE}/configmaps?watch=true") as events:
            await site.configmap("a")
            assert await events.names(1) == [("ADDED", "a")]
            (watch,) = (watch for watches in site.place.hub._watches.values() for watch in watches.values())
            assert (watch.told, watch.request.record) == (None, None)

    world.play(scene)


def test_what_is_refused_unseen_is_told_of() -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        site.metrics.in_flight.update(mutating=800, readOnly=1600)
        for method, verb, path in (("POST", "create", f"{CORE}/configmaps"), ("GET", "list", f"{CORE}/configmaps"), ("GET", "get", "/version")):
            assert (await site.ask(method, path, {} if method == "POST" else None)).code == 429
            assert log.take() == pair("admin", verb, path, 429)
            assert (await site.ask(method, path, {} if method == "POST" else None, user="mallory")).code == 429
            assert log.take() == [(STARTED, "", verb, path, 401)]

    world.play(scene)


def test_paths_that_lead_nowhere_are_told_of() -> None:
    async def scene(site: Site) -> None:
        log = Log(site)
        for path, code in (("/api/v1/namespaces/%ff/pods", 400), ("/api/v1/namespaces/a/pods/b/c/d", 404)):
            assert (await site.ask("GET", path)).code == code
            assert log.take() == pair("admin", "get", path, code)

    world.play(scene)
