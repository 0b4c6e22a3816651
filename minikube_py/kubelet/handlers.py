"""How a probe or a lifecycle hook is carried out: a command in the container, an HTTP request, a connection, a gRPC health check.

All of it blocks, and is done in threads of its own (jobs.py). Texts are the kubelet's.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import urljoin, urlsplit

from minikube_py import KUBERNETES_VERSION

_MOST_TEXT = 10 * 1024  # bytes of output that are kept
_MOST_REDIRECTS = 10
_AGENT = f"kube-probe/{'.'.join(KUBERNETES_VERSION.lstrip('v').split('.')[:2])}"


class Outcome(NamedTuple):
    """What came of it. `known` is False where it could not be found out, which counts as nothing at all."""

    well: bool
    text: str = ""
    known: bool = True


class Reach(Protocol):
    """One container, as probes and hooks get at it."""

    def run(self, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        """Run a command in it to its end; TimeoutError after so many seconds."""

    def connect(self, port: int, timeout: float) -> socket.socket:
        """Connect to one of its ports; OSError."""

    def check(self, port: int, timeout: float) -> None:
        """Connect to one of its ports, and no more; OSError."""


class Where(NamedTuple):
    """A container in its pod: `host` is the pod's address, as texts show it."""

    reach: Reach
    host: str
    ports: Mapping[str, int]  # by name

    def port(self, wanted: Any) -> int:
        """Return a port by number or name; ValueError where there is none of that name."""
        if isinstance(wanted, int):
            return wanted
        if wanted in self.ports:
            return self.ports[wanted]
        if str(wanted).isdecimal():
            return int(wanted)
        raise ValueError(f"couldn't find port: {wanted}")

    def connect(self, port: int, host: str, timeout: float) -> socket.socket:
        """Connect to one of the pod's ports, or to one of another host that was named."""
        return self.reach.connect(port, timeout) if host == self.host else socket.create_connection((host, port), timeout)

    def check(self, port: int, host: str, timeout: float) -> None:
        """Connect likewise, and no more."""
        if host == self.host:
            self.reach.check(port, timeout)
        else:
            socket.create_connection((host, port), timeout).close()


def ports_of(containers: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    """Return the named ports of one container."""
    return {port["name"]: port["containerPort"] for spec in containers if spec["name"] == name for port in spec.get("ports") or () if port.get("name")}


def probe(spec: Mapping[str, Any], where: Where) -> Outcome:
    """Carry out a probe."""
    timeout = float(spec.get("timeoutSeconds") or 1)
    try:
        if "exec" in spec:
            return _command(spec["exec"].get("command") or (), where, timeout)
        if "httpGet" in spec:
            return _http(spec["httpGet"], where, timeout)
        if "tcpSocket" in spec:
            return _tcp(spec["tcpSocket"], where, timeout)
        return _grpc(spec["grpc"], where, timeout)
    except Exception as error:  # what an engine or a foreign server does must not end a thread
        return Outcome(False, str(error) or type(error).__name__, known=False)


def hook(spec: Mapping[str, Any], where: Where, timeout: float) -> str:
    """Carry out a lifecycle hook; return why it failed, or an empty text."""
    if "sleep" in spec:
        time.sleep(min(float(spec["sleep"].get("seconds") or 0), timeout))
        return ""
    try:
        if "exec" in spec:
            command = list(spec["exec"].get("command") or ())
            code, output = where.reach.run(command, timeout)
            return f"command '{' '.join(command)}' exited with {code}: {_text(output)}" if code else ""
        if "httpGet" in spec:
            found = _http(spec["httpGet"], where, timeout)
            return "" if found.well else found.text
        found = _tcp(spec["tcpSocket"], where, timeout)
        return "" if found.well else found.text
    except TimeoutError:
        return f"timed out after {timeout:g}s"
    except Exception as error:
        return str(error) or type(error).__name__


def _command(command: Sequence[str], where: Where, timeout: float) -> Outcome:
    try:
        code, output = where.reach.run(command, timeout)
    except TimeoutError:
        return Outcome(False, f'command timed out: "{" ".join(command)}" timed out after {timeout:g}s')
    return Outcome(code == 0, _text(output))


def _text(output: bytes) -> str:
    return output[:_MOST_TEXT].decode("utf-8", "replace")


def _tcp(spec: Mapping[str, Any], where: Where, timeout: float) -> Outcome:
    host, port = spec.get("host") or where.host, where.port(spec["port"])
    try:
        where.check(port, host, timeout)
    except OSError as error:
        return Outcome(False, f"dial tcp {host}:{port}: {_reason(error)}")
    return Outcome(True)


def _grpc(spec: Mapping[str, Any], where: Where, timeout: float) -> Outcome:
    from minikube_py.kubelet import grpchealth

    port = where.port(spec["port"])
    service = spec.get("service") or ""
    try:
        with where.connect(port, where.host, timeout) as connection:
            status = grpchealth.check(connection, f"{where.host}:{port}", service, timeout)
    except TimeoutError:
        return Outcome(False, f'timeout: health rpc did not complete within {timeout:g}s')
    except OSError as error:
        return Outcome(False, f'timeout: failed to connect service "{where.host}:{port}" within {timeout:g}s: {_reason(error)}')
    except ValueError as error:
        return Outcome(False, f"error: health rpc probe failed: {error}")
    return Outcome(status == grpchealth.SERVING, "" if status == grpchealth.SERVING else f"service unhealthy (responded with \"{status}\")")


def _http(spec: Mapping[str, Any], where: Where, timeout: float) -> Outcome:
    """Make a GET request; redirects on the same host are followed, one elsewhere counts as good."""
    port, host = where.port(spec["port"]), spec.get("host") or where.host
    url = urljoin(f"{str(spec.get('scheme') or 'HTTP').lower()}://{host}:{port}/", spec.get("path") or "/")
    headers = {"User-Agent": _AGENT, "Accept": "*/*", "Connection": "close"}
    named = {header["name"]: header["value"] for header in spec.get("httpHeaders") or ()}
    headers = {name: value for name, value in headers.items() if name.lower() not in {other.lower() for other in named}} | named
    for _ in range(_MOST_REDIRECTS):
        try:
            status, location = _get(url, where, headers, timeout)
        except TimeoutError:
            return Outcome(False, f'Get "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)')
        except (OSError, http.client.HTTPException) as error:
            return Outcome(False, f'Get "{url}": {_dialled(error, host, port)}')
        if status not in (301, 302, 303, 307, 308) or not location:
            return Outcome(200 <= status < 400, "" if 200 <= status < 400 else f"HTTP probe failed with statuscode: {status}")
        target = urljoin(url, location)
        if urlsplit(target).hostname != urlsplit(url).hostname:
            return Outcome(True, "Probe terminated redirects")
        url = target
    return Outcome(False, f'Get "{url}": stopped after {_MOST_REDIRECTS} redirects')


def _get(url: str, where: Where, headers: Mapping[str, str], timeout: float) -> tuple[int, str]:
    parts = urlsplit(url)
    host = parts.hostname or where.host
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    stream = where.connect(port, host, timeout)
    stream.settimeout(timeout)
    if parts.scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the kubelet does not verify the certificates of what it probes
        stream = context.wrap_socket(stream, server_hostname=None)
    connection.sock = stream
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or ""
    finally:
        connection.close()


def _dialled(error: Exception, host: str, port: int) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return f"dial tcp {host}:{port}: {_reason(error)}"
    return str(error) or "EOF"


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "i/o timeout"
    if error.errno is None or error.strerror is None:
        return str(error)
    return f"connect: {error.strerror.lower()}"
