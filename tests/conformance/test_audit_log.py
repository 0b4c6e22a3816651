"""The audit log of a server in a process of its own, and what stops such a server from starting."""

import http.client
import json
import os
import re
import ssl
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import campaign, conftest
from tests.conformance.conftest import Result

POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: ["system:anonymous", ""]
"""


class Cluster:
    """A cluster to serve."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "kctl" / "clusters" / "minikube"
        self.policy, self.log = home / "policy.yaml", home / "audit.log"
        self.policy.write_text(POLICY)
        self._environment = {"KCTL_HOME": str(home / "kctl"), "HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}

    def kctl(self, *words: str) -> Result:
        return conftest.run([sys.executable, "-m", "minikube_py", *words], self._environment)

    def serve(self, *words: str) -> Result:
        return self.kctl("serve", "--port", "0", "--detach", *words)

    def audited(self) -> Result:
        return self.serve("--audit-policy-file", str(self.policy), "--audit-log-path", str(self.log), "--audit-log-maxsize", "1")


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def get(port: int, path: str, **headers: str) -> int:
    """Return the code of the answer to a request without a certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
    connection.request("GET", path, headers=headers)
    code = connection.getresponse().status
    connection.close()
    return code


def test_a_server_writes_its_log(cluster: Cluster) -> None:
    started = cluster.audited()
    found = re.fullmatch(r'Serving cluster "minikube" at https://127\.0\.0\.1:(\d+)\n', started.out)
    assert found, started
    try:
        port = int(found.group(1))
        asked = [get(port, "/version"), get(port, "/api/v1/secrets"), get(port, "/version", Authorization="Bearer no"),
                 get(port, "/version", Authorization="Basic no"), get(port, "/apis/made/v1/up"), get(port, "/api/v1/nodes/minikube/proxy/")]  # fmt: skip
        assert asked == [200, 403, 401, 401, 403, 403]
    finally:
        assert cluster.kctl("serve", "stop").code == 0
    events = [json.loads(line) for line in cluster.log.read_text().splitlines()]
    assert [(event["stage"], event["verb"], event["requestURI"], event["responseStatus"]["code"]) for event in events] == [
        ("ResponseComplete", "get", "/version", 200), ("ResponseComplete", "list", "/api/v1/secrets", 403), ("ResponseStarted", "get", "/version", 401),
        ("ResponseStarted", "get", "/version", 401), ("ResponseComplete", "list", "/apis/made/v1/up", 403),
        ("ResponseComplete", "get", "/api/v1/nodes/minikube/proxy/", 403),
    ]  # fmt: skip
    assert cluster.log.stat().st_mode & 0o777 == 0o600


def test_what_stops_the_start(cluster: Cluster, tmp_path: Path) -> None:
    log, policy = str(cluster.log), str(cluster.policy)
    together = "error: --audit-policy-file and --audit-log-path go together\n"
    assert cluster.serve("--audit-log-path", log) == (1, "", together)
    assert cluster.serve("--audit-policy-file", policy) == (1, "", together)
    absent = str(tmp_path / "absent")
    assert cluster.serve("--audit-policy-file", absent, "--audit-log-path", log) == (1, "", f"error: cannot read {absent}: No such file or directory\n")
    assert cluster.serve("--audit-policy-file", policy, "--audit-log-path", f"{absent}/log") == (
        1, "", f"error: cannot write the audit log {absent}/log: No such file or directory\n")  # fmt: skip
    cluster.policy.write_text(POLICY.replace("Metadata", "Everything"))
    refused = cluster.audited()
    assert (refused.code, refused.err.startswith(f'error: {policy}: invalid audit policy: rules[0].level: Unsupported value: "Everything"')) == (1, True)
    assert not cluster.log.exists()
    tokens = cluster.folder / "tokens.csv"
    tokens.write_text("t,jane,1\n")
    tokens.chmod(0o666)
    assert cluster.serve() == (1, "", f"error: {tokens}: others may write to it, so nobody is let in by it\n")


def test_what_begins_and_what_never_does(cluster: Cluster) -> None:
    """What is asked of kubelets is there from its beginning to its end, be it that a dry run runs nothing."""
    cluster.policy.write_text(POLICY.replace('users: ["system:anonymous", ""]', 'resources: [{group: "", resources: ["pods/*"]}]'))
    config = str(cluster.log.parent / "config")
    started = cluster.serve("--audit-policy-file", str(cluster.policy), "--audit-log-path", str(cluster.log), "--write-kubeconfig", config)
    assert started.code == 0, started
    pod = "/api/v1/namespaces/kube-system/pods/kube-apiserver-minikube"
    try:
        remote = cluster.kctl("--kubeconfig", config, "logs", "-n", "kube-system", "kube-apiserver-minikube")
        assert remote.code == 0, remote
        session = campaign.context(*_keys(config))
        assert [_ask(session, started, f"{pod}/{path}") for path in ("exec?command=x&stdout=true", "portforward", "proxy/x")] == [400, 400, 503]
    finally:
        assert cluster.kctl("serve", "stop").code == 0
    events = [json.loads(line) for line in cluster.log.read_text().splitlines()]
    told = [(event["stage"], event["requestURI"].removeprefix(f"{pod}/"), event["responseStatus"]["code"]) for event in events
            if f"{pod}/" in event["requestURI"] and event["verb"] == "get"]  # fmt: skip
    assert [(stage, code) for stage, uri, code in told if uri.startswith("log")] == [("ResponseStarted", 200), ("ResponseComplete", 200)]
    assert [one for one in told if not one[1].startswith("log")] == [
        ("ResponseComplete", "exec?command=x&stdout=true", 400), ("ResponseComplete", "portforward", 400), ("ResponseComplete", "proxy/x", 503),
    ]  # fmt: skip


def _keys(config: str) -> tuple[bytes, bytes, bytes]:
    from base64 import b64decode

    from minikube_py.kits import yaml

    content: Any = next(iter(yaml.load_all(Path(config).read_bytes()))).value
    cluster, user = content["clusters"][0]["cluster"], content["users"][0]["user"]
    return (b64decode(cluster["certificate-authority-data"]), b64decode(user["client-certificate-data"]), b64decode(user["client-key-data"]))


def _ask(context: ssl.SSLContext, started: Result, path: str) -> int:
    port = int(started.out.split("127.0.0.1:")[1].split("\n")[0])
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
    connection.request("GET", path)
    code = connection.getresponse().status
    connection.close()
    return code
