"""The front end over an apiserver in memory: plain HTTP on a free port, users by bearer token, no loops."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from yarl import URL

from minikube_py.apiserver.http.frontend import Frontend
from minikube_py.apiserver.http.metrics import Metrics
from minikube_py.apiserver.http.plain import Pages
from minikube_py.apiserver.http.watches import Hub
from minikube_py.apiserver.http.worker import Worker
from minikube_py.apiserver.server import APIServer
from minikube_py.kits.clock import SystemClock
from minikube_py.machinery import errors, scheme
from minikube_py.plugin import hookimpl
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.manager import PluginManager
from minikube_py.plugin.reader import Reader
from minikube_py.plugin.registries import Registry
from minikube_py.storage.memory import MemoryBackend

USERS = {"admin": UserInfo("admin", ("system:masters",)), "jane": UserInfo("jane")}


class Tokens:
    """A plugin that knows the users of the tests."""

    name = "Tokens"

    def authenticate(self, credentials: Credentials, reader: Reader) -> UserInfo | None:
        if not credentials.bearer_token:
            return None
        if credentials.bearer_token not in USERS:
            raise errors.Unauthorized()
        return USERS[credentials.bearer_token]

    @hookimpl
    def kctl_register_authenticators(self, registry: Registry[Any]) -> None:
        registry.add(self.name, self)


class Place:
    """A store in memory, with nothing but the hub to do between requests."""

    def __init__(self, post: Callable[..., object]) -> None:
        import random

        self.server = APIServer(MemoryBackend(), scheme.builtin(), PluginManager(given=(Tokens(),)).registry, SystemClock(), random.Random(1), anonymous=True)
        self.hub = Hub(self.server, post)
        self.closed = False

    def batch(self) -> AbstractContextManager[None]:
        return self.server.store.backend.batch()

    def undone(self) -> None:
        """Nothing here remembers what was undone."""

    def turn(self, idle: float, waits: Callable[[], bool]) -> float:
        self.hub.pump()
        return 0.005

    def close(self) -> None:
        self.closed = True


class Answer(NamedTuple):
    """What came back."""

    code: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.text)


class Site:
    """A running front end, and a client for it."""

    def __init__(self, place: Place, worker: Worker, metrics: Metrics, session: aiohttp.ClientSession, root: str) -> None:
        self.place = place
        self.worker = worker
        self.metrics = metrics
        self.session = session
        self.root = root
        self.ready = True

    async def ask(self, method: str, path: str, body: Any = None, *, user: str = "admin", data: bytes | None = None, **headers: str) -> Answer:
        """Send a request; `headers` are spelled with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if user:
            sent.setdefault("Authorization", f"Bearer {user}")
        if body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        payload = None if data is None else io.BytesIO(data)
        async with self.session.request(method, URL(self.root + path, encoded=True), data=payload, headers=sent) as response:
            return Answer(response.status, response.headers, await response.text(errors="replace"))

    async def configmap(self, name: str, **data: str) -> Answer:
        """Create a ConfigMap."""
        return await self.ask("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": name, "labels": data}, "data": data})

    @asynccontextmanager
    async def watch(self, path: str, **headers: str) -> AsyncIterator["Events"]:
        """Open a watch."""
        sent = {"Authorization": "Bearer admin"} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(path, headers=sent) as response:
            yield Events(response)


class Events:
    """The events of a watch, one after another."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self) -> tuple[str, Any]:
        """Return type and object of the next event."""
        line = await asyncio.wait_for(self.response.content.readline(), 10)
        event = json.loads(line)
        return event["type"], event["object"]

    async def names(self, count: int) -> list[tuple[str, str]]:
        """Return type and name of the next events."""
        return [(kind, obj["metadata"]["name"]) for kind, obj in [await self.next() for _ in range(count)]]

    async def at_end(self) -> bool:
        """Tell whether nothing more comes."""
        return await asyncio.wait_for(self.response.content.readline(), 10) == b""


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Run a front end; the namespace default is there."""
    loop, places = asyncio.get_running_loop(), list[Place]()

    def opening() -> Place:
        places.append(Place(loop.call_soon_threadsafe))
        return places[0]

    worker = Worker(opening, loop)
    await worker.start()
    place, metrics = places[0], Metrics()
    found: list[Site] = []
    pages = Pages(place.server, lambda: metrics.text({"one": ("A gauge.", 1)}), lambda: found[0].ready)
    frontend = Frontend(worker, place.server, place.hub, metrics, pages)
    runner = web.ServerRunner(web.Server(frontend.handle, handler_cancellation=True), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    root = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(root, connector=aiohttp.TCPConnector(limit=500)) as session:
        found.append(Site(place, worker, metrics, session, root))
        await found[0].ask("POST", "/api/v1/namespaces", {"metadata": {"name": "default"}})
        await found[0].ask("POST", "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        yield found[0]
    worker.post(place.hub.end_all)
    await runner.cleanup()
    await worker.stop()
    assert place.closed


def play(scene: Callable[[Site], Any]) -> None:
    """Run a scene on a new site."""

    async def run() -> None:
        async with asyncio.timeout(60), site() as found:
            await scene(found)

    asyncio.run(run())
