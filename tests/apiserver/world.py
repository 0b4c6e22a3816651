"""An apiserver over a store in memory: built-in policies, any number of strangers' plugins, a clock that stands still, no loops."""

import random
from typing import Any

from minikube_py.apiserver.request import Request, Response
from minikube_py.apiserver.server import APIServer
from minikube_py.client.rest import RestClient
from minikube_py.kits.clock import rfc3339
from minikube_py.machinery import scheme
from minikube_py.machinery.meta import Object
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.manager import PluginManager
from minikube_py.storage.memory import MemoryBackend

START = 1767225600.0  # 2026-01-01T00:00:00Z
ADMIN = UserInfo("admin", ("system:masters",))


class Clock:
    """Stands still until somebody moves it."""

    instant = START

    def now(self) -> float:
        return self.instant


class World:
    """An apiserver with the namespace default and its service account."""

    def __init__(self, *plugins: Any, anonymous: bool = False) -> None:
        self.clock = Clock()
        self.backend = MemoryBackend()
        self.scheme = scheme.builtin()
        self.reports: list[BaseException] = []
        self.manager = PluginManager(given=plugins)
        self.server = APIServer(self.backend, self.scheme, PluginManager(given=()).registry, self.clock, random.Random(1), anonymous=anonymous,
                                report=self.reports.append)  # fmt: skip
        setup = self.client()
        setup.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
        setup.create(obj("ServiceAccount", "default"))
        self.server = APIServer(self.backend, self.scheme, self.manager.registry, self.clock, random.Random(1), anonymous=anonymous,
                                report=self.reports.append)  # fmt: skip

    def client(self, user: str | UserInfo = ADMIN, *groups: str, **options: Any) -> RestClient:
        """Return a client of a user."""
        identity = user if isinstance(user, UserInfo) else UserInfo(user, groups)
        return RestClient(lambda request: self.server.handle(request), self.scheme, Credentials(local=identity), **options)

    def send(self, verb: str, resource: str, name: str = "", body: Any = None, *, user: UserInfo = ADMIN, space: str = "default", subresource: str = "",
             content_type: str = "application/json", credentials: Credentials | None = None, **options: Any) -> Response:  # fmt: skip
        """Send one raw request, options under the API's own names."""
        found = self.scheme.must(resource)
        request = Request(verb, found.group, found.version, found.plural, namespace=space if found.namespaced else "", name=name, body=body,
                          subresource=subresource, content_type=content_type, options=options, user_agent="test/1",
                          credentials=credentials or Credentials(local=user))  # fmt: skip
        return self.server.handle(request)

    def stamp(self, seconds: float = 0) -> str:
        """Return the time `seconds` from now as the API spells it."""
        return rfc3339(self.clock.now() + seconds)

    def raw(self, resource: str, name: str, space: str = "default") -> Object | None:
        """Return an object as it is stored."""
        return self.server.reader.get(resource, name, space if self.scheme.must(resource).namespaced else "")


def obj(kind: str, name: str = "", *, api: str = "v1", space: str = "default", labels: dict[str, str] | None = None, **fields: Any) -> Object:
    """Return an object; `meta_*` fields go into its metadata."""
    metadata: Object = {"name": name} if name else {}
    if space:
        metadata["namespace"] = space
    if labels:
        metadata["labels"] = labels
    for field in [field for field in fields if field.startswith("meta_")]:
        metadata[field.removeprefix("meta_")] = fields.pop(field)
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}


def configmap(name: str = "web", **data: str) -> Object:
    """Return a ConfigMap."""
    return obj("ConfigMap", name, data=data)


def pod(name: str = "web", *, node: str = "", **fields: Any) -> Object:
    """Return a Pod of one container, perhaps on a node already."""
    spec: Object = {"containers": [{"name": "main", "image": "nginx"}]}
    if node:
        spec["nodeName"] = node
    return obj("Pod", name, spec={**spec, **fields.pop("spec", {})}, **fields)


def deployment(name: str = "web", replicas: int | None = 1, **fields: Any) -> Object:
    """Return a Deployment."""
    spec: Object = {"selector": {"matchLabels": {"app": name}},
                    "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}}  # fmt: skip
    if replicas is not None:
        spec["replicas"] = replicas
    return obj("Deployment", name, api="apps/v1", spec=spec, **fields)
