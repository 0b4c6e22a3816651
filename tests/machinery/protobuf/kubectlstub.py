"""A server on the loopback interface for the real kubectl: it serves given documents, keeps what is sent and sends it back.

It is found as kubectl.1.NN on the PATH or beside the kubectl that is there. Nothing but the standard library.
"""

import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

Answer = tuple[str, bytes]  # content type and body
Routes = dict[str, Callable[[str], Answer]]  # path -> answer to an Accept header


class Sent(NamedTuple):
    """One request as it came in."""

    method: str
    target: str
    content_type: str
    body: bytes


class Ran(NamedTuple):
    """What one kubectl printed and sent, discovery and OpenAPI left out of `sent`."""

    code: int
    out: str
    err: str
    sent: list[Sent]


def binary(version: str) -> str:
    """Return the path of kubectl.VERSION, or skip the test."""
    name = f"kubectl.{version}"
    found = shutil.which(name)
    plain = shutil.which("kubectl")
    if found is None and plain is not None:
        beside = Path(plain).resolve().parent / name
        found = str(beside) if beside.exists() else None
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Stub(ThreadingHTTPServer):
    """The server. `echo` turns a body and its content type into the object that is sent back."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, routes: Routes, echo: Callable[[str, bytes], Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes = routes
        self.echo = echo
        self.sent: list[Sent] = []

    def run(self, home: Path, version: str, *arguments: str, stdin: str = "") -> Ran:
        """Run one kubectl against the server; not for several at the same time, as they share `sent`."""
        before = len(self.sent)
        environment = {"HOME": str(home), "PATH": os.environ["PATH"], "KUBECONFIG": os.devnull}
        line = [binary(version), f"--server=http://127.0.0.1:{self.server_address[1]}", *arguments]
        done = subprocess.run(line, env=environment, input=stdin, capture_output=True, text=True, check=False, timeout=60)
        return Ran(done.returncode, done.stdout, done.stderr, self.sent[before:])


class _Handler(BaseHTTPRequestHandler):
    server: Stub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        route = self.server.routes.get(urlsplit(self.path).path)
        if route is None:
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404, "message": self.path}
            self._answer(404, ("application/json", json.dumps(status).encode()))
        else:
            self._answer(200, route(self.headers.get("Accept", "")))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers.get("Content-Type", "")
        self.server.sent.append(Sent(self.command, self.path, kind, body))
        self._answer(201, ("application/json", json.dumps(self.server.echo(kind, body)).encode()))

    do_PUT = do_PATCH = do_DELETE = do_POST

    def _answer(self, code: int, answer: Answer) -> None:
        self.send_response(code)
        self.send_header("Content-Type", answer[0])
        self.send_header("Content-Length", str(len(answer[1])))
        self.end_headers()
        self.wfile.write(answer[1])


@contextlib.contextmanager
def serving(routes: Routes, echo: Callable[[str, bytes], Any]) -> Iterator[Stub]:
    """Serve until the block ends."""
    with Stub(routes, echo) as stub:
        thread = threading.Thread(target=stub.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            stub.shutdown()
            thread.join()
