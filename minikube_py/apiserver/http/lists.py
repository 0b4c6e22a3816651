"""Lists: made of the store's bytes in pieces, between which others get their turn, and shared by those who ask for the same.

Runs in the store's thread, but for Body, which the event loop sends.
"""

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.apiserver import chain, objectstore, options
from minikube_py.apiserver.handlers import read
from minikube_py.apiserver.http import answers, negotiation, resources
from minikube_py.apiserver.http.answers import Answer
from minikube_py.apiserver.http.resources import Wanted
from minikube_py.apiserver.http.worker import Later
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors, scheme
from minikube_py.storage import api as storage

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

PIECE = 250  # objects between two turns of the others
MEMORY = 96 * 1024 * 1024  # bytes of answers that are kept for those who ask next
SMALL = 64 * 1024  # bytes of an answer that is made anew each time
_GZIP = 31  # zlib's wbits for gzip's frame
Key = tuple[Any, ...]


class Body:
    """The bytes of an answer in parts; in gzip, too, once somebody wants that."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts
        self.size = sum(map(len, parts))
        self._packing: asyncio.Task[list[bytes]] | None = None

    async def packed(self) -> list[bytes]:
        """Return the parts in gzip: made once, in another thread."""
        if self._packing is None:
            self._packing = asyncio.ensure_future(asyncio.to_thread(_packed, self.parts))
        return await asyncio.shield(self._packing)


def _packed(parts: list[bytes]) -> list[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    found = [packer.compress(part) for part in parts]
    return [part for part in (*found, packer.flush()) if part]


class Composed(NamedTuple):
    """An answer that others may get, too, at one revision."""

    body: Body
    revision: int


class _Plan(NamedTuple):
    """What is to be listed, and how."""

    request: Request
    wanted: Wanted
    selects: read.Selector | None
    start: str
    revision: int
    limit: int


class _Flight(Later):
    """One answer on its way, for all who wait for it."""

    def __init__(self, key: Key, plan: _Plan) -> None:
        super().__init__()
        self.key = key
        self.plan = plan
        self.revision = 0  # not known yet: whoever comes may still join


class Lists:
    """Answers lists. `add` lets a work be done in pieces, between requests."""

    def __init__(self, server: "APIServer", add: Callable[[Generator[None, None, None]], None], *, memory: int = MEMORY) -> None:
        self._server = server
        self._add = add
        self._memory = memory
        self._flying: dict[Key, _Flight] = {}
        self._next: dict[Key, _Flight] = {}  # for those who came too late for what is on its way
        self._kept: OrderedDict[Key, Composed] = OrderedDict()

    def answer(self, request: Request, wanted: Wanted) -> Answer | Composed | Later:
        """Take a request for a list through the chain; return its answer, or what it will come by."""
        found: list[Composed | Later] = []

        def dispatch(asked: Request) -> Response:
            plan = _plan(self._server, asked, wanted)
            if plan is None:
                return self._server.dispatch(asked)
            found.append(self._shared(_key(plan), plan))
            return Response({"kind": "Status"})  # never sent

        answer = resources.answer(self._server, request, wanted, dispatch)
        return found[0] if found else answer

    def _shared(self, key: Key, plan: _Plan) -> Composed | Later:
        """Return an answer that is as new as this moment: one that is there, on its way, or the next one."""
        now = self._server.store.backend.revision()
        kept = self._kept.get(key)
        if kept is not None and kept.revision == now:
            self._kept.move_to_end(key)
            return kept
        flight = self._flying.get(key)
        if flight is None:
            return self._begin(_Flight(key, plan))
        if plan.revision or flight.revision in (0, now):
            return flight
        return self._next.setdefault(key, _Flight(key, plan))

    def _begin(self, flight: _Flight) -> _Flight:
        self._flying[flight.key] = flight
        steps = self._steps(flight)
        next(steps, None)
        if flight.key in self._flying:
            self._add(steps)
        return flight

    def _steps(self, flight: _Flight) -> Generator[None, None, None]:
        """Compose an answer, as long as somebody waits for it."""
        parts: list[bytes] = []
        try:
            for part, last in _compose(self._server, flight):
                parts.append(part)
                if not last:
                    yield
                    if not flight.is_wanted():
                        return
            composed = Composed(Body(parts), flight.revision)
            self._keep(flight, composed)
            flight.done(composed, None)
        except errors.KctlError as error:
            flight.done(None, error)
        except Exception as error:
            flight.done(None, chain.recover(self._server, error))
        finally:
            del self._flying[flight.key]
            following = self._next.pop(flight.key, None)
            if following is not None:
                self._begin(following)

    def _keep(self, flight: _Flight, composed: Composed) -> None:
        """Keep an answer for who comes next, unless it tells ages, which change."""
        for key in [key for key, kept in self._kept.items() if kept.revision < composed.revision]:
            del self._kept[key]  # nobody will ask for these any more
        if not SMALL < composed.body.size <= self._memory or flight.plan.wanted.shape.transform == negotiation.TABLE or flight.plan.revision:
            return
        self._kept[flight.key] = composed
        while sum(kept.body.size for kept in self._kept.values()) > self._memory:
            self._kept.popitem(last=False)


def _key(plan: _Plan) -> Key:
    """Return what tells one list from another; who asks makes no difference once it is known that he may."""
    resource, asked = plan.request.target, sorted((name, str(value)) for name, value in plan.request.options.items())
    return resource.group, resource.version, resource.plural, plan.request.namespace, plan.wanted, *asked


def _plan(server: "APIServer", request: Request, wanted: Wanted) -> _Plan | None:
    """Return how to compose a list in pieces; None where that is not for this one, or for a few objects only."""
    resource = request.target
    if resource in scheme.METRICS or resource is scheme.EVERYTHING or request.subresource or wanted.pretty or request.record is not None:
        return None
    options.check_list(request)
    limit, selects = int(request.option("limit", 0)), read.selector(server, request)
    if (limit and selects is not None) or (selects is not None and read.narrowing(server, request) is not None):
        return None
    if wanted.shape.transform == negotiation.TABLE:
        from minikube_py.printers import tables

        if tables.find(*resource.key).order is not None:  # no order of the store's
            return None
    start, revision = read.position(server, request)
    return _Plan(request, wanted, selects, start, revision, limit)


def _compose(server: "APIServer", flight: _Flight) -> Iterator[tuple[bytes, bool]]:
    """Yield the bytes of an answer, and which are the last, with a bounded piece of work for each; the revision is known with the first."""
    plan, opening, field = flight.plan, b"", b""
    try:
        for found, kvs, last in _pieces(server, plan):
            flight.revision = found.revision
            if not field:
                opening, field = _head(server, plan, found)
            part = _part(server, plan, kvs, field)
            begins = bool(part) or (last and opening != b",")
            yield (opening if begins else b"") + part + (b"]}\n" if last else b""), last
            if part:
                opening = b","
    except storage.Compacted as error:
        raise read.expired(plan.request) from error
    except storage.FutureRevision as error:
        raise read.too_large(error.requested, error.current) from error


def _pieces(server: "APIServer", plan: _Plan) -> Iterator[tuple[storage.Range, list[storage.KeyValue], bool]]:
    """Yield what is there, a few objects at a time, all at one revision; and whether that is the end."""
    backend, prefix = server.store.backend, objectstore.prefix_of(plan.request.target, plan.request.namespace)
    scan = getattr(backend, "scan", None)  # not every store reads on while others write
    if scan is not None and not (plan.limit or plan.start or plan.revision):
        first = backend.range(prefix, limit=PIECE)
        for found in scan(prefix, PIECE) if first.more else (first,):
            yield found, found.kvs, not found.more
        return
    found = backend.range(prefix, start=plan.start, revision=plan.revision, limit=plan.limit)
    for place in range(0, max(len(found.kvs), 1), PIECE):
        yield found, found.kvs[place : place + PIECE], place + PIECE >= len(found.kvs)


def _head(server: "APIServer", plan: _Plan, found: storage.Range) -> tuple[bytes, bytes]:
    """Return what an answer begins with, and the field of its elements."""
    request, token = plan.request, ""
    if found.more and plan.limit:
        token = read.token_of(found.revision, found.kvs[-1].key + "\0", request.target, request.namespace)
    remaining = found.count - len(found.kvs) if token and plan.selects is None else 0
    listing = objectstore.list_object(request.target, [], found.revision, next_token=token, remaining=remaining)
    body = answers.shaped(server, request.target, listing, plan.wanted.shape, plan.wanted.include_object)
    field = "rows" if "rows" in body else "items"
    del body[field]
    return answers.encode(body)[:-2] + f',"{field}":['.encode(), field.encode()


def _part(server: "APIServer", plan: _Plan, kvs: list[storage.KeyValue], field: bytes) -> bytes:
    """Return the elements of some objects, with commas between."""
    resource, selects = plan.request.target, plan.selects
    if selects is not None:
        kvs = [kv for kv in kvs if selects(read.convert(server, resource, server.store.decode(kv)))]
    if not plan.wanted.shape.transform:
        return answers.escaped(b",".join(_spelled(server, plan, kvs)))
    objects = [read.convert(server, resource, server.store.decode(kv)) for kv in kvs]
    listing = objectstore.list_object(resource, objects, 0)
    body = answers.shaped(server, resource, listing, plan.wanted.shape, plan.wanted.include_object)
    return answers.encode(body[field.decode()])[1:-2]


def _spelled(server: "APIServer", plan: _Plan, kvs: list[storage.KeyValue]) -> Iterator[bytes]:
    """Yield objects as they are stored, with their resourceVersion; what is stored in another version is converted."""
    resource = plan.request.target
    version, kind = f'"apiVersion":"{resource.api_version}"', f'"kind":"{resource.kind}"'
    first, other = (f'{{{one},{two},"metadata":{{'.encode() for one, two in ((version, kind), (kind, version)))
    size, opening = len(first), b'{"metadata":{' if answers.is_typed(resource) else first
    for kv in kvs:
        value = kv.value
        if value.startswith((first, other)):
            yield b'%b"resourceVersion":"%d",%b' % (opening, kv.mod_revision, value[size:])
        else:
            listing = objectstore.list_object(resource, [read.convert(server, resource, server.store.decode(kv))], 0)
            yield answers.plain(answers.shaped(server, resource, listing, plan.wanted.shape, "")["items"][0])
