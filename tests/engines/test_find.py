"""Engines are found where their own tools find them."""

import hashlib
import json
import os
import socket
from pathlib import Path

import pytest

from minikube_py.kubelet.engines import api, find, wire


def listening(path: Path) -> str:
    """Make a socket that exists, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return str(path)


def docker_context(home: Path, name: str, host: str, *, current: bool = True, tls: bool = False) -> None:
    number = hashlib.sha256(name.encode()).hexdigest()
    folder = home / ".docker" / "contexts"
    (folder / "meta" / number).mkdir(parents=True)
    (folder / "meta" / number / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}))
    if tls:
        (folder / "tls" / number / "docker").mkdir(parents=True)
        for each in ("ca", "cert", "key"):
            (folder / "tls" / number / "docker" / f"{each}.pem").write_text("x")
    if current:
        (home / ".docker" / "config.json").write_text(json.dumps({"currentContext": name}))


def docker(home: Path, **environment: str) -> wire.Address:
    return find.docker_address({"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), **environment})


def podman(home: Path, **environment: str) -> wire.Address:
    return find.podman_address({"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "CONTAINERS_CONF": str(home / "containers.conf"), **environment})


def test_docker_host_comes_before_contexts(tmp_path: Path) -> None:
    docker_context(tmp_path, "mine", "unix:///mine.sock")
    assert docker(tmp_path, DOCKER_HOST="unix:///given.sock", DOCKER_CONTEXT="mine").path == "/given.sock"
    assert docker(tmp_path).path == "/mine.sock"
    docker_context(tmp_path, "other", "tcp://192.0.2.1:2376", current=False, tls=True)
    address = docker(tmp_path, DOCKER_CONTEXT="other")
    assert (address.endpoint, address.tls, address.verify, Path(address.cert).name) == (("192.0.2.1", 2376), True, True, "cert.pem")
    assert docker(tmp_path, DOCKER_CONTEXT="default").path == "/var/run/docker.sock"


def test_a_context_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(api.EngineError, match='the Docker context "nix" does not exist'):
        docker(tmp_path, DOCKER_CONTEXT="nix")


def test_tls_comes_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    address = docker(tmp_path, DOCKER_HOST="tcp://192.0.2.1", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(tmp_path))
    assert (address.url, address.tls, address.verify, address.ca, address.cert) == ("tcp://192.0.2.1", True, True, str(tmp_path / "ca.pem"), "")
    assert docker(tmp_path, DOCKER_HOST="tcp://192.0.2.1:1").tls is False


@pytest.mark.skipif(os.path.exists("/var/run/docker.sock"), reason="Docker runs here")
def test_rootless_docker(tmp_path: Path) -> None:
    assert docker(tmp_path).path == "/var/run/docker.sock"
    path = listening(tmp_path / "run" / "docker.sock")
    assert docker(tmp_path).path == path


@pytest.mark.parametrize("host", ["ssh://user@host", "npipe:////./pipe/x", "nonsense", "tcp://", "fd://"])
def test_ways_that_do_not_lead_there(tmp_path: Path, host: str) -> None:
    with pytest.raises(api.EngineError, match="DOCKER_HOST says"):
        docker(tmp_path, DOCKER_HOST=host)
    with pytest.raises(api.EngineError, match="CONTAINER_HOST says"):
        podman(tmp_path, CONTAINER_HOST=host)


def test_podman_by_environment_and_configuration(tmp_path: Path) -> None:
    (tmp_path / "containers.conf").write_text(
        '[engine]\nactive_service="b"\n[engine.service_destinations.a]\nuri="unix:///a.sock"\n[engine.service_destinations.b]\nuri="unix:///b.sock"\n'
    )
    assert podman(tmp_path, CONTAINER_HOST="unix:///given.sock").path == "/given.sock"
    assert podman(tmp_path).path == "/b.sock"
    assert podman(tmp_path, CONTAINER_CONNECTION="a").path == "/a.sock"
    with pytest.raises(api.EngineError, match='the Podman connection "c" does not exist'):
        podman(tmp_path, CONTAINER_CONNECTION="c")
    own = tmp_path / ".config" / "containers" / "podman-connections.json"
    own.parent.mkdir(parents=True)
    own.write_text(json.dumps({"Connection": {"Default": "c", "Connections": {"c": {"URI": "unix:///c.sock"}}}}))
    assert podman(tmp_path).path == "/c.sock"


def test_podman_of_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    path = listening(tmp_path / "run" / "podman" / "podman.sock")
    assert podman(tmp_path).path == path
    (tmp_path / "containers.conf").write_text('[engine]\nactive_service="machine"\n[engine.service_destinations.machine]\nuri="ssh://core@host/x.sock"\n')
    assert podman(tmp_path).path == path  # what listens here comes before a machine's
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert podman(tmp_path, CONTAINERS_CONF=str(tmp_path / "none")).path == "/run/podman/podman.sock"


def test_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "containers.conf").write_text("[")
    with pytest.raises(api.EngineError, match="containers.conf cannot be read"):
        podman(tmp_path)
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text("{")
    with pytest.raises(api.EngineError, match="config.json cannot be read"):
        docker(tmp_path)


def test_nobody_answers(tmp_path: Path) -> None:
    for kind, variable in (("docker", "DOCKER_HOST"), ("podman", "CONTAINER_HOST")):
        engine = find.open_engine(kind, {variable: f"unix://{tmp_path}/none.sock"})
        for ask in (engine.info, lambda engine=engine: engine.list({}), lambda engine=engine: engine.logs("x", follow=False)):
            with pytest.raises(api.Unreachable, match=rf"no engine answers at unix://{tmp_path}/none.sock: No such file or directory \("):
                ask()
    with pytest.raises(api.EngineError, match="there is no engine 'rkt': choose one of docker, podman"):
        find.open_engine("rkt", {})


def test_the_wrong_engine_answers(engine_daemon) -> None:
    url = engine_daemon.url
    kind, variable = {"docker": ("podman", "CONTAINER_HOST"), "podman": ("docker", "DOCKER_HOST")}[engine_daemon.kind]
    with pytest.raises(api.EngineError, match=f"choose the runtime {engine_daemon.kind}"):
        find.open_engine(kind, {variable: url}).info()


def test_a_client_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(api.EngineError, match=r"the runtime podman needs the Python package podman: pip install 'minikube-py\[podman\]'"):
        find.open_engine("podman", {})
