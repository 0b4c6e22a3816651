"""Requests with a short answer, over connections that are kept for the next ones.

A pod takes a dozen of them, and the packages of the clients take as long to be imported as a container takes to start: what lies on the way from a command
to a running pod goes this way, all else through those clients.
"""

import contextlib
import http.client
import select
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from minikube_py.kubelet.engines import wire


class Answer(NamedTuple):
    """What an engine said."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Exchange:
    """The connections to one engine. Any number of threads may ask at once."""

    def __init__(self, address: wire.Address) -> None:
        self._address = address
        self._pool = wire.Pool(self._connect)

    def __del__(self) -> None:
        self._pool.close()

    def _connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("localhost" if self._address.path else self._address.endpoint[0])
        connection.sock = self._address.connect()
        return connection

    def ask(self, method: str, target: str, data: bytes | None = None, headers: Mapping[str, str] | None = None, timeout: float | None = None) -> Answer:
        """Return the answer to a request, whatever its status; Unreachable where there is none."""
        try:
            with self._taken() as connection:
                connection.sock.settimeout(timeout)
                connection.request(method, target, data, dict(headers or {}))
                answer = connection.getresponse()
                return Answer(answer.status, answer.headers, answer.read())  # type: ignore[arg-type]
        except (OSError, http.client.HTTPException) as error:
            raise self._address.unreachable(error) from error

    @contextlib.contextmanager
    def _taken(self) -> Iterator[http.client.HTTPConnection]:
        """Yield a connection for the use of one thread; one that did not serve well, or that the engine closes, is not kept."""
        connection = self._pool.take()
        while connection.sock is None or _is_dropped(connection):
            connection.close()
            connection = self._pool.take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._pool.give(connection)


def _is_dropped(connection: http.client.HTTPConnection) -> bool:
    """Tell whether the engine has closed a connection that rested: it would be too late to find out from a request, which might have been carried out."""
    return bool(select.select([connection.sock], [], [], 0)[0])
