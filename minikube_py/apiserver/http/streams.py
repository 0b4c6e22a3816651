"""Answers that go on: watches and logs, written piece by piece as the client reads them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http import answers, watches
from minikube_py.apiserver.http.streaming import carriers
from minikube_py.apiserver.http.streaming import negotiation as upgrades
from minikube_py.apiserver.http.watches import Hub, Watch

if TYPE_CHECKING:
    from minikube_py.apiserver.http.worker import Queue
    from minikube_py.apiserver.server import APIServer

BOOKMARK_SECONDS = 60.0
_SHORTEST = 1800.0  # seconds that a watch lives where the client does not say; kube-apiserver takes up to twice as many, by chance
_LINES_AT_ONCE = 1000


async def watch(http: web.BaseRequest, server: "APIServer", worker: "Queue", hub: Hub, begun: tuple[Watch, tuple[str, ...]],
                headers: dict[str, str]) -> web.StreamResponse:  # fmt: skip
    """Send events until the time is over, the client goes, or the server stops."""
    one, warnings = begun
    if upgrades.is_websocket(http):
        return await _over_websocket(http, server, worker, hub, one, headers)
    response = web.StreamResponse(headers={**headers, "Content-Type": "application/json"})
    for name, value in answers.warning_headers(warnings):
        response.headers.add(name, value)
    seconds = _lifetime(one)
    if http.transport is not None:
        one.give_up = http.transport.abort
    try:
        await response.prepare(http)
        await _events(response.write, server, one, time.monotonic() + seconds)
        await response.write_eof()
    finally:
        one.end()
        worker.post(lambda: hub.remove(one))
    return response


def _lifetime(one: Watch) -> float:
    return float(one.request.options.get("timeoutSeconds") or random.uniform(_SHORTEST, 2 * _SHORTEST))


async def _over_websocket(http: web.BaseRequest, server: "APIServer", worker: "Queue", hub: Hub, one: Watch, headers: dict[str, str]) -> web.StreamResponse:
    """Send each event as a message of text, as browsers want it (apiserver handlers/watch.go HandleWS). What the client says is passed over."""
    protocol = next(iter(upgrades.protocols(http)), "")
    if http.transport is not None:
        one.give_up = http.transport.abort
    try:
        async with carriers.over_websocket(http, protocol, headers, lambda status: None) as websocket:

            async def write(chunk: bytes) -> None:
                for line in chunk.splitlines(keepends=True):
                    await websocket.send_str(line.decode())

            async def listen() -> None:
                while await carriers.next_message(websocket):
                    pass
                one.end()

            listening = asyncio.ensure_future(listen())
            try:
                await _events(write, server, one, time.monotonic() + _lifetime(one))
            finally:
                listening.cancel()
                await asyncio.wait((listening,))
        return websocket
    finally:
        one.end()
        worker.post(lambda: hub.remove(one))


async def _events(write: Callable[[bytes], Awaitable[None]], server: "APIServer", one: Watch, end: float) -> None:
    bookmarks = bool(one.request.options.get("allowWatchBookmarks"))
    mark = time.monotonic() + BOOKMARK_SECONDS
    while True:
        now = time.monotonic()
        if now >= end:
            break
        chunk = await one.take(max(min(end, mark) - now, 0.0))
        if chunk is None:
            return
        if chunk:
            await write(chunk)
        elif bookmarks and time.monotonic() >= mark:
            await write(watches.bookmark(one, one.after))
            mark = time.monotonic() + BOOKMARK_SECONDS
        elif not bookmarks:
            mark = time.monotonic() + BOOKMARK_SECONDS
    if bookmarks:
        await write(watches.bookmark(one, one.after))


async def log(http: web.BaseRequest, lines: Iterator[str], headers: dict[str, str], *, follow: bool) -> web.StreamResponse:
    """Send the lines of a log, each as it comes where it is followed. A runtime may wait for the next one: so another thread reads them."""
    response = web.StreamResponse(headers={**headers, "Content-Type": "text/plain"})
    await response.prepare(http)
    while True:
        chunk = await asyncio.to_thread(_next, lines, 1 if follow else _LINES_AT_ONCE)
        if not chunk:
            break
        await response.write(chunk)
    await response.write_eof()
    return response


def _next(lines: Iterator[str], count: int) -> bytes:
    return "".join(islice(lines, count)).encode()
