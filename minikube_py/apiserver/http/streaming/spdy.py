"""SPDY/3.1 without I/O: bytes in, events out; commands in, bytes out (draft-mbelshe-httpbis-spdy-00, and 3.1's window of the session).

What Kubernetes' clients use of it is theirs to choose: they neither grant windows nor obey them. So a peer's windows hold only
once it has granted something, and its data is taken past ours; whoever carries the bytes stops reading where too much waits.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

from minikube_py.apiserver.http.streaming import headerblocks
from minikube_py.apiserver.http.streaming.headerblocks import Headers

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN, UNIDIRECTIONAL = 1, 2  # flags
PROTOCOL_ERROR, INVALID_STREAM, REFUSED_STREAM, CANCEL, FLOW_CONTROL_ERROR, STREAM_ALREADY_CLOSED = 1, 2, 3, 5, 7, 9  # of RST_STREAM
OK = 0  # of GOAWAY
INITIAL_WINDOW_SIZE = 7  # of SETTINGS

WINDOW = 64 * 1024
MAX_CONTROL = 16 * 1024  # bytes of a control frame; the specification asks for 8 KiB at least
MAX_DATA = 32 * 1024  # bytes of a data frame that we send: large ones would hold up the other streams
MAX_STREAMS = 512  # that the peer may have open at once
_MOST = (1 << 31) - 1
_CONTROL, _VERSION = 1 << 31, 3
_HEAD, _NUMBER, _PAIR, _OPENING = struct.Struct(">II"), struct.Struct(">I"), struct.Struct(">II"), struct.Struct(">IIH")


class Opened(NamedTuple):
    """The peer opens a stream."""

    stream: int
    headers: Headers
    fin: bool


class Replied(NamedTuple):
    """The peer accepts a stream of ours."""

    stream: int
    headers: Headers
    fin: bool


class Data(NamedTuple):
    """A piece of data; `fin`: the last one. Grant what was read with Connection.credit()."""

    stream: int
    data: bytes
    fin: bool


class Reset(NamedTuple):
    """The peer gives a stream up."""

    stream: int
    status: int


class Granted(NamedTuple):
    """The peer takes more of a stream; of all streams where it is 0."""

    stream: int


class GoneAway(NamedTuple):
    """The peer will open no more streams, nor accept any."""

    status: int


class Failed(NamedTuple):
    """The peer broke the protocol; nothing more will be read, and it was told so (GOAWAY)."""

    message: str


Event = Opened | Replied | Data | Reset | Granted | GoneAway | Failed


class StreamClosed(BrokenPipeError):
    """A stream cannot be written to: one of the two has closed or reset it."""


class _Broken(Exception):
    pass


class _Stream:
    __slots__ = ("local_closed", "remote_closed", "room", "read")

    def __init__(self, room: int, *, local_closed: bool, remote_closed: bool) -> None:
        self.local_closed = local_closed
        self.remote_closed = remote_closed
        self.room = room  # how much the peer still takes
        self.read = 0  # how much was read that the peer was not granted anew


class Connection:
    """One side of a connection: a server, or a client."""

    def __init__(self, *, client: bool = False, max_streams: int = MAX_STREAMS) -> None:
        self._theirs = 0 if client else 1  # remainder of the numbers of the peer's streams
        self._next = 1 if client else 2
        self._max_streams = max_streams
        self._streams: dict[int, _Stream] = {}
        self._latest = 0  # the peer's newest stream
        self._buffer = bytearray()
        self._out = bytearray()
        self._frame: tuple[int, int, bool] | None = None  # a data frame in the middle: stream, bytes to come, fin
        self._reader, self._writer = headerblocks.Reader(), headerblocks.Writer()
        self._initial = WINDOW
        self._session = _Stream(WINDOW, local_closed=False, remote_closed=False)
        self._obeys_streams = self._obeys_session = False
        self._gone = False
        self.failed = False

    # What comes in

    def receive(self, data: bytes) -> list[Event]:
        """Return what the bytes mean."""
        events: list[Event] = []
        if self.failed:
            return events
        self._buffer += data
        try:
            while self._step(events):
                continue
        except (_Broken, ValueError) as error:
            self._fail(str(error), events)
        return events

    def _fail(self, message: str, events: list[Event]) -> None:
        self.goaway(PROTOCOL_ERROR)
        self.failed = True
        self._streams.clear()
        self._buffer.clear()
        events.append(Failed(message))

    def _step(self, events: list[Event]) -> bool:
        """Read one frame, or what is there of a data frame; tell whether there was any."""
        if self._frame is not None:
            return self._data(*self._frame, events)
        if len(self._buffer) < _HEAD.size:
            return False
        first, second = _HEAD.unpack_from(self._buffer)
        flags, size = second >> 24, second & 0xFFFFFF
        if not first & _CONTROL:
            del self._buffer[: _HEAD.size]
            self._begin_data(first, size, bool(flags & FIN), events)
            return True
        return self._control(first, flags, size, events)

    def _control(self, first: int, flags: int, size: int, events: list[Event]) -> bool:
        version, kind = first >> 16 & 0x7FFF, first & 0xFFFF
        if version != _VERSION:
            raise _Broken(f"a frame is of version {version} of SPDY")
        if size > MAX_CONTROL:
            raise _Broken(f"a control frame has {size} bytes")
        if len(self._buffer) < _HEAD.size + size:
            return False
        payload = bytes(self._buffer[_HEAD.size : _HEAD.size + size])
        del self._buffer[: _HEAD.size + size]
        read = self._READERS.get(kind)  # frames of unknown types are passed over
        if read is not None:
            try:
                read(self, flags, payload, events)
            except struct.error as error:
                raise _Broken(f"a control frame of type {kind} has {size} bytes") from error
        return True

    def _begin_data(self, number: int, size: int, fin: bool, events: list[Event]) -> None:
        if not number:
            raise _Broken("a data frame is of no stream")
        stream = self._streams.get(number)
        if stream is None and not self._was_open(number):
            self.reset(number, INVALID_STREAM)
        elif stream is not None and stream.remote_closed:
            self.reset(number, STREAM_ALREADY_CLOSED)
            events.append(Reset(number, STREAM_ALREADY_CLOSED))
        self._frame = (number, size, fin)
        if not size:
            self._data(number, 0, fin, events)

    def _data(self, number: int, left: int, fin: bool, events: list[Event]) -> bool:
        piece = bytes(self._buffer[:left])
        if left and not piece:
            return False
        del self._buffer[: len(piece)]
        left -= len(piece)
        self._frame = (number, left, fin) if left else None
        stream = self._streams.get(number)
        if stream is None:  # it was given up while this was under way
            self.credit(number, len(piece))
            return True
        ends = fin and not left
        if ends:
            stream.remote_closed = True
            self._sweep(number, stream)
        events.append(Data(number, piece, ends))
        return True

    def _syn_stream(self, flags: int, payload: bytes, events: list[Event]) -> None:
        number, _, _ = _OPENING.unpack_from(payload)
        headers = self._reader.unpack(payload[_OPENING.size :])
        if number % 2 != self._theirs or number <= self._latest:
            raise _Broken(f"stream {number} cannot be opened after stream {self._latest}")
        self._latest = number
        if self._gone:
            return
        if sum(1 for known in self._streams if known % 2 == self._theirs) >= self._max_streams:
            self.reset(number, REFUSED_STREAM)
            return
        fin = bool(flags & FIN)
        self._streams[number] = stream = _Stream(self._initial, local_closed=bool(flags & UNIDIRECTIONAL), remote_closed=fin)
        self._sweep(number, stream)
        events.append(Opened(number, headers, fin))

    def _syn_reply(self, flags: int, payload: bytes, events: list[Event]) -> None:
        number = _NUMBER.unpack_from(payload)[0]
        self._headers_of(number, flags, events, Replied(number, self._reader.unpack(payload[_NUMBER.size :]), bool(flags & FIN)))

    def _more_headers(self, flags: int, payload: bytes, events: list[Event]) -> None:
        number = _NUMBER.unpack_from(payload)[0]
        self._reader.unpack(payload[_NUMBER.size :])  # nobody asks for them, but later blocks build on this one
        self._headers_of(number, flags, events, Data(number, b"", True) if flags & FIN else None)

    def _headers_of(self, number: int, flags: int, events: list[Event], event: Event | None) -> None:
        stream = self._streams.get(number)
        if stream is None or stream.remote_closed:
            return
        if flags & FIN:
            stream.remote_closed = True
            self._sweep(number, stream)
        if event is not None:
            events.append(event)

    def _rst_stream(self, flags: int, payload: bytes, events: list[Event]) -> None:
        number, status = _PAIR.unpack(payload)
        if self._streams.pop(number, None) is not None:
            events.append(Reset(number, status))

    def _settings(self, flags: int, payload: bytes, events: list[Event]) -> None:
        count = _NUMBER.unpack_from(payload)[0]
        if count * _PAIR.size != len(payload) - _NUMBER.size:
            raise _Broken("a SETTINGS frame does not have the length that it says")
        for name, value in _PAIR.iter_unpack(payload[_NUMBER.size :]):
            if name & 0xFFFFFF != INITIAL_WINDOW_SIZE:
                continue
            if value > _MOST:
                raise _Broken(f"an initial window has {value} bytes")
            self._obeys_streams = True
            for stream in self._streams.values():
                stream.room += value - self._initial
            self._initial = value
            events.extend(Granted(number) for number in self._streams)

    def _ping(self, flags: int, payload: bytes, events: list[Event]) -> None:
        if _NUMBER.unpack(payload)[0] % 2 == self._theirs:  # the others would answer pings of ours, and there are none
            self._write(PING, 0, payload)

    def _goaway(self, flags: int, payload: bytes, events: list[Event]) -> None:
        events.append(GoneAway(_PAIR.unpack(payload)[1]))

    def _window_update(self, flags: int, payload: bytes, events: list[Event]) -> None:
        number, more = _PAIR.unpack(payload)
        if not number:
            self._obeys_session = True
            self._session.room += more
            if not more or self._session.room > _MOST:
                raise _Broken(f"a window of {more} bytes was granted to the session")
        else:
            self._obeys_streams = True
            stream = self._streams.get(number)
            if stream is None:
                return
            stream.room += more
            if not more or stream.room > _MOST:
                self.reset(number, FLOW_CONTROL_ERROR)
                events.append(Reset(number, FLOW_CONTROL_ERROR))
                return
        events.append(Granted(number))

    _READERS: "dict[int, Callable[[Connection, int, bytes, list[Event]], None]]" = {
        SYN_STREAM: _syn_stream,
        SYN_REPLY: _syn_reply,
        RST_STREAM: _rst_stream,
        SETTINGS: _settings,
        PING: _ping,
        GOAWAY: _goaway,
        HEADERS: _more_headers,
        WINDOW_UPDATE: _window_update,
    }

    # What goes out

    @property
    def pending(self) -> int:
        """Return how many bytes are to be sent."""
        return len(self._out)

    def take(self) -> bytes:
        """Return what is to be sent."""
        taken = bytes(self._out)
        self._out.clear()
        return taken

    def open(self, headers: Headers, *, fin: bool = False) -> int:
        """Open a stream; return its number."""
        number = self._next
        self._next += 2
        self._streams[number] = _Stream(self._initial, local_closed=fin, remote_closed=False)
        self._write(SYN_STREAM, FIN if fin else 0, _OPENING.pack(number, 0, 0) + self._writer.pack(headers))
        return number

    def reply(self, number: int, headers: Headers = ()) -> None:
        """Accept a stream."""
        if number in self._streams:
            self._write(SYN_REPLY, 0, _NUMBER.pack(number) + self._writer.pack(headers))

    def send(self, number: int, data: bytes | memoryview, *, fin: bool = False) -> int:
        """Send data, as much of it as one frame holds and the peer takes; return how much. `fin` counts where that is all."""
        stream = self._streams.get(number)
        if stream is None or stream.local_closed:
            raise StreamClosed(f"stream {number} is closed")
        count = max(min(len(data), MAX_DATA, self._room(stream)), 0)
        if data and not count:
            return 0
        stream.room -= count
        self._session.room -= count
        stream.local_closed = fin and count == len(data)
        self._out += _HEAD.pack(number, (FIN if stream.local_closed else 0) << 24 | count)
        self._out += data[:count]
        self._sweep(number, stream)
        return count

    def _room(self, stream: _Stream) -> int:
        room = stream.room if self._obeys_streams else MAX_DATA
        return min(room, self._session.room) if self._obeys_session else room

    def reset(self, number: int, status: int = CANCEL) -> None:
        """Give a stream up."""
        self._streams.pop(number, None)
        self._write(RST_STREAM, 0, _PAIR.pack(number, status))

    def credit(self, number: int, count: int) -> None:
        """Let the peer send more, as so many bytes of a stream were read; half a window at a time."""
        stream = self._streams.get(number)
        if stream is not None and not stream.remote_closed:
            self._grant(number, stream, count)
        self._grant(0, self._session, count)

    def _grant(self, number: int, stream: _Stream, count: int) -> None:
        stream.read += count
        if stream.read >= WINDOW // 2:
            self._write(WINDOW_UPDATE, 0, _PAIR.pack(number, stream.read))
            stream.read = 0

    def settings(self, window: int) -> None:
        """Tell the peer the initial window of streams."""
        self._write(SETTINGS, 0, _NUMBER.pack(1) + _PAIR.pack(INITIAL_WINDOW_SIZE, window))

    def goaway(self, status: int = OK) -> None:
        """Tell the peer that no more streams are accepted."""
        self._gone = True
        self._write(GOAWAY, 0, _PAIR.pack(self._latest, status))

    def _write(self, kind: int, flags: int, payload: bytes) -> None:
        if not self.failed:
            self._out += _HEAD.pack(_CONTROL | _VERSION << 16 | kind, flags << 24 | len(payload)) + payload

    # What is known

    def _was_open(self, number: int) -> bool:
        return 0 < number <= self._latest if number % 2 == self._theirs else 0 < number < self._next

    def _sweep(self, number: int, stream: _Stream) -> None:
        if stream.local_closed and stream.remote_closed:
            self._streams.pop(number, None)
