"""What `podman kube play` refuses or passes over in a manifest, and what comes of the same manifest here, on the same Podman."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.testing import Result
from tests.behaviour.sites import ALLOWED, LOOP, Site, container, is_ready, pod, site, soon, status
from tests.engines.daemons import engine_daemon, shared_folder

__all__ = ["engine_daemon", "shared_folder", "site"]
pytestmark = pytest.mark.parametrize("engine_daemon", ["podman"], indirect=True, scope="module")

_NO_KIND = "YAML document does not contain any supported kube kind"
_HERE = ["test", "-e", "/tmp/here"]


class Play:
    """Podman's own way with manifests; all pods that it makes go with the test."""

    def __init__(self, site: Site, folder: Path) -> None:
        self._site = site
        self._file = folder / "played.yaml"
        self.is_old = site.engine.info().version.startswith("4.")  # what it can do grows; this is what Podman 4 does

    def tool(self, *words: str) -> Result:
        environment = {**os.environ, **self._site.daemon.environment}
        done = subprocess.run(["podman", "--remote", *words], env=environment, capture_output=True, text=True, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def __call__(self, *objects: dict[str, Any]) -> Result:
        self._file.write_text("\n---\n".join(map(json.dumps, objects)))
        return self.tool("kube", "play", str(self._file))

    def runs(self, container: str, *command: str) -> bool:
        """Tell whether a command succeeds in a container."""
        return self._site.engine.run_exec(container, ["/bin/busybox", *command], 30)[0] == 0

    def containers(self, prefix: str) -> list[str]:
        """Return the names of the containers that run."""
        return sorted(name for name in self.tool("ps", "--format", "{{.Names}}").out.split() if name.startswith(prefix))

    def end(self) -> None:
        """Let nothing of the played manifest remain."""
        if self._file.exists():
            self.tool("kube", "down", str(self._file))
        for name in self.tool("pod", "ps", "--format", "{{.Name}}").out.split():
            self.tool("pod", "rm", "--force", "--time=0", name)


@pytest.fixture
def play(site: Site, tmp_path: Path) -> Iterator[Play]:
    there = Play(site, tmp_path)
    yield there
    there.end()


def _main(script: str = LOOP, **more: Any) -> dict[str, Any]:
    return container("main", script, env=[{"name": "PATH", "value": "/bin"}], **more)  # played containers have none but the image's, and this has none


def _template(name: str) -> dict[str, Any]:
    return {"metadata": {"labels": {"app": name}}, "spec": pod(name, _main())["spec"]}


def _service(name: str, app: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": app}, "ports": [{"port": 8080}], **more}}


def test_a_service_leads_to_its_pods(site: Site, play: Play) -> None:
    page = "mkdir -p /tmp/www; echo open > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www"
    shop, web, client = _service("shop", "web"), pod("web", _main(page), labels={"app": "web"}), pod("client", _main())
    ask = ["wget", "-qO-", "http://shop:8080/"]

    refused = play(shop)
    assert (refused.code, _NO_KIND in refused.err) == (125, True)
    assert play(web, client, shop).code == 0  # as if it were not there
    assert not play.runs("client-main", *ask)

    site.apply(web, client, shop)
    for name in ("web", "client"):
        site.until(name, is_ready)
    soon(lambda: site.result("exec", "client", "--", *ask).out, "open\n")
    site("delete", "pod/web", "pod/client", "service/shop")


def test_a_stateful_set_has_pods_with_stable_names(site: Site, play: Play) -> None:
    store = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "store"},
             "spec": {"replicas": 2, "serviceName": "store", "selector": {"matchLabels": {"app": "store"}}, "template": _template("store")}}  # fmt: skip
    refused = play(store)
    assert (refused.code, _NO_KIND in refused.err) == (125, True)

    site.apply(_service("store", "store", clusterIP="None"), store)
    address = site.until("store-0", is_ready)["status"]["podIP"]
    site.until("store-1", is_ready)
    assert site("exec", "store-0", "--", "hostname", "-i") == f"{address}\n"
    soon(lambda: site.result("exec", "store-1", "--", "nslookup", "-type=a", "store-0.store.default.svc.cluster.local").code, 0)
    site("delete", "statefulset/store", "service/store")


def test_replicas_are_kept(site: Site, play: Play) -> None:
    worker = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "worker"},
              "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "worker"}}, "template": _template("worker")}}  # fmt: skip
    assert play(worker).code == 0
    played = play.containers("worker")
    assert len(played) == 2 or not play.is_old
    for name in played[1:]:
        site.engine.remove(name)
    assert len(play.containers("worker")) == 1  # and there is nobody who would see to it

    site.apply(worker)
    names = site("get", "pods", "-l", "app=worker", "-o", "jsonpath={.items[*].metadata.name}").split()
    site("delete", "pod", names[0])
    kept = site("get", "pods", "-l", "app=worker", "-o", "jsonpath={.items[*].metadata.name}").split()
    assert len(names) == len(kept) == 2 and len({*names, *kept}) == 3
    for name in kept:
        site.until(name, is_ready)
    site("delete", "deployment", "worker")


def test_a_startup_probe_decides_when_a_pod_has_started(site: Site, play: Play) -> None:
    probe = {"exec": {"command": _HERE}, "periodSeconds": 1, "failureThreshold": 600}
    slow = pod("slow", _main(startupProbe=probe))
    assert play(slow).code == 0
    assert play.tool("inspect", "--format", "{{json .Config.Healthcheck}}", "slow-main").out.strip() == "null" or not play.is_old

    site.apply(slow)
    assert status(site.until("slow", lambda it: status(it)["state"].get("running")))["started"] is False
    assert not is_ready(site.pod("slow"))
    site("exec", "slow", "--", "touch", _HERE[-1])
    assert status(site.until("slow", is_ready))["started"] is True
    site("delete", "pod", "slow")


def test_hooks_are_carried_out(site: Site, play: Play, tmp_path: Path) -> None:
    for folder in (tmp_path, site.home / ALLOWED):
        hooks = {"postStart": {"exec": {"command": ["touch", _HERE[-1]]}}, "preStop": {"exec": {"command": ["touch", "/shared/ended"]}}}
        hooked = pod("hooked", _main(lifecycle=hooks, volumeMounts=[{"name": "shared", "mountPath": "/shared"}]),
                     volumes=[{"name": "shared", "hostPath": {"path": str(folder)}}])  # fmt: skip
        if folder == tmp_path:
            assert play(hooked).code == 0
            assert not play.runs("hooked-main", *_HERE)
            play.end()
        else:
            site.apply(hooked)
            site.until("hooked", is_ready)
            assert site.result("exec", "hooked", "--", *_HERE).code == 0
            site("delete", "pod", "hooked")
        assert (folder / "ended").exists() == (folder != tmp_path)
