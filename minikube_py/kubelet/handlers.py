"""How a probe or a lifecycle hook is carried out: a command in the container, an HTTP request, a connection, a gRPC health check.

All of it blocks, and is done in threads of its own (jobs.py). Texts are the kubelet's.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urljoin, urlsplit

from minikube_py import KUBERNETES_VERSION
from minikube_py.kits import gofmt

_MOST_TEXT = 10 * 1024  # bytes of output that are kept
_MOST_REDIRECTS = 10
_AGENT = f"kube-{{}}/{'.'.join(KUBERNETES_VERSION.lstrip('v').split('.')[:2])}"  # probe or lifecycle
_REDIRECTS = (301, 302, 303, 307, 308)
_PLAIN = "http: server gave HTTP response to HTTPS client"
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")  # how OpenSSL takes an answer in plain HTTP


class Outcome(NamedTuple):
    """What came of it. `known` is False where it could not be found out, which counts as nothing at all; `warns` where it is well, and yet to be told."""

    well: bool
    text: str = ""
    known: bool = True
    warns: bool = False


class Reach(Protocol):
    """One container, as probes and hooks get at it."""

    def run(self, command: Sequence[str], timeout: float) -> tuple[int, bytes]:
        """Run a command in it to its end; TimeoutError after so many seconds."""

    def connect(self, port: int, timeout: float) -> socket.socket:
        """Connect to one of its ports; OSError."""

    def check(self, port: int, timeout: float) -> None:
        """Connect to one of its ports, and no more; OSError."""


class Where(NamedTuple):
    """A container in its pod: `host` is the pod's address, as texts show it; `title` says in texts which container it is."""

    reach: Reach
    host: str
    ports: Mapping[str, int]  # by name
    title: str = ""

    def port(self, wanted: Any) -> int:
        """Return a port by number or name; ValueError, in Go's words, where there is none of that name or number."""
        found = self.ports.get(wanted, wanted)
        if not isinstance(found, int) and not str(found).isdecimal():
            raise ValueError(f"strconv.Atoi: parsing {gofmt.quote(found)}: invalid syntax")
        if not 0 < int(found) < 65536:
            raise ValueError(f"invalid port number: {found}")
        return int(found)

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
    if "exec" in spec:
        return _exec_hook(list(spec["exec"].get("command") or ()), where, timeout)
    if "httpGet" not in spec:  # tcpSocket is only there for old manifests: no kubelet connects
        return "Cannot run handler: invalid handler"
    try:
        problem = _http_hook(spec["httpGet"], where, timeout)
    except Exception as error:
        problem = str(error) or type(error).__name__
    return problem and f"HTTP lifecycle hook ({spec['httpGet'].get('path', '')}) for {where.title} failed - error: {problem}"


def _exec_hook(command: Sequence[str], where: Where, timeout: float) -> str:
    output = ""
    try:
        code, written = where.reach.run(command, timeout)
        output = _text(written)
        problem = f"command '{' '.join(command)}' exited with {code}: {output}" if code else ""
    except TimeoutError:
        problem = f"command {gofmt.quote(' '.join(command))} timed out after {timeout:g}s"
    except Exception as error:
        problem = str(error) or type(error).__name__
    shown = f"Exec lifecycle hook ([{' '.join(command)}]) for {where.title}"
    return problem and f"{shown} failed - error: {problem}, message: {gofmt.quote(output)}"


def _http_hook(spec: Mapping[str, Any], where: Where, timeout: float) -> str:
    """Make the request of a hook; return why there was no answer. Any answer will do, and one in plain HTTP to HTTPS is asked for once more."""
    problem = _request(spec, where, timeout, "lifecycle").problem
    if problem == _PLAIN:
        open_headers = [header for header in spec.get("httpHeaders") or () if header["name"].lower() != "authorization"]
        problem = _request({**spec, "scheme": "HTTP", "httpHeaders": open_headers}, where, timeout, "lifecycle").problem
    return problem


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
    except OSError:
        return Outcome(False, f'timeout: failed to connect service "{where.host}:{port}" within {timeout:g}s: context deadline exceeded')
    except ValueError as error:
        return Outcome(False, f"error: health rpc probe failed: {error}")
    return Outcome(status == grpchealth.SERVING, "" if status == grpchealth.SERVING else f"service unhealthy (responded with \"{status}\")")


class _Answer(NamedTuple):
    """What a server answered, or why there is no answer."""

    status: int = 0
    body: str = ""
    problem: str = ""


def _http(spec: Mapping[str, Any], where: Where, timeout: float) -> Outcome:
    """Make a GET request; a redirect that is not followed counts as good, with a warning."""
    answer = _request(spec, where, timeout, "probe")
    if answer.problem:
        return Outcome(False, answer.problem)
    if 300 <= answer.status < 400:
        return Outcome(True, f"Probe terminated redirects, Response body: {answer.body}", warns=True)
    return Outcome(True, answer.body) if 200 <= answer.status < 300 else Outcome(False, f"HTTP probe failed with statuscode: {answer.status}")


def _request(spec: Mapping[str, Any], where: Where, timeout: float, agent: str) -> _Answer:
    """Make a GET request, and those to which redirects on the same host lead."""
    port, host = where.port(spec["port"]), spec.get("host") or where.host
    url = _url(str(spec.get("scheme") or "HTTP").lower(), host, port, str(spec.get("path") or "/"))
    named, headers = _headers(spec.get("httpHeaders") or (), _AGENT.format(agent))
    for _ in range(_MOST_REDIRECTS):
        try:
            status, location, body = _get(url, where, [("Host", named or urlsplit(url).netloc), *headers], timeout)
        except TimeoutError:
            return _Answer(problem=f'Get "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)')
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, ssl.SSLError) and error.reason in _NO_TLS and agent == "lifecycle":
                return _Answer(problem=_PLAIN)
            return _Answer(problem=f'Get "{url}": {_dialled(error, host, port)}')
        target = urljoin(url, location)
        if status not in _REDIRECTS or not location or urlsplit(target).hostname != urlsplit(url).hostname:
            return _Answer(status, body)
        url, named = target, "" if urlsplit(location).netloc else named
    return _Answer(problem=f'Get "{url}": stopped after {_MOST_REDIRECTS} redirects')


def _url(scheme: str, host: str, port: int, path: str) -> str:
    """Return where a request goes: to this host, whatever other one the path names."""
    parts = urlsplit(path)
    way = quote(parts.path, safe="/%:@!$&'()*+,;=~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?[]") if parts.query else ""
    place = f"[{host}]" if ":" in host else host
    return f"{scheme}://{place}:{port}{'' if way.startswith('/') else '/'}{way}{f'?{query}' if query else ''}"


def _headers(wanted: Sequence[Mapping[str, str]], agent: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the host that is to be named, if any, and the other headers: all that are asked for, and those that a kubelet adds.

    Who asks for an empty User-Agent or Accept gets none.
    """
    asked = [(header["name"], header.get("value") or "") for header in wanted]
    first: dict[str, str] = {}
    for name, value in asked:
        first.setdefault(name.lower(), value)
    none = {name for name in ("user-agent", "accept") if first.get(name) == ""} | {"host"}
    usual = (("User-Agent", agent), ("Accept", "*/*"), ("Connection", "close"))
    added = [(name, value) for name, value in usual if name.lower() not in first]
    return first.get("host", ""), [*added, *(header for header in asked if header[0].lower() not in none)]


def _get(url: str, where: Where, headers: Sequence[tuple[str, str]], timeout: float) -> tuple[int, str, str]:
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
        connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or "", _text(answer.read(_MOST_TEXT))
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
