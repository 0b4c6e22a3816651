"""The one thread that owns the store. Requests come to it through a queue; between them the cluster's loops work in short slices."""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from minikube_py.machinery import errors

_AT_ONCE = 64  # requests between two turns of the loops


class Workplace(Protocol):
    """What the thread works on. It is made, used and closed in that thread."""

    def batch(self) -> AbstractContextManager[None]:
        """Make all writes inside durable together."""

    def undone(self) -> None:
        """Note that a batch was undone."""

    def turn(self, idle: float, waits: Callable[[], bool]) -> float:
        """Do what is to be done between requests; return after how many seconds to come again.

        No request has been worked on for `idle` seconds; `waits` tells whether there is one by now.
        """

    def close(self) -> None:
        """Put everything away."""


class Queue(Protocol):
    """Where requests bring work that is about the store."""

    async def run(self, work: Callable[[], Any], *, writes: bool = False) -> Any:
        """Return what `work` returns."""

    def post(self, work: Callable[[], Any]) -> None:
        """Let `work` be done; nobody waits for it."""

    def add(self, pieces: Generator[None, None, None]) -> None:
        """Go on with something, piece by piece."""


class Job(NamedTuple):
    """A piece of work, and the future that waits for it, if somebody does."""

    work: Callable[[], Any]
    writes: bool
    future: "asyncio.Future[Any] | None"


class Later:
    """What a job returns whose outcome is still to come: all who wait for it are told at once. It lives in the store's thread."""

    def __init__(self) -> None:
        self.outcome: tuple[Any, BaseException | None] | None = None
        self._waiting: list[tuple[asyncio.Future[Any], _Tell]] = []

    def wait(self, future: "asyncio.Future[Any]", tell: "_Tell") -> None:
        """Let a future wait for the outcome."""
        if self.outcome is not None:
            tell(future, *self.outcome)
        else:
            self._waiting.append((future, tell))

    def is_wanted(self) -> bool:
        """Tell whether somebody still waits."""
        return any(not future.cancelled() for future, _ in self._waiting)

    def done(self, result: Any, failure: BaseException | None) -> None:
        """Tell the outcome."""
        self.outcome = result, failure
        for future, tell in self._waiting:
            tell(future, result, failure)
        self._waiting.clear()


_Tell = Callable[["asyncio.Future[Any] | None", Any, "BaseException | None"], None]


class Worker:
    """Runs jobs, one after another, in a thread of its own."""

    def __init__(self, opening: "Callable[[], Workplace]", loop: asyncio.AbstractEventLoop) -> None:
        self._opening = opening
        self._loop = loop
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._started: asyncio.Future[None] = loop.create_future()
        self._stopped: asyncio.Future[None] = loop.create_future()
        self._closing = False
        self._pieces: deque[Generator[None, None, None]] = deque()  # work that goes on between requests
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)

    async def start(self) -> None:
        """Open the workplace; raises what opening raises."""
        self._thread.start()
        await self._started

    async def stop(self) -> None:
        """Finish what is queued, and close the workplace."""
        if not self._closing:
            self._closing = True
            self._jobs.put(None)
        await asyncio.shield(self._stopped)

    @property
    def stopped(self) -> "asyncio.Future[None]":
        """Return what is done when the thread has ended; it raises where the thread died of an error."""
        return self._stopped

    async def run(self, work: Callable[[], Any], *, writes: bool = False) -> Any:
        """Return what `work` returns; of concurrent jobs that write, several become durable with one sync of the disk."""
        if self._closing or self._stopped.done():
            raise errors.ServiceUnavailable("the server is shutting down", details={"retryAfterSeconds": 1})
        future = self._loop.create_future()
        self._jobs.put(Job(work, writes, future))
        return await future

    def post(self, work: Callable[[], Any]) -> None:
        """Let `work` be done; nobody waits for it, nor is it done where the thread has ended."""
        self._jobs.put(Job(work, False, None))

    def add(self, pieces: Generator[None, None, None]) -> None:
        """Go on with something between requests, piece by piece, in turns with others. Called in the thread itself."""
        self._pieces.append(pieces)

    def waits(self) -> bool:
        """Tell whether a job waits."""
        return not self._jobs.empty()

    def _run(self) -> None:
        try:
            place = self._opening()
        except BaseException as error:
            self._tell(self._started, None, error)
            return
        self._tell(self._started, None, None)
        failure: BaseException | None = None
        try:
            self._work(place)
        except BaseException as error:
            failure = error
        finally:
            while self._pieces:
                self._pieces.popleft().close()
            place.close()
            self._refuse_rest()
            self._tell(self._stopped, None, failure)

    def _work(self, place: Workplace) -> None:
        pause, busy = 0.0, 0.0
        while True:
            jobs, last = self._take(0.0 if self._pieces else pause)
            if jobs:
                self._do(jobs, place)
                busy = time.monotonic()
            if last:
                return
            self._go_on()
            pause = place.turn(time.monotonic() - busy, self.waits)

    def _go_on(self) -> None:
        if not self._pieces:
            return
        pieces = self._pieces.popleft()
        try:
            next(pieces)
        except StopIteration:
            return
        self._pieces.append(pieces)

    def _take(self, pause: float) -> tuple[list[Job], bool]:
        """Return the jobs that wait, after waiting for the first; and whether no more will come."""
        taken: list[Job] = []
        try:
            job = self._jobs.get(timeout=pause) if pause > 0 else self._jobs.get_nowait()
            while job is not None:
                taken.append(job)
                if len(taken) == _AT_ONCE:
                    return taken, False
                job = self._jobs.get_nowait()
        except queue.Empty:
            return taken, False
        return taken, True

    def _do(self, jobs: list[Job], place: Workplace) -> None:
        jobs = [job for job in jobs if _is_wanted(job)]  # of those who have gone only what began is finished
        writers = [job for job in jobs if job.writes]
        alone = jobs if len(writers) < 2 else [job for job in jobs if not job.writes]  # these must not see what is not durable yet
        for job in alone:
            if _is_wanted(job):  # some may have gone while others were served
                self._tell(job.future, *_outcome(job))
        if len(writers) > 1:
            self._together(writers, place)

    def _together(self, writers: list[Job], place: Workplace) -> None:
        """Do several jobs in one transaction; what each of them did wrong undoes itself only."""
        try:
            with place.batch():
                outcomes = [_outcome(job) for job in writers]
        except Exception as error:  # nothing of it is durable
            place.undone()
            outcomes = [(None, error)] * len(writers)
        for job, (result, failure) in zip(writers, outcomes, strict=True):
            self._tell(job.future, result, failure)

    def _refuse_rest(self) -> None:
        refused = errors.ServiceUnavailable("the server is shutting down", details={"retryAfterSeconds": 1})
        while not self._jobs.empty():
            job = self._jobs.get_nowait()
            if job is not None:
                self._tell(job.future, None, refused)

    def _tell(self, future: "asyncio.Future[Any] | None", result: Any, failure: BaseException | None) -> None:
        if isinstance(result, Later) and future is not None:
            result.wait(future, self._tell)
        elif future is not None:
            self._loop.call_soon_threadsafe(fulfil, future, result, failure)


def _is_wanted(job: Job) -> bool:
    return job.future is None or not job.future.cancelled()


def _outcome(job: Job) -> tuple[Any, BaseException | None]:
    try:
        return job.work(), None
    except Exception as error:
        return None, error


def fulfil(future: "asyncio.Future[Any] | None", result: Any, failure: BaseException | None) -> None:
    """Tell who waits, if anybody still does. Only in the event loop's thread."""
    if future is None or future.done():
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)
