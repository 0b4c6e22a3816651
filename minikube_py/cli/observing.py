"""What becomes of one object while the cluster goes on: its state now, then every change."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from minikube_py.cli.infos import Info
from minikube_py.client.api import WatchEvent
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient


def states(factory: "Factory", client: "RestClient", info: Info, timeout: float | None, *, missing_is_error: bool = True) -> Iterator[WatchEvent]:
    """Yield ADDED with what is there, then each change, for `timeout` seconds (None: for ever).

    Where nothing is there that is an error, or a DELETED event without an object.
    """
    selector = f"metadata.name={info.name}"
    listing = client.list(info.resource, info.namespace, field_selector=selector)
    if not listing["items"]:
        if missing_is_error:
            raise errors.NotFound(info.resource.plural, info.name, info.resource.group)
        yield WatchEvent("DELETED", {})
        return
    for item in listing["items"]:
        yield WatchEvent("ADDED", {"apiVersion": info.resource.api_version, "kind": info.resource.kind, **item})

    def changes(revision: int, seconds: float | None) -> Iterator[WatchEvent]:
        return client.watch(info.resource, info.namespace, resource_version=str(revision), field_selector=selector, timeout_seconds=seconds)

    for event in factory.follow(int(listing["metadata"]["resourceVersion"]), changes, timeout):
        if event.type == "ERROR":
            raise KctlError(event.object.get("message", "the watch ended"))
        yield event
