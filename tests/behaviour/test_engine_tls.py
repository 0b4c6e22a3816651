"""A Docker daemon behind TLS: found by variables and by a context, as docker finds it; nobody else is let in, and nobody else is believed."""

import datetime
import ipaddress
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from minikube_py.kubelet.engines import api, find
from minikube_py.testing import Result
from tests import sockets
from tests.behaviour import homes
from tests.behaviour.sites import CLUSTER, Site, container, is_ready, left, pod
from tests.engines.daemons import Daemon, private_daemon

__all__ = ["private_daemon"]

Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, signer: Pair | None, *more: x509.ExtensionType) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(signer[0].subject if signer else subject, subject, key.public_key(), x509.random_serial_number(),
                                   now - datetime.timedelta(hours=1), now + datetime.timedelta(hours=1))  # fmt: skip
    for extension in (x509.BasicConstraints(ca=signer is None, path_length=None), *more):
        made = made.add_extension(extension, critical=False)
    return made.sign(signer[1] if signer else key, hashes.SHA256()), key


def write(folder: Path, authority: Pair, own: Pair | None) -> Path:
    """Write the files that DOCKER_CERT_PATH names."""
    folder.mkdir()
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority[0].public_bytes(pem))
    if own is not None:
        (folder / "cert.pem").write_bytes(own[0].public_bytes(pem))
        (folder / "key.pem").write_bytes(own[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder


def test_docker_behind_tls(private_daemon: Callable[[str], Daemon], tmp_path: Path) -> None:
    authority, other = certificate("tests", None), certificate("others", None)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = write(tmp_path / "server", authority, certificate("server", authority, address, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])))
    client = write(tmp_path / "client", authority, certificate("client", authority, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])))
    host = f"tcp://127.0.0.1:{sockets.free_port()}"
    files = [f"--tls{name}={server / path}" for name, path in (("cacert", "ca.pem"), ("cert", "cert.pem"), ("key", "key.pem"))]
    (tmp_path / "options.json").write_text(json.dumps([f"--host={host}", "--tlsverify", *files]))
    daemon = private_daemon("docker")
    by_variables = {"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(client)}
    runs_pods(tmp_path / "home", daemon, by_variables)

    is_refused({**by_variables, "DOCKER_CERT_PATH": str(write(tmp_path / "nobody", authority, None))}, "certificate required|bad certificate|no engine answers")
    is_refused({**by_variables, "DOCKER_CERT_PATH": str(write(tmp_path / "other", other, certificate("client", authority)))}, "(?i)certificate.verify.failed")
    is_refused({"DOCKER_HOST": host}, "HTTP request to an HTTPS server|no engine answers")

    folder = {"HOME": str(tmp_path), "DOCKER_CONFIG": str(tmp_path / "docker")}
    endpoint = ",".join([f"host={host}", *(f"{name}={client / name}.pem" for name in ("ca", "cert", "key"))])
    subprocess.run(["docker", "context", "create", "behind", "--docker", endpoint], env={**os.environ, **folder}, check=True, capture_output=True)
    assert find.open_engine("docker", {**folder, "DOCKER_CONTEXT": "behind"}).info().name == "docker"
    subprocess.run(["docker", "context", "use", "behind"], env={**os.environ, **folder}, check=True, capture_output=True)
    runs_pods(tmp_path / "home2", daemon, folder)


def runs_pods(home: Path, daemon: Daemon, environment: dict[str, Any]) -> None:
    """Make a cluster, let a pod run there and be looked into, and delete it: all through TLS, even when the environment says nothing any more."""
    home.mkdir()
    made = homes.run(home, "cluster", "create", CLUSTER, "--runtime", "docker", extra=environment)
    assert made == Result(0, f'cluster "{CLUSTER}" created\n', "")
    site = Site(home, daemon)
    site.apply(pod("one", container("main", "echo ran; sleep 1000")))
    site.until("one", is_ready)
    assert (site("logs", "one"), site("exec", "-i", "one", "--", "cat", stdin="in and out")) == ("ran\n", "in and out")
    gone = homes.run(home, "cluster", "delete", CLUSTER)
    assert gone == Result(0, f'cluster "{CLUSTER}" deleted\n', "")
    assert left(site.engine, site.label) == ([], [], [])


def is_refused(environment: dict[str, str], why: str) -> None:
    with pytest.raises(api.EngineError, match=why):
        find.open_engine("docker", environment).info()
