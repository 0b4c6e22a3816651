"""Containers that join others: their network, their IPC, their processes."""

import time
import urllib.request

import pytest

from minikube_py.kubelet.engines import api
from tests.engines.support import Box, wait


def test_containers_share_what_they_join(box: Box) -> None:
    network = box.network()
    sandbox = box.run(network=network, ipc="shareable", hostname="the-pod", hosts=[("elsewhere", "192.0.2.7")], dns_search=["a.example", "b.example"])
    joined = {"network": f"container:{sandbox}", "ipc": f"container:{sandbox}", "labels": {"joins": "y"}}
    server = box.run("sh", "-c", "mkdir /tmp/www; echo hi > /tmp/www/x; httpd -f -p 8080 -h /tmp/www", **joined)
    wait(lambda: box.engine.run_exec(server, ["wget", "-qO-", "http://127.0.0.1:8080/x"], 20)[0] == 0)
    output = box.output("sh", "-c", "hostname; wget -qO- http://127.0.0.1:8080/x; cat /etc/hosts /etc/resolv.conf; readlink /proc/self/ns/ipc", **joined)
    lines = output.splitlines()
    assert lines[:2] == ["the-pod", "hi"]
    assert any(line.split() == ["192.0.2.7", "elsewhere"] for line in lines)
    assert any(line.split()[:3] == ["search", "a.example", "b.example"] for line in lines)
    assert lines[-1] == box.engine.run_exec(sandbox, ["readlink", "/proc/self/ns/ipc"], 20)[1].decode().strip()
    with urllib.request.urlopen("http://{}:{}/x".format(*box.engine.dial(server, 8080)), timeout=10) as answer:
        assert answer.read() == b"hi\n"


def test_what_others_have_joined_is_kept_or_goes_at_once(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = box.run()
    box.create(network=f"container:{sandbox}", labels={"joins": "y"})
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("it waits, and nothing will change"))
    if box.engine.name == "podman":
        with pytest.raises(api.Conflict, match="dependent containers"):
            box.engine.remove(sandbox)
    else:
        box.engine.remove(sandbox)


def test_processes_are_shared_where_asked(box: Box) -> None:
    sandbox = box.run("sleep", "4321")
    assert "sleep 4321" in box.output("ps", pid=f"container:{sandbox}", labels={"joins": "y"})
    assert "sleep 4321" not in box.output("ps", labels={"joins": "y"})
