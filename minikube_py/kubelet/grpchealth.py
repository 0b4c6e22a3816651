"""One call of grpc.health.v1.Health/Check over a connection without TLS: as much of HTTP/2 and gRPC as that needs."""

import socket
import struct
import time
from collections.abc import Iterator

from minikube_py.machinery.protobuf import wire

SERVING = "SERVING"
_STATUSES = ("UNKNOWN", SERVING, "NOT_SERVING", "SERVICE_UNKNOWN")
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _AWAY = 0, 1, 3, 4, 6, 7
_END_STREAM, _END_HEADERS, _ACK, _PADDED = 1, 4, 1, 8
_LONGEST = 1 << 20  # bytes that a frame may have


def check(connection: socket.socket, authority: str, service: str, timeout: float) -> str:
    """Return the health that a server tells of a service; ValueError where it does not speak gRPC or refuses, TimeoutError, OSError."""
    end = time.monotonic() + timeout
    connection.settimeout(timeout)
    request = b"" if not service else b"\x0a" + wire.encode_varint(len(service.encode())) + service.encode()
    message = b"\x00" + struct.pack(">I", len(request)) + request
    connection.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, b"") + _frame(_HEADERS, _END_HEADERS, 1, _headers(authority))
                       + _frame(_DATA, _END_STREAM, 1, message))  # fmt: skip
    answer = b""
    for kind, flags, stream, payload in _frames(connection, end):
        if kind == _SETTINGS and not flags & _ACK:
            connection.sendall(_frame(_SETTINGS, _ACK, 0, b""))
        elif kind == _PING and not flags & _ACK:
            connection.sendall(_frame(_PING, _ACK, 0, payload))
        elif kind == _DATA and stream == 1:
            answer += payload[1 : len(payload) - payload[0]] if flags & _PADDED else payload
            if len(answer) >= 5 and len(answer) >= 5 + struct.unpack(">I", answer[1:5])[0]:
                return _status(answer[5:])
        elif kind in (_RESET, _AWAY):
            raise ValueError("the server has ended the call")
        if stream == 1 and flags & _END_STREAM and kind in (_DATA, _HEADERS):
            raise ValueError("the server has refused the call")
    raise ValueError("the server has closed the connection")


def _frames(connection: socket.socket, end: float) -> Iterator[tuple[int, int, int, bytes]]:
    while True:
        head = _read(connection, 9, end)
        if not head:
            return
        length = int.from_bytes(head[:3], "big")
        if length > _LONGEST:
            raise ValueError("the server does not speak HTTP/2")
        payload = _read(connection, length, end)
        yield head[3], head[4], int.from_bytes(head[5:9], "big") & 0x7FFFFFFF, payload


def _read(connection: socket.socket, count: int, end: float) -> bytes:
    """Return so many bytes; none where the other side has closed."""
    content = b""
    while len(content) < count:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        connection.settimeout(left)
        piece = connection.recv(count - len(content))
        if not piece:
            return b""
        content += piece
    return content


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def _headers(authority: str) -> bytes:
    """Return the request's headers in HPACK, each as a literal that is not remembered."""
    fields = ((":method", "POST"), (":scheme", "http"), (":path", "/grpc.health.v1.Health/Check"), (":authority", authority),
              ("content-type", "application/grpc"), ("te", "trailers"), ("user-agent", "kube-probe"))  # fmt: skip
    return b"".join(b"\x00" + _text(name) + _text(value) for name, value in fields)


def _text(text: str) -> bytes:
    content = text.encode()
    return _prefixed(len(content)) + content


def _prefixed(number: int) -> bytes:
    """Return an HPACK integer with a prefix of 7 bits."""
    return bytes((number,)) if number < 127 else b"\x7f" + wire.encode_varint(number - 127)


def _status(message: bytes) -> str:
    """Return field 1 of a HealthCheckResponse."""
    if not message:
        return _STATUSES[0]
    if message[0] != 0x08 or len(message) < 2 or message[1] >= len(_STATUSES):
        raise ValueError("the answer is no HealthCheckResponse")
    return _STATUSES[message[1]]
