"""Ports for tests that have to name one before it is used; whatever else listens or connects on the machine meanwhile."""

import random
import socket
from collections.abc import Iterator
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
