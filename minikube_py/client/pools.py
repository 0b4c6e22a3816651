"""Connections to one server: TLS as the kubeconfig asks for, and a proxy where there is one."""

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from minikube_py.client import http1
from minikube_py.client.kubeconfigs import Connection
from minikube_py.machinery.errors import KctlError

Dialled = Callable[[str, float, float], None]  # told of each connection: its address, the seconds for TCP, those for TLS


def open_pool(connection: Connection, environment: Mapping[str, str], dialled: Dialled | None = None) -> http1.Sender:
    """Return a pool; KctlError where certificates or keys make no sense. `environment` may name a proxy."""
    tls = context(connection) if connection.is_secure else None
    proxy = connection.proxy or proxy_of(environment, connection.server)
    if not proxy:
        return http1.Pool(connection.server, lambda timeout: _dial(connection, tls, timeout, dialled))
    if urlsplit(proxy).scheme not in ("http", "https"):
        raise KctlError("the environment names a proxy that is neither http nor https: that is not supported by this version of kctl")
    from minikube_py.client import proxied

    return proxied.Proxied(connection.server, proxy, tls, connection.tls_server_name)


def _dial(connection: Connection, tls: ssl.SSLContext | None, timeout: float, dialled: Dialled | None) -> socket.socket:
    """Connect to the server itself, and tell how long that took."""
    parts = urlsplit(connection.server)
    host, port = parts.hostname or "", parts.port or (443 if tls is not None else 80)
    began = time.monotonic()
    try:
        made = socket.create_connection((_spelled(host), port), timeout)
    except TimeoutError as error:
        raise http1.DialTimeout(str(error)) from error
    connected = time.monotonic()
    try:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            made = tls.wrap_socket(made, server_hostname=_spelled(connection.tls_server_name or host))
    except BaseException:
        made.close()
        raise
    if dialled is not None:
        dialled(f"{host}:{port}", connected - began, time.monotonic() - connected)
    return made


def _spelled(host: str) -> Any:
    """Return a name as bytes, which spares the codec of international ones: it takes a while to load."""
    return host.encode() if host.isascii() else host


def through(server: str, connect: Callable[[], socket.socket]) -> http1.Sender:
    """Return a pool for a server over http:// whose connections are made by `connect`."""
    return http1.Pool(server, lambda timeout: connect())


def context(connection: Connection) -> ssl.SSLContext:
    """Return the client's side of TLS."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    if connection.insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif connection.authority:
        try:
            made.load_verify_locations(cadata=connection.authority.decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError) as error:
            raise KctlError("unable to load root certificates: unable to parse bytes as PEM block") from error
    else:
        made.load_default_certs()
    if connection.certificate:
        _load_pair(made, connection.certificate, connection.key)
    return made


def _load_pair(made: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Load a client's certificate and key."""
    for what, pem in (("certificate", certificate), ("key", key)):
        if b"-----BEGIN " not in pem:
            raise KctlError(f"tls: failed to find any PEM data in {what} input")
    with _file(key.rstrip() + b"\n" + certificate) as path:
        try:
            made.load_cert_chain(path, password="")  # an encrypted key must not ask at the terminal
        except (ssl.SSLError, ValueError, OSError) as error:
            text = "private key does not match public key" if "MISMATCH" in str(error) else "failed to parse the client's certificate or private key"
            raise KctlError(f"tls: {text}") from None


@contextmanager
def _file(content: bytes) -> Iterator[str]:
    """Give the path of a file, as Python's ssl takes nothing else: one in memory, or one that is this user's alone and gone at once."""
    try:
        descriptor = os.memfd_create("kctl")
    except (AttributeError, OSError):  # Linux has it
        descriptor = -1
    path = f"/proc/self/fd/{descriptor}"
    if descriptor >= 0:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if os.path.exists(path):
                yield path
                return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="kctl-") as folder:
        path = os.path.join(folder, "pair.pem")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield path


def proxy_of(environment: Mapping[str, str], server: str) -> str:
    """Return the proxy that the environment names for a server, as Go's net/http reads it; none for this machine itself."""
    parts = urlsplit(server)
    host, name = parts.hostname or "", f"{parts.scheme}_proxy"
    proxy = environment.get(name.upper()) or environment.get(name) or ""
    if not proxy or host == "localhost" or host.startswith("127.") or host == "::1":
        return ""
    excluded = (environment.get("NO_PROXY") or environment.get("no_proxy") or "").split(",")
    if any(_covers(entry.strip().lower(), host, parts.port) for entry in excluded):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _covers(entry: str, host: str, port: int | None) -> bool:
    """Tell whether an entry of NO_PROXY covers a host: *, a name with all below it, .name for what is below only, an address or a network."""
    if not entry:
        return False
    if entry == "*":
        return True
    name, _, wanted = entry.partition(":")
    if wanted.isdecimal():
        if port != int(wanted):
            return False
        entry = name
    if "/" in entry:
        return _in_network(entry, host)
    return host == entry or host.endswith(entry if entry.startswith(".") else f".{entry}")


def _in_network(network: str, host: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
