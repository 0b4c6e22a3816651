"""Connections to one server: TLS as the kubeconfig asks for, and a proxy where there is one. The only door to urllib3's pools."""

import os
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

import urllib3  # noqa: TID253  (loaded for servers only)
from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: TID253

from minikube_py.client.kubeconfigs import Connection
from minikube_py.machinery.errors import KctlError

Dialled = Callable[[str, float, float], None]  # told of each connection: its address, the seconds for TCP, those for TLS


def open_pool(connection: Connection, environment: Mapping[str, str], dialled: Dialled | None = None) -> urllib3.PoolManager:
    """Return a pool; KctlError where certificates or keys make no sense. `environment` may name a proxy."""
    options: dict[str, object] = {"maxsize": 4, "retries": False}
    if connection.insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # who says --insecure-skip-tls-verify knows
    if connection.is_secure:
        options["ssl_context"] = context(connection)
        if connection.tls_server_name:
            options["server_hostname"] = connection.tls_server_name
        if connection.insecure:
            options |= {"cert_reqs": "CERT_NONE", "assert_hostname": False}
    proxy = connection.proxy or proxy_of(environment, connection.server)
    if not proxy:
        pool = urllib3.PoolManager(**options)  # type: ignore[arg-type]
        if dialled is not None:
            _let_tell(pool, dialled)
        return pool
    parts = urlsplit(proxy)
    if parts.scheme not in ("http", "https"):
        raise KctlError("the environment names a proxy that is neither http nor https: that is not supported by this version of kctl")
    headers = None
    if parts.username:
        headers = urllib3.make_headers(proxy_basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return urllib3.ProxyManager(address, proxy_headers=headers, **options)  # type: ignore[arg-type]


def through(connect: Callable[[], socket.socket]) -> urllib3.PoolManager:
    """Return a pool for http:// whose connections are made by `connect`."""

    class Given(HTTPConnection):
        """A connection that is there already."""

        def connect(self) -> None:
            """Take one."""
            self.sock = connect()

    class Pool(urllib3.HTTPConnectionPool):
        """Such connections."""

        ConnectionCls = Given

    pool = urllib3.PoolManager(maxsize=4, retries=False)
    pool.pool_classes_by_scheme = {"http": Pool}
    return pool


def _let_tell(pool: urllib3.PoolManager, dialled: Dialled) -> None:
    """Let a pool tell of each connection that it makes."""

    class Timed:
        """What both kinds of connections do."""

        host: str
        port: int
        _dial = 0.0

        def _new_conn(self) -> socket.socket:
            began = time.monotonic()
            made: socket.socket = super()._new_conn()  # type: ignore[misc]
            self._dial = time.monotonic() - began
            return made

        def connect(self) -> None:
            """Connect, and tell."""
            began = time.monotonic()
            super().connect()  # type: ignore[misc]
            dialled(f"{self.host}:{self.port}", self._dial, time.monotonic() - began - self._dial)

    plain = type("Plain", (Timed, HTTPConnection), {})
    secure = type("Secure", (Timed, HTTPSConnection), {})
    pool.pool_classes_by_scheme = {
        "http": type("PlainPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }


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
    """Load a client's certificate and key. Python's ssl takes files only: they are this user's alone, and gone at once."""
    import tempfile

    for what, pem in (("certificate", certificate), ("key", key)):
        if b"-----BEGIN " not in pem:
            raise KctlError(f"tls: failed to find any PEM data in {what} input")
    try:
        made_folder = tempfile.TemporaryDirectory(prefix="kctl-")
    except OSError as error:
        raise KctlError(f"cannot make a temporary folder for the client's certificate: {error.strerror}") from error
    with made_folder as folder:
        path = os.path.join(folder, "pair.pem")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key.rstrip() + b"\n" + certificate)
        except OSError as error:
            raise KctlError(f"cannot write {path}: {error.strerror}") from error
        try:
            made.load_cert_chain(path, password="")  # an encrypted key must not ask at the terminal
        except (ssl.SSLError, ValueError, OSError) as error:
            text = "private key does not match public key" if "MISMATCH" in str(error) else "failed to parse the client's certificate or private key"
            raise KctlError(f"tls: {text}") from None


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
