"""The same pods on real engines: what a container sees, what is mended, and that nothing is left."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtime import EXITED, RUNNING, ContainerConfig, File, PodSandboxConfig
from minikube_py.kubelet.runtimes import binds
from minikube_py.kubelet.runtimes.engine import EngineRuntime
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.kubelet.runtimes.volumes import Place
from tests.engines.daemons import IMAGE, engine, engine_daemon, shared_folder
from tests.engines.support import wait

__all__ = ["engine", "engine_daemon", "shared_folder"]


class RealTime:
    """The machine's clock."""

    def now(self) -> float:
        return time.time()


class Machine:
    """One engine, and a runtime on it that can be made anew."""

    def __init__(self, engine: api.Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        number = os.getpid() % 200
        self.owner = Owner("test", f"{os.getpid():x}{abs(hash(str(folder))) % 10**6:x}")
        self.subnet = f"10.{98 + (engine.name == 'podman')}.{number}.0/24"
        self.ip = f"10.{98 + (engine.name == 'podman')}.{number}.7"
        self.runtime = self.new()

    def new(self) -> EngineRuntime:
        return EngineRuntime(self.engine, self.owner, Place(str(self.folder)), RealTime(), (self.subnet, ""))

    def start(self, sandbox: PodSandboxConfig, attempt: int = 0) -> str:
        self.runtime.run_pod_sandbox(sandbox)
        config = ContainerConfig(sandbox.pod["spec"]["containers"][0], attempt, [("V", "value")], sandbox=sandbox, memory=1 << 34)
        number = self.runtime.create_container(sandbox.uid, config)
        self.runtime.start_container(sandbox.uid, number)
        return number

    def until(self, uid: str, condition: Any) -> Any:
        """Wait until a pod's first container is so; return its status."""

        def look() -> Any:
            self.runtime.relist()
            found = self.runtime.pod_sandbox_status(uid).containers[0]
            return found if condition(found) else None

        return wait(look)

    def left(self) -> list[Any]:
        own = {"dev.kctl.cluster": self.owner.label}
        return [self.engine.list(own), list(self.engine.networks(own)), dict(self.engine.volumes(own)), binds.mounted_below(str(self.folder))]


@pytest.fixture
def machine(engine: api.Engine, tmp_path: Path) -> Iterator[Machine]:
    made = Machine(engine, tmp_path)
    try:
        yield made
    finally:
        made.runtime.remove_all()
    assert made.left() == [[], [], {}, []]


def pod(machine: Machine, script: str, **spec: Any) -> PodSandboxConfig:
    container = {"name": "a", "image": IMAGE, "command": ["/bin/busybox", "sh", "-c", script], **spec.pop("container", {})}
    metadata = {"name": "web", "namespace": "default", "uid": f"uid-{os.urandom(4).hex()}"}
    given = {name: spec.pop(name) for name in ("sources", "claims", "names") if name in spec}
    return PodSandboxConfig({"metadata": metadata, "spec": {"containers": [container], **spec}}, "node", machine.ip, **given)


def test_what_a_container_sees(machine: Machine) -> None:
    volumes = [{"name": "e", "emptyDir": {}}, {"name": "m", "emptyDir": {"medium": "Memory", "sizeLimit": "8Mi"}}, {"name": "s", "secret": {"secretName": "s"}},
               {"name": "p", "persistentVolumeClaim": {"claimName": "c"}}]  # fmt: skip
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in "emsp"]
    mounts += [{"name": "e", "mountPath": "/sub", "subPath": "x/y"}, {"name": "s", "mountPath": "/one", "subPath": "pw"}]
    script = """exec 2>&1; id -u; id -G; hostname -f; cat /s/pw /one; echo $V; for d in /e /m /p /sub; do echo kept > $d/f && cat $d/f; done; cat /e/x/y/f
                df -k /m | tail -1 | awk '{print $2}'; echo x > /s/pw; echo bye > /dev/termination-log; exit 3"""
    sandbox = pod(machine, script, container={"volumeMounts": mounts, "securityContext": {"runAsUser": 1000}}, securityContext={"fsGroup": 2000},
                  subdomain="sub", volumes=volumes, restartPolicy="Never", sources={"s": {"pw": File(b"hunter\n", 0o400)}},
                  claims={"p": {"metadata": {"name": "pv-1"}, "spec": {"csi": {"driver": "engine.kctl.dev"}}}})  # fmt: skip
    machine.start(sandbox)
    ended = machine.until(sandbox.uid, lambda one: one.state == EXITED)
    assert (ended.exit_code, ended.reason, ended.message) == (3, "Error", "bye\n")
    said = "".join(machine.runtime.logs(sandbox.pod, "a", {})).split("\n")
    assert said[:-2] == ["1000", "0 2000", "web.sub.default.svc.cluster.local", "hunter", "hunter", "value", *["kept"] * 5, "8192"]
    assert "Read-only file system" in said[-2]
    machine.runtime.stop_pod_sandbox(sandbox.uid)
    machine.runtime.remove_pod_sandbox(sandbox.uid)
    assert [machine.left()[0], [own["dev.kctl.volume"] for own in machine.left()[2].values()], machine.left()[3]] == [[], ["pv-1"], []]


def test_the_engine_carries_containers_on_and_runs_are_told_apart(machine: Machine) -> None:
    sandbox = pod(machine, "if [ -e /e/f ]; then echo second; exec sleep 1000; fi; touch /e/f; echo first; exit 3",
                  container={"volumeMounts": [{"name": "e", "mountPath": "/e"}]}, volumes=[{"name": "e", "emptyDir": {}}])  # fmt: skip
    machine.start(sandbox)
    found = machine.until(sandbox.uid, lambda one: one.state == RUNNING and one.restarts == 1)
    assert (found.attempt, found.last is not None) == (0, True)
    wait(lambda: list(machine.runtime.logs(sandbox.pod, "a", {})) == ["second\n"])
    assert list(machine.runtime.logs(sandbox.pod, "a", {"previous": True})) == ["first\n"]


def test_what_is_killed_removed_or_paused_by_hand_is_mended(machine: Machine) -> None:
    sandbox = pod(machine, "exec sleep 1000", names=("web.default",))
    number = machine.start(sandbox)
    machine.runtime = machine.new()
    assert [found.uid for found in machine.runtime.relist()] == [sandbox.uid]
    first = machine.runtime.run_pod_sandbox(sandbox)
    assert machine.runtime.pod_sandbox_status(sandbox.uid).id == first
    machine.engine.remove(number)
    wait(lambda: sandbox.uid in [found.uid for found in machine.runtime.relist()])
    assert machine.runtime.pod_sandbox_status(sandbox.uid).containers == ()
    machine.start(sandbox)
    machine.engine.kill(first, "SIGKILL")
    wait(lambda: machine.runtime.relist() is not None and not machine.runtime.pod_sandbox_status(sandbox.uid).ready)
    assert machine.runtime.run_pod_sandbox(sandbox) != first
    machine.start(sandbox, attempt=1)
    status = machine.runtime.pod_sandbox_status(sandbox.uid)
    assert (status.ready, status.ip, [(one.attempt, one.state) for one in status.containers]) == (True, machine.ip, [(1, RUNNING)])


class Client:
    """Asks for a page (streams.Duplex)."""

    def __init__(self) -> None:
        self.got = b""
        self._sends = [b"GET /x HTTP/1.0\r\n\r\n"]

    async def read(self) -> bytes:
        return self._sends.pop() if self._sends else b""

    async def write(self, data: bytes) -> None:
        self.got += data

    async def close(self) -> None:
        """Nothing more comes."""


def test_ports_are_reached_where_addresses_are_not(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = pod(machine, "mkdir /tmp/www; echo hi > /tmp/www/x; httpd -p 127.0.0.1:8081 -h /tmp/www; httpd -f -p 8080 -h /tmp/www")
    machine.start(sandbox)
    runtime = machine.runtime

    def fetched(port: int) -> bytes:
        client = Client()
        asyncio.run(asyncio.wait_for(runtime.port_forward(sandbox.pod).connect(port, client), 20))
        return client.got[-3:]

    def answers() -> bool:
        with contextlib.suppress(ConnectionRefusedError):
            runtime.check(sandbox.uid, 8080, 20.0)
            return True
        return False

    assert runtime.info.near
    wait(answers)
    assert [fetched(port) for port in (8080, 8081)] == [b"hi\n", b"hi\n"]  # the second refuses what comes from elsewhere, but not what comes from within
    monkeypatch.setattr(type(runtime), "info", runtime.info._replace(near=False))
    assert [fetched(port) for port in (8080, 8081)] == [b"hi\n", b"hi\n"]
    assert answers()
    with runtime.connect(sandbox.uid, 8080, 20.0) as connection:
        connection.sendall(b"GET /x HTTP/1.0\r\n\r\n")
        assert b"".join(iter(lambda: connection.recv(4096), b"")).endswith(b"hi\n")
    for refused in (lambda: runtime.check(sandbox.uid, 8081, 20.0), lambda: runtime.connect(sandbox.uid, 8081, 20.0), lambda: fetched(9)):
        with pytest.raises(ConnectionRefusedError):
            refused()
