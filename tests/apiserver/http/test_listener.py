"""The port itself: TLS, clients that are slow, what is no HTTP."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import http_exceptions, web

from minikube_py.apiserver.http import listener
from minikube_py.kits import pki


class Site(NamedTuple):
    """An open port, and how to reach it."""

    port: int
    context: ssl.SSLContext

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=self.context, server_hostname="localhost")


class Echo:
    """Answers with the body that came."""

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=b"got " + await http.read())


def play(folder: Path, scene: Callable[[Site], Awaitable[None]]) -> None:
    """Run a scene with an open port."""
    authority = pki.new_authority("ca", now=time.time())
    pair = pki.issue(authority, "server", purpose=pki.SERVER, now=time.time(), hosts=["localhost"])
    (folder / "crt").write_bytes(pair.certificate)
    (folder / "key").write_bytes(pair.key)
    served = listener.tls(str(folder / "crt"), str(folder / "key"), authority.certificate)

    async def run() -> None:
        one = listener.Listener(Echo(), served)  # type: ignore[arg-type]
        port = await one.open("127.0.0.1", 0)
        try:
            async with asyncio.timeout(30):
                await scene(Site(port, ssl.create_default_context(cadata=authority.certificate.decode())))
        finally:
            await one.close()

    asyncio.run(run())


async def dripped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> bytes:
    """Send bytes one by one, very slowly, until the other side has had enough; return what it said."""
    said = asyncio.ensure_future(reader.read())
    try:
        for place in range(10_000):
            writer.write(line[place : place + 1] or b"x")
            await writer.drain()
            await asyncio.wait([said], timeout=0.02)
            if said.done():
                break
        return await said
    except (ConnectionError, ssl.SSLError):
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("first", [b"", b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_who_takes_too_long_over_headers_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bytes) -> None:
    if not first:
        monkeypatch.setattr(listener, "HEADER_SECONDS", 0.2)

    async def scene(site: Site) -> None:
        reader, writer = await site.connect()
        if first:
            writer.write(first)
            assert (await reader.readuntil(b"got ")).startswith(b"HTTP/1.1 200 OK\r\n")
            monkeypatch.setattr(listener, "HEADER_SECONDS", 0.2)
        assert await dripped(reader, writer, b"GET / HTTP/1.1\r\nX-Slow: ") == b""

    play(tmp_path, scene)


def test_who_says_nothing_at_all_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEADER_SECONDS", 0.1)

    async def scene(site: Site) -> None:
        reader, writer = await site.connect()
        assert await reader.read() == b""
        writer.close()

    play(tmp_path, scene)


def test_who_sends_a_long_body_or_rests_between_requests_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "HEADER_SECONDS", 1)

    async def scene(site: Site) -> None:
        reader, writer = await site.connect()
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
            await asyncio.sleep(1.2)
            writer.write(b"b")
            assert (await reader.readuntil(b"got ab")).startswith(b"HTTP/1.1 200 OK\r\n")
            await asyncio.sleep(1.2)
        writer.close()

    play(tmp_path, scene)


def test_what_is_no_http_is_answered_with_400(tmp_path: Path) -> None:
    async def scene(site: Site) -> None:
        reader, writer = await site.connect()
        writer.write(b"\x00\x01 rubbish\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.0 400 Bad Request\r\n")
        writer.close()

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("error", "lines"),
    [(http_exceptions.BadStatusLine("GARBAGE"), 0), (web.RequestPayloadError("cut off"), 0), (ValueError("ours"), 1), (None, 1)],
)
def test_what_anybody_may_send_is_no_line_of_the_log(caplog: pytest.LogCaptureFixture, error: Exception | None, lines: int) -> None:
    listener._logger().error("a request failed", exc_info=error)
    assert len(caplog.records) == lines
