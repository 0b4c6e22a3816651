"""What the tests of all client libraries share: objects to send, a namespace to send them to, and patience."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.conformance.conftest import Served

T = TypeVar("T")
PATIENCE = 60.0  # seconds after which something that should happen is taken for broken
NO_LOG = "dry run: container web (nginx:1.25) was not started, so it has no log"
_CONTAINERS = [{"name": "web", "image": "nginx:1.25"}]
_BODIES: dict[str, dict[str, Any]] = {
    "ConfigMap": {"apiVersion": "v1", "data": {"color": "blue"}},
    "Service": {"apiVersion": "v1", "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}},
    "Pod": {"apiVersion": "v1", "spec": {"containers": _CONTAINERS, "terminationGracePeriodSeconds": 0}},
    "Deployment": {
        "apiVersion": "apps/v1",
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": _CONTAINERS}},
        },
    },
}
KINDS = tuple(_BODIES)


def manifest(kind: str, name: str, namespace: str, **labels: str) -> dict[str, Any]:
    """Return an object of a kind, as a user writes it."""
    return {**_BODIES[kind], "kind": kind, "metadata": {"name": name, "namespace": namespace, "labels": labels}}


@contextmanager
def namespace(served: Served, name: str) -> Iterator[str]:
    """Make a namespace by another way than the client that is tested, and take it away again."""
    assert served.kctl("create", "namespace", name) == (0, f"namespace/{name} created\n", "")
    yield name
    assert served.kctl("delete", "namespace", name, "--wait=false").code == 0


def until(found: Callable[[], T]) -> T:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + PATIENCE
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < end, "this has not come true"
        time.sleep(0.02)


def retried(work: Callable[[], T], conflict: type[Exception]) -> T:
    """Do what reads an object and replaces it, again where a controller was faster, as every client does."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except conflict as error:
            code = getattr(error, "status", None)
            code = getattr(code, "code", code)
            if code != 409 or time.monotonic() > end:
                raise
