"""Requests about resources: from what came over HTTP to a Request of the chain, and back. Runs in the store's thread."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from minikube_py.apiserver.handlers import read
from minikube_py.apiserver.http import answers, negotiation, watches
from minikube_py.apiserver.http.answers import Answer
from minikube_py.apiserver.http.negotiation import Shape
from minikube_py.apiserver.http.watches import Hub, Watch
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

INCLUDE = ("None", "Metadata", "Object")


class Wanted(NamedTuple):
    """How an answer is to look."""

    shape: Shape
    include_object: str
    pretty: bool


def answer(server: "APIServer", request: Request, wanted: Wanted, dispatch: Callable[[Request], Response] | None = None) -> Answer:
    """Return the answer to anything but a watch or a log; `dispatch` is asked in place of the handlers."""
    try:
        response = server.handle(request, dispatch)
    except errors.KctlError as error:
        return answers.of_error(error, tuple(request.warnings), pretty=wanted.pretty)
    body = answers.shaped(server, request.target, response.body, wanted.shape, wanted.include_object)
    return answers.of_object(body, response.code, response.warnings or tuple(request.warnings), pretty=wanted.pretty)


def begin_watch(server: "APIServer", hub: Hub, request: Request, wanted: Wanted) -> tuple[Watch, tuple[str, ...]]:
    """Return a watch that is under way, with what it begins with in its queue."""
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
    hub.add(watch, _initial(server, hub, request, watch))
    return watch, tuple(request.warnings)


def _failed(request: Request, wanted: Wanted, error: errors.StatusError) -> Watch:
    watch = Watch(request, None, wanted.shape, wanted.include_object)
    watch.offer(answers.encode({"type": "ERROR", "object": error.status()}), 1)
    watch.end()
    return watch


def _initial(server: "APIServer", hub: Hub, request: Request, watch: Watch) -> int:
    """Offer what is there already, where that was asked for; return the revision to go on from."""
    revision, send = read.parse_revision(request), request.options.get("sendInitialEvents")
    if send is False and not revision:
        return hub.pumped
    if revision and not send:
        return revision
    listing = read.listed(server, request)
    after = int(listing["metadata"]["resourceVersion"])
    lines = [watches.event_line(server, watch, "ADDED", obj) for obj in listing["items"]]
    if send and request.options.get("allowWatchBookmarks"):
        lines.append(watches.bookmark(server, watch, after, initial_end=True))
    if lines:
        watch.offer(b"".join(lines), len(lines), limited=False)
    return after

