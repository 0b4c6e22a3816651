"""The same command through kctl, on the store, and through kubectl, on the server, prints the same."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.conftest import VERSIONS, Kubectl, Result, Served, binary

OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: same, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.25", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: same}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: same}
data: {b: "2", a: "1"}
---
apiVersion: v1
kind: Pod
metadata: {name: one, namespace: same, labels: {app: one}}
spec: {containers: [{name: one, image: busybox}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: job, namespace: same}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: job, image: busybox}]}}}
"""
READS = (
    "get pods", "get pods -o wide", "get pods -A", "get all", "get deploy,svc,cm", "get deploy web -o yaml", "get deploy web -o json", "get pods -o name",
    "get pods -l app=web", "get pods --field-selector status.phase=Running", "get pods --show-labels", "get pods --sort-by=.metadata.name",
    "get pods -L app", "get deploy web -o jsonpath={.spec.replicas}", "get pods -o custom-columns=N:.metadata.name,P:.status.phase",
    "get deploy web -o go-template={{.metadata.name}}", "get nodes", "get nodes -o wide", "get ns", "get events", "get sa,secrets,endpoints",
    "get rs", "get job", "get job job -o yaml", "get svc web -o yaml", "get cm conf -o yaml", "get pod one -o yaml", "get pod one -o json",
    "get pods --no-headers", "get clusterroles", "get sc,pv,pc", "get deploy/web svc/web", "get deploy web --show-managed-fields -o yaml",
    "get -f {file}", "get -f {file} -o name", "get pods nope", "get nope", "get pods,nope", "get deploy web --subresource=scale",
    "describe deploy web", "describe pod one", "describe svc web", "describe cm conf", "describe node minikube", "describe job job", "describe rs",
    "describe ns same", "describe pod nope", "logs one", "logs nope", "logs deploy/web", "api-resources", "api-resources -o wide", "api-versions",
    "api-resources --api-group=apps", "version", "get pods -o nonsense", "get", "get pods -l ((", "get pods -n nope",
)  # fmt: skip
WRITES = (
    "label pod one a=b", "label pod one a=c", "label pod one a=c --overwrite", "label pod one a-", "label pod nope a=b", "scale deploy web --replicas=3",
    "scale deploy web --replicas=2 --current-replicas=7", "scale deploy nope --replicas=1", "patch cm conf -p {\"data\":{\"c\":\"3\"}}",
    "patch cm conf --type=merge -p {\"data\":{\"c\":null}}", "patch cm conf --type=json -p [{\"op\":\"test\",\"path\":\"/data/a\",\"value\":\"9\"}]",
    "apply -f {file}", "apply -f {file} --dry-run=server", "apply -f {file} --server-side --force-conflicts", "create -f {file}", "create ns same",
    "create cm other --from-literal=a=b", "create cm other --from-literal=a=b", "create deployment two --image=nginx --dry-run=client -o yaml",
    "create deployment two --image=nginx --dry-run=server -o name", "run p --image=nginx --dry-run=server", "replace -f {conf}",
    "replace -f {conf} --dry-run=server",
    "delete cm other", "delete cm other", "delete cm other --ignore-not-found", "delete pod nope", "delete cm --all --dry-run=server",
)  # fmt: skip
# Where they differ, and why that is right.
DIFFERENT = {
    "version": "kctl is no kustomize",
    "get": "kubectl speaks of explain, which kctl has not",
}
_MASKS = (
    (r"\b(\d+d)?(\d+h)?(\d+m)?\d+s\b", "AGE"), (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"), (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ \+0000", "DATE"),
    (r"resourceVersion: \"\d+\"|\"resourceVersion\": \"\d+\"", "RV"), (r"[ \t]+", " "), (r"-{2,}", "--"), (r"\bkubectl (?=[a-z])", "kctl "),
)  # fmt: skip


def masked(found: Result, line: str = "") -> Result:
    """Return what a command gave without ages, times and revisions; kubectl describes config maps in the random order of Go's maps."""
    out, err = found.out, found.err
    if line.startswith("describe cm"):
        out = "\n".join(sorted(out.splitlines()))
    for pattern, put in _MASKS:
        out, err = re.sub(pattern, put, out), re.sub(pattern, put, err)
    return Result(found.code, out, err)


class Both:
    """kctl on the store and the newest kubectl on the server."""

    def __init__(self, served: Served, kubectl: Kubectl, file: Path) -> None:
        self._served = served
        self._kubectl = kubectl
        self._file = str(file)

    def words(self, line: str) -> list[str]:
        """Return the words of a command; those about objects are about the namespace of these tests."""
        words = [word.replace("{file}", self._file).replace("{conf}", self._file.replace("objects", "conf")) for word in line.split(" ")]
        return words if "-n" in words or "-A" in words or words[0] in ("api-resources", "api-versions", "version") else [*words, "-n", "same"]

    def kctl(self, line: str) -> Result:
        """Run kctl."""
        return masked(self._served.kctl(*self.words(line)), line)

    def kubectl(self, line: str) -> Result:
        """Run kubectl."""
        return masked(self._kubectl(*self.words(line)), line)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A served cluster with a few objects in it."""
    path, home = binary(VERSIONS[-1]), tmp_path_factory.mktemp("same")
    server = Served(home)
    kubectl = Kubectl(path, VERSIONS[-1], server, home)
    (home / "objects.yaml").write_text(OBJECTS)
    (home / "conf.yaml").write_text(OBJECTS.split("---\n")[2])
    kubectl.good("create", "namespace", "same")
    kubectl.good("apply", "-f", str(home / "objects.yaml"))
    kubectl.good("rollout", "status", "deploy/web", "-n", "same", "--timeout=60s")
    kubectl.good("wait", "-n", "same", "--for=condition=Complete", "job/job", "--timeout=60s")
    yield Both(server, kubectl, home / "objects.yaml")
    server.stop()


@pytest.mark.parametrize("line", READS)
def test_reads(both: Both, line: str) -> None:
    if line in DIFFERENT:
        assert both.kctl(line) != both.kubectl(line), f"no longer different: {DIFFERENT[line]}"
    else:
        assert both.kctl(line) == both.kubectl(line)


def test_writes(both: Both) -> None:
    """Each command twice, in turn: first both as they are, so that the second finds what the first has left."""
    file = both.words("{file}")[0]
    by_kubectl = [both.kubectl(line) for line in WRITES]
    both._kubectl.good("delete", "ns", "same")
    both._kubectl.good("create", "ns", "same")
    both._kubectl.good("apply", "-f", file)
    both._kubectl.good("rollout", "status", "deploy/web", "-n", "same", "--timeout=60s")
    both._kubectl.good("wait", "-n", "same", "--for=condition=Complete", "job/job", "--timeout=60s")
    by_kctl = [both.kctl(line) for line in WRITES]
    assert list(zip(WRITES, by_kctl, strict=True)) == list(zip(WRITES, by_kubectl, strict=True))
