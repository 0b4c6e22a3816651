"""Port-forward over the channels of a WebSocket: with the official Python client, and by hand."""

import asyncio
import contextlib
import gc
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from minikube_py.apiserver.http.streaming import portchannels
from minikube_py.machinery import errors
from tests import sockets
from tests.apiserver.http.streaming import serving
from tests.apiserver.http.streaming.localruntime import LocalRuntime
from tests.apiserver.http.streaming.serving import Serving

# The official client's thread may still wait on a socket that the client has just closed.
THEIR_THREAD = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
PATH = "/api/v1/namespaces/default/pods/web-1/portforward"
V4 = "v4.channel.k8s.io"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Serving]:
    with serving.serving(LocalRuntime(tmp_path), tmp_path / "home") as found:
        yield found


@contextlib.contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a server for one connection; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)

        def once() -> None:
            with contextlib.suppress(TimeoutError), listener.accept()[0] as connection:
                talk(connection)

        thread = threading.Thread(target=once)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


@contextlib.contextmanager
def _forward(server: Serving, *ports: int) -> Iterator[Any]:
    """Give the client's port-forward. What it leaves open is put away here."""
    kubernetes = pytest.importorskip("kubernetes", reason="the client library kubernetes is not installed")
    configuration = kubernetes.client.Configuration()
    configuration.host = f"http://127.0.0.1:{server.port}"
    with kubernetes.client.ApiClient(configuration) as client:
        api = kubernetes.client.CoreV1Api(client)
        from kubernetes.stream import portforward

        forward = portforward(api.connect_get_namespaced_pod_portforward, "web-1", "default", ports=",".join(map(str, ports)))
        yield forward
        forward.close()
        forward.websocket.shutdown()
        for thread in threading.enumerate():  # what it dies of belongs to this test, not to the one that runs next
            if thread.name.startswith("Kubernetes port forward proxy"):
                thread.join(30)
                assert not thread.is_alive()
        for port in forward.local_ports.values():  # which that thread has then not closed
            port.python.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del forward, api
        gc.collect()


@THEIR_THREAD
def test_the_official_client_speaks_http(server: Serving) -> None:
    import http.client

    def answer(connection: socket.socket) -> None:
        request = connection.recv(65536)
        assert request.startswith(b"GET /index HTTP/1.1\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 300_000)

    with listening(answer) as port, _forward(server, port) as forward:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.sock = forward.socket(port)
        connection.request("GET", "/index")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"x" * 300_000)  # to the end: it hears that there is no more
        assert forward.error(port) is None
        connection.close()


@THEIR_THREAD
def test_the_official_client_with_two_ports(server: Serving) -> None:
    def shout(connection: socket.socket) -> None:
        while data := connection.recv(1000):
            connection.sendall(data.upper())

    with listening(shout) as one, listening(shout) as other, _forward(server, one, other) as forward:
        for port in (one, other, one):
            forward.socket(port).sendall(f"from {port}".encode())
            assert forward.socket(port).recv(100) == f"FROM {port}".encode()
    while server.under_way:
        threading.Event().wait(0.01)


@THEIR_THREAD
def test_the_official_client_hears_of_a_port_where_nobody_listens(server: Serving) -> None:
    with sockets.refusing_port() as port, _forward(server, port) as forward:
        assert forward.socket(port).recv(100) == b""
        assert forward.error(port).startswith(f"error forwarding port {port} to pod web-1, uid u-1: ")


def test_what_goes_over_the_wire(server: Serving) -> None:
    def answer(connection: socket.socket) -> None:
        assert connection.recv(5, socket.MSG_WAITALL) == b"hello"
        connection.sendall(b"bye")

    async def talk(port: int, protocol: str, *sent: Any) -> list[Any]:
        url = f"http://127.0.0.1:{server.port}{PATH}?ports={port}"
        async with aiohttp.ClientSession() as session, session.ws_connect(url, protocols=(protocol,)) as websocket:
            for message in sent:
                await (websocket.send_str(message) if isinstance(message, str) else websocket.send_bytes(message))
            return [websocket.protocol, *[message.data async for message in websocket], websocket.close_code]

    with listening(answer) as port:
        number = port.to_bytes(2, "little")
        assert asyncio.run(talk(port, V4, b"\0hel", b"\0lo")) == [V4, b"\0" + number, b"\1" + number, b"\0bye", 1000]
    with listening(answer) as port:
        heard = asyncio.run(talk(port, f"v4.base64.{V4[3:]}", "0aGVsbG8="))
        assert (heard[0], heard[3:], [one[0] for one in heard[1:3]]) == (f"v4.base64.{V4[3:]}", ["0Ynll", 1000], ["0", "1"])


def test_ports_of_a_query() -> None:
    assert portchannels.ports(["80,81", "443"]) == [80, 81, 443]
    for wrong in ([], [""], ["x"], ["80,"], ["0"], ["65536"], ["-1"], ["٣"], ["999999"], [",".join(["80"] * 65)]):
        with pytest.raises(errors.BadRequest):
            portchannels.ports(wrong)


def test_refusals_come_before_the_upgrade(server: Serving) -> None:
    async def ask(query: str, protocol: str) -> int:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(PATH + query, protocols=(protocol,))
            return refused.value.status

    assert asyncio.run(ask("", V4)) == 400
    assert asyncio.run(ask("?ports=x", V4)) == 400
    assert asyncio.run(ask("?ports=80", "v5.channel.k8s.io")) == 403
