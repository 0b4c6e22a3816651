"""Answers that go on: watches and logs, written piece by piece as the client reads them."""

import asyncio
import random
import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http import answers, watches
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
    response = web.StreamResponse(headers={**headers, "Content-Type": "application/json"})
    for name, value in answers.warning_headers(warnings):
        response.headers.add(name, value)
    seconds = one.request.options.get("timeoutSeconds") or random.uniform(_SHORTEST, 2 * _SHORTEST)
    if http.transport is not None:
        one.give_up = http.transport.abort
    try:
        await response.prepare(http)
        await _events(response, server, one, time.monotonic() + float(seconds))
        await response.write_eof()
    finally:
        one.end()
        worker.post(lambda: hub.remove(one))
    return response


async def _events(response: web.StreamResponse, server: "APIServer", one: Watch, end: float) -> None:
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
            await response.write(chunk)
        elif bookmarks and time.monotonic() >= mark:
            await response.write(watches.bookmark(server, one, one.after))
            mark = time.monotonic() + BOOKMARK_SECONDS
        elif not bookmarks:
            mark = time.monotonic() + BOOKMARK_SECONDS
    if bookmarks:
        await response.write(watches.bookmark(server, one, one.after))


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
