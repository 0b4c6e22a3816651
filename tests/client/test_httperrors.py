"""What urllib3, ssl and the system raise, in the words of Go's net/http."""

import http.client
import socket
import ssl

import pytest
import urllib3

from minikube_py.client import httperrors

HOST = "host:6443"
NOT_VERIFIED = "Unable to connect to the server: tls: failed to verify certificate: x509: "


def untrusted(code: int, text: str = "") -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, text
    return error


def refused(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConnectionRefusedError(111, "Connection refused"),
         "The connection to the server host:6443 was refused - did you specify the right host or port?"),
        (untrusted(18), NOT_VERIFIED + "certificate signed by unknown authority"),
        (untrusted(21), NOT_VERIFIED + "certificate signed by unknown authority"),
        (untrusted(9), NOT_VERIFIED + "certificate has expired or is not yet valid"),
        (untrusted(10), NOT_VERIFIED + "certificate has expired or is not yet valid"),
        (untrusted(62), NOT_VERIFIED + "certificate is valid for other names, not host"),
        (untrusted(64), NOT_VERIFIED + "certificate is valid for other names, not host"),
        (untrusted(24, "invalid CA certificate"), NOT_VERIFIED + "invalid CA certificate"),
        (refused("WRONG_VERSION_NUMBER"), "Unable to connect to the server: http: server gave HTTP response to HTTPS client"),
        (refused("UNKNOWN_PROTOCOL"), "Unable to connect to the server: http: server gave HTTP response to HTTPS client"),
        (refused("UNEXPECTED_EOF_WHILE_READING"), "Unable to connect to the server: EOF"),
        (refused("TLSV1_ALERT_BAD_CERTIFICATE"), "Unable to connect to the server: remote error: tls: tlsv1 alert bad certificate"),
        (refused(""), "Unable to connect to the server: remote error: tls: handshake failure"),
        (socket.gaierror(-2, "Name or service not known"), "Unable to connect to the server: dial tcp: lookup host: no such host"),
        (TimeoutError("_ssl.c:1: The handshake operation timed out"), "Unable to connect to the server: net/http: TLS handshake timeout"),
        (TimeoutError("timed out"), "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
        (http.client.RemoteDisconnected(), "Unable to connect to the server: EOF"),
        (http.client.BadStatusLine("x"), "Unable to connect to the server: net/http: HTTP/1.x transport connection broken: malformed HTTP response"),
        (http.client.IncompleteRead(b""), "Unable to connect to the server: net/http: HTTP/1.x transport connection broken: IncompleteRead"),
        (OSError(113, "No route to host"), "Unable to connect to the server: dial tcp host:6443: no route to host"),
        (ValueError("odd"), "Unable to connect to the server: the connection failed"),
    ],
)  # fmt: skip
def test_no_answer(error: Exception, message: str) -> None:
    assert str(httperrors.of_connection(error, HOST)) == message
    wrapped = urllib3.exceptions.ProtocolError("Connection aborted.", error)
    assert str(httperrors.of_connection(wrapped, HOST)) == message


@pytest.mark.parametrize(("host", "shown"), [("host", "host"), ("host:1", "host"), ("[::1]:6443", "::1")])
def test_names_are_told_without_ports(host: str, shown: str) -> None:
    assert str(httperrors.of_connection(socket.gaierror(-2, "unknown"), host)).endswith(f"dial tcp: lookup {shown}: no such host")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TimeoutError("timed out"),
         "Unable to connect to the server: context deadline exceeded (Client.Timeout or context cancellation while reading body)"),
        (urllib3.exceptions.ProtocolError("broken", urllib3.exceptions.DecodeError("gzip")), "the server's answer cannot be unpacked"),
        (http.client.IncompleteRead(b""), "the server's answer broke off: unexpected EOF"),
    ],
)  # fmt: skip
def test_answers_that_end_early(error: Exception, message: str) -> None:
    assert str(httperrors.of_answer(error)) == message
