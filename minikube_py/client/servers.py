"""One server as commands see it: its clients, its version, its address."""

from collections.abc import Callable, Iterator
from typing import Any

from minikube_py.client import answers, remotediscovery, wire
from minikube_py.client.discoverycache import Cache
from minikube_py.client.kubeconfigs import Connection
from minikube_py.client.remote import Answer, Settings, Transport
from minikube_py.client.remotescheme import RemoteScheme
from minikube_py.client.rest import RestClient
from minikube_py.client.wire import Message
from minikube_py.plugin.auth import Credentials, UserInfo

_NOBODY = Credentials()  # what proves who asks is the transport's affair


class Server:
    """A server over HTTPS or HTTP. `cache` is a folder for what discovery says; empty for none."""

    def __init__(self, connection: Connection, settings: Settings, cache: str = "") -> None:
        self.url = connection.server
        self._transport = Transport(connection, settings)
        self._cache = Cache(cache) if cache else None
        self._scheme: RemoteScheme | None = None

    def client(self, *, user_agent: str, impersonate: UserInfo | None = None, warn: Callable[[str], None] | None = None, fresh: bool = False) -> RestClient:
        """Return a client; `fresh`: with resources as they are now, not as they were."""
        if self._scheme is None or fresh:
            self._scheme = RemoteScheme(lambda: remotediscovery.resources(self._transport.get), self._cache, fresh=fresh)
        return RestClient(self._transport, self._scheme, _NOBODY, user_agent=user_agent, impersonate=impersonate, warn=warn)

    def reached(self) -> tuple[Connection, list[tuple[str, str]]]:
        """Return the way to the server, and the headers that say who asks."""
        return self._transport.reached()

    def version(self) -> dict[str, str]:
        """Return the server's version.Info."""
        answer = self._transport.get("/version", f"{wire.JSON}, */*", remotediscovery.TIMEOUT)
        found: dict[str, Any] = answers.decode(answer.data, answer.content_type, "/version")
        if not isinstance(found.get("gitVersion"), str):
            raise answers.Strange("the server answered /version with what is no version")
        return {name: answers.clean(value) for name, value in found.items() if isinstance(value, str)}

    def fetch(self, path: str, accept: str) -> Answer:
        """Return the answer to a GET of a path that is about no resource."""
        return self._transport.get(path, accept)

    def raw(self, message: Message) -> Iterator[bytes]:
        """Yield the answer to a request that is not looked into."""
        return self._transport.raw(message)

    def close(self) -> None:
        """Let go of its connections."""
        self._transport.close()
