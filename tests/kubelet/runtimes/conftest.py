"""A runtime on an engine in memory."""

import os
from pathlib import Path
from typing import Any

import pytest

from minikube_py.kubelet.runtime import ContainerConfig, File, PodSandboxConfig
from minikube_py.kubelet.runtimes.engine import EngineRuntime
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.kubelet.runtimes.volumes import Place
from tests.kubelet.runtimes.fakeengine import FakeEngine

OWNER = Owner("dev", "ab12")
UID = "11111111-2222-3333-4444-555555555555"


class Clock:
    """The engine's time."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine

    def now(self) -> float:
        return self._engine.now


class Rig:
    """A machine with an engine, on which the runtime can be made anew as after a kill."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder / "cluster")
        self.allowed = str(folder / "allowed")
        os.makedirs(self.folder)
        os.makedirs(self.allowed)
        self.engine = FakeEngine(str(folder / "engine"))
        self.names_range = "10.200.0.0/20"
        self.runtime = self.new()

    def new(self) -> EngineRuntime:
        """Return a runtime that knows nothing yet."""
        self.runtime = EngineRuntime(self.engine, OWNER, Place(self.folder, (self.allowed,)), Clock(self.engine), ("10.244.0.0/16", self.names_range))
        return self.runtime


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def pod(**spec: Any) -> dict[str, Any]:
    """Return a pod with one container, unless `spec` says otherwise."""
    return {"metadata": {"name": "web", "namespace": "default", "uid": UID}, "spec": {"containers": [{"name": "a", "image": "busybox"}], **spec}}


def mounting(volume: dict[str, Any]) -> dict[str, Any]:
    """Return a pod whose container mounts a volume."""
    return pod(containers=[{"name": "a", "image": "busybox", "volumeMounts": [{"name": volume["name"], "mountPath": "/v"}]}], volumes=[volume])


def config(obj: dict[str, Any], **fields: Any) -> PodSandboxConfig:
    """Return a sandbox's configuration."""
    return PodSandboxConfig(obj, "node", "10.244.0.5", **fields)


def container(sandbox: PodSandboxConfig, number: int = 0, attempt: int = 0, **fields: Any) -> ContainerConfig:
    """Return the configuration of one of the pod's containers."""
    return ContainerConfig(sandbox.pod["spec"]["containers"][number], attempt, sandbox=sandbox, memory=1 << 34, **fields)


def started(rig: Rig, sandbox: PodSandboxConfig, attempt: int = 0) -> str:
    """Run a pod's sandbox and first container; return the container's id."""
    rig.runtime.run_pod_sandbox(sandbox)
    number = rig.runtime.create_container(UID, container(sandbox, attempt=attempt))
    rig.runtime.start_container(UID, number)
    return number


def text(content: str) -> File:
    return File(content.encode())
