"""Many processes on one cluster: writes are guarded, nobody is locked out, and readers wait for no one."""

import io
import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.cluster import bootstrap
from minikube_py.cluster import cluster as clusters
from minikube_py.cluster.home import Home
from minikube_py.kits import filelock
from tests.behaviour import homes
from tests.crash import consistency

SETTLING = 10.0  # seconds: what loops have failed at they try again one second later, then two, then four

CHILD = Path(__file__).with_name("counterchild.py")
COUNTER = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "counter"}, "data": {"value": "0"}}'
PROCESSES = 8
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: main, image: "{image}"}}]}}
"""


@pytest.mark.parametrize("increments", [25, pytest.param(200, marks=pytest.mark.long)])
def test_guarded_increments(one_node: Path, tmp_path: Path, increments: int) -> None:
    home = homes.copy(one_node, tmp_path / "home")
    with homes.opened(home) as desk:
        desk.client.create(json.loads(COUNTER), namespace="default")
    line = [sys.executable, str(CHILD), str(increments)]
    children = [subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=homes.environment(home)) for _ in range(PROCESSES)]
    outcomes = [json.loads(child.communicate(timeout=homes.TIMEOUT)[0]) for child in children]
    assert [(outcome["counted"], outcome["others"]) for outcome in outcomes] == [(increments, [])] * PROCESSES
    with homes.opened(home) as desk:
        counter = desk.client.get("configmaps", "counter", "default")
        assert counter["data"] == {"value": str(PROCESSES * increments)}
        history = desk.cluster.backend.history("/registry/configmaps/default/counter")
        assert [json.loads(kv.value)["data"]["value"] for kv in history] == [str(value) for value in range(PROCESSES * increments + 1)]
        assert desk.cluster.backend.verify() == []


def test_reader_waits_for_no_writer(one_node: Path, tmp_path: Path) -> None:
    """A batch that stays open keeps the write lock: reading goes on, and shows what was there before."""
    home = homes.copy(one_node, tmp_path / "home")
    writer = clusters.open_cluster(Home(str(home)), homes.NAME)
    writer.settle()
    with writer.backend.batch():
        writer.client().create(json.loads(COUNTER), namespace="default")
        result = homes.run(home, "get", "configmaps")
    writer.close()
    assert result == (0, result.out, "")
    assert [line.split()[0] for line in result.out.splitlines()] == ["NAME", "kube-root-ca.crt"]
    assert "counter" in homes.succeed(home, "get", "configmaps")


def test_reader_waits_for_no_settler(one_node: Path, tmp_path: Path) -> None:
    """Another process has the right to settle, and does so for long: what is there is shown."""
    home = homes.copy(one_node, tmp_path / "home")
    with homes.opened(home) as desk:
        desk.client.create(json.loads(COUNTER), namespace="default")
        assert not desk.cluster.is_quiet()
        with filelock.hold(str(home / "clusters" / homes.NAME / "settle.lock"), 1.0):
            assert homes.succeed(home, "get", "configmaps", "-o", "name") == "configmap/counter\nconfigmap/kube-root-ca.crt\n"


def test_first_use_by_many(tmp_path: Path) -> None:
    """They agree on one cluster."""
    home = tmp_path / "home"
    children = [homes.start(home, "get", "pods", "-A", "-o", "jsonpath={.items[*].metadata.uid}") for _ in range(PROCESSES)]
    outputs = [(*child.communicate(timeout=homes.TIMEOUT), child.returncode) for child in children]
    assert outputs == [outputs[0]] * PROCESSES
    assert (len(outputs[0][0].split()), *outputs[0][1:]) == (6, b"", 0)


def test_first_use_while_another_process_makes_the_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_LOCK_TIMEOUT", 0.05)
    home = tmp_path / "home"
    home.mkdir()
    out, err = io.StringIO(), io.StringIO()
    with filelock.hold(str(home / "create.lock"), 1.0):
        code = main.run(["get", "pods"], streams=Streams(io.StringIO(), out, err), environment=homes.environment(home))
    assert (code, out.getvalue(), err.getvalue()) == (1, "", f"error: {home}/create.lock: another process holds the lock\n")


def scenario(home: Path, name: str, failures: list[str]) -> None:
    """Apply, change, scale and delete one Deployment, and apply it once more."""

    def do(*words: str, stdin: str = "") -> None:
        result = homes.run(home, *words, stdin=stdin)
        if result.code or result.err:
            failures.append(f"kctl {' '.join(words)}: {result}")

    do("apply", "-f", "-", stdin=DEPLOYMENT.format(name=name, image="web:1"))
    do("scale", "deployment", name, "--replicas=4")
    do("apply", "-f", "-", stdin=DEPLOYMENT.format(name=name, image="web:2"))
    do("delete", "deployment", name)
    do("apply", "-f", "-", stdin=DEPLOYMENT.format(name=name, image="web:3"))
    do("scale", "deployment", name, "--replicas=3")


def read_until(home: Path, stop: threading.Event, failures: list[str]) -> None:
    """Read again and again."""
    while not stop.is_set():
        for words in (("get", "pods"), ("get", "deployments,replicasets", "-o", "json")):
            result = homes.run(home, *words)
            if result.code or result.err not in ("", "No resources found in default namespace.\n"):
                failures.append(f"kctl {' '.join(words)}: {result}")


def test_writers_and_readers_at_once(one_node: Path, tmp_path: Path) -> None:
    home = homes.copy(one_node, tmp_path / "home")
    failures: list[str] = []
    stop = threading.Event()
    writers = [threading.Thread(target=scenario, args=(home, name, failures)) for name in ("anna", "bert", "carl", "dora")]
    readers = [threading.Thread(target=read_until, args=(home, stop, failures)) for _ in range(2)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert failures == []
    with homes.opened(home) as desk:
        desk.pass_time(SETTLING)
        pods = desk.client.items("pods", "default")
    assert sorted(pod["metadata"]["labels"]["app"] for pod in pods if homes.is_running(pod)) == sorted(["anna", "bert", "carl", "dora"] * 3)
    assert {pod["spec"]["containers"][0]["image"] for pod in pods} == {"web:3"}


def storm(home: Path, name: str, rounds: int, failures: list[str]) -> None:
    """Change one Deployment in random ways; every third command or so is killed."""
    rng = random.Random(name)
    file = home.parent / f"{name}.yaml"
    for number in range(rounds):
        file.write_text(DEPLOYMENT.format(name=name, image=f"web:{number}"))
        scale = ("scale", "deployment", name, f"--replicas={rng.randrange(5)}")
        delete = ("delete", "deployment", name, "--ignore-not-found")
        words = rng.choice((("apply", "-f", str(file)), scale, delete, ("create", "configmap", f"{name}-{number}")))
        child = homes.start(home, *words)
        try:
            child.wait(rng.uniform(0.03, 0.3) if rng.random() < 0.4 else homes.TIMEOUT)
        except subprocess.TimeoutExpired:
            child.kill()
        _, err = child.communicate()
        if err and not err.endswith(b" not found\n"):  # to scale what was deleted
            failures.append(f"kctl {' '.join(words)}: {err.decode()}")


@pytest.mark.parametrize("rounds", [6, pytest.param(60, marks=pytest.mark.long)])
def test_killed_writers_among_others(one_node: Path, tmp_path: Path, rounds: int) -> None:
    home = homes.copy(one_node, tmp_path / "home")
    failures: list[str] = []
    writers = [threading.Thread(target=storm, args=(home, name, rounds, failures)) for name in ("anna", "bert", "carl", "dora")]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    assert failures == []
    homes.succeed(home, "get", "nodes")
    with homes.opened(home) as desk:
        desk.pass_time(SETTLING)
        consistency.check(desk)
