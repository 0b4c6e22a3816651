"""A server that answers with exactly the bytes that a test gives it, whatever HTTP says of them."""

import socket
import threading
from collections.abc import Callable

Say = Callable[[socket.socket, bytes], None]


def answer(body: bytes = b"{}", *, status: str = "200 OK", kind: str = "application/json", headers: bytes = b"") -> bytes:
    """Return a well-formed answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n".encode()
    return head + headers + b"\r\n" + body


class RawSite:
    """Listens on a free port; `say` is called with each connection and the head of its request, of which `heads` keeps all."""

    def __init__(self, say: Say) -> None:
        self.heads: list[bytes] = []
        self._say = say
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.port}"

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            head = b""
            while b"\r\n\r\n" not in head and head[:1] != b"\x16":  # TLS says hello with that
                part = connection.recv(65536)
                if not part:
                    return
                head += part
            self.heads.append(head)
            self._say(connection, head)
        except OSError:
            return  # the client has gone, as some tests want it to
        finally:
            connection.close()

    def close(self) -> None:
        """Stop listening, and end what is open."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            connection.close()
        self._thread.join()


def saying(data: bytes) -> Say:
    """Return what answers every request with the same bytes."""
    return lambda connection, head: connection.sendall(data)
