"""Whole processes: what a person types, done by kctl in process, by kubectl against `kctl serve` of an equal cluster, and by kctl against that server."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks import machine
from tests.benchmarks.figures import Figure, NotHere, deployment, listed
from tests.benchmarks.served import serving

EXAMPLES = Path(machine.ROOT, "manifests", "examples")
# What pip makes of kctl's entry point.
_SCRIPT = "import sys\nfrom minikube_py.__main__ import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
_QUIET = 0.5  # seconds for which a server writes nothing before the next is measured

_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-0
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web-0
  template:
    metadata:
      labels:
        app: web-0
    spec:
      containers:
      - name: web
        image: nginx:{}
        ports:
        - containerPort: 80
        resources:
          requests:
            cpu: 10m
            memory: 16Mi
"""

_CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  release: \"{}\"\n"

Files = dict[str, str]


class Taken(NamedTuple):
    """What one process took, in seconds: by the clock, and of processors (user and system)."""

    wall: float
    cpu: float

    def and_(self, other: "Taken") -> "Taken":
        """Return what both took, one after the other."""
        return Taken(self.wall + other.wall, self.cpu + other.cpu)


class Case(NamedTuple):
    """A command line; words in braces are files. `writes`: the old and the new are applied in turn.

    `then` is what a server's clients need besides, before as much is done as when kctl returns, whose loops run in its own process.
    """

    line: str
    writes: bool = False
    code: int = 0
    then: str = ""


CASES = (
    Case("get pods"),
    Case("get pods -o yaml"),
    Case("get all -A"),
    Case("describe pod store-0"),
    Case("describe deployment web-0"),
    Case("apply -f {config}", writes=True),  # no loop has anything to do
    Case("apply -f {new}", writes=True),
    Case("apply -f {new}", writes=True, then="rollout status deployment/web-0"),
    Case("apply -f {unchanged}"),
    Case("diff -f {other}", code=1),
    Case("explain pod.spec"),
    Case("--help"),
    Case("get --help"),
    Case("version --client"),
    Case("logs store-0"),
    Case("exec store-0 -- ls", code=1),  # refused: nothing runs in a dry run
)


class Side(NamedTuple):
    """One of those that are measured: how it is called, and where."""

    name: str
    program: tuple[str, ...]
    environment: dict[str, str]

    def measured(self, line: Sequence[str], code: int) -> Taken:
        """Run one process, whose output goes nowhere."""
        begun = time.perf_counter()
        process = subprocess.Popen((*self.program, *line), env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        taken = Taken(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != code:
            raise RuntimeError(f"{self.name}: {' '.join(line)}: exit code {process.returncode}")
        return taken


def fill(environment: dict[str, str], deployments: int) -> None:
    """Create a cluster of the two examples, each in a namespace, and some Deployments."""
    machine.kctl(environment, "cluster", "create", "test", "--nodes", "4")
    machine.kctl(environment, "create", "namespace", "orders")
    for name, namespace in (("noticeboard.yaml", "default"), ("three-tier.yaml", "orders")):
        machine.kctl(environment, "apply", "-f", str(EXAMPLES / name), "--namespace", namespace)
    machine.kctl(environment, "apply", "-f", "-", stdin=listed([deployment(f"web-{number}", 2) for number in range(deployments)]))


@contextmanager
def sides(deployments: int) -> Iterator[list[Side]]:
    """Give kctl in process, kubectl and kctl over HTTPS; the latter two share the server of a second cluster."""
    peer = machine.kubectl()
    if peer is None:
        raise NotHere("no kubectl found")
    with machine.home() as own, machine.home() as other, tempfile.TemporaryDirectory() as user:
        script = Path(user, "kctl")
        script.write_text(_SCRIPT)
        program = (sys.executable, str(script))
        for environment in (own, other):
            environment["HOME"] = user  # kubectl keeps there what it knows of servers
            fill(environment, deployments)
        with serving(other) as served, machine.home() as remote:
            where = ("--kubeconfig", served.kubeconfig)
            yield [Side("kctl", program, own), Side("kubectl", (peer, *where), other), Side("kctl over HTTPS", (*program, *where), {**remote, "HOME": user})]


def files(folder: str) -> Files:
    """Write the manifests that are applied."""
    texts = {"unchanged": (EXAMPLES / "noticeboard.yaml").read_text()}
    texts |= {name: _DEPLOYMENT.format(tag) for name, tag in (("old", "1.27"), ("new", "1.28"), ("other", "1.29"))}
    texts |= {name: _CONFIG.format(tag) for name, tag in (("old-config", "1.27"), ("config", "1.28"))}
    for name, text in texts.items():
        Path(folder, f"{name}.yaml").write_text(text)
    return {name: str(Path(folder, f"{name}.yaml")) for name in texts}


def _words(case: Case, paths: Files, turn: int) -> list[str]:
    """Return the words of a turn; a write goes there and back."""
    swapped = {**paths, "new": paths["old"], "config": paths["old-config"]} if turn % 2 else paths
    return [word.format(**swapped) for word in case.line.split()]


def _calm(side: Side) -> Callable[[], None]:
    """Return what waits until the server does no more work, which is done beside the next process otherwise."""

    def wait() -> None:
        line = ("get", "deployments,replicasets,pods,events", "-o", "jsonpath={.metadata.resourceVersion}")
        last = ""
        while (now := machine.run((*side.program, *line), side.environment)) != last:
            last = now
            time.sleep(_QUIET)

    return wait


def compare(case: Case, each: list[Side], paths: Files, runs: int) -> list[Figure]:
    """Measure one command line in turns."""
    taken: list[list[Taken]] = [[] for _ in each]
    calm = _calm(each[1])
    for turn in range(runs + 2):  # two to warm up, one in each direction
        for number, side in enumerate(each):
            words = _words(case, paths, turn if number == 0 else number - 1)  # the server's two clients make one change, and undo it
            took = side.measured(words, case.code)
            if case.then and number:
                took = took.and_(side.measured(case.then.split(), 0))
            taken[number] += [took] if turn > 1 else []
            if case.writes and number:
                calm()
    medians = [Taken(*(statistics.median(column) for column in zip(*times, strict=True))) for times in taken]
    return list(_told(case, *medians))


def _told(case: Case, ours: Taken, peer: Taken, remote: Taken) -> Iterator[Figure]:
    besides = f" and {case.then.partition('/')[0]}" if case.then else ""
    name = f"kctl {case.line} / kubectl{besides}".replace("{", "").replace("}", "")
    yield Figure(name, ours.wall, peer.wall, "at most 1.0")
    yield Figure("   processor time", ours.cpu, peer.cpu, "at most 1.0")
    yield Figure("   kctl over HTTPS / kubectl", remote.wall, peer.wall, "-")


def starts(*, small: bool = False) -> list[Figure]:
    """Each command by all three, in turns; what kubectl and kctl keep of a server's discovery is there."""
    figures: list[Any] = []
    with sides(1 if small else 10) as each, tempfile.TemporaryDirectory() as folder:
        paths = files(folder)
        for case in CASES[::5] if small else CASES:
            figures += compare(case, each, paths, 1 if small else 20)
    return figures
