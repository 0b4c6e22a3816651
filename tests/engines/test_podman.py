"""What Podman's adapter does about Podman's own mistakes."""

from typing import Any

import pytest

from minikube_py.kubelet.engines import api, wire
from minikube_py.kubelet.engines.podman import Podman

ENDED = {"Id": "c1", "Name": "one", "Config": {"Labels": {"a": "b"}}, "State": {"Status": "exited", "ExitCode": 143}, "NetworkSettings": {}}
HALF = "network inspection mismatch: asked to join 1 network(s) map[a:{}], but have information on 2 network(s): internal libpod error"


class Service:
    """A Podman that has failed to take a container from a network: it refuses to tell of that until it has stopped it."""

    def __init__(self, refusal: str) -> None:
        self.refusal = refusal
        self.asked: list[str] = []

    def get(self, path: str, **query: object) -> Any:
        self.asked.append(f"GET {path}")
        if self.refusal:
            raise wire.failure(500, self.refusal)
        return ENDED

    def post(self, path: str, body: object = None, **query: object) -> None:
        self.asked.append(f"POST {path} {query}")
        self.refusal = ""


def podman(service: Service, monkeypatch: pytest.MonkeyPatch) -> Podman:
    found = Podman(wire.Address("unix:///nowhere"))
    monkeypatch.setattr(found, "_api", service)
    return found


def test_a_container_that_is_half_off_a_network_is_stopped_so_that_it_can_be_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(HALF)
    found = podman(service, monkeypatch).inspect("c1")
    assert (found.id, found.state, found.labels) == ("c1", api.EXITED, {"a": "b"})
    assert service.asked == ["GET /containers/c1/json", "POST /containers/c1/stop {'timeout': 0}", "GET /containers/c1/json"]


def test_nothing_is_stopped_for_another_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service("internal libpod error")
    with pytest.raises(api.EngineError, match="^internal libpod error$"):
        podman(service, monkeypatch).inspect("c1")
    assert service.asked == ["GET /containers/c1/json"]
