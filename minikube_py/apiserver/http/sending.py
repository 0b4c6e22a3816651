"""Answers on their way out: whole where they are small, in slices where they are large, so that one client's megabytes hold up nobody."""

import asyncio
import json

from aiohttp import web  # noqa: TID253  (only the server loads this package)

from minikube_py.apiserver.http import negotiation
from minikube_py.apiserver.http.answers import Answer
from minikube_py.apiserver.http.lists import Body, Composed

COMPRESSED_FROM = 128 * 1024  # bytes; as kube-apiserver: less is not worth the time
_SLICE = 128 * 1024  # bytes that are written before others get their turn
STALLED = 60.0  # seconds in which a client must take one slice


async def in_yaml(answer: Answer | Composed) -> Answer | Composed:
    """Return an answer of JSON as YAML; another thread writes it. Any other answer is returned as it is."""
    data = answer.body if isinstance(answer, Answer) else b"".join(answer.body.parts)
    if not data or isinstance(answer, Answer) and answer.content_type != negotiation.JSON:
        return answer
    code = answer.code if isinstance(answer, Answer) else 200
    return Answer(code, await asyncio.to_thread(_yaml, data), negotiation.YAML, answer.headers)


def _yaml(data: bytes) -> bytes:
    from minikube_py.kits import yaml

    return yaml.dump(json.loads(data)).encode("utf-8", "replace")


async def send(http: web.BaseRequest, answer: Answer | Composed, headers: dict[str, str]) -> web.StreamResponse:
    """Send an answer, in gzip where that is worth it and wanted."""
    if isinstance(answer, Answer):
        if len(answer.body) < COMPRESSED_FROM:
            return whole(answer, headers)
        return await _sliced(http, Body([answer.body]), answer, headers)
    if answer.body.size < COMPRESSED_FROM:
        return whole(Answer(200, b"".join(answer.body.parts), headers=answer.headers), headers)
    return await _sliced(http, answer.body, Answer(200, b"", headers=answer.headers), headers)


def whole(answer: Answer, headers: dict[str, str]) -> web.Response:
    """Return an answer as aiohttp sends it."""
    response = web.Response(status=answer.code, body=answer.body)
    _label(response, answer, headers)
    return response


def _label(response: web.StreamResponse, answer: Answer, headers: dict[str, str]) -> None:
    response.headers["Content-Type"] = answer.content_type
    for name, value in headers.items():
        response.headers[name] = value
    for name, value in answer.headers:
        if name == "Cache-Control":
            response.headers[name] = value
        else:
            response.headers.add(name, value)


async def _sliced(http: web.BaseRequest, body: Body, answer: Answer, headers: dict[str, str]) -> web.StreamResponse:
    response, parts = web.StreamResponse(status=answer.code), body.parts
    _label(response, answer, headers)
    if "gzip" in http.headers.get("Accept-Encoding", ""):
        parts = await body.packed()
        response.headers["Content-Encoding"] = "gzip"
        response.headers.add("Vary", "Accept-Encoding")
    response.content_length = sum(map(len, parts))
    await response.prepare(http)
    if http.method != "HEAD":
        await _write(http, response, parts)
    await response.write_eof()
    return response


async def _write(http: web.BaseRequest, response: web.StreamResponse, parts: list[bytes]) -> None:
    for part in parts:
        view = memoryview(part)
        for start in range(0, len(view), _SLICE):
            try:
                async with asyncio.timeout(STALLED):
                    await response.write(view[start : start + _SLICE])
            except TimeoutError as error:
                if http.transport is not None:
                    http.transport.abort()
                raise ConnectionResetError("the client takes nothing any more") from error
            await asyncio.sleep(0)  # also where the socket takes all at once
