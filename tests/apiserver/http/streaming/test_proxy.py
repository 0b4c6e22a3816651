"""The subresource proxy, with a real HTTP server behind it."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from minikube_py.apiserver.http.streaming import proxy
from minikube_py.kits import pki
from tests.apiserver.http.streaming import pods
from tests.apiserver.http.streaming.pods import CORE, POD, SERVICE
from tests.apiserver.http.test_auditing import Log
from tests.apiserver.http.world import Site

BIG = 3_000_000
ADMIN = {"Authorization": "Bearer admin"}
Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _echo(http: web.BaseRequest) -> web.StreamResponse:
    """Tell what came, or do what the path says."""
    if http.path == "/ws":
        websocket = web.WebSocketResponse(protocols=("chat",))
        await websocket.prepare(http)
        async for message in websocket:
            await websocket.send_str(f"heard {message.data}")
            if message.data == "bye":
                await websocket.close(code=4000)
        return websocket
    if http.path == "/big":
        response = web.StreamResponse()
        await response.prepare(http)
        for _ in range(BIG // 1000):
            await response.write(b"x" * 1000)
        return response
    if http.path == "/redirect":
        return web.Response(status=302, headers={"Location": http.query["to"]})
    if http.path == "/teapot":
        headers = {"Connection": "X-Mine", "X-Mine": "1", "X-Yours": "2", "Access-Control-Allow-Origin": "*", "Server": "pot", "Set-Cookie": "a=b"}
        return web.Response(status=418, headers=headers, text="short and stout")
    size = sum([len(piece) async for piece in http.content.iter_any()])
    told = {"method": http.method, "path": http.raw_path, "headers": [(name.decode(), value.decode()) for name, value in http.raw_headers], "body": size}
    return web.Response(text=json.dumps(told), content_type="application/json")


@asynccontextmanager
async def origin(context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Run the server behind the proxy; give its port."""
    runner = web.ServerRunner(web.Server(_echo), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw(answer: Raw) -> AsyncIterator[int]:
    """Run a server that answers whatever it likes."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(data: bytes) -> Raw:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return answer


def test_requests_and_their_headers(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        async with origin() as port:
            path = f"{CORE}/pods/web-1:{port}/proxy"
            for method, body in (("GET", None), ("POST", b"x" * BIG), ("PUT", b"abc"), ("PATCH", b"abc"), ("DELETE", None)):
                told = (await site.ask(method, f"{path}/a%20b/../c//d/proxy/?x=1&y=%2F&limit=no", data=body, Content_Type="text/plain")).json
                assert (told["method"], told["path"]) == (method, "/a%20b/../c//d/proxy/?x=1&y=%2F&limit=no")
                assert told["body"] == len(body or b"")
            told = (await site.ask("GET", f"{path}/", Authorization="Bearer admin", X_Remote_User="root", X_Forwarded_For="1.2.3.4", X_Forwarded_Host="evil",
                                   Connection="X-Hop", X_Hop="1", X_Kept="2", Proxy_Authorization="p", TE="trailers")).json  # fmt: skip
            headers = {name.lower(): value for name, value in told["headers"]}
            assert not {"authorization", "x-remote-user", "x-hop", "proxy-authorization", "te"} & set(headers)
            host = site.root.removeprefix("http://")
            wanted = {"x-kept": "2", "connection": "close", "host": host, "x-forwarded-host": host, "x-forwarded-for": "1.2.3.4, 127.0.0.1",
                      "x-forwarded-proto": "https", "x-forwarded-uri": f"{path}/"}  # fmt: skip
            assert {name: headers.get(name) for name in wanted} == wanted
            assert (await site.ask("GET", f"{path}/", Impersonate_User="jane")).code == 403

    pods.play(scene, tmp_path)


def test_answers(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        async with origin() as port:
            path = f"{CORE}/pods/web-1:{port}/proxy"
            pot = await site.ask("GET", f"{path}/teapot")
            assert (pot.code, pot.text, pot.headers["Server"], pot.headers["X-Yours"], pot.headers["Set-Cookie"]) == (418, "short and stout", "pot", "2", "a=b")
            assert "X-Mine" not in pot.headers and "Access-Control-Allow-Origin" not in pot.headers and len(pot.headers["Audit-Id"]) == 36
            assert (await site.ask("GET", f"{path}/big")).text == "x" * BIG
            head = await site.ask("HEAD", f"{path}/x")
            assert (head.code, head.text) == (200, "")

    pods.play(scene, tmp_path)


@pytest.mark.parametrize(("there", "seen"), [
    ("/new?a=b#c", "{base}/new?a=b#c"),
    ("http://{host}/new", "{base}/new"),
    ("{base}/new", "{base}/new"),
    ("http://elsewhere/new", "http://elsewhere/new"),
    ("new", "new"),
    ("http://[", "http://["),
])  # fmt: skip
def test_redirects_stay_below_the_proxy(tmp_path: Path, there: str, seen: str) -> None:
    async def scene(site: Site) -> None:
        async with origin() as port:
            names = {"base": f"{CORE}/pods/web-1:{port}/proxy", "host": site.root.removeprefix("http://")}
            url = f"{names['base']}/redirect"
            async with site.session.get(url, params={"to": there.format(**names)}, headers=ADMIN, allow_redirects=False) as response:
                assert (response.status, response.headers["Location"]) == (302, seen.format(**names))

    pods.play(scene, tmp_path)


def test_an_empty_path_is_sent_on_to_its_slash(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        async with origin() as port:
            path = f"{CORE}/pods/web-1:{port}/proxy"
            async with site.session.get(f"{path}?a=b", headers=ADMIN, allow_redirects=False) as response:
                assert (response.status, response.headers["Location"]) == (301, f"{path}/?a=b")
            assert (await site.ask("POST", path, data=b"")).json["path"] == "/"

    pods.play(scene, tmp_path)


def test_a_websocket_passes_through(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        async with origin() as port:
            log, path = Log(site), f"{CORE}/pods/web-1:{port}/proxy/ws"
            async with site.session.ws_connect(path, protocols=("chat",), headers=ADMIN) as websocket:
                assert websocket.protocol == "chat"
                await websocket.send_str("you")
                assert await websocket.receive_str() == "heard you"
                await websocket.send_str("bye")
                assert await websocket.receive_str() == "heard bye"
                await websocket.receive()
                assert websocket.close_code == 4000
            assert [(row[0], row[4]) for row in await log.until(3)] == [("RequestReceived", None), ("ResponseStarted", 101), ("ResponseComplete", 101)]
            named = ("base64url.bearer.authorization.k8s.io.YWRtaW4", "chat")  # the first is a token, and told to nobody
            async with site.session.ws_connect(path, protocols=named) as websocket:
                await websocket.send_str("you")
                assert (websocket.protocol, await websocket.receive_str()) == ("chat", "heard you")
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await site.session.ws_connect(path.replace("/ws", "/teapot"), headers=ADMIN)
            assert refused.value.status == 418

    pods.play(scene, tmp_path)


async def _shouts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Go on in a protocol of lines, and say each in capitals."""
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout/1\r\nX-Level: 11\r\n\r\nREADY\n")
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()


def test_any_protocol_passes_through(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        async with raw(_shouts) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(site.root.rpartition(":")[2]))
            path = f"{CORE}/pods/web-1:{port}/proxy/"
            fields = ("Host: x", "Authorization: Bearer admin", "Connection: keep-alive, Upgrade", "Upgrade: shout/1", "", "")
            writer.write("\r\n".join((f"GET {path} HTTP/1.1", *fields)).encode())
            said = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            assert said.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
            assert b"Upgrade: shout/1\r\n" in said and b"X-Level: 11\r\n" in said
            assert await asyncio.wait_for(reader.readline(), 10) == b"READY\n"
            for word in (b"one\n", b"two\n"):
                writer.write(word)
                assert await asyncio.wait_for(reader.readline(), 10) == word.upper()
            writer.close()
            await writer.wait_closed()
        async with origin() as port:  # of one that stays with HTTP
            told = await site.session.get(f"{CORE}/pods/web-1:{port}/proxy/", headers={**ADMIN, "Connection": "Upgrade", "Upgrade": "shout/1"})
            assert (told.status, ["Upgrade", "shout/1"] in (await told.json())["headers"]) == (200, True)

    pods.play(scene, tmp_path)


def test_tls_of_the_pods_own(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        pair = pki.issue(pki.new_authority("pods", now=time.time()), "web", purpose=pki.SERVER, now=time.time(), hosts=("web",))
        (tmp_path / "pem").write_bytes(pair.certificate + pair.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "pem")
        async with origin(context) as port:
            found = await site.ask("GET", f"{CORE}/pods/https:web-1:{port}/proxy/x")
            assert (found.code, found.json["path"]) == (200, "/x")
            clear = await site.ask("GET", f"{CORE}/pods/http:web-1:{port}/proxy/x")
            assert clear.code == 503
        async with origin() as port:
            refused = await site.ask("GET", f"{CORE}/pods/https:web-1:{port}/proxy/x")
            assert (refused.code, refused.json["reason"]) == (503, "ServiceUnavailable")

    pods.play(scene, tmp_path)


def test_a_pods_port_where_none_is_named(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        async with origin() as port:
            containers = [{"name": "a", "image": "i"}, {"name": "b", "image": "i", "ports": [{"containerPort": port}, {"containerPort": 1}]}]
            await pods.create(site, f"{CORE}/pods", {"metadata": {"name": "two"}, "spec": {"containers": containers, "nodeName": "n1"}})
            for name in ("two", "http:two:", ":two:"):
                assert (await site.ask("GET", f"{CORE}/pods/{name}/proxy/x")).code == 200, name

    pods.play(scene, tmp_path)


def test_services(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        async with origin() as port:
            await pods.service(site, "many", {"name": "http", "port": 80}, {"name": "other", "port": 81})
            await pods.endpoints(site, "many", pods.subset(1, "other"), pods.subset(port))
            for name in ("many:80", "many:http", "http:many:http"):
                assert (await site.ask("GET", f"{CORE}/services/{name}/proxy/x")).json["path"] == "/x", name
            await pods.service(site, "plain", {"port": 80})
            await pods.endpoints(site, "plain", pods.subset(port, ""))
            for name in ("plain", "plain:80"):
                assert (await site.ask("GET", f"{CORE}/services/{name}/proxy/x")).code == 200, name

    pods.play(scene, tmp_path)


REFUSED: list[tuple[str, int, str]] = [
    (f"{CORE}/services/none/proxy/", 404, 'services "none" not found'),
    (f"{CORE}/services/bare/proxy/", 404, 'endpoints "bare" not found'),
    (f"{CORE}/services/web:82/proxy/", 503, 'no service port 82 found for service "web"'),
    (f"{CORE}/services/web:nope/proxy/", 503, 'no endpoints available for service "web:nope"'),
    (f"{CORE}/services/empty/proxy/", 503, 'no endpoints available for service "empty"'),
    (f"{CORE}/services/late:http/proxy/", 503, 'no endpoints available for service "late:http"'),
    (f"{CORE}/services/gone:http/proxy/", 503, "error trying to reach service: 10.244.0.5 is no pod of this cluster"),
    (f"{CORE}/services/a:b:c:d/proxy/", 400, 'invalid service request "a:b:c:d"'),
    (f"{CORE}/services/ftp:web:80/proxy/", 400, 'invalid service request "ftp:web:80"'),
    (f"{CORE}/pods/web-1:/proxy/", 400, 'invalid pod request "web-1:"'),
    (f"{CORE}/pods/none/proxy/", 404, 'pods "none" not found'),
    (f"{CORE}/pods/web-1:http/proxy/", 503, 'error trying to reach service: "http" is no port'),
    (f"{CORE}/pods/web-1:99999/proxy/", 503, 'error trying to reach service: "99999" is no port'),
    (f"{CORE}/pods/waits/proxy/", 503, "error trying to reach service: pod default/waits does not have a host assigned"),
    ("/api/v1/nodes/n9/proxy/logs", 404, 'nodes "n9" not found'),
    ("/api/v1/nodes/n1/proxy/logs", 503, 'error trying to reach service: the kubelet of node "n1" has no API of its own in this cluster'),
    ("/api/v1/nodes/https:n1:10250/proxy/", 503, 'error trying to reach service: the kubelet of node "n1" has no API of its own in this cluster'),
]


def test_refusals(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        await pods.create(site, "/api/v1/nodes", {"metadata": {"name": "n1"}})
        await pods.create(site, f"{CORE}/pods", {"metadata": {"name": "waits"}, "spec": {"containers": [{"name": "a", "image": "i"}]}})
        for name, subsets in (("bare", None), ("empty", ()), ("late", (pods.subset(80, ready=False),)), ("gone", (pods.subset(80, pod="gone"),))):
            await pods.service(site, name, {"name": "http", "port": 80})
            if subsets is not None:
                await pods.endpoints(site, name, *subsets)
        for path, code, message in REFUSED:
            refused = await site.ask("GET", path)
            assert (refused.code, refused.json["kind"], refused.json["message"]) == (code, "Status", message), path

    pods.play(scene, tmp_path)


def test_a_dry_run_says_so(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        for path in (POD, SERVICE.replace("web", "web:http")):
            for method in ("GET", "POST", "DELETE"):
                refused = await site.ask(method, f"{path}/proxy/x")
                assert (refused.code, refused.json["reason"]) == (503, "ServiceUnavailable")
                assert refused.json["message"] == "error trying to reach service: pod default/web-1 does not run: the runtime is a dry run"

    pods.play(scene, tmp_path, runtime=object())


@pytest.mark.parametrize(("answer", "problem"), [
    (b"", "EOF"),
    (b"SSH-2.0-OpenSSH\r\n\r\n", "malformed HTTP response 'SSH-2.0-OpenSSH'"),
    (b"HTTP/1.1 20\r\n\r\n", "malformed HTTP response 'HTTP/1.1 20'"),
    (b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", "malformed HTTP header"),
    (b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n", "malformed HTTP header"),
    (b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", "malformed HTTP header"),
    (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", "the head of the answer is longer than 65536 bytes"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 20, "nothing but interim answers"),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "an upgrade that nobody asked for"),
])  # fmt: skip
def test_what_is_no_answer(tmp_path: Path, answer: bytes, problem: str) -> None:
    async def scene(site: Site) -> None:
        async with raw(saying(answer)) as port:
            refused = await site.ask("GET", f"{CORE}/pods/web-1:{port}/proxy/")
            assert (refused.code, refused.json["message"]) == (503, f"error trying to reach service: {problem}")

    pods.play(scene, tmp_path)


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
    b"HTTP/1.0 200 OK\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
])  # fmt: skip
def test_bodies_of_all_sorts(tmp_path: Path, answer: bytes) -> None:
    async def scene(site: Site) -> None:
        async with raw(saying(answer)) as port:
            found = await site.ask("GET", f"{CORE}/pods/web-1:{port}/proxy/")
            assert (found.code, found.text) == (200, "hello")

    pods.play(scene, tmp_path)


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
])  # fmt: skip
def test_what_is_cut_short_is_seen_to_be(tmp_path: Path, answer: bytes) -> None:
    async def scene(site: Site) -> None:
        async with raw(saying(answer)) as port:
            with pytest.raises(aiohttp.ClientError):
                await site.ask("GET", f"{CORE}/pods/web-1:{port}/proxy/")

    pods.play(scene, tmp_path)


def test_silence_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve: Any = proxy.serve
    monkeypatch.setattr(proxy, "serve", lambda *given: serve(*given, idle=0.05))

    async def scene(site: Site) -> None:
        gone = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.read() == b""
            gone.set()

        async with raw(silent) as port:
            refused = await site.ask("GET", f"{CORE}/pods/web-1:{port}/proxy/")
            assert (refused.code, refused.json["message"]) == (503, "error trying to reach service: nothing was heard for 0.05 seconds")
            await asyncio.wait_for(gone.wait(), 10)

    pods.play(scene, tmp_path)


def test_where_nobody_listens(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        async with raw(saying(b"")) as port:
            pass
        for scheme in ("http", "https"):
            refused = await site.ask("GET", f"{CORE}/pods/{scheme}:web-1:{port}/proxy/")
            assert (refused.code, "Connect call failed" in refused.json["message"]) == (503, True), refused.text

    pods.play(scene, tmp_path)


def test_who_may(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
        rules = [{"apiGroups": [""], "resources": ["services/proxy"], "resourceNames": ["web:http"], "verbs": ["get"]}]
        await pods.create(site, f"{rbac}/roles", {"metadata": {"name": "r"}, "rules": rules})
        subject = {"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}
        reference = {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"}
        await pods.create(site, f"{rbac}/rolebindings", {"metadata": {"name": "r"}, "subjects": [subject], "roleRef": reference})
        async with origin() as port:
            await pods.service(site, "open", {"name": "http", "port": 80})
            await site.ask("PATCH", f"{CORE}/endpoints/web", {"subsets": [pods.subset(port)]}, Content_Type="application/merge-patch+json")
            log, path = Log(site), f"{SERVICE}:http/proxy/x"
            assert (await site.ask("GET", path, user="jane")).code == 200
            rows = await log.until(3)
            assert rows == [("RequestReceived", "jane", "get", path, None), ("ResponseStarted", "jane", "get", path, 200),
                            ("ResponseComplete", "jane", "get", path, 200)]  # fmt: skip
            for method, other in (("POST", path), ("GET", f"{SERVICE}/proxy/x"), ("GET", f"{POD}:{port}/proxy/x")):
                refused = await site.ask(method, other, user="jane")
                assert refused.code == 403
                assert f"cannot {'create' if method == 'POST' else 'get'} resource" in refused.json["message"] and "/proxy" in refused.json["message"]
            assert [row[0] for row in await log.until(6)] == ["RequestReceived", "ResponseComplete"] * 3
            assert (await site.ask("GET", path, user="forged")).code == 401

    pods.play(scene, tmp_path)
