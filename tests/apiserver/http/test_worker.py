"""The thread that owns the store."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import pytest

from minikube_py.apiserver.http.worker import Later, Worker
from minikube_py.machinery import errors


class Toy:
    """Notes what is done to it."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.fails = False

    @contextmanager
    def batch(self) -> Iterator[None]:
        self.log.append("begin")
        yield
        if self.fails:
            raise errors.KctlError("disk full")
        self.log.append("commit")

    def undone(self) -> None:
        self.log.append("undone")

    def turn(self, idle: float, waits: Callable[[], bool]) -> float:
        return 0.005

    def close(self) -> None:
        self.log.append("close")


async def together(worker: Worker, toy: Toy, *names: str) -> list[object]:
    """Let jobs that write queue up, and do them."""
    begun, gate = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        gate.wait(30)

    def job(name: str) -> str:
        toy.log.append(name)
        if name == "bad":
            raise errors.BadRequest("bad")
        return name

    held = asyncio.ensure_future(worker.run(hold))
    assert await asyncio.to_thread(begun.wait, 30)  # else the thread might take some of the others along with it
    waiting = [asyncio.ensure_future(worker.run(lambda name=name: job(name), writes=name != "read")) for name in names]
    await asyncio.sleep(0)  # each of them is queued now
    gate.set()
    await held
    return await asyncio.gather(*waiting, return_exceptions=True)


def test_writes_that_queue_are_committed_together() -> None:
    async def run() -> None:
        toy = Toy()
        worker = Worker(lambda: toy, asyncio.get_running_loop())
        await worker.start()
        assert await worker.run(lambda: 7, writes=True) == 7
        assert toy.log == []  # one alone commits by itself
        found = await together(worker, toy, "a", "bad", "read", "b")
        assert [str(one) for one in found] == ["a", "bad", "read", "b"]
        assert toy.log == ["read", "begin", "a", "bad", "b", "commit"]  # who reads does not see what is not durable yet
        await worker.stop()
        assert toy.log[-1] == "close"

    asyncio.run(run())


def test_nothing_is_acknowledged_that_is_not_durable() -> None:
    async def run() -> None:
        toy = Toy()
        worker = Worker(lambda: toy, asyncio.get_running_loop())
        await worker.start()
        toy.fails = True
        found = await together(worker, toy, "a", "b")
        assert [(type(one), str(one)) for one in found] == [(errors.KctlError, "disk full")] * 2
        assert toy.log == ["begin", "a", "b", "undone"]
        await worker.stop()

    asyncio.run(run())


def test_work_in_pieces_lets_others_come_between() -> None:
    async def run() -> None:
        toy = Toy()
        worker = Worker(lambda: toy, asyncio.get_running_loop())
        await worker.start()
        asked: list[asyncio.Future[object]] = []
        loop = asyncio.get_running_loop()

        def pieces(later: Later) -> Generator[None, None, None]:
            for number in range(3):
                toy.log.append(f"piece {number}")
                asked.append(asyncio.run_coroutine_threadsafe(worker.run(lambda: toy.log.append("job")), loop))  # type: ignore[arg-type]
                while not worker.waits():
                    time.sleep(0.001)
                yield
            later.done("whole", None)

        def job() -> Later:
            later = Later()
            worker.add(pieces(later))
            return later

        assert await worker.run(job) == "whole"
        assert toy.log == ["piece 0", "job", "piece 1", "job", "piece 2", "job"]
        await worker.stop()

    asyncio.run(run())


def test_a_later_outcome_is_told_to_all_who_wait_and_who_come_after() -> None:
    async def run() -> None:
        worker = Worker(Toy, asyncio.get_running_loop())
        await worker.start()
        later = Later()
        waiting = [asyncio.ensure_future(worker.run(lambda: later)) for _ in range(2)]
        await worker.run(lambda: None)
        assert await worker.run(later.is_wanted)
        waiting[0].cancel()
        await worker.run(lambda: later.done(None, errors.BadRequest("bad")))
        with pytest.raises(errors.BadRequest):
            await waiting[1]
        with pytest.raises(errors.BadRequest):
            await worker.run(lambda: later)
        assert not await worker.run(later.is_wanted)
        await worker.stop()

    asyncio.run(run())


def test_work_in_pieces_ends_with_the_thread() -> None:
    async def run() -> None:
        toy = Toy()

        def pieces() -> Generator[None, None, None]:
            try:
                while True:
                    yield
            finally:
                toy.log.append("closed")

        worker = Worker(lambda: toy, asyncio.get_running_loop())
        await worker.start()
        await worker.run(lambda: worker.add(pieces()))
        await worker.run(lambda: None)
        await worker.stop()
        assert toy.log == ["closed", "close"]

    asyncio.run(run())


def test_opening_may_fail() -> None:
    async def run() -> None:
        def opening() -> Toy:
            raise errors.KctlError("no cluster")

        worker = Worker(opening, asyncio.get_running_loop())
        with pytest.raises(errors.KctlError, match="no cluster"):
            await worker.start()

    asyncio.run(run())


def test_whoever_comes_too_late_is_sent_away() -> None:
    async def run() -> None:
        worker = Worker(Toy, asyncio.get_running_loop())
        await worker.start()
        await worker.stop()
        with pytest.raises(errors.ServiceUnavailable):
            await worker.run(lambda: 1)

    asyncio.run(run())


def test_a_workplace_that_breaks_ends_the_thread() -> None:
    class Broken(Toy):
        def turn(self, idle: float, waits: Callable[[], bool]) -> float:
            raise RuntimeError("broken")

    async def run() -> None:
        worker = Worker(Broken, asyncio.get_running_loop())
        await worker.start()
        with pytest.raises(RuntimeError, match="broken"):
            await worker.stopped
        with pytest.raises(errors.ServiceUnavailable):
            await worker.run(lambda: 1)

    asyncio.run(run())
