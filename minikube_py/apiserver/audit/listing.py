"""Writes down that a list was answered, piece by piece: a list may be megabytes, and others wait meanwhile."""

import json
from collections.abc import Generator
from typing import TYPE_CHECKING

from minikube_py.apiserver.audit import auditor
from minikube_py.apiserver.audit.policy import COMPLETE

if TYPE_CHECKING:
    from minikube_py.apiserver.audit.auditor import Record

_STATUS = {"metadata": {}, "code": 200}


def told(record: "Record", parts: list[bytes]) -> Generator[None, None, None]:
    """Write that a list was answered; where its elements are to be written, too, with a pause after each part of them.

    The parts are those of the answer: what it begins with, some elements, more elements after a comma, ..., what it ends with.
    """
    if not record.shows_answers:
        record.finish(COMPLETE, _STATUS)
        return
    frame = json.loads(parts[0] + parts[-1])
    field = "rows" if "rows" in frame else "items"
    shown: list[bytes] = []
    for part in parts[1:-1]:
        elements = json.loads(b"[" + part.removeprefix(b",") + b"]")
        shown.append(auditor.spelled(record.shown({**frame, field: elements})[field])[1:-1])
        yield
    event, body = record.event(COMPLETE, _STATUS), record.shown(frame)
    body[field] = body.pop(field)  # comes last
    record.send(auditor.spelled(event)[:-1] + b',"responseObject":' + auditor.spelled(body)[:-2] + b",".join(filter(None, shown)) + b"]}}")
