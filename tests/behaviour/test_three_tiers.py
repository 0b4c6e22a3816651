"""An application in three tiers that really runs, on Docker and on Podman: what people do with one, from the first apply to nothing left."""

import contextlib
import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from minikube_py.testing import Result
from tests.behaviour import homes
from tests.behaviour.sites import CLUSTER, Site, left, soon
from tests.engines.daemons import IMAGE, Daemon, engine_daemon, shared_folder

__all__ = ["engine_daemon", "shared_folder"]

MANIFEST = (homes.ROOT / "manifests" / "examples" / "three-tier.yaml").read_text()
ADDRESS = "http://127.0.0.1:{}/cgi-bin/{}"


def pods(site: Site, tier: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(site("get", "pods", "-l", f"tier={tier}", "-o", "json"))["items"]
    return found


def ready(site: Site, tier: str) -> list[bool]:
    """Tell of each pod whether it is ready and stays."""
    return [homes.is_running(pod) and "deletionTimestamp" not in pod["metadata"] for pod in pods(site, tier)]


@contextlib.contextmanager
def forwarded(site: Site, target: str) -> Iterator[str]:
    """Forward a free port of this machine to a target's port 8080, as a process of its own; yield the port."""
    process = homes.start(site.home, "port-forward", target, ":8080", extra=site.daemon.environment)
    try:
        assert process.stdout
        said = process.stdout.readline().decode()
        assert said.startswith("Forwarding from 127.0.0.1:") and said.endswith(" -> 8080\n"), said
        yield said.split(":")[1].split()[0]
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
        process.kill()
        process.communicate()


def fetch(port: str, path: str) -> str:
    try:
        with urllib.request.urlopen(ADDRESS.format(port, path), timeout=30) as answer:
            return str(answer.read().decode())
    except urllib.error.URLError as error:
        return f"{error}"


def test_three_tiers(engine_daemon: Daemon, tmp_path: Path) -> None:
    made = homes.run(tmp_path, "cluster", "create", CLUSTER, "--runtime", engine_daemon.kind, "--nodes", "2", extra=engine_daemon.environment)
    assert made == Result(0, f'cluster "{CLUSTER}" created\n', "")
    site = Site(tmp_path, engine_daemon)
    manifest = MANIFEST.replace("busybox:1.37", IMAGE)
    try:
        is_applied(site, manifest)
        is_reached(site)
        is_rolled_and_scaled(site)
        is_drained(site)
        keeps_its_data(site)
        is_deleted(site, manifest)
    finally:
        site("cluster", "delete", CLUSTER)
    assert left(site.engine, site.label) == ([], [], [])


def is_applied(site: Site, manifest: str) -> None:
    site("apply", "-f", "-", stdin=manifest)
    for tier, count in (("store", 1), ("worker", 1), ("web", 2)):
        soon(lambda tier=tier: ready(site, tier), [True] * count)  # type: ignore[misc]
    again = site("apply", "-f", "-", stdin=manifest).splitlines()
    assert {line.split()[-1] for line in again} <= {"unchanged", "configured"} and len(again) == 9
    inside = json.dumps([[dict(one.labels), one.name] for row in site.engine.list(site.label) for one in [site.engine.inspect(row.id)]])
    assert "store-0" in inside and "open-sesame" not in inside


def is_reached(site: Site) -> None:
    worker = pods(site, "worker")[0]["metadata"]["name"]
    for name in ("web", "web.default", "web.default.svc.cluster.local"):
        soon(lambda name=name: site.result("exec", worker, "--", "wget", "-qO-", f"http://{name}:8080/").out,  # type: ignore[misc]
             "Orders are taken at /cgi-bin/order, and listed at /cgi-bin/list\n")  # fmt: skip
    soon(lambda: site.result("exec", worker, "--", "nslookup", "-type=a", "store-0.store.default.svc.cluster.local").code, 0)
    with forwarded(site, "service/web") as port:
        assert fetch(port, "order?tea") == "ordered tea\n"
        soon(lambda: fetch(port, "list"), "tea\n")  # the worker has fulfilled it
    site("create", "job", "now", "--from=cronjob/count")
    soon(lambda: site("get", "job", "now", "-o", "jsonpath={.status.succeeded}"), "1")
    assert site("logs", "job/now") == "1 orders\n"


def is_rolled_and_scaled(site: Site) -> None:
    before = {pod["metadata"]["uid"] for pod in pods(site, "web")}
    site("set", "env", "deployment/web", "ROLLED=yes")
    assert site("rollout", "status", "deployment/web", "--timeout=120s").endswith('deployment "web" successfully rolled out\n')
    soon(lambda: ready(site, "web"), [True, True])
    assert before.isdisjoint(pod["metadata"]["uid"] for pod in pods(site, "web"))
    site("scale", "deployment/web", "--replicas=4")
    soon(lambda: ready(site, "web"), [True] * 4)
    site("scale", "deployment/web", "--replicas=1")
    soon(lambda: ready(site, "web"), [True])
    site("rollout", "undo", "deployment/web")
    assert site("rollout", "status", "deployment/web", "--timeout=120s").endswith('deployment "web" successfully rolled out\n')
    soon(lambda: ready(site, "web"), [True])


def is_drained(site: Site) -> None:
    node = pods(site, "store")[0]["spec"]["nodeName"]
    other = {CLUSTER: f"{CLUSTER}-m02", f"{CLUSTER}-m02": CLUSTER}[node]
    drained = site.result("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=120s")
    assert (drained.code, drained.out.splitlines()[-1]) == (0, f"node/{node} drained"), drained
    for tier in ("store", "worker", "web"):
        soon(lambda tier=tier: ready(site, tier), [True])  # type: ignore[misc]
        assert [pod["spec"]["nodeName"] for pod in pods(site, tier)] == [other]
    site("uncordon", node)


def keeps_its_data(site: Site) -> None:
    """The drain has moved the store; now its pod is deleted too, and the claim's data is still there."""
    site("delete", "pod", "store-0")
    soon(lambda: ready(site, "store"), [True])
    assert site("exec", "store-0", "--", "sh", "-c", "cat /data/done/*") == "tea\n"
    with forwarded(site, "service/web") as port:
        soon(lambda: fetch(port, "list"), "tea\n")
        assert fetch(port, "order?milk") == "ordered milk\n"
        soon(lambda: fetch(port, "list"), "tea\nmilk\n")


def is_deleted(site: Site, manifest: str) -> None:
    site("delete", "job", "now")
    site("delete", "-f", "-", stdin=manifest)
    site("delete", "pvc", "--all")
    assert site("get", "all,configmaps,secrets,pvc,pv", "-l", "app=orders", "-o", "name") == ""
    soon(lambda: [row.name for row in site.engine.list(site.label)] if site("get", "pods", "-o", "name") == "" else ["pods"], [])
    soon(lambda: list(site.engine.volumes(site.label)) if site("get", "pv", "-o", "name") == "" else ["pv"], [])
