"""The networks of clusters on engines: ranges that are free there and on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from minikube_py.cluster import engines
from minikube_py.kubelet.engines import api
from minikube_py.kubelet.runtimes.labels import Owner
from minikube_py.machinery.errors import KctlError

HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


class Networks:
    """An engine on which some ranges are taken."""

    name = "docker"

    def __init__(self, *taken: str) -> None:
        self.taken = taken
        self.made: list[str] = []

    def ensure_network(self, name: str, subnet: str, labels: Mapping[str, str]) -> None:
        if subnet in self.taken:
            raise api.EngineError(f"{subnet} overlaps with other one on this address space")
        self.made.append(f"{name} {subnet}")


def route(destination: str, mask: str) -> str:
    return f"eth0\t{destination}\t00000000\t0001\t0\t0\t0\t{mask}\t0\t0\t0\n"


@pytest.fixture
def routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "route"
    monkeypatch.setattr(engines, "_ROUTES", str(file))
    return file


def made(engine: Any, *ranges: str) -> str:
    return engines.make_network(engine, "n", Owner("dev", "ab12"), ranges)


def test_the_first_range_is_taken_that_nobody_has(routes: Path) -> None:
    routes.write_text(HEADER + route("00000000", "00000000") + route("0000F40A", "0000FFFF") + route("0110C80A", "00FFFFFF"))  # any, 10.244/16, 10.200.16.1/24
    engine = Networks("10.246.0.0/16")
    assert made(engine, "10.244.0.0/16", "10.246.0.0/16", "10.248.0.0/16", "10.250.0.0/16") == "10.248.0.0/16"
    assert made(engine, "10.200.16.0/20", "10.200.32.0/20") == "10.200.32.0/20"
    assert engine.made == ["n 10.248.0.0/16", "n 10.200.32.0/20"]


def test_a_machine_that_tells_of_no_routes_leaves_it_to_the_engine(routes: Path) -> None:
    assert made(Networks("10.244.0.0/16"), "10.244.0.0/16", "10.246.0.0/16") == "10.246.0.0/16"


def test_the_engine_says_why_it_makes_none(routes: Path) -> None:
    with pytest.raises(KctlError, match="^no network for pods can be made on docker: 10.244.0.0/16 overlaps with other one on this address space$"):
        made(Networks("10.244.0.0/16", "10.246.0.0/16"), "10.244.0.0/16", "10.246.0.0/16")


def test_an_engine_that_does_not_answer_is_asked_once(routes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, asked = Networks(), []

    def fail(name: str, subnet: str, labels: Mapping[str, str]) -> None:
        asked.append(subnet)
        raise api.Unreachable("no engine answers")

    monkeypatch.setattr(engine, "ensure_network", fail)
    with pytest.raises(api.Unreachable):
        made(engine, "10.244.0.0/16", "10.246.0.0/16")
    assert asked == ["10.244.0.0/16"]


def test_the_engines_of_one_machine_have_ranges_of_their_own() -> None:
    for ranges in (engines.pod_ranges, engines.names_ranges):
        docker, podman = list(ranges("docker")), list(ranges("podman"))
        assert len({*docker, *podman}) == len(docker) + len(podman) > 80
    assert next(engines.pod_ranges("docker")) == "10.244.0.0/16" and next(engines.names_ranges("podman")) == "10.201.0.0/20"
