"""Commands are killed at random moments: what they have acknowledged is there, nothing is half-written, and the next command settles the cluster."""

import json
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from minikube_py.machinery import meta
from tests.behaviour import homes
from tests.behaviour.homes import Desk
from tests.crash import consistency

APPS = tuple(f"app{number}" for number in range(8))
SETTLING = 1.2  # seconds: a scheduler or kubelet that was killed in between may look again after one
APP = """
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}}}
data: {{left: "{version}", right: "{version}", size: "{filling}"}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, annotations: {{left: "{version}", right: "{version}"}}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, annotations: {{left: "{version}", right: "{version}"}}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: main, image: "web:{version}"}}]}}
---
"""
KINDS = {"configmap": "configmaps", "service": "services", "deployment.apps": "deployments.apps"}


class Killed(NamedTuple):
    """What a killed command had said: (kind, name) to the word at the end of the line."""

    said: dict[tuple[str, str], str]
    was_running: bool


def manifest(version: int) -> str:
    """Return eight applications of a version; their number of replicas changes with it."""
    filling = "x" * (version % 7 * 500)
    return "".join(APP.format(name=name, version=version, filling=filling, replicas=version % 3 + 1) for name in APPS)


def kill(home: Path, words: tuple[str, ...], rng: random.Random) -> Killed:
    """Start a command, kill it a moment after it started, or after it said so many lines, and return what it had said in full."""
    child = homes.start(home, *words, extra={"PYTHONUNBUFFERED": "1"})  # a line is out as soon as it is printed
    assert child.stdout is not None and child.stderr is not None
    heard = [child.stdout.readline() for _ in range(rng.choice((0, rng.randrange(3 * len(APPS)))))]
    try:
        child.wait(rng.uniform(0.0, 0.3) if not heard else rng.choice((rng.uniform(0.0, 0.005), rng.uniform(0.0, 0.1))))
    except subprocess.TimeoutExpired:
        child.kill()
    heard.extend(child.stdout.readlines())
    err = child.stderr.read().decode()
    child.stdout.close()
    child.stderr.close()
    child.wait()
    assert (child.returncode in (0, -9), err) == (True, "")
    lines = [line.decode() for line in heard if line.endswith(b"\n")]
    return Killed(dict(map(_said, lines)), child.returncode != 0)


def _said(line: str) -> tuple[tuple[str, str], str]:
    match = re.fullmatch(r'(\S+?)[/ ]"?([^\s"]+)"? (\w+)\n', line)
    assert match is not None, line
    return (KINDS[match[1]], match[2]), match[3]


def version_of(obj: meta.Object) -> int:
    """Return the version of an object, of which each part must be."""
    twins = obj["data"] if obj["kind"] == "ConfigMap" else meta.annotations(obj)
    assert twins["left"] == twins["right"]
    if obj["kind"] == "Deployment":
        assert obj["spec"]["template"]["spec"]["containers"][0]["image"] == f"web:{twins['left']}"
    return int(twins["left"])


class Campaign:
    """One cluster that commands are killed on, and what must be in it by now."""

    def __init__(self, home: Path, seed: int) -> None:
        self.home = home
        self.rng = random.Random(seed)
        self.version = 0
        self.possible: dict[tuple[str, str], set[int | None]] = {(kind, name): {None} for kind in KINDS.values() for name in APPS}
        self.killed: Counter[str] = Counter()
        self.write()

    @property
    def file(self) -> Path:
        """Return where the manifest is."""
        return self.home.parent / "apps.yaml"

    def write(self) -> None:
        """Write the manifest's next version."""
        self.version += 1
        self.file.write_text(manifest(self.version))

    def once(self) -> None:
        """Kill one command and look; then let the next command settle, and look again."""
        kind = self.rng.choices(("apply", "delete", "scale"), (6, 2, 2))[0]
        getattr(self, kind)()
        with homes.opened(self.home) as desk:
            self.look(desk)
        homes.succeed(self.home, "get", "pods", "-n", "kube-system")
        with homes.opened(self.home) as desk:
            if not self.is_settled(desk) or not desk.cluster.is_quiet():
                time.sleep(SETTLING)
                homes.succeed(self.home, "get", "pods", "-n", "kube-system")
            self.look(desk)
            consistency.check(desk)

    @staticmethod
    def is_settled(desk: Desk) -> bool:
        """Tell whether all pods run."""
        return all(homes.is_running(pod) for pod in desk.client.items("pods"))

    def apply(self) -> None:
        """Kill an apply: what it acknowledged has the new version, the rest the new or the former."""
        self.write()
        for versions in self.possible.values():
            versions.add(self.version)
        killed = kill(self.home, ("apply", "-f", str(self.file)), self.rng)
        self.note("apply", killed, {"created": self.version, "configured": self.version})

    def delete(self) -> None:
        """Kill a delete: what it acknowledged is gone or about to go."""
        for versions in self.possible.values():
            versions.add(None)
        killed = kill(self.home, ("delete", "-f", str(self.file), "--ignore-not-found"), self.rng)
        self.note("delete", killed, {"deleted": None})

    def scale(self) -> None:
        """Kill a scale."""
        name, replicas = self.rng.choice(APPS), self.rng.randrange(5)
        with homes.opened(self.home) as desk:
            if desk.client.find("deployments.apps", name, "default") is None:
                return
        killed = kill(self.home, ("scale", "deployment", name, f"--replicas={replicas}"), self.rng)
        self.killed["scale"] += killed.was_running
        if killed.said:
            assert killed.said == {("deployments.apps", name): "scaled"}
            with homes.opened(self.home) as desk:
                assert desk.client.get("deployments.apps", name, "default")["spec"]["replicas"] == replicas

    def note(self, command: str, killed: Killed, outcomes: dict[str, int | None]) -> None:
        """Take over what a command has acknowledged."""
        self.killed[command] += killed.was_running
        for key, word in killed.said.items():
            self.possible[key] = {outcomes[word]}

    def look(self, desk: Desk) -> None:
        """Assert that each object is whole and one of the versions that it may be; from now on it must stay that."""
        assert desk.cluster.backend.verify() == []
        for (resource, name), versions in self.possible.items():
            obj = desk.client.find(resource, name, "default")
            if obj is not None and obj["metadata"].get("deletionTimestamp"):
                continue
            found = None if obj is None else version_of(obj)
            assert found in versions, (resource, name, found, versions)
            self.possible[resource, name] = {found}


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.long)])
def test_killed_commands_lose_nothing(one_node: Path, tmp_path: Path, kills: int) -> None:
    campaign = Campaign(homes.copy(one_node, tmp_path / "home"), seed=1)
    while campaign.killed.total() < kills or not all(campaign.killed[command] for command in ("apply", "delete", "scale")):
        campaign.once()


def contents(desk: Desk) -> list[tuple[str, str, str]]:
    """Return which objects a new cluster has, without the random ends of their names."""
    names = ((resource, space, re.sub(r"-[a-z0-9]{5}$", "", name)) for resource, space, name in homes.everything(desk.client))
    return sorted(names)


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.long)])
def test_first_use_is_killed(one_node: Path, tmp_path: Path, kills: int) -> None:
    """The next command makes the cluster anew, or finds a complete one."""
    with homes.opened(homes.copy(one_node, tmp_path / "sample")) as desk:
        expected = contents(desk)
    rng = random.Random(7)
    killed, home = 0, tmp_path / "home"
    while killed < kills:
        shutil.rmtree(home, ignore_errors=True)
        for _ in range(rng.randrange(1, 3)):
            killed += kill_quietly(home, rng.uniform(0.01, 0.45))
        check_complete(home, expected)


def kill_quietly(home: Path, delay: float) -> bool:
    """Kill a first use; tell whether it was still running."""
    child = homes.start(home, "get", "pods", "-A")
    try:
        child.wait(delay)
    except subprocess.TimeoutExpired:
        child.kill()
    _, err = child.communicate()
    assert (child.returncode in (0, -9), err) == (True, b"")
    return child.returncode != 0


def check_complete(home: Path, expected: list[tuple[str, str, str]]) -> None:
    """Run the next command, and compare what is there with what a new cluster has."""
    pods = homes.succeed(home, "get", "pods", "-A", "-o", "json")
    assert len(json.loads(pods)["items"]) == sum(resource == "pods" for resource, _, _ in expected)
    with homes.opened(home) as desk:
        if not Campaign.is_settled(desk):
            time.sleep(SETTLING)
            homes.succeed(home, "get", "nodes")
        assert contents(desk) == expected
        consistency.check(desk)


STRACE = shutil.which("strace")
CALLS = ("pwrite64", "fdatasync")


def trace(home: Path, words: tuple[str, ...], *inject: str) -> subprocess.CompletedProcess[str]:
    """Run a command under strace."""
    line = [str(STRACE), "-f", "-qq", "-o", str(home.parent / "trace"), "-e", f"trace={','.join(CALLS)}", *inject, *homes.command(*words)]
    environment = homes.environment(home, {"PYTHONUNBUFFERED": "1"})
    return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=homes.TIMEOUT, check=False)


def points(home: Path, words: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return every write and every sync of a command: the call, and the how manieth of its kind it is."""
    done = trace(home, words)
    if done.returncode:
        pytest.skip(f"strace cannot trace here: {done.stderr.strip()}")
    text = (home.parent / "trace").read_text()
    return [(call, number) for call in CALLS for number in range(1, len(re.findall(rf"\b{call}\(", text)) + 1)]


def at_each_write(make: Callable[[Path], Path], words: tuple[str, ...], folder: Path, most: int) -> Iterator[tuple[Path, dict[tuple[str, str], str]]]:
    """Kill a command before its writes and syncs, in a home made anew for each; yield the home and what was acknowledged."""
    found = points(make(folder / "sample"), words)
    tried = found if len(found) <= most else random.Random(1).sample(found, most)
    killed = 0
    for call, number in tried:
        home = make(folder / f"{call}-{number}")
        done = trace(home, words, "-e", f"inject={call}:signal=KILL:when={number}")
        assert (done.returncode in (0, -9, 137), done.stderr) == (True, "")
        killed += done.returncode != 0
        yield home, dict(map(_said, done.stdout.splitlines(keepends=True))) if "apply" in words else {}
        shutil.rmtree(home)
    assert killed >= len(tried) / 2  # how many writes there are differs from run to run: on a slow machine loops take more turns


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("most", [12, pytest.param(10_000, marks=pytest.mark.long)])
def test_apply_killed_at_each_write(one_node: Path, tmp_path: Path, most: int) -> None:
    file = tmp_path / "apps.yaml"
    file.write_text(manifest(1))
    for home, acknowledged in at_each_write(lambda path: homes.copy(one_node, path), ("apply", "-f", str(file)), tmp_path, most):
        with homes.opened(home) as desk:
            assert desk.cluster.backend.verify() == []
            for resource, name in acknowledged:
                assert version_of(desk.client.get(resource, name, "default")) == 1
        homes.succeed(home, "get", "pods", "-n", "kube-system")
        with homes.opened(home) as desk:
            consistency.check(desk)


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("most", [8, pytest.param(10_000, marks=pytest.mark.long)])
def test_first_use_killed_at_each_write(one_node: Path, tmp_path: Path, most: int) -> None:
    with homes.opened(homes.copy(one_node, tmp_path / "expected")) as desk:
        expected = contents(desk)
    for home, _ in at_each_write(lambda path: path, ("get", "pods", "-n", "kube-system"), tmp_path, most):
        check_complete(home, expected)
