"""Which cluster is served, by which process and where: a lock and a file in the cluster's folder."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from minikube_py.cluster.home import Home, check_types, read_json, write_json
from minikube_py.kits import filelock
from minikube_py.machinery.errors import KctlError

_LOCK, _FILE, LOG = "serve.lock", "serve.json", "serve.log"
_TYPES = {"pid": int, "address": str}
_STOP_SECONDS = 30.0


class Served(NamedTuple):
    """A server that runs."""

    pid: int
    address: str  # https://HOST:PORT


@contextmanager
def alone(home: Home, name: str) -> Iterator[None]:
    """Be the only server of a cluster; KctlError where there is one."""
    folder = home.cluster(name)
    try:
        with filelock.hold(os.path.join(folder, _LOCK), 0.0):
            _forget(folder)  # what one left that was killed
            try:
                yield
            finally:
                _forget(folder)
    except TimeoutError as error:
        found = _read(folder)
        where = f" at {found.address} (process {found.pid})" if found is not None else ""
        raise KctlError(f'cluster "{name}" is served already{where}; "kctl serve stop" ends that') from error


def note(home: Home, name: str, address: str) -> None:
    """Put down where this process serves a cluster."""
    write_json(os.path.join(home.cluster(name), _FILE), {"pid": os.getpid(), "address": address})


def find(home: Home, name: str) -> Served | None:
    """Return the server of a cluster; None where there is none."""
    folder = home.cluster(name)
    if not os.path.exists(os.path.join(folder, _LOCK)):
        return None
    try:
        with filelock.hold(os.path.join(folder, _LOCK), 0.0):
            return None
    except TimeoutError:
        return _read(folder)  # None as long as it does not listen yet


def refuse(home: Home, name: str) -> None:
    """Raise where a cluster is served: its files must not go away below the server."""
    found = find(home, name)
    if found is not None:
        raise KctlError(f'cluster "{name}" is served at {found.address} (process {found.pid}); "kctl serve stop" ends that')


def stop(home: Home, name: str) -> Served | None:
    """End the server of a cluster and wait until it is gone; None where there was none."""
    found = find(home, name)
    if found is None:
        return None
    try:
        os.kill(found.pid, signal.SIGTERM)
    except ProcessLookupError:
        return found
    end = time.monotonic() + _STOP_SECONDS
    while find(home, name) is not None:
        if time.monotonic() >= end:
            raise KctlError(f'the server of cluster "{name}" (process {found.pid}) has not ended in {_STOP_SECONDS:g} seconds')
        time.sleep(0.02)
    return found


def _read(folder: str) -> Served | None:
    path = os.path.join(folder, _FILE)
    content = read_json(path)
    if content is None:
        return None
    check_types(content, path, _TYPES)
    if not isinstance(content.get("pid"), int) or not content.get("address"):
        raise KctlError(f"cannot read {path}: pid and address are missing")
    return Served(content["pid"], content["address"])


def _forget(folder: str) -> None:
    try:
        os.unlink(os.path.join(folder, _FILE))
    except FileNotFoundError:
        return
