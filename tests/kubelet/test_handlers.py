"""Probes and hooks as they are carried out: commands, HTTP, connections, gRPC health checks."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from minikube_py.kubelet import grpchealth, handlers
from minikube_py.kubelet.handlers import Outcome, Where
from tests import sockets

HOST = "10.244.0.7"


class Reach:
    """A container whose commands end as told, and whose ports are those of this machine."""

    def __init__(self, code: int = 0, output: bytes = b"") -> None:
        self.code, self.output = code, output
        self.asked: list[Sequence[str]] = []

    def run(self, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        self.asked.append(command)
        if self.code < 0:
            raise TimeoutError("slow")
        return self.code, self.output

    def connect(self, port: int, timeout: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port), timeout)

    def check(self, port: int, timeout: float) -> None:
        self.connect(port, timeout).close()


def where(reach: Reach | None = None, **ports: int) -> Where:
    return Where(reach or Reach(), HOST, ports)


class Site(BaseHTTPRequestHandler):
    """Answers with the number in the path."""

    heard: list[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        Site.heard.append(self.headers.items())
        code = int(self.path.strip("/").partition("?")[0].partition("%")[0] or 200)
        self.send_response(code)
        if code == 302:
            self.send_header("Location", "/204")
        if code == 308:
            self.send_header("Location", "/308")
        if code == 307:
            self.send_header("Location", "http://elsewhere.example/")
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def site() -> Iterator[int]:
    Site.heard.clear()
    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_command_is_well_when_it_ends_with_zero() -> None:
    spec = {"exec": {"command": ["test", "-e", "/ready"]}}
    assert handlers.probe(spec, where(Reach(0, b"yes\n"))) == Outcome(True, "yes\n")
    assert handlers.probe(spec, where(Reach(1, b"no\n"))) == Outcome(False, "no\n")
    assert handlers.probe(spec, where(Reach(-1))) == Outcome(False, 'command timed out: "test -e /ready" timed out after 1s')


def test_what_goes_wrong_at_the_engine_says_nothing_of_the_container() -> None:
    class Broken(Reach):
        def run(self, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
            raise RuntimeError("the engine has gone")

    assert handlers.probe({"exec": {"command": ["true"]}}, where(Broken())) == Outcome(False, "the engine has gone", known=False)
    assert handlers.probe({"tcpSocket": {"port": "web"}}, where()) == Outcome(False, 'strconv.Atoi: parsing "web": invalid syntax', known=False)
    assert handlers.probe({"tcpSocket": {"port": 65536}}, where()) == Outcome(False, "invalid port number: 65536", known=False)


@pytest.mark.parametrize(("path", "outcome"), [
    ("/200", Outcome(True)), ("/399", Outcome(True, "Probe terminated redirects, Response body: ", warns=True)), ("/302", Outcome(True)),
    ("/307", Outcome(True, "Probe terminated redirects, Response body: ", warns=True)),
    ("//elsewhere.example/500", Outcome(False, "HTTP probe failed with statuscode: 500")),
    ("/308", Outcome(False, 'Get "http://10.244.0.7:PORT/308": stopped after 10 redirects')),
    ("/404", Outcome(False, "HTTP probe failed with statuscode: 404")), ("503?a=b", Outcome(False, "HTTP probe failed with statuscode: 503")),
])  # fmt: skip
def test_http_is_well_from_200_to_399(site: int, path: str, outcome: Outcome) -> None:
    expected = outcome._replace(text=outcome.text.replace("PORT", str(site)))
    assert handlers.probe({"httpGet": {"port": "web", "path": path}, "timeoutSeconds": 30}, where(web=site)) == expected


def test_http_sends_the_headers_that_are_asked_for(site: int) -> None:
    handlers.probe({"httpGet": {"port": site}, "timeoutSeconds": 30}, where())
    asked = {"port": site, "httpHeaders": [{"name": "Host", "value": "shop"}, {"name": "user-agent", "value": "me"}]}
    handlers.probe({"httpGet": asked, "timeoutSeconds": 30}, where())
    plain, named = Site.heard
    assert plain == [("Host", f"{HOST}:{site}"), ("User-Agent", "kube-probe/1.33"), ("Accept", "*/*"), ("Connection", "close")]
    assert named == [("Host", "shop"), ("Accept", "*/*"), ("Connection", "close"), ("user-agent", "me")]


def test_headers_may_come_twice_or_be_left_out(site: int) -> None:
    asked = [{"name": "X-A", "value": "1"}, {"name": "X-A", "value": "2"}, {"name": "Accept", "value": ""}, {"name": "User-Agent", "value": ""}]
    handlers.probe({"httpGet": {"port": site, "httpHeaders": asked}, "timeoutSeconds": 30}, where())
    assert Site.heard == [[("Host", f"{HOST}:{site}"), ("Connection", "close"), ("X-A", "1"), ("X-A", "2")]]


def test_the_host_that_is_named_is_kept_where_a_redirect_names_none(site: int) -> None:
    handlers.probe({"httpGet": {"port": site, "path": "/302", "httpHeaders": [{"name": "Host", "value": "shop"}]}, "timeoutSeconds": 30}, where())
    assert [heard[0] for heard in Site.heard] == [("Host", "shop"), ("Host", "shop")]


def test_paths_are_spelled_as_urls_need_it(site: int) -> None:
    assert handlers.probe({"httpGet": {"port": site, "path": "/404 é?a=b c"}, "timeoutSeconds": 30}, where()).known


def test_nobody_listens() -> None:
    with sockets.refusing_port() as port:
        assert handlers.probe({"tcpSocket": {"port": port}}, where()) == Outcome(False, f"dial tcp {HOST}:{port}: connect: connection refused")
        text = f'Get "http://{HOST}:{port}/": dial tcp {HOST}:{port}: connect: connection refused'
        assert handlers.probe({"httpGet": {"port": port}}, where()) == Outcome(False, text)
        found = handlers.probe({"grpc": {"port": port}}, where())
    assert found.text == f'timeout: failed to connect service "{HOST}:{port}" within 1s: context deadline exceeded'


def test_somebody_listens(site: int) -> None:
    assert handlers.probe({"tcpSocket": {"port": site}, "timeoutSeconds": 30}, where()) == Outcome(True)


WEB = 'Container "web" in Pod "shop_default(u-1)"'


@pytest.mark.parametrize(("code", "output", "text"), [
    (0, b"", ""), (2, b"denied", "command 'rm /x' exited with 2: denied, message: \"denied\""), (-1, b"", 'command "rm /x" timed out after 5s, message: ""'),
])  # fmt: skip
def test_hooks_tell_why_they_failed(code: int, output: bytes, text: str) -> None:
    place = where(Reach(code, output))._replace(title=WEB)
    assert handlers.hook({"exec": {"command": ["rm", "/x"]}}, place, 5) == (text and f"Exec lifecycle hook ([rm /x]) for {WEB} failed - error: {text}")


def test_hooks_take_any_answer(site: int) -> None:
    place = where(web=site)._replace(title=WEB)
    asked = {"port": "web", "path": "/500", "httpHeaders": [{"name": "Authorization", "value": "secret"}]}
    assert handlers.hook({"httpGet": asked}, place, 30) == ""
    assert Site.heard[0][1:] == [("User-Agent", "kube-lifecycle/1.33"), ("Accept", "*/*"), ("Connection", "close"), ("Authorization", "secret")]
    assert handlers.hook({"httpGet": {**asked, "scheme": "HTTPS"}}, place, 30) == ""
    assert Site.heard[1][1:] == [("User-Agent", "kube-lifecycle/1.33"), ("Accept", "*/*"), ("Connection", "close")]
    text = f'HTTP lifecycle hook (/a) for {WEB} failed - error: strconv.Atoi: parsing "none": invalid syntax'
    assert handlers.hook({"httpGet": {"port": "none", "path": "/a"}}, place, 30) == text


def test_other_hooks() -> None:
    assert handlers.hook({"sleep": {"seconds": 30}}, where(), 0.01) == ""
    assert handlers.hook({"tcpSocket": {"port": 80}}, where(), 5) == "Cannot run handler: invalid handler"


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def health(answer: Sequence[bytes]) -> tuple[int, list[bytes]]:
    """Start a server that hears one call and gives that answer; return its port and what it hears."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            connection.settimeout(30)
            content = b""
            while b"shop" not in content:
                content += connection.recv(4096)
            heard.append(content)
            connection.sendall(b"".join(answer))
            with contextlib.suppress(OSError):
                while connection.recv(4096):
                    continue

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1]), heard


def message(status: int) -> bytes:
    content = bytes((8, status)) if status else b""
    return b"\x00" + struct.pack(">I", len(content)) + content


SETTINGS, HEADERS = frame(4, 0, 0, b""), frame(1, 4, 1, b"\x88")


@pytest.mark.parametrize(("answer", "outcome"), [
    ([SETTINGS, frame(6, 0, 0, b"8 bytes!"), HEADERS, frame(0, 0, 1, message(1))], Outcome(True)),
    ([SETTINGS, HEADERS, frame(0, 0, 1, message(1)[:4]), frame(0, 8, 1, b"\x02" + message(1)[4:] + b"\x00\x00")], Outcome(True)),
    ([SETTINGS, HEADERS, frame(0, 0, 1, message(2))], Outcome(False, 'service unhealthy (responded with "NOT_SERVING")')),
    ([SETTINGS, HEADERS, frame(0, 0, 1, message(0))], Outcome(False, 'service unhealthy (responded with "UNKNOWN")')),
    ([SETTINGS, frame(1, 5, 1, b"\x88")], Outcome(False, "error: health rpc probe failed: the server has refused the call")),
    ([frame(7, 0, 0, bytes(8))], Outcome(False, "error: health rpc probe failed: the server has ended the call")),
    ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], Outcome(False, "error: health rpc probe failed: the server does not speak HTTP/2")),
])  # fmt: skip
def test_grpc_asks_for_health(answer: list[bytes], outcome: Outcome) -> None:
    port, heard = health(answer)
    assert handlers.probe({"grpc": {"port": port, "service": "shop"}, "timeoutSeconds": 30}, where()) == outcome
    assert heard[0].startswith(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") and b"\x00\x00\x00\x00\x06\x0a\x04shop" in heard[0]


def test_long_names_are_spelled_as_hpack_does() -> None:
    assert grpchealth._text("a" * 10) == b"\x0a" + b"a" * 10
    assert grpchealth._text("a" * 1337)[:3] == bytes((0x7F, 0xBA, 0x09))
