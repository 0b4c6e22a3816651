"""watch: every change after a revision, in order, as events."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from minikube_py.apiserver import options
from minikube_py.apiserver.handlers import read
from minikube_py.apiserver.objectstore import prefix_of
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.storage import api as storage

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

_BATCH = 500
_PAUSE = 0.5  # seconds between two looks at the request's timeout


class Event(NamedTuple):
    """One change; `type` is ADDED, MODIFIED, DELETED or ERROR."""

    type: str
    object: Object


def handle(server: "APIServer", request: Request) -> Response:
    """Return a stream of Events; without a resourceVersion it begins with what is there."""
    options.check_list(request)
    after, selects = read.parse_revision(request), read.selector(server, request)
    backend = server.store.backend
    if after > backend.revision():
        raise read.too_large(after, backend.revision())
    if after and after < backend.compact_revision():
        raise too_old(after, backend.compact_revision())
    return Response({}, stream=_events(server, request, after, server.clock.now(), selects))


def too_old(after: int, compacted: int) -> errors.Expired:
    """Return the 410 for a revision whose history is gone."""
    return errors.Expired(f"too old resource version: {after} ({compacted})")


def _events(server: "APIServer", request: Request, after: int, begun: float, selects: "read.Selector | None") -> Iterator[Event]:
    resource, backend = request.target, server.store.backend
    if not after:
        listing = read.listed(server, request)
        after = int(listing["metadata"]["resourceVersion"])
        for obj in listing["items"]:
            yield Event("ADDED", read.present(server, request, [obj], None))
    prefix = prefix_of(resource, request.namespace)
    timeout = float(request.option("timeoutSeconds", 0))
    while True:
        head = backend.revision()
        try:
            batch = backend.events(after, prefix=prefix, limit=_BATCH)
        except storage.Compacted:
            yield Event("ERROR", too_old(after, backend.compact_revision()).status())
            return
        for event in batch:
            after = event.kv.mod_revision
            seen = _seen(server, request, event, selects)
            if seen is not None:
                yield seen._replace(object=read.present(server, request, [seen.object], None))
        if len(batch) < _BATCH:
            if timeout and server.clock.now() - begun >= timeout:
                return
            after = max(after, head)  # what is forgotten up to there was none of ours
            backend.wait(after, _PAUSE)


def _seen(server: "APIServer", request: Request, event: storage.Event, selects: "read.Selector | None") -> Event | None:
    """Return the event as one who selects sees it: an object that begins to match is ADDED, one that ceases to is DELETED."""
    resource = request.target
    was = None if event.prev is None else read.convert(server, resource, server.store.decode(event.prev))
    if event.type == "DELETE":
        if was is None or (selects is not None and not selects(was)):
            return None
        was["metadata"]["resourceVersion"] = str(event.kv.mod_revision)
        return Event("DELETED", was)
    obj = read.convert(server, resource, server.store.decode(event.kv))
    matched = was is not None and (selects is None or selects(was))
    matches = selects is None or selects(obj)
    if matches:
        return Event("MODIFIED" if matched else "ADDED", obj)
    if not matched or was is None:
        return None
    was["metadata"]["resourceVersion"] = str(event.kv.mod_revision)
    return Event("DELETED", was)  # as it was when it matched
