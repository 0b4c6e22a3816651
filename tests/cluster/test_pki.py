"""The keys of a cluster: made when they are needed, once, whole, and for their owner only."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from minikube_py.cluster import bootstrap, pki
from minikube_py.cluster.cluster import Settings, open_cluster
from minikube_py.cluster.home import Home
from minikube_py.cluster.pki import Keys
from minikube_py.kits import jwt
from minikube_py.kits import pki as certificates
from minikube_py.machinery.errors import KctlError
from minikube_py.testing import FakeClock, new_cluster

ROOT = Path(__file__).parent.parent.parent
ALL = ["admin.crt", "admin.key", "apiserver.crt", "apiserver.key", "ca.crt", "ca.key", "sa.key", "sa.pub"]
CONCURRENT = (
    "import sys\n"
    "from minikube_py.cluster.pki import Keys\n"
    "from minikube_py.kits.clock import SystemClock\n"
    "keys = Keys(sys.argv[1], SystemClock())\n"
    "sys.stdin.read()\n"  # all begin at once
    "print(keys.server().certificate + keys.admin().key + keys.token_signer())\n"
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def keys(tmp_path: Path, clock: FakeClock) -> Keys:
    return Keys(str(tmp_path), clock, machine=clock)


def files(folder: Path) -> list[str]:
    return sorted(os.listdir(folder / "pki"))


def test_files_are_for_their_owner(tmp_path: Path, keys: Keys) -> None:
    for make in (keys.server, keys.admin, keys.token_signer):
        make()
    assert files(tmp_path) == ALL
    assert stat.S_IMODE((tmp_path / "pki").stat().st_mode) == 0o700
    assert {stat.S_IMODE((tmp_path / "pki" / name).stat().st_mode) for name in ALL} == {0o600}
    assert keys.path("ca.crt") == str(tmp_path / "pki" / "ca.crt")


def test_each_is_made_when_it_is_asked_for(tmp_path: Path, keys: Keys) -> None:
    assert (keys.published(), keys.token_keys(), (tmp_path / "pki").exists()) == ("", {}, False)
    keys.token_signer()
    assert files(tmp_path) == ["sa.key", "sa.pub"]
    keys.authority()
    assert files(tmp_path) == ["ca.crt", "ca.key", "sa.key", "sa.pub"]
    assert keys.published().encode() == keys.authorities() == keys.authority().certificate


def test_the_servers_hosts(keys: Keys) -> None:
    found = x509.load_pem_x509_certificate(keys.server("192.168.49.2").certificate)
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [
        "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost",
    ]  # fmt: skip
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1", "10.96.0.1", "192.168.49.2"]


def test_they_stay_until_they_must_be_renewed(keys: Keys, clock: FakeClock) -> None:
    first = (keys.authority(), keys.server(), keys.admin(), keys.token_signer())
    clock.advance(300 * certificates.DAY)
    assert (keys.authority(), keys.server(), keys.admin(), keys.token_signer()) == first
    clock.advance(40 * certificates.DAY)
    assert (keys.authority(), keys.token_signer()) == (first[0], first[3])
    assert keys.server().certificate != first[1].certificate
    assert keys.admin().certificate != first[2].certificate
    renewed = keys.server()
    assert keys.server("192.168.49.2") != renewed


def test_a_client_of_its_own(keys: Keys) -> None:
    made = keys.client("jane", "dev", days=1, uid="u-1")
    found = certificates.verify(made.certificate, keys.authorities(), purpose=certificates.CLIENT, now=keys.machine.now())
    assert found[:3] == ("jane", ("dev",), ("u-1",))


def test_keys_of_tokens_are_a_pair(keys: Keys) -> None:
    token = jwt.sign({"a": 1}, keys.token_signer())
    assert jwt.verify(token, keys.token_keys()) == {"a": 1}


@pytest.mark.parametrize(("left", "complete"), [(["ca.key"], False), (["ca.key", "ca.crt", "apiserver.key"], True), (["sa.key"], True)])
def test_what_a_kill_leaves_behind(tmp_path: Path, keys: Keys, left: list[str], complete: bool) -> None:
    before = (keys.server(), keys.token_signer())
    content = {name: (tmp_path / "pki" / name).read_bytes() for name in left}
    for name in files(tmp_path):
        if name not in left:
            (tmp_path / "pki" / name).unlink()
    again = Keys(str(tmp_path), keys.clock, machine=keys.machine)
    server = again.server()
    assert not certificates.needs_renewal(server, again.authority(), now=keys.machine.now())
    assert jwt.verify(jwt.sign({}, again.token_signer()), again.token_keys()) == {}
    kept = [name for name in left if (tmp_path / "pki" / name).read_bytes() == content[name]]
    assert (kept == [name for name in left if name != "apiserver.key"]) is complete
    assert before[0] != server


@pytest.mark.parametrize(("file", "content", "cause"), [
    ("ca.crt", b"garbage", "the certificate cannot be read"),
    ("ca.crt", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "the certificate cannot be read"),
    ("ca.key", b"", "the key cannot be read"),
    ("ca.key", certificates.new_key(), "the key is not that of the certificate"),
])  # fmt: skip
def test_an_authority_that_cannot_issue_is_told_of(tmp_path: Path, keys: Keys, file: str, content: bytes, cause: str) -> None:
    keys.server()
    folder = tmp_path / "pki"
    (folder / file).write_bytes(content)
    for use in (keys.server, keys.admin, lambda: keys.client("jane")):
        with pytest.raises(KctlError) as caught:
            use()
        assert str(caught.value) == f"cannot issue certificates by {folder / 'ca.crt'} and {folder / 'ca.key'}: {cause}"


@pytest.mark.parametrize(("missing", "there"), [("ca.key", "ca.crt"), ("apiserver.key", "apiserver.crt"), ("sa.key", "sa.pub")])
def test_a_lost_key_is_not_replaced_in_silence(tmp_path: Path, keys: Keys, missing: str, there: str) -> None:
    keys.server()
    keys.token_signer()
    path = tmp_path / "pki" / missing
    path.unlink()
    with pytest.raises(KctlError) as caught:
        keys.token_signer() if missing == "sa.key" else keys.server()
    assert str(caught.value) == f"{path} is missing, though {there} is there: put it back, or remove both for new keys"


def test_a_folder_that_cannot_be_written(tmp_path: Path, keys: Keys) -> None:
    (tmp_path / "pki").write_text("a file")
    with pytest.raises(KctlError, match="cannot (read|write) .*/pki/ca.crt: Not a directory"):
        keys.authority()


def test_processes_that_begin_at_once_make_one_set(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen([sys.executable, "-c", CONCURRENT, str(tmp_path)], env=environment, text=True, **pipes) for _ in range(4)]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    ended = [(*process.communicate(), process.returncode) for process in started]
    assert [(code, err) for _, err, code in ended] == [(0, "")] * 4
    assert len({out for out, _, _ in ended}) == 1
    assert files(tmp_path) == ALL


def test_a_cluster_in_memory_keeps_them_there() -> None:
    cluster = new_cluster(populated=False)
    assert cluster.keys.token_signer() == cluster.keys.token_signer()
    assert cluster.keys.server() == cluster.keys.server()
    with pytest.raises(KctlError, match="a cluster in memory has no files of keys"):
        cluster.keys.path("ca.crt")


def test_a_new_cluster_has_none_and_a_token_makes_them(tmp_path: Path) -> None:
    home = Home(str(tmp_path))
    bootstrap.create(home, Settings("one")).close()
    folder = Path(home.cluster("one"))
    assert not (folder / "pki").exists()
    cluster = open_cluster(home, "one")
    cluster.client().create_subresource("serviceaccounts", "default", "default", "token", {"spec": {}})
    cluster.close()
    assert files(folder) == ["sa.key", "sa.pub"]


def test_the_authority_is_published_where_it_is_first_needed() -> None:
    cluster = new_cluster()

    def held() -> set[str]:
        return {found["data"]["ca.crt"] for found in cluster.client().items("configmaps", field_selector="metadata.name=kube-root-ca.crt")}

    assert held() == {""}
    text = cluster.keys.authority().certificate.decode()
    assert pki.publish(cluster) == 4
    assert held() == {text}
    cluster.settle()
    cluster.client().create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "later"}})
    cluster.settle()
    assert (pki.publish(cluster), held()) == (0, {text})


def test_a_cluster_without_the_loop_publishes_nothing() -> None:
    cluster = new_cluster(without=("controllers", "scheduler", "kubelet"))
    cluster.keys.authority()
    assert pki.publish(cluster) == 0
