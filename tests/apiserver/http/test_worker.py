"""The thread that owns the store."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from minikube_py.apiserver.http.worker import Worker
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
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold() -> None:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()

    def job(name: str) -> str:
        toy.log.append(name)
        if name == "bad":
            raise errors.BadRequest("bad")
        return name

    held = asyncio.ensure_future(worker.run(hold))
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(worker.run(lambda name=name: job(name), writes=name != "read")) for name in names]
    await asyncio.sleep(0.01)
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
