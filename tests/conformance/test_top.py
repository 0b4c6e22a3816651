"""metrics.k8s.io on a dry-run cluster: there is an API to ask, and what nothing uses is nothing."""

import json

from tests.conformance import clients
from tests.conformance.conftest import Kubectl, Served

ROOT = "/apis/metrics.k8s.io/v1beta1"


def test_top(kubectl: Kubectl, space: str) -> None:
    assert kubectl("top", "pods", "-n", space) == (0, "", f"No resources found in {space} namespace.\n")
    kubectl.good("run", "web", "-n", space, "--image=nginx:1.25", "--labels=app=web")
    kubectl.good("wait", "-n", space, "pod/web", "--for=condition=Ready", "--timeout=60s")
    node = [line.split() for line in kubectl.good("top", "nodes").splitlines()]
    assert node[0][0] == "NAME" and node[1][:1] == ["minikube"] and node[1][1:] == ["0m", "0%", "0Mi", "0%"]
    assert [line.split() for line in kubectl.good("top", "pods", "-n", space).splitlines()] == [["NAME", "CPU(cores)", "MEMORY(bytes)"], ["web", "0m", "0Mi"]]
    containers = kubectl.good("top", "pod", "web", "-n", space, "--containers", "--no-headers")
    assert containers.split() == ["web", "web", "0m", "0Mi"]
    assert "web " in kubectl.good("top", "pods", "-A", "-l", "app=web")
    assert kubectl("top", "pod", "none", "-n", space) == (1, "", 'Error from server (NotFound): pods "none" not found\n')
    rows = [line.split() for line in kubectl.good("get", "podmetrics", "-n", space).splitlines()]
    assert rows == [["NAME", "CPU", "MEMORY", "WINDOW"], ["web", "0", "0", "15s"]]


def test_what_the_api_says(newest: Kubectl, served: Served) -> None:
    with clients.namespace(served, "metrics") as space:
        waiting = clients.manifest("Pod", "waiting", space) | {"spec": {"containers": [{"name": "c", "image": "x"}], "nodeSelector": {"none": "such"}}}
        assert newest.good("create", "-f", "-", stdin=json.dumps(waiting)) == "pod/waiting created\n"
        assert newest.good("create", "-f", "-", stdin=json.dumps(clients.manifest("Pod", "web", space, app="web"))) == "pod/web created\n"
        newest.good("wait", "-n", space, "pod/web", "--for=condition=Ready", "--timeout=60s")
        listing = json.loads(newest.good("get", "--raw", f"{ROOT}/namespaces/{space}/pods?labelSelector=app%3Dweb"))
        assert (listing["kind"], [item["metadata"]["name"] for item in listing["items"]]) == ("PodMetricsList", ["web"])
        one = json.loads(newest.good("get", "--raw", f"{ROOT}/namespaces/{space}/pods/web"))
        assert one["metadata"].pop("creationTimestamp") == one.pop("timestamp")
        assert one == {
            "kind": "PodMetrics", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {"name": "web", "namespace": space, "labels": {"app": "web"}},
            "window": "15s", "containers": [{"name": "web", "usage": {"cpu": "0", "memory": "0"}}],
        }  # fmt: skip
        found = newest("get", "--raw", f"{ROOT}/namespaces/{space}/pods/waiting")
        assert found == (1, "", f'Error from server (NotFound): podmetrics.metrics.k8s.io "{space}/waiting" not found\n')
        assert newest("delete", "podmetrics", "web", "-n", space).err == \
            "Error from server (MethodNotAllowed): the server does not allow this method on the requested resource\n"
        served.kctl("delete", "pods", "-n", space, "--all", "--wait=false")
