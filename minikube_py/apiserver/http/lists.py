"""Lists: made of the store's bytes in pieces, between which others get their turn, and shared by those who ask for the same.

Runs in the store's thread, but for Body, which the event loop sends.
"""

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from minikube_py.apiserver import chain
from minikube_py.apiserver.audit import listing
from minikube_py.apiserver.http import answers, composing, negotiation, resources
from minikube_py.apiserver.http.answers import Answer
from minikube_py.apiserver.http.composing import Plan
from minikube_py.apiserver.http.negotiation import Wanted
from minikube_py.apiserver.http.worker import Later
from minikube_py.apiserver.request import Request, Response
from minikube_py.machinery import errors

if TYPE_CHECKING:
    from minikube_py.apiserver.audit.auditor import Record
    from minikube_py.apiserver.server import APIServer

MEMORY = 96 * 1024 * 1024  # bytes of answers that are kept for those who ask next
SMALL = 64 * 1024  # bytes of an answer that is made anew each time
_GIVEN_UP = errors.Timeout("Timeout: request did not complete within the allotted timeout")  # nobody is left to hear it but the audit log
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
    """An answer that others may get, too, at one revision; the headers are for one client only."""

    body: Body
    revision: int
    headers: tuple[tuple[str, str], ...] = ()

    def warning(self, warnings: tuple[str, ...]) -> "Composed":
        """Return the answer for one who is to be warned."""
        return self._replace(headers=answers.warning_headers(warnings)) if warnings else self


class _Flight(Later):
    """One answer on its way, for all who wait for it."""

    def __init__(self, key: Key, plan: Plan) -> None:
        super().__init__()
        self.key = key
        self.plan = plan
        self.revision = 0  # not known yet: whoever comes may still join
        self.records: list[Record] = []  # of the audit log

    def begun(self, revision: int) -> None:
        """Note of which revision the answer is."""
        self.revision = revision


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
        found: list[Composed | _Flight] = []

        def dispatch(asked: Request) -> Response:
            plan = composing.plan(self._server, asked, wanted)
            if plan is None:
                return self._server.dispatch(asked)
            found.append(self._shared(_key(plan), plan))
            record, asked.record = asked.record, None  # not the chain tells what becomes of it
            if record is not None:
                self._note(record, found[0])
            return Response({"kind": "Status"})  # never sent

        answer = resources.answer(self._server, request, wanted, dispatch)
        return found[0] if found else answer

    def _note(self, record: "Record", found: "Composed | _Flight") -> None:
        """Let the audit log hear of an answer once there is one."""
        if isinstance(found, Composed):
            self._tell(record, found, None)
        elif found.outcome is not None:
            self._tell(record, *found.outcome)
        else:
            found.records.append(record)

    def _tell(self, record: "Record", composed: Composed | None, failure: BaseException | None) -> None:
        if composed is not None:
            self._go_on(listing.told(record, composed.body.parts))
        elif isinstance(failure, errors.KctlError):
            record.failed(failure)

    def _go_on(self, steps: Generator[None, None, None]) -> None:
        """Do the first piece of a work now, and what there is more of it in turns with others."""
        for _ in steps:
            self._add(steps)
            break

    def _shared(self, key: Key, plan: Plan) -> "Composed | _Flight":
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
        self._go_on(self._steps(flight))
        return flight

    def _steps(self, flight: _Flight) -> Generator[None, None, None]:
        """Compose an answer, as long as somebody waits for it."""
        parts: list[bytes] = []
        try:
            for _ in composing.compose(self._server, flight.plan, parts, flight.begun):
                yield
                if not flight.is_wanted():
                    self._tell_all(flight, None, _GIVEN_UP)
                    return
            composed = Composed(Body(parts), flight.revision)
            self._keep(flight, composed)
            self._land(flight, composed, None)
        except errors.KctlError as error:
            self._land(flight, None, error)
        except Exception as error:
            self._land(flight, None, chain.recover(self._server, error))
        finally:
            del self._flying[flight.key]
            following = self._next.pop(flight.key, None)
            if following is not None:
                self._begin(following)

    def _land(self, flight: _Flight, composed: Composed | None, failure: errors.KctlError | None) -> None:
        flight.done(composed, failure)
        self._tell_all(flight, composed, failure)

    def _tell_all(self, flight: _Flight, composed: Composed | None, failure: errors.KctlError | None) -> None:
        for record in flight.records:
            self._tell(record, composed, failure)

    def _keep(self, flight: _Flight, composed: Composed) -> None:
        """Keep an answer for who comes next, unless it tells ages, which change."""
        for key in [key for key, kept in self._kept.items() if kept.revision < composed.revision]:
            del self._kept[key]  # nobody will ask for these any more
        if not SMALL < composed.body.size <= self._memory or flight.plan.wanted.shape.transform == negotiation.TABLE or flight.plan.revision:
            return
        self._kept[flight.key] = composed
        while sum(kept.body.size for kept in self._kept.values()) > self._memory:
            self._kept.popitem(last=False)


def _key(plan: Plan) -> Key:
    """Return what tells one list from another; who asks makes no difference once it is known that he may."""
    resource, asked = plan.request.target, sorted((name, str(value)) for name, value in plan.request.options.items())
    return resource.group, resource.version, resource.plural, plan.request.namespace, plan.wanted, *asked
