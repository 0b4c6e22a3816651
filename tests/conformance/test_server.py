"""The server as a process: next to commands on the same store, stopped, killed, in the background."""

import json
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import sockets
from tests.conformance.conftest import VERSIONS, Kubectl, Served, binary
from tests.conformance.test_kubectl_alive import line, running

kubernetes = pytest.importorskip("kubernetes", reason="the package kubernetes is not installed")

MINE = """\
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://192.0.2.1"}}]
users: [{name: u, user: {}}]
contexts: [{name: mine, context: {cluster: c, user: u}}]
current-context: mine
"""


def core_of(server: Served) -> Any:
    """Return the official client for the core group."""
    return kubernetes.client.CoreV1Api(kubernetes.config.new_client_from_config(config_file=server.kubeconfig))


def test_commands_on_the_store_reach_watchers(served: Served) -> None:
    core = core_of(served)
    begun = core.list_namespaced_config_map("default").metadata.resource_version
    seen: list[tuple[str, str]] = []
    watch = kubernetes.watch.Watch()

    def look() -> None:
        for event in watch.stream(core.list_namespaced_config_map, "default", resource_version=begun, timeout_seconds=30):
            seen.append((event["type"], event["object"].metadata.name))
            if event["type"] == "DELETED":
                watch.stop()

    looking = threading.Thread(target=look)
    looking.start()
    assert served.kctl("create", "configmap", "stored").out == "configmap/stored created\n"
    assert served.kctl("delete", "configmap", "stored").out == 'configmap "stored" deleted\n'
    looking.join(30)
    assert seen == [("ADDED", "stored"), ("DELETED", "stored")]


def test_the_server_s_loops_work_for_commands_on_the_store(served: Served, newest: Kubectl) -> None:
    assert served.kctl("create", "deployment", "stored", "--image=nginx", "--replicas=2").out == "deployment.apps/stored created\n"
    lines = served.kctl("get", "pods", "-l", "app=stored", "--no-headers").out.splitlines()
    assert [line.split()[2] for line in lines] == ["Running", "Running"]
    seen = newest.good("get", "pods", "-l", "app=stored", "--no-headers").splitlines()
    assert [line.split()[0] for line in seen] == [line.split()[0] for line in lines]
    newest.good("delete", "deployment", "stored")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Served]:
    """A server that the test may kill."""
    server = Served(tmp_path, sockets.free_port())  # which nobody else is given while it restarts
    yield server
    server.stop(signal.SIGKILL)


def test_a_kill_loses_nothing_that_was_acknowledged(own: Served) -> None:
    core = core_of(own)
    acknowledged, ends = list[str](), list[str]()

    def write(writer: int) -> None:
        for number in range(10_000):
            name = f"w{writer}-{number}"
            try:
                core.create_namespaced_config_map("default", {"metadata": {"name": name}})
            except Exception as error:  # the server is gone
                ends.append(repr(error))
                return
            acknowledged.append(name)

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for writer in writers:
        writer.start()
    while len(acknowledged) < 100 and any(writer.is_alive() for writer in writers):
        time.sleep(0.01)
    assert len(acknowledged) >= 100, ends
    own.restart(signal.SIGKILL)
    for writer in writers:
        writer.join()
    kept = {item.metadata.name for item in core.list_namespaced_config_map("default").items}
    assert set(acknowledged) <= kept


def test_a_watch_goes_on_after_a_restart(own: Served) -> None:
    core = core_of(own)
    names = [f"r{number}" for number in range(30)]
    seen: list[str] = []
    version = core.list_namespaced_config_map("default").metadata.resource_version

    def look() -> None:
        after = version
        while len(seen) < len(names):
            try:
                for event in kubernetes.watch.Watch().stream(core.list_namespaced_config_map, "default", resource_version=after, timeout_seconds=5):
                    seen.append(event["object"].metadata.name)
                    after = event["object"].metadata.resource_version
                    if len(seen) == len(names):
                        return
            except Exception:  # the server is away for a moment
                time.sleep(0.05)

    looking = threading.Thread(target=look)
    looking.start()
    for number, name in enumerate(names):
        if number == 15:
            own.restart()
        core.create_namespaced_config_map("default", {"metadata": {"name": name}})
    looking.join(60)
    assert seen == names


def test_a_graceful_end_is_no_failure_to_kubectl(own: Served, tmp_path: Path) -> None:
    kubectl = Kubectl(binary(VERSIONS[-1]), VERSIONS[-1], own, tmp_path)
    with running(kubectl, "proxy", "--port=0") as proxy, running(kubectl, "get", "configmaps", "-A", "-w", "-o", "name") as watch:
        root = f"http://{line(proxy).removeprefix('Starting to serve on ').strip()}/api/v1/namespaces/default"
        assert line(watch).startswith("configmap/")
        with urllib.request.urlopen(f"{root}/configmaps?watch=true") as events:
            assert json.loads(events.readline())["type"] == "ADDED"
            own.restart()
            events.read()  # to its end, which is one
        _, complaints = watch.communicate(timeout=30)
        assert (watch.returncode, complaints) == (0, "")
        with urllib.request.urlopen(root) as answer:
            assert json.load(answer)["metadata"]["name"] == "default"


def test_one_server_for_each_cluster(served: Served) -> None:
    where = f"at https://127.0.0.1:{served.port} (process {served.process.pid})"
    assert served.kctl("serve", "--port", "0") == (1, "", f'error: cluster "minikube" is served already {where}; "kctl serve stop" ends that\n')
    assert served.kctl("serve", "status").out == f'cluster "minikube" is served {where}\n'
    ends = f'error: cluster "minikube" is served {where}; "kctl serve stop" ends that\n'
    assert served.kctl("cluster", "delete", "minikube") == (1, "", ends)
    snapshot = served.home / "snapshot"
    assert served.kctl("cluster", "snapshot", "minikube", str(snapshot)).code == 0
    assert served.kctl("cluster", "restore", "minikube", str(snapshot)) == (1, "", ends)
    assert Path(served.kubeconfig).stat().st_mode & 0o777 == 0o600


def test_in_the_background(tmp_path: Path) -> None:
    server = Served(tmp_path)
    assert server.stop() == (0, "")
    assert server.kctl("serve", "status") == (1, "", 'error: cluster "minikube" is not served\n')
    own = tmp_path / ".kube" / "config"
    own.parent.mkdir()
    own.write_text(MINE)
    begun = server.kctl("serve", "--port", "0", "--detach", "--merge")
    assert (begun.code, begun.err) == (0, "")
    assert begun.out.splitlines()[1] == f'Context "kctl-minikube" added to {own}'
    contexts, current = kubernetes.config.list_kube_config_contexts(str(own))
    assert ([context["name"] for context in contexts], current["name"]) == (["mine", "kctl-minikube"], "mine")
    assert server.kctl("serve", "stop").out.startswith('cluster "minikube" is no longer served at https://127.0.0.1:')


def test_other_machines_are_let_in_only_where_that_was_said(tmp_path: Path) -> None:
    server = Served(tmp_path)
    server.stop()
    refused = server.kctl("serve", "--bind", "0.0.0.0")
    assert refused == (1, "", "error: 0.0.0.0 can be reached from other machines: say --expose to allow that\n")
