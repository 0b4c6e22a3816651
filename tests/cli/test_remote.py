"""The same command lines on a cluster of this machine and, over HTTPS, on `kctl serve` of the same cluster: the same bytes and exit codes.

Masked are ages (the two runs are not in the same second) and, where commands change something, uids, times and the namespace that each works in.
"""

import io
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from minikube_py.cli import main
from minikube_py.cli.factory import Streams
from minikube_py.testing import Result

_MADE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\bresourceVersion: .*")
_TRIES = 40  # what differs only because the cluster goes on working meanwhile is the same sooner or later
_AGE = re.compile(r"\b(\d+m)?\d+[sm]( \(x\d+ over (\d+m)?\d+[sm]\))? *")


class Pair:
    """One cluster: from within, and over HTTPS."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kubeconfig = str(folder / "kubeconfig")
        self.environment = {"KCTL_HOME": str(folder / "home"), "HOME": str(folder), "TZ": "UTC"}
        line = [sys.executable, "-m", "minikube_py", "serve", "--port", "0", "--write-kubeconfig", self.kubeconfig]
        self._process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env={**self.environment, "PYTHONPATH": os.pathsep.join(sys.path)})
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1]
        self._process.stdout.readline()  # the kubeconfig is written

    def run(self, line: str | Sequence[str], stdin: str = "") -> Result:
        """Run a command line as it is."""
        out, err = io.StringIO(), io.StringIO()
        words = shlex.split(line) if isinstance(line, str) else list(line)
        code = main.run(words, streams=Streams(io.StringIO(stdin), out, err), environment=self.environment)
        return Result(code, out.getvalue(), err.getvalue())

    def remote(self, line: str, stdin: str = "") -> Result:
        """Run a command line over HTTPS."""
        return self.run(["--kubeconfig", self.kubeconfig, *shlex.split(line)], stdin)

    def close(self) -> None:
        """Stop the server."""
        self._process.terminate()
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A served cluster with a deployment."""
    opened = Pair(tmp_path_factory.mktemp("remote"))
    try:
        for line in ("create deployment web --image=nginx:1.27 --replicas=2 --port=80", "create configmap settings --from-literal=a=b"):
            assert opened.remote(line)[::2] == (0, "")
        eventually(lambda: opened.run("get pods -o jsonpath={.items[*].status.phase}").out, "Running Running")
        yield opened
    finally:
        opened.close()


def eventually(read: object, wanted: object) -> None:
    """Let the cluster come to where it should be."""
    for _ in range(_TRIES):
        if read() == wanted:  # type: ignore[operator]
            break
        time.sleep(0.1)
    assert read() == wanted  # type: ignore[operator]


def masked(result: Result) -> Result:
    return Result(result.code, *(_AGE.sub("AGE ", text) for text in (result.out, result.err)))


def twin(result: Result) -> Result:
    """Return a result without what differs in an object made twice."""
    return masked(Result(result.code, *(_MADE.sub("MADE", text.replace("there", "here")) for text in (result.out, result.err))))


READS = """
get nodes
get nodes -o wide
get pods
get pods -A -o wide
get pods --show-labels -L app
get pods -o name
get pods -o json
get pods -o yaml --show-managed-fields
get pods -o jsonpath={.items[*].metadata.name}
get pods -o custom-columns=N:.metadata.name,U:.metadata.uid
get pods -o go-template='{{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}'
get pods --sort-by=.metadata.name
get pods --sort-by=.metadata.name -o name
get pods -l app=web --no-headers
get pods --field-selector=status.phase=Running
get pods --server-print=false
get pods -A --chunk-size=2
get pods -A --chunk-size=2 -o name
get deploy/web
get deploy web -o yaml
get deploy/web svc/kubernetes
get deploy,rs,cm
get all
get all -n kube-system
get cm settings -o jsonpath={.data}
get clusterroles
get deploy web --subresource=scale
get pods -w --request-timeout=1s
get deploy web -w --request-timeout=1s -o name
get pod nope
get pod nope --ignore-not-found
get pods nope -o yaml
get nothing
get pods -n nowhere
get pods -l 'a b'
get pods --field-selector=foo=bar
get pods ..
get pods --as jane
get pods --as jane --as-group system:masters
get pods --context=
describe node minikube
describe deploy web
describe pods
describe svc kubernetes
describe cm settings
describe pod nope
describe pod web
logs deploy/web
logs nope
logs -l app=web --prefix
api-resources
api-resources -o wide
api-resources -o name --namespaced=false
api-resources --api-group=apps --no-headers
api-versions
version
version -o json
version --client -o yaml
""".strip().splitlines()


@pytest.mark.parametrize("line", READS)
def test_reading_prints_the_same_bytes(pair: Pair, line: str) -> None:
    for _ in range(_TRIES):
        local, remote = masked(pair.run(line)), masked(pair.remote(line))
        if local == remote:
            break
    assert remote == local


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, labels: {app: app}}
spec:
  replicas: 1
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec: {containers: [{name: app, image: "nginx:1.27"}]}
---
apiVersion: v1
kind: Service
metadata: {name: app}
spec: {selector: {app: app}, ports: [{port: 80}]}
"""
CHANGED = DEPLOYMENT.replace("replicas: 1", "replicas: 2").replace("port: 80", "port: 81")
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"
WRITES = [
    ("apply -f -", DEPLOYMENT),
    ("apply -f -", DEPLOYMENT),
    ("apply -f - --dry-run=server", CHANGED),
    ("apply -f - --dry-run=client", CHANGED),
    ("apply -f -", CHANGED),
    ("apply -f - -o name", CHANGED),
    ("apply --server-side -f -", CONFIG),
    ("apply --server-side -f - --field-manager=other", CONFIG.replace("a: b", "a: c")),
    ("apply --server-side -f - --field-manager=other --force-conflicts", CONFIG.replace("a: b", "a: c")),
    ("apply -f -", CONFIG + "wrong: 1\n"),
    ("apply -f -", CONFIG + "data: {a: b}\n"),
    ("apply -f - --validate=warn", CONFIG.replace("c}", "c2}") + "wrong: 1\n"),
    ("create -f -", CONFIG),
    ("create -f -", CONFIG.replace("{name: c}", "{name: C_}")),
    ("create -f - -o yaml --dry-run=server", CONFIG.replace("{name: c}", "{name: dry}")),
    ("create -f -", "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: x}\n"),
    ("create configmap made --from-literal=k=v", ""),
    ("create configmap made --from-literal=k=v", ""),
    ("create deployment plain --image=nginx", ""),
    ("run one --image=nginx", ""),
    ("label deploy app tier=front", ""),
    ("label deploy app tier=back", ""),
    ("label deploy app tier=back --overwrite", ""),
    ("patch deploy app -p '{\"spec\":{\"paused\":true}}'", ""),
    ("patch cm c --type=json -p '[{\"op\":\"remove\",\"path\":\"/data/none\"}]'", ""),
    ("patch cm c --type=merge -p '{\"data\":{\"z\":\"1\"}}'", ""),
    ("scale deploy/app --replicas=3 --current-replicas=9", ""),
    ("scale deploy/app --replicas=3 --timeout=60s", ""),
    ("replace -f -", CONFIG.replace("a: b", "a: d")),
    ("get cm c -o jsonpath={.data}", ""),
    ("get deploy app -o jsonpath={.spec.replicas}/{.spec.paused}/{.metadata.labels}", ""),
    ("delete cm c made --dry-run=server", ""),
    ("delete cm c made", ""),
    ("delete cm c", ""),
    ("delete cm c --ignore-not-found", ""),
    ("delete -f -", DEPLOYMENT),
    ("delete pod one --now", ""),
    ("delete pods -l app=nothing", ""),
    ("get deploy,svc,cm", ""),
]


MANAGERS = "get cm c -n {} --ignore-not-found -o jsonpath={{.metadata.managedFields[*].manager}}"


def test_changing_says_and_does_the_same(pair: Pair) -> None:
    managers: list[set[tuple[str, ...]]] = []
    assert pair.run("create ns here") == Result(0, "namespace/here created\n", "")
    assert pair.remote("create ns there") == Result(0, "namespace/there created\n", "")
    eventually(lambda: pair.remote("get cm -n there -o name").out, "configmap/kube-root-ca.crt\n")
    for line, stdin in WRITES:
        for _ in range(_TRIES if line.startswith("get") else 1):
            local, remote = twin(pair.run(f"{line} -n here", stdin)), twin(pair.remote(f"{line} -n there", stdin))
            if local == remote:
                break
        assert (line, remote) == (line, local)
        managers.append({tuple(sorted(run(MANAGERS.format(space)).out.split())) for space, run in (("here", pair.run), ("there", pair.remote))})
    assert [len(each) for each in managers] == [1] * len(WRITES)
    assert pair.remote("delete ns here there").code == 0
    assert pair.run("get ns here there --ignore-not-found") == Result(0, "", "")


def test_custom_resources(pair: Pair) -> None:
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wg"]}
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.com"},
                  "spec": {"group": "example.com", "scope": "Namespaced", "names": names}}  # fmt: skip
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    definition["spec"]["versions"] = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]  # type: ignore[index]
    assert pair.remote("get wg").err == 'error: the server doesn\'t have a resource type "wg"\n'
    created = pair.remote("create -f -", json.dumps(definition))
    assert created[::2] == (0, "")
    assert masked(pair.remote("get crd")) == masked(pair.run("get crd"))


def test_cluster_info_names_the_server(pair: Pair) -> None:
    local, remote = pair.run("cluster-info"), pair.remote("cluster-info")
    assert remote.out == local.out.replace("kctl://minikube", pair.url)
    assert f"running at {pair.url}\n" in remote.out


def test_other_ways_to_name_a_server(pair: Pair) -> None:
    entries = json.loads(pair.run(["--kubeconfig", pair.kubeconfig, "config", "view", "--raw", "-o", "json"]).out)
    user, cluster = entries["users"][0]["user"], entries["clusters"][0]["cluster"]
    import base64

    for name, data in (("ca", cluster["certificate-authority-data"]), ("cert", user["client-certificate-data"]), ("key", user["client-key-data"])):
        (pair.folder / name).write_bytes(base64.b64decode(data))
    trust, pair_of = f"--certificate-authority={pair.folder}/ca", f"--client-certificate={pair.folder}/cert --client-key={pair.folder}/key"
    expected = pair.run("get nodes -o name")
    assert pair.run(f"--server {pair.url} {trust} {pair_of} get nodes -o name") == expected
    assert pair.run(f"-s {pair.url} --insecure-skip-tls-verify {pair_of} get nodes -o name") == expected
    assert pair.run(f"-s {pair.url} {trust} --tls-server-name=kubernetes {pair_of} get nodes -o name") == expected
    own = {**entries, "current-context": "x", "contexts": [{"name": "x", "context": entries["contexts"][0]["context"]}]}
    other = pair.folder / "other"
    other.mkdir(exist_ok=True)
    (other / "config").write_text(json.dumps(own))
    out, err = io.StringIO(), io.StringIO()
    code = main.run(["get", "nodes", "-o", "name"], streams=Streams(io.StringIO(), out, err), environment={"KCTL_HOME": str(other), "HOME": str(other)})
    assert Result(code, out.getvalue(), err.getvalue()) == expected
    assert sorted(path.name for path in other.iterdir()) == ["cache", "config"]  # no cluster was made
    assert (other / "cache").stat().st_mode & 0o077 == 0


def test_who_is_not_let_in(pair: Pair) -> None:
    trust = f"-s {pair.url} --insecure-skip-tls-verify"
    unauthorized = "error: You must be logged in to the server (Unauthorized)\n"
    assert pair.run(f"{trust} --token=sesame get nodes") == Result(1, "", unauthorized)
    assert pair.run(f"{trust} --username=me --password=sesame get nodes") == Result(1, "", unauthorized)


def test_certificates_that_do_not_fit(pair: Pair) -> None:
    begin = "Unable to connect to the server: tls: failed to verify certificate: x509: certificate "
    assert pair.run(f"-s {pair.url} --token=x get nodes") == Result(1, "", begin + "signed by unknown authority\n")
    other = pair.remote("get nodes --tls-server-name=elsewhere")
    assert other == Result(1, "", begin + "is valid for other names, not 127.0.0.1\n")


def test_secrets_are_in_no_line_of_verbosity(pair: Pair) -> None:
    found = pair.run(f"-s {pair.url} --insecure-skip-tls-verify --token=sesame -v 9 get nodes")
    assert '-H "Authorization: Bearer <masked>"' in found.err
    assert "sesame" not in found.out + found.err


def test_version_of_a_server_that_is_gone(pair: Pair) -> None:
    refused = "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"
    assert pair.run("-s 127.0.0.1:1 version") == Result(1, pair.run("version --client").out, refused)


def test_the_users_own_kubeconfig_is_left_alone(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_bytes(Path(pair.kubeconfig).read_bytes())
    environment = {"HOME": str(tmp_path), "KCTL_HOME": str(tmp_path / "home"), "KUBECONFIG": pair.kubeconfig}
    out, err = io.StringIO(), io.StringIO()
    assert main.run(["cluster-info"], streams=Streams(io.StringIO(), out, err), environment=environment) == 0
    assert "kctl://minikube" in out.getvalue() and pair.url not in out.getvalue()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--kubeconfig /nowhere/file get pods", "error: stat /nowhere/file: no such file or directory"),
        ("-s ftp://host get pods", 'Unable to connect to the server: unsupported protocol scheme "ftp"'),
        ("-s 127.0.0.1:1/x get pods", 'error: host must be a URL or a host:port pair: "127.0.0.1:1/x"'),
        ("-s http://127.0.0.1:1 get pods", "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?"),
        ("-s http://no-such-host.invalid get pods", "Unable to connect to the server: dial tcp: lookup no-such-host.invalid: no such host"),
        ("-s http://127.0.0.1:1 --request-timeout=x get pods", "error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer "
                                                               "followed by a corresponding time unit (e.g. 1s | 2m | 3h)"),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, line: str, message: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    code = main.run(shlex.split(line), streams=Streams(io.StringIO(), out, err), environment={"KCTL_HOME": str(tmp_path), "HOME": str(tmp_path)})
    assert Result(code, out.getvalue(), err.getvalue()) == Result(1, "", message + "\n")
