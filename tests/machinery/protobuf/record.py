"""Commands of kubectl whose bodies are protobuf, and what was sent: `python -m tests.machinery.protobuf.record` writes bodies.json anew."""

import json
import shlex
import tempfile
from pathlib import Path
from typing import Any

from minikube_py.apiserver import discovery
from minikube_py.machinery import protobuf, scheme
from tests.machinery.protobuf import kubectlstub, samples
from tests.machinery.protobuf.kubectlstub import Answer, Routes, Stub

FILE = Path(__file__).with_name("bodies.json")
NEWEST = "1.33"

# `--dry-run=client -o json` shows the same object.
CREATE = (
    "create namespace team-a",
    "create deployment web --image=nginx:1.27 --image=redis --replicas=2",
    "create deployment web --image=nginx --port=8080 -- sleep 10",
    "create configmap c1 --from-literal=a=b --from-literal=z=ä",
    "create secret generic s1 --from-literal=password=hunter2",
    "create secret docker-registry reg --docker-username=u --docker-password=p --docker-email=a@b",
    "create service clusterip web --tcp=80:8080 --tcp=443",
    "create service nodeport web --tcp=80:http --node-port=30080",
    "create service loadbalancer web --tcp=80",
    "create service externalname web --external-name=example.com",
    "create serviceaccount builder",
    "create job j1 --image=busybox -- date",
    "create cronjob c1 --image=busybox --schedule='*/5 * * * *' --restart=Never -- date",
    "create ingress web --class=nginx --rule=example.com/path*=svc:8080,tls=cert --default-backend=d:http --annotation=a=b",
    "create poddisruptionbudget pdb --selector=app=web --min-available=50%",
    "create poddisruptionbudget pdb --selector=app=web --max-unavailable=1",
    "create priorityclass high --value=1000 --global-default --description=text --preemption-policy=Never",
    "create quota q1 --hard=cpu=1,memory=1Gi,pods=2 --scopes=BestEffort",
    "create role reader --verb=get,list --resource=pods,deployments.apps --resource-name=a",
    "create rolebinding rb --clusterrole=admin --user=jane --group=devs --serviceaccount=default:x",
    "create clusterrole cr --verb=get --non-resource-url=/logs/*",
    "create clusterrole agg --aggregation-rule=a=b",
    "create clusterrolebinding crb --clusterrole=cluster-admin --user=root",
)
# kubectl 1.31 sends the same object as JSON.
REVIEWS = (
    "create token default --duration=1h --audience=a",
    "auth can-i get pods --subresource=log",
    "auth can-i --list",
    "auth whoami",
)


def echo(content_type: str, body: bytes) -> Any:
    """Return the object of a body."""
    return protobuf.decode(body) if "protobuf" in content_type else json.loads(body)


def routes() -> Routes:
    """Return discovery, and two CronJobs that have every field."""
    known = scheme.builtin()
    found: Routes = {
        "/api": lambda accept: _aggregated(accept, True),
        "/apis": lambda accept: _aggregated(accept, False),
        "/api/v1": lambda _: _json(discovery.resource_list(known, "", "v1")),
    }
    for name, full in (("full", True), ("zero", False)):
        cron_job = samples.kind("batch/v1", "CronJob", full)
        cron_job["metadata"] = {"name": name, "namespace": "default", "uid": "u"}
        found[f"/apis/batch/v1/namespaces/default/cronjobs/{name}"] = lambda _, obj=cron_job: _json(obj)  # type: ignore[misc]
    return found


def _aggregated(accept: str, core: bool) -> Answer:
    version = discovery.aggregated_version(accept)
    assert version is not None
    return discovery.content_type(version), json.dumps(discovery.aggregated(scheme.builtin(), core=core, version=version)).encode()


def _json(obj: Any) -> Answer:
    return "application/json", json.dumps(obj).encode()


def body(stub: Stub, home: Path, line: str, version: str = NEWEST) -> bytes:
    """Return the body that one kubectl sends."""
    ran = stub.run(home, version, *shlex.split(line))
    (sent,) = ran.sent
    assert ("protobuf" in sent.content_type) == (version > "1.31"), ran
    return sent.body


def shown(stub: Stub, home: Path, line: str) -> Any:
    """Return the object that kubectl would send, as it shows it itself."""
    verb, noun, *rest = shlex.split(line)
    ran = stub.run(home, NEWEST, verb, noun, "--dry-run=client", "-o", "json", *rest)
    assert ran.code == 0, ran
    return json.loads(ran.out)


def main() -> None:
    """Write the file."""
    rows: dict[str, Any] = {}
    with kubectlstub.serving(routes(), echo) as stub, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for line in (*CREATE, *REVIEWS):
            expected = shown(stub, home, line) if line in CREATE else json.loads(body(stub, home, line, "1.31"))
            rows[line] = {"hex": body(stub, home, line).hex(), "object": expected}
    lines = [f"{json.dumps(line)}:{json.dumps(row, separators=(',', ':'))}" for line, row in rows.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
