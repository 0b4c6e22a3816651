"""Clients other than kubectl: the older protocols over WebSocket, refusals before the upgrade, and the front end in front of it all."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from minikube_py.kubelet.streams import Streams
from tests.apiserver.http import world
from tests.apiserver.http.streaming import serving
from tests.apiserver.http.streaming.localruntime import LocalRuntime
from tests.apiserver.http.streaming.serving import Serving

_EXEC = "/api/v1/namespaces/default/pods/web-1/exec?container=web&stdout=true&stderr=true"
_FAILED = {
    "metadata": {},
    "status": "Failure",
    "message": "command terminated with non-zero exit code: exit status 3",
    "reason": "NonZeroExitCode",
    "details": {"causes": [{"reason": "ExitCode", "message": "3"}]},
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    with serving.serving(LocalRuntime(tmp_path), tmp_path / "home") as found:
        yield found


def _heard(server: Serving, path: str, protocols: tuple[str, ...], *sent: bytes | str) -> list[Any]:
    """Return what comes over a WebSocket, and the code of its close."""

    async def talk() -> list[Any]:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session, session.ws_connect(path, protocols=protocols) as websocket:
            for message in sent:
                await (websocket.send_str(message) if isinstance(message, str) else websocket.send_bytes(message))
            heard = [message.data async for message in websocket]
            return [websocket.protocol, *heard, websocket.close_code]

    return asyncio.run(talk())


def _refusal(server: Serving, method: str, path: str, **headers: str) -> tuple[int, str]:
    async def ask() -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session, session.request(method, path, headers=named) as answer:
            return answer.status, (await answer.json())["message"]

    return asyncio.run(ask())


@pytest.mark.parametrize("protocol", ["v5.channel.k8s.io", "v4.channel.k8s.io"])
def test_channels_with_a_status(server: Serving, protocol: str) -> None:
    heard = _heard(server, f"{_EXEC}&command=sh&command=-c&command=echo out; exit 3", (protocol,))
    assert heard[:3] + heard[4:] == [protocol, b"\1", b"\1out\n", 1000]
    assert (heard[3][:1], json.loads(heard[3][1:])) == (b"\3", _FAILED)


def test_base64_channels(server: Serving) -> None:
    heard = _heard(server, f"{_EXEC}&stdin=true&command=head&command=-c5", ("v4.base64.channel.k8s.io",), "0aGVsbG8=", "0!", "0aGVsbG8=")
    assert heard == ["v4.base64.channel.k8s.io", "1", "1aGVsbG8=", "3eyJtZXRhZGF0YSI6e30sInN0YXR1cyI6IlN1Y2Nlc3MifQ==", 1000]


def test_the_oldest_protocol_has_texts_for_failures_only(server: Serving) -> None:
    assert _heard(server, f"{_EXEC}&command=true", ()) == [None, b"\1", 1000]
    heard = _heard(server, f"{_EXEC}&command=false", ("channel.k8s.io",))
    assert heard == ["channel.k8s.io", b"\1", b"\3command terminated with non-zero exit code: exit status 1", 1000]


def test_the_first_protocol_that_is_served_is_taken(server: Serving) -> None:
    assert _heard(server, f"{_EXEC}&command=true", ("v9.channel.k8s.io", "v4.channel.k8s.io", "v5.channel.k8s.io"))[0] == "v4.channel.k8s.io"


def test_v5_closes_stdin_and_v4_cannot(server: Serving) -> None:
    heard = _heard(server, f"{_EXEC}&stdin=true&command=cat", ("v5.channel.k8s.io",), b"\0hello", b"\xff\0", b"\0late", b"\x63unknown channel", b"\xff")
    assert heard[1:3] + heard[4:] == [b"\1", b"\1hello", 1000]
    heard = _heard(server, f"{_EXEC}&stdin=true&command=head&command=-c6", ("v4.channel.k8s.io",), b"\0abc", b"\xff\0", b"\0def")
    assert b"".join(one[1:] for one in heard[1:-2]) == b"abcdef"


def test_refusals_come_before_the_upgrade(server: Serving) -> None:
    assert _refusal(server, "GET", f"{_EXEC}&command=true") == (400, "Upgrade request required")
    assert _refusal(server, "POST", f"{_EXEC}&command=true", Connection="Upgrade", Upgrade="h2c") == (400, "Upgrade request required")
    assert _refusal(server, "GET", _EXEC.partition("?")[0] + "?container=web&command=true") == (400, "you must specify at least 1 of stdin, stdout, stderr")
    code, message = _refusal(server, "POST", f"{_EXEC}&command=true", Connection="Upgrade", Upgrade="SPDY/3.1", X_Stream_Protocol_Version="v9, v8")
    assert code == 403
    assert message.startswith("unable to upgrade: unable to negotiate protocol: client supports [v9 v8], server accepts [v5.channel.k8s.io ")
    assert _refusal(server, "GET", _EXEC.replace("container=web", "container=x")) == (400, "container x is not valid for pod web-1")


def test_the_front_end_serves_what_the_runtime_has(tmp_path: Path) -> None:
    class Nodes:
        def streams(self) -> Streams:
            return Streams(lambda pod: LocalRuntime(tmp_path))

    async def scene(site: world.Site) -> None:
        site.place.server.nodes = Nodes()  # type: ignore[assignment]
        spec = {"containers": [{"name": "web", "image": "nginx"}], "nodeName": "n1"}
        await site.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "default"}})
        await site.ask("POST", "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        created = await site.ask("POST", "/api/v1/namespaces/default/pods", {"metadata": {"name": "web-1"}, "spec": spec})
        assert created.code == 201, created.text
        headers = {"Authorization": "Bearer admin"}
        async with site.session.ws_connect(f"{_EXEC}&command=echo&command=hi", protocols=("v5.channel.k8s.io",), headers=headers) as websocket:
            heard = [message.data async for message in websocket]
        assert heard == [b"\1", b"\1hi\n", b'\3{"metadata":{},"status":"Success"}']
        assert (await site.ask("GET", f"{_EXEC}&command=echo")).json["message"] == "Upgrade request required"
        assert (await site.ask("GET", _EXEC)).json["message"] == "you must specify at least one command for the container"
        assert (await site.ask("GET", f"{_EXEC}&command=echo", user="jane")).code == 403
        assert (await site.ask("GET", f"{_EXEC}&command=echo", user="forged")).code == 401
        assert (await site.ask("POST", "/api/v1/namespaces/default/pods/none/portforward")).code == 404

    world.play(scene)
