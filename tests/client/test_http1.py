"""HTTP on the wire: what is sent, how bodies end, and which connections are used again."""

import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from minikube_py.apiserver.request import Request
from minikube_py.client import http1, pools
from minikube_py.client.http1 import Headers
from minikube_py.client.kubeconfigs import Connection
from minikube_py.client.remote import Settings, Transport
from minikube_py.machinery.errors import KctlError
from tests.client.rawsite import RawSite, answer, saying

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}}


@contextmanager
def pool(*answers: bytes, received: list[bytes] | None = None) -> Iterator[http1.Pool]:
    """Give a pool whose connections each answer their requests with these bytes, and then end."""
    ends: list[socket.socket] = []

    def dial(timeout: float) -> socket.socket:
        ours, theirs = socket.socketpair()
        ends.append(theirs)
        theirs.sendall(b"".join(answers))
        theirs.shutdown(socket.SHUT_WR)
        return ours

    made = http1.Pool("http://host:80/base/", dial)
    try:
        yield made
    finally:
        made.close()
        for end in ends:
            if received is not None:
                received.append(end.recv(1 << 20))
            end.close()


def read(*answers: bytes, method: str = "GET") -> bytes:
    """Return the body of the first answer."""
    with pool(*answers) as found, closing(found.send(method, "/x", Headers(), None, dial=1, read=1)) as response:
        return b"".join(iter(lambda: response.read(7), b""))


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
GZIP = HEAD + b"content-encoding: gzip\r\n\r\n"
BODIES = [
    (HEAD + b"content-length: 4\r\n\r\nbodyrest", b"body"),
    (HEAD + b"content-length: 4\r\nContent-Length: 4\r\n\r\nbodyrest", b"body"),
    (HEAD + b"\r\nall there is", b"all there is"),
    (HEAD.replace(b"\r\n", b"\n") + b"content-length:2\n\nbody", b"bo"),
    (CHUNKED + b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nrest", b"abc0123456789"),
    (CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-length: 3\r\n\r\n") + b"1\r\na\r\n0\r\n\r\n", b"a"),  # a length beside chunks means nothing
    (b"HTTP/1.1 204 No Content\r\n\r\nrest", b""),
    (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\nrest", b""),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"content-length: 1\r\n\r\nx", b"x"),
    (GZIP + gzip.compress(b"one ") + gzip.compress(b"two"), b"one two"),
    (GZIP + gzip.compress(b"x" * 100_000), b"x" * 100_000),
    (GZIP, b""),
    (GZIP.replace(b"gzip", b"identity") + b"x", b"x"),
]


@pytest.mark.parametrize(("data", "body"), BODIES, ids=range(len(BODIES)))
def test_bodies(data: bytes, body: bytes) -> None:
    assert read(data) == body


FAILURES = [
    (b"", http1.Disconnected),
    (b"HTTP/2 200\r\n\r\n", http1.Malformed),
    (b"HTTP/1.1 20 OK\r\n\r\n", http1.Malformed),
    (HEAD + b"no header\r\n\r\n", http1.Malformed),
    (HEAD + b"name : x\r\n\r\n", http1.Malformed),
    (HEAD + b": x\r\n\r\n", http1.Malformed),
    (HEAD + b"name: x", http1.BrokenOff),
    (HEAD + b"content-length: 3, 4\r\n\r\nbody", http1.Malformed),
    (HEAD + b"content-length: -4\r\n\r\nbody", http1.Malformed),
    (HEAD + b"content-length: 5\r\n\r\nbody", http1.BrokenOff),
    (CHUNKED + b"3\r\nabcd\r\n0\r\n\r\n", http1.BrokenOff),
    (CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n", http1.BrokenOff),
    (CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n", http1.BrokenOff),
    (CHUNKED + b"3\r\nabc\r\n", http1.BrokenOff),
    (CHUNKED + b"0\r\n" + b"a: b\r\n" * 200, http1.BrokenOff),
    (GZIP + gzip.compress(b"x" * 1000)[:-9], http1.Undecodable),
    (GZIP + gzip.compress(b"x") + b"garbage", http1.Undecodable),
    (GZIP.replace(b"gzip", b"br") + b"x", http1.Undecodable),
    (HEAD + b"name: " + b"x" * 70_000 + b"\r\n\r\n", http1.Malformed),
]


@pytest.mark.parametrize(("data", "failure"), FAILURES, ids=range(len(FAILURES)))
def test_what_cannot_be_read(data: bytes, failure: type[http1.Failure]) -> None:
    with pytest.raises(failure):
        read(data)


def test_answers_to_head_have_no_body() -> None:
    assert read(HEAD + b"content-length: 5\r\n\r\n", method="HEAD") == b""


def test_headers_have_any_case_and_may_go_on() -> None:
    with pool(HEAD + b"Warning: a\r\nX-Y: 1\r\nWARNING: b\r\n\tc\r\ncontent-length: 0\r\n\r\n") as found:
        response = found.send("GET", "/", Headers(), None, dial=1, read=1)
        response.close()
    headers = response.headers
    assert (headers.all("warning"), headers.get("x-y"), headers.get("none"), "X-y" in headers) == (["a", "b c"], "1", "", True)
    assert (response.status, response.reason) == (200, "OK")


def test_what_is_sent() -> None:
    received: list[bytes] = []
    with pool(HEAD + b"content-length: 0\r\n\r\n", received=received) as found:
        found.send("POST", "/a b?c=%20\u00e9&d=\"", Headers([("A", "1"), ("A", "2")]), b"body", dial=1, read=1).close()
    assert received == [b"POST /base/a%20b?c=%20%C3%A9&d=\" HTTP/1.1\r\nHost: host:80\r\nContent-Length: 4\r\nA: 1\r\nA: 2\r\n\r\nbody"]
    with pool(HEAD) as found, pytest.raises(ValueError, match="line break"):
        found.send("GET", "/", Headers([("A", "1\r\nB: 2")]), None, dial=1, read=1)


def dialled(first: bytes, reads: bool, rest: bytes = b"") -> int:
    """Return how many connections two requests took; `rest` comes after the first answer."""
    count = 0
    ends: list[socket.socket] = []

    def dial(timeout: float) -> socket.socket:
        nonlocal count
        count += 1
        ours, theirs = socket.socketpair()
        ends.append(theirs)
        theirs.sendall(first + rest)
        return ours

    found = http1.Pool("http://host", dial)
    for turn in range(2):
        response = found.send("GET", "/", Headers(), None, dial=1, read=1)
        if reads:
            assert response.read(100) == b"x"
        response.release()
        if not turn and not rest and count == 1:
            ends[0].recv(1000)
    found.close()
    for end in ends:
        end.close()
    return count


@pytest.mark.parametrize(("first", "reads", "rest", "connections"), [
    (HEAD + b"content-length: 1\r\n\r\nx", False, b"", 2),  # its body is still on the way
    (HEAD + b"connection: close\r\ncontent-length: 1\r\n\r\nx", True, b"", 2),
    (HEAD.replace(b"1.1", b"1.0") + b"content-length: 1\r\n\r\nx", True, b"", 2),
    (HEAD + b"content-length: 1\r\n\r\nx", True, b"unasked for", 2),
])  # fmt: skip
def test_connections_that_are_not_used_again(first: bytes, reads: bool, rest: bytes, connections: int) -> None:
    assert dialled(first, reads, rest) == connections


def test_a_connection_is_used_again() -> None:
    count = 0
    whole = answer(json.dumps(POD).encode()).replace(b"Connection: close\r\n", b"")

    def say(connection: socket.socket, head: bytes) -> None:
        nonlocal count
        count += 1
        for _ in range(3):
            connection.sendall(whole)
            connection.recv(65536)

    site = RawSite(say)
    transport = Transport(Connection(site.url), Settings())
    bodies = [transport(Request("get", "", "v1", "pods", name="web")).body for _ in range(3)]
    transport.close()
    site.close()
    assert (bodies, count) == ([POD] * 3, 1)


def test_a_server_that_refuses_before_it_has_read_all() -> None:
    def say(connection: socket.socket, head: bytes) -> None:
        connection.sendall(answer(b"no", status="413 Too Large"))
        connection.shutdown(socket.SHUT_WR)

    site = RawSite(say)
    found = pools.open_pool(Connection(site.url), {})
    response = found.send("POST", "/", Headers(), b"x" * (1 << 16), dial=5, read=5)
    response.close()
    assert response.status == 413
    site.close()


@pytest.mark.parametrize(("data", "message"), [
    (answer(json.dumps(POD).encode()), ""),
    (b"", "Unable to connect to the server: EOF"),
    (b"SSH-2.0\r\n", "Unable to connect to the server: net/http: HTTP/1.x transport connection broken: malformed HTTP response"),
    (answer(b"no gzip", headers=b"Content-Encoding: gzip\r\n"), "the server's answer cannot be unpacked"),
    (answer(b"{}").replace(b"Content-Length: 2", b"Content-Length: 200"), "the server's answer broke off: unexpected EOF"),
])  # fmt: skip
def test_through_a_proxy(data: bytes, message: str) -> None:
    site = RawSite(saying(data))
    transport = Transport(Connection("http://server.example", proxy=site.url.replace("//", "//me:pw@")), Settings())
    try:
        assert transport(Request("get", "", "v1", "pods", name="web")).body == POD and not message
    except KctlError as error:
        assert str(error) == message
    transport.close()
    site.close()
    assert site.heads[0].startswith(b"GET http://server.example/api/v1/pods/web HTTP/1.1\r\n")
    assert b"bWU6cHc=" in site.heads[0] and b"Accept-Encoding: gzip\r\n" in site.heads[0]
