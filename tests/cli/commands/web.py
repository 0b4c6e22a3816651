"""A cluster with a deployment of three pods, for tests that only read."""

from minikube_py.kits import yaml
from minikube_py.testing import Kctl, new_cluster

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: setup, image: busybox}]
      containers: [{name: web, image: nginx}, {name: proxy, image: envoy}]
"""


class Web(Kctl):
    """kctl on such a cluster; `pods` are the names of the three pods, in order."""

    def __init__(self, home: str) -> None:
        super().__init__(new_cluster(), home)
        self.cluster.client().create(next(iter(yaml.load_all(MANIFEST))).value)
        self.cluster.settle()
        self.pods = sorted(pod["metadata"]["name"] for pod in self.cluster.client().items("pods", "default"))

    def table(self) -> str:
        """Return what `kctl get pods` shows."""
        return "NAME                   READY   STATUS    RESTARTS   AGE\n" + "".join(f"{name}   2/2     Running   0          0s\n" for name in self.pods)
