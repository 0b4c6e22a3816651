"""Short requests over kept connections, and who is taken for an engine, against servers that say what a test wants."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer, UnixStreamServer

import pytest

from minikube_py.kubelet.engines import api, docker, podman, wire
from minikube_py.kubelet.engines.exchange import Exchange


class _Site(ThreadingHTTPServer):
    """Counts connections; `headers` come with every answer; `patience` is how many requests it takes on one connection."""

    daemon_threads = True

    def __init__(self, headers: dict[str, str], patience: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.headers, self.patience, self.connections = headers, patience, 0
        self.closed = threading.Semaphore(0)

    @property
    def address(self) -> wire.Address:
        return wire.Address(f"tcp://127.0.0.1:{self.server_address[1]}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        self.server.connections += 1
        for _ in range(self.server.patience):
            self.handle_one_request()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.server.closed.release()

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = f"{self.command} {self.path} ".encode() + asked
        self.send_response_only(200 if self.path == "/_ping" else 418)
        for name, value in {"Content-Length": str(len(content)), **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST

    def log_message(self, *args: object) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def site(headers: dict[str, str] | None = None, patience: int = 1000) -> Iterator[_Site]:
    server = _Site(headers or {}, patience)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def test_a_connection_serves_one_request_after_another() -> None:
    with site({"Api-Version": "9"}) as server:
        exchange = Exchange(server.address)
        answers = [exchange.ask("POST", "/a?b=c", b"data"), exchange.ask("GET", "/d")]
        assert [(answer.status, answer.content) for answer in answers] == [(418, b"POST /a?b=c data"), (418, b"GET /d ")]
        assert answers[0].headers["api-version"] == "9"
        assert server.connections == 1


def test_a_connection_that_the_engine_closed_meanwhile_is_not_used_again() -> None:
    with site(patience=1) as server:
        exchange = Exchange(server.address)
        for count in (1, 2):
            assert exchange.ask("POST", "/", b"").status == 418
            server.closed.acquire()
            assert server.connections == count


def test_nobody_answers_or_only_half(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with pytest.raises(api.Unreachable, match=f"no engine answers at unix://{path}: No such file or directory"):
        Exchange(wire.Address(f"unix://{path}")).ask("GET", "/")

    class Hasty(UnixStreamServer):
        def finish_request(self, request: socket.socket, client_address: object) -> None:
            request.recv(100)

    server: BaseServer = Hasty(path, BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with pytest.raises(api.Unreachable, match="no engine answers"):
        Exchange(wire.Address(f"unix://{path}")).ask("GET", "/")
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("kind", "headers", "error"),
    [
        (podman.Podman, {"Api-Version": "1.41"}, "no Podman answers there: choose the runtime docker"),
        (podman.Podman, {"Libpod-Api-Version": "3.4.4"}, "Podman 3.4.4 is too old: 4.0 is needed"),
        (docker.Docker, {"Libpod-Api-Version": "4.3.1", "Api-Version": "1.41"}, "a Podman answers there, not Docker: choose the runtime podman"),
        (docker.Docker, {"Api-Version": "1.40", "Server": "Docker/19.03.15 (linux)"},
         r"Docker 19.03.15 is too old: its API is 1.40, and 1.41 \(Docker 20.10\) is needed"),
    ],
)  # fmt: skip
def test_who_answers_is_looked_at(kind: type[docker.Docker] | type[podman.Podman], headers: dict[str, str], error: str) -> None:
    with site(headers) as server, pytest.raises(api.EngineError, match=f"^{error}$"):
        kind(server.address).list({})
