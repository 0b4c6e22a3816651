"""The real kubectl, 1.27 to 1.33, streams: over WebSocket and over SPDY, as each does by itself and as it can be told to."""

import fcntl
import hashlib
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import sockets
from tests.apiserver.http.streaming import serving
from tests.apiserver.http.streaming.localruntime import LocalRuntime, is_streaming
from tests.apiserver.http.streaming.serving import Ran, Serving

_COMMAND, _FORWARD = "KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "KUBECTL_PORT_FORWARD_WEBSOCKETS"
_OVER_WEBSOCKET, _OVER_SPDY = ("GET", "websocket"), ("POST", "SPDY/3.1")
_VERSIONS = ("1.27", "1.28", "1.29", "1.30", "1.31", "1.32", "1.33")
_COMMANDS = [
    *((version, {}, _OVER_SPDY if version < "1.30" else _OVER_WEBSOCKET) for version in _VERSIONS),
    ("1.29", {_COMMAND: "true"}, _OVER_WEBSOCKET),
    ("1.33", {_COMMAND: "false"}, _OVER_SPDY),
]
_FORWARDS = [
    *((version, {}, _OVER_SPDY if version < "1.31" else _OVER_WEBSOCKET) for version in _VERSIONS),
    ("1.30", {_FORWARD: "true"}, _OVER_WEBSOCKET),
    ("1.33", {_FORWARD: "false"}, _OVER_SPDY),
]
_commands = pytest.mark.parametrize(("version", "environment", "transport"), _COMMANDS, ids=str)
_forwards = pytest.mark.parametrize(("version", "environment", "transport"), _FORWARDS, ids=str)
_each_way = pytest.mark.parametrize("environment", [{}, {_COMMAND: "false"}], ids=["websocket", "spdy"])
_DRY_RUN = "Error from server (BadRequest): unable to upgrade connection: container web of pod default/web-1 does not run: the runtime is a dry run\n"


@pytest.fixture
def runtime(tmp_path: Path) -> LocalRuntime:
    (tmp_path / "container").mkdir()
    return LocalRuntime(tmp_path / "container")


@pytest.fixture
def server(runtime: LocalRuntime, tmp_path: Path) -> Iterator[Serving]:
    with serving.serving(is_streaming(runtime), tmp_path / "home") as found:
        yield found


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


@_commands
def test_exec_gives_output_errors_and_the_exit_code(server: Serving, version: str, environment: dict[str, str], transport: tuple[str, str]) -> None:
    ran = server.run(version, "exec", "web-1", "--", "sh", "-c", "echo out; echo err >&2; exit 7", **environment)
    assert ran == Ran(7, "out\n", "err\ncommand terminated with exit code 7\n")
    assert server.asked == [transport]


@_commands
def test_exec_i_reads_to_the_end(server: Serving, version: str, environment: dict[str, str], transport: tuple[str, str]) -> None:
    assert server.run(version, "exec", "-i", "web-1", "--", "wc", "-c", stdin="x" * 1_000_000, **environment) == Ran(0, "1000000\n", "")
    assert server.asked == [transport]


@_commands
def test_attach_joins_the_main_process(server: Serving, version: str, environment: dict[str, str], transport: tuple[str, str]) -> None:
    ran = server.run(version, "attach", "-i", "web-1", "-q", stdin="hello\n", **environment)
    assert (ran.code, ran.out) == (0, "hello\n")
    assert server.asked == [transport]


@_commands
def test_exec_it_has_a_terminal_of_the_right_size(server: Serving, version: str, environment: dict[str, str], transport: tuple[str, str]) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
    script = 'while [ "$(stty size)" = "0 0" ]; do :; done; stty size; read line; echo "got $line"; exit 3'
    line = server.line(version, "exec", "-it", "web-1", "--", "sh", "-c", script)
    with subprocess.Popen(line, env=server.environment(TERM="xterm", **environment), stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as kubectl:
        os.close(theirs)
        os.write(ours, b"a line\n")
        seen = b""
        while b"got a line" not in seen:
            seen += os.read(ours, 4096)
        _, err = kubectl.communicate(timeout=60)
    os.close(ours)
    assert b"33 77\r\n" in seen
    assert (kubectl.returncode, err) == (3, b"command terminated with exit code 3\n")
    assert server.asked == [transport]


@_commands
def test_cp_there_and_back(server: Serving, runtime: LocalRuntime, tmp_path: Path, version: str, environment: dict[str, str],
                           transport: tuple[str, str]) -> None:  # fmt: skip
    content = os.urandom(300_000)
    (tmp_path / "here").write_bytes(content)
    (runtime.folder / "sub").mkdir()
    assert server.run(version, "cp", "here", "web-1:sub/there", cwd=tmp_path, **environment) == Ran(0, "", "")
    assert (runtime.folder / "sub" / "there").read_bytes() == content
    assert server.run(version, "cp", "web-1:sub/there", "back", cwd=tmp_path, **environment) == Ran(0, "", "")
    assert (tmp_path / "back").read_bytes() == content
    assert set(server.asked) == {transport}


@_each_way
def test_megabytes_go_both_ways_at_once(server: Serving, environment: dict[str, str]) -> None:
    content = os.urandom(8_000_000)
    line = server.line("1.33", "exec", "-i", "web-1", "--", "cat")
    done = subprocess.run(line, env=server.environment(**environment), input=content, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(content).digest()


@_each_way
def test_a_process_that_reads_nothing_ends_all_the_same(server: Serving, environment: dict[str, str]) -> None:
    ran = server.run("1.33", "exec", "-i", "web-1", "--", "sh", "-c", "exit 5", stdin="x" * 4_000_000, **environment)
    assert ran.code == 5
    assert ran.err.endswith("command terminated with exit code 5\n")


@_each_way
def test_a_client_that_reads_nothing_blocks_itself_only(server: Serving, runtime: LocalRuntime, environment: dict[str, str]) -> None:
    line = server.line("1.33", "exec", "web-1", "--", "yes")
    with subprocess.Popen(line, env=server.environment(**environment), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as deaf:
        assert deaf.stdout is not None
        assert deaf.stdout.read(2) == b"y\n"
        assert server.run("1.33", "exec", "web-1", "--", "echo", "still here", **environment) == Ran(0, "still here\n", "")
        assert runtime.ran[0].code is None
        deaf.kill()
    _until(lambda: server.under_way == 0)
    assert runtime.ran[0].code == -signal.SIGKILL


@_each_way
def test_a_process_is_let_go_of_when_its_client_dies(server: Serving, runtime: LocalRuntime, environment: dict[str, str]) -> None:
    line = server.line("1.33", "exec", "web-1", "--", "sh", "-c", "echo up; sleep 1000")
    with subprocess.Popen(line, env=server.environment(**environment), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as kubectl:
        assert kubectl.stdout is not None
        assert kubectl.stdout.readline() == b"up\n"
        kubectl.kill()
    _until(lambda: server.under_way == 0)
    assert runtime.ran[0].code == -signal.SIGKILL


@_each_way
def test_silence_ends_after_the_idle_timeout(server: Serving, runtime: LocalRuntime, environment: dict[str, str]) -> None:
    server.idle = 2.0
    server.run("1.33", "exec", "web-1", "--", "sleep", "1000", **environment)
    _until(lambda: server.under_way == 0)
    assert runtime.ran[0].code == -signal.SIGKILL


@_commands
def test_a_dry_run_refuses_before_any_upgrade(tmp_path: Path, version: str, environment: dict[str, str], transport: tuple[str, str]) -> None:
    with serving.serving(object(), tmp_path / "home") as server:
        assert server.run(version, "exec", "web-1", "--", "date", **environment) == Ran(1, "", _DRY_RUN)
        assert server.run(version, "attach", "-q", "web-1", **environment) == Ran(1, "", _DRY_RUN)
        assert server.asked[0] == transport


@_forwards
def test_a_dry_run_has_no_ports(tmp_path: Path, version: str, environment: dict[str, str], transport: tuple[str, str]) -> None:
    with serving.serving(object(), tmp_path / "home") as server:
        ran = server.run(version, "port-forward", "pod/web-1", ":80", **environment)
        assert ran == Ran(1, "", "error: error upgrading connection: unable to upgrade connection: pod default/web-1 does not run: the runtime is a dry run\n")
        assert server.asked[0] == transport


@pytest.mark.parametrize("version", ["1.27", "1.33"])
def test_what_fails_to_start_is_told(server: Serving, version: str) -> None:
    ran = server.run(version, "exec", "web-1", "--", "no-such-command")
    assert (ran.code, ran.out) == (1, "")
    assert "error executing command in container: [Errno 2] No such file or directory: 'no-such-command'" in ran.err


@pytest.mark.parametrize("version", ["1.27", "1.33"])
def test_the_same_over_tls(runtime: LocalRuntime, tmp_path: Path, version: str) -> None:
    content = "x" * 1_000_000
    with serving.serving(runtime, tmp_path / "home", tls=True) as server:
        assert server.run(version, "exec", "-i", "web-1", "--", "cat", stdin=content) == Ran(0, content, "")
        with sockets.echo() as port, _forwarding(server, version, port) as (_, (local,)):
            assert sockets.talk(local, content.encode()) == content.encode() + b"goodbye"
        line = server.line(version, "exec", "web-1", "--", "yes")
        with subprocess.Popen(line, env=server.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as kubectl:
            assert kubectl.stdout is not None
            assert kubectl.stdout.read(2) == b"y\n"
            kubectl.kill()
        _until(lambda: server.under_way == 0)
    assert [process.code for process in runtime.ran] == [0, -signal.SIGKILL]


@contextmanager
def _forwarding(server: Serving, version: str, *ports: int, **environment: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Run kubectl port-forward; give it, and the local ports."""
    line = server.line(version, "port-forward", "--address=127.0.0.1", "pod/web-1", *(f":{port}" for port in ports))
    with subprocess.Popen(line, env=server.environment(**environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as kubectl:
        assert kubectl.stdout is not None
        found = {}
        for _ in ports:
            match = re.fullmatch(r"Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)\n", kubectl.stdout.readline())
            assert match is not None
            found[int(match.group(2))] = int(match.group(1))
        try:
            yield kubectl, [found[port] for port in ports]
        finally:
            kubectl.kill()


@_forwards
def test_port_forward_of_two_ports_with_half_closes(server: Serving, version: str, environment: dict[str, str], transport: tuple[str, str]) -> None:
    content = os.urandom(500_000)
    with sockets.echo() as one, sockets.echo() as two, _forwarding(server, version, one, two, **environment) as (_, (first, second)):
        assert sockets.talk(first, content) == content + b"goodbye"
        assert sockets.talk(second, b"short") == b"shortgoodbye"
        with socket.create_connection(("127.0.0.1", first)) as idle:  # one that is open holds up no other
            assert sockets.talk(first, b"again") == b"againgoodbye"
            idle.sendall(b"x")
            assert idle.recv(1) == b"x"
    _until(lambda: server.under_way == 0)
    assert server.asked == [transport]


@_forwards
def test_a_port_where_nobody_listens_is_told(server: Serving, version: str, environment: dict[str, str], transport: tuple[str, str]) -> None:
    with sockets.refusing_port() as port, _forwarding(server, version, port, **environment) as (kubectl, (local,)):
        with socket.create_connection(("127.0.0.1", local)) as connection:
            assert connection.recv(1) == b""
        assert kubectl.stderr is not None
        assert f"error forwarding port {port} to pod web-1, uid u-1: [Errno 111]" in kubectl.stderr.readline()


@pytest.mark.parametrize("environment", [{}, {_FORWARD: "false"}], ids=["websocket", "spdy"])
def test_many_connections_through_one_forward(server: Serving, environment: dict[str, str]) -> None:
    content = [os.urandom(20_000) for _ in range(40)]
    with sockets.echo() as port, _forwarding(server, "1.33", port, **environment) as (_, (local,)):
        assert sockets.talk_at_once(local, content) == [data + b"goodbye" for data in content]
