"""Ports of this machine for tests: free ones whatever else listens or connects meanwhile, one that refuses, one that echoes."""

import random
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

_LEAST = 10_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")  # from which the kernel takes the ports of outgoing connections


def free_port() -> int:
    """Return a port that is free now, and that no connection is given by chance."""
    end = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    for port in random.SystemRandom().sample(range(min(_LEAST, end - 1000), end), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    raise AssertionError("all ports are taken")


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port of 127.0.0.1 that refuses connections: it is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@contextmanager
def echo() -> Iterator[int]:
    """Serve an echo, which says goodbye after the other side's end."""

    def answer(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(65536):
                connection.sendall(data)
            connection.sendall(b"goodbye")

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=answer, args=(connection,)))
            threads[-1].start()

    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def talk(port: int, content: bytes) -> bytes:
    """Send all to a port of this machine, and an end; return all that comes back."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        sending = threading.Thread(target=lambda: (connection.sendall(content), connection.shutdown(socket.SHUT_WR)))
        sending.start()
        heard = b""
        while data := connection.recv(65536):
            heard += data
        sending.join()
    return heard


def talk_at_once(port: int, contents: list[bytes]) -> list[bytes]:
    """Do so with each in a connection of its own, all at the same time."""
    with ThreadPoolExecutor(len(contents)) as threads:
        return list(threads.map(lambda content: talk(port, content), contents))
