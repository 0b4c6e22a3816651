"""What kubectl does while it runs: watches, forwarded ports, the proxy; and what needs a key of its own. By every version."""

import base64
import json
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conformance.conftest import Kubectl


@contextmanager
def running(kubectl: Kubectl, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that goes on until the block is left."""
    process = kubectl.start(*words)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def line(process: "subprocess.Popen[str]") -> str:
    """Return the next line that a command prints."""
    assert process.stdout is not None
    return process.stdout.readline()


def words(process: "subprocess.Popen[str]", *columns: int) -> list[str]:
    """Return some columns of the next line that a command prints."""
    found = line(process).split()
    return [found[column] for column in columns]


def test_a_watch_as_a_table(kubectl: Kubectl, space: str) -> None:
    with running(kubectl, "get", "configmaps", "-n", space, "-l", "own=yes", "-w", "--output-watch-events") as watch:
        kubectl.good("create", "configmap", "before", "-n", space)
        kubectl.good("create", "-n", space, "-f", "-", stdin=manifest("one", {}))
        assert words(watch, 0, 1, 2) == ["EVENT", "NAME", "DATA"]
        assert words(watch, 0, 1, 2) == ["ADDED", "one", "0"]
        kubectl.good("patch", "configmap", "one", "-n", space, "--type=merge", "-p", '{"data":{"a":"b"}}')
        assert words(watch, 0, 1, 2) == ["MODIFIED", "one", "1"]
        kubectl.good("label", "configmap", "one", "own-", "-n", space)
        assert words(watch, 0, 1, 2) == ["DELETED", "one", "1"]
        kubectl.good("label", "configmap", "one", "own=yes", "-n", space)
        assert words(watch, 0, 1, 2) == ["ADDED", "one", "1"]
        kubectl.good("delete", "configmap", "one", "-n", space)
        assert words(watch, 0, 1, 2) == ["DELETED", "one", "1"]


def manifest(name: str, data: dict[str, str]) -> str:
    """Return a config map that the watches look for."""
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"own": "yes"}}, "data": data})


def test_a_watch_of_what_follows_only(kubectl: Kubectl, space: str) -> None:
    kubectl.good("create", "-n", space, "-f", "-", stdin=manifest("old", {}))
    with running(kubectl, "get", "configmaps", "-n", space, "-l", "own=yes", "--watch-only", "-o", "jsonpath={.metadata.name}:{.data.n}{'\\n'}") as watch:
        number, found, reading = 0, list[str](), threading.Thread(target=lambda: found.append(line(watch)))
        reading.start()
        while number < 5 or reading.is_alive():  # it watches from some moment on that it does not tell
            number += 1
            assert number < 1000, "it does not watch"
            kubectl.good("patch", "configmap", "old", "-n", space, "--type=merge", "-p", json.dumps({"data": {"n": str(number)}}))
        begun = int(found[0].removeprefix("old:"))
        assert [line(watch) for _ in range(begun, number)] == [f"old:{one}\n" for one in range(begun + 1, number + 1)]


def test_watches_in_other_forms(kubectl: Kubectl, space: str) -> None:
    kubectl.good("create", "-n", space, "-f", "-", stdin=manifest("one", {"n": "1"}))
    watched = ("get", "configmaps", "one", "-n", space, "-w")
    with running(kubectl, *watched, "-o", "name") as names, running(kubectl, *watched, "-o", "custom-columns=N:.data.n") as columns:
        assert line(names) == "configmap/one\n"
        assert [line(columns), line(columns)] == ["N\n", "1\n"]
        kubectl.good("patch", "configmap", "one", "-n", space, "--type=merge", "-p", '{"data":{"n":"2"}}')
        assert [line(names), line(columns)] == ["configmap/one\n", "2\n"]
    bounded = kubectl(*watched, "-o", "json", "--output-watch-events", "--request-timeout=1s")
    assert (bounded.code, bounded.err) == (0, "") and json.loads(bounded.out)["object"]["data"] == {"n": "2"}


def test_the_log_of_events_is_watched(kubectl: Kubectl, space: str) -> None:
    with running(kubectl, "events", "-n", space, "--watch", "--no-headers") as watch:
        kubectl.good("run", "one", "-n", space, "--image=nginx")
        seen = {words(watch, 2)[0] for _ in range(4)}
        assert seen == {"Scheduled", "Pulled", "Created", "Started"}


def test_rollout_status_follows(kubectl: Kubectl, space: str) -> None:
    kubectl.good("create", "deployment", "web", "-n", space, "--image=nginx", "--replicas=2")
    kubectl.good("rollout", "status", "deploy/web", "-n", space, "--timeout=60s")
    kubectl.good("rollout", "pause", "deploy/web", "-n", space)
    kubectl.good("set", "image", "deploy/web", "nginx=nginx:2", "-n", space)
    with running(kubectl, "rollout", "status", "deploy/web", "-n", space) as status:
        assert line(status) == 'Waiting for deployment "web" rollout to finish: 0 out of 2 new replicas have been updated...\n'
        kubectl.good("rollout", "resume", "deploy/web", "-n", space)
        out, err = status.communicate(timeout=60)
        assert (status.returncode, err) == (0, "") and out.endswith('deployment "web" successfully rolled out\n')


def test_the_proxy(kubectl: Kubectl, space: str) -> None:
    with running(kubectl, "proxy", "--port=0", "--reject-paths=/livez") as proxy:
        root = "http://" + line(proxy).removeprefix("Starting to serve on ").strip()
        with urllib.request.urlopen(f"{root}/api/v1/namespaces/{space}") as answer:
            assert json.load(answer)["metadata"]["name"] == space
        create = urllib.request.Request(f"{root}/api/v1/namespaces/{space}/configmaps", manifest("made", {}).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(create) as answer:
            assert (answer.status, json.load(answer)["metadata"]["name"]) == (201, "made")
        with urllib.request.urlopen(f"{root}/api/v1/namespaces/{space}/configmaps?watch=true&timeoutSeconds=1&labelSelector=own") as answer:
            events = [json.loads(text) for text in answer]
        assert [(event["type"], event["object"]["metadata"]["name"]) for event in events] == [("ADDED", "made")]
        for path, code in (("/livez", 403), ("/nonsense", 404), (f"/api/v1/namespaces/{space}/pods/x/exec?command=a", 404)):
            try:
                urllib.request.urlopen(root + path)
            except urllib.error.HTTPError as error:
                assert error.code == code, path
                error.close()
            else:
                raise AssertionError(path)


def test_forwarded_ports_lead_nowhere(kubectl: Kubectl, space: str) -> None:
    kubectl.good("run", "one", "-n", space, "--image=nginx", "--port=80")
    kubectl.good("wait", "-n", space, "pod/one", "--for=condition=Ready", "--timeout=60s")
    for switch in ("true", "false"):
        kubectl.environment["KUBECTL_PORT_FORWARD_WEBSOCKETS"] = switch
        found = kubectl("port-forward", "pod/one", "0:80", "-n", space)
        if found.code == 0:
            raise AssertionError(found)
        assert found.out == "" and "the runtime is a dry run" in found.err and len(found.err.splitlines()) == 1, found


def test_a_drain_waits_for_the_budget(newest: Kubectl) -> None:
    at = ("-n", "drained")
    newest.good("create", "namespace", "drained")
    newest.good("create", "deployment", "drained", *at, "--image=nginx", "--replicas=2")
    newest.good("rollout", "status", "deploy/drained", *at, "--timeout=60s")
    newest.good("create", "pdb", "web", *at, "--selector=app=drained", "--min-available=2")
    newest.good("wait", *at, "pdb/web", "--for=jsonpath={.status.desiredHealthy}=2", "--timeout=60s")
    found = newest("drain", "minikube", "--pod-selector=app=drained", "--timeout=4s")
    assert found.code == 1 and found.err.count("(will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.\n") == 2
    with running(newest, "drain", "minikube", "--pod-selector=app=drained") as drain:
        assert line(drain) == "node/minikube already cordoned\n"
        newest.good("delete", "pdb", "web", *at)
        out, _ = drain.communicate(timeout=60)
        assert drain.returncode == 0 and out.count(" evicted\n") == 2 and out.endswith("node/minikube drained\n")
    newest.good("uncordon", "minikube")
    newest.good("delete", "namespace", "drained", "--wait=false")


def request() -> tuple[str, bytes, bytes]:
    """Return a request for a certificate in base64, a certificate that signs itself, and the key of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
    wanted = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    now = datetime(2026, 1, 1)
    own = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=9999)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(wanted.public_bytes(pem)).decode(), own.public_bytes(pem), secret


def test_certificates(kubectl: Kubectl) -> None:
    text, _, _ = request()
    spec = {"request": text, "signerName": "example.com/own", "usages": ["client auth"]}
    ours, theirs = (f"csr-{kubectl.version}-{which}" for which in ("a", "b"))
    for name in (ours, theirs):
        csr = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": name}, "spec": spec}
        assert kubectl.good("create", "-f", "-", stdin=json.dumps(csr)) == f"certificatesigningrequest.certificates.k8s.io/{name} created\n"
    assert kubectl.good("get", "csr", ours, "--no-headers").split()[2:] == ["example.com/own", "minikube-user", "<none>", "Pending"]
    assert kubectl.good("certificate", "approve", ours) == f"certificatesigningrequest.certificates.k8s.io/{ours} approved\n"
    assert kubectl.good("certificate", "deny", theirs) == f"certificatesigningrequest.certificates.k8s.io/{theirs} denied\n"
    assert [kubectl.good("get", "csr", name, "--no-headers").split()[5] for name in (ours, theirs)] == ["Approved", "Denied"]
    refused = kubectl("certificate", "deny", ours)
    assert refused.code == 1 and refused.err.count("\n") == 1, refused
    assert "Requesting User:" in kubectl.good("describe", "csr", ours)
    kubectl.good("delete", "csr", ours, theirs)


def test_a_secret_of_a_key(kubectl: Kubectl, space: str, tmp_path: Path) -> None:
    _, certificate, key = request()
    (tmp_path / "c").write_bytes(certificate)
    (tmp_path / "k").write_bytes(key)
    made = kubectl.good("create", "secret", "tls", "pair", f"--cert={tmp_path / 'c'}", f"--key={tmp_path / 'k'}", "-n", space)
    assert made == "secret/pair created\n"
    assert kubectl.good("get", "secret", "pair", "-n", space, "-o", "jsonpath={.type}") == "kubernetes.io/tls"


def test_a_server_that_is_gone(kubectl: Kubectl) -> None:
    with socket.socket() as taken:  # a port that nobody listens on
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        found = kubectl("get", "--raw", "/version", f"--server=https://127.0.0.1:{port}")
    assert found == (1, "", f"The connection to the server 127.0.0.1:{port} was refused - did you specify the right host or port?\n")
