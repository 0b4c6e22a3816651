"""The audit log of a server in a process of its own, and what stops such a server from starting."""

import http.client
import json
import os
import re
import ssl
import sys
from pathlib import Path

import pytest

from tests.conformance import conftest
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
        assert [get(port, "/version"), get(port, "/api/v1/secrets"), get(port, "/version", Authorization="Bearer no")] == [200, 403, 401]
    finally:
        assert cluster.kctl("serve", "stop").code == 0
    events = [json.loads(line) for line in cluster.log.read_text().splitlines()]
    assert [(event["stage"], event["verb"], event["requestURI"], event["responseStatus"]["code"]) for event in events] == [
        ("ResponseComplete", "get", "/version", 200), ("ResponseComplete", "list", "/api/v1/secrets", 403), ("ResponseStarted", "get", "/version", 401),
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
