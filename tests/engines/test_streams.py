"""Logs, exec and attach carry every byte, in both directions, whatever the speed of either side."""

import asyncio
import os
import threading
import time

import pytest

from minikube_py.kubelet.engines import api
from tests.engines.support import Box, Sink, Size, Source, Streams, Typing, run, wait

MANY = 10_000_000


def lines(box: Box, container: str, **options) -> list[tuple[str, bytes]]:
    return [(line.stream, line.text) for line in box.engine.logs(container, **{"follow": False, **options})]


def test_logs_tell_streams_times_and_ends_of_lines(box: Box) -> None:
    before = time.time()
    ended = box.ended("sh", "-c", "echo one; sleep 0.2; echo two >&2; sleep 0.2; printf 'a\\0\\377\\r\\nno end'")
    logged = list(box.engine.logs(ended.id, follow=False))
    other = b"\xff" if box.engine.name == "podman" else "\ufffd".encode()  # Docker's log is JSON, which holds text only
    assert [(line.stream, line.text) for line in logged[:3]] == [("stdout", b"one\n"), ("stderr", b"two\n"), ("stdout", b"a\x00" + other + b"\r\n")]
    assert b"".join(line.text for line in logged[3:]).removesuffix(b"\n") == b"no end"
    assert before - 1 < logged[0].at < logged[1].at < logged[2].at < time.time() + 1
    assert all(len(line.stamp) >= len("2026-01-02T03:04:05.123456Z") for line in logged)


def test_the_end_of_a_log_and_what_came_since(box: Box) -> None:
    ended = box.ended("sh", "-c", "for i in 1 2 3 4 5; do echo $i; sleep 0.1; done")
    logged = list(box.engine.logs(ended.id, follow=False))
    assert lines(box, ended.id, tail=2) == [("stdout", b"4\n"), ("stdout", b"5\n")]
    assert lines(box, ended.id, tail=0) == []
    assert len(lines(box, ended.id, tail=100)) == 5
    assert lines(box, ended.id, since=logged[3].at) == [("stdout", b"4\n"), ("stdout", b"5\n")]
    assert lines(box, ended.id, since=logged[1].at, tail=1) == [("stdout", b"5\n")]


def test_a_log_is_followed_to_its_end(box: Box) -> None:
    container = box.run("sh", "-c", "echo a; sleep 0.5; echo b; sleep 0.3; echo c >&2")
    assert sorted(lines(box, container, follow=True)) == [("stderr", b"c\n"), ("stdout", b"a\n"), ("stdout", b"b\n")]


def test_following_ends_when_it_is_closed(box: Box) -> None:
    container = box.run("sh", "-c", "echo a; sleep 1000")
    log = box.engine.logs(container, follow=True)
    assert next(log).text == b"a\n"
    threading.Timer(0.3, log.close).start()
    assert list(log) == []


def test_a_container_without_a_log(box: Box) -> None:
    assert lines(box, box.create()) == []
    with pytest.raises(api.NotFound):
        lines(box, "no-such-container")


def test_a_big_log_and_long_lines(box: Box) -> None:
    ended = box.ended("sh", "-c", f"head -c {MANY} /dev/zero | tr '\\0' 'x'; echo; seq 1 20000")
    logged = b"".join(text for _, text in lines(box, ended.id))
    assert logged == b"x" * MANY + b"\n" + b"".join(b"%d\n" % number for number in range(1, 20001))
    assert [text for _, text in lines(box, ended.id, tail=3)] == [b"19998\n", b"19999\n", b"20000\n"]


def test_a_log_of_a_terminal(box: Box) -> None:
    ended = box.ended("sh", "-c", "echo one; echo two >&2", tty=True)
    logged = lines(box, ended.id)  # a terminal's lines may come in parts
    assert {stream for stream, _ in logged} == {"stdout"} and b"".join(text for _, text in logged) == b"one\r\ntwo\r\n"


def test_exec_carries_streams_and_the_exit_code(box: Box) -> None:
    container = box.run()
    streams = Streams(Source(b"in\x00put\xff\n", b"more"))
    session = box.engine.exec(container, ["sh", "-c", "cat; echo err >&2; echo $X; id -u; exit 5"], tty=False, stdin=True, env=[("X", "a b")], user="1234")
    assert run(session, streams) == 5
    assert (bytes(streams.stdout.data), bytes(streams.stderr.data)) == (b"in\x00put\xff\nmorea b\n1234\n", b"err\n")


def test_what_is_said_by_a_process_that_reads_nothing_is_not_lost(box: Box) -> None:
    container = box.run()
    for _ in range(5):
        streams = Streams(Source(b"unread"))
        session = box.engine.exec(container, ["sh", "-c", "echo out; echo err >&2; exit 4"], tty=False, stdin=True)
        assert run(session, streams) == 4
        assert (bytes(streams.stdout.data), bytes(streams.stderr.data)) == (b"out\n", b"err\n")


def test_exec_without_stdin(box: Box) -> None:
    streams = Streams()
    assert run(box.engine.exec(box.run(), ["sh", "-c", "cat; echo done"], tty=False, stdin=False), streams) == 0
    assert bytes(streams.stdout.data) == b"done\n"


def test_ten_megabytes_through_a_process(box: Box) -> None:
    data = os.urandom(MANY)
    pieces = [data[at : at + 65_536] for at in range(0, MANY, 65_536)]
    streams = Streams(Source(*pieces))
    assert run(box.engine.exec(box.run(), ["cat"], tty=False, stdin=True), streams, 60) == 0
    assert bytes(streams.stdout.data) == data


def test_a_slow_reader_holds_the_process_back(box: Box) -> None:
    container = box.run()
    slow = Sink(pause=0.05)

    async def main() -> None:
        session = box.engine.exec(container, ["sh", "-c", "yes | head -c 100000000"], tty=False, stdin=False)
        task = asyncio.create_task(session.run(Streams(stdout=slow)))
        async with asyncio.timeout(30):
            while not slow.data:
                await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert len(slow.data) < 50_000_000


def test_a_process_that_closes_its_output_early_or_its_input(box: Box) -> None:
    container = box.run()
    assert run(box.engine.exec(container, ["sh", "-c", "exec >&- 2>&-; sleep 0.5; exit 6"], tty=False, stdin=False), Streams()) == 6
    pieces = [b"y" * 65_536] * 100
    assert run(box.engine.exec(container, ["sh", "-c", "exec <&-; exit 8"], tty=False, stdin=True), Streams(Source(*pieces))) == 8


def test_exec_in_a_terminal_of_some_size(box: Box) -> None:
    streams = Streams(Source(ends=False), tty=True, sizes=(Size(91, 37),))
    script = "i=0; while [ $i -lt 100 ]; do s=$(stty size); [ \"$s\" = '37 91' ] && break; sleep 0.1; i=$((i+1)); done; echo got $s; tty >/dev/null && exit 3"
    assert run(box.engine.exec(box.run(), ["sh", "-c", script], tty=True, stdin=True), streams) == 3
    assert bytes(streams.stdout.data).endswith(b"got 37 91\r\n")


def test_a_process_finds_its_terminal_of_the_right_size(box: Box) -> None:
    if box.engine.name == "docker":
        pytest.skip("Docker 20.10 is told the size when the process has begun")
    streams = Streams(Source(ends=False), tty=True, sizes=(Size(91, 37),))
    assert run(box.engine.exec(box.run(), ["stty", "size"], tty=True, stdin=True), streams) == 0
    assert bytes(streams.stdout.data) == b"37 91\r\n"


def test_every_key_reaches_a_terminal(box: Box) -> None:
    streams = Streams(tty=True)
    streams.stdin = Typing(streams.stdout, b"go", b"\x10\x11a\x10\x11\n")
    session = box.engine.exec(box.run(), ["sh", "-c", "stty -echo -ixon; echo go; head -n 1 | od -An -tx1"], tty=True, stdin=True)
    assert run(session, streams) == 0
    assert b"10 11 61 10 11 0a" in bytes(streams.stdout.data)


def test_the_container_is_killed_during_an_exec(box: Box) -> None:
    container = box.run()

    class Deadly(Sink):
        async def write(self, data: bytes) -> None:
            await asyncio.to_thread(box.engine.kill, container, "SIGKILL")

    assert run(box.engine.exec(container, ["sh", "-c", "echo up; sleep 1000"], tty=False, stdin=False), Streams(stdout=Deadly())) == 137


def test_a_client_that_goes(box: Box) -> None:
    container = box.run()
    session = box.engine.exec(container, ["yes"], tty=False, stdin=False)
    with pytest.raises(OSError, match="the client has gone"):
        run(session, Streams(stdout=Sink(breaks_after=100_000)))

    async def cancelled() -> float:
        task = asyncio.create_task(box.engine.exec(container, ["sleep", "1000"], tty=False, stdin=True).run(Streams(Source(ends=False))))
        await asyncio.sleep(0.5)
        begun = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return time.monotonic() - begun

    assert asyncio.run(cancelled()) < 60
    assert box.engine.run_exec(container, ["echo", "still here"], 20) == (0, b"still here\n")


def test_exec_where_nothing_runs(box: Box) -> None:
    with pytest.raises(api.Conflict):
        box.engine.exec(box.create(), ["true"], tty=False, stdin=False)
    with pytest.raises(api.NotFound):
        box.engine.exec("no-such-container", ["true"], tty=False, stdin=False)


def test_attach_joins_the_main_process(box: Box) -> None:
    container = box.run("sh", "-c", "echo before; while read line; do echo got $line; echo err >&2; done; echo bye", stdin=True, stdin_once=True)
    wait(lambda: list(box.engine.logs(container, follow=False)))
    streams = Streams(Source(b"one\n", b"two\n"))
    assert run(box.engine.attach(container, tty=False, stdin=True), streams) == 0
    assert bytes(streams.stdout.data) == b"got one\ngot two\nbye\n"
    assert bytes(streams.stderr.data) == b"err\nerr\n"
    wait(lambda: box.engine.inspect(container).state == api.EXITED)
    with pytest.raises(api.Conflict):
        box.engine.attach(container, tty=False, stdin=False)


def test_output_goes_on_when_a_client_has_no_more_to_say(box: Box) -> None:
    container = box.run("sh", "-c", "while read line; do sleep 0.5; echo got $line; test $line = end && exit 0; done", stdin=True)
    streams = Streams(Source(b"one\n", b"end\n"))
    assert run(box.engine.attach(container, tty=False, stdin=True), streams) == 0
    assert bytes(streams.stdout.data) == b"got one\ngot end\n"


def test_attach_to_a_terminal(box: Box) -> None:
    script = "stty -echo; while :; do read line; echo size $(stty size); [ \"$line\" = end ] && break; done"
    container = box.run("sh", "-c", script, stdin=True, tty=True)
    streams = Streams(tty=True, sizes=(Size(70, 20),))
    streams.stdin = Typing(streams.stdout, b"size 20 70", b"end\n", again=b"\n")
    assert run(box.engine.attach(container, tty=True, stdin=True), streams) == 0
    assert bytes(streams.stdout.data).endswith(b"size 20 70\r\n")
