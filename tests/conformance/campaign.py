"""What the campaigns against a served cluster share: a server of their own, clients that speak HTTPS themselves, watchers that keep a record."""

import asyncio
import json
import os
import ssl
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from minikube_py.kits import yaml
from tests.conformance.conftest import Served

GONE = (aiohttp.ClientError, ConnectionError, TimeoutError, ssl.SSLError)  # what a client sees of a server that ends
CONFIGMAPS = "/api/v1/namespaces/default/configmaps"
LINE_LIMIT = 4 * 1024 * 1024


class Keys(NamedTuple):
    """How to reach a server as its administrator."""

    url: str
    port: int
    authority: bytes
    certificate: bytes
    key: bytes


def keys(served: Served) -> Keys:
    """Read the kubeconfig that the server wrote."""
    config: Any = next(iter(yaml.load_all(Path(served.kubeconfig).read_bytes()))).value
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    fields = (cluster["certificate-authority-data"], user["client-certificate-data"], user["client-key-data"])
    return Keys(cluster["server"], int(served.port), *(b64decode(field) for field in fields))


def context(authority: bytes, certificate: bytes = b"", key: bytes = b"") -> ssl.SSLContext:
    """Return a client's side of TLS, with a client certificate or without."""
    made = ssl.create_default_context(cadata=authority.decode())
    if certificate:
        with tempfile.TemporaryDirectory() as folder:
            paths = os.path.join(folder, "crt"), os.path.join(folder, "key")
            for path, content in zip(paths, (certificate, key), strict=True):
                Path(path).write_bytes(content)
            made.load_cert_chain(*paths)
    return made


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Give a server that must end well, and without complaints."""
    server = Served(folder)
    try:
        yield server
    finally:
        found = server.stop() if server.process.poll() is None else (0, "")  # a test may have ended it
    assert found == (0, ""), found[1]


def memory(served: Served) -> int:
    """Return how many bytes of memory the server has had at most."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


class Answer(NamedTuple):
    """An answer that was read to its end."""

    code: int
    text: str

    @property
    def body(self) -> Any:
        """Return the body as what it says."""
        return json.loads(self.text)


class Api:
    """An administrator's client."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request and read the answer."""
        data = None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(method, self.url + path, data=data, headers=given) as response:
            return Answer(response.status, await response.text())

    async def good(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request that must go well."""
        found = await self.send(method, path, body, **headers)
        assert found.code in (200, 201), (method, path, found)
        return found.body

    async def events(self, path: str, accept: str = "application/json", **query: str) -> AsyncIterator[dict[str, Any]]:
        """Watch until the server ends the watch."""
        timeout, headers = aiohttp.ClientTimeout(total=None), {"Accept": accept}
        async with self.session.get(self.url + path, params={"watch": "1", **query}, timeout=timeout, headers=headers) as response:
            assert response.status == 200, await response.text()
            while line := await response.content.readline():
                yield json.loads(line)


@asynccontextmanager
async def client(served: Served, connections: int = 0) -> AsyncIterator[Api]:
    """Give a client with as many connections as it may need."""
    found = keys(served)
    tls = context(found.authority, found.certificate, found.key)
    connector = aiohttp.TCPConnector(ssl=tls, limit=connections)
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, read_bufsize=LINE_LIMIT) as session:
        yield Api(session, found.url)


def configmap(name: str, **data: str) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default", "labels": {"campaign": "yes"}}, "data": data}


class Event(NamedTuple):
    """What a watcher notes of an event."""

    type: str
    name: str
    version: int  # the resourceVersion


async def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for something that must come to be."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
    assert condition(), what


class Watcher:
    """Watches as a reflector does: goes on from the last resourceVersion when its connection ends, and lists anew after 410."""

    def __init__(self, api: Api, path: str, version: str, **query: str) -> None:
        self.seen: list[Event] = []
        self.bookmarks = 0
        self.connections = 0
        self.relists: list[dict[str, int]] = []  # resourceVersions by name
        self.version = version
        self._api = api
        self._path = path
        self._query = query

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                await self._once()
            except GONE:
                await asyncio.sleep(0.1)

    async def _once(self) -> None:
        self.connections += 1
        async for event in self._api.events(self._path, resourceVersion=self.version, allowWatchBookmarks="true", **self._query):
            obj = event["object"]
            if event["type"] == "ERROR":
                assert obj["code"] == 410, obj
                await self._relist()
                return
            if obj["kind"] == "Table":
                obj = obj["rows"][0]["object"]
            metadata = obj["metadata"]
            self.version = metadata["resourceVersion"]
            if event["type"] == "BOOKMARK":
                self.bookmarks += 1
            else:
                self.seen.append(Event(event["type"], metadata["name"], int(self.version)))

    async def _relist(self) -> None:
        listing = await self._api.good("GET", self._path)
        self.relists.append({item["metadata"]["name"]: int(item["metadata"]["resourceVersion"]) for item in listing["items"]})
        self.version = listing["metadata"]["resourceVersion"]


@asynccontextmanager
async def running(*work: Awaitable[None]) -> AsyncIterator[None]:
    """Let something run beside the block. What fails there is raised at the block's end."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException) and not isinstance(one, asyncio.CancelledError):
            raise one
