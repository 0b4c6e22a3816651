"""Endpoints that Docker keeps in a network though their containers are gone."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from minikube_py.kubelet.engines import api, docker, wire

REFUSAL = "error while removing network: network kctl-a id 1 has active endpoints"


class _Client:
    """A daemon's answers: one network with these endpoints, and these containers."""

    def __init__(self, ends: dict[str, str], containers: tuple[str, ...]) -> None:
        self.ends, self.containers, self.removed = ends, containers, False

    def remove_network(self, name: str) -> None:
        if self.ends:
            raise api.EngineError(REFUSAL)
        self.removed = True

    def inspect_network(self, name: str) -> dict[str, Any]:
        return {"Name": name, "Containers": {key: {"Name": end} for key, end in self.ends.items()}}

    def inspect_container(self, container: str) -> dict[str, Any]:
        if container not in self.containers:
            raise api.NotFound(f"No such container: {container}")
        return {"Id": container}

    def disconnect_container_from_network(self, container: str, network: str, *, force: bool) -> None:
        assert force
        self.ends = {key: end for key, end in self.ends.items() if end != container}


@pytest.fixture
def adapter() -> docker.Docker:
    return docker.Docker(wire.Address("unix:///nowhere.sock"))


def _answering(adapter: docker.Docker, client: _Client) -> _Client:
    @contextlib.contextmanager
    def clients() -> Iterator[_Client]:
        yield client

    adapter._client = clients  # type: ignore[assignment]
    return client


def test_endpoints_of_containers_that_are_gone_do_not_hold_a_network(adapter: docker.Docker) -> None:
    client = _answering(adapter, _Client({"ep-12": "kctl_a_one", "34": "kctl_a_two"}, ()))
    adapter.remove_network("kctl-a")
    assert client.removed


def test_containers_of_others_do(adapter: docker.Docker) -> None:
    client = _answering(adapter, _Client({"34": "theirs"}, ("34",)))
    with pytest.raises(api.EngineError, match="has active endpoints"):
        adapter.remove_network("kctl-a")
    assert (client.removed, client.ends) == (False, {"34": "theirs"})
