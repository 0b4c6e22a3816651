"""Requests over HTTP: verbs, forms, refusals, headers."""

import asyncio
import threading
from typing import Any

import pytest

from minikube_py.apiserver.http import answers, bodies, frontend, sending
from minikube_py.machinery import errors
from tests.apiserver.http import world
from tests.apiserver.http.world import Site

MAPS = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def test_an_object_lives() -> None:
    async def scene(site: Site) -> None:
        made = await site.configmap("a", x="y")
        assert (made.code, made.json["kind"], made.json["data"]) == (201, "ConfigMap", {"x": "y"})
        assert made.headers["Content-Type"] == "application/json"
        assert made.headers["Cache-Control"] == "no-cache, private"
        assert len(made.headers["Audit-Id"]) == 36
        assert made.text.endswith("}\n")
        got = await site.ask("GET", f"{MAPS}/a")
        assert (got.code, got.json) == (200, made.json)
        assert (await site.ask("HEAD", f"{MAPS}/a")).code == 200
        changed = await site.ask("PATCH", f"{MAPS}/a", {"data": {"x": "z"}}, Content_Type="application/merge-patch+json")
        assert (changed.code, changed.json["data"]) == (200, {"x": "z"})
        conflict = await site.ask("PUT", f"{MAPS}/a", made.json)
        assert (conflict.code, conflict.json["reason"]) == (409, "Conflict")
        gone = await site.ask("DELETE", f"{MAPS}/a")
        assert (gone.code, gone.json["status"]) == (200, "Success")
        assert (await site.ask("GET", f"{MAPS}/a")).code == 404

    world.play(scene)


def test_lists() -> None:
    async def scene(site: Site) -> None:
        for name in "abc":
            await site.configmap(name, x=name)
        listing = (await site.ask("GET", f"{MAPS}?limit=2")).json
        assert (listing["kind"], listing["apiVersion"], [item["metadata"]["name"] for item in listing["items"]]) == ("ConfigMapList", "v1", ["a", "b"])
        assert "kind" not in listing["items"][0]  # as in Go's typed lists
        rest = (await site.ask("GET", f"{MAPS}?limit=2&continue={listing['metadata']['continue']}")).json
        assert [item["metadata"]["name"] for item in rest["items"]] == ["c"]
        chosen = (await site.ask("GET", "/api/v1/configmaps?labelSelector=x%20in%20(a,c)")).json
        assert [item["metadata"]["name"] for item in chosen["items"]] == ["a", "c"]
        gone = await site.ask("DELETE", f"{MAPS}?labelSelector=x%3Da")
        assert (gone.code, len((await site.ask("GET", MAPS)).json["items"])) == (200, 2)

    world.play(scene)


def test_yaml() -> None:
    async def scene(site: Site) -> None:
        made = await site.ask("POST", MAPS, {"metadata": {"name": "a"}, "data": {"b": "yes", "a": "<1>"}}, Accept="application/yaml")
        assert (made.code, made.headers["Content-Type"]) == (201, "application/yaml")
        assert made.text.startswith('apiVersion: v1\ndata:\n  a: <1>\n  b: "yes"\nkind: ConfigMap\nmetadata:\n')
        for path, first in ((f"{MAPS}?limit=1", "apiVersion: v1\nitems:\n- data:\n"), ("/api", "kind: APIVersions\n"), ("/api/v1", "groupVersion: v1\n"),
                            ("/apis/apps", "apiVersion: v1\nkind: APIGroup\n")):  # fmt: skip
            found = await site.ask("GET", path, Accept="application/yaml;q=0.9,application/json;q=0.1")
            assert (found.code, found.headers["Content-Type"], found.text.startswith(first)) == (200, "application/yaml", True), found.text
        table = await site.ask("GET", MAPS, Accept=TABLE.replace("json", "yaml"))
        assert table.text.startswith("apiVersion: meta.k8s.io/v1\ncolumnDefinitions:\n")
        for method, path, code in (("GET", f"{MAPS}/none", 404), ("GET", "/api/v1/none", 404), ("POST", "/apis", 405)):
            missing = await site.ask(method, path, Accept="application/yaml")
            assert (missing.code, missing.text.startswith("apiVersion: v1\ncode: ")) == (code, True), missing.text
        assert (await site.ask("GET", "/version", Accept="application/yaml")).json["major"] == "1"
        assert (await site.ask("GET", f"{MAPS}?watch=true", Accept="application/yaml")).code == 406

    world.play(scene)


def test_forms() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a", x="y")
        table = (await site.ask("GET", MAPS, Accept=TABLE)).json
        assert (table["kind"], table["apiVersion"], table["rows"][0]["object"]["kind"]) == ("Table", "meta.k8s.io/v1", "PartialObjectMetadata")
        whole = (await site.ask("GET", f"{MAPS}/a?includeObject=Object", Accept=TABLE)).json
        assert whole["rows"][0]["object"]["data"] == {"x": "y"}
        none = (await site.ask("GET", f"{MAPS}?includeObject=None", Accept=TABLE)).json
        assert none["rows"][0]["object"] is None
        assert (await site.ask("GET", f"{MAPS}?includeObject=Some", Accept=TABLE)).code == 400
        old = (await site.ask("GET", MAPS, Accept=TABLE.replace("v=v1", "v=v1beta1"))).json
        assert old["apiVersion"] == "meta.k8s.io/v1beta1"
        for path, word, is_not in ((MAPS, "PartialObjectMetadata", "a list (*core.ConfigMapList)"),
                                   (f"{MAPS}/a", "PartialObjectMetadataList", "not a list (*core.ConfigMap)")):  # fmt: skip
            refused = await site.ask("GET", path, Accept=TABLE.replace("Table", word))
            assert (refused.code, refused.json["message"]) == (406, f"you requested {word}, but the requested object is {is_not}")
        refused = await site.ask("GET", f"{MAPS}?watch=true", Accept=TABLE.replace("Table", "PartialObjectMetadataList"))
        assert (refused.code, refused.json["reason"]) == (406, "NotAcceptable")
        partial = (await site.ask("GET", MAPS, Accept=TABLE.replace("Table", "PartialObjectMetadataList"))).json
        assert (partial["kind"], list(partial["items"][0])) == ("PartialObjectMetadataList", ["kind", "apiVersion", "metadata"])
        missing = await site.ask("GET", f"{MAPS}/nope", Accept=TABLE)
        assert (missing.code, missing.json["kind"]) == (404, "Status")
        assert (await site.ask("GET", MAPS, Accept="text/html")).code == 406

    world.play(scene)


def test_a_scale_as_a_table() -> None:
    async def scene(site: Site) -> None:
        spec = {"replicas": 3, "selector": {"matchLabels": {"a": "b"}},
                "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}  # fmt: skip
        await site.ask("POST", "/apis/apps/v1/namespaces/default/deployments", {"metadata": {"name": "web"}, "spec": spec})
        table = (await site.ask("GET", "/apis/apps/v1/namespaces/default/deployments/web/scale", Accept=TABLE)).json
        assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Desired", "Available", "Age"]
        assert table["rows"][0]["cells"][:3] == ["web", 3, 0]

    world.play(scene)


def test_pretty_is_for_people() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a")
        assert (await site.ask("GET", f"{MAPS}/a")).text.count("\n") == 1
        for headers, path in (({"User_Agent": "curl/8"}, f"{MAPS}/a"), ({}, f"{MAPS}/a?pretty=true")):
            assert (await site.ask("GET", path, **headers)).text.startswith('{\n  "kind": ')
        assert (await site.ask("GET", f"{MAPS}/a?pretty=false", User_Agent="curl/8")).text.count("\n") == 1

    world.play(scene)


def test_warnings_and_field_validation() -> None:
    async def scene(site: Site) -> None:
        data = b'{"metadata":{"name":"a"},"nonsense":"\\"x","data":{"k":"1","k":"2"}}'
        warned = await site.ask("POST", MAPS, data=data, Content_Type="application/json")
        assert warned.code == 201
        assert warned.headers.getall("Warning") == ['299 - "duplicate field \\"data.k\\""', '299 - "unknown field \\"nonsense\\""']
        strict = await site.ask("POST", f"{MAPS}?fieldValidation=Strict", data=data, Content_Type="application/json")
        assert strict.code == 400
        assert strict.json["message"].endswith('strict decoding error: duplicate field "data.k", unknown field "nonsense"')
        silent = await site.ask("PUT", f"{MAPS}/a?fieldValidation=Ignore", data=data, Content_Type="application/json")
        assert (silent.code, "Warning" in silent.headers) == (200, False)

    world.play(scene)


def test_dry_runs_change_nothing() -> None:
    async def scene(site: Site) -> None:
        made = await site.ask("POST", f"{MAPS}?dryRun=All", {"metadata": {"name": "a"}})
        assert (made.code, (await site.ask("GET", f"{MAPS}/a")).code) == (201, 404)
        assert (await site.ask("POST", f"{MAPS}?dryRun=Some", {"metadata": {"name": "a"}})).code == 422

    world.play(scene)


REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", f"{MAPS}/a/log", {}, 404, "NotFound"),
    ("GET", f"{MAPS}/a/log/more", {}, 404, "NotFound"),
    ("POST", "/version", {}, 405, "MethodNotAllowed"),
    ("OPTIONS", MAPS, {}, 405, "MethodNotAllowed"),
    ("POST", f"{MAPS}/a", {}, 405, "MethodNotAllowed"),
    ("PUT", MAPS, {}, 405, "MethodNotAllowed"),
    ("POST", "/api/v1/configmaps", {"data": b"{}", "Content_Type": "application/json"}, 405, "MethodNotAllowed"),
    ("OPTIONS", "/version", {}, 405, "MethodNotAllowed"),
    ("GET", "/api/v1/namespaces/default/nodes", {}, 404, "NotFound"),
    ("GET", "/api/v1/namespaces/default/nodes?watch=true", {}, 404, "NotFound"),
    ("GET", "/api/v1/namespaces/default/nodes/n", {}, 404, "NotFound"),
    ("GET", "/api/v1/namespaces/default/nodes/n/proxy", {}, 404, "NotFound"),
    ("DELETE", "/apis/storage.k8s.io/v1/namespaces/default/storageclasses/x", {}, 404, "NotFound"),
    ("GET", "/api/v1/pods/p", {}, 404, "NotFound"),
    ("POST", MAPS, {"data": b"{}", "Content_Type": "text/plain"}, 415, "UnsupportedMediaType"),
    ("PATCH", f"{MAPS}/a", {"data": b"{}", "Content_Type": "application/json"}, 415, "UnsupportedMediaType"),
    ("POST", MAPS, {"data": b"{", "Content_Type": "application/json"}, 400, "BadRequest"),
    ("POST", MAPS, {"data": b"[]", "Content_Type": "application/json"}, 400, "BadRequest"),
    ("POST", MAPS, {"data": b"x" * (bodies.LIMIT + 1), "Content_Type": "application/json"}, 413, "RequestEntityTooLarge"),
    ("GET", f"{MAPS}?limit=x", {}, 400, "BadRequest"),
    ("GET", f"{MAPS}?labelSelector=((", {}, 400, "BadRequest"),
    ("GET", "/api/v1/namespaces/default/pods/%2e%2e", {}, 400, "BadRequest"),
    ("GET", "/api/v1/namespaces/default/pods/a%2fb", {}, 400, "BadRequest"),
    ("GET", "/api/v1/namespaces/default/pods/p/proxy", {}, 404, "NotFound"),
    ("GET", "/api/v1/namespaces/default/pods/p/exec?command=x", {}, 404, "NotFound"),
    ("GET", f"{MAPS}?resourceVersion=1000000", {}, 504, "Timeout"),
]


@pytest.mark.parametrize(("method", "path", "more", "code", "reason"), REFUSED)
def test_refusals(method: str, path: str, more: dict[str, Any], code: int, reason: str) -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a")
        refused = await site.ask(method, path, **more)
        assert (refused.code, refused.json["kind"], refused.json["code"], refused.json["reason"]) == (code, "Status", code, reason)

    world.play(scene)


def test_who_is_nobody_learns_nothing() -> None:
    async def scene(site: Site) -> None:
        await site.configmap("a")
        for method, path, more, _, _ in REFUSED:
            refused = await site.ask(method, path, **more, user="wrong")
            assert (refused.code, refused.json["message"]) == (401, "Unauthorized"), path
        for path in ("/version", "/healthz", "/api", "/metrics", MAPS, f"{MAPS}/a", f"{MAPS}?watch=true"):
            assert (await site.ask("GET", path, user="wrong")).code == 401
            assert (await site.ask("GET", path, user="", Authorization="Basic !")).code == 401
        for path in ("/api", "/metrics", MAPS, f"{MAPS}/a", f"{MAPS}?watch=true", "/api/v1/namespaces/default/pods/p/log"):
            assert (await site.ask("GET", path, user="")).code == 403, path
            assert (await site.ask("GET", path, user="jane")).code == 403, path
        message = (await site.ask("GET", "/metrics", user="jane")).json["message"]
        assert message == 'forbidden: User "jane" cannot get path "/metrics"'

    world.play(scene)


def test_impersonation() -> None:
    async def scene(site: Site) -> None:
        review = await site.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, Impersonate_User="jane", Impersonate_Group="system:masters")
        assert review.code == 201, review.text
        assert review.json["status"]["userInfo"] == {"username": "jane", "groups": ["system:masters", "system:authenticated"]}
        assert (await site.ask("GET", MAPS, Impersonate_User="jane")).code == 403
        assert (await site.ask("GET", MAPS, user="jane", Impersonate_User="admin")).code == 403
        assert (await site.ask("GET", "/version", user="jane", Impersonate_User="admin")).code == 403

    world.play(scene)


def test_large_answers_are_compressed() -> None:
    async def scene(site: Site) -> None:
        await site.ask("POST", MAPS, {"metadata": {"name": "big"}, "data": {"x": "y" * 200_000}})
        big = await site.ask("GET", f"{MAPS}/big", Accept_Encoding="gzip")
        assert (big.headers["Content-Encoding"], len(big.json["data"]["x"])) == ("gzip", 200_000)
        plain = await site.ask("GET", f"{MAPS}/big", Accept_Encoding="identity")
        assert "Content-Encoding" not in plain.headers

    world.play(scene)


def test_a_flood_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(site: Site) -> None:
        site.metrics.in_flight["mutating"] = 800
        refused = await site.configmap("a")
        assert (refused.code, refused.json["reason"], refused.headers["Retry-After"]) == (429, "TooManyRequests", "1")
        assert (await site.ask("GET", MAPS)).code == 200
        assert 'apiserver_request_terminations_total{request_kind="mutating"} 1' in site.metrics.text({})

    world.play(scene)


def test_retry_after_is_said_only_where_the_status_says_so() -> None:
    hinted = answers.of_error(errors.TooManyRequests("x", details={"retryAfterSeconds": 10}))
    assert (hinted.code, hinted.headers) == (429, (("Retry-After", "10"),))
    refused = answers.of_error(errors.TooManyRequests("Cannot evict pod"))
    assert (refused.code, refused.headers) == (429, ())


@pytest.mark.parametrize(("timeout", "text"), [
    ("x", 'time: invalid duration "x"'), ("5", 'time: missing unit in duration "5"'), ("1y", 'time: unknown unit "y" in duration "1y"'),
])  # fmt: skip
def test_a_timeout_that_is_none(timeout: str, text: str) -> None:
    async def scene(site: Site) -> None:
        refused = await site.ask("GET", f"{MAPS}?timeout={timeout}")
        assert (refused.code, refused.json["message"]) == (400, f"invalid timeout specified in the request URL - {text}")

    world.play(scene)


def test_a_request_is_given_up_when_its_client_says() -> None:
    async def scene(site: Site) -> None:
        for fine in ("30s", "0s", "-1s", "24h", ""):
            assert (await site.ask("GET", f"{MAPS}?timeout={fine}")).code == 200
        gate = threading.Event()
        held = asyncio.ensure_future(site.worker.run(gate.wait))
        late = await site.ask("POST", f"{MAPS}?timeout=50ms", {"metadata": {"name": "late"}})
        gate.set()
        await held
        assert (late.code, late.json["reason"]) == (504, "Timeout")
        assert late.json["message"] == "Timeout: request did not complete within requested timeout - context deadline exceeded"
        assert (await site.ask("GET", f"{MAPS}/late")).code == 404  # nobody began with it

    world.play(scene)


def test_a_body_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "SECONDS", 0.1)

    async def scene(site: Site) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(site.root.rsplit(":", 1)[1]))
        head = f"POST {MAPS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        writer.write(head.encode() + b'{"metadata":')
        assert (await reader.readline()).startswith(b"HTTP/1.1 504 ")
        writer.close()

    world.play(scene)


def test_who_takes_nothing_of_a_large_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(site: Site) -> None:
        for name in "abcdefghijklmnop":
            await site.ask("POST", MAPS, {"metadata": {"name": name}, "data": {"x": name * 900_000}})
        usual = sending.STALLED
        monkeypatch.setattr(sending, "STALLED", 0.1)
        _, writer = await asyncio.open_connection("127.0.0.1", int(site.root.rsplit(":", 1)[1]), limit=1000)
        writer.write(f"GET {MAPS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admin\r\n\r\n".encode())
        while 'code="499"' not in site.metrics.text({}):
            await asyncio.sleep(0.01)
        writer.transport.abort()
        monkeypatch.setattr(sending, "STALLED", usual)
        assert (await site.ask("GET", f"{MAPS}/a")).code == 200

    world.play(scene)


def test_a_thousand_at_once() -> None:
    async def scene(site: Site) -> None:
        made = await asyncio.gather(*(site.configmap(f"m{number}") for number in range(400)))
        assert {one.code for one in made} == {201}
        revisions = {one.json["metadata"]["resourceVersion"] for one in made}
        assert len(revisions) == 400
        found = await asyncio.gather(*(site.ask("GET", f"{MAPS}/m{number % 400}") for number in range(1000)))
        assert {one.code for one in found} == {200}

    world.play(scene)


def test_encoding_is_gos() -> None:
    assert answers.encode({"a": "<b>&ü"}) == '{"a":"\\u003cb\\u003e\\u0026ü"}\n'.encode()
    assert answers.as_status(errors.KctlError("x")).code == 500
