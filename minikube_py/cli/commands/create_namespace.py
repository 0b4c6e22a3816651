"""kctl create namespace."""

from minikube_py.cli import generating
from minikube_py.cli.command import Command
from minikube_py.machinery.meta import Object


class NamespaceOptions(generating.Generator):
    """What `kctl create namespace` was asked for."""

    path = "create namespace"

    def build(self) -> Object:
        """Return the namespace."""
        return {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": self.name, "creationTimestamp": None}, "spec": {}, "status": {}}


COMMAND = Command(
    "create namespace",
    "Create a namespace with the specified name",
    "NAME [--dry-run=server|client|none] [options]",
    generating.FLAGS,
    NamespaceOptions,
    examples="""  # Create a new namespace named my-namespace
  kctl create namespace my-namespace""",
    aliases=("ns",),
)
