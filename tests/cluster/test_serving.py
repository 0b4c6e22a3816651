"""The audit log of a served cluster: nothing is told to be done before it is durable."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minikube_py.apiserver.audit import policy
from minikube_py.cluster import bootstrap
from minikube_py.cluster.home import Home
from minikube_py.cluster.serving import Audit, Place, Wish

RULES = {"apiVersion": policy.API_VERSION, "kind": "Policy", "omitStages": ["RequestReceived"],
         "rules": [{"level": "Metadata", "verbs": ["create", "update"], "resources": [{"group": "", "resources": ["configmaps", "serviceaccounts"]}]}]}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    home = Home(str(tmp_path / "home"))
    bootstrap.open_or_create(home, "minikube").close()
    found = Place(home, Wish("minikube", "127.0.0.1", 0, Audit(policy.parse(RULES), str(tmp_path / "log"), 1 << 20, 1)), lambda *work: None)
    while found.turn(60.0, bool) == 0.0:
        continue
    yield found
    found.close()


def told(tmp_path: Path, name: str) -> list[int]:
    """Return the codes of what the log says of an object."""
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    return [event["responseStatus"]["code"] for event in events if event["objectRef"].get("name") == name]


def configmap(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}


def test_a_batch_that_is_undone_has_failed(place: Place, tmp_path: Path) -> None:
    client = place.cluster.client()
    with place.batch():
        client.create(configmap("kept"))
        assert told(tmp_path, "kept") == []
    assert told(tmp_path, "kept") == [201]
    with pytest.raises(OSError, match="full"), place.batch():
        client.create(configmap("lost"))
        raise OSError("full")
    place.undone()
    assert told(tmp_path, "lost") == [500]
    assert client.find("configmaps", "lost", "default") is None


def test_what_the_loops_do_is_told_when_it_is_durable(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.cluster.client().create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new"}})
    before = told(tmp_path, "default")
    work = place.cluster.settle_some

    def failing(*given: Any) -> bool:
        work(*given)
        raise OSError("full")

    with monkeypatch.context() as patched:
        patched.setattr(place.cluster, "settle_some", failing)
        place.turn(60.0, bool)
    assert told(tmp_path, "default")[len(before) :] == [500]
