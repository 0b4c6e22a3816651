"""What is in a list, as bytes in pieces: each is a bounded work, so that others get their turn in between. Runs in the store's thread."""

import json
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.apiserver import objectstore, options
from minikube_py.apiserver.handlers import read
from minikube_py.apiserver.http import answers, negotiation
from minikube_py.apiserver.http.negotiation import Wanted
from minikube_py.apiserver.request import Request
from minikube_py.machinery import scheme
from minikube_py.machinery.meta import Object
from minikube_py.storage import api as storage
from minikube_py.storage.api import KeyValue, Range

if TYPE_CHECKING:
    from minikube_py.apiserver.server import APIServer

PIECE = 250  # objects between two turns of the others
_SLOWER = 10  # times that JSON to be read by people takes longer
_IN = "\n    "  # where the elements of a list begin, for people

Order = Callable[[Object], Any]


class Plan(NamedTuple):
    """What is to be listed, and how."""

    request: Request
    wanted: Wanted
    selects: read.Selector | None
    narrowed: Callable[[], Range] | None  # reads the few that an index finds
    order: Order | None
    start: str
    revision: int
    limit: int

    @property
    def size(self) -> int:
        """Return how many objects make a piece."""
        return max(PIECE // _SLOWER, 1) if self.wanted.pretty else PIECE


class _Piece(NamedTuple):
    """Some objects as they are stored, all of them to be shown; and what is known of the rest with the last of them."""

    kvs: list[KeyValue]
    revision: int
    next_key: str = ""
    remaining: int = 0


def plan(server: "APIServer", request: Request, wanted: Wanted) -> Plan | None:
    """Return how to compose a list; None for what is no list of stored objects."""
    resource = request.target
    if resource in scheme.METRICS or resource is scheme.EVERYTHING or request.resource == "componentstatuses" or request.subresource:
        return None
    options.check_list(request)
    limit, selects, order = int(request.option("limit", 0)), read.selector(server, request), None
    if wanted.shape.transform == negotiation.TABLE:
        from minikube_py.printers import tables

        order = tables.find(*resource.key).order
    narrowed = None if selects is None or limit else read.narrowing(server, request)
    start, revision = read.position(server, request)
    return Plan(request, wanted, selects, narrowed, order, start, revision, limit)


def compose(server: "APIServer", plan: Plan, parts: list[bytes], begun: Callable[[int], None]) -> Generator[None, None, None]:
    """Put the bytes of a list into `parts`, with a pause after each piece but the last; `begun` is told the revision before the first."""
    last, empty = _Piece([], 0), True
    try:
        for piece in _ordered(server, plan, pieces(server, plan)):
            if parts:
                yield
            else:
                parts.append(b"")  # what the list begins with tells how it ends
                begun(piece.revision)
            last = piece
            part = _part(server, plan, piece.kvs)
            if part:
                parts.append(part if empty else b"," + part)
                empty = False
    except storage.Compacted as error:
        raise read.expired(plan.request) from error
    except storage.FutureRevision as error:
        raise read.too_large(error.requested, error.current) from error
    opening, end = _frame(server, plan, last, empty)
    parts[0] = opening
    parts.append(end)


def pieces(server: "APIServer", plan: Plan) -> Iterator[_Piece]:
    """Yield what is to be shown, a few objects at a time, all at one revision."""
    if plan.narrowed is not None:
        yield from _selected(server, plan, _sliced(plan.narrowed(), plan))
    elif plan.limit and plan.selects is not None:
        yield from _counted(server, plan)
    else:
        yield from _selected(server, plan, _stored(server, plan))


def _stored(server: "APIServer", plan: Plan) -> Iterator[_Piece]:
    backend, prefix = server.store.backend, _prefix(plan)
    scan = getattr(backend, "scan", None)  # not every store reads on while others write
    if scan is None or plan.limit or plan.start or plan.revision:
        yield from _sliced(backend.range(prefix, start=plan.start, revision=plan.revision, limit=plan.limit), plan)
        return
    first = backend.range(prefix, limit=plan.size)
    for found in scan(prefix, plan.size) if first.more else (first,):
        yield _Piece(found.kvs, found.revision)


def _sliced(found: Range, plan: Plan) -> Iterator[_Piece]:
    next_key = found.kvs[-1].key + "\0" if found.more and plan.limit else ""
    remaining = found.count - len(found.kvs) if next_key else 0
    for place in range(0, max(len(found.kvs), 1), plan.size):
        yield _Piece(found.kvs[place : place + plan.size], found.revision, next_key, remaining)


def _selected(server: "APIServer", plan: Plan, found: Iterator[_Piece]) -> Iterator[_Piece]:
    if plan.selects is None:
        yield from found
        return
    for piece in found:
        yield piece._replace(kvs=[kv for kv in piece.kvs if _is_wanted(server, plan, kv)], remaining=0)


def _is_wanted(server: "APIServer", plan: Plan, kv: KeyValue) -> bool:
    return plan.selects is None or plan.selects(shown(server, plan, kv))


def _counted(server: "APIServer", plan: Plan) -> Iterator[_Piece]:
    """Yield up to `limit` objects of those that are selected."""
    start, revision, left = plan.start, plan.revision, plan.limit
    while True:
        found = server.store.backend.range(_prefix(plan), start=start, revision=revision, limit=plan.size)
        revision, chosen, start = found.revision, [], found.kvs[-1].key + "\0" if found.more else ""
        for place, kv in enumerate(found.kvs):
            if _is_wanted(server, plan, kv):
                chosen.append(kv)
            if len(chosen) == left:
                start = kv.key + "\0" if found.more or place + 1 < len(found.kvs) else ""
                break
        left -= len(chosen)
        yield _Piece(chosen, revision, start if not left else "")
        if not (left and start):
            return


def _ordered(server: "APIServer", plan: Plan, unordered: Iterator[_Piece]) -> Iterator[_Piece]:
    """Yield pieces in the order that a Table of the kind has; nothing is in the first ones, as everything has to be seen for it."""
    if plan.order is None:
        yield from unordered
        return
    last = _Piece([], 0)
    keyed: list[tuple[Any, int, KeyValue]] = []
    for last in unordered:
        keyed += [(plan.order(shown(server, plan, kv)), place, kv) for place, kv in enumerate(last.kvs, len(keyed))]
        yield last._replace(kvs=[])
    kvs = [kv for _, _, kv in sorted(keyed)]
    for place in range(0, len(kvs), plan.size):
        yield last._replace(kvs=kvs[place : place + plan.size])


def _prefix(plan: Plan) -> str:
    return objectstore.prefix_of(plan.request.target, plan.request.namespace)


def shown(server: "APIServer", plan: Plan, kv: KeyValue) -> Object:
    """Return an object in the version that is asked for."""
    return read.convert(server, plan.request.target, server.store.decode(kv))


def _field(plan: Plan) -> str:
    return "rows" if plan.wanted.shape.transform == negotiation.TABLE else "items"


def _frame(server: "APIServer", plan: Plan, last: _Piece, empty: bool) -> tuple[bytes, bytes]:
    """Return what a list begins and ends with."""
    request, field = plan.request, _field(plan)
    token = read.token_of(last.revision, last.next_key, request.target, request.namespace) if last.next_key else ""
    listing = objectstore.list_object(request.target, [], last.revision, next_token=token, remaining=last.remaining)
    body = answers.shaped(server, request.target, listing, plan.wanted.shape, plan.wanted.include_object)
    body[field] = body.pop(field)  # comes last
    whole = answers.encode(body, pretty=plan.wanted.pretty)
    at = whole.rindex(b"[]") + 1
    return whole[:at], b"\n  " * (plan.wanted.pretty and not empty) + whole[at:]


def _part(server: "APIServer", plan: Plan, kvs: list[KeyValue]) -> bytes:
    """Return the elements of some objects, with commas between."""
    if not (plan.wanted.shape.transform or plan.wanted.pretty):
        return answers.escaped(b",".join(_spelled(server, plan, kvs)))
    elements = _elements(server, plan, kvs)
    if not plan.wanted.pretty:
        return answers.escaped(answers.plain(elements))[1:-1]
    texts = (_IN + json.dumps(element, ensure_ascii=False, indent=2).replace("\n", _IN) for element in elements)
    return answers.escaped(",".join(texts).encode("utf-8", "replace"))


def _elements(server: "APIServer", plan: Plan, kvs: list[KeyValue]) -> list[Any]:
    """Return objects in the form that was asked for."""
    resource = plan.request.target
    listing = objectstore.list_object(resource, [shown(server, plan, kv) for kv in kvs], 0)
    found: list[Any] = answers.shaped(server, resource, listing, plan.wanted.shape, plan.wanted.include_object)[_field(plan)]
    return found


def _spelled(server: "APIServer", plan: Plan, kvs: list[KeyValue]) -> Iterator[bytes]:
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
            yield answers.plain(_elements(server, plan, [kv])[0])
