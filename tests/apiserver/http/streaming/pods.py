"""The whole front end over a runtime whose ports are those of this machine: a pod, a service in front of it, and the user "pat" who may do one thing."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from minikube_py.kubelet.streams import Streams
from tests.apiserver.http import world
from tests.apiserver.http.world import Site

CORE = "/api/v1/namespaces/default"
POD, SERVICE = f"{CORE}/pods/web-1", f"{CORE}/services/web"


class Nodes:
    """The kubelets of one runtime."""

    def __init__(self, runtime: object) -> None:
        self._runtime = runtime

    def streams(self) -> Streams:
        return Streams(lambda pod: self._runtime)


async def create(site: Site, path: str, body: Any) -> Any:
    """Create an object; return it."""
    made = await site.ask("POST", path, body)
    assert made.code == 201, made.text
    return made.json


async def endpoints(site: Site, name: str, *subsets: Any) -> None:
    """Say what is behind a service."""
    await create(site, f"{CORE}/endpoints", {"metadata": {"name": name}, "subsets": list(subsets)})


async def service(site: Site, name: str, *ports: Any) -> None:
    """Create a service without a selector."""
    await create(site, f"{CORE}/services", {"metadata": {"name": name}, "spec": {"ports": list(ports)}})


def subset(port: int, name: str = "http", *, pod: str = "web-1", ready: bool = True) -> Any:
    """Return a part of Endpoints with one pod."""
    address = {"ip": "10.244.0.5", "targetRef": {"kind": "Pod", "name": pod, "namespace": "default"}}
    return {"addresses" if ready else "notReadyAddresses": [address], "ports": [{"name": name, "port": port}]}


async def fill(site: Site, runtime: object, port: int = 8080) -> None:
    """Put the pod, and the service web whose port 80 (http) leads to `port`, into a site."""
    site.place.server.nodes = Nodes(runtime)  # type: ignore[assignment]
    containers = [{"name": "web", "image": "nginx", "ports": [{"containerPort": port}]}]
    await create(site, f"{CORE}/pods", {"metadata": {"name": "web-1"}, "spec": {"containers": containers, "nodeName": "n1"}})
    await service(site, "web", {"name": "http", "port": 80})
    await endpoints(site, "web", subset(port))


def play(scene: Callable[[Site], Awaitable[None]], folder: Path, *, port: int = 8080, runtime: object = None) -> None:
    """Run a scene on a new site."""
    from tests.apiserver.http.streaming.localruntime import LocalRuntime

    async def whole(site: Site) -> None:
        await fill(site, LocalRuntime(folder) if runtime is None else runtime, port)
        await scene(site)

    world.play(whole)
