"""Every version of kubectl through its commands: exit codes, output, and nothing unexpected on standard error."""

import json
import re

from tests.conformance.conftest import Kubectl

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.25", ports: [{containerPort: 80}]}]}
"""


def test_get_in_all_forms(kubectl: Kubectl) -> None:
    assert re.fullmatch(r"NAME +STATUS +ROLES +AGE +VERSION\nminikube +Ready +control-plane +\w+ +v1\.33\.1\n", kubectl.good("get", "nodes"))
    assert kubectl.good("get", "nodes", "-o", "name") == "node/minikube\n"
    assert kubectl.good("get", "ns", "default", "-o", "jsonpath={.status.phase}") == "Active"
    assert kubectl.good("get", "ns", "default", "-o", "custom-columns=N:.metadata.name") == "N\ndefault\n"
    assert kubectl.good("get", "ns", "default", "-o", "go-template={{.kind}}/{{.metadata.name}}") == "Namespace/default"
    listing = json.loads(kubectl.good("get", "pods", "-A", "-o", "json"))
    assert {item["kind"] for item in listing["items"]} == {"Pod"}
    names = [item["metadata"]["name"] for item in listing["items"]]
    for chosen in (("--sort-by=.metadata.name",), ("--chunk-size=2",), ("-o", "wide"), ("--field-selector=spec.nodeName=minikube",)):
        lines = kubectl.good("get", "pods", "-A", "--no-headers", *chosen).splitlines()
        assert sorted(line.split()[1] for line in lines) == sorted(names)
    assert kubectl.good("get", "all", "-n", "kube-system").count("\npod/") == len(names)
    assert "resourceVersion" in kubectl.good("get", "ns", "default", "-o", "yaml", "--show-managed-fields")
    assert kubectl("get", "pods", "-A", "-l", "tier=nothing") == (0, "", "No resources found\n")


def test_what_is_not_there(kubectl: Kubectl) -> None:
    found = kubectl("get", "pod", "nope")
    assert found == (1, "", 'Error from server (NotFound): pods "nope" not found\n')
    assert kubectl("get", "nosuchthing") == (1, "", 'error: the server doesn\'t have a resource type "nosuchthing"\n')
    assert kubectl("get", "pods", "-n", "none") == (0, "", "No resources found in none namespace.\n")


def test_a_deployment_lives(kubectl: Kubectl, space: str) -> None:
    at = ("-n", space)
    assert kubectl.good("apply", *at, "-f", "-", stdin=WEB) == "deployment.apps/web created\n"
    assert kubectl.good("rollout", "status", *at, "deploy/web", "--timeout=60s").endswith('deployment "web" successfully rolled out\n')
    assert kubectl.good("apply", *at, "-f", "-", stdin=WEB) == "deployment.apps/web unchanged\n"
    more = WEB.replace("replicas: 2", "replicas: 3")
    assert kubectl("diff", *at, "-f", "-", stdin=more).code == 1
    assert kubectl.good("apply", *at, "-f", "-", stdin=more) == "deployment.apps/web configured\n"
    assert kubectl.good("wait", *at, "--for=condition=Available", "deploy/web", "--timeout=60s") == "deployment.apps/web condition met\n"
    assert kubectl.good("scale", *at, "deploy/web", "--replicas=1") == "deployment.apps/web scaled\n"
    assert kubectl.good("scale", *at, "deploy/web", "--replicas=2", "--current-replicas=1") == "deployment.apps/web scaled\n"
    assert kubectl.good("get", *at, "deploy/web", "--subresource=scale").splitlines()[1].split()[:2] == ["web", "2"]
    assert kubectl.good("set", "image", *at, "deploy/web", "web=nginx:1.27") == "deployment.apps/web image updated\n"
    assert kubectl.good("rollout", "status", *at, "deploy/web", "--timeout=60s").endswith('deployment "web" successfully rolled out\n')
    assert kubectl.good("rollout", "history", *at, "deploy/web") == "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n"
    assert kubectl.good("rollout", "undo", *at, "deploy/web") == "deployment.apps/web rolled back\n"
    assert kubectl.good("rollout", "restart", *at, "deploy/web") == "deployment.apps/web restarted\n"
    assert kubectl.good("rollout", "status", *at, "deploy/web", "--timeout=60s").endswith('deployment "web" successfully rolled out\n')
    assert "Name:                   web\n" in kubectl.good("describe", *at, "deploy", "web")
    assert kubectl.good("expose", *at, "deploy/web", "--port=80") == "service/web exposed\n"
    assert re.search(r"^Endpoints: +10\.244\.", kubectl.good("describe", *at, "svc", "web"), re.MULTILINE)
    assert kubectl.good("autoscale", *at, "deploy/web", "--max=3") == "horizontalpodautoscaler.autoscaling/web autoscaled\n"
    assert kubectl.good("delete", *at, "-f", "-", stdin=WEB).startswith('deployment.apps "web" deleted')
    kubectl.good("wait", *at, "--for=delete", "pod", "-l", "app=web", "--timeout=60s")
    assert kubectl("get", *at, "deploy,rs,pods") == (0, "", f"No resources found in {space} namespace.\n")


def test_server_side_apply(kubectl: Kubectl, space: str) -> None:
    at = ("-n", space)
    assert kubectl.good("apply", "--server-side", *at, "-f", "-", stdin=WEB) == "deployment.apps/web serverside-applied\n"
    other = WEB.replace("replicas: 2", "replicas: 5")
    found = kubectl("apply", "--server-side", "--field-manager=other", *at, "-f", "-", stdin=other)
    assert found.code == 1 and 'conflict with "kubectl": .spec.replicas' in found.err
    forced = kubectl.good("apply", "--server-side", "--field-manager=other", "--force-conflicts", *at, "-f", "-", stdin=other)
    assert forced == "deployment.apps/web serverside-applied\n"
    assert kubectl.good("apply", "--dry-run=server", *at, "-f", "-", stdin=WEB.replace("name: web,", "name: dry,")) \
        == "deployment.apps/dry created (server dry run)\n"  # fmt: skip
    assert kubectl("get", *at, "deploy", "dry").code == 1


def test_what_is_wrong_is_refused(kubectl: Kubectl, space: str) -> None:
    at = ("-n", space)
    unknown = kubectl("create", *at, "-f", "-", stdin=WEB.replace("replicas: 2", "replicas: 2\n  nonsense: 1"))
    assert unknown.code == 1 and 'unknown field "spec.nonsense"' in unknown.err
    twice = kubectl("create", *at, "--validate=strict", "-f", "-", stdin=WEB.replace("replicas: 2", "replicas: -1"))
    assert twice.code == 1 and "spec.replicas: Invalid value: -1: must be greater than or equal to 0" in twice.err
    assert kubectl.good("create", *at, "-f", "-", stdin=WEB) == "deployment.apps/web created\n"
    assert kubectl("create", *at, "-f", "-", stdin=WEB) == (
        1, "", 'Error from server (AlreadyExists): error when creating "STDIN": deployments.apps "web" already exists\n')  # fmt: skip


def test_create_by_flags(kubectl: Kubectl, space: str) -> None:
    at = ("-n", space)
    for words, said in {
        ("deployment", "d1", "--image=nginx"): "deployment.apps/d1 created",
        ("configmap", "c1", "--from-literal=a=b"): "configmap/c1 created",
        ("secret", "generic", "s1", "--from-literal=a=b"): "secret/s1 created",
        ("service", "clusterip", "v1", "--tcp=80"): "service/v1 created",
        ("serviceaccount", "sa1"): "serviceaccount/sa1 created",
        ("job", "j1", "--image=busybox", "--", "true"): "job.batch/j1 created",
        ("cronjob", "cj1", "--image=busybox", "--schedule=0 0 1 1 *", "--", "true"): "cronjob.batch/cj1 created",
        ("ingress", "i1", "--rule=a.example/*=v1:80"): "ingress.networking.k8s.io/i1 created",
        ("poddisruptionbudget", "p1", "--selector=a=b", "--min-available=1"): "poddisruptionbudget.policy/p1 created",
        ("quota", "q1", "--hard=pods=100"): "resourcequota/q1 created",
        ("role", "r1", "--verb=get", "--resource=pods"): "role.rbac.authorization.k8s.io/r1 created",
        ("rolebinding", "rb1", "--role=r1", "--user=jane"): "rolebinding.rbac.authorization.k8s.io/rb1 created",
    }.items():
        assert kubectl.good("create", *at, *words) == f"{said}\n"
    assert kubectl.good("get", *at, "secret", "s1", "-o", "jsonpath={.data.a}") == "Yg=="
    assert kubectl.good("create", "token", *at, "sa1").count(".") == 2
    assert kubectl.good("auth", "can-i", *at, "get", "pods", "--as=jane") == "yes\n"
    assert kubectl("auth", "can-i", *at, "delete", "pods", "--as=jane").out == "no\n"
    refused = 'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope'
    assert kubectl("get", "nodes", "--as=jane") == (1, "", f"Error from server (Forbidden): {refused}\n")


def test_change_one_object(kubectl: Kubectl, space: str) -> None:
    at = ("-n", space)
    assert kubectl.good("run", "p1", "--image=nginx", *at) == "pod/p1 created\n"
    assert kubectl.good("wait", *at, "--for=condition=Ready", "pod/p1", "--timeout=60s") == "pod/p1 condition met\n"
    assert kubectl.good("wait", *at, "--for=jsonpath={.status.phase}=Running", "pod/p1", "--timeout=60s") == "pod/p1 condition met\n"
    assert kubectl.good("label", *at, "pod", "p1", "a=b") == "pod/p1 labeled\n"
    assert kubectl.good("annotate", *at, "pod", "p1", "a=b").startswith("pod/p1 annotate")  # 1.27 forgets the d
    assert kubectl.good("patch", *at, "pod", "p1", "-p", '{"metadata":{"labels":{"c":"d"}}}') == "pod/p1 patched\n"
    assert kubectl.good("patch", *at, "pod", "p1", "--type=merge", "-p", '{"metadata":{"labels":{"c":null}}}') == "pod/p1 patched\n"
    assert kubectl.good("patch", *at, "pod", "p1", "--type=json", "-p", '[{"op":"remove","path":"/metadata/labels/a"}]') == "pod/p1 patched\n"
    assert kubectl.good("get", *at, "pod", "p1", "-o", "jsonpath={.metadata.labels}") == '{"run":"p1"}'
    assert kubectl.good("logs", *at, "p1").startswith("dry run: container p1 (nginx) was not started")
    assert kubectl.good("logs", *at, "p1", "--timestamps", "--tail=1").partition(" ")[2].startswith("dry run")
    assert "Normal  Scheduled" in kubectl.good("describe", *at, "pod", "p1")
    assert "Scheduled" in kubectl.good("events", *at)
    assert kubectl.good("delete", *at, "pod", "p1").startswith('pod "p1" deleted')
    assert kubectl("get", *at, "pod", "p1").code == 1


def test_nodes(kubectl: Kubectl) -> None:
    assert "Name:               minikube\n" in kubectl.good("describe", "node", "minikube")
    assert kubectl.good("cordon", "minikube") == "node/minikube cordoned\n"
    assert kubectl.good("uncordon", "minikube") == "node/minikube uncordoned\n"
    assert kubectl.good("taint", "node", "minikube", "a=b:PreferNoSchedule") == "node/minikube tainted\n"
    assert kubectl.good("taint", "node", "minikube", "a-") == "node/minikube untainted\n"


def test_what_the_server_tells_of_itself(kubectl: Kubectl) -> None:
    assert "deployments                         deploy       apps/v1 " in kubectl.good("api-resources")
    assert "apps/v1\n" in kubectl.good("api-versions")
    assert "FIELD" in kubectl.good("explain", "pods.spec.containers")
    assert kubectl.good("explain", "deployments", "--recursive").count("\n") > 300
    assert "v1.33.1" in kubectl.good("version")
    assert kubectl.good("get", "--raw", "/readyz") == "ok"
    assert json.loads(kubectl.good("get", "--raw", "/version"))["gitVersion"] == "v1.33.1"
    assert "is running at" in kubectl.good("cluster-info")
    assert kubectl.good("auth", "can-i", "create", "pods") == "yes\n"
    assert "*.*" in kubectl.good("auth", "can-i", "--list")


def test_watch(kubectl: Kubectl, space: str) -> None:
    kubectl.good("create", "configmap", "-n", space, "one")
    found = kubectl("get", "configmaps", "-n", space, "one", "-w", "--request-timeout=1s")
    assert found.out.splitlines()[1].split()[0] == "one"
    assert found.code == 0
