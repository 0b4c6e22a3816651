"""kctl create service nodeport."""

from minikube_py.cli.command import Command
from minikube_py.cli.commands import create_service
from minikube_py.cli.flags import Flag
from minikube_py.machinery.meta import Object


class NodePortOptions(create_service.ServiceGenerator):
    """What `kctl create service nodeport` was asked for."""

    path = "create service nodeport"
    kind = "NodePort"

    def spec(self) -> Object:
        """Return the port."""
        return {"nodePort": self.values["node-port"]}


COMMAND = Command(
    "create service nodeport",
    "Create a NodePort service",
    "NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [options]",
    (Flag("node-port", "int", usage="The port of each node."), *create_service.FLAGS),
    NodePortOptions,
    examples="""  # Create a service that can be reached at port 30080 of each node
  kctl create service nodeport web --tcp=80:8080 --node-port=30080""",
)
