"""Requests as they stand on the wire: what HTTP allows and client libraries seldom send."""

import asyncio
from typing import Any

import pytest

from tests.apiserver.http import world
from tests.apiserver.http.world import Site

MAPS = "/api/v1/namespaces/default/configmaps"
BODY = b'{"metadata":{"name":"a"}}'


async def spoken(site: Site, *said: bytes, until: bytes) -> bytes:
    """Return what the server says until some bytes come, after each thing that is said to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(site.root.rpartition(":")[2]))
    heard = b""
    for data in said:
        writer.write(data)
        heard += await asyncio.wait_for(reader.readuntil(until), 10)
    writer.close()
    await writer.wait_closed()
    return heard


def head(line: str, *fields: str) -> bytes:
    return "\r\n".join([line, "Host: x", "Authorization: Bearer admin", *fields, "", ""]).encode()


def test_who_waits_with_a_body_is_told_to_go_on() -> None:
    async def scene(site: Site) -> None:
        asked = head(f"POST {MAPS} HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(BODY)}", "Expect: 100-continue")
        heard = await spoken(site, asked, BODY, until=b"\r\n\r\n")
        assert heard.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n")
        other = await spoken(site, asked.replace(b"100-continue", b"a-miracle"), until=b"\r\n\r\n")
        assert other.startswith(b"HTTP/1.1 417 Expectation Failed\r\n")
        large = await spoken(site, asked.replace(str(len(BODY)).encode(), b"99999999"), until=b"\r\n\r\n")
        assert large.startswith(b"HTTP/1.1 413 ")  # without a word before

    world.play(scene)


def test_chunks_and_requests_in_a_row() -> None:
    async def scene(site: Site) -> None:
        chunks = b"5\r\n" + BODY[:5] + b"\r\n%x\r\n" % len(BODY[5:]) + BODY[5:] + b"\r\n0\r\n\r\n"
        asked = head(f"POST {MAPS} HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked") + chunks
        heard = await spoken(site, asked + head(f"GET {MAPS}/a HTTP/1.1") + head("GET https://other.example/livez/ping HTTP/1.1"), until=b"\r\n\r\nok")
        assert heard.count(b"HTTP/1.1 201 Created\r\n") == heard.count(b'"name":"a"') - 1 == 1
        assert heard.count(b"HTTP/1.1 200 OK\r\n") == 2

    world.play(scene)


def test_the_server_itself() -> None:
    async def scene(site: Site) -> None:
        heard = await spoken(site, head("OPTIONS * HTTP/1.1"), until=b"\r\n\r\n")
        assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"Content-Length: 0\r\n" in heard

    world.play(scene)


@pytest.mark.parametrize(("path", "code"), [(MAPS, 200), (f"{MAPS}/none", 404), (f"{MAPS}?watch=true", 405), ("/livez/ping", 200)])
def test_heads_have_no_body(path: str, code: int) -> None:
    async def scene(site: Site) -> None:
        heard = await spoken(site, head(f"HEAD {path} HTTP/1.1") + head("GET /livez/ping HTTP/1.1"), until=b"\r\n\r\nok")
        assert heard.startswith(f"HTTP/1.1 {code} ".encode())
        assert heard.count(b"\r\n\r\n") == 2
        assert b"{" not in heard

    world.play(scene)


@pytest.mark.parametrize(("path", "user", "code", "reason"), [
    ("/api/v1/namespaces/%ff/pods", "admin", 400, "BadRequest"),
    ("/api/v1/namespaces/%ff/pods", "jane", 403, "Forbidden"),
    ("/api/v1/namespaces/%ff/pods", "mallory", 401, "Unauthorized"),
    ("/api/v1/namespaces/a/pods/b/c/d", "admin", 404, "NotFound"),
    ("/api/v1/namespaces/a/pods/b/c/d", "jane", 403, "Forbidden"),
])  # fmt: skip
def test_whoever_may_not_ask_learns_nothing_of_paths(path: str, user: str, code: int, reason: str) -> None:
    async def scene(site: Site) -> None:
        found: Any = await site.ask("GET", path, user=user)
        assert (found.code, found.json["reason"]) == (code, reason)

    world.play(scene)
