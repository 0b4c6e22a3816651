"""Commands on servers: how flags and kubeconfig open one, and how to wait for what it does."""

import os
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from minikube_py import KUBERNETES_VERSION
from minikube_py.client import kubeconfigs
from minikube_py.client.kubeconfigs import Overrides, Source
from minikube_py.client.remote import Settings
from minikube_py.client.servers import Server
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.cluster.kubeconfig import Context

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between two looks


def open_server(factory: "Factory", target: "Context") -> Server:
    """Return the server that a context means, with the flags over it; nothing is asked of it yet."""
    values = factory.values
    overrides = Overrides(
        values["server"], values["certificate-authority"], values["insecure-skip-tls-verify"], values["tls-server-name"], values["client-certificate"],
        values["client-key"], values["token"], values["username"], values["password"], values["disable-compression"],
    )  # fmt: skip
    folder = os.path.dirname(os.path.abspath(values["kubeconfig"] or factory.home.kubeconfig))
    source = Source(target.cluster, target.cluster_entry, target.user_name, target.user_entry, folder, named=bool(values["kubeconfig"]))
    connection = kubeconfigs.connection(source, overrides)
    from minikube_py.cli.factory import is_terminal

    if connection.is_secure and connection.is_anonymous:
        from minikube_py.cli import prompting

        username, password = prompting.credentials(factory.streams)
        connection = connection._replace(username=username, password=connection.password or password)
    settings = Settings(factory.environment, factory.request_timeout(), is_terminal(factory.streams.stdin), factory.log)
    server = Server(connection, settings, _cache(factory, connection.server))
    if values["match-server-version"]:
        _match(server)
    return server


def _cache(factory: "Factory", url: str) -> str:
    """Return the folder for what discovery of a server says, for this user only; empty where there can be none."""
    name = re.sub(r"[^\w.-]", "_", url.partition("://")[2])
    given = factory.values["cache-dir"]
    try:
        if not given:
            return factory.home.make("cache", "discovery", name)
        path = os.path.join(os.path.abspath(given), "discovery", name)
        os.makedirs(path, mode=0o700, exist_ok=True)
        return path
    except (KctlError, OSError):
        return ""


def _match(server: Server) -> None:
    found = server.version()["gitVersion"]
    if found != KUBERNETES_VERSION:
        raise KctlError(f"server version ({found}) differs from client version ({KUBERNETES_VERSION})")


def until(done: Callable[[], bool], timeout: float | None) -> bool:
    """Look again and again, ever less often, until `done()`; False where `timeout` seconds have passed first (None: never)."""
    end = None if timeout is None else time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while not done():
        left = None if end is None else end - time.monotonic()
        if left is not None and left <= 0:
            return False
        time.sleep(pause if left is None else min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)
    return True
