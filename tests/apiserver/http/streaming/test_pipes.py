"""What waits inside a server."""

import asyncio

import pytest

from minikube_py.apiserver.http.streaming import pipes
from minikube_py.apiserver.http.streaming.pipes import Activity, Gone, Inbox, Size, Sizes


def test_an_inbox_gives_what_came_and_says_what_was_taken() -> None:
    async def scene() -> None:
        taken: list[int] = []
        inbox = Inbox(taken.append)
        reading = asyncio.ensure_future(inbox.read())
        await asyncio.sleep(0)
        inbox.feed(b"one")
        inbox.feed(b"")
        inbox.feed(b"three")
        assert (await reading, inbox.waiting) == (b"one", 5)
        inbox.end()
        inbox.feed(b"late")
        assert [await inbox.read(), await inbox.read(), await inbox.read()] == [b"three", b"", b""]
        assert taken == [3, 5]

    asyncio.run(scene())


def test_a_failure_comes_after_what_waits() -> None:
    async def scene() -> None:
        inbox = Inbox()
        inbox.feed(b"one")
        inbox.end("gone")
        inbox.end()
        assert await inbox.read() == b"one"
        with pytest.raises(ConnectionResetError, match="gone"):
            await inbox.read()

    asyncio.run(scene())


def test_what_is_dropped_counts_as_taken() -> None:
    taken: list[int] = []
    inbox = Inbox(taken.append)
    inbox.feed(b"12345")
    inbox.drop()
    assert (taken, inbox.waiting) == ([5], 0)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([b'{"Width":80,"Height":24}\n'], Size(80, 24)),
        ([b'{"Width":80,"Hei', b'ght":24}'], Size(80, 24)),
        ([b'{"width":1,"height":2}{"Width":3,"Height":4}\n'], Size(3, 4)),
        ([b'{"Width":5}'], Size(5, 0)),
        ([b'{"Width":-1,"Height":2}'], None),
        ([b'{"Width":true}'], None),
        ([b"[" * 5000], None),
        ([b"80x24", b" " * 5000 + b"x"], None),
    ],
)
def test_sizes(pieces: list[bytes], expected: Size | None) -> None:
    async def scene() -> None:
        sizes = Sizes()
        for piece in pieces:
            sizes.feed(piece)
        assert await sizes.next() == expected
        sizes.end()
        assert await sizes.next() is None

    asyncio.run(scene())


def test_work_ends_with_the_client_or_after_silence() -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        cancelled = []

        async def work() -> None:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        with pytest.raises(Gone, match="silent|heard"):
            await pipes.while_there(work(), ended, Activity(0.01))
        loop.call_soon(ended.set_result, None)
        with pytest.raises(Gone, match="the client is gone"):
            await pipes.while_there(work(), ended, Activity())
        assert cancelled == [True, True]

    asyncio.run(scene())


def test_what_goes_wrong_in_the_work_is_raised_but_for_lost_connections() -> None:
    async def fails(error: Exception) -> None:
        raise error

    async def scene() -> None:
        ended = asyncio.get_running_loop().create_future()
        with pytest.raises(ValueError, match="a mistake"):
            await pipes.while_there(fails(ValueError("a mistake")), ended, Activity())
        with pytest.raises(Gone):
            await pipes.while_there(fails(BrokenPipeError()), ended, Activity())

    asyncio.run(scene())
