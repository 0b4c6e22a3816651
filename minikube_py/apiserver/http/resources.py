"""Requests about resources: from what came over HTTP to a Request of the chain, and back. Runs in the store's thread."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from minikube_py.apiserver import chain
from minikube_py.apiserver.handlers import read
from minikube_py.apiserver.http import answers, negotiation, watches
from minikube_py.apiserver.http.answers import Answer
from minikube_py.apiserver.http.negotiation import Wanted
from minikube_py.apiserver.http.watches import Hub, Watch
from minikube_py.apiserver.http.worker import Later
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors
from minikube_py.storage import api as storage

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

INCLUDE = ("None", "Metadata", "Object")


def answer(server: "APIServer", request: Request, wanted: Wanted, dispatch: Callable[[Request], Response] | None = None) -> Answer:
    """Return the answer to anything but a watch or a log; `dispatch` is asked in place of the handlers."""
    try:
        response = server.handle(request, dispatch)
    except errors.KctlError as error:
        return answers.of_error(error, tuple(request.warnings), pretty=wanted.pretty)
    body = answers.shaped(server, request.target, response.body, wanted.shape, wanted.include_object)
    return answers.of_object(body, response.code, response.warnings or tuple(request.warnings), pretty=wanted.pretty)


def begin_watch(server: "APIServer", hub: Hub, request: Request, wanted: Wanted,
                add: Callable[[Generator[None, None, None]], None]) -> tuple[Watch, tuple[str, ...]] | Later:  # fmt: skip
    """Return a watch that is under way, or what it will come by: what it begins with is made in pieces, which `add` lets go on."""
    if wanted.shape.transform == negotiation.PARTIAL_LIST:
        request.problem = request.problem or negotiation.NotAcceptable("the objects of a watch come one by one, and never as a list")
    options = request.options
    options.pop("limit", None)  # a watch has no pages
    options.pop("continue", None)
    try:
        response = server.handle(request)
    except errors.Expired as error:  # a watch that was understood fails by an event
        return _failed(request, wanted, error), ()
    watch = Watch(request, read.selector(server, request), wanted.shape, wanted.include_object)
    if request.record is not None:
        watch.told = response.stream
    hub.pump()
    after = _after(hub, request)
    if after is not None:
        hub.add(watch, after)
        return watch, tuple(request.warnings)
    later = Later()
    steps = _steps(server, hub, watch, wanted, later)
    for _ in steps:
        add(steps)
        break
    return later


def _failed(request: Request, wanted: Wanted, error: errors.StatusError) -> Watch:
    watch = Watch(request, None, wanted.shape, wanted.include_object)
    watch.offer(answers.encode({"type": "ERROR", "object": error.status()}), 1)
    watch.end()
    return watch


def _after(hub: Hub, request: Request) -> int | None:
    """Return the revision that a watch goes on from; None where it begins with what is there."""
    revision, send = read.parse_revision(request), request.options.get("sendInitialEvents")
    if send is False and not revision:
        return hub.pumped
    return revision if revision and not send else None


def _steps(server: "APIServer", hub: Hub, watch: Watch, wanted: Wanted, later: Later) -> Generator[None, None, None]:
    try:
        for _ in _initial(server, hub, watch, wanted):
            yield
            if not later.is_wanted():
                hub.remove(watch)
                return
    except storage.Compacted as error:
        later.done(None, read.expired(watch.request))
        server.report(error)
    except errors.KctlError as error:
        later.done(None, error)
    except Exception as error:
        later.done(None, chain.recover(server, error))
    else:
        later.done((watch, tuple(watch.request.warnings)), None)


def _initial(server: "APIServer", hub: Hub, watch: Watch, wanted: Wanted) -> Generator[None, None, None]:
    """Offer what is there already, with a pause after each piece but the last, and let the hub go on from there."""
    from minikube_py.apiserver.http import composing

    plan, after = composing.plan(server, watch.request, wanted), 0
    if plan is None:
        raise errors.MethodNotAllowed()
    for piece in composing.pieces(server, plan):
        if after:
            yield
        after = piece.revision
        lines = [watches.event_line(server, watch, "ADDED", composing.shown(server, plan, kv)) for kv in piece.kvs]
        if lines:
            watch.offer(b"".join(lines), len(lines), limited=False)
    options = watch.request.options
    if options.get("sendInitialEvents") and options.get("allowWatchBookmarks"):
        watch.offer(watches.bookmark(watch, after, initial_end=True), 1, limited=False)
    hub.add(watch, after)
