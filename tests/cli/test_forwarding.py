"""kctl port-forward carries connections over WebSocket and SPDY, and in process."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from minikube_py.cli.commands import port_forward
from minikube_py.client.rest import RestClient
from minikube_py.machinery.meta import Object
from tests import sockets
from tests.cli import streaming
from tests.cli.streaming import Way


@contextmanager
def _forwarding(way: Way, *ports: int) -> Iterator[tuple["subprocess.Popen[bytes]", dict[int, int]]]:
    """Run port-forward; give it, and the local port of each port."""
    line = ("port-forward", "--address=127.0.0.1", "pod/web-1", *(f":{port}" for port in ports))
    with way.start(*line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as kctl:
        assert kctl.stdout is not None
        found = {}
        for _ in ports:
            match = re.fullmatch(rb"Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)\n", kctl.stdout.readline())
            assert match is not None
            found[int(match.group(2))] = int(match.group(1))
        try:
            yield kctl, found
        finally:
            kctl.kill()


@pytest.fixture(params=["websocket", "spdy"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    with streaming.opened(request.param, tmp_path) as found:
        yield found


def test_several_ports_with_half_closes(remote: Way) -> None:
    content = os.urandom(500_000)
    with sockets.echo() as one, sockets.echo() as two, _forwarding(remote, one, two) as (kctl, local):
        assert sockets.talk(local[one], content) == content + b"goodbye"
        assert kctl.stdout is not None
        assert kctl.stdout.readline() == b"Handling connection for %d\n" % local[one]
        with socket.create_connection(("127.0.0.1", local[one])) as idle:  # one that is open holds up no other
            assert sockets.talk(local[two], b"short") == b"shortgoodbye"
            idle.sendall(b"x")
            assert idle.recv(1) == b"x"
        kctl.send_signal(signal.SIGINT)
        _, err = kctl.communicate(timeout=30)
        assert (kctl.returncode, err) == (0, b"")


def test_many_connections_at_once(remote: Way) -> None:
    content = [os.urandom(20_000) for _ in range(30)]
    with sockets.echo() as port, _forwarding(remote, port) as (_, local):
        assert sockets.talk_at_once(local[port], content) == [data + b"goodbye" for data in content]


def test_a_port_where_nobody_listens_ends_it(remote: Way) -> None:
    with sockets.refusing_port() as port, _forwarding(remote, port) as (kctl, local):
        with socket.create_connection(("127.0.0.1", local[port])) as connection:
            assert connection.recv(1) == b""
        _, err = kctl.communicate(timeout=30)
    first, last = err.decode().splitlines()
    assert first.startswith(f"error: an error occurred forwarding {local[port]} -> {port}: error forwarding port {port} to pod web-1, uid u-1: [Errno 111]")
    assert (last, kctl.returncode) == ("error: lost connection to pod", 1)


def test_in_process(tmp_path: Path) -> None:
    with streaming.opened("process", tmp_path) as way, sockets.echo() as port:
        local = sockets.free_port()
        heard: list[bytes] = []

        def talk() -> None:
            while True:
                try:
                    heard.append(sockets.talk(local, b"hello"))
                except ConnectionRefusedError:
                    continue
                break
            os.kill(os.getpid(), signal.SIGINT)

        talking = threading.Thread(target=talk)
        talking.start()
        ran = way.run("port-forward", "web-1", f"{local}:{port}", "--address=127.0.0.1")
        talking.join()
    assert ran == (0, f"Forwarding from 127.0.0.1:{local} -> {port}\nHandling connection for {local}\n", "")
    assert heard == [b"hellogoodbye"]


def test_in_process_a_port_where_nobody_listens_ends_it(tmp_path: Path) -> None:
    with streaming.opened("process", tmp_path) as way, sockets.refusing_port() as port:
        local = sockets.free_port()

        def knock() -> None:
            while True:
                with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", local)) as connection:
                    assert connection.recv(1) == b""
                    return

        knocking = threading.Thread(target=knock)
        knocking.start()
        code, _, err = way.run("port-forward", "web-1", f"{local}:{port}", "--address=127.0.0.1")
        knocking.join()
    first, last = err.splitlines()
    assert first.startswith(f"error: an error occurred forwarding {local} -> {port}: [Errno 111]")
    assert (last, code) == ("error: lost connection to pod", 1)


def test_in_process_it_ends_with_the_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bool] = []
    is_gone = port_forward._is_gone
    with streaming.opened("process", tmp_path) as way:

        def look(client: RestClient, pod: Object) -> bool:
            looked.append(is_gone(client, pod))
            if not looked[-1]:
                assert way.run("delete", "pod", "web-1", "--now").code == 0
            return looked[-1]

        monkeypatch.setattr(port_forward, "_is_gone", look)
        code, out, err = way.run("port-forward", "web-1", ":80", "--address=127.0.0.1")
    assert re.fullmatch(r"Forwarding from 127\.0\.0\.1:\d+ -> 80\n", out)
    assert (code, err, looked) == (1, "error: lost connection to pod\n", [False, True])


def test_a_port_that_is_taken(remote: Way) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = remote.run("port-forward", "web-1", f"{port}:80", "--address=127.0.0.1")
    assert (code, out) == (1, "")
    assert err == (
        f"Unable to listen on port {port}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 "
        f"127.0.0.1:{port}: bind: address already in use]\nerror: unable to listen on any of the requested ports: [{{{port} 80}}]\n"
    )
