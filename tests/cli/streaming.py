"""kctl exec, attach, cp and port-forward on containers that are processes of this machine: in process, over WebSocket, and over SPDY."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from minikube_py import testing
from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.cluster.cluster import Cluster
from minikube_py.kubelet.runtimes.dryrun import DryRunRuntime
from minikube_py.plugin import hookimpl
from minikube_py.testing import Result
from tests.apiserver.http.streaming import serving
from tests.apiserver.http.streaming.localruntime import LocalRuntime

POD = """{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"},
"spec": {"containers": [{"name": "web", "image": "nginx", "stdin": true, "tty": true, "ports": [{"name": "http", "containerPort": 8080}]}]}}"""
WAYS = ("process", "websocket", "spdy")
_SWITCHES = {"spdy": {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false", "KUBECTL_PORT_FORWARD_WEBSOCKETS": "false"}}


class Played(DryRunRuntime):
    """A dry run whose containers can be talked to."""

    local: LocalRuntime

    def exec(self, *given: Any, **more: Any) -> Any:
        return self.local.exec(*given, **more)

    def attach(self, *given: Any, **more: Any) -> Any:
        return self.local.attach(*given, **more)

    def port_forward(self, pod: Any) -> Any:
        return self.local.port_forward(pod)


class Plugin:
    """Registers the runtime."""

    def __init__(self, local: LocalRuntime) -> None:
        self._local = local

    @hookimpl
    def kctl_register_runtimes(self, registry: Any) -> None:
        def made(context: Any) -> Played:
            runtime = Played(context.state, context.clock)
            runtime.local = self._local
            return runtime

        registry.add("played", made)


class Way:
    """One way to a pod named web-1, whose container web works in `runtime.folder`."""

    def __init__(self, runtime: LocalRuntime, environment: dict[str, str], flags: list[str], cluster: Cluster | None = None) -> None:
        self.runtime = runtime
        self.environment = environment
        self.flags = flags
        self.cluster = cluster

    def run(self, *words: str, stdin: str = "") -> Result:
        """Run a command line."""
        out, err = io.StringIO(), io.StringIO()
        streams = Streams(io.StringIO(stdin), out, err)
        code = main.run([*self.flags, *words], streams=streams, environment=self.environment, cluster=self.cluster)
        return Result(code, out.getvalue(), err.getvalue())

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[bytes]":
        """Start a command line in a process of its own; servers only, as a cluster in memory is this process's."""
        environment = {**self.environment, "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm"}
        return subprocess.Popen([sys.executable, "-m", "minikube_py", *self.flags, *words], env=environment, **options)


@contextmanager
def opened(way: str, folder: Path) -> Iterator[Way]:
    """Have one of WAYS."""
    (folder / "container").mkdir()
    runtime = LocalRuntime(folder / "container")
    environment = {"KCTL_HOME": str(folder / "home"), "HOME": str(folder), **_SWITCHES.get(way, {})}
    if way == "process":
        cluster = testing.new_cluster(plugins=(Plugin(runtime),), runtime="played")
        found = Way(runtime, environment, [], cluster)
        assert found.run("create", "-f", "-", stdin=POD).code == 0
        yield found
        cluster.close()
        return
    with serving.serving(runtime, folder / "server", tls=True) as server:
        flags = [f"--server=https://127.0.0.1:{server.port}", "--insecure-skip-tls-verify", "--token=any"]
        yield Way(runtime, environment, flags)
