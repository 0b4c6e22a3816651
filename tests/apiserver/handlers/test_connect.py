"""Admission of connections: exec, attach, portforward, proxy."""

from typing import Any

import pytest

from minikube_py.machinery import errors
from minikube_py.machinery.meta import Object
from minikube_py.plugin import hookimpl
from minikube_py.plugin.admission import AdmissionPlugin, Attributes
from minikube_py.plugin.registries import Registry
from tests.apiserver.world import World, pod


class Watchman(AdmissionPlugin):
    """Lets nobody in, and keeps what it was shown."""

    operations = ("CONNECT",)
    resources = ("pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy")

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, Object | None]] = []

    def validate(self, attributes: Attributes, reader: Any, clock: Any) -> None:
        self.seen.append((f"{attributes.resource}/{attributes.subresource}", attributes.name, attributes.object))
        raise ValueError("nobody comes in")


class Gate:
    """Registers a watchman."""

    def __init__(self) -> None:
        self.watchman = Watchman()

    @hookimpl
    def kctl_register_admission_plugins(self, registry: Registry[AdmissionPlugin]) -> None:
        registry.add("watchman", self.watchman)


CASES: list[tuple[str, str, dict[str, Any], Object]] = [
    ("pods", "exec", {"command": ("ls", "-l"), "stdin": True, "tty": False, "container": "main"},
     {"kind": "PodExecOptions", "apiVersion": "v1", "command": ["ls", "-l"], "stdin": True, "container": "main"}),
    ("pods", "attach", {"stdout": True, "container": ""}, {"kind": "PodAttachOptions", "apiVersion": "v1", "stdout": True}),
    ("pods", "portforward", {"ports": ["80"]}, {"kind": "PodPortForwardOptions", "apiVersion": "v1", "ports": ["80"]}),
    ("pods", "proxy", {"path": "index.html"}, {"kind": "PodProxyOptions", "apiVersion": "v1", "path": "index.html"}),
    ("services", "proxy", {}, {"kind": "ServiceProxyOptions", "apiVersion": "v1"}),
    ("nodes", "proxy", {}, {"kind": "NodeProxyOptions", "apiVersion": "v1"}),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "subresource", "options", "shown"), CASES)
def test_whoever_is_not_admitted_is_not_connected(resource: str, subresource: str, options: dict[str, Any], shown: Object) -> None:
    gate = Gate()
    world = World(gate)
    world.client().create(pod())
    with pytest.raises(errors.Forbidden, match=f'^{resource} "web" is forbidden: nobody comes in$'):
        world.send("get", resource, "web", subresource=subresource, **options)
    assert gate.watchman.seen == [(f"{resource}/{subresource}", "web", shown)]


def test_admission_comes_before_the_pod_is_looked_for() -> None:
    with pytest.raises(errors.Forbidden):
        World(Gate()).send("get", "pods", "none", subresource="exec", command=("ls",))
    with pytest.raises(errors.NotFound):
        World().send("get", "pods", "none", subresource="exec", command=("ls",))
