"""The framing of SPDY/3.1, without any I/O: round trips between a client and a server, and what hostile peers send."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikube_py.apiserver.http.streaming import headerblocks, spdy
from minikube_py.apiserver.http.streaming.spdy import Connection, Data, Failed, Granted, Opened, Replied, Reset


def _pair() -> tuple[Connection, Connection]:
    return Connection(client=True), Connection()


def _control(kind: int, payload: bytes, *, flags: int = 0, version: int = 3) -> bytes:
    return struct.pack(">II", 1 << 31 | version << 16 | kind, flags << 24 | len(payload)) + payload


def _data(number: int, data: bytes, *, flags: int = 0) -> bytes:
    return struct.pack(">II", number, flags << 24 | len(data)) + data


def _syn(number: int, block: bytes, *, flags: int = 0) -> bytes:
    return _control(spdy.SYN_STREAM, struct.pack(">IIH", number, 0, 0) + block, flags=flags)


def _opened(**limits: int) -> tuple[Connection, Connection]:
    """Return a client and a server with stream 1 open between them."""
    client, server = Connection(client=True), Connection(**limits)
    client.open((("streamtype", "data"),))
    server.receive(client.take())
    return client, server


def test_the_dictionary_is_the_specifications() -> None:
    assert (len(headerblocks.DICTIONARY), zlib.adler32(headerblocks.DICTIONARY)) == (1423, 0xE3C6A7C2)


def test_a_stream_is_opened_accepted_and_written_both_ways() -> None:
    client, server = _pair()
    number = client.open((("StreamType", "data"), ("port", "80")))
    assert server.receive(client.take()) == [Opened(1, (("streamtype", "data"), ("port", "80")), False)]
    server.reply(number)
    assert server.send(number, b"hello") == 5
    assert client.receive(server.take()) == [Replied(1, (), False), Data(1, b"hello", False)]
    client.send(number, b"bye", fin=True)
    assert server.receive(client.take()) == [Data(1, b"bye", True)]
    server.send(number, b"", fin=True)
    assert client.receive(server.take()) == [Data(1, b"", True)]
    with pytest.raises(spdy.StreamClosed):
        server.send(number, b"more")


def test_header_blocks_build_on_those_before() -> None:
    client, server = _pair()
    sizes = []
    for request in range(3):
        client.open((("streamtype", "data"), ("port", "8080"), ("requestid", str(request))))
        sent = client.take()
        sizes.append(len(sent))
        assert server.receive(sent) == [Opened(request * 2 + 1, (("streamtype", "data"), ("port", "8080"), ("requestid", str(request))), False)]
    assert sizes[1] < sizes[0]


def test_a_stream_ends_when_both_sides_have_closed_it() -> None:
    client, server = _opened()
    server.send(1, b"", fin=True)
    client.send(1, b"late", fin=True)
    assert server.receive(client.take()) == [Data(1, b"late", True)]
    server.take()
    assert server.receive(_data(1, b"too late")) == []
    assert server.take() == b""


def test_data_after_the_end_resets_the_stream() -> None:
    client, server = _opened()
    client.send(1, b"", fin=True)
    server.receive(client.take())
    assert server.receive(_data(1, b"x")) == [Reset(1, spdy.STREAM_ALREADY_CLOSED)]
    assert client.receive(server.take()) == [Reset(1, spdy.STREAM_ALREADY_CLOSED)]


def test_a_reset_ends_both_directions() -> None:
    client, server = _opened()
    client.reset(1)
    assert server.receive(client.take()) == [Reset(1, spdy.CANCEL)]
    with pytest.raises(spdy.StreamClosed):
        server.send(1, b"x")


def test_data_of_no_known_stream_is_answered_by_a_reset() -> None:
    _, server = _opened()
    assert server.receive(_data(77, b"x")) == []
    assert server.take() == _control(spdy.RST_STREAM, struct.pack(">II", 77, spdy.INVALID_STREAM))


def test_pings_are_answered_and_answers_to_none_are_not() -> None:
    client, server = _pair()
    assert server.receive(_control(spdy.PING, struct.pack(">I", 3))) == []
    assert (answer := server.take()) == _control(spdy.PING, struct.pack(">I", 3))
    assert (client.receive(answer), client.take()) == ([], b"")


def test_goaway_refuses_later_streams() -> None:
    client, server = _pair()
    server.goaway()
    assert client.receive(server.take()) == [spdy.GoneAway(0)]
    client.open(())
    assert server.receive(client.take()) == []


def test_a_peer_that_grants_nothing_is_sent_everything() -> None:
    client, server = _opened()
    for _ in range(8):
        assert server.send(1, bytes(spdy.MAX_DATA)) == spdy.MAX_DATA
    assert sum(len(event.data) for event in client.receive(server.take()) if isinstance(event, Data)) == 8 * spdy.MAX_DATA


def test_a_peer_that_grants_windows_has_them_obeyed() -> None:
    client, server = _opened()
    client.settings(10)
    assert server.receive(client.take()) == [Granted(1)]
    assert server.send(1, b"0123456789abc", fin=True) == 10
    assert server.send(1, b"abc", fin=True) == 0
    server.receive(_control(spdy.WINDOW_UPDATE, struct.pack(">II", 1, 2)))
    assert server.send(1, b"abc", fin=True) == 2
    server.receive(_control(spdy.SETTINGS, struct.pack(">III", 1, spdy.INITIAL_WINDOW_SIZE, 11)))
    assert server.send(1, b"c", fin=True) == 1


def test_the_sessions_window_holds_for_all_streams() -> None:
    _, server = _opened()
    sent = 0
    while sent < spdy.WINDOW:
        sent += server.send(1, bytes(spdy.MAX_DATA))
    assert server.receive(_control(spdy.WINDOW_UPDATE, struct.pack(">II", 0, 7))) == [Granted(0)]
    assert (server.send(1, bytes(100)), server.send(1, bytes(100))) == (7, 0)


def test_what_was_read_is_granted_half_a_window_at_a_time() -> None:
    client, server = _opened()
    client.send(1, bytes(spdy.MAX_DATA))
    server.receive(client.take())
    server.credit(1, 100)
    assert server.take() == b""
    server.credit(1, spdy.WINDOW // 2 - 100)
    assert client.receive(server.take()) == [Granted(1), Granted(0)]


@pytest.mark.parametrize("more", [0, 0x7FFFFFFF])
def test_a_window_that_overflows_or_grants_nothing_resets_the_stream(more: int) -> None:
    _, server = _opened()
    assert server.receive(_control(spdy.WINDOW_UPDATE, struct.pack(">II", 1, more))) == [Reset(1, spdy.FLOW_CONTROL_ERROR)]


def test_too_many_streams_are_refused_one_by_one() -> None:
    client, server = _opened(max_streams=2)
    for _ in range(3):
        client.open(())
    assert server.receive(client.take()) == [Opened(3, (), False)]
    assert client.receive(server.take()) == [Reset(5, spdy.REFUSED_STREAM), Reset(7, spdy.REFUSED_STREAM)]
    client.reset(1)
    client.open(())
    assert server.receive(client.take()) == [Reset(1, spdy.CANCEL), Opened(9, (), False)]


def _block(plain: bytes) -> bytes:
    deflate = zlib.compressobj(zdict=headerblocks.DICTIONARY)
    return deflate.compress(plain) + deflate.flush(zlib.Z_SYNC_FLUSH)


_TWICE = struct.pack(">I", 2) + (struct.pack(">I", 1) + b"a" + struct.pack(">I", 1) + b"b") * 2


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (_control(spdy.PING, b"\0\0\0\1", version=2), "a frame is of version 2 of SPDY"),
        (_control(spdy.PING, b"\0\0\0"), "a control frame of type 6 has 3 bytes"),
        (struct.pack(">II", 1 << 31 | 3 << 16 | 1, 0xFFFFFF), "a control frame has 16777215 bytes"),
        (_data(0, b"x"), "a data frame is of no stream"),
        (_syn(2, _block(b"\0\0\0\0")), "stream 2 cannot be opened after stream 0"),
        (_syn(1, b"no zlib at all"), "a header block cannot be inflated: Error -3 while decompressing data: incorrect header check"),
        (_syn(1, _block(bytes(10_000_000))), "a header block is larger than 65536 bytes"),
        (_syn(1, _block(struct.pack(">I", 1 << 30))), "a header block has more than 128 fields"),
        (_syn(1, _block(struct.pack(">II", 1, 9) + b"short")), "a header block ends in the middle of a field"),
        (_syn(1, _block(b"\0\0")), "a header block ends in the middle of a number"),
        (_syn(1, _block(b"\0\0\0\0rest")), "a header block is longer than its fields"),
        (_syn(1, _block(_TWICE)), "a header block has a name that is empty, or there twice"),
        (_control(spdy.SETTINGS, struct.pack(">I", 1 << 30)), "a SETTINGS frame does not have the length that it says"),
        (_control(spdy.SETTINGS, struct.pack(">III", 1, 7, 1 << 31)), "an initial window has 2147483648 bytes"),
        (_control(spdy.WINDOW_UPDATE, struct.pack(">II", 0, 0)), "a window of 0 bytes was granted to the session"),
    ],
)
def test_nonsense_ends_the_connection_and_says_so(sent: bytes, message: str) -> None:
    server = Connection()
    assert server.receive(sent) == [Failed(message)]
    assert server.take()[:4] == struct.pack(">I", 1 << 31 | 3 << 16 | spdy.GOAWAY)
    assert server.receive(_control(spdy.PING, b"\0\0\0\1")) == []


def test_a_header_bomb_inflates_to_its_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = _block(bytes(10_000_000))
    assert len(bomb) < spdy.MAX_CONTROL
    asked: list[int] = []
    reader = headerblocks.Reader()

    class Spy:
        unconsumed_tail, eof = b"more", False

        def decompress(self, block: bytes, limit: int) -> bytes:
            asked.append(limit)
            return bytes(limit)

    monkeypatch.setattr(reader, "_inflate", Spy())
    with pytest.raises(ValueError, match="larger than 65536"):
        reader.unpack(bomb)
    assert asked == [headerblocks.LIMIT + 1]


def test_a_stream_number_is_used_once() -> None:
    client, server = _opened()
    assert server.receive(_syn(1, headerblocks.Writer().pack(()))) != []
    assert server.failed


@given(st.binary(max_size=400))
def test_any_bytes_whatever_are_taken(junk: bytes) -> None:
    _, server = _opened()
    events = server.receive(junk)
    assert server.failed == any(isinstance(event, Failed) for event in events)
    assert len(server.take()) <= 3 * len(junk) + 16


_FRAMES = st.one_of(
    st.builds(_control, st.integers(0, 12), st.binary(max_size=40), flags=st.integers(0, 3)),
    st.builds(_data, st.integers(0, 9), st.binary(max_size=40), flags=st.integers(0, 1)),
    st.builds(lambda number, block, flags: _syn(number, block, flags=flags), st.integers(0, 9), st.binary(max_size=20), st.integers(0, 3)),
)


@given(st.lists(_FRAMES, max_size=12))
def test_any_frames_in_any_order_are_taken(frames: list[bytes]) -> None:
    _, server = _opened()
    events = [event for frame in frames for event in server.receive(frame)]
    assert sum(isinstance(event, Failed) for event in events) == int(server.failed)


@given(st.lists(st.tuples(st.sampled_from((1, 3, 5)), st.binary(max_size=50)), max_size=20), st.lists(st.integers(1, 30), max_size=60))
def test_frames_may_come_in_any_pieces(writes: list[tuple[int, bytes]], cuts: list[int]) -> None:
    client, server = _pair()
    for _ in range(3):
        client.open((("streamtype", "data"),))
    expected = {1: b"", 3: b"", 5: b""}
    for number, data in writes:
        client.send(number, data)
        expected[number] += data
    for number in expected:
        client.send(number, b"", fin=True)
    wire, events = client.take(), []
    for cut in cuts:
        events += server.receive(wire[:cut])
        wire = wire[cut:]
    events += server.receive(wire)
    got, ended = {1: b"", 3: b"", 5: b""}, []
    for event in events:
        if isinstance(event, Data):
            got[event.stream] += event.data
            if event.fin:
                ended.append(event.stream)
    assert (got, ended) == (expected, [1, 3, 5])
