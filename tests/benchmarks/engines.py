"""Pods that really run, beside the engines' own tools on the same engine: everything from the command's start until all of it runs."""

import json
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import machine
from tests.benchmarks.figures import Figure, NotHere, listed
from tests.engines import daemons
from tests.engines.daemons import IMAGE

_SLEEP = ["/bin/sleep", "1000"]
_NETWORK = "beside"


def pod(name: str, containers: int = 1) -> dict[str, Any]:
    """Return a pod of containers that sleep; it is killed at once, as only its start is measured."""
    each = [{"name": f"c{number}", "image": IMAGE, "command": _SLEEP} for number in range(containers)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "measured"}},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": each}}  # fmt: skip


@contextmanager
def site(kind: str) -> Iterator[dict[str, str]]:
    """Give the environment of a cluster on an engine of its own."""
    if why := daemons.missing(kind):
        raise NotHere(why)
    with tempfile.TemporaryDirectory() as shared, daemons.running(kind, Path(shared)) as daemon, machine.home() as environment:
        environment = {**environment, **daemon.environment}
        machine.kctl(environment, "cluster", "create", "measured", "--runtime", kind)
        try:
            yield environment
        finally:
            machine.kctl(environment, "cluster", "delete", "measured")


def apply(environment: dict[str, str], pods: list[dict[str, Any]]) -> float:
    """Return how long kctl takes until the pods run; then they are deleted."""
    taken = machine.seconds(lambda: machine.kctl(environment, "apply", "-f", "-", stdin=listed(pods)))
    phases = machine.kctl(environment, "get", "pods", "-o", "jsonpath={.items[*].status.phase}").split()
    if phases != ["Running"] * len(pods):
        raise RuntimeError(f"{len(pods)} pods are {phases}")
    machine.kctl(environment, "delete", "pods", "-l", "app=measured")
    return taken


def play(environment: dict[str, str], pods: list[dict[str, Any]]) -> float:
    """Return how long `podman kube play` takes for the same pods; then they are removed."""
    tool = ("podman", "--remote")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("\n---\n".join(map(json.dumps, pods)))
        file.flush()
        try:
            return machine.seconds(lambda: machine.run((*tool, "kube", "play", file.name), environment))
        finally:
            removed = subprocess.run([*tool, "pod", "rm", "--force", "--time=0", "--all"], env=environment, capture_output=True, check=False)
            if removed.returncode:
                raise RuntimeError(removed.stderr.decode())


def run_each(environment: dict[str, str], count: int) -> float:
    """Return how long so many `docker run`, one after another, take; then they are removed."""

    def start() -> None:
        for number in range(count):
            machine.run(("docker", "run", "--detach", "--network", _NETWORK, "--name", f"beside-{number}", IMAGE, *_SLEEP), environment)

    try:
        return machine.seconds(start)
    finally:
        machine.run(("docker", "rm", "--force", *(f"beside-{number}" for number in range(count))), environment)


def _medians(ours: Callable[[], float], theirs: Callable[[], float], runs: int) -> tuple[float, float]:
    both = [(ours(), theirs()) for _ in range(runs + 1)][1:] if runs > 1 else [(ours(), theirs())]  # the first of several warms up
    return statistics.median(mine for mine, _ in both), statistics.median(peer for _, peer in both)


def engines(*, small: bool = False) -> list[Figure]:
    """One pod beside `podman kube play`, three containers beside three `docker run`, and many pods at once beside the same on each engine."""
    runs, many = (1, 2) if small else (5, 30)
    crowd = [pod(f"p{number}") for number in range(many)]
    with site("podman") as environment:
        one = Figure("kctl apply of one pod / podman kube play", *_medians(
            lambda: apply(environment, [pod("p")]), lambda: play(environment, [pod("p")]), runs), "at most 1.0")  # fmt: skip
        crowded = Figure(f"{many} pods at once on Podman / podman kube play", *_medians(
            lambda: apply(environment, crowd), lambda: play(environment, crowd), 1), "-")  # fmt: skip
    with site("docker") as environment:
        machine.run(("docker", "network", "create", _NETWORK), environment)
        three = Figure("kctl apply of three containers / three docker run", *_medians(
            lambda: apply(environment, [pod("p", 3)]), lambda: run_each(environment, 3), runs), "at most 1.2")  # fmt: skip
        docked = Figure(f"{many} pods at once on Docker / as many docker run", *_medians(
            lambda: apply(environment, crowd), lambda: run_each(environment, many), 1), "-")  # fmt: skip
        machine.run(("docker", "network", "rm", _NETWORK), environment)
    return [one, three, crowded, docked]
