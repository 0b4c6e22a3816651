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


class Ending(Service):
    """A Podman that some times finds the process gone at which it looks for a container."""

    def __init__(self, refusal: str, times: int) -> None:
        super().__init__(refusal)
        self.times = times

    def get(self, path: str, **query: object) -> Any:
        self.times -= 1
        if self.times < 0:
            self.refusal = ""
        return super().get(path, **query)


def podman(service: Service, monkeypatch: pytest.MonkeyPatch) -> Podman:
    found = Podman(wire.Address("unix:///nowhere"))
    monkeypatch.setattr(found, "_api", service)
    return found


def test_a_container_that_is_half_off_a_network_is_stopped_so_that_it_can_be_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(HALF)
    found = podman(service, monkeypatch).inspect("c1")
    assert (found.id, found.state, found.labels) == ("c1", api.EXITED, {"a": "b"})
    assert service.asked == ["GET /containers/c1/json", "POST /containers/c1/stop {'timeout': 0}", "GET /containers/c1/json"]


@pytest.mark.parametrize("refusal", ["read /proc/11035/cgroup: no such process", "open /proc/11035/cgroup: no such file or directory"])
def test_a_container_that_ends_while_podman_looks_at_it_is_asked_for_again(refusal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Ending(refusal, 2)
    assert podman(service, monkeypatch).inspect("c1").state == api.EXITED
    assert service.asked == ["GET /containers/c1/json"] * 3


def test_a_container_that_does_nothing_but_end_is_not_asked_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Ending("read /proc/11035/cgroup: no such process", 1000)
    with pytest.raises(api.EngineError, match="^Podman cannot tell of the container c1, which ends and starts again and again$"):
        podman(service, monkeypatch).inspect("c1")
    assert len(service.asked) < 10


def test_nothing_is_stopped_for_another_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service("internal libpod error")
    with pytest.raises(api.EngineError, match="^internal libpod error$"):
        podman(service, monkeypatch).inspect("c1")
    assert service.asked == ["GET /containers/c1/json"]
