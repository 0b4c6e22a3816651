"""What waits inside: bytes for a reader, sizes of a terminal, and the time since anything was heard."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

IDLE = 4 * 3600.0  # seconds; kubelet's --streaming-connection-idle-timeout
_ENDING = 10.0  # seconds that work has to let go once it is cancelled
_RESIZE = 4096  # bytes that the text of one size may have, amply


class Signal:
    """Wakes whoever waits, first come first served."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Wait until the next fire()."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    def fire(self) -> None:
        """Wake all who wait now."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)


class Inbox:
    """Bytes on their way to one reader; `taken(count)` is called as they are read. Who feeds it looks at `waiting` before going on."""

    def __init__(self, taken: Callable[[int], None] = lambda count: None) -> None:
        self.waiting = 0
        self._taken = taken
        self._chunks: deque[bytes] = deque()
        self._ended = False
        self._failure = ""
        self._changed = Signal()

    def feed(self, data: bytes) -> None:
        """Let bytes wait; after the end they are dropped."""
        if self._ended or not data:
            return
        self._chunks.append(data)
        self.waiting += len(data)
        self._changed.fire()

    def end(self, failure: str = "") -> None:
        """Let no more come; with a failure, reading what waits is followed by a ConnectionResetError."""
        if not self._ended:
            self._ended, self._failure = True, failure
            self._changed.fire()

    def drop(self) -> None:
        """Forget what waits: nobody will read it."""
        count, self.waiting = self.waiting, 0
        self._chunks.clear()
        self.end()
        self._taken(count)

    async def read(self) -> bytes:
        """Return the next bytes; none at the end."""
        while not self._chunks:
            if self._failure:
                raise ConnectionResetError(self._failure)
            if self._ended:
                return b""
            await self._changed.wait()
        data = self._chunks.popleft()
        self.waiting -= len(data)
        self._taken(len(data))
        return data


class Size(NamedTuple):
    """A terminal's size in characters."""

    width: int
    height: int


class Sizes:
    """The sizes that a terminal takes. Of several at once only the latest counts."""

    def __init__(self) -> None:
        self._text = ""
        self._latest: Size | None = None
        self._ended = False
        self._changed = Signal()

    def feed(self, data: bytes) -> None:
        """Read JSON such as {"Width": 80, "Height": 24}, one after another, in pieces; what is no size ends them."""
        if self._ended:
            return
        self._text = (self._text + data.decode("utf-8", "replace")).lstrip()
        while self._text:
            try:
                value, end = json.JSONDecoder().raw_decode(self._text)
            except (ValueError, RecursionError):
                if len(self._text) > _RESIZE:
                    self.end()
                return
            self._offer(value)
            self._text = self._text[end:].lstrip()

    def _offer(self, value: object) -> None:
        if not isinstance(value, dict):
            self.end()
            return
        fields = {name.lower(): number for name, number in value.items()}  # Go's decoder takes any case
        numbers = [fields.get("width", 0), fields.get("height", 0)]
        if all(type(number) is int and 0 <= number <= 0xFFFF for number in numbers):
            self._latest = Size(*numbers)
            self._changed.fire()
        else:
            self.end()

    def end(self) -> None:
        """Let no more come."""
        self._ended, self._text = True, ""
        self._changed.fire()

    async def next(self) -> Size | None:
        """Return the next size; None at the end."""
        while self._latest is None:
            if self._ended:
                return None
            await self._changed.wait()
        size, self._latest = self._latest, None
        return size


class Activity:
    """Knows when anything was heard or said last."""

    def __init__(self, limit: float = IDLE) -> None:
        self._limit = limit
        self._last = asyncio.get_running_loop().time()

    def touch(self) -> None:
        """Note that something is going on."""
        self._last = asyncio.get_running_loop().time()

    async def expired(self) -> None:
        """Wait until nothing went on for the limit's time."""
        loop = asyncio.get_running_loop()
        while True:
            left = self._last + self._limit - loop.time()
            if left <= 0:
                return
            await asyncio.sleep(left)


class Gone(ConnectionError):
    """The client went, or nothing was heard of it for too long."""


async def while_there(work: Coroutine[Any, Any, None], ended: "asyncio.Future[None]", activity: Activity) -> None:
    """Do the work; where the client is gone before that (`ended`), or silent for too long, it is cancelled and Gone is raised."""
    task, idle = asyncio.ensure_future(work), asyncio.ensure_future(activity.expired())
    try:
        await asyncio.wait((task, ended, idle), return_when=asyncio.FIRST_COMPLETED)
        finished = task.done()
    finally:
        for one in (task, idle):
            one.cancel()
        ending = asyncio.ensure_future(asyncio.wait((task, idle), timeout=_ENDING))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:  # HTTP's side has heard of it as well
            await ending
            raise
        failure = task.exception() if task.done() and not task.cancelled() else None
    if failure is not None and not isinstance(failure, ConnectionError):
        raise failure
    if failure is not None or not finished:
        raise Gone("the client is gone" if ended.done() else "nothing was heard for too long") from failure
