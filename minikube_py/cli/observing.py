"""What becomes of one object while the cluster goes on: its state now, then every change."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from minikube_py.cli.infos import Info
from minikube_py.client.api import WatchEvent
from minikube_py.kits import gofmt
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient

_FIRST_PAUSE, _LONGEST_PAUSE = 0.8, 30.0  # seconds between two tries, as client-go's reflectors have them
_FROM = 'reflector="k8s.io/client-go/tools/watch/informerwatcher.go:162" type="*unstructured.Unstructured"'


def states(factory: "Factory", client: "RestClient", info: Info, timeout: float | None, *, missing_is_error: bool = True) -> Iterator[WatchEvent]:
    """Yield ADDED with what is there, then each change, for `timeout` seconds (None: for ever).

    Where nothing is there that is an error, or a DELETED event without an object. Who may not list or watch is asked to wait, as by kubectl: each
    try is logged, and who may list sees with each what has become of the object.
    """
    end = None if timeout is None else time.monotonic() + timeout
    observer, pause = _Observer(factory, client, info), _FIRST_PAUSE
    while True:
        left = None if end is None else end - time.monotonic()
        try:
            yield from observer.states(left, missing_is_error=missing_is_error)
            return
        except errors.Forbidden as error:
            what = "" if observer.has_listed else "failed to list *unstructured.Unstructured: "
            factory.log.line("E", "reflector.go:200", f'"Failed to watch" err={gofmt.quote(what + error.message)} {_FROM}')
        left = pause if end is None else min(pause, end - time.monotonic())
        factory.wait(lambda: False, max(left, 0.0))
        if end is not None and time.monotonic() >= end:
            return
        pause = min(2 * pause, _LONGEST_PAUSE)


class _Observer:
    """Lists and watches one object; `has_listed` tells whether the list was granted last time, `seen` whether it ever was there."""

    def __init__(self, factory: "Factory", client: "RestClient", info: Info) -> None:
        self._factory, self._client, self._info = factory, client, info
        self._selector = f"metadata.name={info.name}"
        self.has_listed = self._seen = False

    def states(self, timeout: float | None, *, missing_is_error: bool) -> Iterator[WatchEvent]:
        """Yield what is there and what it becomes, until the timeout."""
        of = self._info.resource
        self.has_listed = False
        listing = self._client.list(of, self._info.namespace, field_selector=self._selector)
        self.has_listed = True
        if not listing["items"]:
            if missing_is_error and not self._seen:
                raise errors.NotFound(of.plural, self._info.name, of.group)
            yield WatchEvent("DELETED", {})
            return
        self._seen = True
        for item in listing["items"]:
            yield WatchEvent("ADDED", {"apiVersion": of.api_version, "kind": of.kind, **item})
        for event in self._factory.follow(int(listing["metadata"]["resourceVersion"]), self._changes, timeout):
            if event.type == "ERROR":
                raise KctlError(event.object.get("message", "the watch ended"))
            yield event

    def _changes(self, revision: int, seconds: float | None) -> Iterator[WatchEvent]:
        return self._client.watch(self._info.resource, self._info.namespace, resource_version=str(revision), field_selector=self._selector,
                                  timeout_seconds=seconds)  # fmt: skip
