"""What the recorded sessions (test_kubectl_sessions.py) cannot show of a version of kubectl: lists of the whole cluster, and a workload from its
first apply until nothing of it is left."""

import json

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


def test_a_list_is_whole_however_it_is_asked_for(kubectl: Kubectl) -> None:
    listing = json.loads(kubectl.good("get", "pods", "-A", "-o", "json"))
    assert {item["kind"] for item in listing["items"]} == {"Pod"}
    names = sorted(item["metadata"]["name"] for item in listing["items"])
    for chosen in (("--sort-by=.metadata.name",), ("--chunk-size=2",), ("-o", "wide"), ("--field-selector=spec.nodeName=minikube",)):
        lines = kubectl.good("get", "pods", "-A", "--no-headers", *chosen).splitlines()
        assert sorted(line.split()[1] for line in lines) == names
    assert kubectl.good("explain", "deployments", "--recursive").count("\n") > 300


def test_a_deployment_lives(kubectl: Kubectl, space: str) -> None:
    at = ("-n", space)
    assert kubectl.good("apply", *at, "-f", "-", stdin=WEB) == "deployment.apps/web created\n"
    assert kubectl.good("rollout", "status", *at, "deploy/web", "--timeout=60s").endswith('deployment "web" successfully rolled out\n')
    assert kubectl.good("expose", *at, "deploy/web", "--port=80") == "service/web exposed\n"
    assert kubectl.good("set", "image", *at, "deploy/web", "web=nginx:1.27") == "deployment.apps/web image updated\n"
    assert kubectl.good("scale", *at, "deploy/web", "--replicas=1") == "deployment.apps/web scaled\n"
    assert kubectl.good("rollout", "status", *at, "deploy/web", "--timeout=60s").endswith('deployment "web" successfully rolled out\n')
    images = kubectl.good("get", *at, "pods", "-l", "app=web", "--field-selector=status.phase=Running", "-o", "jsonpath={..image}")
    assert set(images.split()) == {"nginx:1.27"}
    assert kubectl.good("delete", *at, "-f", "-", stdin=WEB).startswith('deployment.apps "web" deleted')
    kubectl.good("wait", *at, "--for=delete", "pod", "-l", "app=web", "--timeout=60s")
    assert kubectl("get", *at, "deploy,rs,pods") == (0, "", f"No resources found in {space} namespace.\n")
