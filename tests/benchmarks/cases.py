"""What is measured: each case returns one line of figures. `small` makes it short enough to be a test that the case still works."""

import os
import sqlite3
import tempfile

from tests.benchmarks import engines, machine, served, starts
from tests.benchmarks.figures import HEADER, Figure, deployment, listed

__all__ = ["CASES", "HEADER", "Figure"]


def get_pods(*, small: bool = False) -> list[Figure]:
    """Whole process `kctl get pods` with 100 pods, beside `kubectl version --client`."""
    peer = machine.kubectl()
    with machine.home() as environment:
        machine.kctl(environment, "apply", "-f", "-", stdin=listed([deployment("web", 4 if small else 100)]))
        if peer is None:
            ours, theirs = machine.paired(lambda: machine.kctl(environment, "get", "pods"), lambda: None, 3 if small else 20)
        else:
            version = (peer, "version", "--client")
            ours, theirs = machine.paired(lambda: machine.kctl(environment, "get", "pods"), lambda: machine.run(version, environment), 3 if small else 20)
    return [Figure("kctl get pods, 100 pods / kubectl version --client", ours, theirs if peer else 0.0, "at most 1.5")]


def first_pod(*, small: bool = False) -> list[Figure]:
    """From nothing at all to the first Running pod, one process."""
    times = []
    for _ in range(1 if small else 7):
        with machine.home() as environment:
            times.append(machine.seconds(lambda: machine.kctl(environment, "run", "web", "--image=nginx")))  # noqa: B023  (called at once)
            phase = machine.kctl(environment, "get", "pod", "web", "-o", "jsonpath={.status.phase}")
            if phase != "Running":
                raise RuntimeError(f"the pod is {phase}")
    return [Figure("nothing to first Running pod", sorted(times)[len(times) // 2], 0.0, "under 500 ms")]


def many_deployments(*, small: bool = False) -> list[Figure]:
    """1,000 Deployments of 3 pods in one file, on 40 nodes."""
    count = 10 if small else 1000
    with machine.home() as environment:
        machine.kctl(environment, "cluster", "create", "big", "--nodes", "40")
        text = listed([deployment(f"web-{number}", 3) for number in range(count)])
        taken = machine.seconds(lambda: machine.kctl(environment, "apply", "-f", "-", stdin=text))
        names = machine.kctl(environment, "get", "pods", "--field-selector=status.phase=Running", "-o", "name").splitlines()
        if len(names) != 3 * count:
            raise RuntimeError(f"{len(names)} of {3 * count} pods run")
    return [Figure(f"apply {count} Deployments x 3 pods, 40 nodes", taken, 0.0, "under 30 s")]


def scale(*, small: bool = False) -> list[Figure]:
    """`kctl scale` of one Deployment among 20,000 pods, beside the same among 20; both clusters have 200 nodes."""
    many = 40 if small else 20_000
    with machine.home() as big, machine.home() as little:
        for environment, pods in ((big, many), (little, 20)):
            machine.kctl(environment, "cluster", "create", "test", "--nodes", "4" if small else "200")
            text = listed([deployment(f"web-{number}", 20) for number in range(pods // 20)])
            machine.kctl(environment, "apply", "-f", "-", stdin=text)
        sizes = [20]

        def step(environment: dict[str, str]) -> None:
            machine.kctl(environment, "scale", "deployment/web-0", f"--replicas={sizes[0]}")

        def both(environment: dict[str, str]) -> None:
            sizes[0] = 21
            step(environment)
            sizes[0] = 20
            step(environment)

        ours, theirs = machine.paired(lambda: both(big), lambda: both(little), 2 if small else 7)
    return [Figure(f"kctl scale up and down, {many:,} pods / 20 pods", ours, theirs, "at most 1.5")]


def writes(*, small: bool = False) -> list[Figure]:
    """Durable single writes through the whole chain, beside single inserts of the same bytes into a bare SQLite table."""
    from minikube_py.cluster.cluster import Cluster, Settings
    from minikube_py.plugin.manager import PluginManager
    from minikube_py.storage import sqlite

    count = 20 if small else 1000
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Settings(), sqlite.open_store(os.path.join(folder, "store.db")), PluginManager())
        client = cluster.client()
        client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
        bare = sqlite3.connect(os.path.join(folder, "bare.db"), isolation_level=None)
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute("CREATE TABLE log(revision INTEGER PRIMARY KEY, key TEXT, value BLOB)")
        numbers = iter(range(10**9))

        def ours() -> None:
            for _ in range(count):
                data = {"key": "x" * 200}
                client.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{next(numbers)}", "namespace": "default"}, "data": data})

        def theirs() -> None:
            for _ in range(count):
                bare.execute("INSERT INTO log(key, value) VALUES(?, ?)", (f"/registry/configmaps/default/c{next(numbers)}", b"x" * 600))

        mine, peer = machine.paired(ours, theirs, 1 if small else 5)
        bare.close()
        cluster.close()
    return [Figure("one durable create through the chain / bare SQLite insert", mine / count, peer / count, "-")]


CASES = {
    "get-pods": get_pods,
    "first-pod": first_pod,
    "many-deployments": many_deployments,
    "scale": scale,
    "writes": writes,
    **served.CASES,
    "start": starts.starts,
    "engines": engines.engines,
}
