"""kctl on an engine is killed at random points of apply and delete, and containers are killed and removed by hand; the next commands put all right."""

import json
import random
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from minikube_py.kubelet.engines import api
from minikube_py.testing import Result
from tests.behaviour import homes
from tests.behaviour.sites import CLUSTER, PATIENCE, Site, left
from tests.engines.daemons import IMAGE, Daemon, engine_daemon, shared_folder

__all__ = ["engine_daemon", "shared_folder"]

LONGEST = {"apply": 3.0, "delete": 2.0}  # seconds after which a command is killed at the latest
POD, NAMESPACE, CONTAINER, KIND = "io.kubernetes.pod.uid", "io.kubernetes.pod.namespace", "io.kubernetes.container.name", "dev.kctl.kind"


def manifest(version: int) -> str:
    """Return a Deployment, a StatefulSet with a claim, and the config map that both mount; each version rolls them."""
    loop = ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.1; done"]
    main = {"name": "main", "image": IMAGE, "command": loop, "env": [{"name": "VERSION", "value": str(version)}],
            "volumeMounts": [{"name": "conf", "mountPath": "/conf"}]}  # fmt: skip
    spec = {"terminationGracePeriodSeconds": 1, "containers": [main], "volumes": [{"name": "conf", "configMap": {"name": "conf"}}]}
    stored = {**spec, "containers": [{**main, "volumeMounts": [*main["volumeMounts"], {"name": "data", "mountPath": "/data"}]}]}  # type: ignore[misc]
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}

    def app(kind: str, name: str, template: dict[str, Any], **more: Any) -> dict[str, Any]:
        of = {"metadata": {"labels": {"app": name}}, "spec": template}
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
                "spec": {"selector": {"matchLabels": {"app": name}}, "template": of, **more}}  # fmt: skip

    items = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}, "data": {"version": str(version)}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"}, "spec": {"clusterIP": "None", "selector": {"app": "db"}}},
        app("Deployment", "web", spec, replicas=2),
        app("StatefulSet", "db", stored, serviceName="db", volumeClaimTemplates=[claim]),
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


class Campaign:
    """One cluster on an engine, and what is done to it."""

    def __init__(self, site: Site, file: Path, seed: int) -> None:
        self.site, self.file, self.rng = site, file, random.Random(seed)
        self.version = 0
        self.there = False
        self.killed: Counter[str] = Counter()
        self.by_hand: Counter[str] = Counter()

    def once(self) -> None:
        """Kill a command, do mischief at the engine, and let the next commands put all right."""
        command = "apply" if not self.there else self.rng.choice(("apply", "delete", "delete"))
        self.there = command == "apply"
        if command == "apply":
            self.version += 1
            self.file.write_text(manifest(self.version))
        words = {"apply": ("apply", "-f", str(self.file)), "delete": ("delete", "-f", str(self.file), "--ignore-not-found")}[command]
        self.killed[command] += self.kill(words)
        self.mischief()
        self.site(*words)  # whoever saw it killed says it again
        self.check(running=command == "apply")

    def run(self, kills: int) -> None:
        """Go on until so many commands were killed, then delete all."""
        while self.killed.total() < kills:
            self.once()
        self.site("delete", "-f", str(self.file), "--ignore-not-found")
        self.site("delete", "pvc", "--all")
        self.check(running=False)

    def kill(self, words: tuple[str, ...]) -> bool:
        """Run a command and kill it; tell whether it still ran."""
        child = homes.start(self.site.home, *words, extra=self.site.daemon.environment)
        try:
            child.wait(self.rng.uniform(0.05, LONGEST[words[0]]) * self.rng.random())
        except subprocess.TimeoutExpired:
            child.kill()
        _, err = child.communicate()
        assert child.returncode in (0, -9), err
        return child.returncode != 0

    def mischief(self) -> None:
        """Kill or remove a container of ours by hand, every other time."""
        rows = self.site.engine.list(self.site.label)
        if not rows or self.rng.random() < 0.5:
            return
        row, what = self.rng.choice(rows), self.rng.choice(("killed", "removed"))
        try:
            if what == "killed":
                self.site.engine.kill(row.id, "KILL")
            else:
                self.site.engine.remove(row.id)
        except (api.NotFound, api.Conflict):  # it ends or goes at this moment
            return
        self.by_hand[what] += 1

    def check(self, *, running: bool) -> None:
        """Wait until the engine has exactly what the objects say."""
        end = time.monotonic() + PATIENCE
        while problem := self.problem(running=running):
            assert time.monotonic() < end, problem
            time.sleep(0.2)

    def problem(self, *, running: bool) -> str:
        """Return what differs between the pods of the API and the containers of the engine; empty where nothing does."""
        pods = json.loads(self.site("get", "pods", "-o", "json"))["items"]
        wanted = sorted((pod["metadata"]["uid"], name) for pod in pods for name in ("", "main"))
        found, other = [], []
        for row in self.site.engine.list(self.site.label):
            try:
                one = self.site.engine.inspect(row.id)
            except api.NotFound:
                return f"{row.name} is going"
            name = "" if one.labels[KIND] == "sandbox" else one.labels[CONTAINER]
            (found if one.state == api.RUNNING else other).append((one.labels[POD], name))
        orphans = {uid for uid, _ in [*found, *other]} - {uid for uid, _ in wanted}
        if orphans or sorted(found) != wanted:
            return f"the engine runs {sorted(found)}, has beside them {other}, wanted are {wanted}"
        if not all(map(homes.is_running, pods)) or len(pods) != (3 if running else 0):
            return f"pods: {[(pod['metadata']['name'], pod['status'].get('phase')) for pod in pods]}"
        volumes, claims = list(self.site.engine.volumes(self.site.label)), self.site("get", "pv", "-o", "name").split()
        return "" if len(volumes) == len(claims) else f"volumes {volumes}, but {claims}"


@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.long)])
def test_killed_commands_leave_nothing_on_an_engine(engine_daemon: Daemon, tmp_path: Path, kills: int) -> None:
    made = homes.run(tmp_path, "cluster", "create", CLUSTER, "--runtime", engine_daemon.kind, extra=engine_daemon.environment)
    assert made == Result(0, f'cluster "{CLUSTER}" created\n', "")
    site = Site(tmp_path, engine_daemon)
    campaign = Campaign(site, tmp_path / "apps.json", seed=kills)
    try:
        campaign.run(kills)
    finally:
        site("cluster", "delete", CLUSTER)
    assert left(site.engine, site.label) == ([], [], [])
    print(f"{engine_daemon.kind}: killed {dict(campaign.killed)}, by hand {dict(campaign.by_hand)}")
