"""Answers that come piece by piece: the events of a watch, the lines of a log. Closing the iterator ends the request."""

import json
import time
from collections.abc import Iterator

import urllib3  # noqa: TID253  (loaded for servers only)

from minikube_py.client import answers, httperrors
from minikube_py.client.api import WatchEvent

_CHUNK = 1 << 16
_LONGEST_EVENT = 64 << 20  # bytes
_LONGEST_LINE = 1 << 20  # bytes; longer lines of a log come in pieces
_TYPES = ("ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR")


def events(response: urllib3.BaseHTTPResponse, end: float | None) -> Iterator[WatchEvent]:
    """Yield the events of a watch until the server ends it, or until `end` (of time.monotonic)."""
    for line in _split(response, end, _LONGEST_EVENT, quietly=True):
        if not line.endswith(b"\n") and len(line) >= _LONGEST_EVENT:
            raise httperrors.Broken(f"an event of the watch is larger than {_LONGEST_EVENT >> 20} MiB")
        if line.strip():
            yield _event(line)
        if end is not None and time.monotonic() >= end:
            return


def _event(line: bytes) -> WatchEvent:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise answers.Strange("the server sent an event that is no JSON") from error
    kind, obj = (value.get("type"), value.get("object")) if isinstance(value, dict) else (None, None)
    if kind not in _TYPES or not isinstance(obj, dict) or not isinstance(obj.get("metadata") or {}, dict):
        raise answers.Strange("the server sent an event that is none")
    if kind == "ERROR":
        obj = answers.of_status(obj).status()
    return WatchEvent(kind, obj)


def lines(response: urllib3.BaseHTTPResponse, end: float | None) -> Iterator[str]:
    """Yield the lines of a log, each with its line end; bytes that are no UTF-8 as surrogates (surrogateescape)."""
    for line in _split(response, end, _LONGEST_LINE, quietly=False):
        yield line.decode("utf-8", "surrogateescape")


def _split(response: urllib3.BaseHTTPResponse, end: float | None, longest: int, *, quietly: bool) -> Iterator[bytes]:
    """Yield lines with their ends; `quietly`: the time being over is no error."""
    pieces: list[bytes] = []  # of a line whose end has not come yet
    size = 0
    try:
        while True:
            try:
                part = response.read1(_CHUNK, decode_content=True)
            except httperrors.EXCEPTIONS as error:
                if quietly and end is not None and time.monotonic() >= end:
                    return
                raise httperrors.of_answer(error) from None
            if not part:
                break
            first, *more = part.split(b"\n")
            pieces.append(first)
            size += len(first)
            if more:
                *whole, rest = more
                yield b"".join(pieces) + b"\n"
                yield from (line + b"\n" for line in whole)
                pieces, size = [rest], len(rest)
            if size >= longest:
                yield b"".join(pieces)
                pieces, size = [], 0
        if size:
            yield b"".join(pieces)
    finally:
        response.close()
